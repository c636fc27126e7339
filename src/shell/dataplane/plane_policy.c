#include <stdlib.h>

#include "contract/event.h"
#include "dataplane/guard.h"
#include "dataplane/plane_private.h"
#include "dataplane/plane_spd.h"
#include "policy/ruleset.h"

static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};

static bool tunnel_of(const struct ipsec_entry *entry, enum address_family family,
                      struct route_tunnel *out)
{
    struct selector selector;

    if (!ipsec_entry_is_tunnel(entry) || ipsec_entry_action(entry) != IPSEC_PROTECT ||
        entry->direction == IPSEC_IN || !ipsec_entry_selector(entry, family, &selector) ||
        address_range_prefix_bits(&selector.remote) <= 0)
        return false;
    *out = (struct route_tunnel){selector.local, selector.remote};
    return true;
}

void plane_policy_route(struct backend *backend)
{
    size_t entry_count = backend->rules_ref ? ruleset_entry_count(backend->rules_ref) : 0;
    struct route_tunnel *tunnels = calloc(COUNT(families) * entry_count + 1, sizeof *tunnels);
    size_t count = 0;

    if (!tunnels)
        return;
    for (size_t i = 0; i < entry_count; i++)
        for (size_t f = 0; f < COUNT(families); f++)
            if (tunnel_of(ruleset_entry(backend->rules_ref, i), families[f], &tunnels[count]))
                count++;
    if (route_set_tunnels(backend->route_own, tunnels, count) != STATUS_OK)
        plane_log(backend, SEVERITY_ERROR, "cannot make the routes of all tunnels");
    free(tunnels);
}

void plane_policy_guard(struct backend *backend)
{
    char reason[256] = "out of memory";

    if (!backend->rules_ref)
        return;
    if (guard_load(ruleset_policy(backend->rules_ref), reason, sizeof reason) == STATUS_OK)
        plane_log(backend, SEVERITY_ALERT,
                  "the guard was gone (nft flush ruleset?) and is loaded again");
    else
        plane_log(
            backend, SEVERITY_ALERT,
            "the guard is gone and cannot be loaded: protected traffic may leave in clear: %s",
            reason);
}

/* Without a held copy the lasting one still guards, until a foreign flush. */
static void hold_guard(struct backend *backend)
{
    char reason[256] = "out of memory";

    if (!backend->guard_hold_own)
        backend->guard_hold_own = guard_hold_new();
    if (!backend->guard_hold_own ||
        guard_hold_load(backend->guard_hold_own, ruleset_policy(backend->rules_ref), reason,
                        sizeof reason) != STATUS_OK)
        plane_log(
            backend, SEVERITY_WARNING,
            "cannot hold a copy of the guard; a foreign nft flush ruleset would open it for a "
            "moment: %s",
            reason);
}

enum status plane_policy_set(struct backend *backend, struct ruleset *rules)
{
    struct spd *spd;
    enum status status = plane_spd_new(rules, &spd);

    if (status != STATUS_OK)
        return status;
    spd_free(backend->spd_own);
    backend->spd_own = spd;
    ruleset_hold(rules);
    ruleset_drop(backend->rules_ref);
    backend->rules_ref = rules;
    waiting_clear(backend->waiting_own); /* reqids may mean other entries now */
    plane_policy_route(backend);
    hold_guard(backend);
    if (ruleset_entry_count(rules) > 0 && !guard_is_loaded())
        plane_policy_guard(backend);
    return STATUS_OK;
}
