#ifndef ENTENTE_DATAPLANE_PLANE_PRIVATE_H
#define ENTENTE_DATAPLANE_PLANE_PRIVATE_H

#include "dataplane/backend.h"
#include "dataplane/datagram.h"
#include "dataplane/delivery_queue.h"
#include "dataplane/fragment_private.h"
#include "dataplane/route_private.h"
#include "dataplane/waiting_private.h"
#include "esp/esp.h"

struct event;

/* What the files of the user-space plane share: userspace.c makes it, outbound.c and inbound.c
 * move packets through it. */

/* One socket that carries ESP or AH. */
struct plane_socket {
    struct backend *backend_back;
    struct event *event_own;
    int fd; /* -1: the family is not there */
    enum address_family family;
    bool is_udp; /* ESP, of port 4500; else raw */
    bool is_ah;  /* protocol 51; else 50 */
};

enum {
    PLANE_UDP_IPV4,
    PLANE_UDP_IPV6,
    PLANE_RAW_IPV4,
    PLANE_RAW_IPV6,
    PLANE_AH_IPV4,
    PLANE_AH_IPV6,
    PLANE_SOCKETS,
};

/* Packets from the device, each with ESP's room around it. */
struct outbound_slot {
    uint8_t octets[ESP_HEADROOM + FRAGMENT_PACKET_BYTES + ESP_TAILROOM];
};

struct backend {
    struct backend_options options;
    struct crypto *crypto_own;
    struct sad *sad_own;
    struct spd *spd_own;
    struct ruleset *rules_ref; /* NULL: no policy yet */
    int tun_fd;
    struct event *tun_event_own;
    struct plane_socket sockets[PLANE_SOCKETS];
    struct route *route_own;
    int route_watch_fd;
    int guard_watch_fd;
    struct guard_hold *guard_hold_own;
    struct event *route_event_own;
    struct event *guard_event_own;
    struct event *tick_event_own; /* once a second: limits, what waits, fragments */
    struct delivery_queue queue;  /* inputs to be given to the daemon */
    struct waiting *waiting_own;
    struct fragments *fragments_own;
    struct datagram_batch *batch_own; /* received */
    struct datagram_batch *send_batch_own;
    struct outbound_slot *slots_own; /* DATAGRAM_BATCH of them */
};

/* CLOCK_BOOTTIME: it goes on while the machine sleeps, as lifetimes do. */
uint64_t plane_now_us(void);

/* Queues an input; it is delivered from the loop (delivery_queue.h). */
void plane_deliver(struct backend *backend, const struct input *input);

void plane_log(const struct backend *backend, int severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands on what the SAs have to say since the last call: limits and foreign packets. */
void plane_drain_events(struct backend *backend);

/*
 * Uses these rules from now on: SPD, routes of the tunnels, and the guard if it is gone. On failure
 * the old ones stay.
 */
enum status plane_policy_set(struct backend *backend, struct ruleset *rules);

/* Makes the routes of the tunnels again: an address came or went. */
void plane_policy_route(struct backend *backend);

/* Puts the guard back that somebody removed. */
void plane_policy_guard(struct backend *backend);

/* Takes a batch from the device; false when it was empty. */
bool outbound_read(struct backend *backend);

/* Tries again what waits for SAs of this entry. */
void outbound_release(struct backend *backend, uint32_t reqid);

/* Takes a batch from the socket; false when it was empty. */
bool inbound_read(struct backend *backend, const struct plane_socket *socket);

#endif
