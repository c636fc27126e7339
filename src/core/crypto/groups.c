#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include "crypto/crypto_private.h"

/* Safe primes come from OpenSSL's own constants: no number is written here. */
static const struct {
    uint16_t number;
    BIGNUM *(*prime)(BIGNUM *);
} safe_primes[] = {
    {1, BN_get_rfc2409_prime_768},   {2, BN_get_rfc2409_prime_1024},
    {5, BN_get_rfc3526_prime_1536},  {14, BN_get_rfc3526_prime_2048},
    {15, BN_get_rfc3526_prime_3072}, {16, BN_get_rfc3526_prime_4096},
    {17, BN_get_rfc3526_prime_6144}, {18, BN_get_rfc3526_prime_8192},
};

static void group_free(struct crypto_group *group)
{
    BN_free(group->prime_own);
    BN_free(group->prime_less_one_own);
    BN_free(group->generator_own);
    BN_free(group->order_own);
    BN_MONT_CTX_free(group->montgomery_own);
    EC_GROUP_free(group->curve_own);
    *group = (struct crypto_group){0};
}

static bool safe_prime_load(const struct group *group, struct crypto_group *out)
{
    for (size_t i = 0; i < COUNT(safe_primes); i++) {
        if (safe_primes[i].number != group->number)
            continue;
        out->prime_own = safe_primes[i].prime(NULL);
        out->generator_own = BN_new();
        return out->prime_own && out->generator_own && BN_set_word(out->generator_own, 2);
    }
    return false;
}

/* p, q and g of a named group of RFC 5114. */
static bool subgroup_load(const struct crypto *crypto, const struct group *group,
                          struct crypto_group *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(crypto->library_own, "DH", NULL);
    EVP_PKEY *parameters = NULL;
    OSSL_PARAM wanted[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)group->openssl, 0),
        OSSL_PARAM_construct_end(),
    };
    bool is_loaded = context && group->openssl && EVP_PKEY_paramgen_init(context) > 0 &&
                     EVP_PKEY_CTX_set_params(context, wanted) > 0 &&
                     EVP_PKEY_generate(context, &parameters) > 0 &&
                     EVP_PKEY_get_bn_param(parameters, OSSL_PKEY_PARAM_FFC_P, &out->prime_own) &&
                     EVP_PKEY_get_bn_param(parameters, OSSL_PKEY_PARAM_FFC_Q, &out->order_own) &&
                     EVP_PKEY_get_bn_param(parameters, OSSL_PKEY_PARAM_FFC_G, &out->generator_own);
    EVP_PKEY_free(parameters);
    EVP_PKEY_CTX_free(context);
    return is_loaded;
}

static bool modp_load(const struct crypto *crypto, const struct group *group, BN_CTX *scratch,
                      struct crypto_group *out)
{
    bool is_loaded =
        group->kind == GROUP_MODP ? safe_prime_load(group, out) : subgroup_load(crypto, group, out);
    if (!is_loaded || BN_num_bytes(out->prime_own) != group->public_bytes)
        return false;
    out->prime_less_one_own = BN_dup(out->prime_own);
    out->montgomery_own = BN_MONT_CTX_new();
    return out->prime_less_one_own && out->montgomery_own &&
           BN_sub_word(out->prime_less_one_own, 1) &&
           BN_MONT_CTX_set(out->montgomery_own, out->prime_own, scratch);
}

static bool curve_load(const struct crypto *crypto, const struct group *group, BN_CTX *scratch,
                       struct crypto_group *out)
{
    int curve = group->openssl ? OBJ_sn2nid(group->openssl) : NID_undef;

    if (curve == NID_undef && group->openssl)
        curve = EC_curve_nist2nid(group->openssl);
    if (curve == NID_undef)
        return false;
    out->curve_own = EC_GROUP_new_by_curve_name_ex(crypto->library_own, NULL, curve);
    out->prime_own = BN_new();
    out->order_own = BN_new();
    return out->curve_own && out->prime_own && out->order_own &&
           EC_GROUP_get_curve(out->curve_own, out->prime_own, NULL, NULL, scratch) &&
           EC_GROUP_get_order(out->curve_own, out->order_own, scratch) &&
           EC_GROUP_get_field_type(out->curve_own) == NID_X9_62_prime_field &&
           BN_num_bytes(out->prime_own) * 2 == group->public_bytes;
}

static void group_load(const struct crypto *crypto, const struct group *group, BN_CTX *scratch,
                       struct crypto_group *out)
{
    switch (group->kind) {
    case GROUP_MODP:
    case GROUP_MODP_SUBGROUP:
        out->is_available = modp_load(crypto, group, scratch, out);
        break;
    case GROUP_ECP:
        out->is_available = curve_load(crypto, group, scratch, out);
        break;
    case GROUP_REFUSED:
        break;
    }
    if (!out->is_available)
        group_free(out);
}

enum status crypto_groups_load(struct crypto *crypto)
{
    BN_CTX *scratch = BN_CTX_new_ex(crypto->library_own);

    if (!scratch)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < group_count; i++)
        group_load(crypto, &group_table[i], scratch, &crypto->groups_own[i]);
    ERR_clear_error();
    BN_CTX_free(scratch);
    return STATUS_OK;
}

void crypto_groups_free(struct crypto *crypto)
{
    for (size_t i = 0; i < group_count; i++)
        group_free(&crypto->groups_own[i]);
}

struct crypto_group *crypto_group(const struct crypto *crypto, const struct group *group)
{
    if (!group || group < group_table || group >= group_table + group_count)
        return NULL;
    struct crypto_group *numbers = &crypto->groups_own[group - group_table];
    return numbers->is_available ? numbers : NULL;
}
