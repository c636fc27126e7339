#include <fcntl.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "crypto/key_exchange.h"
#include "seeded.h"
#include "support/test.h"

/* What stands at an address now, also if it was freed. */
static void peek(uintptr_t address, uint8_t *out, size_t bytes)
{
    int file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(pread(file, out, bytes, (off_t)address), bytes);
    (void)close(file);
}

static void sec_146_freed_blocks_of_openssl_are_overwritten(void **state)
{
    uint8_t after[64];
    uint8_t *block = OPENSSL_malloc(sizeof after);

    (void)state;
    memset(block, 0x5a, sizeof after);
    uintptr_t address = (uintptr_t)block;
    OPENSSL_free(block);
    peek(address, after, sizeof after);
    /* the allocator may keep its lists at the beginning */
    for (size_t i = 16; i < sizeof after; i++)
        assert_int_not_equal(after[i], 0x5a);
}

static void blocks_keep_their_content_when_they_grow(void **state)
{
    char *block = OPENSSL_malloc(4);

    (void)state;
    memcpy(block, "abc", 4);
    block = OPENSSL_realloc(block, 4000);
    assert_string_equal(block, "abc");
    block = OPENSSL_realloc(block, 4);
    assert_string_equal(block, "abc");
    assert_null(OPENSSL_realloc(block, 0));
    assert_null(OPENSSL_malloc(0));
    OPENSSL_free(NULL);
}

static void openssl_works_with_it(void **state)
{
    struct seeded seeded = {.state = 1};
    struct randomness randomness = seeded_randomness(&seeded);
    struct key_exchange one = {0};
    struct key_exchange other = {0};
    struct shared_secret shared = {0};
    struct crypto *crypto = NULL;

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_int_equal(crypto_load_legacy(crypto), STATUS_OK);
    const struct group *group = group_by_number(19);
    assert_int_equal(key_exchange_generate(crypto, group, &randomness, 0, &one), STATUS_OK);
    assert_int_equal(key_exchange_generate(crypto, group, &randomness, 0, &other), STATUS_OK);
    assert_int_equal(key_exchange_derive(crypto, &one, bytes_view(&other.public_own), &shared),
                     STATUS_OK);
    key_exchange_clear(&one);
    key_exchange_clear(&other);
    crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_146_freed_blocks_of_openssl_are_overwritten),
        cmocka_unit_test(blocks_keep_their_content_when_they_grow),
        cmocka_unit_test(openssl_works_with_it),
    };
    if (!crypto_wipe_freed_memory())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
