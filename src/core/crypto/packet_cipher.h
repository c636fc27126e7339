#ifndef ENTENTE_CRYPTO_PACKET_CIPHER_H
#define ENTENTE_CRYPTO_PACKET_CIPHER_H

#include "base/view.h"
#include "crypto/crypto.h"

/*
 * Encryption and integrity of one ESP SA in one direction, keyed once: on the data path a context
 * per SA is worth its memory. Not for two threads at once.
 */
struct packet_cipher;

enum packet_direction {
    PACKET_SEAL,
    PACKET_OPEN,
};

struct packet_cipher_config {
    enum packet_direction direction;
    const struct transform *encryption; /* combined modes and NULL encryption included */
    const struct transform *integrity;  /* NULL with a combined mode; else required */
    unsigned key_bits;                  /* of the encryption; ignored where the row has one size */
    struct view encryption_key;         /* with its salt at the end, as KEYMAT gives it; borrowed */
    struct view integrity_key;          /* borrowed; empty with a combined mode */
    bool is_esn;                        /* extended sequence numbers. RFC 4303 section 2.2.1 */
};

/*
 * Makes a keyed cipher.
 *
 * Returns STATUS_OK; STATUS_REFUSED for a pair of rows that ESP cannot have (no integrity at all,
 * or twice); STATUS_LIMIT for keys of another length than the rows say; STATUS_CRYPTO when OpenSSL
 * lacks the row; STATUS_NO_MEMORY. *out is untouched on failure.
 */
enum status packet_cipher_new(struct crypto *crypto, const struct packet_cipher_config *config,
                              struct packet_cipher **out);

/* Wipes and frees; NULL is allowed. */
void packet_cipher_free(struct packet_cipher *cipher);

/* Octets of IV and ICV on the wire, and the multiple that the encrypted part must have (4 at
 * least, RFC 4303 section 2.4). */
size_t packet_cipher_iv_bytes(const struct packet_cipher *cipher);
size_t packet_cipher_icv_bytes(const struct packet_cipher *cipher);
size_t packet_cipher_block_bytes(const struct packet_cipher *cipher);

/* SPI and sequence number, before the IV. */
#define PACKET_HEADER_BYTES 8u

/*
 * Encrypts in place and adds IV and ICV: SPI | sequence | IV | payload | ICV. RFC 4303, 4106, 4309,
 * 3686, 4543.
 *
 * packet         SPI and sequence number (8 octets) are filled; room for the IV follows, then the
 *                payload with its trailer, then room for the ICV.
 * payload_bytes  a multiple of packet_cipher_block_bytes.
 * counter        never given twice to one key: the sequence number. The IV comes of it: in counter
 *                modes it is the IV, in CBC it is encrypted with the key of the SA (SP 800-38A
 *                appendix C), so that nobody can foretell it and none occurs twice. With extended
 *                sequence numbers its upper half is authenticated, though not sent.
 *
 * Returns STATUS_OK, STATUS_LIMIT for a payload that is no multiple, STATUS_CRYPTO when OpenSSL
 * fails: then nothing of the packet may leave.
 */
enum status packet_cipher_seal(struct packet_cipher *cipher, uint8_t *packet, size_t payload_bytes,
                               uint64_t counter);

/*
 * Verifies the ICV in constant time, then decrypts in place; a combined mode does both at once.
 *
 * packet         the ESP octets from SPI to ICV; `packet_bytes` in all.
 * sequence_high  upper half of an extended sequence number, as the receiver knows it; else ignored.
 * payload_bytes  of what was decrypted, at packet + 8 + IV; set on success only.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for a length that no packet of this SA can have (then nothing
 * was computed); STATUS_FORGED when the ICV is wrong (the octets are then undefined and must not be
 * looked at); STATUS_CRYPTO.
 */
enum status packet_cipher_open(struct packet_cipher *cipher, uint8_t *packet, size_t packet_bytes,
                               uint32_t sequence_high, size_t *payload_bytes);

#endif
