#ifndef ENTENTE_DATAPLANE_BACKEND_H
#define ENTENTE_DATAPLANE_BACKEND_H

#include "contract/effect.h"
#include "contract/input.h"

struct event_base;
struct ruleset;

/*
 * The seam between the daemon and what carries IPsec. A backend takes the SA asks and deletes and
 * gives inputs back (acquire, expire, answers); it never calls the engine, it queues.
 */
struct backend_options {
    struct event_base *loop_back; /* libevent; the backend registers its own descriptors */
    /* Called from the loop, never from within a backend call. */
    void (*deliver)(void *arg, const struct input *input);
    /* A line for the log: severity of contract/event.h and text. */
    void (*log)(void *arg, int severity, const char *line);
    void *arg;
    bool encapsulate_always; /* nat_traversal force or auto on this plane */
    const char *run_dir; /* where the loaded policy's record is; outlives the plane; NULL: none */
};

/* Other outer ends for both directions of a pair; keys, numbers and counters go on. */
struct sa_move {
    enum sa_direction direction;
    enum ipsec_protocol protocol;
    uint32_t spi;
    struct address destination; /* as installed */
    struct path path;           /* the new one */
};

struct backend; /* each implementation has its own */

struct backend_verbs {
    const char *name; /* "user", "xfrm" */
    /* NULL with a message in `error` (the caller's, error_bytes) when the plane cannot start. */
    struct backend *(*open)(const struct backend_options *options, char *error, size_t error_bytes);
    /* Removes devices, routes and rules; the guard stays: nothing may leave in clear. */
    void (*close)(struct backend *backend);
    /* Uses the policy entries of this rule set from now on; SAs stay. Holds it. */
    enum status (*policy)(struct backend *backend, struct ruleset *rules);
    /* Answers by `deliver` with an IN_ANSWER of this ticket. */
    void (*sa_add)(struct backend *backend, uint64_t ticket, const struct ask_sa_add *ask);
    void (*sa_delete)(struct backend *backend, const struct effect_sa_delete *effect);
    /* ABSENT when there is no such SA; SYSTEM when the kernel would not: it is as it was. */
    enum status (*sa_move)(struct backend *backend, const struct sa_move *move);
};

extern const struct backend_verbs backend_user;
extern const struct backend_verbs backend_xfrm;

#endif
