#include "daemon/random.h"

#include <errno.h>

#include "support/test.h"

/* A source whose calls are counted; `bad_call` fails, is short, is zero or repeats the one before.
 */
enum fault {
    FAULT_NONE,
    FAULT_ERROR,
    FAULT_END,
    FAULT_ZERO,
    FAULT_REPEAT,
    FAULT_SHORT,       /* not a fault: it goes on */
    FAULT_INTERRUPTED, /* neither */
};

static enum fault fault;
static unsigned calls, bad_call, failures;
static uint8_t counter;

static long draw(void *out, size_t bytes)
{
    bool is_bad = ++calls == bad_call;
    uint8_t *octets = out;

    if (is_bad && fault == FAULT_ERROR) {
        errno = EIO;
        return -1;
    }
    if (is_bad && fault == FAULT_INTERRUPTED) {
        errno = EINTR;
        return -1;
    }
    if (is_bad && fault == FAULT_END)
        return 0;
    if (is_bad && fault == FAULT_SHORT)
        bytes = 3;
    if (!(is_bad && fault == FAULT_REPEAT))
        counter++;
    for (size_t i = 0; i < bytes; i++)
        octets[i] = is_bad && fault == FAULT_ZERO ? 0 : (uint8_t)(7 * (size_t)counter + i);
    return (long)bytes;
}

static void fail_seen(const char *why)
{
    assert_non_null(why);
    failures++;
}

/* Three fills with a fault at one call; returns how often the process would have ended. */
static unsigned fills_with(enum fault kind, unsigned nth)
{
    struct random_source source;
    uint8_t out[32];

    random_source_init(&source);
    source.draw = draw;
    source.fail = fail_seen;
    fault = kind;
    bad_call = nth;
    calls = failures = counter = 0;
    for (unsigned i = 0; i < 3; i++)
        random_source_fill(&source, out, sizeof out);
    return failures;
}

static void sec_140_a_failing_source_ends_the_process_at_every_call(void **state)
{
    (void)state;
    assert_int_equal(fills_with(FAULT_NONE, 0), 0);
    for (unsigned nth = 1; nth <= 6; nth++) {
        assert_int_equal(fills_with(FAULT_ERROR, nth), 1);
        assert_int_equal(fills_with(FAULT_END, nth), 1);
        assert_true(fills_with(FAULT_ZERO, nth) >= 1);
    }
}

static void sec_140_a_block_that_comes_twice_ends_the_process(void **state)
{
    struct random_source source;
    uint8_t out[32];

    (void)state;
    /* Every even call is the octets, drawn right after the test block of the same fill. */
    for (unsigned nth = 2; nth <= 6; nth += 2)
        assert_int_equal(fills_with(FAULT_REPEAT, nth), 1);
    random_source_init(&source);
    source.draw = draw;
    source.fail = fail_seen;
    fault = FAULT_NONE;
    failures = counter = 0;
    random_source_fill(&source, out, sizeof out);
    counter = 0; /* as after a clone of the machine: the same stream again */
    random_source_fill(&source, out, sizeof out);
    assert_int_equal(failures, 1);
}

static void slices_and_interruptions_are_no_failures(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth <= 6; nth++) {
        assert_int_equal(fills_with(FAULT_SHORT, nth), 0);
        assert_int_equal(fills_with(FAULT_INTERRUPTED, nth), 0);
    }
}

static void the_systems_source_gives_other_octets_each_time(void **state)
{
    struct random_source source;
    uint8_t first[64], second[64];

    (void)state;
    random_source_init(&source);
    source.fail = fail_seen;
    failures = 0;
    random_source_fill(&source, first, sizeof first);
    random_source_fill(&source, second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    for (unsigned i = 0; i < 100000; i++)
        random_source_fill(&source, first, 1 + i % 3); /* short draws repeat by chance */
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_140_a_failing_source_ends_the_process_at_every_call),
        cmocka_unit_test(sec_140_a_block_that_comes_twice_ends_the_process),
        cmocka_unit_test(slices_and_interruptions_are_no_failures),
        cmocka_unit_test(the_systems_source_gives_other_octets_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
