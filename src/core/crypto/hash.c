#include "crypto/hash.h"

#include "crypto/crypto_private.h"

enum status hash_compute(struct crypto *crypto, const struct transform *hash,
                         const struct view *parts, size_t count, struct secret *out)
{
    const struct crypto_algorithm *algorithm = crypto_algorithm(crypto, hash);
    struct secret digest = {.used_bytes = 0};
    enum status status = STATUS_CRYPTO;

    if (!algorithm || !algorithm->digest_own || hash->hash_bytes > sizeof digest.bytes)
        return STATUS_CRYPTO;
    EVP_MD_CTX *context = algorithm->digest_context_own;
    if (EVP_DigestInit_ex2(context, algorithm->digest_own, NULL) <= 0)
        goto out;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].bytes > 0 && EVP_DigestUpdate(context, parts[i].data, parts[i].bytes) <= 0)
            goto out;
    }
    unsigned digest_bytes = 0;
    if (EVP_DigestFinal_ex(context, digest.bytes, &digest_bytes) <= 0 ||
        digest_bytes != hash->hash_bytes)
        goto out;
    digest.used_bytes = (uint16_t)digest_bytes;
    status = STATUS_OK;
out:
    /* What was hashed does not stay behind in the context. */
    if (EVP_DigestInit_ex2(context, algorithm->digest_own, NULL) <= 0)
        status = STATUS_CRYPTO;
    if (status == STATUS_OK)
        secret_move(out, &digest);
    secret_clear(&digest);
    return status;
}

enum status prf_compute(struct crypto *crypto, const struct prf_key *key, const struct view *parts,
                        size_t count, struct secret *out)
{
    static const uint8_t zero_key[SECRET_MAX_BYTES];
    const struct crypto_algorithm *algorithm = crypto_algorithm(crypto, key->hash);
    struct secret mac = {.used_bytes = 0};
    enum status status = STATUS_CRYPTO;

    if (!algorithm || !algorithm->digest_own || key->hash->hash_bytes > sizeof mac.bytes)
        return STATUS_CRYPTO;
    EVP_MAC_CTX *context = algorithm->mac_context_own;
    /* A NULL key would mean "the key of the last call". */
    const uint8_t *octets = key->key.data ? key->key.data : zero_key;
    if (EVP_MAC_init(context, octets, key->key.bytes, NULL) <= 0)
        goto out;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].bytes > 0 && EVP_MAC_update(context, parts[i].data, parts[i].bytes) <= 0)
            goto out;
    }
    size_t mac_bytes = 0;
    if (EVP_MAC_final(context, mac.bytes, &mac_bytes, sizeof mac.bytes) <= 0 ||
        mac_bytes != key->hash->hash_bytes)
        goto out;
    mac.used_bytes = (uint16_t)mac_bytes;
    status = STATUS_OK;
out:
    /* The context outlives the SA: it must not keep its key (SEC-146). */
    if (EVP_MAC_init(context, zero_key, key->hash->hash_bytes, NULL) <= 0)
        status = STATUS_CRYPTO;
    if (status == STATUS_OK)
        secret_move(out, &mac);
    secret_clear(&mac);
    return status;
}
