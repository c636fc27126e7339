#include "crypto/key_exchange.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "crypto/crypto_private.h"
#include "seeded.h"
#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

static struct key_exchange generate(struct crypto *crypto, const struct group *group, uint64_t seed)
{
    struct seeded seeded = {.state = seed};
    struct randomness randomness = seeded_randomness(&seeded);
    struct key_exchange exchange = {0};
    enum status status = key_exchange_generate(crypto, group, &randomness, 7, &exchange);

    if (status != STATUS_OK)
        fail_msg("%s: %s", group->name, status_name(status));
    assert_true(seeded.ike_sa == 7);
    assert_true(seeded.drawn_bytes >= group->exponent_bits / 8u);
    return exchange;
}

static void both_sides_of_every_group_agree_at_full_length(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind == GROUP_REFUSED)
            continue;
        struct key_exchange one = generate(*state, group, 1);
        struct key_exchange other = generate(*state, group, 2);
        struct shared_secret shared = {0};
        struct shared_secret same = {0};

        assert_int_equal(one.public_own.bytes, group->public_bytes);
        assert_true(key_exchange_fits(group, bytes_view(&one.public_own)));
        assert_int_equal(one.private_value.used_bytes, (group->exponent_bits + 7) / 8);
        assert_int_equal(key_exchange_derive(*state, &one, bytes_view(&other.public_own), &shared),
                         STATUS_OK);
        assert_int_equal(key_exchange_derive(*state, &other, bytes_view(&one.public_own), &same),
                         STATUS_OK);
        assert_int_equal(shared.used_bytes, group->shared_bytes);
        test_view_equal(group->name, shared_secret_view(&shared), shared_secret_view(&same));
        key_exchange_clear(&one);
        key_exchange_clear(&other);
        assert_int_equal(one.private_value.used_bytes, 0);
    }
}

/* OpenSSL's own key of the group with our private value: EVP derives with it. */
static EVP_PKEY *evp_key(const struct group *group, const struct key_exchange *exchange)
{
    bool is_curve = group->kind == GROUP_ECP;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, is_curve ? "EC" : "DH", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *private_number =
        BN_bin2bn(exchange->private_value.bytes, exchange->private_value.used_bytes, NULL);
    BIGNUM *public_number = BN_bin2bn(exchange->public_own.data_own, group->public_bytes, NULL);
    uint8_t point[1 + 132] = {POINT_CONVERSION_UNCOMPRESSED};
    EVP_PKEY *key = NULL;

    assert_true(
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group->openssl, 0));
    assert_true(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, private_number));
    if (is_curve) {
        memcpy(point + 1, exchange->public_own.data_own, group->public_bytes);
        assert_true(OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                     1u + group->public_bytes));
    } else {
        assert_true(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PUB_KEY, public_number));
    }
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_true(EVP_PKEY_fromdata_init(context) > 0);
    assert_true(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) > 0);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(private_number);
    BN_free(public_number);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void shared_secrets_are_those_of_evp(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind == GROUP_REFUSED || !group->openssl)
            continue;
        struct key_exchange one = generate(*state, group, 3);
        struct key_exchange other = generate(*state, group, 4);
        struct shared_secret shared = {0};
        uint8_t wanted[SHARED_SECRET_MAX_BYTES];
        size_t wanted_bytes = sizeof wanted;
        EVP_PKEY *ours = evp_key(group, &one);
        EVP_PKEY *peer = evp_key(group, &other);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(ours, NULL);

        assert_true(EVP_PKEY_derive_init(context) > 0);
        if (group->kind != GROUP_ECP)
            assert_true(EVP_PKEY_CTX_set_dh_pad(context, 1) > 0);
        assert_true(EVP_PKEY_derive_set_peer(context, peer) > 0);
        assert_true(EVP_PKEY_derive(context, wanted, &wanted_bytes) > 0);
        assert_int_equal(key_exchange_derive(*state, &one, bytes_view(&other.public_own), &shared),
                         STATUS_OK);
        test_view_equal(group->name, shared_secret_view(&shared), view_of(wanted, wanted_bytes));
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(ours);
        EVP_PKEY_free(peer);
        key_exchange_clear(&one);
        key_exchange_clear(&other);
    }
}

static void ecp256_matches_rfc_5903(void **state)
{
    const struct group *group = group_by_number(19);
    struct bytes private_value =
        test_hex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
    struct bytes peer =
        test_hex("d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                 "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab");
    struct bytes wanted =
        test_hex("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
    struct key_exchange exchange = {.group = group};
    struct shared_secret shared = {0};

    assert_int_equal(secret_set(&exchange.private_value, bytes_view(&private_value)), STATUS_OK);
    assert_int_equal(key_exchange_derive(*state, &exchange, bytes_view(&peer), &shared), STATUS_OK);
    test_view_equal("girx", shared_secret_view(&shared), bytes_view(&wanted));
    key_exchange_clear(&exchange);
    bytes_clear(&private_value);
    bytes_clear(&peer);
    bytes_clear(&wanted);
}

static void recorded_modp1024_keeps_its_leading_zero(void **state)
{
    struct vectors *vectors = vectors_open("handshakes/ikev1-main-psk.txt");
    struct key_exchange exchange = {.group = group_by_number(2)};
    struct shared_secret shared = {0};

    assert_true(vectors_next(vectors));
    assert_int_equal(secret_set(&exchange.private_value, vectors_hex(vectors, "dh_private_i")),
                     STATUS_OK);
    struct view message = vectors_hex(vectors, "msg4_from_r");
    assert_int_equal(
        key_exchange_derive(*state, &exchange, view_of(message.data + 32, 128), &shared),
        STATUS_OK);
    test_view_equal("g^xy", shared_secret_view(&shared), vectors_hex(vectors, "g_xy"));
    assert_int_equal(shared.bytes[0], 0);
    key_exchange_clear(&exchange);
    vectors_close(vectors);
}

enum modp_value {
    VALUE_ZERO,
    VALUE_ONE,
    VALUE_TWO,
    VALUE_PRIME_LESS_TWO,
    VALUE_PRIME_LESS_ONE,
    VALUE_PRIME,
    VALUE_PRIME_AND_ONE,
    VALUE_ALL_ONES,
};

/* A number near the ends of the range, at the full length of the group. */
static void modp_value(const struct crypto_group *numbers, enum modp_value which, size_t bytes,
                       uint8_t *out)
{
    BIGNUM *value = BN_dup(numbers->prime_own);

    if (which <= VALUE_TWO)
        assert_true(BN_set_word(value, (BN_ULONG)which));
    else if (which == VALUE_PRIME_AND_ONE)
        assert_true(BN_add_word(value, 1));
    else if (which < VALUE_PRIME)
        assert_true(BN_sub_word(value, (BN_ULONG)(VALUE_PRIME - which)));
    assert_int_equal(BN_bn2binpad(value, out, (int)bytes), bytes);
    if (which == VALUE_ALL_ONES)
        memset(out, 0xff, bytes);
    BN_free(value);
}

static void sec_039_modp_values_outside_the_range_are_refused(void **state)
{
    static const struct {
        const char *name;
        enum modp_value value;
        bool is_good_in_safe_primes;
    } cases[] = {
        {"0", VALUE_ZERO, false},
        {"1", VALUE_ONE, false},
        {"2", VALUE_TWO, true},
        {"p-2", VALUE_PRIME_LESS_TWO, true},
        {"p-1", VALUE_PRIME_LESS_ONE, false},
        {"p", VALUE_PRIME, false},
        {"p+1", VALUE_PRIME_AND_ONE, false},
        {"all ones", VALUE_ALL_ONES, false},
    };

    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind != GROUP_MODP && group->kind != GROUP_MODP_SUBGROUP)
            continue;
        struct key_exchange exchange = generate(*state, group, 5);
        uint8_t peer[SHARED_SECRET_MAX_BYTES];
        for (size_t j = 0; j < COUNT(cases); j++) {
            struct shared_secret shared = {0};
            /* 2 and p-2 are of another order than q in the groups of RFC 5114. */
            bool is_good = cases[j].is_good_in_safe_primes && group->kind == GROUP_MODP;
            modp_value(crypto_group(*state, group), cases[j].value, group->public_bytes, peer);
            enum status status =
                key_exchange_derive(*state, &exchange, view_of(peer, group->public_bytes), &shared);
            if (status != (is_good ? STATUS_OK : STATUS_MALFORMED) ||
                (shared.used_bytes != 0) != is_good)
                fail_msg("%s: %s: %s", group->name, cases[j].name, status_name(status));
        }
        key_exchange_clear(&exchange);
    }
}

static void sec_039_values_of_another_length_are_refused(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind == GROUP_REFUSED)
            continue;
        struct key_exchange exchange = generate(*state, group, 6);
        struct key_exchange peer = generate(*state, group, 7);
        uint8_t octets[SHARED_SECRET_MAX_BYTES + 2] = {0};
        size_t lengths[] = {0, 1, group->public_bytes - 1u, group->public_bytes + 1u};

        memcpy(octets + 1, peer.public_own.data_own, group->public_bytes);
        for (size_t j = 0; j < COUNT(lengths); j++) {
            struct shared_secret shared = {0};
            /* one longer: a leading zero more, as careless peers pad */
            const uint8_t *start = lengths[j] > group->public_bytes ? octets : octets + 1;
            assert_false(key_exchange_fits(group, view_of(start, lengths[j])));
            assert_int_equal(
                key_exchange_derive(*state, &exchange, view_of(start, lengths[j]), &shared),
                STATUS_MALFORMED);
        }
        key_exchange_clear(&exchange);
        key_exchange_clear(&peer);
    }
}

static void sec_040_elements_of_small_order_are_refused(void **state)
{
    for (unsigned number = 22; number <= 24; number++) {
        const struct group *group = group_by_number(number);
        const struct crypto_group *numbers = crypto_group(*state, group);
        struct key_exchange exchange = generate(*state, group, 8);
        uint8_t peer[SHARED_SECRET_MAX_BYTES];
        BN_CTX *scratch = BN_CTX_new();
        BIGNUM *cofactor = BN_new();
        BIGNUM *element = BN_new();

        /* h^q for some h lies in the subgroup of order (p-1)/q, which has small factors. */
        for (BN_ULONG base = 2; base < 12; base++) {
            struct shared_secret shared = {0};
            assert_true(BN_set_word(cofactor, base));
            assert_true(
                BN_mod_exp(element, cofactor, numbers->order_own, numbers->prime_own, scratch));
            assert_false(BN_is_one(element));
            assert_true(BN_bn2binpad(element, peer, group->public_bytes) > 0);
            assert_int_equal(
                key_exchange_derive(*state, &exchange, view_of(peer, group->public_bytes), &shared),
                STATUS_MALFORMED);
        }
        BN_free(cofactor);
        BN_free(element);
        BN_CTX_free(scratch);
        key_exchange_clear(&exchange);
    }
}

/* What is done to a good point x | y of `half` octets a coordinate. */
enum point_damage {
    POINT_GOOD,
    POINT_ZERO,
    POINT_Y_FLIPPED,
    POINT_X_FLIPPED,
    POINT_SWAPPED,
    POINT_X_PLUS_PRIME,
    POINT_X_IS_PRIME,
    POINT_ALL_ONES,
};

static void point_damage(const struct crypto_group *numbers, enum point_damage damage, size_t half,
                         uint8_t *point)
{
    uint8_t swap[66];
    BIGNUM *x = BN_bin2bn(point, (int)half, NULL);

    switch (damage) {
    case POINT_GOOD:
        break;
    case POINT_ZERO:
        memset(point, 0, 2 * half);
        break;
    case POINT_Y_FLIPPED:
        point[2 * half - 1] ^= 1;
        break;
    case POINT_X_FLIPPED: /* half of all x are those of a twist point */
        point[half - 1] ^= 1;
        break;
    case POINT_SWAPPED:
        memcpy(swap, point, half);
        memmove(point, point + half, half);
        memcpy(point + half, swap, half);
        break;
    case POINT_X_PLUS_PRIME: /* the same point, were it reduced */
        assert_true(BN_add(x, x, numbers->prime_own));
        if (BN_num_bytes(x) <= (int)half)
            assert_true(BN_bn2binpad(x, point, (int)half) > 0);
        else
            memset(point, 0xff, half);
        break;
    case POINT_X_IS_PRIME:
        assert_true(BN_bn2binpad(numbers->prime_own, point, (int)half) > 0);
        break;
    case POINT_ALL_ONES:
        memset(point, 0xff, 2 * half);
        break;
    }
    BN_free(x);
}

static void sec_041_points_off_the_curve_are_refused(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind != GROUP_ECP)
            continue;
        struct key_exchange exchange = generate(*state, group, 9);
        struct key_exchange peer = generate(*state, group, 10);
        for (int damage = POINT_GOOD; damage <= POINT_ALL_ONES; damage++) {
            struct shared_secret shared = {0};
            uint8_t point[132];
            memcpy(point, peer.public_own.data_own, group->public_bytes);
            point_damage(crypto_group(*state, group), (enum point_damage)damage,
                         group->public_bytes / 2u, point);
            enum status status = key_exchange_derive(*state, &exchange,
                                                     view_of(point, group->public_bytes), &shared);
            if (status != (damage == POINT_GOOD ? STATUS_OK : STATUS_MALFORMED))
                fail_msg("%s: damage %d: %s", group->name, damage, status_name(status));
        }
        key_exchange_clear(&exchange);
        key_exchange_clear(&peer);
    }
}

static void our_own_value_sent_back_is_refused(void **state)
{
    struct key_exchange exchange = generate(*state, group_by_number(14), 11);
    struct shared_secret shared = {0};

    assert_int_equal(
        key_exchange_derive(*state, &exchange, bytes_view(&exchange.public_own), &shared),
        STATUS_UNEXPECTED);
    key_exchange_clear(&exchange);
}

static void the_same_draws_give_the_same_values(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        if (group->kind == GROUP_REFUSED)
            continue;
        struct key_exchange first = generate(*state, group, 12);
        struct key_exchange again = generate(*state, group, 12);
        struct key_exchange other = generate(*state, group, 13);
        test_view_equal(group->name, bytes_view(&first.public_own), bytes_view(&again.public_own));
        assert_false(view_equal(bytes_view(&first.public_own), bytes_view(&other.public_own)));
        key_exchange_clear(&first);
        key_exchange_clear(&again);
        key_exchange_clear(&other);
    }
}

static void constant_fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    (void)ike_sa;
    memset(out, *(const int *)arg, bytes);
}

static void sec_140_a_source_that_repeats_gives_no_key(void **state)
{
    static const struct {
        int octet;
        unsigned group;
    } cases[] = {
        {0x00, 19}, {0xff, 19}, {0x00, 21}, {0xff, 22}, {0x00, 23}, {0xff, 24},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        int octet = cases[i].octet;
        struct randomness randomness = {&octet, constant_fill};
        struct key_exchange exchange = {0};
        assert_int_equal(key_exchange_generate(*state, group_by_number(cases[i].group), &randomness,
                                               0, &exchange),
                         STATUS_CRYPTO);
        assert_null(exchange.group);
        assert_null(exchange.public_own.data_own);
    }
}

static void refused_groups_exchange_nothing(void **state)
{
    struct seeded seeded = {.state = 1};
    struct randomness randomness = seeded_randomness(&seeded);
    struct key_exchange exchange = {0};
    struct shared_secret shared = {0};

    assert_int_equal(key_exchange_generate(*state, group_by_number(3), &randomness, 0, &exchange),
                     STATUS_CRYPTO);
    assert_int_equal(key_exchange_derive(*state, &exchange, view_of("x", 1), &shared),
                     STATUS_CRYPTO);
    assert_int_equal(seeded.drawn_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_of_every_group_agree_at_full_length),
        cmocka_unit_test(shared_secrets_are_those_of_evp),
        cmocka_unit_test(ecp256_matches_rfc_5903),
        cmocka_unit_test(recorded_modp1024_keeps_its_leading_zero),
        cmocka_unit_test(sec_039_modp_values_outside_the_range_are_refused),
        cmocka_unit_test(sec_039_values_of_another_length_are_refused),
        cmocka_unit_test(sec_040_elements_of_small_order_are_refused),
        cmocka_unit_test(sec_041_points_off_the_curve_are_refused),
        cmocka_unit_test(our_own_value_sent_back_is_refused),
        cmocka_unit_test(the_same_draws_give_the_same_values),
        cmocka_unit_test(sec_140_a_source_that_repeats_gives_no_key),
        cmocka_unit_test(refused_groups_exchange_nothing),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
