#ifndef ENTENTE_DATAPLANE_TUNNEL_ROUTE_H
#define ENTENTE_DATAPLANE_TUNNEL_ROUTE_H

#include "base/status.h"
#include "dataplane/route_private.h"

struct ruleset;

/*
 * Makes the routes of the tunnels of these rules (NULL: none).
 *
 * use  ROUTE_USE_LOCAL: through PLANE_DEVICE. ROUTE_USE_ALL: by the device that leads to the
 *      tunnel's far end, where the kernel wraps the packets; a tunnel whose far end is not known
 *      or has no way to it gets none yet.
 *
 * Returns STATUS_OK, NO_MEMORY, or SYSTEM when not all could be made.
 */
enum status tunnel_routes_set(struct route *route, const struct ruleset *rules, enum route_use use);

#endif
