#include "wire/attribute.h"

#define ATTRIBUTE_BASIC 0x8000u

/*
 * Which number an attribute has in each phase; 0: none. Life Type and Life Duration stand beside
 * each other in both, and a life attribute has the type's number here.
 */
static const struct {
    uint16_t types[2]; /* by enum sa_phase */
    const char *name;
} attribute_rows[ATTRIBUTE_COUNT] = {
    /* RFC 2409 app. A; RFC 2407 section 4.5, RFC 4304 */
    [ATTRIBUTE_ENCRYPTION] = {{1, 0}, "encryption"},
    [ATTRIBUTE_HASH] = {{2, 0}, "hash"},
    [ATTRIBUTE_METHOD] = {{3, 0}, "authentication method"},
    [ATTRIBUTE_GROUP] = {{4, 3}, "group"},
    [ATTRIBUTE_KEY_BITS] = {{14, 6}, "key length"},
    [ATTRIBUTE_INTEGRITY] = {{0, 5}, "integrity"},
    [ATTRIBUTE_ENCAPSULATION] = {{0, 4}, "encapsulation mode"},
    [ATTRIBUTE_ESN] = {{0, 11}, "extended sequence numbers"},
    [ATTRIBUTE_LIFE_SECONDS] = {{11, 1}, "lifetime in seconds"},
    [ATTRIBUTE_LIFE_KILOBYTES] = {{11, 1}, "lifetime in kilobytes"},
};

bool attribute_read(struct reader *reader, struct data_attribute *out)
{
    uint16_t type = reader_u16(reader);
    struct data_attribute attribute = {
        .type = (uint16_t)(type & ~ATTRIBUTE_BASIC),
        .is_basic = type & ATTRIBUTE_BASIC,
    };

    attribute.value = reader_take(reader, attribute.is_basic ? 2 : reader_u16(reader));
    if (!reader_is_good(reader))
        return false;
    *out = attribute;
    return true;
}

enum status attribute_number(const struct data_attribute *attribute, uint64_t *out)
{
    uint64_t value = 0;

    if (attribute->value.bytes == 0)
        return STATUS_MALFORMED;
    for (size_t i = 0; i < attribute->value.bytes; i++) {
        if (value >> 56 != 0)
            return STATUS_LIMIT;
        value = value << 8 | attribute->value.data[i];
    }
    *out = value;
    return STATUS_OK;
}

void attribute_write(struct writer *writer, uint16_t type, uint64_t value)
{
    if (value <= UINT16_MAX) {
        writer_u16(writer, (uint16_t)(type | ATTRIBUTE_BASIC));
        writer_u16(writer, (uint16_t)value);
    } else if (value <= UINT32_MAX) {
        writer_u16(writer, type);
        writer_u16(writer, 4);
        writer_u32(writer, (uint32_t)value);
    } else {
        writer_u16(writer, type);
        writer_u16(writer, 8);
        writer_u64(writer, value);
    }
}

uint16_t attribute_type(enum sa_phase phase, enum attribute attribute)
{
    return attribute_rows[attribute].types[phase];
}

const char *attribute_name(enum attribute attribute)
{
    return attribute_rows[attribute].name;
}

enum status lifetimes_decode(enum sa_phase phase, struct view attributes, uint64_t *out_seconds,
                             uint64_t *out_kilobytes)
{
    struct reader reader = reader_over(attributes);
    uint16_t life_type = attribute_type(phase, ATTRIBUTE_LIFE_SECONDS);
    uint64_t lives[3] = {0}; /* by enum life_type */
    uint64_t type = LIFE_SECONDS;

    while (reader_left(&reader) > 0) {
        struct data_attribute attribute;
        enum status status;
        uint64_t value;

        if (!attribute_read(&reader, &attribute))
            return STATUS_MALFORMED;
        if (attribute.type != life_type && attribute.type != life_type + 1)
            continue;
        status = attribute_number(&attribute, &value);
        if (status == STATUS_LIMIT)
            value = UINT64_MAX; /* longer than anything lives */
        else if (status != STATUS_OK)
            return status;
        if (attribute.type == life_type)
            type = value;
        else if (type == LIFE_SECONDS || type == LIFE_KILOBYTES)
            lives[type] = value;
    }
    if (!reader_at_end(&reader))
        return STATUS_MALFORMED;
    *out_seconds = lives[LIFE_SECONDS];
    *out_kilobytes = lives[LIFE_KILOBYTES];
    return STATUS_OK;
}

static void lifetime_write(struct writer *writer, enum sa_phase phase, enum life_type type,
                           uint64_t duration)
{
    uint16_t life_type = attribute_type(phase, ATTRIBUTE_LIFE_SECONDS);

    if (duration == 0)
        return;
    attribute_write(writer, life_type, type);
    attribute_write(writer, (uint16_t)(life_type + 1), duration);
}

void lifetimes_encode(struct writer *writer, enum sa_phase phase, uint64_t seconds,
                      uint64_t kilobytes)
{
    lifetime_write(writer, phase, LIFE_SECONDS, seconds);
    lifetime_write(writer, phase, LIFE_KILOBYTES, kilobytes);
}
