#include <openssl/bn.h>

#include "crypto/crypto_private.h"

/*
 * base ^ exponent mod p into `bytes` octets, in a time that depends on the sizes only. The scratch
 * memory is made for the call: OpenSSL wipes it when it is freed, not before.
 */
static enum status modp_power(const struct crypto *crypto, const struct crypto_group *group,
                              const BIGNUM *base, const BIGNUM *exponent, struct view out)
{
    BN_CTX *scratch = BN_CTX_new_ex(crypto->library_own);
    BIGNUM *result = BN_new();
    enum status status = STATUS_CRYPTO;

    if (scratch && result &&
        BN_mod_exp_mont_consttime(result, base, exponent, group->prime_own, scratch,
                                  group->montgomery_own) &&
        BN_bn2binpad(result, (uint8_t *)(uintptr_t)out.data, (int)out.bytes) == (int)out.bytes)
        status = STATUS_OK;
    BN_clear_free(result);
    BN_CTX_free(scratch);
    return status;
}

/* Safe primes: any value of the length. Subgroups: 1 to q-1. */
static bool modp_is_private_fit(const struct crypto_group *group, const BIGNUM *private_value)
{
    if (BN_is_zero(private_value) || BN_is_one(private_value))
        return false;
    return !group->order_own || BN_cmp(private_value, group->order_own) < 0;
}

static enum status modp_compute_public(const struct crypto *crypto, const struct group *group,
                                       const BIGNUM *private_value, uint8_t *out)
{
    const struct crypto_group *numbers = crypto_group(crypto, group);
    return modp_power(crypto, numbers, numbers->generator_own, private_value,
                      view_of(out, group->public_bytes));
}

/*
 * 1 < y < p-1 (RFC 6989 section 2.1). In a safe-prime group that is all there is to check; in the
 * groups of RFC 5114 a value of small order would give bits of our private value away, so y must
 * be of order q (section 2.2). y is public: no care for time.
 */
static enum status modp_check_peer(const struct crypto *crypto, const struct crypto_group *numbers,
                                   const BIGNUM *peer)
{
    BN_CTX *scratch = NULL;
    BIGNUM *one = NULL;
    enum status status = STATUS_MALFORMED;

    if (BN_is_zero(peer) || BN_is_one(peer) || BN_cmp(peer, numbers->prime_less_one_own) >= 0)
        return STATUS_MALFORMED;
    if (!numbers->order_own)
        return STATUS_OK;
    scratch = BN_CTX_new_ex(crypto->library_own);
    one = BN_new();
    if (!scratch || !one ||
        !BN_mod_exp_mont(one, peer, numbers->order_own, numbers->prime_own, scratch,
                         numbers->montgomery_own))
        status = STATUS_CRYPTO;
    else if (BN_is_one(one))
        status = STATUS_OK;
    BN_free(one);
    BN_CTX_free(scratch);
    return status;
}

static enum status modp_compute_shared(const struct crypto *crypto, const struct group *group,
                                       const BIGNUM *private_value, struct view peer, uint8_t *out)
{
    const struct crypto_group *numbers = crypto_group(crypto, group);
    BIGNUM *value = BN_bin2bn(peer.data, (int)peer.bytes, NULL);
    enum status status = value ? modp_check_peer(crypto, numbers, value) : STATUS_NO_MEMORY;

    if (status == STATUS_OK)
        status =
            modp_power(crypto, numbers, value, private_value, view_of(out, group->shared_bytes));
    BN_free(value);
    return status;
}

const struct group_arithmetic modp_arithmetic = {
    .is_private_fit = modp_is_private_fit,
    .compute_public = modp_compute_public,
    .compute_shared = modp_compute_shared,
};
