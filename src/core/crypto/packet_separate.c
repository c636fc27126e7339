#include "crypto/packet_cipher_private.h"

/* Block counter of the first block of a packet. RFC 3686 section 4 */
#define CTR_FIRST_BLOCK 1u
#define CTR_BLOCK_BYTES 16u

/* HMAC over the packet up to its ICV, at full length. RFC 4303 section 2.8 */
static bool mac_compute(const struct packet_cipher *cipher, const struct packet_parts *parts,
                        uint8_t mac[SECRET_MAX_BYTES])
{
    size_t mac_bytes = 0;
    uint8_t high[SEQUENCE_HIGH_BYTES];

    packet_number_write(high, sizeof high, parts->sequence_high);
    return EVP_MAC_init(cipher->mac_own, NULL, 0, NULL) > 0 &&
           EVP_MAC_update(cipher->mac_own, parts->header, (size_t)(parts->icv - parts->header)) >
               0 &&
           (!cipher->is_esn || EVP_MAC_update(cipher->mac_own, high, sizeof high) > 0) &&
           EVP_MAC_final(cipher->mac_own, mac, &mac_bytes, SECRET_MAX_BYTES) > 0 &&
           mac_bytes >= cipher->icv_bytes;
}

static bool icv_write(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    uint8_t mac[SECRET_MAX_BYTES];

    if (!mac_compute(cipher, parts, mac))
        return false;
    memcpy(parts->icv, mac, cipher->icv_bytes);
    return true;
}

static enum status icv_verify(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    uint8_t mac[SECRET_MAX_BYTES];

    if (!mac_compute(cipher, parts, mac))
        return STATUS_CRYPTO;
    return secret_equal(view_of(mac, cipher->icv_bytes), view_of(parts->icv, cipher->icv_bytes))
               ? STATUS_OK
               : STATUS_FORGED;
}

static bool null_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                      uint64_t counter)
{
    (void)counter;
    return icv_write(cipher, parts);
}

/*
 * CBC with a zero IV over the counter and then the payload: the first block of the result is the
 * encrypted counter and so the IV that the payload was encrypted with.
 */
static bool cbc_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                     uint64_t counter)
{
    static const uint8_t zero_iv[BLOCK_BYTES_MAX];

    packet_number_write(parts->iv, cipher->iv_bytes, counter);
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, zero_iv, -1, NULL) > 0 &&
           packet_cipher_update(cipher, parts->iv, cipher->iv_bytes + parts->payload_bytes) &&
           icv_write(cipher, parts);
}

static enum status cbc_open(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    enum status status = icv_verify(cipher, parts);

    if (status != STATUS_OK)
        return status;
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, parts->iv, -1, NULL) > 0 &&
                   packet_cipher_update(cipher, parts->payload, parts->payload_bytes)
               ? STATUS_OK
               : STATUS_CRYPTO;
}

/* nonce | IV | block counter; the same both ways. RFC 3686 section 4 */
static bool ctr_run(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    uint8_t block[CTR_BLOCK_BYTES] = {0};

    memcpy(block, cipher->salt, cipher->salt_bytes);
    memcpy(block + cipher->salt_bytes, parts->iv, cipher->iv_bytes);
    block[CTR_BLOCK_BYTES - 1] = CTR_FIRST_BLOCK;
    return EVP_CipherInit_ex2(cipher->cipher_own, NULL, NULL, block, -1, NULL) > 0 &&
           packet_cipher_update(cipher, parts->payload, parts->payload_bytes);
}

static bool ctr_seal(const struct packet_cipher *cipher, const struct packet_parts *parts,
                     uint64_t counter)
{
    packet_number_write(parts->iv, cipher->iv_bytes, counter);
    return ctr_run(cipher, parts) && icv_write(cipher, parts);
}

static enum status ctr_open(const struct packet_cipher *cipher, const struct packet_parts *parts)
{
    enum status status = icv_verify(cipher, parts);

    if (status != STATUS_OK)
        return status;
    return ctr_run(cipher, parts) ? STATUS_OK : STATUS_CRYPTO;
}

const struct packet_mode packet_mode_null = {null_seal, icv_verify};
const struct packet_mode packet_mode_cbc = {cbc_seal, cbc_open};
const struct packet_mode packet_mode_ctr = {ctr_seal, ctr_open};
