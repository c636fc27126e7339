#ifndef ENTENTE_DATAPLANE_ROUTE_PRIVATE_H
#define ENTENTE_DATAPLANE_ROUTE_PRIVATE_H

#include "base/address.h"

/* One netlink socket for requests that are answered at once (rtnetlink of this namespace). */
struct route;

/* NULL with a line in `error` when netlink is not to be had. */
struct route *route_open(char *error, size_t error_bytes);
void route_close(struct route *route);

/*
 * Makes PLANE_DEVICE ready: MTU, src_valid_mark (so that strict rp_filter finds it by the mark
 * *arrived*), no IPv6 address of its own, up. Then the FIB rules and the default routes of table
 * PLANE_TABLE, after whatever an earlier daemon that was killed has left. An IPv6 that the kernel
 * does not have is left out.
 *
 * Returns STATUS_OK, or STATUS_SYSTEM with a line in `error`.
 */
enum status route_start(struct route *route, char *error, size_t error_bytes);

/* Takes away the rules; routes go with the device, or are nothing without them. */
void route_stop(struct route *route);

/* A tunnel entry: packets to `remote` need a route and a source before they exist. */
struct route_tunnel {
    struct address_range local;  /* of the inner side here */
    struct address_range remote; /* a prefix; not of length 0 */
    unsigned device;             /* index; by which the packets go */
};

enum route_use {
    ROUTE_USE_LOCAL, /* for packets made here; what is forwarded is led by its mark */
    ROUTE_USE_ALL,   /* and for what is forwarded and has no other route */
};

/*
 * Makes the routes of table PLANE_TABLE, and the rules that lead packets there, be those of
 * `tunnels`. `src` of each is an address of this host within `local`, if it has one.
 */
enum status route_set_tunnels(struct route *route, const struct route_tunnel *tunnels,
                              size_t tunnel_count, enum route_use use);

/* Index of the device by which packets to this address leave now; 0: there is no way. */
unsigned route_device_to(struct route *route, const struct address *to);

/*
 * A netlink socket that becomes readable when an address of this host comes or goes; with
 * ROUTE_USE_ALL, when a route does too. -1: errno.
 */
int route_watch_open(enum route_use use);

/* Reads it empty. True when something came that was not a route of PLANE_TABLE: those are ours. */
bool route_watch_read(int fd);

#endif
