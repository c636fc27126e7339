#ifndef ENTENTE_DAEMON_CHECK_H
#define ENTENTE_DAEMON_CHECK_H

#include "daemon/options.h"

/*
 * -c: reads ike/config and, where it may, ike.preshared; says every mistake, warning and note on
 * stderr. Needs no rights. Returns the exit status: 0 when the daemon would start with them,
 * else 1.
 */
int check_run(const struct options *options);

/* --replay FILE: does again what a trace holds and prints its lines; 0 when all was the same. */
int replay_run(const struct options *options);

#endif
