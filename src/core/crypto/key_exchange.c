#include "crypto/key_exchange.h"

#include <stdlib.h>

#include <openssl/err.h>

#include "crypto/crypto_private.h"

#define PRIVATE_DRAWS_MAX 128u

/* By enum group_kind. */
static const struct group_arithmetic *const arithmetics[] = {
    [GROUP_MODP] = &modp_arithmetic,
    [GROUP_MODP_SUBGROUP] = &modp_arithmetic,
    [GROUP_ECP] = &ecp_arithmetic,
    [GROUP_REFUSED] = NULL,
};

/*
 * Draws exponent_bits into `out`, until the group can use them. Redrawing, unlike reducing, keeps
 * all values equally likely; the bound ends it when the source is broken.
 */
static enum status private_draw(const struct crypto_group *numbers, const struct group *group,
                                const struct randomness *randomness, uint64_t ike_sa,
                                struct secret *out)
{
    size_t bytes = (group->exponent_bits + 7u) / 8u;
    unsigned unused_bits = (unsigned)(bytes * 8u - group->exponent_bits);
    BIGNUM *value = BN_new();
    enum status status = value ? STATUS_CRYPTO : STATUS_NO_MEMORY;

    for (size_t draw = 0; draw < PRIVATE_DRAWS_MAX && status == STATUS_CRYPTO; draw++) {
        randomness_fill(randomness, ike_sa, out->bytes, bytes);
        out->bytes[0] &= (uint8_t)(0xffu >> unused_bits);
        /* The size of the exponent is what the time of the computation depends on: always full. */
        if (group->kind == GROUP_MODP)
            out->bytes[0] |= (uint8_t)(0x80u >> unused_bits);
        if (!BN_bin2bn(out->bytes, (int)bytes, value))
            status = STATUS_NO_MEMORY;
        else if (arithmetics[group->kind]->is_private_fit(numbers, value))
            status = STATUS_OK;
    }
    out->used_bytes = (uint16_t)bytes;
    BN_clear_free(value);
    return status;
}

static BIGNUM *private_number(const struct secret *private_value)
{
    BIGNUM *number = BN_bin2bn(private_value->bytes, private_value->used_bytes, NULL);
    if (number)
        BN_set_flags(number, BN_FLG_CONSTTIME);
    return number;
}

enum status key_exchange_generate(struct crypto *crypto, const struct group *group,
                                  const struct randomness *randomness, uint64_t ike_sa,
                                  struct key_exchange *out)
{
    const struct crypto_group *numbers = crypto_group(crypto, group);
    struct key_exchange exchange = {.group = group};
    BIGNUM *number = NULL;
    enum status status = STATUS_CRYPTO;

    if (!numbers || (group->exponent_bits + 7u) / 8u > sizeof exchange.private_value.bytes)
        return STATUS_CRYPTO;
    status = private_draw(numbers, group, randomness, ike_sa, &exchange.private_value);
    if (status != STATUS_OK)
        goto out;
    status = STATUS_NO_MEMORY;
    number = private_number(&exchange.private_value);
    exchange.public_own.data_own = malloc(group->public_bytes);
    if (!number || !exchange.public_own.data_own)
        goto out;
    exchange.public_own.bytes = group->public_bytes;
    status = arithmetics[group->kind]->compute_public(crypto, group, number,
                                                      exchange.public_own.data_own);
    if (status != STATUS_OK)
        goto out;
    out->group = group;
    secret_move(&out->private_value, &exchange.private_value);
    out->public_own = exchange.public_own;
    exchange.public_own = (struct bytes){0};
out:
    BN_clear_free(number);
    key_exchange_clear(&exchange);
    ERR_clear_error();
    return status;
}

void key_exchange_clear(struct key_exchange *exchange)
{
    secret_clear(&exchange->private_value);
    bytes_clear(&exchange->public_own);
    exchange->group = NULL;
}

bool key_exchange_fits(const struct group *group, struct view public_value)
{
    return public_value.bytes == group->public_bytes;
}

enum status key_exchange_derive(struct crypto *crypto, const struct key_exchange *exchange,
                                struct view peer_public, struct shared_secret *out)
{
    struct shared_secret shared = {.used_bytes = 0};
    BIGNUM *number = NULL;
    enum status status = STATUS_NO_MEMORY;

    if (!crypto_group(crypto, exchange->group) ||
        exchange->group->shared_bytes > sizeof shared.bytes)
        return STATUS_CRYPTO;
    if (!key_exchange_fits(exchange->group, peer_public))
        return STATUS_MALFORMED;
    if (view_equal(peer_public, bytes_view(&exchange->public_own)))
        return STATUS_UNEXPECTED;
    number = private_number(&exchange->private_value);
    if (!number)
        goto out;
    status = arithmetics[exchange->group->kind]->compute_shared(crypto, exchange->group, number,
                                                                peer_public, shared.bytes);
    if (status != STATUS_OK)
        goto out;
    shared.used_bytes = exchange->group->shared_bytes;
    shared_secret_move(out, &shared);
out:
    BN_clear_free(number);
    shared_secret_clear(&shared);
    ERR_clear_error();
    return status;
}
