#include "base/deadline.h"

#include <assert.h>
#include <stdlib.h>

void deadline_heap_init(struct deadline_heap *heap)
{
    *heap = (struct deadline_heap){0};
}

void deadline_heap_clear(struct deadline_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        deadline_init(heap->items_own[i]);
    free(heap->items_own);
    deadline_heap_init(heap);
}

void deadline_init(struct deadline *deadline)
{
    *deadline = (struct deadline){.at_us = DEADLINE_NONE};
}

enum status deadline_heap_reserve(struct deadline_heap *heap, size_t count)
{
    struct deadline **items;
    size_t capacity = heap->capacity ? heap->capacity : 16;

    if (count <= heap->capacity)
        return STATUS_OK;
    while (capacity < count) {
        if (capacity > SIZE_MAX / 2 / sizeof(struct deadline *))
            return STATUS_NO_MEMORY;
        capacity *= 2;
    }
    items = realloc(heap->items_own, capacity * sizeof(struct deadline *));
    if (!items)
        return STATUS_NO_MEMORY;
    heap->items_own = items;
    heap->capacity = capacity;
    return STATUS_OK;
}

static bool deadline_is_before(const struct deadline *a, const struct deadline *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static void heap_place(struct deadline_heap *heap, size_t index, struct deadline *deadline)
{
    heap->items_own[index] = deadline;
    deadline->index = index;
}

/* Lets the deadline at `index` find its place among its parents and its children. */
static void heap_settle(struct deadline_heap *heap, size_t index)
{
    struct deadline *moving = heap->items_own[index];

    while (index > 0 && deadline_is_before(moving, heap->items_own[(index - 1) / 2])) {
        heap_place(heap, index, heap->items_own[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            deadline_is_before(heap->items_own[child + 1], heap->items_own[child]))
            child++;
        if (!deadline_is_before(heap->items_own[child], moving))
            break;
        heap_place(heap, index, heap->items_own[child]);
        index = child;
    }
    heap_place(heap, index, moving);
}

void deadline_remove(struct deadline_heap *heap, struct deadline *deadline)
{
    size_t index = deadline->index;
    struct deadline *last;

    if (deadline->at_us == DEADLINE_NONE)
        return;
    last = heap->items_own[--heap->count];
    if (last != deadline) {
        heap_place(heap, index, last);
        heap_settle(heap, index);
    }
    deadline_init(deadline);
}

void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_us)
{
    deadline_remove(heap, deadline);
    if (at_us == DEADLINE_NONE)
        return;
    assert(heap->count < heap->capacity);
    deadline->at_us = at_us;
    deadline->sequence = heap->next_sequence++;
    heap_place(heap, heap->count, deadline);
    heap->count++;
    heap_settle(heap, deadline->index);
}

struct deadline *deadline_first(const struct deadline_heap *heap)
{
    return heap->count ? heap->items_own[0] : NULL;
}
