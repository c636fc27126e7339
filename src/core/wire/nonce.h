#ifndef ENTENTE_WIRE_NONCE_H
#define ENTENTE_WIRE_NONCE_H

#include "wire/message.h"

#define NONCE_LEAST_BYTES 8u
#define NONCE_MOST_BYTES 256u

/* The nonce in clear: 8 to 256 octets, else STATUS_MALFORMED. RFC 2409 section 5, SEC-20, V1-34 */
enum status nonce_decode(const struct payload *payload, struct view *out, struct wire_error *error);

#endif
