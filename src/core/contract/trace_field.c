#include "base/selector.h"
#include "contract/trace_field_private.h"
#include "registry/transform.h"

static void encode_address(struct writer *writer, const struct address *address)
{
    writer_u8(writer, address->family);
    writer_view(writer, view_of(address->octets, sizeof address->octets));
}

static bool decode_address(struct reader *reader, struct address *out)
{
    struct view octets;

    out->family = reader_u8(reader);
    octets = reader_take(reader, sizeof out->octets);
    if (!reader_is_good(reader) || (out->family != ADDRESS_NONE && address_bytes(out) == 0))
        return false;
    memcpy(out->octets, octets.data, sizeof out->octets);
    /* Addresses are compared octet by octet: what a family does not use is zero. */
    for (size_t i = address_bytes(out); i < sizeof out->octets; i++)
        if (out->octets[i])
            return false;
    return true;
}

static bool decode_bool(struct reader *reader, bool *out)
{
    uint8_t value = reader_u8(reader);

    *out = value == 1;
    return value <= 1;
}

static void encode_endpoint(struct writer *writer, const struct endpoint *endpoint)
{
    encode_address(writer, &endpoint->address);
    writer_u16(writer, endpoint->port);
}

static bool decode_endpoint(struct reader *reader, struct endpoint *out)
{
    if (!decode_address(reader, &out->address))
        return false;
    out->port = reader_u16(reader);
    return true;
}

static void encode_path(struct writer *writer, const struct path *path)
{
    encode_endpoint(writer, &path->local);
    encode_endpoint(writer, &path->remote);
    writer_u8(writer, path->is_encapsulated);
}

static bool decode_path(struct reader *reader, struct path *out)
{
    return decode_endpoint(reader, &out->local) && decode_endpoint(reader, &out->remote) &&
           decode_bool(reader, &out->is_encapsulated);
}

static bool decode_range(struct reader *reader, struct address_range *out)
{
    return decode_address(reader, &out->first) && decode_address(reader, &out->last) &&
           out->first.family == out->last.family && address_compare(&out->first, &out->last) <= 0;
}

static void encode_selector(struct writer *writer, const struct selector *selector)
{
    encode_address(writer, &selector->local.first);
    encode_address(writer, &selector->local.last);
    encode_address(writer, &selector->remote.first);
    encode_address(writer, &selector->remote.last);
    writer_u8(writer, selector->protocol);
    writer_u16(writer, selector->local_port);
    writer_u16(writer, selector->remote_port);
}

static bool decode_selector(struct reader *reader, struct selector *out)
{
    if (!decode_range(reader, &out->local) || !decode_range(reader, &out->remote))
        return false;
    out->protocol = reader_u8(reader);
    out->local_port = reader_u16(reader);
    out->remote_port = reader_u16(reader);
    return true;
}

/* A text that may be absent: 0, or 1 and its octets. */
static void encode_text(struct writer *writer, const char *text)
{
    writer_u8(writer, text ? 1 : 0);
    if (text)
        writer_view(writer, view_of_text(text));
}

static enum status decode_text(struct reader *reader, struct arena *arena, const char **out)
{
    bool is_present = false;
    struct view octets;
    char *text;

    if (!decode_bool(reader, &is_present) || !reader_is_good(reader))
        return STATUS_MALFORMED;
    octets = reader_rest(reader);
    *out = NULL;
    if (!is_present)
        return view_is_empty(octets) ? STATUS_OK : STATUS_MALFORMED;
    if (!view_is_empty(octets) && memchr(octets.data, 0, octets.bytes))
        return STATUS_MALFORMED;
    text = arena ? (char *)arena_take(arena, octets.bytes + 1) : NULL;
    if (!text)
        return STATUS_NO_MEMORY;
    if (!view_is_empty(octets))
        memcpy(text, octets.data, octets.bytes);
    *out = text;
    return STATUS_OK;
}

static bool decode_transform(const struct field *field, struct reader *reader,
                             const struct transform **out)
{
    struct view name = reader_rest(reader);
    char text[32] = "";

    *out = NULL;
    if (view_is_empty(name))
        return true;
    if (name.bytes >= sizeof text || memchr(name.data, 0, name.bytes))
        return false;
    memcpy(text, name.data, name.bytes);
    *out = transform_by_name((enum transform_kind)field->least, text);
    return *out && view_equal(view_of_text((*out)->name), name);
}

static void encode_field(const struct field *field, const void *member, struct writer *writer)
{
    const struct transform *transform;
    unsigned number;

    switch (field->type) {
    case FIELD_U8:
        writer_u8(writer, *(const uint8_t *)member);
        break;
    case FIELD_U16:
        writer_u16(writer, *(const uint16_t *)member);
        break;
    case FIELD_U32:
        writer_u32(writer, *(const uint32_t *)member);
        break;
    case FIELD_U64:
        writer_u64(writer, *(const uint64_t *)member);
        break;
    case FIELD_BOOL:
        writer_u8(writer, *(const bool *)member);
        break;
    case FIELD_ENUM:
        memcpy(&number, member, sizeof number);
        writer_u8(writer, (uint8_t)number);
        break;
    case FIELD_VIEW:
        writer_view(writer, *(const struct view *)member);
        break;
    case FIELD_COOKIES:
        writer_view(writer, view_of(member, 16));
        break;
    case FIELD_TEXT:
        encode_text(writer, *(const char *const *)member);
        break;
    case FIELD_TRANSFORM:
        transform = *(const struct transform *const *)member;
        if (transform)
            writer_view(writer, view_of_text(transform->name));
        break;
    case FIELD_ADDRESS:
        encode_address(writer, (const struct address *)member);
        break;
    case FIELD_PATH:
        encode_path(writer, (const struct path *)member);
        break;
    case FIELD_SELECTOR:
        encode_selector(writer, (const struct selector *)member);
        break;
    }
}

static enum status decode_enum(const struct field *field, struct reader *reader, void *member)
{
    unsigned number = reader_u8(reader);

    if (number < field->least || number > field->most)
        return STATUS_MALFORMED;
    memcpy(member, &number, sizeof number);
    return STATUS_OK;
}

static enum status decode_cookies(struct reader *reader, void *member)
{
    struct view octets = reader_take(reader, 16);

    if (octets.bytes != 16)
        return STATUS_MALFORMED;
    memcpy(member, octets.data, octets.bytes);
    return STATUS_OK;
}

static enum status good_if(bool is_good)
{
    return is_good ? STATUS_OK : STATUS_MALFORMED;
}

static enum status decode_field(const struct field *field, struct reader *reader,
                                struct arena *arena, void *member)
{
    switch (field->type) {
    case FIELD_U8:
        *(uint8_t *)member = reader_u8(reader);
        break;
    case FIELD_U16:
        *(uint16_t *)member = reader_u16(reader);
        break;
    case FIELD_U32:
        *(uint32_t *)member = reader_u32(reader);
        break;
    case FIELD_U64:
        *(uint64_t *)member = reader_u64(reader);
        break;
    case FIELD_BOOL:
        return good_if(decode_bool(reader, (bool *)member));
    case FIELD_ENUM:
        return decode_enum(field, reader, member);
    case FIELD_VIEW:
        *(struct view *)member = reader_rest(reader);
        break;
    case FIELD_COOKIES:
        return decode_cookies(reader, member);
    case FIELD_TEXT:
        return decode_text(reader, arena, (const char **)member);
    case FIELD_TRANSFORM:
        return good_if(decode_transform(field, reader, (const struct transform **)member));
    case FIELD_ADDRESS:
        return good_if(decode_address(reader, (struct address *)member));
    case FIELD_PATH:
        return good_if(decode_path(reader, (struct path *)member));
    case FIELD_SELECTOR:
        return good_if(decode_selector(reader, (struct selector *)member));
    }
    return STATUS_OK;
}

void shape_encode(const struct shape *shape, const void *object, uint8_t first_tag,
                  struct writer *writer)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        size_t length_offset;

        writer_u8(writer, (uint8_t)(first_tag + i));
        length_offset = writer->bytes;
        writer_u32(writer, 0);
        encode_field(field, (const char *)object + field->offset, writer);
        writer_patch_u32(writer, length_offset, (uint32_t)(writer->bytes - length_offset - 4));
    }
}

enum status shape_decode(const struct shape *shape, struct reader *reader, uint8_t first_tag,
                         struct arena *arena, void *object)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        uint8_t tag = reader_u8(reader);
        uint32_t bytes = reader_u32(reader);
        struct reader body = reader_over(reader_take(reader, bytes));
        enum status status;

        if (!reader_is_good(reader) || tag != first_tag + i)
            return STATUS_MALFORMED;
        status = decode_field(field, &body, arena, (char *)object + field->offset);
        if (status != STATUS_OK)
            return status;
        if (!reader_at_end(&body))
            return STATUS_MALFORMED;
    }
    return STATUS_OK;
}
