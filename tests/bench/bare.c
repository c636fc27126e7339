#include "bare.h"

#include <stdlib.h>

#include <openssl/obj_mac.h>

void bare_modp(void *arg)
{
    struct bare *bare = arg;
    BIGNUM *exponent = BN_new();
    BIGNUM *result = BN_new();

    for (unsigned i = 0; i < 4; i++) {
        if (!BN_rand(exponent, 256, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY))
            abort();
        BN_set_flags(exponent, BN_FLG_CONSTTIME);
        BN_mod_exp_mont_consttime(result, bare->generator, exponent, bare->prime, bare->scratch,
                                  bare->montgomery);
        if (BN_is_one(bare->peer_number) || BN_cmp(bare->peer_number, bare->prime) >= 0)
            abort();
        BN_mod_exp_mont_consttime(result, bare->peer_number, exponent, bare->prime, bare->scratch,
                                  bare->montgomery);
    }
    BN_free(exponent);
    BN_free(result);
}

void bare_ecp(void *arg)
{
    struct bare *bare = arg;
    BIGNUM *exponent = BN_new();
    EC_POINT *result = EC_POINT_new(bare->curve);

    for (unsigned i = 0; i < 4; i++) {
        if (!BN_rand_range(exponent, EC_GROUP_get0_order(bare->curve)))
            abort();
        EC_POINT_mul(bare->curve, result, exponent, NULL, NULL, bare->scratch);
        if (EC_POINT_is_on_curve(bare->curve, bare->peer_point, bare->scratch) != 1)
            abort();
        EC_POINT_mul(bare->curve, result, NULL, bare->peer_point, exponent, bare->scratch);
    }
    BN_free(exponent);
    EC_POINT_free(result);
}

/* The same through EVP, as a program without a formula of its own does it; no full check. */
void bare_evp(void *arg)
{
    struct bare *bare = arg;
    uint8_t shared[32];

    for (unsigned i = 0; i < 4; i++) {
        EVP_PKEY *key = NULL;
        size_t bytes = sizeof shared;
        if (EVP_PKEY_generate(bare->generate, &key) <= 0)
            abort();
        EVP_PKEY_CTX *derive = EVP_PKEY_CTX_new(key, NULL);
        if (!derive || EVP_PKEY_derive_init(derive) <= 0 ||
            EVP_PKEY_derive_set_peer_ex(derive, bare->peer_key, 0) <= 0 ||
            EVP_PKEY_derive(derive, shared, &bytes) <= 0)
            abort();
        EVP_PKEY_CTX_free(derive);
        EVP_PKEY_free(key);
    }
}

void bare_init(struct bare *bare)
{
    bare->scratch = BN_CTX_new();
    bare->prime = BN_get_rfc3526_prime_2048(NULL);
    bare->generator = BN_new();
    bare->peer_number = BN_new();
    bare->montgomery = BN_MONT_CTX_new();
    bare->curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    bare->peer_point = EC_POINT_new(bare->curve);
    BN_set_word(bare->generator, 2);
    BN_rand(bare->peer_number, 2040, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
    BN_MONT_CTX_set(bare->montgomery, bare->prime, bare->scratch);
    bare->generate = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    bare->peer_key = EVP_EC_gen("P-256");
    if (!bare->generate || !bare->peer_key || EVP_PKEY_keygen_init(bare->generate) <= 0 ||
        EVP_PKEY_CTX_set_group_name(bare->generate, "P-256") <= 0)
        abort();
    BIGNUM *one = BN_new();
    BN_set_word(one, 77);
    EC_POINT_mul(bare->curve, bare->peer_point, one, NULL, NULL, bare->scratch);
    BN_free(one);
}

void bare_clear(struct bare *bare)
{
    BN_CTX_free(bare->scratch);
    BN_free(bare->prime);
    BN_free(bare->generator);
    BN_free(bare->peer_number);
    BN_MONT_CTX_free(bare->montgomery);
    EC_POINT_free(bare->peer_point);
    EC_GROUP_free(bare->curve);
    EVP_PKEY_CTX_free(bare->generate);
    EVP_PKEY_free(bare->peer_key);
}
