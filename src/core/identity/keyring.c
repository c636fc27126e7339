#include "identity/keyring.h"

#include <stdlib.h>

#include "crypto/hash.h"

struct keyring_key {
    uint32_t handle;
    struct bytes octets;
};

/* A private key under its handle. */
struct keyring_private {
    uint32_t handle;
    struct private_key *key_own;
};

struct keyring {
    struct keyring_key *keys_own; /* handles ascend */
    size_t count;
    size_t capacity;
    struct keyring_private *privates_own; /* handles ascend */
    size_t private_count;
};

struct keyring *keyring_new(void)
{
    return calloc(1, sizeof(struct keyring));
}

void keyring_free(struct keyring *keyring)
{
    if (!keyring)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        bytes_wipe(&keyring->keys_own[i].octets);
    for (size_t i = 0; i < keyring->private_count; i++)
        private_key_free(keyring->privates_own[i].key_own);
    free(keyring->keys_own);
    free(keyring->privates_own);
    free(keyring);
}

static const struct keyring_key *keyring_find(const struct keyring *keyring, uint32_t handle)
{
    size_t low = 0;
    size_t high = keyring->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (keyring->keys_own[middle].handle == handle)
            return &keyring->keys_own[middle];
        if (keyring->keys_own[middle].handle < handle)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The rows hold pointers to the keys, never the keys: moving them leaves no copy behind. */
static enum status keyring_grow(struct keyring *keyring)
{
    size_t capacity = keyring->capacity > 0 ? 2 * keyring->capacity : 8;
    struct keyring_key *keys;

    if (keyring->count < keyring->capacity)
        return STATUS_OK;
    keys = realloc(keyring->keys_own, capacity * sizeof *keys);
    if (!keys)
        return STATUS_NO_MEMORY;
    keyring->keys_own = keys;
    keyring->capacity = capacity;
    return STATUS_OK;
}

enum status keyring_add(struct keyring *keyring, uint32_t handle, struct view key)
{
    struct keyring_key row = {.handle = handle};

    if (handle == 0 || key.bytes == 0 || key.bytes > PRESHARED_KEY_MOST_BYTES)
        return STATUS_LIMIT;
    if (keyring->count > 0 && keyring->keys_own[keyring->count - 1].handle >= handle)
        return STATUS_EXISTS;
    if (keyring_grow(keyring) != STATUS_OK || bytes_copy(key, &row.octets) != STATUS_OK)
        return STATUS_NO_MEMORY;
    keyring->keys_own[keyring->count++] = row;
    return STATUS_OK;
}

enum status keyring_add_private_take(struct keyring *keyring, uint32_t key_handle,
                                     struct private_key *key)
{
    size_t count = keyring->private_count;
    struct keyring_private *privates;

    if (key_handle == 0)
        return STATUS_LIMIT;
    if (count > 0 && keyring->privates_own[count - 1].handle >= key_handle)
        return STATUS_EXISTS;
    privates = realloc(keyring->privates_own, (count + 1) * sizeof *privates);
    if (!privates)
        return STATUS_NO_MEMORY;
    privates[count] = (struct keyring_private){key_handle, key};
    keyring->privates_own = privates;
    keyring->private_count = count + 1;
    return STATUS_OK;
}

size_t keyring_private_count(const struct keyring *keyring)
{
    return keyring->private_count;
}

/* A host has few keys of its own. */
static const struct private_key *private_find(const struct keyring *keyring, uint32_t key_handle)
{
    for (size_t i = 0; i < keyring->private_count; i++) {
        if (keyring->privates_own[i].handle == key_handle)
            return keyring->privates_own[i].key_own;
    }
    return NULL;
}

enum status keyring_sign(const struct keyring *keyring, uint32_t key_handle,
                         enum auth_method method, struct view hash, struct bytes *out)
{
    const struct private_key *key = private_find(keyring, key_handle);

    return key ? private_key_sign(key, method, hash, out) : STATUS_ABSENT;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->count;
}

struct view keyring_key_view(const struct keyring *keyring, uint32_t handle)
{
    const struct keyring_key *key = keyring_find(keyring, handle);

    return key ? bytes_view(&key->octets) : (struct view){0};
}

enum status keyring_answer(const struct keyring *keyring, struct crypto *crypto, uint32_t handle,
                           const struct transform *prf, struct view data, struct secret *out)
{
    const struct keyring_key *key = keyring_find(keyring, handle);
    struct prf_key prf_key = {.hash = prf};
    struct secret answer = {.used_bytes = 0};

    if (!key)
        return STATUS_ABSENT;
    prf_key.key = bytes_view(&key->octets);
    enum status status = prf_compute(crypto, &prf_key, &data, 1, &answer);
    if (crypto_forget(crypto) != STATUS_OK) /* the pre-shared key must not stay in a context */
        status = STATUS_CRYPTO;
    if (status == STATUS_OK)
        secret_move(out, &answer);
    secret_clear(&answer);
    return status;
}

enum status keyring_decrypt(const struct keyring *keyring, struct crypto *crypto,
                            uint32_t key_handle, const struct rsa_block *blocks, size_t count,
                            struct bytes *out)
{
    const struct private_key *key = private_find(keyring, key_handle);
    const struct rsa_private *rsa = key ? private_key_rsa(key) : NULL;
    struct bytes answer = {0};
    enum status status = STATUS_OK;

    if (!rsa)
        return key ? STATUS_REFUSED : STATUS_ABSENT;
    size_t modulus_bytes = rsa_private_public(rsa)->modulus_bytes;
    answer.data_own = calloc(count, 2 + modulus_bytes);
    if (!answer.data_own)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        uint8_t *slot = answer.data_own + answer.bytes;
        uint16_t bytes = 0;

        if (view_is_empty(blocks[i].ciphertext))
            continue;
        status = rsa_decrypt(crypto, rsa, &blocks[i], slot + 2, &bytes);
        slot[0] = (uint8_t)(bytes >> 8);
        slot[1] = (uint8_t)bytes;
        answer.bytes += 2 + modulus_bytes;
    }
    if (crypto_forget(crypto) != STATUS_OK)
        status = STATUS_CRYPTO;
    if (status == STATUS_OK) {
        bytes_wipe(out);
        *out = answer;
        answer = (struct bytes){0};
    }
    bytes_wipe(&answer);
    return status;
}
