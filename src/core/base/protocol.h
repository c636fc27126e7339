#ifndef ENTENTE_BASE_PROTOCOL_H
#define ENTENTE_BASE_PROTOCOL_H

#include "base/view.h"

/*
 * IP protocols that have a name here without /etc/protocols, which a bare system does not have;
 * IANA "Assigned Internet Protocol Numbers".
 */

/* The name of `number`, static; NULL when it has none here. */
const char *protocol_name(uint8_t number);

/* The number of a name, an alias too, in this exact case; -1 when it is not one of them. */
int protocol_number(struct view name);

/*
 * Upper layers that have ports where the policy's port words look for them. An entry with ports and
 * no protocol means these.
 */
#define PROTOCOLS_WITH_PORTS 5u
extern const uint8_t protocols_with_ports[PROTOCOLS_WITH_PORTS];

#endif
