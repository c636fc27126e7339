#include "crypto/hash.h"

#include "crypto/crypto_private.h"

enum status hash_compute(struct crypto *crypto, const struct transform *hash,
                         const struct view *parts, size_t count, struct secret *out)
{
    struct crypto_algorithm *algorithm = crypto_algorithm(crypto, hash);
    struct secret digest = {.used_bytes = 0};
    enum status status = STATUS_CRYPTO;

    if (!algorithm || !algorithm->digest_own || hash->hash_bytes > sizeof digest.bytes)
        return STATUS_CRYPTO;
    EVP_MD_CTX *context = algorithm->digest_context_own;
    algorithm->is_digest_used = crypto->is_used = true;
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
    secret_move(out, &digest);
    status = STATUS_OK;
out:
    secret_clear(&digest);
    return status;
}

/* Sets the key, or begins anew with the one that is there: half the time of a prf is its key. */
static bool mac_begin(struct crypto_algorithm *algorithm, struct view key)
{
    static const uint8_t no_key[1];
    EVP_MAC_CTX *context = algorithm->mac_context_own;

    if (algorithm->is_mac_keyed && algorithm->mac_key.used_bytes > 0 &&
        secret_equal(secret_view(&algorithm->mac_key), key))
        return EVP_MAC_init(context, NULL, 0, NULL) > 0;
    secret_clear(&algorithm->mac_key);
    algorithm->is_mac_keyed = true;
    /* A NULL key would mean "the key of the last call". */
    if (EVP_MAC_init(context, key.data ? key.data : no_key, key.bytes, NULL) <= 0)
        return false;
    (void)secret_set(&algorithm->mac_key, key); /* too long a one is set up each time */
    return true;
}

enum status prf_compute(struct crypto *crypto, const struct prf_key *key, const struct view *parts,
                        size_t count, struct secret *out)
{
    struct crypto_algorithm *algorithm = crypto_algorithm(crypto, key->hash);
    struct secret mac = {.used_bytes = 0};
    enum status status = STATUS_CRYPTO;

    if (!algorithm || !algorithm->digest_own || key->hash->hash_bytes > sizeof mac.bytes)
        return STATUS_CRYPTO;
    EVP_MAC_CTX *context = algorithm->mac_context_own;
    crypto->is_used = true;
    if (!mac_begin(algorithm, key->key))
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
    secret_move(out, &mac);
    status = STATUS_OK;
out:
    if (status != STATUS_OK)
        secret_clear(&algorithm->mac_key); /* who knows what the context holds now */
    secret_clear(&mac);
    return status;
}
