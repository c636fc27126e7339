#ifndef ENTENTE_DATAPLANE_NETLINK_H
#define ENTENTE_DATAPLANE_NETLINK_H

#include <linux/netlink.h>
#include <sys/types.h>

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
    /*
     * One datagram; waits up to wait_ms for it (0: not at all), then -1 with EAGAIN. Returns its
     * true length, more than `bytes` when it was cut; 0 is a datagram without octets. *port: the
     * sender's port ID, 0 for the kernel.
     */
    ssize_t (*receive)(void *arg, void *octets, size_t bytes, int wait_ms, uint32_t *port);
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

/* Requests of one datagram, at most: their answers must fit the socket's buffer. */
#define NETLINK_BATCH_MESSAGES 128u
#define NETLINK_BATCH_BYTES 65536u

/*
 * Sends requests, many in one datagram, and awaits one acknowledgement each: NLM_F_REQUEST,
 * NLM_F_ACK and sequence numbers are set here. `messages` lie one after the other, aligned. What a
 * group says meanwhile is lost: groups have a socket of their own.
 *
 * failed  index of the first request that was not done, and *error its errno; the requests after
 *         it were sent all the same when they stood in the same datagram. Untouched on success.
 *
 * Returns STATUS_OK; STATUS_REFUSED: the kernel said no to one; STATUS_SYSTEM: the socket failed,
 * or an answer did not come within a second (then *error is the socket's or ETIMEDOUT, and whether
 * the requests from *failed on were done is not known); STATUS_MALFORMED: not messages, or one
 * larger than a batch: from its batch on nothing was sent.
 */
enum status netlink_do(struct netlink *netlink, struct view messages, size_t *failed, int *error);

/*
 * Sends a dump request (NLM_F_REQUEST, NLM_F_DUMP and the number are set here) and gives each
 * message of the answer. A dump that changes under way (NLM_F_DUMP_INTR) is repeated, so `each`
 * may see an object twice.
 *
 * Returns STATUS_OK, also when `each` ended it; STATUS_REFUSED: the kernel said no; STATUS_SYSTEM:
 * the socket failed or the answer was late, cut, lost or never whole; *error as above.
 */
enum status netlink_dump(struct netlink *netlink, const struct nlmsghdr *request,
                         netlink_message_fn *each, void *arg, int *error);

/*
 * Asks for one object and gives each message of the answer. Returns and *error as netlink_dump; an
 * object that is not there is STATUS_REFUSED with the kernel's errno.
 */
enum status netlink_get(struct netlink *netlink, const struct nlmsghdr *request,
                        netlink_message_fn *each, void *arg, int *error);

/*
 * Reads what came on a group, without waiting. Only what the kernel sent counts (SEC-166); `each`
 * must not use this netlink.
 *
 * Returns STATUS_OK when nothing more is there; STATUS_LIMIT when messages were lost (ENOBUFS)
 * or cut: the caller reads everything anew; STATUS_SYSTEM (see errno).
 */
enum status netlink_read(struct netlink *netlink, netlink_message_fn *each, void *arg);

#endif
