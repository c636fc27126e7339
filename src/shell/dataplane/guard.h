#ifndef ENTENTE_DATAPLANE_GUARD_H
#define ENTENTE_DATAPLANE_GUARD_H

#include "base/view.h"

struct ipsec_policy;

/*
 * The guard: one nftables table that keeps protected traffic off the wire in clear, whether or not
 * a daemon runs. It is made of the policy's entries in match order. It marks what is to be
 * protected (route.c leads that to PLANE_DEVICE), drops what is so marked on any other device, and
 * drops what should have come protected and came in clear.
 */

/* The table comes twice: one outlives every process, one is held by the daemon while it lives. */
enum guard_copy {
    GUARD_LASTING,
    GUARD_HELD, /* the kernel lets nobody else flush or delete it ("flags owner") */
    /*
     * Another table, for policies in the kernel's SPD, which know addresses alone: it drops what an
     * entry with an interface holds while that has an address for which there is no policy yet, and
     * what goes through a tunnel's device and no entry of the tunnel lets pass.
     */
    GUARD_DEVICES,
};

/*
 * The table as one nft script that replaces what is loaded at once; an empty policy makes an empty
 * table (which shows the daemon that it is wanted so).
 *
 * Returns STATUS_OK, or STATUS_NO_MEMORY.
 */
enum status guard_text(const struct ipsec_policy *policy, enum guard_copy copy, struct bytes *out);

/*
 * Loads it. Atomic: on failure what was loaded stays.
 *
 * error  the caller's: what libnftables says, one line.
 *
 * Returns STATUS_OK, STATUS_NO_MEMORY or STATUS_SYSTEM.
 */
enum status guard_load(const struct ipsec_policy *policy, char *error, size_t error_bytes);

/* Loads or, for a policy that names no device, removes the table GUARD_DEVICES. As above. */
enum status guard_devices_load(const struct ipsec_policy *policy, char *error, size_t error_bytes);

/* True when the table is loaded. */
bool guard_is_loaded(void);

/*
 * Removes the table: the one explicit way to open the guard. Absent is success.
 */
enum status guard_remove(char *error, size_t error_bytes);

/*
 * The copy that the daemon holds, so that a foreign `flush ruleset` opens nothing while it runs. It
 * goes with the process or with guard_release.
 */
struct guard_hold;
struct guard_hold *guard_hold_new(void); /* NULL without memory */
/* Replaces what is held at once; on failure that stays. SYSTEM also where the kernel has no owned
 * tables (before 5.12). */
enum status guard_hold_load(struct guard_hold *hold, const struct ipsec_policy *policy, char *error,
                            size_t error_bytes);
void guard_release(struct guard_hold *hold); /* NULL is harmless */

/* A netlink socket that tells of changed nftables tables; -1 (see errno). */
int guard_watch_open(void);

/*
 * Reads what is there. True when our table was removed and not put back since: a foreign `flush
 * ruleset` did it, or notifications were lost and it is not loaded now.
 */
bool guard_watch_read(int fd);

#endif
