#include "esp/replay.h"

#include <stdlib.h>

#include "support/test.h"

#define MODEL_NUMBERS (1u << 23)

/* The window as the RFC tells it: all numbers seen, and the highest of them. */
struct model {
    uint8_t *seen_own;
    uint32_t window;
    uint32_t highest;
};

static bool model_take(struct model *model, uint32_t sequence)
{
    if (sequence == 0 || (sequence <= model->highest && model->highest - sequence >= model->window))
        return false;
    if (model->seen_own[sequence])
        return false;
    model->seen_own[sequence] = 1;
    if (sequence > model->highest)
        model->highest = sequence;
    return true;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

/* Near the edge, near the top, words further on, anywhere in the window. */
static uint32_t next_sequence(const struct model *model, uint64_t *random)
{
    uint32_t kind = next_random(random) % 16;
    uint32_t top = model->highest;

    if (kind < 6)
        return top + 1 + next_random(random) % 3;
    if (kind < 9)
        return top - next_random(random) % (model->window + 3);
    if (kind < 11)
        return top - model->window + next_random(random) % 4;
    if (kind == 11)
        return top + next_random(random) % 70;
    if (kind == 12)
        return top + 64 * (next_random(random) % 3);
    if (kind == 13)
        return next_random(random) % 500 == 0 ? top + next_random(random) % (2 * model->window)
                                              : top;
    return top - next_random(random) % 64;
}

static void sec_181_the_window_is_that_of_a_naive_model(void **state)
{
    static const uint32_t windows[] = {32, 33, 63, 64, 65, 100, 128, 1000, 1024, 4095, 4096};
    size_t steps = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(windows); i++) {
        struct model model = {.seen_own = calloc(MODEL_NUMBERS, 1), .window = windows[i]};
        struct replay replay;
        uint64_t random = windows[i];

        assert_non_null(model.seen_own);
        assert_int_equal(replay_init(&replay, windows[i], 0), STATUS_OK);
        while (model.highest < MODEL_NUMBERS - 3 * 4096) {
            uint32_t sequence = next_sequence(&model, &random);
            if (sequence > MODEL_NUMBERS - 1)
                continue; /* left of 0 */
            bool is_fresh = replay_is_fresh(&replay, sequence);
            bool is_taken = replay_take(&replay, sequence);
            if (is_fresh != is_taken || is_taken != model_take(&model, sequence))
                fail_msg("window %u, number %u, highest %u", windows[i], sequence, model.highest);
            steps++;
        }
        replay_clear(&replay);
        free(model.seen_own);
    }
    assert_true(steps > 10000000);
}

static void sizes_outside_the_bounds_are_brought_inside(void **state)
{
    static const struct {
        uint32_t asked, got;
    } cases[] = {{0, 32},      {1, 32},      {32, 32},          {64, 64},
                 {4096, 4096}, {4097, 4096}, {UINT32_MAX, 4096}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct replay replay;
        assert_int_equal(replay_init(&replay, cases[i].asked, 0), STATUS_OK);
        assert_true(replay_take(&replay, 10000));
        assert_false(replay_is_fresh(&replay, 10000 - cases[i].got));
        assert_true(replay_is_fresh(&replay, 10000 - cases[i].got + 1));
        replay_clear(&replay);
    }
}

static void a_window_goes_on_where_it_stopped(void **state)
{
    static const uint32_t highest[] = {1, 63, 64, 65, 127, 128, 1000000, UINT32_MAX - 1};

    (void)state;
    for (size_t i = 0; i < COUNT(highest); i++) {
        struct replay replay;
        assert_int_equal(replay_init(&replay, 64, highest[i]), STATUS_OK);
        for (uint32_t back = 0; back < 200 && back < highest[i]; back++)
            assert_false(replay_is_fresh(&replay, highest[i] - back));
        assert_true(replay_take(&replay, highest[i] + 1));
        assert_false(replay_take(&replay, highest[i]));
        assert_false(replay_take(&replay, highest[i] + 1));
        replay_clear(&replay);
    }
}

static void the_last_number_can_be_taken_and_nothing_comes_after_it(void **state)
{
    struct replay replay;

    (void)state;
    assert_int_equal(replay_init(&replay, 128, 0), STATUS_OK);
    assert_true(replay_take(&replay, UINT32_MAX));
    assert_false(replay_take(&replay, UINT32_MAX));
    assert_false(replay_take(&replay, 0));
    assert_false(replay_take(&replay, 1));
    assert_true(replay_take(&replay, UINT32_MAX - 127));
    assert_false(replay_take(&replay, UINT32_MAX - 128));
    replay_clear(&replay);
}

/* Every number from the left edge of the window on, a whole round of them, is known by its lower
 * half. RFC 4303 appendix A2.1 */
static void sec_183_the_upper_half_is_found_for_a_whole_round_of_numbers(void **state)
{
    uint64_t random = 183;

    (void)state;
    for (size_t i = 0; i < 1000000; i++) {
        uint32_t window = 32 + next_random(&random) % 4065;
        uint64_t highest = (uint64_t)(next_random(&random) % 4) << 32 | next_random(&random);
        if (i % 2 == 0) /* near a round's end, where it can go wrong */
            highest = (highest | 0xffffffff) - window + next_random(&random) % (2 * window);
        uint64_t first = highest >= window ? highest - window + 1 : 1;
        struct replay replay = {.window = window, .highest = highest};
        const uint64_t numbers[] = {
            first,
            first + (UINT64_C(1) << 32) - window - 1,
            highest,
            highest + 1,
            first + next_random(&random) % ((UINT64_C(1) << 32) - window),
        };
        for (size_t j = 0; j < COUNT(numbers); j++) {
            if (replay_extend(&replay, (uint32_t)numbers[j]) != numbers[j])
                fail_msg("window %u, highest %llx, number %llx", window,
                         (unsigned long long)highest, (unsigned long long)numbers[j]);
        }
    }
}

/* At the start there is no round before: such a number is never fresh. */
static void an_extended_number_before_the_first_is_none(void **state)
{
    struct replay replay = {.window = 64, .highest = 0};

    (void)state;
    assert_int_equal(replay_extend(&replay, UINT32_MAX), 0);
    assert_int_equal(replay_extend(&replay, UINT32_MAX - 62), 0);
    assert_int_equal(replay_extend(&replay, UINT32_MAX - 63), UINT32_MAX - 63);
    assert_int_equal(replay_extend(&replay, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_183_the_upper_half_is_found_for_a_whole_round_of_numbers),
        cmocka_unit_test(an_extended_number_before_the_first_is_none),
        cmocka_unit_test(sec_181_the_window_is_that_of_a_naive_model),
        cmocka_unit_test(sizes_outside_the_bounds_are_brought_inside),
        cmocka_unit_test(a_window_goes_on_where_it_stopped),
        cmocka_unit_test(the_last_number_can_be_taken_and_nothing_comes_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
