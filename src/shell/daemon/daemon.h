#ifndef ENTENTE_DAEMON_DAEMON_H
#define ENTENTE_DAEMON_DAEMON_H

#include "control/host.h"
#include "control/server.h"
#include "daemon/driver.h"
#include "daemon/options.h"

#define SIGNALS_COUNT 3u

/* The daemon in its one process: worker, keyring and data plane side by side. */
struct daemon {
    const struct options *options;
    struct material_sources sources;
    struct log log;
    struct event_base *loop_own;
    struct crypto *crypto_own;
    struct material material; /* in force */
    struct sockets sockets;
    struct trace_file trace;
    const struct backend_verbs *plane; /* chosen once, at the start */
    struct driver driver;
    struct control_host host;
    struct control_server *server_own;
    struct event *signals_own[SIGNALS_COUNT];
    int address_fd;            /* tells of addresses that come and go; -1: none */
    struct event *address_own; /* of address_fd */
    struct event *follow_own;  /* a moment after: one comes rarely alone */
    struct event *reload_own;  /* a moment after SIGHUP: a storm of them is one reload */
    uint32_t debug_bits;
    enum privilege privilege;
    int ready_fd; /* of environment_fork; -1: in the foreground */
};

/*
 * Runs until SIGTERM. Returns the exit status: 1, after a line on stderr, when it cannot start.
 */
int daemon_run(const struct options *options);

/*
 * Reads all files again and uses them from now on, or says every mistake and changes nothing.
 *
 * error  the mistakes, a line each, for whoever asked; may be cut.
 *
 * Returns STATUS_OK or STATUS_REFUSED.
 */
enum status daemon_reload(struct daemon *daemon, struct text *error);

/* After addresses came or went: what names an interface is made anew, without reading a file. */
void daemon_follow(struct daemon *daemon);

/* The verbs of control/host.h over this daemon. */
void daemon_host_init(struct daemon *daemon);

/* A policy that ipsecconf loaded into another plane than ours cannot be served. */
enum status daemon_plane_fits(const struct backend_verbs *ours, const struct material *material,
                              struct text *error);

#endif
