#ifndef ENTENTE_DATAPLANE_POLICY_PLANE_H
#define ENTENTE_DATAPLANE_POLICY_PLANE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct ipsec_policy;

/*
 * Where the policy is in force: what ipsecconf writes and the daemon only watches. It needs no
 * daemon and outlives it. `error` is the caller's; one line.
 */
struct policy_plane {
    const char *name; /* "user", "xfrm": what #PLANE says */
    /*
     * Puts `policy` in force in place of `loaded` (what is in force as far as the record says):
     * all of it or nothing, and no moment in which a packet that both protect or drop leaves in
     * clear or one that both let go is lost. An empty policy opens.
     *
     * Returns STATUS_OK, STATUS_REFUSED (an entry that this plane cannot hold), STATUS_NO_MEMORY
     * or STATUS_SYSTEM; then what was in force is in force.
     */
    enum status (*load)(const struct ipsec_policy *policy, const struct ipsec_policy *loaded,
                        char *error, size_t error_bytes);
    /* True when what is in force is this policy: nothing of it is missing. */
    bool (*is_loaded)(const struct ipsec_policy *policy);
};

extern const struct policy_plane policy_plane_user; /* the guard in nftables */
extern const struct policy_plane policy_plane_xfrm; /* the kernel's SPD */

/* By name; NULL: none of ours. */
const struct policy_plane *policy_plane_by_name(const char *name);

/*
 * The plane that `auto` means here: xfrm when the kernel takes an ESP SA (one is added and deleted
 * again, SPI and addresses of documentation), user when it says that it has no ESP or no XFRM.
 * Needs CAP_NET_ADMIN.
 */
const struct policy_plane *policy_plane_probe(void);

#endif
