#ifndef ENTENTE_CONTROL_SERVER_H
#define ENTENTE_CONTROL_SERVER_H

#include "control/host.h"

struct event_base;

/*
 * The daemon's end of the administration channel: RUN_DIR/ike_door, mode 0600. Clients are checked
 * by their credentials (root or our own user), bounded in number, in the length of a line and in
 * time (SEC-157, SEC-158).
 */
struct control_server;

struct control_server_options {
    struct event_base *loop_back;
    const char *run_dir;
    const struct control_host *host_back; /* outlives the server */
    /* A line for the log: refused clients, failures. */
    void (*log)(void *arg, int severity, const char *line);
    void *log_arg;
    unsigned request_s; /* for a whole request, and again for its answer; 0: 10 */
};

/*
 * Listens; a socket left by a daemon that is gone is replaced, one that answers is not:
 * STATUS_EXISTS. `error` says why not.
 */
enum status control_server_open(const struct control_server_options *options,
                                struct control_server **out, struct text *error);

/* Closes every client and removes the socket's file. */
void control_server_close(struct control_server *server);

#endif
