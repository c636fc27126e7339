#ifndef ENTENTE_TESTS_UNIT_DATAPLANE_POLICY_MATERIAL_H
#define ENTENTE_TESTS_UNIT_DATAPLANE_POLICY_MATERIAL_H

#include "dataplane/xfrm_policy.h"
#include "policy/ipsec_policy.h"
#include "support/fake_kernel.h"

/* Policies and packets for the tests of the kernel's SPD. */

/* Parsed text of ipsecinit.conf; fails the test when it has a mistake. */
struct ipsec_policy *policy_of_text(const char *text);

/* A policy of so many entries over a few addresses, ports and ICMP types: they overlap a lot. */
struct ipsec_policy *policy_of_seed(uint64_t *seed, size_t entries);

/* A packet as the kernel's look-up sees it, and as an entry does. */
struct test_packet {
    uint8_t direction; /* XFRM_POLICY_... */
    struct fake_flow flow;
    struct selector selector; /* from this host's point of view */
    int type;                 /* of ICMP, else -1 */
    int code;
};

struct test_packet packet_of_seed(uint64_t *seed);

/* What the policy means for the packet: the place of its entry in match order, -1: none. */
int policy_decides(const struct ipsec_policy *policy, const struct test_packet *packet);

/* The same as the kernel's tables have it; -2: what blocks fragments. */
int kernel_decides(const struct fake_kernel *kernel, const struct test_packet *packet);

/* Uniform, 0 to below - 1. */
unsigned draw(uint64_t *seed, unsigned below);

/* Puts policies into the tables, as somebody who may. */
void kernel_hold(struct netlink *netlink, const struct xfrm_policies *policies);

#endif
