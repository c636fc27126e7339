#include "crypto/cipher.h"

#include <limits.h>

#include "crypto/crypto_private.h"

enum cipher_direction {
    CIPHER_DECRYPT = 0,
    CIPHER_ENCRYPT = 1,
};

/* Which of the row's contexts is for a key of this length; -1: none, or it is no CBC cipher. */
static int index_for(const struct crypto_algorithm *algorithm, const struct cipher_key *key)
{
    for (int i = 0; i < (int)COUNT(algorithm->cipher_own); i++) {
        if (algorithm->cipher_own[i] &&
            transform_cipher_bytes(key->transform, i) == key->key.bytes &&
            EVP_CIPHER_get_mode(algorithm->cipher_own[i]) == EVP_CIPH_CBC_MODE)
            return i;
    }
    return -1;
}

/* Key length and "no padding" are those that the context was made with (crypto.c). */
static bool key_set(EVP_CIPHER_CTX *context, const uint8_t *key, const uint8_t *iv,
                    enum cipher_direction direction)
{
    return EVP_CipherInit_ex2(context, NULL, key, iv, (int)direction, NULL) > 0;
}

bool cipher_forget(EVP_CIPHER_CTX *context)
{
    static const uint8_t zeros[SECRET_MAX_BYTES];

    return key_set(context, zeros, zeros, CIPHER_ENCRYPT);
}

static enum status cipher_run(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                              struct view in, uint8_t *out, enum cipher_direction direction)
{
    struct crypto_algorithm *algorithm = crypto_algorithm(crypto, key->transform);
    int index = algorithm ? index_for(algorithm, key) : -1;
    size_t block_bytes = key->transform ? key->transform->block_bytes : 0;
    int out_bytes = 0;

    if (!algorithm)
        return STATUS_CRYPTO;
    if (index < 0 || block_bytes == 0 || iv.bytes != block_bytes || in.bytes == 0 ||
        in.bytes > INT_MAX || in.bytes % block_bytes != 0)
        return STATUS_LIMIT;
    EVP_CIPHER_CTX *context = algorithm->cipher_context_own[index];
    algorithm->is_cipher_keyed[index] = crypto->is_used = true;
    if (key_set(context, key->key.data, iv.data, direction) &&
        EVP_CipherUpdate(context, out, &out_bytes, in.data, (int)in.bytes) > 0 &&
        (size_t)out_bytes == in.bytes)
        return STATUS_OK;
    return STATUS_CRYPTO;
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
