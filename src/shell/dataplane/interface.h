#ifndef ENTENTE_DATAPLANE_INTERFACE_H
#define ENTENTE_DATAPLANE_INTERFACE_H

#include "base/view.h"
#include "policy/ipsec_policy.h"

/* An address that a device of this host has now. */
struct interface_address {
    char name[IPSEC_INTERFACE_NAME_BYTES];
    struct address address;
};

struct interface_addresses {
    struct interface_address *items_own;
    size_t count;
};

/* Reads them all, *out being empty. Returns STATUS_OK, STATUS_SYSTEM (see errno) or NO_MEMORY. */
enum status interface_addresses_read(struct interface_addresses *out);
void interface_addresses_clear(struct interface_addresses *addresses);

/*
 * What stands for the addresses of an interface that has none: nobody's, so that what is made for
 * it holds nothing.
 */
struct address interface_no_address(enum address_family family);

bool interface_policy_names_any(const struct ipsec_policy *policy);

/*
 * Copies a policy, and puts before an entry that names an interface the same once for each address
 * of that interface that its pattern holds, all with the reqid of the one. Those that were made so
 * before are made anew. The caller frees *out with ipsec_policy_free. Returns STATUS_OK, or LIMIT
 * or NO_MEMORY.
 */
enum status interface_policy_expand(const struct ipsec_policy *policy,
                                    const struct interface_addresses *addresses,
                                    struct ipsec_policy **out);

/* A netlink socket that becomes readable when an address or a device of this host comes or goes, or
 * changes; -1: errno. */
int interface_watch_open(void);

#endif
