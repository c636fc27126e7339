#include "base/map.h"

#include <stdlib.h>

#include "support/test.h"

static const uint8_t hash_key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

struct thing {
    struct map_entry entry;
    uint32_t key;
    bool is_in;
};

static struct view thing_key(const struct thing *thing)
{
    return view_of(&thing->key, sizeof thing->key);
}

/* Vectors of the SipHash authors: key 00..0f, message 00..n-1. */
static void the_hash_is_siphash_2_4(void **state)
{
    static const struct {
        size_t bytes;
        uint64_t hash;
    } cases[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},
        {1, UINT64_C(0x74f839c593dc67fd)},
        {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)},
    };
    struct map map;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct map_entry entry;

        assert_int_equal(map_init(&map, hash_key), STATUS_OK);
        map_insert(&map, &entry, view_of(hash_key, cases[i].bytes));
        if (entry.hash != cases[i].hash)
            fail_msg("%zu octets: %016llx", cases[i].bytes, (unsigned long long)entry.hash);
        map_clear(&map);
    }
}

static void what_is_in_is_found_through_growth_and_removal(void **state)
{
    enum {
        THINGS = 20000
    };
    struct thing *things = calloc(THINGS, sizeof *things);
    struct map map;
    uint64_t random = 99;
    size_t in = 0;

    (void)state;
    assert_non_null(things);
    assert_int_equal(map_init(&map, hash_key), STATUS_OK);
    for (uint32_t i = 0; i < THINGS; i++)
        things[i].key = i;
    for (size_t step = 0; step < 200000; step++) {
        struct thing *thing;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        thing = &things[(random >> 33) % THINGS];
        assert_true((map_find(&map, thing_key(thing)) == &thing->entry) == thing->is_in);
        if (thing->is_in)
            map_remove(&map, &thing->entry);
        else
            map_insert(&map, &thing->entry, thing_key(thing));
        thing->is_in = !thing->is_in;
        in += thing->is_in ? 1u : (size_t)-1;
        assert_int_equal(map.entry_count, in);
    }
    assert_true(map_longest_chain(&map) <= 12);
    map_clear(&map);
    free(things);
}

/* 37 keys in turn: whenever an equal comes, the table is at another point of its growth. */
static void equal_keys_come_in_the_order_of_insertion(void **state)
{
    enum {
        THINGS = 3000,
        KEYS = 37
    };
    struct thing *things = calloc(THINGS, sizeof *things);
    struct map map;

    (void)state;
    assert_non_null(things);
    assert_int_equal(map_init(&map, hash_key), STATUS_OK);
    for (uint32_t i = 0; i < THINGS; i++) {
        struct map_entry *entry;

        things[i].key = i % KEYS;
        map_insert(&map, &things[i].entry, thing_key(&things[i]));
        entry = map_find(&map, thing_key(&things[i]));
        for (uint32_t j = i % KEYS; j <= i; j += KEYS) {
            assert_ptr_equal(entry, &things[j].entry);
            entry = map_next(&map, entry);
        }
        assert_null(entry);
    }
    map_remove(&map, &things[KEYS].entry); /* from the middle */
    assert_ptr_equal(map_next(&map, &things[0].entry), &things[(size_t)2 * KEYS].entry);
    map_clear(&map);
    free(things);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash_2_4),
        cmocka_unit_test(what_is_in_is_found_through_growth_and_removal),
        cmocka_unit_test(equal_keys_come_in_the_order_of_insertion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
