#include "base/writer.h"

struct writer writer_over(void *buffer, size_t capacity_bytes)
{
    return (struct writer){.buffer = buffer, .capacity_bytes = capacity_bytes};
}

uint8_t *writer_reserve(struct writer *writer, size_t bytes)
{
    uint8_t *at;

    if (writer->has_failed || bytes > writer->capacity_bytes - writer->bytes) {
        writer->has_failed = true;
        return NULL;
    }
    at = writer->buffer + writer->bytes;
    writer->bytes += bytes;
    return at;
}

static void number_put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

static void writer_number(struct writer *writer, uint64_t value, size_t bytes)
{
    uint8_t *at = writer_reserve(writer, bytes);

    if (at)
        number_put(at, value, bytes);
}

void writer_u8(struct writer *writer, uint8_t value)
{
    writer_number(writer, value, 1);
}

void writer_u16(struct writer *writer, uint16_t value)
{
    writer_number(writer, value, 2);
}

void writer_u32(struct writer *writer, uint32_t value)
{
    writer_number(writer, value, 4);
}

void writer_u64(struct writer *writer, uint64_t value)
{
    writer_number(writer, value, 8);
}

void writer_view(struct writer *writer, struct view view)
{
    uint8_t *at = writer_reserve(writer, view.bytes);

    if (at && view.bytes > 0)
        memcpy(at, view.data, view.bytes);
}

void writer_zeros(struct writer *writer, size_t bytes)
{
    uint8_t *at = writer_reserve(writer, bytes);

    if (at && bytes > 0)
        memset(at, 0, bytes);
}

static void writer_patch(struct writer *writer, size_t offset, uint64_t value, size_t bytes)
{
    if (writer->has_failed)
        return;
    if (offset > writer->bytes || bytes > writer->bytes - offset) {
        writer->has_failed = true;
        return;
    }
    number_put(writer->buffer + offset, value, bytes);
}

void writer_patch_u8(struct writer *writer, size_t offset, uint8_t value)
{
    writer_patch(writer, offset, value, 1);
}

void writer_patch_u16(struct writer *writer, size_t offset, uint16_t value)
{
    writer_patch(writer, offset, value, 2);
}

void writer_patch_u32(struct writer *writer, size_t offset, uint32_t value)
{
    writer_patch(writer, offset, value, 4);
}

bool writer_is_good(const struct writer *writer)
{
    return !writer->has_failed;
}

struct view writer_view_written(const struct writer *writer)
{
    if (writer->has_failed)
        return (struct view){0};
    return (struct view){writer->buffer, writer->bytes};
}
