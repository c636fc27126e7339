#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"

#define ARENA_BLOCK_BYTES 4096u

struct arena_block {
    struct arena_block *next_own;
    size_t capacity_bytes;
    size_t used_bytes;
    max_align_t data[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){.limit_bytes = limit_bytes};
}

void arena_reset(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks_own; block; block = block->next_own) {
        secret_wipe_memory(block->data, block->used_bytes);
        block->used_bytes = 0;
    }
    arena->used_bytes = 0;
}

void arena_clear(struct arena *arena)
{
    struct arena_block *next;

    arena_reset(arena);
    for (struct arena_block *block = arena->blocks_own; block; block = next) {
        next = block->next_own;
        free(block);
    }
    arena->blocks_own = NULL;
}

static struct arena_block *arena_grow(struct arena *arena, size_t bytes)
{
    /* As much again as there is: the number of blocks stays logarithmic, however much is taken. */
    size_t again = arena->used_bytes > ARENA_BLOCK_BYTES ? arena->used_bytes : ARENA_BLOCK_BYTES;
    size_t capacity = bytes > again ? bytes : again;
    /* calloc: what is not in use is zero, so arena_take need not clear it again. */
    struct arena_block *block = calloc(1, sizeof *block + capacity);

    if (!block)
        return NULL;
    block->capacity_bytes = capacity;
    block->next_own = arena->blocks_own;
    arena->blocks_own = block;
    return block;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    struct arena_block *block = arena->blocks_own;
    size_t rounded;
    void *memory;

    if (bytes > arena->limit_bytes - arena->used_bytes)
        return NULL;
    /* The limit may be SIZE_MAX: rounding up must not wrap. */
    if (bytes > SIZE_MAX - sizeof *block - sizeof(max_align_t))
        return NULL;
    rounded = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    while (block && rounded > block->capacity_bytes - block->used_bytes)
        block = block->next_own;
    if (!block)
        block = arena_grow(arena, rounded);
    if (!block)
        return NULL;
    memory = (uint8_t *)block->data + block->used_bytes;
    block->used_bytes += rounded;
    arena->used_bytes += bytes;
    return memory;
}

struct view arena_copy(struct arena *arena, struct view view)
{
    void *memory;

    if (view.bytes == 0)
        return (struct view){0};
    memory = arena_take(arena, view.bytes);
    if (!memory)
        return (struct view){0};
    memcpy(memory, view.data, view.bytes);
    return (struct view){memory, view.bytes};
}

const char *arena_text(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return "";
    text = arena_take(arena, (size_t)length + 1);
    if (!text)
        return "";
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
