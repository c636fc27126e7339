#ifndef ENTENTE_CONFIG_VECTOR_PRIVATE_H
#define ENTENTE_CONFIG_VECTOR_PRIVATE_H

#include "base/arena.h"

/* Rows of one size that a parser gathers before it knows how many there are. */
struct vector {
    void *rows_own;
    size_t count;
};

/* Appends a copy; false without memory (then unchanged). */
bool vector_add(struct vector *vector, const void *row, size_t row_bytes);
void vector_clear(struct vector *vector);

/* The rows as an array in the arena; NULL when there are none or no memory (count says which). */
const void *vector_rows(const struct vector *vector, size_t row_bytes, struct arena *arena);

#endif
