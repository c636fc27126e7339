#ifndef ENTENTE_DATAPLANE_DATAGRAM_H
#define ENTENTE_DATAPLANE_DATAGRAM_H

#include <sys/socket.h>

#include "base/address.h"

#define DATAGRAM_BATCH 32u
#define DATAGRAM_MOST_BYTES 65535u
#define DATAGRAM_HEADROOM 64u /* free octets before and behind what was received */

/* One datagram of a batch. IPv4 and IPv6; port is 0 on raw sockets. */
struct datagram {
    struct endpoint local;
    struct endpoint remote;
    struct view bytes_view; /* received: lives until the next receive into the same batch */
    uint8_t *room;          /* received: the same octets to be written, DATAGRAM_HEADROOM around */
    uint8_t traffic_class;  /* TOS or traffic class of the IP header */
    uint8_t hop_limit;      /* TTL or hop limit; 0: not known */
    bool has_header;        /* to be sent: it begins with its IPv4 header, of 20 octets */
};

/* Buffers of one recvmmsg or sendmmsg; made once per event loop and shared by its sockets. */
struct datagram_batch;

/* NULL without memory. */
struct datagram_batch *datagram_batch_new(void);
void datagram_batch_free(struct datagram_batch *batch);

/*
 * Receives up to DATAGRAM_BATCH datagrams without blocking from a socket of ike_socket.h (it has
 * packet information switched on). Cut datagrams (MSG_TRUNC) are left out.
 *
 * local_port  of the socket: packet information holds the address only.
 *
 * Returns the number in `out` and sets *received to what the kernel gave, cut ones included: less
 * than DATAGRAM_BATCH means that the socket is empty.
 */
size_t datagram_receive(int fd, uint16_t local_port, struct datagram_batch *batch,
                        struct datagram out[DATAGRAM_BATCH], size_t *received);

/*
 * Sends one datagram made of `part_count` parts from path->local to path->remote, without blocking.
 *
 * traffic_class  -1: the socket's own.
 *
 * Returns STATUS_OK, STATUS_LIMIT when the socket's buffer is full, or STATUS_SYSTEM (see errno).
 */
enum status datagram_send(int fd, const struct path *path, const struct view *parts,
                          size_t part_count, int traffic_class);

/*
 * Sends up to DATAGRAM_BATCH datagrams at once through the batch, whose received octets stay; each
 * goes from `local` to `remote` with its traffic class. One that the kernel refuses (no route, too
 * long) is left out and the next is tried; one that has its header and is too long goes in
 * fragments, for the kernel makes none of those.
 *
 * Returns how many were taken, from the first: fewer than `count` means that the socket is full.
 */
size_t datagram_send_batch(int fd, struct datagram_batch *batch, const struct datagram *datagrams,
                           size_t count);

/* Address and port as the socket layer wants them; returns the length. */
socklen_t endpoint_to_socket(const struct endpoint *endpoint, struct sockaddr_storage *out);

/* The other way; family NONE for anything but IPv4 and IPv6. */
struct endpoint endpoint_of_socket(const struct sockaddr_storage *from);

#endif
