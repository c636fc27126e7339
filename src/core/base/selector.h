#ifndef ENTENTE_BASE_SELECTOR_H
#define ENTENTE_BASE_SELECTOR_H

#include "base/address.h"

#define PROTOCOL_ANY 0u
#define PORT_ANY 0u

/* Whose traffic, from this host's point of view. Ports are host order; 0 is any. */
struct selector {
    struct address_range local;
    struct address_range remote;
    uint8_t protocol; /* IP protocol number, PROTOCOL_ANY */
    uint16_t local_port;
    uint16_t remote_port;
};

/* "192.0.2.1 - 192.0.2.2 tcp/80", written with NUL; returns `out`. */
#define SELECTOR_TEXT_BYTES (2 * ADDRESS_TEXT_BYTES + 48u)
const char *selector_text(const struct selector *selector, char out[SELECTOR_TEXT_BYTES]);

bool selector_equal(const struct selector *a, const struct selector *b);

/* True when every packet of `inner` is one of `outer` (any covers one). */
bool selector_covers(const struct selector *outer, const struct selector *inner);

#endif
