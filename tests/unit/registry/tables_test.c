#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "registry/exchange.h"
#include "registry/group.h"
#include "registry/identity_type.h"
#include "registry/method.h"
#include "registry/notify.h"
#include "registry/payload.h"
#include "support/test.h"

/* What all tables share: a number, a name and an RFC in each row, none of them twice. */
struct row {
    unsigned number;
    const char *name;
    const char *rfc;
};

static void rows_are_sound(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_non_null(rows[i].name);
        if (!rows[i].rfc)
            fail_msg("%s has no RFC", rows[i].name);
        for (size_t j = 0; j < i; j++) {
            if (rows[i].number == rows[j].number || strcmp(rows[i].name, rows[j].name) == 0)
                fail_msg("%s and %s share a number or a name", rows[i].name, rows[j].name);
        }
    }
}

#define TABLE_IS_SOUND(table, count, name_field)                                                   \
    do {                                                                                           \
        struct row rows[64] = {{0}};                                                               \
        assert_in_range(count, 1, COUNT(rows));                                                    \
        for (size_t i = 0; i < (count); i++)                                                       \
            rows[i] = (struct row){(table)[i].number, (table)[i].name_field, (table)[i].rfc};      \
        rows_are_sound(rows, count);                                                               \
    } while (0)

static void every_table_has_numbers_names_and_rfcs_of_its_own(void **state)
{
    (void)state;
    TABLE_IS_SOUND(group_table, group_count, name);
    TABLE_IS_SOUND(group_table, group_count, description);
    TABLE_IS_SOUND(group_table, group_count, ietf_name);
    TABLE_IS_SOUND(method_table, method_count, description);
    TABLE_IS_SOUND(payload_table, payload_count, name);
    TABLE_IS_SOUND(exchange_table, exchange_count, name);
    TABLE_IS_SOUND(notify_table, notify_count, name);
    TABLE_IS_SOUND(identity_table, identity_count, name);
}

/* All 256 payload types and all 65,536 other numbers are a row or unknown. */
static void sec_21_every_number_is_a_row_or_unknown(void **state)
{
    size_t found[6] = {0};

    (void)state;
    for (unsigned number = 0; number <= UINT16_MAX; number++) {
        found[0] += group_by_number(number) != NULL;
        found[1] += method_by_number(number) != NULL;
        found[2] += payload_by_number(number) != NULL;
        found[3] += exchange_by_number(number) != NULL;
        found[4] += notify_by_number(number) != NULL;
        found[5] += identity_by_number(number) != NULL;
        assert_int_equal(payload_bit(number) != 0, payload_by_number(number) != NULL);
        assert_non_null(payload_name(number));
        assert_non_null(exchange_name(number));
        assert_non_null(notify_name(number));
    }
    assert_int_equal(found[0], group_count);
    assert_int_equal(found[1], method_count);
    assert_int_equal(found[2], payload_count);
    assert_int_equal(found[3], exchange_count);
    assert_int_equal(found[4], notify_count);
    assert_int_equal(found[5], identity_count);
}

static void payload_sets_have_a_bit_for_each_type(void **state)
{
    uint64_t seen = 0;

    (void)state;
    for (size_t i = 0; i < payload_count; i++) {
        uint64_t bit = payload_bit(payload_table[i].number);

        assert_true(bit != 0);
        assert_true((seen & bit) == 0);
        seen |= bit;
        /* State tables write BIT(PAYLOAD_KE): it is the same wherever the number fits. */
        if (payload_table[i].number < 64)
            assert_true(bit == BIT(payload_table[i].number));
        assert_int_equal(payload_table[i].most_count == 0, payload_table[i].is_nested);
        assert_false(payload_is_ike2(payload_table[i].number));
    }
    assert_false(payload_is_ike2(32));
    assert_true(payload_is_ike2(33));
    assert_true(payload_is_ike2(53));
    assert_false(payload_is_ike2(54));
}

static int curve_bits(const char *name)
{
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(OBJ_sn2nid(name));
    int bits;

    if (!curve)
        fail_msg("OpenSSL has no curve %s", name);
    bits = EC_GROUP_order_bits(curve);
    assert_int_equal(EC_GROUP_get_degree(curve), bits);
    EC_GROUP_free(curve);
    return bits;
}

static int prime_bits(const struct group *group)
{
    const char *type = group->kind == GROUP_MODP ? "DH" : "DHX";
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    BIGNUM *prime = NULL;
    EVP_PKEY *key = NULL;
    int bits;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (EVP_PKEY_CTX_set_group_name(context, group->openssl) != 1 ||
        EVP_PKEY_generate(context, &key) != 1)
        fail_msg("OpenSSL has no group %s", group->openssl);
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &prime), 1);
    bits = BN_num_bits(prime);
    BN_free(prime);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    return bits;
}

static void groups_have_the_sizes_of_openssl(void **state)
{
    (void)state;
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];

        assert_int_equal((group->flags & GROUP_WEAK) != 0, group->instead != NULL);
        if (group->kind == GROUP_REFUSED) {
            assert_int_equal(group->public_bytes, 0);
            continue;
        }
        if (group->kind == GROUP_ECP) {
            int bits = curve_bits(group->openssl);

            assert_int_equal(group->exponent_bits, bits);
            assert_int_equal(group->shared_bytes, (bits + 7) / 8);
            assert_int_equal(group->public_bytes, 2 * group->shared_bytes);
            continue;
        }
        assert_int_equal(group->public_bytes, group->shared_bytes);
        if (group->openssl)
            assert_int_equal(prime_bits(group), group->public_bytes * 8);
        /* RFC 3526 section 8: the exponent is at least twice the strength. */
        if (group->exponent_bits < 2 * group->strength_bits)
            fail_msg("%s: exponent of %u bits", group->name, group->exponent_bits);
    }
}

static void weak_groups_are_those_of_the_decision(void **state)
{
    static const unsigned weak[] = {1, 2, 5, 22, 23, 24, 25};
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(weak); i++)
        assert_true(group_by_number(weak[i])->flags & GROUP_WEAK);
    for (size_t i = 0; i < group_count; i++)
        count += group_table[i].flags & GROUP_WEAK;
    assert_int_equal(count, COUNT(weak));
    assert_int_equal(group_by_number(3)->kind, GROUP_REFUSED);
    assert_int_equal(group_by_number(4)->kind, GROUP_REFUSED);
    assert_null(group_by_number(6)); /* EC2N drafts */
    assert_null(group_by_number(1025));
}

static void methods_are_found_by_every_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < method_count; i++) {
        for (size_t j = 0; j < COUNT(method_table[i].words) && method_table[i].words[j]; j++)
            assert_ptr_equal(method_by_word(method_table[i].words[j]), &method_table[i]);
    }
    assert_null(method_by_word("Preshared")); /* keywords of ike/config have one case */
    assert_int_equal(method_by_word("dsa_sig")->number, METHOD_DSS_SIG);
    assert_true(method_by_word("rsa_encrypt_revised")->is_extension);
}

static void identity_words_are_found_in_their_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < identity_count; i++) {
        const struct identity_kind *row = &identity_table[i];

        for (size_t j = 0; j < COUNT(row->config_words) && row->config_words[j]; j++)
            assert_ptr_equal(identity_by_config_word(row->config_words[j]), row);
        for (size_t j = 0; j < COUNT(row->preshared_words) && row->preshared_words[j]; j++)
            assert_ptr_equal(identity_by_preshared_word(row->preshared_words[j]), row);
    }
    assert_null(identity_by_config_word("Dn")); /* only the spellings that Solaris lists */
    assert_int_equal(identity_by_preshared_word("FQDN")->number, IDENTITY_FQDN);
    assert_int_equal(identity_by_preshared_word("RangeV6")->number, IDENTITY_IPV6_RANGE);
    assert_true(identity_word_is_of_either_family("IP"));
    assert_true(identity_word_is_of_either_family("subnet"));
    assert_false(identity_word_is_of_either_family("ipv4"));
}

static void errors_are_told_from_states(void **state)
{
    (void)state;
    assert_false(notify_is_error(0));
    assert_true(notify_is_error(NOTIFY_INVALID_PAYLOAD_TYPE));
    assert_true(notify_is_error(NOTIFY_NO_PROPOSAL_CHOSEN));
    assert_true(notify_is_error(8192)); /* private errors */
    assert_true(notify_is_error(16383));
    assert_false(notify_is_error(NOTIFY_CONNECTED));
    assert_false(notify_is_error(NOTIFY_INITIAL_CONTACT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_numbers_names_and_rfcs_of_its_own),
        cmocka_unit_test(sec_21_every_number_is_a_row_or_unknown),
        cmocka_unit_test(payload_sets_have_a_bit_for_each_type),
        cmocka_unit_test(groups_have_the_sizes_of_openssl),
        cmocka_unit_test(weak_groups_are_those_of_the_decision),
        cmocka_unit_test(methods_are_found_by_every_word),
        cmocka_unit_test(identity_words_are_found_in_their_file),
        cmocka_unit_test(errors_are_told_from_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
