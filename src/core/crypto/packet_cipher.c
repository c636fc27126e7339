#include "crypto/packet_cipher.h"

#include <limits.h>
#include <stdlib.h>

#include "crypto/packet_cipher_private.h"

#define PACKET_ALIGNMENT 4u /* RFC 4303 section 2.4 */

/* By the mode that OpenSSL's cipher has; a row that leaves the payload readable makes a MAC of GCM.
 */
static const struct {
    int openssl_mode;
    unsigned flags; /* TRANSFORM_PLAIN or none */
    const struct packet_mode *mode;
} modes[] = {
    {EVP_CIPH_CBC_MODE, 0, &packet_mode_cbc},
    {EVP_CIPH_CTR_MODE, 0, &packet_mode_ctr},
    {EVP_CIPH_GCM_MODE, 0, &packet_mode_gcm},
    {EVP_CIPH_GCM_MODE, TRANSFORM_PLAIN, &packet_mode_gmac},
    {EVP_CIPH_CCM_MODE, 0, &packet_mode_ccm},
};

static const struct packet_mode *mode_find(const EVP_CIPHER *cipher, const struct transform *row)
{
    if (!cipher)
        return &packet_mode_null;
    for (size_t i = 0; i < COUNT(modes); i++) {
        if (modes[i].openssl_mode == EVP_CIPHER_get_mode(cipher) &&
            modes[i].flags == (row->flags & TRANSFORM_PLAIN))
            return modes[i].mode;
    }
    return NULL;
}

static struct packet_parts parts_of(const struct packet_cipher *cipher, uint8_t *packet,
                                    size_t payload_bytes, uint32_t sequence_high)
{
    uint8_t *payload = packet + PACKET_HEADER_BYTES + cipher->iv_bytes;
    return (struct packet_parts){
        .header = packet,
        .iv = packet + PACKET_HEADER_BYTES,
        .payload = payload,
        .icv = payload + payload_bytes,
        .payload_bytes = payload_bytes,
        .sequence_high = sequence_high,
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
    if (encryption->salt_bytes > SALT_BYTES_MAX || encryption->iv_bytes > BLOCK_BYTES_MAX)
        return STATUS_REFUSED;
    if (transform_key_index(encryption, config->key_bits) < 0 ||
        config->encryption_key.bytes != transform_keymat_bytes(encryption, config->key_bits) ||
        config->integrity_key.bytes != (integrity ? integrity->fixed_key_bytes : 0))
        return STATUS_LIMIT;
    return STATUS_OK;
}

/* CCM's key schedule depends on both: they are set before the key. */
static bool ccm_lengths_set(const struct packet_cipher *cipher)
{
    return EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_SET_IVLEN,
                               (int)(cipher->salt_bytes + cipher->iv_bytes), NULL) > 0 &&
           EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_SET_TAG, (int)cipher->icv_bytes,
                               NULL) > 0;
}

static bool cipher_start(const struct crypto_algorithm *algorithm,
                         const struct packet_cipher_config *config, struct packet_cipher *cipher)
{
    int index = transform_key_index(config->encryption, config->key_bits);
    size_t key_bytes = config->encryption_key.bytes - config->encryption->salt_bytes;

    cipher->mode = mode_find(algorithm->cipher_own[index], config->encryption);
    if (!cipher->mode || cipher->mode == &packet_mode_null)
        return cipher->mode != NULL;
    /* With padding on, decryption would hold the last block back until the end. Nothing else needs
     * it off, and off it costs a call for each packet. */
    bool is_held_back = config->direction == PACKET_OPEN && cipher->mode == &packet_mode_cbc;
    cipher->cipher_own = EVP_CIPHER_CTX_new();
    cipher->salt_bytes = config->encryption->salt_bytes;
    memcpy(cipher->salt, config->encryption_key.data + key_bytes, cipher->salt_bytes);
    return cipher->cipher_own &&
           EVP_CipherInit_ex2(cipher->cipher_own, algorithm->cipher_own[index], NULL, NULL,
                              config->direction == PACKET_SEAL, NULL) > 0 &&
           EVP_CIPHER_CTX_set_key_length(cipher->cipher_own, (int)key_bytes) > 0 &&
           (!is_held_back || EVP_CIPHER_CTX_set_padding(cipher->cipher_own, 0) > 0) &&
           (cipher->mode != &packet_mode_ccm || ccm_lengths_set(cipher)) &&
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
    cipher->is_esn = config->is_esn;
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

void packet_number_write(uint8_t *out, size_t bytes, uint64_t number)
{
    for (size_t i = bytes; i-- > 0; number >>= 8)
        out[i] = (uint8_t)number;
}

bool packet_cipher_update(const struct packet_cipher *cipher, uint8_t *octets, size_t bytes)
{
    int done_bytes = 0;
    return EVP_CipherUpdate(cipher->cipher_own, octets, &done_bytes, octets, (int)bytes) > 0 &&
           (size_t)done_bytes == bytes;
}

enum status packet_cipher_seal(struct packet_cipher *cipher, uint8_t *packet, size_t payload_bytes,
                               uint64_t counter)
{
    struct packet_parts parts = parts_of(cipher, packet, payload_bytes, (uint32_t)(counter >> 32));

    if (payload_bytes == 0 || payload_bytes % cipher->block_bytes != 0 ||
        payload_bytes > INT_MAX - BLOCK_BYTES_MAX)
        return STATUS_LIMIT;
    return cipher->mode->seal(cipher, &parts, counter) ? STATUS_OK : STATUS_CRYPTO;
}

enum status packet_cipher_open(struct packet_cipher *cipher, uint8_t *packet, size_t packet_bytes,
                               uint32_t sequence_high, size_t *payload_bytes)
{
    size_t fixed_bytes = PACKET_HEADER_BYTES + cipher->iv_bytes + cipher->icv_bytes;

    if (packet_bytes < fixed_bytes + cipher->block_bytes || packet_bytes > INT_MAX ||
        (packet_bytes - fixed_bytes) % cipher->block_bytes != 0)
        return STATUS_MALFORMED;
    struct packet_parts parts = parts_of(cipher, packet, packet_bytes - fixed_bytes, sequence_high);
    enum status status = cipher->mode->open(cipher, &parts);
    if (status == STATUS_OK)
        *payload_bytes = parts.payload_bytes;
    return status;
}
