#ifndef ENTENTE_POLICY_IPSEC_PACKET_H
#define ENTENTE_POLICY_IPSEC_PACKET_H

#include "policy/ipsec_policy.h"

/* A packet in clear, as the policy sees it: before it is protected, or when it has come in. */
struct ipsec_packet {
    enum ipsec_direction direction; /* IPSEC_OUT or IPSEC_IN */
    bool is_forwarded;              /* not of this host: policy of tunnels alone sees it */
    struct selector selector;       /* one address each; local is the source of what goes out */
    int icmp_type;                  /* -1: none */
    int icmp_code;
    const char *device_view; /* that it leaves or comes by; "": not known */
};

enum ipsec_fate {
    FATE_PROTECTED, /* by the entry's algorithms, or it stays here */
    FATE_BYPASSED,
    FATE_DROPPED,
    FATE_NO_ENTRY,      /* passes: host policy */
    FATE_NOT_OF_TUNNEL, /* its device is a tunnel with entries, and none holds it: dropped */
    FATE_EXEMPT,        /* IKE and what it protects, loopback: whatever the entries say */
};

/* True when the entry holds the packet. An entry with an interface needs the packet's device. */
bool ipsec_packet_is_of(const struct ipsec_packet *packet, const struct ipsec_entry *entry);

/*
 * The entries that hold the packet, in match order: the first one decides (solaris.md 3.6). `out`
 * has room for policy->entry_count. Returns their number, or SIZE_MAX without memory.
 */
size_t ipsec_packet_entries(const struct ipsec_packet *packet, const struct ipsec_policy *policy,
                            const struct ipsec_entry **out);

/* What becomes of the packet when `winner` (NULL: none) is the first entry that holds it. */
enum ipsec_fate ipsec_packet_fate(const struct ipsec_packet *packet,
                                  const struct ipsec_policy *policy,
                                  const struct ipsec_entry *winner);

#endif
