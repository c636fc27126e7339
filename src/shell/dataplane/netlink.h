#ifndef ENTENTE_DATAPLANE_NETLINK_H
#define ENTENTE_DATAPLANE_NETLINK_H

#include <linux/netlink.h>

#include "base/status.h"
#include "base/view.h"

/*
 * A netlink socket with one outstanding batch of requests. The kernel behind it is a seam: tests
 * put a fake one there (netlink_over) for errors that a real one seldom gives.
 */
struct netlink;

/* What a socket does; errno as send(2) and recv(2) set it. */
struct netlink_wire {
    ssize_t (*send)(void *arg, const void *octets, size_t bytes);
    /* One datagram, never blocks longer than a second; 0 octets do not occur. *port: the sender's
     * port ID, 0 for the kernel. */
    ssize_t (*receive)(void *arg, void *octets, size_t bytes, uint32_t *port);
    int fd; /* to be waited for; -1: none */
    void *arg;
};

/* NULL with errno. groups: bits of RTMGRP- or XFRMNLGRP_ numbers (1 << (n - 1)), 0: none. */
struct netlink *netlink_open(int protocol, uint32_t groups);
struct netlink *netlink_over(const struct netlink_wire *wire); /* copies; NULL without memory */
void netlink_close(struct netlink *netlink);                   /* NULL is harmless */
int netlink_fd(const struct netlink *netlink);

/* A message of a dump or of a group; the view lives for the call. False ends a dump early. */
typedef bool netlink_message_fn(void *arg, const struct nlmsghdr *message);

/*
 * Sends requests, many in one datagram, and awaits one acknowledgement each: NLM_F_ACK, sequence
 * numbers and lengths are set here. `messages` lie one after the other, aligned.
 *
 * failed  index of the first request that was not done, and *error its errno; the requests after
 *         it were sent all the same when they stood in the same datagram. Untouched on success.
 *
 * Returns STATUS_OK; STATUS_REFUSED: the kernel said no to one; STATUS_SYSTEM: the socket failed,
 * or an answer did not come (then *error is ETIMEDOUT or the socket's).
 */
enum status netlink_do(struct netlink *netlink, struct view messages, size_t *failed, int *error);

/* Sends a dump request and gives each message; STATUS_AGAIN-like interruptions (NLM_F_DUMP_INTR)
 * are repeated here, so `each` may see an object twice. STATUS_OK, SYSTEM, REFUSED. */
enum status netlink_dump(struct netlink *netlink, const struct nlmsghdr *request,
                         netlink_message_fn *each, void *arg);

/*
 * Reads what came on a group. Only what the kernel sent counts (SEC-166).
 *
 * Returns STATUS_OK when nothing more is there; STATUS_LIMIT when messages were lost (ENOBUFS): the
 * caller reads everything anew; STATUS_SYSTEM.
 */
enum status netlink_read(struct netlink *netlink, netlink_message_fn *each, void *arg);

#endif
