#include "crypto/crypto.h"

#include <dirent.h>
#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "crypto/crypto_private.h"
#include "support/test.h"

static void every_row_is_there_and_legacy_ones_only_when_loaded(void **state)
{
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        bool is_legacy = row->flags & TRANSFORM_LEGACY;
        if (crypto_has_transform(crypto, row) == is_legacy)
            fail_msg("%s before the legacy provider", row->name);
    }
    assert_int_equal(crypto_load_legacy(crypto), STATUS_OK);
    assert_int_equal(crypto_load_legacy(crypto), STATUS_OK);
    for (size_t i = 0; i < transform_count; i++) {
        if (!crypto_has_transform(crypto, &transform_table[i]))
            fail_msg("%s after the legacy provider", transform_table[i].name);
    }
    crypto_free(crypto);
}

static void every_group_but_the_refused_is_there(void **state)
{
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    for (size_t i = 0; i < group_count; i++) {
        const struct group *row = &group_table[i];
        if (crypto_has_group(crypto, row) != (row->kind != GROUP_REFUSED))
            fail_msg("%s", row->name);
    }
    crypto_free(crypto);
}

static void sizes_of_the_registry_agree_with_openssl(void **state)
{
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_int_equal(crypto_load_legacy(crypto), STATUS_OK);
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        const struct crypto_algorithm *algorithm = crypto_algorithm(crypto, row);

        if (algorithm->digest_own && EVP_MD_get_size(algorithm->digest_own) != row->hash_bytes)
            fail_msg("%s: hash_bytes", row->name);
        for (int size = 0; size < 3 && algorithm->cipher_own[size]; size++) {
            const EVP_CIPHER *cipher = algorithm->cipher_own[size];
            if ((size_t)EVP_CIPHER_get_key_length(cipher) != transform_cipher_bytes(row, size))
                fail_msg("%s: key size %d", row->name, size);
            if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CBC_MODE &&
                (EVP_CIPHER_get_block_size(cipher) != row->block_bytes ||
                 EVP_CIPHER_get_iv_length(cipher) != row->iv_bytes))
                fail_msg("%s: block or IV", row->name);
        }
    }
    crypto_free(crypto);
}

static void rows_that_are_not_of_the_tables_are_unknown(void **state)
{
    struct transform transform = transform_table[0];
    struct group group = group_table[0];
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_false(crypto_has_transform(crypto, NULL));
    assert_false(crypto_has_transform(crypto, &transform));
    assert_false(crypto_has_group(crypto, NULL));
    assert_false(crypto_has_group(crypto, &group));
    crypto_free(crypto);
    crypto_free(NULL);
}

static void openssl_of_the_process_is_not_touched(void **state)
{
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_int_equal(crypto_load_legacy(crypto), STATUS_OK);
    assert_int_equal(OSSL_PROVIDER_available(NULL, "legacy"), 0);
    crypto_free(crypto);
}

/* True when a line of the file calls one of the comparisons that stop early. */
static void expect_no_early_exit(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];

    if (!file)
        fail_msg("cannot read %s", path);
    while (fgets(line, sizeof line, file)) {
        if (strstr(line, "memcmp(") || strstr(line, "bcmp(") || strstr(line, "strcmp("))
            fail_msg("%s: %s", path, line);
    }
    (void)fclose(file);
}

static void sec_055_nothing_that_holds_secrets_compares_with_memcmp(void **state)
{
    static const char *const folders[] = {"crypto", "esp", "ikev1", "identity"};
    size_t file_count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(folders); i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/core/%s", TEST_SOURCES, folders[i]);
        DIR *folder = opendir(path);
        for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
            const char *dot = strrchr(entry->d_name, '.');
            if (!dot || (dot[1] != 'c' && dot[1] != 'h') || dot[2] != '\0')
                continue;
            (void)snprintf(path, sizeof path, "%s/core/%s/%s", TEST_SOURCES, folders[i],
                           entry->d_name);
            expect_no_early_exit(path);
            file_count++;
        }
        if (folder)
            (void)closedir(folder);
    }
    assert_true(file_count > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_there_and_legacy_ones_only_when_loaded),
        cmocka_unit_test(every_group_but_the_refused_is_there),
        cmocka_unit_test(sizes_of_the_registry_agree_with_openssl),
        cmocka_unit_test(rows_that_are_not_of_the_tables_are_unknown),
        cmocka_unit_test(openssl_of_the_process_is_not_touched),
        cmocka_unit_test(sec_055_nothing_that_holds_secrets_compares_with_memcmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
