#ifndef ENTENTE_DAEMON_ENVIRONMENT_H
#define ENTENTE_DAEMON_ENVIRONMENT_H

#include "base/status.h"

/*
 * Makes the process what a daemon with secrets must be, whoever started it (SEC-163): descriptors
 * 0 to 2 open, unknown ones closed, umask 077, signals as by default but SIGPIPE ignored, no core
 * file, no ptrace by others, and of the environment only what systemd and the time zone need.
 */
enum status environment_init(void);

/*
 * Goes to the background in two steps, so that the exit status of the starter tells whether the
 * daemon is ready. environment_fork returns in the child only (0), or -1; the parent waits for
 * environment_ready in the child and exits 0, or 1 if the child ends before.
 */
int environment_fork(int *ready_fd);
void environment_ready(int ready_fd);

/* Tells the service manager, if there is one: "READY=1", "STOPPING=1". */
void environment_notify(const char *state);
/* The service manager started us: NOTIFY_SOCKET. */
int environment_is_supervised(void);

#endif
