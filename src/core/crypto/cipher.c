#include "crypto/cipher.h"

#include <limits.h>

#include "crypto/crypto_private.h"

enum cipher_direction {
    CIPHER_DECRYPT = 0,
    CIPHER_ENCRYPT = 1,
};

/* The row's context for a key of this length; NULL when there is none or it is no CBC cipher. */
static EVP_CIPHER_CTX *context_for(const struct crypto_algorithm *algorithm,
                                   const struct cipher_key *key)
{
    for (int i = 0; i < (int)COUNT(algorithm->cipher_own); i++) {
        if (algorithm->cipher_own[i] &&
            transform_cipher_bytes(key->transform, i) == key->key.bytes &&
            EVP_CIPHER_get_mode(algorithm->cipher_own[i]) == EVP_CIPH_CBC_MODE)
            return algorithm->cipher_context_own[i];
    }
    return NULL;
}

static bool key_set(EVP_CIPHER_CTX *context, struct view key, const uint8_t *iv,
                    enum cipher_direction direction)
{
    /* Variable-length ciphers (Blowfish) are told; for the others it is what they have. */
    return EVP_CIPHER_CTX_set_key_length(context, (int)key.bytes) > 0 &&
           EVP_CipherInit_ex2(context, NULL, key.data, iv, (int)direction, NULL) > 0 &&
           EVP_CIPHER_CTX_set_padding(context, 0) > 0;
}

static enum status cipher_run(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                              struct view in, uint8_t *out, enum cipher_direction direction)
{
    static const uint8_t zeros[SECRET_MAX_BYTES];
    const struct crypto_algorithm *algorithm = crypto_algorithm(crypto, key->transform);
    enum status status = STATUS_CRYPTO;
    int out_bytes = 0;

    if (!algorithm)
        return STATUS_CRYPTO;
    EVP_CIPHER_CTX *context = context_for(algorithm, key);
    size_t block_bytes = key->transform->block_bytes;
    if (!context || iv.bytes != block_bytes || in.bytes == 0 || in.bytes > INT_MAX ||
        in.bytes % block_bytes != 0)
        return STATUS_LIMIT;
    if (key_set(context, key->key, iv.data, direction) &&
        EVP_CipherUpdate(context, out, &out_bytes, in.data, (int)in.bytes) > 0 &&
        (size_t)out_bytes == in.bytes)
        status = STATUS_OK;
    /* The context outlives the SA: it must not keep its key (SEC-146). */
    if (!key_set(context, view_of(zeros, key->key.bytes), zeros, CIPHER_ENCRYPT))
        status = STATUS_CRYPTO;
    return status;
}

enum status cipher_encrypt(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                           struct view in, uint8_t *out)
{
    return cipher_run(crypto, key, iv, in, out, CIPHER_ENCRYPT);
}

enum status cipher_decrypt(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                           struct view in, uint8_t *out)
{
    return cipher_run(crypto, key, iv, in, out, CIPHER_DECRYPT);
}
