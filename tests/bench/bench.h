#ifndef ENTENTE_TESTS_BENCH_BENCH_H
#define ENTENTE_TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

/*
 * Ours beside the bare operation, in one run. Both are measured in turns and the fastest turn of
 * each counts: what else the machine does then falls on neither.
 */
#define BENCH_TURNS 15u

typedef void bench_step(void *arg);

static inline double bench_turn_us(bench_step *step, void *arg, unsigned steps)
{
    struct timespec begin;
    struct timespec end;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (unsigned i = 0; i < steps; i++)
        step(arg);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double nanoseconds = (double)(end.tv_sec - begin.tv_sec) * 1e9;
    nanoseconds += (double)(end.tv_nsec - begin.tv_nsec);
    return nanoseconds / 1e3 / steps;
}

/* Prints "name  ours_us  bare_us  ratio"; each step runs `steps` times a turn. */
static inline void bench_compare(const char *name, bench_step *ours, bench_step *bare, void *arg,
                                 unsigned steps)
{
    double best[2] = {1e12, 1e12};

    for (unsigned turn = 0; turn < BENCH_TURNS; turn++) {
        double ours_us = bench_turn_us(ours, arg, steps);
        double bare_us = bench_turn_us(bare, arg, steps);
        best[0] = ours_us < best[0] ? ours_us : best[0];
        best[1] = bare_us < best[1] ? bare_us : best[1];
    }
    printf("%-36s %10.3f %10.3f %6.2f\n", name, best[0], best[1], best[0] / best[1]);
}

static inline void bench_header(const char *what)
{
    printf("%-36s %10s %10s %6s\n", what, "ours_us", "bare_us", "ratio");
}

#endif
