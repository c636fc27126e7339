#include "wire/fragment.h"

#include "base/reader.h"

#define FRAGMENT_FLAG_LAST 1u

enum status fragment_decode(const struct payload *payload, struct fragment_payload *out,
                            struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct fragment_payload fragment = {0};

    fragment.id = reader_u16(&reader);
    fragment.number = reader_u8(&reader);
    fragment.is_last = reader_u8(&reader) & FRAGMENT_FLAG_LAST;
    fragment.data = reader_rest(&reader);
    if (!reader_at_end(&reader) || view_is_empty(fragment.data))
        return payload_error(payload, 0, STATUS_MALFORMED, "fragment without data", error);
    if (fragment.number == 0)
        return payload_error(payload, 2, STATUS_MALFORMED, "fragment number 0", error);
    if (fragment.number > FRAGMENT_MOST_NUMBER)
        return payload_error(payload, 2, STATUS_LIMIT, "fragment number over 64", error);
    *out = fragment;
    return STATUS_OK;
}

void fragment_encode(struct writer *writer, const struct fragment_payload *fragment)
{
    writer_u16(writer, fragment->id);
    writer_u8(writer, fragment->number);
    writer_u8(writer, fragment->is_last ? FRAGMENT_FLAG_LAST : 0);
    writer_view(writer, fragment->data);
}
