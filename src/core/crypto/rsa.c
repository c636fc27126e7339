#include "crypto/rsa.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/writer.h"
#include "crypto/crypto_private.h"
#include "crypto/hash.h"
#include "crypto/rsa_unpad_private.h"

#define RSA_DECOY_EXPONENT 65537u
/* Draws for one octet of padding that must not be 0 before the source counts as broken. */
#define RSA_MOST_DRAWS 128u

struct rsa_private {
    EVP_PKEY *key_own;
    EVP_PKEY_CTX *raw_own; /* decrypts without padding; blinded by OpenSSL */
    struct rsa_public public;
    struct secret replacement_key; /* SHA-256 of the private exponent at full length */
};

static const struct transform *replacement_hash(void)
{
    return transform_by_name(TRANSFORM_HASH, "sha256");
}

static enum status numbers_check(const BIGNUM *modulus, const BIGNUM *exponent)
{
    int bits = BN_num_bits(modulus);

    if (bits < 8 * (int)RSA_LEAST_BYTES || bits > 8 * (int)RSA_MOST_BYTES || !BN_is_odd(modulus))
        return STATUS_LIMIT;
    if (BN_num_bits(exponent) > 64 || !BN_is_odd(exponent) || BN_is_one(exponent))
        return STATUS_LIMIT;
    return STATUS_OK;
}

enum status rsa_public_of(struct evp_pkey_st *key, struct rsa_public *out)
{
    BIGNUM *modulus = NULL, *exponent = NULL;
    enum status status = STATUS_CRYPTO;
    uint8_t octets[8];

    if (!EVP_PKEY_is_a(key, "RSA"))
        return STATUS_UNEXPECTED;
    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) ||
        !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent))
        goto out;
    status = numbers_check(modulus, exponent);
    if (status != STATUS_OK)
        goto out;
    (void)BN_bn2binpad(exponent, octets, sizeof octets);
    out->exponent = 0;
    for (size_t i = 0; i < sizeof octets; i++)
        out->exponent = out->exponent << 8 | octets[i];
    out->modulus_bytes = (uint16_t)BN_bn2bin(modulus, out->modulus);
out:
    BN_free(modulus);
    BN_free(exponent);
    ERR_clear_error();
    return status;
}

enum status rsa_public_read(struct crypto *crypto, struct view spki, struct rsa_public *out)
{
    const uint8_t *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY_ex(NULL, &at, (long)spki.bytes, crypto->library_own, NULL);
    enum status status = STATUS_MALFORMED;

    if (key && at == spki.data + spki.bytes)
        status = rsa_public_of(key, out);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return status;
}

/* HMAC in counter mode: prf(key, counter | label | bits), as draft-irtf-cfrg-rsa-guidance has it.
 */
static enum status stream(struct crypto *crypto, struct view key, const char *label, uint8_t *out,
                          size_t bytes)
{
    const struct prf_key prf = {replacement_hash(), key};
    uint8_t size[2] = {(uint8_t)(bytes * 8 >> 8), (uint8_t)(bytes * 8)};
    struct secret block = {0};
    enum status status = STATUS_OK;

    for (size_t at = 0, count = 0; at < bytes && status == STATUS_OK; count++) {
        uint8_t counter[2] = {(uint8_t)(count >> 8), (uint8_t)count};
        struct view parts[] = {view_of(counter, sizeof counter), view_of_text(label),
                               view_of(size, sizeof size)};
        status = prf_compute(crypto, &prf, parts, COUNT(parts), &block);
        size_t take_bytes = bytes - at < block.used_bytes ? bytes - at : block.used_bytes;
        memcpy(out + at, block.bytes, take_bytes);
        at += take_bytes;
    }
    secret_clear(&block);
    return status;
}

enum status rsa_public_decoy(struct crypto *crypto, struct view seed, size_t modulus_bytes,
                             struct rsa_public *out)
{
    if (modulus_bytes < RSA_LEAST_BYTES || modulus_bytes > RSA_MOST_BYTES)
        return STATUS_LIMIT;
    out->modulus_bytes = (uint16_t)modulus_bytes;
    out->exponent = RSA_DECOY_EXPONENT;
    enum status status = stream(crypto, seed, "decoy", out->modulus, modulus_bytes);
    out->modulus[0] |= 0x80;
    out->modulus[modulus_bytes - 1] |= 1;
    return status;
}

bool rsa_public_fits(const struct rsa_public *key, struct view ciphertext)
{
    return ciphertext.bytes == key->modulus_bytes &&
           view_compare(ciphertext, view_of(key->modulus, key->modulus_bytes)) < 0;
}

/* 00 02 PS 00 M; PS has no 0 in it. */
static enum status pad(const struct randomness *randomness, uint64_t ike_sa, struct view plaintext,
                       uint8_t *block, size_t block_bytes)
{
    size_t padding_bytes = block_bytes - 3 - plaintext.bytes;
    unsigned draws = 0;

    block[0] = 0;
    block[1] = 2;
    randomness_fill(randomness, ike_sa, block + 2, padding_bytes);
    for (size_t i = 2; i < 2 + padding_bytes; i++) {
        for (draws = 0; block[i] == 0 && draws < RSA_MOST_DRAWS; draws++)
            randomness_fill(randomness, ike_sa, block + i, 1);
        if (block[i] == 0)
            return STATUS_CRYPTO;
    }
    block[2 + padding_bytes] = 0;
    memcpy(block + 3 + padding_bytes, plaintext.data, plaintext.bytes);
    return STATUS_OK;
}

/* block ^ exponent mod modulus, in place. */
static enum status raw_public(const struct crypto *crypto, const struct rsa_public *key,
                              uint8_t *block)
{
    BN_CTX *scratch = BN_CTX_new_ex(crypto->library_own);
    BIGNUM *modulus = BN_bin2bn(key->modulus, key->modulus_bytes, NULL);
    BIGNUM *number = BN_bin2bn(block, key->modulus_bytes, NULL);
    BIGNUM *exponent = BN_new(), *result = BN_new();
    enum status status = STATUS_CRYPTO;
    uint8_t octets[8];

    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(key->exponent >> (56 - 8 * i));
    if (scratch && modulus && number && exponent && result &&
        BN_bin2bn(octets, sizeof octets, exponent) &&
        BN_mod_exp_mont(result, number, exponent, modulus, scratch, NULL) &&
        BN_bn2binpad(result, block, key->modulus_bytes) == key->modulus_bytes)
        status = STATUS_OK;
    BN_clear_free(number);
    BN_free(modulus);
    BN_free(exponent);
    BN_free(result);
    BN_CTX_free(scratch);
    ERR_clear_error();
    return status;
}

enum status rsa_encrypt(struct crypto *crypto, const struct rsa_public *key,
                        const struct randomness *randomness, uint64_t ike_sa, struct view plaintext,
                        uint8_t *out)
{
    if (plaintext.bytes + RSA_PADDING_LEAST_BYTES > key->modulus_bytes)
        return STATUS_LIMIT;
    enum status status = pad(randomness, ike_sa, plaintext, out, key->modulus_bytes);
    if (status == STATUS_OK)
        status = raw_public(crypto, key, out);
    if (status != STATUS_OK)
        secret_wipe_memory(out, key->modulus_bytes);
    return status;
}

/* SHA-256 of the private exponent as many octets as the modulus has. */
static enum status replacement_key(struct rsa_private *key)
{
    uint8_t octets[RSA_MOST_BYTES];
    int bytes = key->public.modulus_bytes;
    size_t hash_bytes = 0;
    BIGNUM *exponent = NULL;
    enum status status = STATUS_CRYPTO;

    if (EVP_PKEY_get_bn_param(key->key_own, OSSL_PKEY_PARAM_RSA_D, &exponent) &&
        BN_bn2binpad(exponent, octets, bytes) == bytes &&
        EVP_Q_digest(NULL, "SHA256", NULL, octets, (size_t)bytes, key->replacement_key.bytes,
                     &hash_bytes)) {
        key->replacement_key.used_bytes = (uint16_t)hash_bytes;
        status = STATUS_OK;
    }
    BN_clear_free(exponent);
    secret_wipe_memory(octets, sizeof octets);
    return status;
}

enum status rsa_private_read(struct view der, struct rsa_private **out)
{
    struct rsa_private *key = calloc(1, sizeof *key);
    const uint8_t *at = der.data;
    enum status status = STATUS_NO_MEMORY;

    if (!key)
        return status;
    key->key_own = d2i_AutoPrivateKey(NULL, &at, (long)der.bytes);
    status = STATUS_MALFORMED;
    if (key->key_own && at == der.data + der.bytes)
        status = rsa_public_of(key->key_own, &key->public);
    if (status == STATUS_OK)
        status = replacement_key(key);
    if (status == STATUS_OK) {
        key->raw_own = EVP_PKEY_CTX_new(key->key_own, NULL);
        if (!key->raw_own || EVP_PKEY_decrypt_init(key->raw_own) <= 0 ||
            EVP_PKEY_CTX_set_rsa_padding(key->raw_own, RSA_NO_PADDING) <= 0)
            status = STATUS_CRYPTO;
    }
    ERR_clear_error();
    if (status == STATUS_OK)
        *out = key;
    else
        rsa_private_free(key);
    return status;
}

void rsa_private_free(struct rsa_private *key)
{
    if (!key)
        return;
    EVP_PKEY_CTX_free(key->raw_own);
    EVP_PKEY_free(key->key_own);
    secret_wipe_memory(key, sizeof *key);
    free(key);
}

const struct rsa_public *rsa_private_public(const struct rsa_private *key)
{
    return &key->public;
}

/* What stands for a plaintext that is none: HMAC of the ciphertext is the key of two streams. */
static enum status replacement(struct crypto *crypto, const struct rsa_private *key,
                               struct view ciphertext, const struct rsa_bounds *bounds,
                               uint8_t *block, uint32_t *bytes)
{
    const struct prf_key prf = {replacement_hash(), secret_view(&key->replacement_key)};
    uint8_t candidates[2 * RSA_LENGTH_CANDIDATES] = {0};
    struct secret seed = {0};
    enum status status = prf_compute(crypto, &prf, &ciphertext, 1, &seed);

    if (status == STATUS_OK)
        status = stream(crypto, secret_view(&seed), "length", candidates, sizeof candidates);
    if (status == STATUS_OK)
        status = stream(crypto, secret_view(&seed), "message", block, key->public.modulus_bytes);
    *bytes = rsa_replacement_bytes(candidates, bounds);
    secret_clear(&seed);
    secret_wipe_memory(candidates, sizeof candidates);
    return status;
}

enum status rsa_decrypt(struct crypto *crypto, const struct rsa_private *key,
                        const struct rsa_block *block, uint8_t *out, uint16_t *bytes)
{
    size_t modulus_bytes = key->public.modulus_bytes, out_bytes = modulus_bytes;
    uint32_t room_bytes = (uint32_t)modulus_bytes - RSA_PADDING_LEAST_BYTES, replacement_bytes;
    struct rsa_bounds bounds = {block->least_bytes,
                                block->most_bytes < room_bytes ? block->most_bytes : room_bytes};
    uint8_t other[RSA_MOST_BYTES];

    if (bounds.least_bytes > bounds.most_bytes)
        return STATUS_LIMIT;
    enum status status =
        replacement(crypto, key, block->ciphertext, &bounds, other, &replacement_bytes);
    /* Which ciphertexts are no number below the modulus is public: anybody can compare. What
     * OpenSSL cannot compute is bad padding like the rest. */
    memset(out, 0, modulus_bytes);
    if (rsa_public_fits(&key->public, block->ciphertext) &&
        EVP_PKEY_decrypt(key->raw_own, out, &out_bytes, block->ciphertext.data, modulus_bytes) <= 0)
        memset(out, 0, modulus_bytes);
    if (status == STATUS_OK)
        *bytes = (uint16_t)rsa_unpad(out, modulus_bytes, &bounds, other, replacement_bytes);
    secret_wipe_memory(other, sizeof other);
    ERR_clear_error();
    return status;
}
