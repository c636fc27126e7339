#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/random.h"
#include "support/test.h"

/* Processes of one origin draw from the kernel, each on its own. */
enum {
    PROCESSES = 8,
    DRAWS = 1000,
    DRAW_BYTES = 16,
};

static void draw_in_a_child(struct random_source *source, int out)
{
    for (size_t i = 0; i < DRAWS; i++) {
        uint8_t octets[DRAW_BYTES];
        random_source_fill(source, octets, sizeof octets);
        if (write(out, octets, sizeof octets) != (ssize_t)sizeof octets)
            _exit(1);
    }
    _exit(0);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DRAW_BYTES);
}

static void sec_141_processes_forked_from_one_draw_apart(void **state)
{
    static uint8_t drawn[PROCESSES * DRAWS][DRAW_BYTES];
    struct random_source source;
    uint8_t before[DRAW_BYTES];

    (void)state;
    random_source_init(&source);
    random_source_fill(&source, before, sizeof before); /* the state that all of them inherit */
    for (size_t p = 0; p < PROCESSES; p++) {
        int ends[2], status = 0;
        size_t bytes = 0;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            draw_in_a_child(&source, ends[1]);
        assert_int_equal(close(ends[1]), 0);
        while (bytes < sizeof drawn / PROCESSES) {
            ssize_t got = read(ends[0], (uint8_t *)drawn[p * DRAWS] + bytes,
                               sizeof drawn / PROCESSES - bytes);
            assert_true(got > 0);
            bytes += (size_t)got;
        }
        assert_int_equal(close(ends[0]), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    qsort(drawn, PROCESSES * DRAWS, DRAW_BYTES, compare);
    for (size_t i = 1; i < PROCESSES * DRAWS; i++)
        assert_memory_not_equal(drawn[i - 1], drawn[i], DRAW_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_141_processes_forked_from_one_draw_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
