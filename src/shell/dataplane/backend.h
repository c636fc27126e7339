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
};

extern const struct backend_verbs backend_user;

#endif
