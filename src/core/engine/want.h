#ifndef ENTENTE_ENGINE_WANT_H
#define ENTENTE_ENGINE_WANT_H

#include "base/list.h"
#include "base/selector.h"
#include "base/status.h"

struct engine;
struct ike_sa;
struct input_acquire;
struct path;

/* A child SA to be made over an IKE SA when it may. Equal wants merge. */
struct want {
    struct list link;          /* in ike_sa->wants, until an exchange carries it */
    struct selector packet;    /* that asked, or the selector of the child that is replaced */
    struct selector selector;  /* of the SA to be made: the identities to be sent */
    uint32_t reqid;            /* of the policy entry */
    uint32_t acquire_sequence; /* 0: none */
    uint32_t replaced_spi;     /* our inbound SPI of the child to be replaced; 0: none */
    uint8_t attempts;          /* that failed because an SPI was taken */
    bool is_acquire;           /* counted among those that wait (SEC-120) */
};

/* How long an acquire that came to nothing for want of a rule or an entry is not looked at again,
 * and how many are remembered (SEC-173). */
#define WANT_REFUSED_S 10u
#define WANT_REFUSED_MOST 64u

/* Acquires that cannot be served; a keyed hash of entry and ends stands for each. */
struct want_refused {
    struct {
        uint64_t key, until_us;
    } slots[WANT_REFUSED_MOST];
};

/*
 * Has a want carried out over `sa`; NULL or ended: over one that stands between the ends of `path`,
 * or over a new one, begun for the rule that holds them. A refusal is reported.
 */
void want_begin(struct engine *engine, struct ike_sa *sa, const struct path *path,
                const struct want *want);

/* The data plane has traffic that no SA carries. */
void want_acquire(struct engine *engine, const struct input_acquire *acquire);

/* Queues a want unless an equal one is queued or under way. Returns OK, LIMIT or NO_MEMORY. */
enum status want_add(struct ike_sa *sa, const struct want *want);

/* Begins as many queued wants as may run at once (two a Phase 1 SA: V1-90). */
void want_run(struct ike_sa *sa);

/* Frees one that was queued; NULL is harmless. */
void want_free(struct engine *engine, struct want *want);

/* It did not come about: a child that was to be replaced is tried again later. */
void want_failed(struct engine *engine, const struct want *want);

/* Drops every want of an SA that ends. */
void want_clear(struct ike_sa *sa);

#endif
