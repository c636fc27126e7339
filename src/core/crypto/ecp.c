#include <openssl/bn.h>
#include <openssl/ec.h>

#include "crypto/crypto_private.h"

/* Scratch of one multiplication, freed and wiped together. */
struct ecp_scratch {
    BN_CTX *context_own;
    EC_POINT *point_own;
    EC_POINT *peer_own;
    BIGNUM *x_own;
    BIGNUM *y_own;
};

static bool ecp_scratch_init(struct ecp_scratch *scratch, const struct crypto *crypto,
                             const struct crypto_group *numbers)
{
    *scratch = (struct ecp_scratch){
        .context_own = BN_CTX_new_ex(crypto->library_own),
        .point_own = EC_POINT_new(numbers->curve_own),
        .peer_own = EC_POINT_new(numbers->curve_own),
        .x_own = BN_new(),
        .y_own = BN_new(),
    };
    return scratch->context_own && scratch->point_own && scratch->peer_own && scratch->x_own &&
           scratch->y_own;
}

static void ecp_scratch_clear(struct ecp_scratch *scratch)
{
    EC_POINT_clear_free(scratch->point_own);
    EC_POINT_free(scratch->peer_own);
    BN_clear_free(scratch->x_own);
    BN_clear_free(scratch->y_own);
    BN_CTX_free(scratch->context_own);
}

/* 1 to order-1. */
static bool ecp_is_private_fit(const struct crypto_group *group, const BIGNUM *private_value)
{
    return !BN_is_zero(private_value) && BN_cmp(private_value, group->order_own) < 0;
}

/* KE = x | y, without a prefix. RFC 5903 section 7 */
static enum status ecp_compute_public(const struct crypto *crypto, const struct group *group,
                                      const BIGNUM *private_value, uint8_t *out)
{
    const struct crypto_group *numbers = crypto_group(crypto, group);
    int half_bytes = group->public_bytes / 2;
    struct ecp_scratch scratch;
    enum status status = STATUS_CRYPTO;

    if (ecp_scratch_init(&scratch, crypto, numbers) &&
        EC_POINT_mul(numbers->curve_own, scratch.point_own, private_value, NULL, NULL,
                     scratch.context_own) &&
        EC_POINT_get_affine_coordinates(numbers->curve_own, scratch.point_own, scratch.x_own,
                                        scratch.y_own, scratch.context_own) &&
        BN_bn2binpad(scratch.x_own, out, half_bytes) == half_bytes &&
        BN_bn2binpad(scratch.y_own, out + half_bytes, half_bytes) == half_bytes)
        status = STATUS_OK;
    ecp_scratch_clear(&scratch);
    return status;
}

/* Both coordinates below p and the point on the curve; (0, 0) never is. RFC 6989 section 2.3 */
static enum status ecp_read_peer(const struct crypto_group *numbers, struct view peer,
                                 struct ecp_scratch *scratch)
{
    int half_bytes = (int)peer.bytes / 2;

    if (!BN_bin2bn(peer.data, half_bytes, scratch->x_own) ||
        !BN_bin2bn(peer.data + half_bytes, half_bytes, scratch->y_own))
        return STATUS_NO_MEMORY;
    if (BN_cmp(scratch->x_own, numbers->prime_own) >= 0 ||
        BN_cmp(scratch->y_own, numbers->prime_own) >= 0)
        return STATUS_MALFORMED;
    /* Refuses a point off the curve. */
    if (!EC_POINT_set_affine_coordinates(numbers->curve_own, scratch->peer_own, scratch->x_own,
                                         scratch->y_own, scratch->context_own))
        return STATUS_MALFORMED;
    return EC_POINT_is_on_curve(numbers->curve_own, scratch->peer_own, scratch->context_own) == 1
               ? STATUS_OK
               : STATUS_MALFORMED;
}

static enum status ecp_compute_shared(const struct crypto *crypto, const struct group *group,
                                      const BIGNUM *private_value, struct view peer, uint8_t *out)
{
    const struct crypto_group *numbers = crypto_group(crypto, group);
    struct ecp_scratch scratch;
    enum status status = STATUS_NO_MEMORY;

    if (!ecp_scratch_init(&scratch, crypto, numbers))
        goto out;
    status = ecp_read_peer(numbers, peer, &scratch);
    if (status != STATUS_OK)
        goto out;
    status = STATUS_CRYPTO;
    if (EC_POINT_mul(numbers->curve_own, scratch.point_own, NULL, scratch.peer_own, private_value,
                     scratch.context_own) &&
        !EC_POINT_is_at_infinity(numbers->curve_own, scratch.point_own) &&
        EC_POINT_get_affine_coordinates(numbers->curve_own, scratch.point_own, scratch.x_own, NULL,
                                        scratch.context_own) &&
        BN_bn2binpad(scratch.x_own, out, group->shared_bytes) == group->shared_bytes)
        status = STATUS_OK;
out:
    ecp_scratch_clear(&scratch);
    return status;
}

const struct group_arithmetic ecp_arithmetic = {
    .is_private_fit = ecp_is_private_fit,
    .compute_public = ecp_compute_public,
    .compute_shared = ecp_compute_shared,
};
