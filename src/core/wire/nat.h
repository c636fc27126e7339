#ifndef ENTENTE_WIRE_NAT_H
#define ENTENTE_WIRE_NAT_H

#include "base/address.h"
#include "wire/message.h"

/* NAT-D bodies are hashes, read as they stand. NAT-OA: an original address. RFC 3947 section 5.2 */

/* Returns STATUS_OK, or STATUS_MALFORMED for a type other than IPv4 or IPv6 or a wrong length. */
enum status nat_original_decode(const struct payload *payload, struct address *out,
                                struct wire_error *error);
void nat_original_encode(struct writer *writer, const struct address *address);

#endif
