#ifndef ENTENTE_DATAPLANE_POLICY_PLANE_H
#define ENTENTE_DATAPLANE_POLICY_PLANE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct ipsec_policy;

/*
 * Where the policy is in force: what ipsecconf writes and the daemon only watches. It needs no
 * daemon and outlives it. `line` is the caller's: why not, or on success a remark ("": none).
 */
struct policy_plane {
    const char *name; /* "user", "xfrm": what #PLANE says */
    /*
     * Puts `policy` in force in place of what this plane holds of ours: all of it or nothing, and
     * no moment in which a packet that both protect or drop leaves in clear or one that both let go
     * is lost. An empty policy opens.
     *
     * Returns STATUS_OK, STATUS_REFUSED (an entry that this plane cannot hold), STATUS_NO_MEMORY
     * or STATUS_SYSTEM; then what was in force is in force.
     */
    enum status (*load)(const struct ipsec_policy *policy, char *line, size_t line_bytes);
    /* True when what is in force is this policy: nothing of it is missing. */
    bool (*is_loaded)(const struct ipsec_policy *policy);
    /*
     * Takes away all that this plane holds of ours: another one holds the policy now. Success where
     * this plane does not exist. Returns STATUS_OK, NO_MEMORY or SYSTEM with a line.
     */
    enum status (*remove)(char *line, size_t line_bytes);
};

extern const struct policy_plane policy_plane_user; /* the guard in nftables */
extern const struct policy_plane policy_plane_xfrm; /* the kernel's SPD */

/* By name; NULL: none of ours. */
const struct policy_plane *policy_plane_by_name(const char *name);

/* Takes away what the planes other than this one hold. STATUS_OK, or the first failure. */
enum status policy_plane_remove_others(const struct policy_plane *plane, char *line,
                                       size_t line_bytes);

/*
 * The plane that `auto` means here: xfrm when the kernel takes an ESP SA (one is added and deleted
 * again, SPI and addresses of documentation), user when it will not: no ESP or no XFRM. Needs
 * CAP_NET_ADMIN.
 */
const struct policy_plane *policy_plane_probe(void);

#endif
