#include "contract/event.h"
#include "dataplane/guard.h"
#include "dataplane/plane_private.h"
#include "dataplane/plane_spd.h"
#include "dataplane/tunnel_route.h"
#include "policy/ruleset.h"

void plane_policy_route(struct backend *backend)
{
    if (tunnel_routes_set(backend->route_own, backend->rules_ref, ROUTE_USE_LOCAL) != STATUS_OK)
        plane_log(backend, SEVERITY_ERROR, "cannot make the routes of all tunnels");
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
