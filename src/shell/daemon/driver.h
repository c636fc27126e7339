#ifndef ENTENTE_DAEMON_DRIVER_H
#define ENTENTE_DAEMON_DRIVER_H

#include "daemon/log.h"
#include "daemon/material.h"
#include "daemon/random.h"
#include "daemon/sockets.h"
#include "daemon/trace_file.h"
#include "dataplane/backend.h"
#include "engine/engine.h"

struct answer;
struct event;
struct event_base;

/*
 * Drives an engine: gives it one input after the other, does what its effects say in their order,
 * and wakes it at its deadline. Keyring, sockets and data plane stand around it.
 */
struct driver {
    struct engine *engine_own;
    struct engine_options options;
    struct random_source random;
    struct event_base *loop_back;
    struct event *timer_own;
    struct answer *answers_own; /* of the keyring, not yet given to the engine; oldest first */
    struct log *log_back;
    struct sockets *sockets_back;
    struct material *material_back; /* in force: its keyring answers */
    struct trace_file *trace_back;  /* NULL: none */
    const struct backend_verbs *plane;
    struct backend *backend_back; /* NULL until it is open */
};

/*
 * Makes the engine and its timer. The caller has filled the members that end in _back (but the
 * backend) and the options but `random`. STATUS_OK or STATUS_NO_MEMORY.
 */
enum status driver_start(struct driver *driver);

/* Frees the engine with all of its keys; sends nothing. */
void driver_stop(struct driver *driver);

/* One input, and everything that follows from it, answers of the keyring among it. Not to be
 * called from within itself: sockets, data plane and control deliver from the loop. */
void driver_input(struct driver *driver, const struct input *input);

/* A new rule set, after material_back has become the new one. */
void driver_rules(struct driver *driver);

/* CLOCK_BOOTTIME and UTC. */
struct instant driver_now(void);

#endif
