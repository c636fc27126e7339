#ifndef ENTENTE_IKEV1_IKE_KEYS_H
#define ENTENTE_IKEV1_IKE_KEYS_H

#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "ikev1/key_schedule.h"

struct ike_sa;

/* What an ISAKMP SA keeps of its keys, packed at their true length: SKEYID_d, _a, _e, Ka. */
struct ike_keys {
    uint8_t prf_bytes; /* of each of the first three */
    uint8_t cipher_bytes;
    uint8_t bytes[];
};

/* Packs; both sources stay the caller's. NULL without memory. */
struct ike_keys *ike_keys_new(const struct phase1_keys *keys, const struct secret *cipher_key);

/* Wipes and frees; NULL is harmless. */
void ike_keys_free(struct ike_keys *keys);

struct view ike_keys_d(const struct ike_keys *keys);
struct view ike_keys_a(const struct ike_keys *keys);
struct view ike_keys_e(const struct ike_keys *keys);
struct view ike_keys_cipher(const struct ike_keys *keys);

#endif
