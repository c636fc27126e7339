#ifndef ENTENTE_BASE_DEADLINE_H
#define ENTENTE_BASE_DEADLINE_H

#include "base/view.h"

#define DEADLINE_NONE UINT64_MAX

/*
 * A heap of deadlines, intrusive: the container holds a `struct deadline`. Equal times fire in the
 * order in which they were set, so a run is reproducible. A removed deadline has at_us NONE.
 */
struct deadline {
    uint64_t at_us;    /* monotonic microseconds; DEADLINE_NONE: not in the heap */
    uint64_t sequence; /* order of setting */
    size_t index;      /* place in the heap */
};

struct deadline_heap {
    struct deadline **items_own;
    size_t count;
    size_t capacity;
    uint64_t next_sequence;
};

void deadline_heap_init(struct deadline_heap *heap);
void deadline_heap_clear(struct deadline_heap *heap);

void deadline_init(struct deadline *deadline);

/*
 * Makes room for one more deadline, so that later deadline_set calls for `count` deadlines in all
 * cannot fail. Returns STATUS_OK or STATUS_NO_MEMORY.
 */
enum status deadline_heap_reserve(struct deadline_heap *heap, size_t count);

/* Sets or moves a deadline; at_us NONE removes it. Room must have been reserved. */
void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_us);

/* Removes it; harmless when it is not set. */
void deadline_remove(struct deadline_heap *heap, struct deadline *deadline);

/* The earliest, still in the heap; NULL when empty. */
struct deadline *deadline_first(const struct deadline_heap *heap);

#endif
