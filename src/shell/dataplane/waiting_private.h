#ifndef ENTENTE_DATAPLANE_WAITING_PRIVATE_H
#define ENTENTE_DATAPLANE_WAITING_PRIVATE_H

#include "base/list.h"
#include "base/selector.h"

#define WAITING_PACKETS_MOST 64u   /* a rule */
#define WAITING_ACQUIRES_MOST 256u /* in all (SEC-120) */
#define WAITING_LIFE_US UINT64_C(30000000)
/* A negotiation that failed is asked for again so long after it was asked for, then twice as long;
 * one that still runs is joined by the engine. */
#define WAITING_PAUSE_US UINT64_C(2000000)

/* A packet that waits for its SA. */
struct waiting_packet {
    struct list link;
    size_t bytes;
    uint8_t octets[];
};

/*
 * First packets, kept while their SA is negotiated, and which negotiations have been asked for: one
 * for each policy entry and selector, asked again only after a pause that grows.
 */
struct waiting;

struct waiting *waiting_new(void); /* NULL without memory */
void waiting_free(struct waiting *waiting);

enum waiting_result {
    WAITING_ASK,  /* nobody has asked yet, or not for long: *sequence is the new acquire's number */
    WAITING_KEPT, /* kept */
    WAITING_FULL, /* dropped; the acquire stands */
};

/*
 * Keeps a copy of a packet.
 *
 * reqid, wanted  the policy entry and the selector of the SA to be made.
 */
enum waiting_result waiting_keep(struct waiting *waiting, uint64_t now_us, uint32_t reqid,
                                 const struct selector *wanted, struct view packet,
                                 uint32_t *sequence);

/*
 * Moves all packets of the entry to the end of `out`, in the order in which they came, for the
 * caller to try again and free. What still finds no SA comes back by waiting_keep, which does not
 * ask again before its time (an SA that was narrowed must not start a negotiation a packet);
 * waiting_settle then ends the acquires for which nothing waits any more.
 */
void waiting_release(struct waiting *waiting, uint32_t reqid, struct list *out);
void waiting_settle(struct waiting *waiting, uint32_t reqid);

/* Drops packets and acquires older than WAITING_LIFE_US; returns how many packets. */
size_t waiting_expire(struct waiting *waiting, uint64_t now_us);

/* Drops everything: the policy entries are gone. */
void waiting_clear(struct waiting *waiting);

size_t waiting_count(const struct waiting *waiting); /* of acquires */

#endif
