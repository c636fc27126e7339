#include <stdlib.h>

#include "base/reader.h"
#include "base/writer.h"
#include "identity/credential.h"
#include "identity/credential_private.h"

/*
 * The index as octets: version (1), length of the file's name (2), the name, number of rows (4),
 * then rows of fixed length. Network order.
 */
#define CODEC_VERSION 1u
#define ADDRESS_OCTETS 17u /* family and 16 octets */
#define ROW_OCTETS (3u * 4u + 4u * ADDRESS_OCTETS + 1u + 2u * 4u)
#define CODEC_MOST_ROWS 100000u

static void write_range(struct writer *writer, const struct address_range *range)
{
    writer_u8(writer, range->first.family);
    writer_view(writer, view_of(range->first.octets, sizeof range->first.octets));
    writer_u8(writer, range->last.family);
    writer_view(writer, view_of(range->last.octets, sizeof range->last.octets));
}

static void write_row(struct writer *writer, const struct credential *row)
{
    writer_u32(writer, row->handle);
    writer_u32(writer, row->line);
    writer_u32(writer, row->column);
    write_range(writer, &row->local);
    write_range(writer, &row->remote);
    writer_u8(writer, (uint8_t)row->mode);
    writer_u32(writer, row->key_bits);
    writer_u32(writer, row->strength_bits);
}

enum status credential_index_encode(const struct credential_index *index, struct bytes *out)
{
    struct view name = view_of_text(index->file_own);
    size_t bytes = 1 + 2 + name.bytes + 4 + index->count * ROW_OCTETS;
    struct writer writer;
    uint8_t *buffer;

    if (name.bytes > UINT16_MAX || index->count > CODEC_MOST_ROWS)
        return STATUS_LIMIT;
    buffer = malloc(bytes);
    if (!buffer)
        return STATUS_NO_MEMORY;
    writer = writer_over(buffer, bytes);
    writer_u8(&writer, CODEC_VERSION);
    writer_u16(&writer, (uint16_t)name.bytes);
    writer_view(&writer, name);
    writer_u32(&writer, (uint32_t)index->count);
    for (size_t i = 0; i < index->count; i++)
        write_row(&writer, &index->rows_own[i]);
    bytes_clear(out);
    *out = (struct bytes){buffer, writer.bytes};
    return STATUS_OK;
}

static bool read_address(struct reader *reader, struct address *out)
{
    struct view octets;
    size_t bytes;

    *out = (struct address){.family = reader_u8(reader)};
    octets = reader_take(reader, sizeof out->octets);
    bytes = address_bytes(out);
    if (bytes == 0 || octets.bytes != sizeof out->octets)
        return false;
    for (size_t i = 0; i < sizeof out->octets; i++) {
        if (i >= bytes && octets.data[i] != 0)
            return false;
        out->octets[i] = octets.data[i];
    }
    return true;
}

static bool read_range(struct reader *reader, struct address_range *out)
{
    return read_address(reader, &out->first) && read_address(reader, &out->last) &&
           out->first.family == out->last.family && address_compare(&out->first, &out->last) <= 0;
}

static bool read_row(struct reader *reader, struct credential *out)
{
    uint8_t mode;

    out->handle = reader_u32(reader);
    out->line = reader_u32(reader);
    out->column = reader_u32(reader);
    if (!read_range(reader, &out->local) || !read_range(reader, &out->remote))
        return false;
    mode = reader_u8(reader);
    if (mode > CREDENTIAL_BOTH)
        return false;
    out->mode = (enum credential_mode)mode;
    out->key_bits = reader_u32(reader);
    out->strength_bits = reader_u32(reader);
    return true;
}

enum status credential_index_decode(struct view octets, struct credential_index **out)
{
    struct reader reader = reader_over(octets);
    enum status status = STATUS_MALFORMED;
    struct credential *rows = NULL;
    char *file = NULL;
    uint8_t version = reader_u8(&reader);
    struct view name = reader_take(&reader, reader_u16(&reader));
    size_t count = reader_u32(&reader);
    struct credential_index *index;

    if (!reader_is_good(&reader) || version != CODEC_VERSION || count > CODEC_MOST_ROWS ||
        reader_left(&reader) != count * ROW_OCTETS)
        return STATUS_MALFORMED;
    file = view_to_text(name);
    rows = calloc(count > 0 ? count : 1, sizeof *rows);
    if (!file || !rows) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_row(&reader, &rows[i]))
            goto out;
    }
    status = STATUS_NO_MEMORY;
    index = credential_index_new(file, rows, count);
    if (!index)
        goto out;
    *out = index;
    status = STATUS_OK;
out:
    free(rows);
    free(file);
    return status;
}
