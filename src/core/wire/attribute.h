#ifndef ENTENTE_WIRE_ATTRIBUTE_H
#define ENTENTE_WIRE_ATTRIBUTE_H

#include "base/reader.h"
#include "base/writer.h"
#include "wire/sa.h"

#define TRANSFORM_MOST_ATTRIBUTES 32u

/* One data attribute as it stands on the wire. RFC 2408 section 3.3 */
struct data_attribute {
    uint16_t type; /* class bit off */
    bool is_basic; /* TV: the value stands in place of the length */
    struct view value;
};

/* Reads the next attribute; false when the octets do not hold it (the reader has failed then). */
bool attribute_read(struct reader *reader, struct data_attribute *out);

/* The value as a number: 1 to 8 octets, or 9 and more whose first ones are zero. Returns
 * STATUS_OK, STATUS_MALFORMED for no octets, STATUS_LIMIT for a number over 64 bits. */
enum status attribute_number(const struct data_attribute *attribute, uint64_t *out);

/* TV when the value fits 16 bits, else TLV of 4 octets, or of 8 if it does not fit those. */
void attribute_write(struct writer *writer, uint16_t type, uint64_t value);

/* The wire number of an attribute in a phase; 0 when it has none there. Life attributes give the
 * number of Life Type. */
uint16_t attribute_type(enum sa_phase phase, enum attribute attribute);

/* "encryption", "hash", ...: the attribute in a sentence; never NULL. */
const char *attribute_name(enum attribute attribute);

/*
 * The (life type, duration) pairs of a RESPONDER-LIFETIME notify or of a transform.
 *
 * out_seconds, out_kilobytes  0 when absent.
 *
 * Returns STATUS_OK or STATUS_MALFORMED. RFC 2407 sections 4.5 and 4.6.3.1
 */
enum status lifetimes_decode(enum sa_phase phase, struct view attributes, uint64_t *out_seconds,
                             uint64_t *out_kilobytes);

/* Type before duration, seconds before kilobytes; 0 is not written. */
void lifetimes_encode(struct writer *writer, enum sa_phase phase, uint64_t seconds,
                      uint64_t kilobytes);

#endif
