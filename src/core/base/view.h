#ifndef ENTENTE_BASE_VIEW_H
#define ENTENTE_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* The number of elements of an array (not of a pointer). */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bit number `n` of a 64-bit set of small numbers. */
#define BIT(n) (UINT64_C(1) << (n))

/* Someone else's bytes, borrowed. {NULL, 0} is the empty view: nothing, or absent. */
struct view {
    const uint8_t *data;
    size_t bytes;
};

/* Bytes of our own on the heap. Zero-initialised is empty and may be cleared. */
struct bytes {
    uint8_t *data_own;
    size_t bytes;
};

static inline struct view view_of(const void *data, size_t bytes)
{
    return (struct view){data, bytes};
}

/* The characters of a string without its NUL. */
static inline struct view view_of_text(const char *text)
{
    return (struct view){(const uint8_t *)text, strlen(text)};
}

static inline bool view_is_empty(struct view view)
{
    return view.bytes == 0;
}

/* True when both have the same octets. Not constant-time: never for secrets (secret_equal). */
bool view_equal(struct view a, struct view b);

/* Orders by content as memcmp does, a prefix before what it begins: <0, 0, >0. */
int view_compare(struct view a, struct view b);

/*
 * Copies a view to the heap; what *out held before is freed (not wiped).
 *
 * Returns STATUS_OK or STATUS_NO_MEMORY (then *out is unchanged). An empty view gives empty bytes.
 */
enum status bytes_copy(struct view from, struct bytes *out);

/* A NUL-terminated copy on the heap, the caller's to free; NULL without memory. */
char *view_to_text(struct view view);

/* Frees and empties; bytes_wipe also overwrites first (for anything derived from a secret). */
void bytes_clear(struct bytes *bytes);
void bytes_wipe(struct bytes *bytes);

static inline struct view bytes_view(const struct bytes *bytes)
{
    return (struct view){bytes->data_own, bytes->bytes};
}

#endif
