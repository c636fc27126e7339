#include "registry/transform.h"

#include <strings.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "support/test.h"

static void every_row_has_its_name_rfc_and_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        assert_non_null(row->name);
        if (!row->rfc || strncmp(row->rfc, "RFC ", 4) != 0)
            fail_msg("%s has no RFC", row->name);
        if (row->ike1 == 0 && row->esp1 == 0)
            fail_msg("%s has no number", row->name);
        if (row->ike2 == 0)
            fail_msg("%s has no number of version 2", row->name);
    }
}

static bool words_meet(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && a[i]; i++) {
        for (size_t j = 0; j < b_count && b[j]; j++) {
            if (strcasecmp(a[i], b[j]) == 0)
                return true;
        }
    }
    return false;
}

static bool numbers_meet(unsigned a, unsigned b)
{
    return a != 0 && a == b;
}

static bool rows_meet(const struct transform *a, const struct transform *b)
{
    return numbers_meet(a->ike1, b->ike1) || numbers_meet(a->esp1, b->esp1) ||
           numbers_meet(a->ah1, b->ah1) || numbers_meet(a->ike2, b->ike2) ||
           numbers_meet(a->policy_id, b->policy_id) || strcasecmp(a->name, b->name) == 0 ||
           words_meet(a->words, COUNT(a->words), b->words, COUNT(b->words)) ||
           words_meet(a->ike_words, COUNT(a->ike_words), b->ike_words, COUNT(b->ike_words));
}

static void no_number_name_or_word_stands_twice_in_a_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < transform_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct transform *a = &transform_table[i];
            const struct transform *b = &transform_table[j];

            if (a->kind == b->kind && rows_meet(a, b))
                fail_msg("%s and %s share a number or a word", a->name, b->name);
        }
    }
}

static void look_ups_find_every_row_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        assert_ptr_equal(transform_by_name(row->kind, row->name), row);
        if (row->ike1)
            assert_ptr_equal(transform_by_ike1(row->kind, row->ike1), row);
        if (row->esp1)
            assert_ptr_equal(transform_by_esp1(row->kind, row->esp1), row);
        if (row->policy_id)
            assert_ptr_equal(transform_by_policy_id(row->kind, row->policy_id), row);
        for (size_t j = 0; j < COUNT(row->words) && row->words[j]; j++)
            assert_ptr_equal(transform_by_word(row->kind, row->words[j]), row);
        for (size_t j = 0; j < COUNT(row->ike_words) && row->ike_words[j]; j++)
            assert_ptr_equal(transform_by_ike_word(row->kind, row->ike_words[j]), row);
        if (row->esp1) /* what the policy file can name is printed by a word that it reads */
            assert_ptr_equal(transform_by_word(row->kind, row->name), row);
    }
    assert_ptr_equal(transform_by_word(TRANSFORM_ENCRYPTION, "AES"),
                     transform_by_esp1(TRANSFORM_ENCRYPTION, 12));
    assert_null(transform_by_word(TRANSFORM_ENCRYPTION, "any"));
    assert_null(transform_by_word(TRANSFORM_ENCRYPTION, ""));
    assert_null(transform_by_ike_word(TRANSFORM_ENCRYPTION, "aes-gcm"));
    assert_null(transform_by_word(TRANSFORM_HASH, "sha256"));
}

/* A wire number is a row of the table or unknown, never an index of ours. */
static void sec_21_every_transform_number_is_a_row_or_unknown(void **state)
{
    static const enum transform_kind kinds[] = {TRANSFORM_ENCRYPTION, TRANSFORM_INTEGRITY,
                                                TRANSFORM_HASH};
    size_t found[2] = {0};
    size_t rows[2] = {0};

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (unsigned number = 0; number <= UINT16_MAX; number++) {
            found[0] += transform_by_ike1(kinds[k], number) != NULL;
            found[1] += transform_by_esp1(kinds[k], number) != NULL;
        }
        assert_null(transform_by_ike1(kinds[k], 0));
        assert_null(transform_by_esp1(kinds[k], 0x1000cu));
    }
    for (size_t i = 0; i < transform_count; i++) {
        rows[0] += transform_table[i].ike1 != 0;
        rows[1] += transform_table[i].esp1 != 0;
    }
    assert_int_equal(found[0], rows[0]);
    assert_int_equal(found[1], rows[1]);
}

static void cipher_fits_openssl(const struct transform *row, OSSL_LIB_CTX *library, size_t i)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(library, row->openssl[i], NULL);
    size_t key_bytes = row->key_bits[0] ? row->key_bits[i] / 8u : row->fixed_key_bytes;

    if (!cipher)
        fail_msg("OpenSSL has no %s", row->openssl[i]);
    assert_int_equal(EVP_CIPHER_get_key_length(cipher), key_bytes);
    if (row->block_bytes) {
        assert_int_equal(EVP_CIPHER_get_mode(cipher), EVP_CIPH_CBC_MODE);
        assert_int_equal(EVP_CIPHER_get_block_size(cipher), row->block_bytes);
        assert_int_equal(EVP_CIPHER_get_iv_length(cipher), row->iv_bytes);
    }
    if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE)
        assert_int_equal(row->salt_bytes + row->iv_bytes, EVP_CIPHER_get_iv_length(cipher));
    EVP_CIPHER_free(cipher);
}

static void sizes_agree_with_openssl(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(library, "legacy");
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(library, "default");

    (void)state;
    assert_non_null(legacy);
    assert_non_null(standard);
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        for (size_t j = 0; j < COUNT(row->openssl) && row->openssl[j]; j++) {
            if (row->kind == TRANSFORM_ENCRYPTION) {
                cipher_fits_openssl(row, library, j);
            } else {
                EVP_MD *digest = EVP_MD_fetch(library, row->openssl[j], NULL);

                assert_non_null(digest);
                assert_int_equal(EVP_MD_get_size(digest), row->hash_bytes);
                EVP_MD_free(digest);
            }
        }
        if (row->kind == TRANSFORM_INTEGRITY) { /* RFC 2403, 2404, 4868 */
            assert_int_equal(row->fixed_key_bytes, row->hash_bytes);
            assert_true(row->icv_bytes == 12 || row->icv_bytes * 2 == row->hash_bytes);
        }
    }
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(library);
}

static void v1_17_and_v1_18_flags_say_which_attributes_go_with_a_transform(void **state)
{
    (void)state;
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        bool is_legacy = row->openssl[0] && (strcmp(row->openssl[0], "DES-CBC") == 0 ||
                                             strcmp(row->openssl[0], "BF-CBC") == 0);

        assert_int_equal((row->flags & TRANSFORM_KEY_LENGTH) != 0, row->key_bits[0] != 0);
        assert_int_equal((row->flags & TRANSFORM_LEGACY) != 0, is_legacy);
        assert_int_equal((row->flags & TRANSFORM_WEAK) != 0, row->instead != NULL);
        if (row->kind == TRANSFORM_ENCRYPTION)
            assert_int_equal((row->flags & TRANSFORM_AEAD) != 0, row->icv_bytes != 0);
        if (row->key_bits[0])
            assert_int_equal(row->fixed_key_bytes, 0);
        /* What is to be used instead is a word of the same file. */
        if (row->instead && row->ike_words[0])
            assert_non_null(transform_by_ike_word(row->kind, row->instead));
        if (row->instead && row->words[0])
            assert_non_null(transform_by_word(row->kind, row->instead));
    }
}

static void keymat_is_key_and_salt_of_an_own_size(void **state)
{
    static const struct {
        const char *name;
        unsigned key_bits;
        size_t bytes;
        int index;
    } cases[] = {
        {"aes-cbc", 128, 16, 0}, {"aes-cbc", 192, 24, 1},      {"aes-cbc", 256, 32, 2},
        {"aes-cbc", 0, 0, -1},   {"aes-cbc", 129, 0, -1},      {"aes-cbc", 65535, 0, -1},
        {"aes-gcm", 128, 20, 0}, {"aes-gcm8", 256, 36, 2},     {"aes-ccm", 192, 27, 1},
        {"3des-cbc", 0, 24, 0},  {"3des-cbc", 7, 24, 0},       {"des-cbc", 0, 8, 0},
        {"null", 0, 0, 0},       {"blowfish-cbc", 128, 16, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct transform *row = transform_by_name(TRANSFORM_ENCRYPTION, cases[i].name);

        assert_non_null(row);
        if (transform_keymat_bytes(row, cases[i].key_bits) != cases[i].bytes ||
            transform_key_index(row, cases[i].key_bits) != cases[i].index)
            fail_msg("%s(%u)", cases[i].name, cases[i].key_bits);
    }
    for (size_t i = 0; i < transform_count; i++) {
        if (transform_table[i].kind == TRANSFORM_INTEGRITY)
            assert_int_equal(transform_keymat_bytes(&transform_table[i], 0),
                             transform_table[i].hash_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_name_rfc_and_number),
        cmocka_unit_test(no_number_name_or_word_stands_twice_in_a_kind),
        cmocka_unit_test(look_ups_find_every_row_and_nothing_else),
        cmocka_unit_test(sec_21_every_transform_number_is_a_row_or_unknown),
        cmocka_unit_test(sizes_agree_with_openssl),
        cmocka_unit_test(v1_17_and_v1_18_flags_say_which_attributes_go_with_a_transform),
        cmocka_unit_test(keymat_is_key_and_salt_of_an_own_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
