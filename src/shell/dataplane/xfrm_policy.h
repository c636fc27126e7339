#ifndef ENTENTE_DATAPLANE_XFRM_POLICY_H
#define ENTENTE_DATAPLANE_XFRM_POLICY_H

#include <linux/netlink.h>
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
    size_t template_count; /* in the order esp, ah: AH(ESP) on the wire */
    struct xfrm_mark mark; /* out: only packets made here; m 0: none */
    uint32_t reqid;        /* of the entry, ours; 0 in what the kernel says and has no template */
};

/* All policies of a policy, in match order, none with the same direction, selector and mark twice:
 * the kernel takes one, and the first in match order wins. */
struct xfrm_policies {
    struct xfrm_policy *items_own;
    size_t count;
};

/*
 * What the kernel must hold for a policy.
 *
 * A template says one set of protocols, so an entry with alternatives of several is held to the
 * first one's (ipsec_entry_is_of_first_set). A tunnel entry whose far end is not known blocks:
 * nothing of it may leave in clear. Fragments in transit show no ports, so a tunnel entry with
 * ports or ICMP types that protects or drops gets, after all entries, policies that block what
 * shows none. An interface is looked up by its name now; an entry of one that does not exist
 * becomes nothing.
 *
 * Returns STATUS_OK, NO_MEMORY, or REFUSED with a line for an entry that XFRM cannot hold. The
 * caller clears *out, in any case.
 */
enum status xfrm_policies_of(const struct ipsec_policy *policy, struct xfrm_policies *out,
                             char *error, size_t error_bytes);
void xfrm_policies_clear(struct xfrm_policies *policies);

/* Appends a copy; NO_MEMORY leaves it as it was. */
enum status xfrm_policies_add(struct xfrm_policies *policies, const struct xfrm_policy *policy);

#endif
