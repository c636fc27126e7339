#ifndef ENTENTE_TESTS_SIM_HEAP_H
#define ENTENTE_TESTS_SIM_HEAP_H

#include "sim/sim.h"

/*
 * The allocator under a test: programs that link heap.c with --wrap of malloc, calloc, realloc,
 * free and strdup count what an engine holds (OpenSSL's own memory is not seen) and can make an
 * allocation of it fail.
 */

/* Counts from now on what is allocated within the engines of `sim`. */
void heap_watch(struct sim *sim);

/* Octets and blocks that engines hold now, of those allocated since heap_reset. */
int64_t heap_bytes(void);
int64_t heap_blocks(void);

/* Most octets that one engine_input took in all, freed or not, since heap_reset. */
uint64_t heap_most_in_a_call(void);

void heap_reset(void);

/* The n-th allocation of an engine from now fails (1: the next); 0: none. */
void heap_fail_at(uint64_t nth);
/* True when heap_fail_at's allocation has come. */
bool heap_has_failed(void);

/* Counts (and may fail) the caller's allocations as an engine's until heap_leave. */
void heap_enter(void);
void heap_leave(void);

/*
 * A secret to be looked for, kept so that it is not found itself. heap_search reads all writable
 * memory of the process and returns how often it stands there.
 */
struct masked {
    uint8_t octets[128];
    size_t bytes;
};

struct masked heap_mask(struct view secret);
size_t heap_search(const struct masked *secret);

#endif
