#include "policy/ruleset.h"
#include "sim/sim_private.h"

/* Traffic that meets the policy of a host and finds no SA. */

static void acquire(struct sim_host *host, const struct ipsec_entry *entry,
                    const struct selector *packet, const struct address *remote)
{
    struct input input = {
        .kind = IN_ACQUIRE,
        .acquire =
            {
                .sequence = ++host->acquires,
                .reqid = entry->reqid,
                .packet = *packet,
                .local = host->address,
                .remote = *remote,
            },
    };

    if (entry->tunnel_source.family != ADDRESS_NONE)
        input.acquire.local = entry->tunnel_source;
    if (entry->tunnel_destination.family != ADDRESS_NONE)
        input.acquire.remote = entry->tunnel_destination;
    sim_input(host, &input);
}

enum status sim_acquire_packet(struct sim_host *host, const struct selector *packet,
                               const struct address *remote)
{
    const struct ipsec_entry *entry = ruleset_entry_for(host->loaded.rules_ref, packet, -1, -1);

    if (!entry || ipsec_entry_action(entry) != IPSEC_PROTECT)
        return STATUS_ABSENT;
    acquire(host, entry, packet, remote);
    return STATUS_OK;
}

/* A packet of the first entry that protects traffic of this host to that one. */
static const struct ipsec_entry *first_entry(const struct sim_host *host,
                                             const struct address *remote, struct selector *packet)
{
    const struct ruleset *rules = host->loaded.rules_ref;
    enum address_family family = (enum address_family)host->address.family;

    for (size_t i = 0; i < ruleset_entry_count(rules); i++) {
        const struct ipsec_entry *entry = ruleset_entry(rules, i);
        if (ipsec_entry_action(entry) != IPSEC_PROTECT || entry->direction == IPSEC_IN)
            continue;
        if (!ipsec_entry_is_tunnel(entry)) {
            if (!ipsec_entry_selector(entry, family, packet) ||
                !address_range_holds(&packet->local, &host->address) ||
                !address_range_holds(&packet->remote, remote))
                continue;
            packet->local = address_range_host(&host->address);
            packet->remote = address_range_host(remote);
            return entry;
        }
        if (!address_equal(&entry->tunnel_destination, remote))
            continue;
        if (!ipsec_entry_selector(entry, ADDRESS_IPV4, packet) &&
            !ipsec_entry_selector(entry, ADDRESS_IPV6, packet))
            continue;
        packet->local = address_range_host(&packet->local.first);
        packet->remote = address_range_host(&packet->remote.first);
        return entry;
    }
    return NULL;
}

enum status sim_acquire(struct sim *sim, struct sim_host *host, const struct sim_host *peer)
{
    struct selector packet;
    const struct ipsec_entry *entry = first_entry(host, &peer->address, &packet);

    (void)sim;
    if (!entry)
        return STATUS_ABSENT;
    acquire(host, entry, &packet, &peer->address);
    return STATUS_OK;
}

uint32_t sim_first_reqid(const struct sim_host *host)
{
    const struct ruleset *rules = host->loaded.rules_ref;

    for (size_t i = 0; i < ruleset_entry_count(rules); i++)
        if (ipsec_entry_action(ruleset_entry(rules, i)) == IPSEC_PROTECT)
            return ruleset_entry(rules, i)->reqid;
    return 0;
}
