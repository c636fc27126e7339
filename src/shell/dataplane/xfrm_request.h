#ifndef ENTENTE_DATAPLANE_XFRM_REQUEST_H
#define ENTENTE_DATAPLANE_XFRM_REQUEST_H

#include "dataplane/xfrm_policy.h"

/* Policies as netlink carries them. */

/* Appends a request (XFRM_MSG_NEWPOLICY, XFRM_MSG_UPDPOLICY or XFRM_MSG_DELPOLICY) to `out`,
 * aligned. False without memory. */
bool xfrm_policy_put(struct bytes *out, uint16_t type, const struct xfrm_policy *policy);

/*
 * Reads a policy that the kernel tells of (XFRM_MSG_NEWPOLICY).
 *
 * Returns true when it is one of ours: of the band of priorities, with no template of another band
 * of reqids, and of the main table. Anything else, malformed included, is somebody else's.
 */
bool xfrm_policy_take(const struct nlmsghdr *message, struct xfrm_policy *out);

/* Same key and same effect. */
bool xfrm_policy_equal(const struct xfrm_policy *a, const struct xfrm_policy *b);

#endif
