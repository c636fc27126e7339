#include "crypto/packet_cipher.h"

#include <limits.h>
#include <stdlib.h>

#include "crypto/crypto_private.h"

#define SALT_BYTES_MAX 4u
#define BLOCK_BYTES_MAX 16u
#define PACKET_ALIGNMENT 4u /* RFC 4303 section 2.4 */

struct packet_cipher {
    bool is_combined;
    EVP_CIPHER_CTX *cipher_own; /* NULL: NULL encryption */
    EVP_MAC_CTX *mac_own;       /* NULL: combined mode */
    size_t iv_bytes;
    size_t icv_bytes;
    size_t block_bytes;
    size_t salt_bytes;
    uint8_t salt[SALT_BYTES_MAX];
};

/* Where the parts of a packet begin. */
struct packet_parts {
    uint8_t *iv;
    uint8_t *payload;
    uint8_t *icv;
    size_t payload_bytes;
};

static struct packet_parts parts_of(const struct packet_cipher *cipher, uint8_t *packet,
                                    size_t payload_bytes)
{
    uint8_t *payload = packet + PACKET_HEADER_BYTES + cipher->iv_bytes;
    return (struct packet_parts){
        .iv = packet + PACKET_HEADER_BYTES,
        .payload = payload,
        .icv = payload + payload_bytes,
        .payload_bytes = payload_bytes,
    };
}

static enum status config_check(const struct packet_cipher_config *config)
{
    const struct transform *encryption = config->encryption;
    const struct transform *integrity = config->integrity;
    bool is_combined = encryption && encryption->flags & TRANSFORM_AEAD;

    if (!encryption || encryption->kind != TRANSFORM_ENCRYPTION || is_combined == !!integrity ||
        (integrity && integrity->kind != TRANSFORM_INTEGRITY))
        return STATUS_REFUSED;
    if (encryption->flags & TRANSFORM_NOT_YET || encryption->salt_bytes > SALT_BYTES_MAX ||
        encryption->block_bytes > BLOCK_BYTES_MAX)
        return STATUS_REFUSED;
    if (transform_key_index(encryption, config->key_bits) < 0 ||
        config->encryption_key.bytes != transform_keymat_bytes(encryption, config->key_bits) ||
        config->integrity_key.bytes != (integrity ? integrity->fixed_key_bytes : 0))
        return STATUS_LIMIT;
    return STATUS_OK;
}

static bool cipher_start(const struct crypto_algorithm *algorithm,
                         const struct packet_cipher_config *config, struct packet_cipher *cipher)
{
    int index = transform_key_index(config->encryption, config->key_bits);
    size_t key_bytes = config->encryption_key.bytes - config->encryption->salt_bytes;

    /* With padding on, decryption would hold the last block back until the end. Nothing else needs
     * it off, and off it costs a call for each packet. */
    bool is_held_back = config->direction == PACKET_OPEN && config->integrity;

    if (!algorithm->cipher_own[index]) /* NULL encryption */
        return true;
    cipher->cipher_own = EVP_CIPHER_CTX_new();
    cipher->salt_bytes = config->encryption->salt_bytes;
    memcpy(cipher->salt, config->encryption_key.data + key_bytes, cipher->salt_bytes);
    return cipher->cipher_own &&
           EVP_CipherInit_ex2(cipher->cipher_own, algorithm->cipher_own[index], NULL, NULL,
                              config->direction == PACKET_SEAL, NULL) > 0 &&
           EVP_CIPHER_CTX_set_key_length(cipher->cipher_own, (int)key_bytes) > 0 &&
           (!is_held_back || EVP_CIPHER_CTX_set_padding(cipher->cipher_own, 0) > 0) &&
           EVP_CipherInit_ex2(cipher->cipher_own, NULL, config->encryption_key.data, NULL, -1,
                              NULL) > 0;
}

static bool mac_start(const struct crypto *crypto, const struct packet_cipher_config *config,
                      struct packet_cipher *cipher)
{
    if (!config->integrity)
        return true;
    cipher->mac_own = crypto_mac_context(crypto, config->integrity);
    return cipher->mac_own && EVP_MAC_init(cipher->mac_own, config->integrity_key.data,
                                           config->integrity_key.bytes, NULL) > 0;
}

enum status packet_cipher_new(struct crypto *crypto, const struct packet_cipher_config *config,
                              struct packet_cipher **out)
{
    enum status status = config_check(config);
    struct packet_cipher *cipher = NULL;

    if (status != STATUS_OK)
        return status;
    const struct crypto_algorithm *algorithm = crypto_algorithm(crypto, config->encryption);
    if (!algorithm || (config->integrity && !crypto_algorithm(crypto, config->integrity)))
        return STATUS_CRYPTO;
    cipher = calloc(1, sizeof *cipher);
    if (!cipher)
        return STATUS_NO_MEMORY;
    cipher->is_combined = !config->integrity;
    cipher->iv_bytes = config->encryption->iv_bytes;
    cipher->icv_bytes =
        config->integrity ? config->integrity->icv_bytes : config->encryption->icv_bytes;
    cipher->block_bytes = config->encryption->block_bytes > PACKET_ALIGNMENT
                              ? config->encryption->block_bytes
                              : PACKET_ALIGNMENT;
    if (!cipher_start(algorithm, config, cipher) || !mac_start(crypto, config, cipher)) {
        packet_cipher_free(cipher);
        return STATUS_CRYPTO;
    }
    *out = cipher;
    return STATUS_OK;
}

void packet_cipher_free(struct packet_cipher *cipher)
{
    if (!cipher)
        return;
    EVP_CIPHER_CTX_free(cipher->cipher_own);
    EVP_MAC_CTX_free(cipher->mac_own);
    secret_wipe_memory(cipher, sizeof *cipher);
    free(cipher);
}

size_t packet_cipher_iv_bytes(const struct packet_cipher *cipher)
{
    return cipher->iv_bytes;
}

size_t packet_cipher_icv_bytes(const struct packet_cipher *cipher)
{
    return cipher->icv_bytes;
}

size_t packet_cipher_block_bytes(const struct packet_cipher *cipher)
{
    return cipher->block_bytes;
}

/* The counter in the last octets of `bytes`, zeros before it. */
static void counter_write(uint8_t *out, size_t bytes, uint64_t counter)
{
    for (size_t i = bytes; i-- > 0; counter >>= 8)
        out[i] = (uint8_t)counter;
}

/* Sets nonce and associated data of one packet: salt | IV, SPI | sequence. RFC 4106 sections 4, 5
 */
static bool combined_start(const struct packet_cipher *cipher, const uint8_t *packet,
                           const struct packet_parts *parts)
{
    uint8_t nonce[SALT_BYTES_MAX + BLOCK_BYTES_MAX];
    int ignored = 0;

    memcpy(nonce, cipher->salt, cipher->salt_bytes);
    memcpy(nonce + cipher->salt_bytes, parts->iv, cipher->iv_bytes);
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, nonce, -1, NULL) > 0 &&
           EVP_CipherUpdate(cipher->cipher_own, NULL, &ignored, packet, PACKET_HEADER_BYTES) > 0;
}

/* Runs the cipher over octets in place; all of them come out at once. */
static bool cipher_update(const struct packet_cipher *cipher, uint8_t *octets, size_t bytes)
{
    int done_bytes = 0;
    return EVP_CipherUpdate(cipher->cipher_own, octets, &done_bytes, octets, (int)bytes) > 0 &&
           (size_t)done_bytes == bytes;
}

static bool combined_seal(const struct packet_cipher *cipher, const uint8_t *packet,
                          const struct packet_parts *parts, uint64_t counter)
{
    uint8_t rest[BLOCK_BYTES_MAX];
    int rest_bytes = 0;

    counter_write(parts->iv, cipher->iv_bytes, counter);
    return combined_start(cipher, packet, parts) &&
           cipher_update(cipher, parts->payload, parts->payload_bytes) &&
           EVP_CipherFinal_ex(cipher->cipher_own, rest, &rest_bytes) > 0 &&
           EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_GET_TAG, (int)cipher->icv_bytes,
                               parts->icv) > 0;
}

static enum status combined_open(const struct packet_cipher *cipher, const uint8_t *packet,
                                 const struct packet_parts *parts)
{
    uint8_t rest[BLOCK_BYTES_MAX];
    int rest_bytes = 0;

    if (!combined_start(cipher, packet, parts) ||
        EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_SET_TAG, (int)cipher->icv_bytes,
                            parts->icv) <= 0 ||
        !cipher_update(cipher, parts->payload, parts->payload_bytes))
        return STATUS_CRYPTO;
    return EVP_CipherFinal_ex(cipher->cipher_own, rest, &rest_bytes) > 0 ? STATUS_OK
                                                                         : STATUS_FORGED;
}

/* HMAC over the packet up to its ICV, at full length. */
static bool mac_compute(const struct packet_cipher *cipher, const uint8_t *packet,
                        const struct packet_parts *parts, uint8_t mac[SECRET_MAX_BYTES])
{
    size_t mac_bytes = 0;
    return EVP_MAC_init(cipher->mac_own, NULL, 0, NULL) > 0 &&
           EVP_MAC_update(cipher->mac_own, packet, (size_t)(parts->icv - packet)) > 0 &&
           EVP_MAC_final(cipher->mac_own, mac, &mac_bytes, SECRET_MAX_BYTES) > 0 &&
           mac_bytes >= cipher->icv_bytes;
}

/*
 * CBC with a zero IV over the counter and then the payload: the first block of the result is the
 * encrypted counter and so the IV that the payload was encrypted with.
 */
static bool cbc_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                     uint64_t counter)
{
    static const uint8_t zero_iv[BLOCK_BYTES_MAX];

    counter_write(parts->iv, cipher->iv_bytes, counter);
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, zero_iv, -1, NULL) > 0 &&
           cipher_update(cipher, parts->iv, cipher->iv_bytes + parts->payload_bytes);
}

static bool separate_seal(const struct packet_cipher *cipher, const uint8_t *packet,
                          const struct packet_parts *parts, uint64_t counter)
{
    uint8_t mac[SECRET_MAX_BYTES];

    if ((cipher->cipher_own && !cbc_seal(cipher, parts, counter)) ||
        !mac_compute(cipher, packet, parts, mac))
        return false;
    memcpy(parts->icv, mac, cipher->icv_bytes);
    return true;
}

static enum status separate_open(const struct packet_cipher *cipher, const uint8_t *packet,
                                 const struct packet_parts *parts)
{
    uint8_t mac[SECRET_MAX_BYTES];

    if (!mac_compute(cipher, packet, parts, mac))
        return STATUS_CRYPTO;
    if (!secret_equal(view_of(mac, cipher->icv_bytes), view_of(parts->icv, cipher->icv_bytes)))
        return STATUS_FORGED;
    if (!cipher->cipher_own)
        return STATUS_OK;
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, parts->iv, -1, NULL) > 0 &&
                   cipher_update(cipher, parts->payload, parts->payload_bytes)
               ? STATUS_OK
               : STATUS_CRYPTO;
}

enum status packet_cipher_seal(struct packet_cipher *cipher, uint8_t *packet, size_t payload_bytes,
                               uint64_t counter)
{
    struct packet_parts parts = parts_of(cipher, packet, payload_bytes);
    bool is_sealed;

    if (payload_bytes == 0 || payload_bytes % cipher->block_bytes != 0 ||
        payload_bytes > INT_MAX - BLOCK_BYTES_MAX)
        return STATUS_LIMIT;
    is_sealed = cipher->is_combined ? combined_seal(cipher, packet, &parts, counter)
                                    : separate_seal(cipher, packet, &parts, counter);
    return is_sealed ? STATUS_OK : STATUS_CRYPTO;
}

enum status packet_cipher_open(struct packet_cipher *cipher, uint8_t *packet, size_t packet_bytes,
                               size_t *payload_bytes)
{
    size_t fixed_bytes = PACKET_HEADER_BYTES + cipher->iv_bytes + cipher->icv_bytes;

    if (packet_bytes < fixed_bytes + cipher->block_bytes || packet_bytes > INT_MAX ||
        (packet_bytes - fixed_bytes) % cipher->block_bytes != 0)
        return STATUS_MALFORMED;
    struct packet_parts parts = parts_of(cipher, packet, packet_bytes - fixed_bytes);
    enum status status = cipher->is_combined ? combined_open(cipher, packet, &parts)
                                             : separate_open(cipher, packet, &parts);
    if (status == STATUS_OK)
        *payload_bytes = parts.payload_bytes;
    return status;
}
