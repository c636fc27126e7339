#ifndef ENTENTE_DATAPLANE_XFRM_POLICY_H
#define ENTENTE_DATAPLANE_XFRM_POLICY_H

#include <linux/xfrm.h>

#include "base/view.h"
#include "policy/ipsec_entry.h"

struct ipsec_policy;

/* Our own part of the kernel's tables: what is outside is somebody else's and stays (SEC-175). */
#define XFRM_PRIORITY_FIRST 0x0e000000u
#define XFRM_PRIORITY_LAST 0x0effffffu
#define XFRM_REQID_BASE 0x0e000000u /* + reqid of the entry */
#define XFRM_REQID_LAST 0x0effffffu

uint32_t xfrm_reqid(uint32_t reqid);      /* the kernel's number for an entry's */
uint32_t xfrm_reqid_back(uint32_t reqid); /* and back; 0: not ours */

/* One policy of the kernel, as a request carries it. */
struct xfrm_policy {
    struct xfrm_userpolicy_info info; /* selector, direction, action, priority */
    struct xfrm_user_tmpl templates[2];
    size_t template_count; /* in the order esp, ah */
    struct xfrm_mark mark; /* out: only packets made here; m 0: none */
    uint32_t reqid;        /* of the entry, ours */
};

/* All policies of a policy, in match order, none with the same direction and selector twice. */
struct xfrm_policies {
    struct xfrm_policy *items_own;
    size_t count;
};

/* STATUS_OK, NO_MEMORY, or REFUSED with a line for an entry that XFRM cannot hold. */
enum status xfrm_policies_of(const struct ipsec_policy *policy, struct xfrm_policies *out,
                             char *error, size_t error_bytes);
void xfrm_policies_clear(struct xfrm_policies *policies);

/* Appends a request (XFRM_MSG_NEWPOLICY, XFRM_MSG_UPDPOLICY or XFRM_MSG_DELPOLICY) to `out`,
 * aligned. False without memory. */
bool xfrm_policy_put(struct bytes *out, uint16_t type, const struct xfrm_policy *policy);

#endif
