#include "policy/ipsec_packet.h"

#include <stdlib.h>

#define PROTOCOL_UDP 17u
#define PROTOCOL_ESP 50u
#define PROTOCOL_AH 51u
#define PORT_IKE 500u
#define PORT_IKE_NAT 4500u

bool ipsec_packet_is_of(const struct ipsec_packet *packet, const struct ipsec_entry *entry)
{
    if (entry->direction != IPSEC_BOTH && entry->direction != packet->direction)
        return false;
    if (packet->is_forwarded && !ipsec_entry_is_tunnel(entry))
        return false;
    if (entry->interface[0] != '\0' && strcmp(entry->interface, packet->device_view) != 0)
        return false;
    return ipsec_entry_holds(entry, &packet->selector, packet->icmp_type, packet->icmp_code);
}

size_t ipsec_packet_entries(const struct ipsec_packet *packet, const struct ipsec_policy *policy,
                            const struct ipsec_entry **out)
{
    const struct ipsec_entry **order = calloc(policy->entry_count + 1, sizeof *order);
    size_t count = 0;

    if (!order)
        return SIZE_MAX;
    ipsec_policy_order(policy, order);
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (ipsec_packet_is_of(packet, order[i]))
            out[count++] = order[i];
    }
    free(order);
    return count;
}

static bool is_loopback(const struct ipsec_packet *packet)
{
    return address_is_loopback(&packet->selector.local.first) ||
           address_is_loopback(&packet->selector.remote.first) ||
           address_equal(&packet->selector.local.first, &packet->selector.remote.first);
}

/* What comes in for the daemon or for an SA is let in; what goes out is let go by its sockets. */
static bool is_ike(const struct ipsec_packet *packet)
{
    const struct selector *selector = &packet->selector;

    if (packet->direction != IPSEC_IN || packet->is_forwarded)
        return false;
    return selector->protocol == PROTOCOL_ESP || selector->protocol == PROTOCOL_AH ||
           (selector->protocol == PROTOCOL_UDP &&
            (selector->local_port == PORT_IKE || selector->local_port == PORT_IKE_NAT));
}

/* Only what goes through a tunnel's device asks for an entry. solaris.md 3.6 */
static bool misses_tunnel(const struct ipsec_packet *packet, const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->entry_count && packet->device_view[0] != '\0'; i++) {
        if (ipsec_entry_is_tunnel(&policy->entries_own[i]) &&
            strcmp(policy->entries_own[i].tunnel, packet->device_view) == 0)
            return true;
    }
    return false;
}

enum ipsec_fate ipsec_packet_fate(const struct ipsec_packet *packet,
                                  const struct ipsec_policy *policy,
                                  const struct ipsec_entry *winner)
{
    static const enum ipsec_fate fates[] = {
        [IPSEC_PROTECT] = FATE_PROTECTED,
        [IPSEC_BYPASS] = FATE_BYPASSED,
        [IPSEC_DROP] = FATE_DROPPED,
    };

    if (is_loopback(packet) || is_ike(packet))
        return FATE_EXEMPT;
    if (winner)
        return fates[ipsec_entry_action(winner)];
    return misses_tunnel(packet, policy) ? FATE_NOT_OF_TUNNEL : FATE_NO_ENTRY;
}
