#ifndef ENTENTE_CRYPTO_PACKET_CIPHER_PRIVATE_H
#define ENTENTE_CRYPTO_PACKET_CIPHER_PRIVATE_H

#include "crypto/crypto_private.h"
#include "crypto/packet_cipher.h"

#define SALT_BYTES_MAX 4u
#define BLOCK_BYTES_MAX 16u
#define SEQUENCE_HIGH_BYTES 4u

/* Where the parts of a packet begin; the IV follows the header, the payload the IV. */
struct packet_parts {
    uint8_t *header; /* SPI and sequence number */
    uint8_t *iv;
    uint8_t *payload;
    uint8_t *icv;
    size_t payload_bytes;
    uint32_t sequence_high; /* with extended numbers: authenticated, not sent. RFC 4303 2.2.1 */
};

/*
 * How encryption and integrity go together. Both work in place.
 *
 * seal  writes IV and ICV, the IV from `counter`; false when OpenSSL fails.
 * open  OK, FORGED or CRYPTO.
 */
struct packet_mode {
    bool (*seal)(const struct packet_cipher *cipher, const struct packet_parts *parts,
                 uint64_t counter);
    enum status (*open)(const struct packet_cipher *cipher, const struct packet_parts *parts);
};

extern const struct packet_mode packet_mode_null; /* HMAC alone */
extern const struct packet_mode packet_mode_cbc;  /* then HMAC */
extern const struct packet_mode packet_mode_ctr;  /* then HMAC */
extern const struct packet_mode packet_mode_gcm;
extern const struct packet_mode packet_mode_gmac; /* GCM in which the payload stays readable */
extern const struct packet_mode packet_mode_ccm;

struct packet_cipher {
    const struct packet_mode *mode;
    EVP_CIPHER_CTX *cipher_own; /* NULL: NULL encryption */
    EVP_MAC_CTX *mac_own;       /* NULL: combined mode */
    bool is_esn;
    size_t iv_bytes;
    size_t icv_bytes;
    size_t block_bytes;
    size_t salt_bytes;
    uint8_t salt[SALT_BYTES_MAX];
};

/* A number in the last octets of `bytes`, zeros before it. */
void packet_number_write(uint8_t *out, size_t bytes, uint64_t number);

/* Runs the cipher over octets in place; all of them come out at once. */
bool packet_cipher_update(const struct packet_cipher *cipher, uint8_t *octets, size_t bytes);

#endif
