#include <stdlib.h>

#include "config/vector_private.h"

bool vector_add(struct vector *vector, const void *row, size_t row_bytes)
{
    /* Full at each power of two. */
    if ((vector->count & (vector->count - 1)) == 0) {
        size_t capacity = vector->count > 0 ? 2 * vector->count : 1;
        void *rows = realloc(vector->rows_own, capacity * row_bytes);

        if (!rows)
            return false;
        vector->rows_own = rows;
    }
    memcpy((uint8_t *)vector->rows_own + vector->count * row_bytes, row, row_bytes);
    vector->count++;
    return true;
}

void vector_clear(struct vector *vector)
{
    free(vector->rows_own);
    *vector = (struct vector){0};
}

const void *vector_rows(const struct vector *vector, size_t row_bytes, struct arena *arena)
{
    void *rows;

    if (vector->count == 0)
        return NULL;
    rows = arena_take(arena, vector->count * row_bytes);
    if (rows)
        memcpy(rows, vector->rows_own, vector->count * row_bytes);
    return rows;
}
