#include "base/reader.h"

struct reader reader_over(struct view view)
{
    return (struct reader){.start_view = view.data, .bytes = view.bytes};
}

/* The one place that moves on: the next `bytes` octets, or NULL and a failure that stays. */
static const uint8_t *reader_advance(struct reader *reader, size_t bytes)
{
    const uint8_t *at;

    if (reader->has_failed || bytes > reader->bytes - reader->offset) {
        reader->has_failed = true;
        return NULL;
    }
    /* An empty view has no address to add to. */
    at = reader->start_view ? reader->start_view + reader->offset : NULL;
    reader->offset += bytes;
    return at;
}

static uint64_t reader_number(struct reader *reader, size_t bytes)
{
    const uint8_t *at = reader_advance(reader, bytes);
    uint64_t value = 0;

    for (size_t i = 0; at && i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)reader_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)reader_number(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)reader_number(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return reader_number(reader, 8);
}

struct view reader_take(struct reader *reader, size_t bytes)
{
    const uint8_t *at = reader_advance(reader, bytes);

    if (!at || bytes == 0)
        return (struct view){0};
    return (struct view){at, bytes};
}

struct view reader_rest(struct reader *reader)
{
    return reader_take(reader, reader_left(reader));
}

size_t reader_left(const struct reader *reader)
{
    return reader->has_failed ? 0 : reader->bytes - reader->offset;
}

bool reader_is_good(const struct reader *reader)
{
    return !reader->has_failed;
}

bool reader_at_end(const struct reader *reader)
{
    return !reader->has_failed && reader->offset == reader->bytes;
}
