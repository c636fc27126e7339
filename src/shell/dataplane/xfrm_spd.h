#ifndef ENTENTE_DATAPLANE_XFRM_SPD_H
#define ENTENTE_DATAPLANE_XFRM_SPD_H

#include "dataplane/netlink.h"
#include "dataplane/xfrm_policy.h"

/* The kernel's SPD: our part of it, replaced as a whole. */

/* Why a replacement failed. */
struct xfrm_spd_failure {
    const struct xfrm_policy *policy_view; /* of `want`, that the kernel refused; NULL: none */
    int error;                             /* errno */
    bool is_broken; /* what was could not be put back: more than that is held now, nothing less */
};

/*
 * Puts `want` in force in place of what of ours the kernel holds: all of it or nothing. The kernel
 * has no transactions, so the order does it: new bypasses, then what protects or drops, then away
 * with the old ones that protect or drop, last with old bypasses. At every moment a packet that
 * both protect or drop meets a policy and no bypass, and one that both let go meets a bypass or no
 * policy. What is foreign is neither changed nor removed; a foreign policy in the very place of one
 * of ours is a failure (EEXIST).
 *
 * netlink  of NETLINK_XFRM.
 * failure  written on failure only.
 *
 * Returns STATUS_OK, NO_MEMORY, REFUSED (the kernel said no), or SYSTEM (netlink failed).
 */
enum status xfrm_spd_replace(struct netlink *netlink, const struct xfrm_policies *want,
                             struct xfrm_spd_failure *failure);

/* True when the kernel holds exactly `want` as our part. False also when it cannot be asked. */
bool xfrm_spd_is(struct netlink *netlink, const struct xfrm_policies *want);

#endif
