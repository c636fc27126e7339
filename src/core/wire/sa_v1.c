#include "wire/sa_v1.h"

#include <assert.h>

#include "wire/attribute.h"

#define SA_MOST_PROPOSALS 32u
#define PROPOSAL_MOST_TRANSFORMS 64u
#define TRANSFORM_LEAST_BYTES 8u
#define COOKIES_BYTES 16u

/* One decoding: the body's reader gives the offsets of all that is nested in it. */
struct sa_decoder {
    const struct payload *payload;
    enum sa_phase phase;
    struct arena *arena;
    struct wire_error *error;
    struct reader reader;
};

static enum status decoder_error(struct sa_decoder *decoder, size_t offset, enum status status,
                                 const char *reason)
{
    return payload_error(decoder->payload, offset, status, reason, decoder->error);
}

/* The generic header of a proposal or transform; *end is the offset at which it ends. */
static enum status nested_begin(struct sa_decoder *decoder, uint8_t own_type, size_t limit,
                                uint8_t *next, size_t *end)
{
    struct reader *reader = &decoder->reader;
    size_t start = reader->offset;
    size_t length;

    *next = reader_u8(reader);
    (void)reader_u8(reader); /* reserved */
    length = reader_u16(reader);
    if (!reader_is_good(reader) || length < GENERIC_HEADER_BYTES + 4u || length > limit - start)
        return decoder_error(decoder, start, STATUS_MALFORMED, "length does not fit its container");
    if (*next != own_type && *next != PAYLOAD_NONE)
        return decoder_error(decoder, start, STATUS_MALFORMED, "wrong next payload inside an SA");
    *end = start + length;
    return STATUS_OK;
}

/* Notes the first flaw only: it is the one that is reported. */
static void transform_flaw(struct sa_transform *transform, enum transform_flaw flaw, uint16_t type)
{
    if (transform->flaw != TRANSFORM_SOUND)
        return;
    transform->flaw = flaw;
    transform->flaw_type = type;
}

static void transform_set(struct sa_transform *transform, enum attribute attribute, uint64_t value,
                          uint16_t type)
{
    if ((transform->present & BIT(attribute)) && transform->values[attribute] != value) {
        transform_flaw(transform, TRANSFORM_CONFLICT, type);
        return;
    }
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

/* The attribute with this number, lifetimes apart; ATTRIBUTE_COUNT for none. */
static enum attribute attribute_by_type(enum sa_phase phase, uint16_t type)
{
    for (unsigned i = 0; i < ATTRIBUTE_LIFE_SECONDS; i++) {
        if (type != 0 && attribute_type(phase, (enum attribute)i) == type)
            return (enum attribute)i;
    }
    return ATTRIBUTE_COUNT;
}

static void duration_set(struct sa_transform *transform, uint64_t life_type, uint64_t duration,
                         uint16_t type)
{
    if (life_type == LIFE_SECONDS)
        transform_set(transform, ATTRIBUTE_LIFE_SECONDS, duration, type);
    else if (life_type == LIFE_KILOBYTES)
        transform_set(transform, ATTRIBUTE_LIFE_KILOBYTES, duration, type);
    else
        transform_flaw(transform, TRANSFORM_UNKNOWN_ATTRIBUTE, type);
}

/* Takes one attribute into the transform. *life_type is that of the pair under way. */
static void attribute_take(enum sa_phase phase, const struct data_attribute *attribute,
                           struct sa_transform *transform, uint64_t *life_type)
{
    uint16_t life = attribute_type(phase, ATTRIBUTE_LIFE_SECONDS);
    enum attribute known = attribute_by_type(phase, attribute->type);
    bool is_duration = attribute->type == life + 1;
    enum status status;
    uint64_t value;

    if (known == ATTRIBUTE_COUNT && attribute->type != life && !is_duration) {
        transform_flaw(transform, TRANSFORM_UNKNOWN_ATTRIBUTE, attribute->type);
        return;
    }
    if (!is_duration && !attribute->is_basic) {
        transform_flaw(transform, TRANSFORM_BASIC_AS_TLV, attribute->type);
        return;
    }
    status = attribute_number(attribute, &value);
    if (status == STATUS_LIMIT)
        value = UINT64_MAX; /* only a duration can be so long, and none is longer: it saturates */
    else if (status != STATUS_OK) {
        transform_flaw(transform, TRANSFORM_NUMBER_TOO_LONG, attribute->type);
        return;
    }
    if (is_duration)
        duration_set(transform, *life_type, value, attribute->type);
    else if (known == ATTRIBUTE_COUNT)
        *life_type = value;
    else
        transform_set(transform, known, value, attribute->type);
}

static enum status transform_decode(struct sa_decoder *decoder, size_t end,
                                    struct sa_transform *out)
{
    struct reader *reader = &decoder->reader;
    struct sa_transform transform = {0};
    uint64_t life_type = LIFE_SECONDS; /* a duration without a type is taken for seconds */
    struct reader attributes;
    size_t start;

    transform.number = reader_u8(reader);
    transform.id = reader_u8(reader);
    (void)reader_u16(reader); /* reserved */
    start = reader->offset;
    transform.attributes_view = reader_take(reader, end - start);
    attributes = reader_over(transform.attributes_view);
    for (unsigned count = 0; reader_left(&attributes) > 0; count++) {
        size_t offset = start + attributes.offset;
        struct data_attribute attribute;

        if (count == TRANSFORM_MOST_ATTRIBUTES)
            return decoder_error(decoder, offset, STATUS_LIMIT, "too many attributes");
        if (!attribute_read(&attributes, &attribute))
            return decoder_error(decoder, offset, STATUS_MALFORMED, "attribute past its transform");
        attribute_take(decoder->phase, &attribute, &transform, &life_type);
    }
    *out = transform;
    return STATUS_OK;
}

static enum status transforms_decode(struct sa_decoder *decoder, size_t end, size_t count,
                                     struct sa_proposal *proposal)
{
    size_t start = decoder->reader.offset;
    uint8_t next = PAYLOAD_TRANSFORM;
    struct sa_transform *transforms;
    enum status status;

    if (count == 0)
        return decoder_error(decoder, start, STATUS_MALFORMED, "proposal without a transform");
    if (count > PROPOSAL_MOST_TRANSFORMS)
        return decoder_error(decoder, start, STATUS_LIMIT, "too many transforms");
    if (count * TRANSFORM_LEAST_BYTES > end - start)
        return decoder_error(decoder, start, STATUS_MALFORMED, "fewer transforms than counted");
    transforms = arena_take(decoder->arena, count * sizeof *transforms);
    if (!transforms)
        return decoder_error(decoder, start, STATUS_NO_MEMORY, "no memory");
    for (size_t i = 0; i < count; i++) {
        size_t at = decoder->reader.offset;
        size_t transform_end = 0;

        if (next != PAYLOAD_TRANSFORM)
            return decoder_error(decoder, at, STATUS_MALFORMED, "fewer transforms than counted");
        status = nested_begin(decoder, PAYLOAD_TRANSFORM, end, &next, &transform_end);
        if (status == STATUS_OK)
            status = transform_decode(decoder, transform_end, &transforms[i]);
        if (status != STATUS_OK)
            return status;
    }
    if (next != PAYLOAD_NONE || decoder->reader.offset != end)
        return decoder_error(decoder, decoder->reader.offset, STATUS_MALFORMED,
                             "more transforms than counted");
    proposal->transforms = transforms;
    proposal->transform_count = count;
    return STATUS_OK;
}

/* SPI sizes that a protocol may have. RFC 2408 section 3.5, RFC 2407 section 4.4 */
static bool spi_size_fits(uint8_t protocol, size_t bytes)
{
    switch (protocol) {
    case IPSEC_PROTOCOL_ISAKMP:
        return bytes <= COOKIES_BYTES; /* whatever it holds is ignored */
    case IPSEC_PROTOCOL_AH:
    case IPSEC_PROTOCOL_ESP:
        return bytes == 4;
    case IPSEC_PROTOCOL_IPCOMP:
        return bytes == 2 || bytes == 4;
    default:
        return true;
    }
}

static enum status proposal_decode(struct sa_decoder *decoder, size_t end, struct sa_proposal *out)
{
    struct reader *reader = &decoder->reader;
    size_t start = reader->offset;
    size_t spi_bytes;
    size_t count;

    out->number = reader_u8(reader);
    out->protocol = reader_u8(reader);
    spi_bytes = reader_u8(reader);
    count = reader_u8(reader);
    if (spi_bytes > end - reader->offset)
        return decoder_error(decoder, start, STATUS_MALFORMED, "SPI past its proposal");
    if (!spi_size_fits(out->protocol, spi_bytes))
        return decoder_error(decoder, start, STATUS_MALFORMED, "SPI size is not the protocol's");
    out->spi = reader_take(reader, spi_bytes);
    return transforms_decode(decoder, end, count, out);
}

/* Walks the proposals' headers without a look inside: how many there are, at most one too many. */
static size_t proposals_count(struct reader reader)
{
    size_t count = 0;

    while (reader_left(&reader) >= GENERIC_HEADER_BYTES && count <= SA_MOST_PROPOSALS) {
        size_t length;

        (void)reader_u16(&reader);
        length = reader_u16(&reader);
        count++;
        if (length < GENERIC_HEADER_BYTES)
            break; /* nested_begin says so */
        (void)reader_take(&reader, length - GENERIC_HEADER_BYTES);
    }
    return count;
}

static enum status proposals_decode(struct sa_decoder *decoder, struct sa_payload *out)
{
    struct reader *reader = &decoder->reader;
    size_t limit = decoder->payload->body.bytes;
    size_t count = proposals_count(*reader);
    uint8_t next = PAYLOAD_PROPOSAL;
    struct sa_proposal *proposals;

    if (count == 0)
        return decoder_error(decoder, reader->offset, STATUS_MALFORMED, "SA without a proposal");
    if (count > SA_MOST_PROPOSALS)
        return decoder_error(decoder, reader->offset, STATUS_LIMIT, "too many proposals");
    proposals = arena_take(decoder->arena, count * sizeof *proposals);
    if (!proposals)
        return decoder_error(decoder, reader->offset, STATUS_NO_MEMORY, "no memory");
    for (size_t i = 0; i < count && next == PAYLOAD_PROPOSAL; i++) {
        size_t at = reader->offset;
        size_t end = 0;
        enum status status = nested_begin(decoder, PAYLOAD_PROPOSAL, limit, &next, &end);

        if (status == STATUS_OK)
            status = proposal_decode(decoder, end, &proposals[i]);
        if (status != STATUS_OK)
            return status;
        if (i > 0 && proposals[i].number < proposals[i - 1].number)
            return decoder_error(decoder, at, STATUS_MALFORMED, "proposal numbers decrease");
        out->proposal_count = i + 1;
    }
    if (next != PAYLOAD_NONE || reader_left(reader) > 0)
        return decoder_error(decoder, reader->offset, STATUS_MALFORMED,
                             "the last proposal does not end the SA");
    out->proposals = proposals;
    return STATUS_OK;
}

enum status sa_v1_decode(const struct payload *payload, enum sa_phase phase, struct arena *arena,
                         struct sa_payload *out, struct wire_error *error)
{
    struct sa_decoder decoder = {payload, phase, arena, error, reader_over(payload->body)};
    struct sa_payload sa = {0};
    enum status status;

    sa.doi = reader_u32(&decoder.reader);
    sa.situation = reader_u32(&decoder.reader);
    if (!reader_is_good(&decoder.reader))
        return decoder_error(&decoder, 0, STATUS_MALFORMED, "SA shorter than its fixed fields");
    if (sa.doi != DOI_IPSEC || sa.situation != SITUATION_IDENTITY_ONLY) {
        *out = sa;
        return decoder_error(&decoder, 0, STATUS_UNEXPECTED,
                             sa.doi != DOI_IPSEC ? "DOI is not IPSEC"
                                                 : "situation is not identity-only");
    }
    status = proposals_decode(&decoder, &sa);
    if (status == STATUS_OK)
        *out = sa;
    return status;
}

static size_t nested_open(struct writer *writer, uint8_t next)
{
    size_t start = writer->bytes;

    writer_u8(writer, next);
    writer_u8(writer, 0);
    writer_u16(writer, 0);
    return start;
}

static void nested_close(struct writer *writer, size_t start)
{
    size_t length = writer->bytes - start;

    if (length > UINT16_MAX)
        writer->has_failed = true;
    writer_patch_u16(writer, start + 2, (uint16_t)length);
}

static void transform_encode(struct writer *writer, enum sa_phase phase,
                             const struct sa_transform *transform)
{
    writer_u8(writer, transform->number);
    writer_u8(writer, transform->id);
    writer_u16(writer, 0);
    if (!view_is_empty(transform->attributes_view)) {
        writer_view(writer, transform->attributes_view);
        return;
    }
    for (unsigned i = 0; i < ATTRIBUTE_LIFE_SECONDS; i++) {
        uint16_t type = attribute_type(phase, (enum attribute)i);

        if (!(transform->present & BIT(i)))
            continue;
        /* What is not of this phase, or too long for a basic attribute, is our own mistake. */
        assert(type != 0 && transform->values[i] <= UINT16_MAX);
        attribute_write(writer, type, transform->values[i]);
    }
    lifetimes_encode(writer, phase, transform->values[ATTRIBUTE_LIFE_SECONDS],
                     transform->values[ATTRIBUTE_LIFE_KILOBYTES]);
}

static void proposal_encode(struct writer *writer, enum sa_phase phase,
                            const struct sa_proposal *proposal)
{
    assert(proposal->spi.bytes <= UINT8_MAX && proposal->transform_count <= UINT8_MAX);
    writer_u8(writer, proposal->number);
    writer_u8(writer, proposal->protocol);
    writer_u8(writer, (uint8_t)proposal->spi.bytes);
    writer_u8(writer, (uint8_t)proposal->transform_count);
    writer_view(writer, proposal->spi);
    for (size_t i = 0; i < proposal->transform_count; i++) {
        bool is_last = i + 1 == proposal->transform_count;
        size_t start = nested_open(writer, is_last ? PAYLOAD_NONE : PAYLOAD_TRANSFORM);

        transform_encode(writer, phase, &proposal->transforms[i]);
        nested_close(writer, start);
    }
}

void sa_v1_encode(struct writer *writer, enum sa_phase phase, const struct sa_payload *sa)
{
    writer_u32(writer, sa->doi);
    writer_u32(writer, sa->situation);
    for (size_t i = 0; i < sa->proposal_count; i++) {
        bool is_last = i + 1 == sa->proposal_count;
        size_t start = nested_open(writer, is_last ? PAYLOAD_NONE : PAYLOAD_PROPOSAL);

        proposal_encode(writer, phase, &sa->proposals[i]);
        nested_close(writer, start);
    }
}

bool sa_transform_equal(const struct sa_transform *a, const struct sa_transform *b,
                        enum lifetime_comparison lifetimes)
{
    unsigned count = lifetimes == LIFETIMES_COMPARED ? ATTRIBUTE_COUNT : ATTRIBUTE_LIFE_SECONDS;

    if (a->flaw != TRANSFORM_SOUND || b->flaw != TRANSFORM_SOUND || a->id != b->id)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if ((a->present & BIT(i)) != (b->present & BIT(i)) || a->values[i] != b->values[i])
            return false;
    }
    return true;
}
