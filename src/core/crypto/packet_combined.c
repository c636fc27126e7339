#include "crypto/packet_cipher_private.h"

/* SPI, sequence number in one of its two lengths. RFC 4106 section 5, RFC 4309 section 5 */
#define ASSOCIATED_BYTES_MAX (PACKET_HEADER_BYTES + SEQUENCE_HIGH_BYTES)

/* salt | IV. RFC 4106 section 4, RFC 4309 section 4, RFC 4543 section 3.2 */
static bool nonce_set(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    uint8_t nonce[SALT_BYTES_MAX + BLOCK_BYTES_MAX];

    memcpy(nonce, cipher->salt, cipher->salt_bytes);
    memcpy(nonce + cipher->salt_bytes, parts->iv, cipher->iv_bytes);
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, nonce, -1, NULL) > 0;
}

static bool associated_add(const struct packet_cipher *cipher, const uint8_t *octets, size_t bytes)
{
    int ignored = 0;
    return EVP_CipherUpdate(cipher->cipher_own, NULL, &ignored, octets, (int)bytes) > 0;
}

/* What is authenticated and not encrypted in front of the IV. */
static bool header_add(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    uint8_t associated[ASSOCIATED_BYTES_MAX];

    if (!cipher->is_esn)
        return associated_add(cipher, parts->header, PACKET_HEADER_BYTES);
    memcpy(associated, parts->header, 4);
    packet_number_write(associated + 4, SEQUENCE_HIGH_BYTES, parts->sequence_high);
    memcpy(associated + 8, parts->header + 4, 4);
    return associated_add(cipher, associated, sizeof associated);
}

static bool tag_set(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    return EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_SET_TAG, (int)cipher->icv_bytes,
                               parts->icv) > 0;
}

static bool tag_get(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    return EVP_CIPHER_CTX_ctrl(cipher->cipher_own, EVP_CTRL_AEAD_GET_TAG, (int)cipher->icv_bytes,
                               parts->icv) > 0;
}

static bool gcm_finish(const struct packet_cipher *cipher)
{
    uint8_t rest[BLOCK_BYTES_MAX];
    int rest_bytes = 0;
    return EVP_CipherFinal_ex(cipher->cipher_own, rest, &rest_bytes) > 0;
}

static bool gcm_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                     uint64_t counter)
{
    packet_number_write(parts->iv, cipher->iv_bytes, counter);
    return nonce_set(cipher, parts) && header_add(cipher, parts) &&
           packet_cipher_update(cipher, parts->payload, parts->payload_bytes) &&
           gcm_finish(cipher) && tag_get(cipher, parts);
}

static enum status gcm_open(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    if (!nonce_set(cipher, parts) || !header_add(cipher, parts) || !tag_set(cipher, parts) ||
        !packet_cipher_update(cipher, parts->payload, parts->payload_bytes))
        return STATUS_CRYPTO;
    return gcm_finish(cipher) ? STATUS_OK : STATUS_FORGED;
}

/* The IV, too, and the payload are only authenticated. RFC 4543 sections 3.3 and 10 */
static bool gmac_add(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    return nonce_set(cipher, parts) && header_add(cipher, parts) &&
           associated_add(cipher, parts->iv, cipher->iv_bytes + parts->payload_bytes);
}

static bool gmac_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                      uint64_t counter)
{
    packet_number_write(parts->iv, cipher->iv_bytes, counter);
    return gmac_add(cipher, parts) && gcm_finish(cipher) && tag_get(cipher, parts);
}

static enum status gmac_open(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    if (!gmac_add(cipher, parts) || !tag_set(cipher, parts))
        return STATUS_CRYPTO;
    return gcm_finish(cipher) ? STATUS_OK : STATUS_FORGED;
}

/* CCM authenticates the length before anything else: it is said first. RFC 3610 section 2.2 */
static bool ccm_start(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    int ignored = 0;
    return nonce_set(cipher, parts) &&
           EVP_CipherUpdate(cipher->cipher_own, NULL, &ignored, NULL, (int)parts->payload_bytes) >
               0 &&
           header_add(cipher, parts);
}

static bool ccm_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                     uint64_t counter)
{
    packet_number_write(parts->iv, cipher->iv_bytes, counter);
    return ccm_start(cipher, parts) &&
           packet_cipher_update(cipher, parts->payload, parts->payload_bytes) &&
           tag_get(cipher, parts);
}

/* Here OpenSSL compares the tag in the same call that decrypts. */
static enum status ccm_open(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    if (!tag_set(cipher, parts) || !ccm_start(cipher, parts))
        return STATUS_CRYPTO;
    return packet_cipher_update(cipher, parts->payload, parts->payload_bytes) ? STATUS_OK
                                                                              : STATUS_FORGED;
}

const struct packet_mode packet_mode_gcm = {gcm_seal, gcm_open};
const struct packet_mode packet_mode_gmac = {gmac_seal, gmac_open};
const struct packet_mode packet_mode_ccm = {ccm_seal, ccm_open};
