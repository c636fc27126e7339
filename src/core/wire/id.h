#ifndef ENTENTE_WIRE_ID_H
#define ENTENTE_WIRE_ID_H

#include "base/selector.h"
#include "registry/identity_type.h"
#include "wire/message.h"

/* Body of an ID payload. RFC 2407 section 4.6.2 */
struct id_payload {
    uint8_t type;     /* enum identity_type, or a number unknown to us */
    uint8_t protocol; /* IP protocol; 0: any */
    uint16_t port;    /* host order; 0: any */
    struct view data;
};

/* Most octets of the data of an address, subnet or range. */
#define ID_ADDRESS_DATA_BYTES 32u

/*
 * Checks the data against the type (SEC-30): lengths of addresses, contiguous masks, ranges in
 * order, names that are not empty and hold no NUL. Unknown types are kept as they are.
 *
 * Returns STATUS_OK or STATUS_MALFORMED.
 */
enum status id_decode(const struct payload *payload, struct id_payload *out,
                      struct wire_error *error);

/* Writes the body: what HASH_I and HASH_R cover as IDii_b and IDir_b. */
void id_encode(struct writer *writer, const struct id_payload *id);

/* What Phase 1 may carry as protocol and port: (0,0), (17,500), (17,0), (0,500), (17,4500). V1-39
 */
bool id_port_fits_phase_1(const struct id_payload *id);

/* The addresses of an address, subnet or range identity; STATUS_UNEXPECTED for any other type. */
enum status id_range(const struct id_payload *id, struct address_range *out);

/*
 * The identity of a range: host, subnet or range, the first that says it (ikev1.md 12.4: a range
 * that is a prefix goes as subnet).
 *
 * storage  holds the data; lives as long as the identity.
 */
struct id_payload id_of_range(const struct address_range *range, uint8_t protocol, uint16_t port,
                              uint8_t storage[ID_ADDRESS_DATA_BYTES]);

/*
 * Phase 2 identities to a selector and back. Both must name the same protocol.
 *
 * Returns STATUS_OK, or STATUS_UNEXPECTED for identities that are no addresses, of two families or
 * of two protocols.
 */
enum status selector_of_ids(const struct id_payload *local, const struct id_payload *remote,
                            struct selector *out);

#endif
