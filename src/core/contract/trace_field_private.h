#ifndef ENTENTE_CONTRACT_TRACE_FIELD_PRIVATE_H
#define ENTENTE_CONTRACT_TRACE_FIELD_PRIVATE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/reader.h"
#include "base/writer.h"

/* How one member of a struct is written; its tag is its place in the shape, from 1. */
enum field_type {
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64, /* and int64_t */
    FIELD_BOOL,
    FIELD_ENUM, /* of `least` to `most` */
    FIELD_VIEW,
    FIELD_COOKIES,   /* uint8_t[16] */
    FIELD_TEXT,      /* const char *: absent or text; decoded into the arena */
    FIELD_TRANSFORM, /* const struct transform *: of the kind in `least`, by its name */
    FIELD_ADDRESS,
    FIELD_PATH,
    FIELD_SELECTOR,
};

struct field {
    enum field_type type;
    size_t offset;
    unsigned least, most;
};

/* The members of one struct, in order. */
struct shape {
    const struct field *fields;
    size_t field_count;
};

/* Adds the fields of `object` to the writer. */
void shape_encode(const struct shape *shape, const void *object, uint8_t first_tag,
                  struct writer *writer);

/*
 * Reads all fields of a shape into a zeroed object; `arena` may be NULL for shapes without text.
 * STATUS_OK, STATUS_MALFORMED, STATUS_NO_MEMORY. Octets may be left in the reader.
 */
enum status shape_decode(const struct shape *shape, struct reader *reader, uint8_t first_tag,
                         struct arena *arena, void *object);

#endif
