#include <stdlib.h>

#include "base/map.h"
#include "support/test.h"

/* A stranger who knows the hash, but not its key, picks what is put into a table. */
enum {
    KEYS = 20000,
    ALIKE_BITS = 6, /* the lowest of the hash, all 0 under the key that the stranger supposes */
};

static const uint8_t supposed_key[16] = {0};
static const uint8_t other_key[16] = {0x5f, 0x10, 0x99, 0x3c, 0x71, 0x0b, 0xee, 0x28,
                                      0x64, 0xd2, 0x07, 0xa5, 0x3a, 0xc8, 0x11, 0x90};

struct picked {
    struct map_entry entry;
    uint64_t key;
};

static size_t longest_chain(const uint8_t hash_key[16], struct picked *picked)
{
    struct map map;
    size_t longest;

    assert_int_equal(map_init(&map, hash_key), STATUS_OK);
    for (size_t i = 0; i < KEYS; i++)
        map_insert(&map, &picked[i].entry, view_of(&picked[i].key, sizeof picked[i].key));
    longest = map_longest_chain(&map);
    map_clear(&map);
    return longest;
}

static void sec_115_keys_aimed_at_one_chain_miss_it(void **state)
{
    struct picked *picked = calloc(KEYS, sizeof *picked);
    uint64_t key = 0;

    (void)state;
    assert_non_null(picked);
    for (size_t count = 0; count < KEYS; key++) {
        uint64_t hash = map_hash(supposed_key, view_of(&key, sizeof key));
        if ((hash & ((1u << ALIKE_BITS) - 1)) == 0)
            picked[count++].key = key;
    }
    assert_true(longest_chain(supposed_key, picked) >= 32); /* the aim is good */
    assert_true(longest_chain(other_key, picked) < 16);
    free(picked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_115_keys_aimed_at_one_chain_miss_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
