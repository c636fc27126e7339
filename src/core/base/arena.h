#ifndef ENTENTE_BASE_ARENA_H
#define ENTENTE_BASE_ARENA_H

#include "base/view.h"

/*
 * Scratch memory that dies at once: blocks are taken from the heap as needed and kept for reuse;
 * arena_reset wipes what was used (it may have held keys) and makes all of it free again.
 */
struct arena_block;

struct arena {
    struct arena_block *blocks_own;
    size_t limit_bytes; /* most that may be taken between two resets */
    size_t used_bytes;
};

void arena_init(struct arena *arena, size_t limit_bytes);
void arena_reset(struct arena *arena);
void arena_clear(struct arena *arena);

/* Zeroed memory, aligned for any type; NULL past the limit or without memory. */
void *arena_take(struct arena *arena, size_t bytes);

/* A copy of a view in the arena; an empty view when there is no memory (or it was empty). */
struct view arena_copy(struct arena *arena, struct view view);

/* Text by format, NUL-terminated; a constant "" when there is no memory. */
const char *arena_text(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
