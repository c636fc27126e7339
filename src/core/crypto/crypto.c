#include "crypto/crypto.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "crypto/crypto_private.h"

static void algorithm_free(struct crypto_algorithm *algorithm)
{
    for (size_t i = 0; i < COUNT(algorithm->cipher_own); i++) {
        EVP_CIPHER_CTX_free(algorithm->cipher_context_own[i]);
        EVP_CIPHER_free(algorithm->cipher_own[i]);
    }
    EVP_MAC_CTX_free(algorithm->mac_context_own);
    EVP_MD_CTX_free(algorithm->digest_context_own);
    EVP_MD_free(algorithm->digest_own);
    *algorithm = (struct crypto_algorithm){0};
}

EVP_MAC_CTX *crypto_mac_context(const struct crypto *crypto, const struct transform *transform)
{
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t)transform->openssl[0], 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(crypto->hmac_own);

    if (context && EVP_MAC_CTX_set_params(context, parameters) > 0)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

static bool digest_load(const struct crypto *crypto, const struct transform *transform,
                        struct crypto_algorithm *out)
{
    if (!transform->openssl[0])
        return false;
    out->digest_own = EVP_MD_fetch(crypto->library_own, transform->openssl[0], NULL);
    out->digest_context_own = EVP_MD_CTX_new();
    out->mac_context_own = crypto_mac_context(crypto, transform);
    return out->digest_own && out->digest_context_own && out->mac_context_own &&
           EVP_DigestInit_ex2(out->digest_context_own, out->digest_own, NULL) > 0;
}

static bool cipher_load(const struct crypto *crypto, const struct transform *transform,
                        struct crypto_algorithm *out)
{
    if (!transform->openssl[0]) /* NULL encryption needs nothing; any other row needs a name */
        return transform_cipher_bytes(transform, 0) == 0;
    for (size_t i = 0; i < COUNT(transform->openssl) && transform->openssl[i]; i++) {
        out->cipher_own[i] = EVP_CIPHER_fetch(crypto->library_own, transform->openssl[i], NULL);
        out->cipher_context_own[i] = EVP_CIPHER_CTX_new();
        if (!out->cipher_own[i] || !out->cipher_context_own[i])
            return false;
        /* Variable-length ciphers (Blowfish) are told; for the others it is what they have. */
        if (EVP_CipherInit_ex2(out->cipher_context_own[i], out->cipher_own[i], NULL, NULL, 1,
                               NULL) <= 0 ||
            EVP_CIPHER_CTX_set_key_length(out->cipher_context_own[i],
                                          (int)transform_cipher_bytes(transform, (int)i)) <= 0 ||
            EVP_CIPHER_CTX_set_padding(out->cipher_context_own[i], 0) <= 0)
            return false;
    }
    return true;
}

static void algorithm_load(const struct crypto *crypto, const struct transform *transform,
                           struct crypto_algorithm *out)
{
    out->is_available = transform->kind == TRANSFORM_ENCRYPTION
                            ? cipher_load(crypto, transform, out)
                            : digest_load(crypto, transform, out);
    if (!out->is_available)
        algorithm_free(out);
}

static void algorithms_load(struct crypto *crypto, unsigned legacy)
{
    for (size_t i = 0; i < transform_count; i++) {
        if ((transform_table[i].flags & TRANSFORM_LEGACY) == legacy)
            algorithm_load(crypto, &transform_table[i], &crypto->algorithms_own[i]);
    }
    ERR_clear_error(); /* what is missing is no error here: crypto_has_transform tells */
}

enum status crypto_new(struct crypto **out)
{
    struct crypto *crypto = NULL;
    enum status status = STATUS_NO_MEMORY;

    /* The configuration file of the system may load engines and other providers: not here. */
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return STATUS_CRYPTO;
    crypto = calloc(1, sizeof *crypto);
    if (!crypto)
        goto out;
    crypto->algorithms_own = calloc(transform_count, sizeof *crypto->algorithms_own);
    crypto->groups_own = calloc(group_count, sizeof *crypto->groups_own);
    if (!crypto->algorithms_own || !crypto->groups_own)
        goto out;

    status = STATUS_CRYPTO;
    crypto->library_own = OSSL_LIB_CTX_new();
    if (!crypto->library_own)
        goto out;
    crypto->default_own = OSSL_PROVIDER_load(crypto->library_own, "default");
    crypto->hmac_own = EVP_MAC_fetch(crypto->library_own, "HMAC", NULL);
    if (!crypto->default_own || !crypto->hmac_own)
        goto out;
    algorithms_load(crypto, 0);
    status = crypto_groups_load(crypto);
    if (status != STATUS_OK)
        goto out;
    *out = crypto;
    crypto = NULL;
out:
    crypto_free(crypto);
    return status;
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    if (crypto->groups_own)
        crypto_groups_free(crypto);
    for (size_t i = 0; crypto->algorithms_own && i < transform_count; i++)
        algorithm_free(&crypto->algorithms_own[i]);
    EVP_MAC_free(crypto->hmac_own);
    if (crypto->legacy_own)
        (void)OSSL_PROVIDER_unload(crypto->legacy_own);
    if (crypto->default_own)
        (void)OSSL_PROVIDER_unload(crypto->default_own);
    OSSL_LIB_CTX_free(crypto->library_own);
    free(crypto->algorithms_own);
    free(crypto->groups_own);
    free(crypto);
}

enum status crypto_load_legacy(struct crypto *crypto)
{
    if (crypto->legacy_own)
        return STATUS_OK;
    crypto->legacy_own = OSSL_PROVIDER_load(crypto->library_own, "legacy");
    if (!crypto->legacy_own) {
        ERR_clear_error();
        return STATUS_CRYPTO;
    }
    algorithms_load(crypto, TRANSFORM_LEGACY);
    return STATUS_OK;
}

struct crypto_algorithm *crypto_algorithm(const struct crypto *crypto,
                                          const struct transform *transform)
{
    if (!transform || transform < transform_table || transform >= transform_table + transform_count)
        return NULL;
    struct crypto_algorithm *algorithm = &crypto->algorithms_own[transform - transform_table];
    return algorithm->is_available ? algorithm : NULL;
}

/* False when a context did not take the zeros; then it stays marked. */
static bool algorithm_forget(struct crypto_algorithm *algorithm, const struct transform *transform)
{
    static const uint8_t zeros[SECRET_MAX_BYTES];
    bool is_done = true;

    secret_clear(&algorithm->mac_key);
    if (algorithm->is_mac_keyed)
        algorithm->is_mac_keyed =
            EVP_MAC_init(algorithm->mac_context_own, zeros, transform->hash_bytes, NULL) <= 0;
    if (algorithm->is_digest_used)
        algorithm->is_digest_used =
            EVP_DigestInit_ex2(algorithm->digest_context_own, algorithm->digest_own, NULL) <= 0;
    is_done = !algorithm->is_mac_keyed && !algorithm->is_digest_used;
    for (int i = 0; i < (int)COUNT(algorithm->cipher_own); i++) {
        if (algorithm->is_cipher_keyed[i])
            algorithm->is_cipher_keyed[i] = !cipher_forget(algorithm->cipher_context_own[i]);
        is_done = is_done && !algorithm->is_cipher_keyed[i];
    }
    return is_done;
}

enum status crypto_forget(struct crypto *crypto)
{
    bool is_done = true;

    if (!crypto->is_used)
        return STATUS_OK;
    for (size_t i = 0; i < transform_count; i++)
        is_done = algorithm_forget(&crypto->algorithms_own[i], &transform_table[i]) && is_done;
    crypto->is_used = !is_done;
    return is_done ? STATUS_OK : STATUS_CRYPTO;
}

bool crypto_has_transform(const struct crypto *crypto, const struct transform *transform)
{
    return crypto_algorithm(crypto, transform) != NULL;
}

bool crypto_has_group(const struct crypto *crypto, const struct group *group)
{
    return crypto_group(crypto, group) != NULL;
}

size_t transform_cipher_bytes(const struct transform *transform, int index)
{
    if (transform->key_bits[0] == 0)
        return transform->fixed_key_bytes;
    return transform->key_bits[index] / 8u;
}
