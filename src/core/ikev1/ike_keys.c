#include "ikev1/ike_keys.h"

#include <stdlib.h>

struct ike_keys *ike_keys_new(const struct phase1_keys *keys, const struct secret *cipher_key)
{
    size_t prf_bytes = keys->skeyid_d.used_bytes;
    struct ike_keys *packed = malloc(sizeof *packed + 3 * prf_bytes + cipher_key->used_bytes);

    if (!packed)
        return NULL;
    packed->prf_bytes = (uint8_t)prf_bytes;
    packed->cipher_bytes = (uint8_t)cipher_key->used_bytes;
    memcpy(packed->bytes, keys->skeyid_d.bytes, prf_bytes);
    memcpy(packed->bytes + prf_bytes, keys->skeyid_a.bytes, prf_bytes);
    memcpy(packed->bytes + 2 * prf_bytes, keys->skeyid_e.bytes, prf_bytes);
    memcpy(packed->bytes + 3 * prf_bytes, cipher_key->bytes, cipher_key->used_bytes);
    return packed;
}

void ike_keys_free(struct ike_keys *keys)
{
    if (!keys)
        return;
    secret_wipe_memory(keys, sizeof *keys + (size_t)3 * keys->prf_bytes + keys->cipher_bytes);
    free(keys);
}

struct view ike_keys_d(const struct ike_keys *keys)
{
    return view_of(keys->bytes, keys->prf_bytes);
}

struct view ike_keys_a(const struct ike_keys *keys)
{
    return view_of(keys->bytes + keys->prf_bytes, keys->prf_bytes);
}

struct view ike_keys_e(const struct ike_keys *keys)
{
    return view_of(keys->bytes + (size_t)2 * keys->prf_bytes, keys->prf_bytes);
}

struct view ike_keys_cipher(const struct ike_keys *keys)
{
    return view_of(keys->bytes + (size_t)3 * keys->prf_bytes, keys->cipher_bytes);
}
