#include "base/arena.h"

#include <stdalign.h>

#include "support/test.h"

static void memory_is_zero_and_aligned(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t bytes = 1; bytes < 9000; bytes = bytes * 3 + 1) {
            uint8_t *memory = arena_take(&arena, bytes);

            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
            for (size_t i = 0; i < bytes; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xee, bytes); /* the next round must not see this */
        }
        arena_reset(&arena);
    }
    arena_clear(&arena);
}

static void a_reset_wipes_what_was_used(void **state)
{
    struct arena arena;
    uint8_t *memory;

    (void)state;
    arena_init(&arena, 1000);
    memory = arena_take(&arena, 100);
    memset(memory, 0x5a, 100);
    arena_reset(&arena);
    /* The block is kept, so this may be looked at. */
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(memory[i], 0);
    assert_ptr_equal(arena_take(&arena, 100), memory);
    arena_clear(&arena);
}

static void the_limit_counts_what_was_taken_since_the_reset(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 100);
    assert_non_null(arena_take(&arena, 60));
    assert_null(arena_take(&arena, 41));
    assert_non_null(arena_take(&arena, 40));
    assert_null(arena_take(&arena, 1));
    assert_null(arena_take(&arena, SIZE_MAX));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 100));
    arena_clear(&arena);

    arena_init(&arena, SIZE_MAX);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 8));
    arena_clear(&arena);
}

static void copies_and_texts_live_in_the_arena(void **state)
{
    struct arena arena;
    char source[] = "abc";
    struct view copy;

    (void)state;
    arena_init(&arena, 64);
    copy = arena_copy(&arena, view_of(source, 3));
    source[0] = 'x';
    test_view_equal("copy", copy, view_of_text("abc"));
    assert_true(view_is_empty(arena_copy(&arena, (struct view){0})));
    assert_string_equal(arena_text(&arena, "%s:%u", "file", 7u), "file:7");
    assert_string_equal(arena_text(&arena, "%064d", 0), ""); /* past the limit */
    assert_true(view_is_empty(arena_copy(&arena, view_of(source, 100))));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zero_and_aligned),
        cmocka_unit_test(a_reset_wipes_what_was_used),
        cmocka_unit_test(the_limit_counts_what_was_taken_since_the_reset),
        cmocka_unit_test(copies_and_texts_live_in_the_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
