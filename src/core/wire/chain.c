#include "base/reader.h"
#include "wire/message.h"

#define MOST_ALIGNMENT_BYTES 3u

struct payload payload_of(uint8_t type, struct view body)
{
    return (struct payload){.type = type, .whole = body, .body = body};
}

enum status payload_error(const struct payload *payload, size_t offset, enum status status,
                          const char *reason, struct wire_error *error)
{
    /* A body from elsewhere (payload_of) has no generic header before it. */
    size_t header_bytes = payload->whole.bytes - payload->body.bytes;

    if (error)
        *error = (struct wire_error){status, payload->type, payload->offset + header_bytes + offset,
                                     reason};
    return status;
}

/* Reads one payload; returns why it is none, or NULL. */
static const char *payload_read(struct reader *reader, uint8_t type, struct payload *out,
                                uint8_t *next)
{
    const struct payload_kind *kind = payload_by_number(type);
    struct reader ahead = *reader;
    struct view whole;
    size_t length;

    *next = reader_u8(&ahead);
    (void)reader_u8(&ahead); /* reserved: ignored, but hashed as it came */
    length = reader_u16(&ahead);
    if (!reader_is_good(&ahead))
        return "payload header past the end";
    if (length < GENERIC_HEADER_BYTES)
        return "payload length below that of its header";
    whole = reader_take(reader, length);
    if (!reader_is_good(reader))
        return "payload length past the end";
    if (payload_is_ike2(type))
        return "payload of version 2";
    if (kind && kind->is_nested)
        return "proposal or transform outside an SA";
    if (kind && length - GENERIC_HEADER_BYTES < kind->least_bytes)
        return "payload shorter than its fixed fields";
    *out = (struct payload){.type = type, .whole = whole};
    ahead = reader_over(whole);
    (void)reader_take(&ahead, GENERIC_HEADER_BYTES);
    out->body = reader_rest(&ahead);
    return NULL;
}

/* Puts a payload into the chain; returns why there is no room for it, or NULL. SEC-15 */
static const char *chain_add(struct payload_chain *chain, const struct payload *payload)
{
    const struct payload_kind *kind = payload_by_number(payload->type);
    uint64_t bit = payload_bit(payload->type);

    if (chain->count == CHAIN_MOST_PAYLOADS)
        return "too many payloads";
    if (kind && (chain->present & bit) && chain_count(chain, payload->type) == kind->most_count)
        return "too many payloads of one type";
    chain->repeated |= chain->present & bit;
    chain->present |= bit;
    chain->payloads[chain->count++] = *payload;
    return NULL;
}

static bool tail_is_sound(struct view tail, enum chain_tail rule)
{
    if (rule == CHAIN_TAIL_PADDING)
        return true;
    for (size_t i = 0; i < tail.bytes; i++) {
        if (tail.data[i] != 0)
            return false;
    }
    return tail.bytes <= MOST_ALIGNMENT_BYTES;
}

enum status chain_decode(uint8_t first_payload, struct view octets, size_t offset,
                         enum chain_tail tail, struct payload_chain *out, struct wire_error *error)
{
    struct reader reader = reader_over(octets);
    enum status status = STATUS_MALFORMED;
    const char *reason = NULL;
    uint8_t type = first_payload;
    size_t at = 0;

    out->count = 0;
    out->present = 0;
    out->repeated = 0;
    out->octets = (struct view){0};
    while (type != PAYLOAD_NONE) {
        struct payload payload;
        uint8_t next;

        at = reader.offset;
        reason = payload_read(&reader, type, &payload, &next);
        if (reason)
            goto out;
        payload.offset = offset + at;
        reason = chain_add(out, &payload);
        if (reason) {
            status = STATUS_LIMIT;
            goto out;
        }
        type = next;
    }
    at = reader.offset;
    if (at > 0)
        out->octets = view_of(octets.data, at);
    if (!tail_is_sound(reader_rest(&reader), tail))
        reason = "octets after the last payload";
    else
        status = STATUS_OK;
out:
    if (status == STATUS_OK)
        return STATUS_OK;
    if (error)
        *error = (struct wire_error){status, type, offset + at, reason};
    out->count = 0; /* half a chain is nobody's business: SEC-38 */
    out->present = 0;
    out->repeated = 0;
    out->octets = (struct view){0};
    return status;
}

const struct payload *chain_find(const struct payload_chain *chain, unsigned type, size_t nth)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->payloads[i].type == type && nth-- == 0)
            return &chain->payloads[i];
    }
    return NULL;
}

size_t chain_count(const struct payload_chain *chain, unsigned type)
{
    size_t count = 0;

    for (size_t i = 0; i < chain->count; i++)
        count += chain->payloads[i].type == type;
    return count;
}

bool chain_has_vendor(const struct payload_chain *chain, enum vendor vendor)
{
    const struct payload *payload = NULL;

    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_VENDOR, i)) != NULL; i++) {
        const struct vendor_id *id = vendor_match(payload->body);
        if (id && id->vendor == vendor)
            return true;
    }
    return false;
}

struct view chain_after(const struct payload_chain *chain, const struct payload *payload)
{
    struct reader reader = reader_over(chain->octets);

    (void)reader_take(&reader, payload->offset - chain->payloads[0].offset + payload->whole.bytes);
    return reader_rest(&reader);
}
