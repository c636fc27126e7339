#include "dataplane/tunnel_route.h"

#include <net/if.h>
#include <stdlib.h>

#include "dataplane/mark.h"
#include "policy/ruleset.h"

static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};

static bool tunnel_of(const struct ipsec_entry *entry, enum address_family family,
                      struct route_tunnel *out)
{
    struct selector selector;

    if (!ipsec_entry_is_tunnel(entry) || ipsec_entry_action(entry) != IPSEC_PROTECT ||
        entry->mode != CHILD_TUNNEL || entry->direction == IPSEC_IN ||
        !ipsec_entry_selector(entry, family, &selector) ||
        address_range_prefix_bits(&selector.remote) <= 0)
        return false;
    *out = (struct route_tunnel){.local = selector.local, .remote = selector.remote};
    return true;
}

static unsigned device_of(struct route *route, const struct ipsec_entry *entry, enum route_use use)
{
    if (use == ROUTE_USE_LOCAL)
        return if_nametoindex(PLANE_DEVICE);
    if (entry->tunnel_destination.family == ADDRESS_NONE)
        return 0;
    return route_device_to(route, &entry->tunnel_destination);
}

enum status tunnel_routes_set(struct route *route, const struct ruleset *rules, enum route_use use)
{
    size_t entry_count = rules ? ruleset_entry_count(rules) : 0;
    struct route_tunnel *tunnels = calloc(COUNT(families) * entry_count + 1, sizeof *tunnels);
    enum status status;
    size_t count = 0;

    if (!tunnels)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < entry_count; i++) {
        const struct ipsec_entry *entry = ruleset_entry(rules, i);
        for (size_t f = 0; f < COUNT(families); f++) {
            if (!tunnel_of(entry, families[f], &tunnels[count]))
                continue;
            tunnels[count].device = device_of(route, entry, use);
            count += tunnels[count].device != 0;
        }
    }
    status = route_set_tunnels(route, tunnels, count, use);
    free(tunnels);
    return status;
}
