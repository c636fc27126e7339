#ifndef ENTENTE_IDENTITY_IDENTITY_H
#define ENTENTE_IDENTITY_IDENTITY_H

#include "base/address.h"
#include "base/text.h"

/* What an ID payload says of who someone is. RFC 2407 section 4.6.2 */
struct identity {
    uint8_t type;     /* number of the ID type; 0: none */
    struct view data; /* the octets after protocol and port */
};

/* Identity of an address; data points into `address`, which must live as long. */
struct identity identity_of_address(const struct address *address);

/*
 * The addresses that an address, prefix or range identity spans. STATUS_UNEXPECTED for other types,
 * STATUS_MALFORMED for wrong lengths, holes in a mask, or a range upside down.
 */
enum status identity_range(const struct identity *identity, struct address_range *out);

/* Same type and octets; DNS names and the domain of a mailbox without regard to case. */
bool identity_equal(const struct identity *a, const struct identity *b);

/* "192.0.2.1", "10.0.0.0/8", "host.example.org", "type 11: 6b6579"; octets of a peer are escaped.
 */
void identity_text(const struct identity *identity, struct text *out);

#endif
