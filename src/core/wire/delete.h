#ifndef ENTENTE_WIRE_DELETE_H
#define ENTENTE_WIRE_DELETE_H

#include "registry/protocol_number.h"
#include "wire/message.h"

/* Body of a delete payload. RFC 2408 section 3.15 */
struct delete_payload {
    uint32_t doi;
    uint8_t protocol; /* enum ipsec_protocol */
    uint8_t spi_bytes;
    uint16_t spi_count;
    struct view spis; /* spi_count times spi_bytes, exactly */
};

/*
 * Returns STATUS_OK, or STATUS_MALFORMED when count times size is not what the body holds, or the
 * size is not the protocol's: 16 for ISAKMP, 4 for AH and ESP, 2 or 4 for IPCOMP (SEC-29, V1-69).
 */
enum status delete_decode(const struct payload *payload, struct delete_payload *out,
                          struct wire_error *error);
void delete_encode(struct writer *writer, const struct delete_payload *delete);

/* The n-th SPI, n < spi_count. */
struct view delete_spi(const struct delete_payload *delete, size_t nth);

#endif
