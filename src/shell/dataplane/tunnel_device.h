#ifndef ENTENTE_DATAPLANE_TUNNEL_DEVICE_H
#define ENTENTE_DATAPLANE_TUNNEL_DEVICE_H

#include "policy/ipsec_policy.h"
#include "policy/resolver.h"

/* What the kernel's tunnel device of this name says of itself; false: there is none. */
typedef bool tunnel_find_fn(const char *name, struct tunnel_device *out);
tunnel_find_fn tunnel_device_find;

/* True when something that was typed is about a tunnel, whether anything came of it or not. */
bool tunnel_policy_names_any(const struct ipsec_policy *policy);

/* True when an entry of `negotiate tunnel` waits for the device that says its far end. */
bool tunnel_policy_waits(const struct ipsec_policy *policy);

/*
 * Gives such entries the ends of their devices, those that are there. Index, reqid and pattern
 * stay. Returns how many entries got theirs.
 */
size_t tunnel_policy_attach(struct ipsec_policy *policy, tunnel_find_fn *find);

#endif
