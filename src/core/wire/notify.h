#ifndef ENTENTE_WIRE_NOTIFY_H
#define ENTENTE_WIRE_NOTIFY_H

#include "registry/notify.h"
#include "registry/protocol_number.h"
#include "wire/message.h"

/* Body of a notify payload. RFC 2408 section 3.14 */
struct notify_payload {
    uint32_t doi;
    uint8_t protocol; /* enum ipsec_protocol, unchecked: never echoed (SEC-28) */
    uint16_t type;    /* enum notify_type */
    struct view spi;  /* both cookies, an IPsec SPI, or empty */
    struct view data;
};

/* Returns STATUS_OK, or STATUS_MALFORMED for an SPI past the end. */
enum status notify_decode(const struct payload *payload, struct notify_payload *out,
                          struct wire_error *error);
void notify_encode(struct writer *writer, const struct notify_payload *notify);

#endif
