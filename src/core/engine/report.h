#ifndef ENTENTE_ENGINE_REPORT_H
#define ENTENTE_ENGINE_REPORT_H

#include "contract/event.h"
#include "contract/record.h"
#include "identity/identity.h"

struct child_sa;
struct engine;
struct ike_sa;
struct refusal;

/* Lines that strangers cause are bounded: a few counted slots, not a table that they can grow. */
#define REPORT_SLOTS 64u
#define REPORT_LINES_PER_SECOND 10u
/* Lines that our own traffic causes: so many at once, and one more each so many seconds. Strangers
 * do not use them up, nor the other way round. */
#define REPORT_LOCAL_LINES 10u
#define REPORT_LOCAL_LINE_S 6u

struct report_slot {
    uint64_t key; /* keyed hash of kind, reason and prefix */
    uint64_t said_us;
    uint32_t suppressed;
};

struct report {
    struct report_slot slots[REPORT_SLOTS];
    uint64_t second; /* that `lines` counts */
    uint32_t lines;
    uint64_t local_us; /* until then, lines have been given back */
    uint32_t local_lines;
    uint32_t local_suppressed;
    uint32_t debug; /* enum event_category */
};

/*
 * Begins an event about an IKE SA (or NULL) at a path: fields known from them are filled. The
 * caller adds more and calls report_event.
 */
struct ike_event report_begin(enum event_kind kind, const struct ike_sa *sa,
                              const struct path *path);

/* Queues it when its category is asked for and its class has budget left. */
void report_event(struct engine *engine, const struct ike_event *event);

/* The same for a pair of IPsec SAs. */
struct ike_event report_begin_child(enum event_kind kind, const struct child_sa *child);

/* Counts a dropped datagram, and says so when debugging. */
void report_drop(struct engine *engine, const struct ike_sa *sa, const struct path *path,
                 enum drop_reason reason);

/* One line for a refusal. */
void report_refusal(struct engine *engine, const struct ike_sa *sa, const struct path *path,
                    const struct refusal *refusal);

/* "aes-cbc(128), sha1, modp2048, preshared" in the arena of the effects. */
const char *report_ike_suite(struct engine *engine, const struct ike_sa *sa);

/* The text of an identity there. */
const char *report_identity(struct engine *engine, const struct identity *identity);

#endif
