#include <unistd.h>

#include <event2/event.h>

#include "contract/event.h"
#include "dataplane/policy_file.h"
#include "dataplane/xfrm_private.h"
#include "policy/ruleset.h"

#define AUDIT_S 60
/* After somebody took a policy away: who takes one mostly takes more. */
#define AUDIT_SOON_US 100000

static void audit_in(struct backend *backend, struct timeval pause)
{
    (void)evtimer_add(backend->audit_event_own, &pause);
}

void xfrm_audit_soon(struct backend *backend)
{
    audit_in(backend, (struct timeval){.tv_usec = AUDIT_SOON_US});
}

/* True when the record is still what it was when our rules came: ipsecconf changes the kernel
 * first and then the record, both under its lock. */
static bool record_is_ours(struct backend *backend)
{
    struct bytes record = {0};
    enum status status = policy_file_read(backend->options.run_dir, &record);
    bool is_ours = (status == STATUS_OK || status == STATUS_ABSENT) &&
                   view_equal(bytes_view(&record), bytes_view(&backend->record));

    bytes_clear(&record);
    return is_ours;
}

static void restore(struct backend *backend)
{
    const struct ipsec_policy *policy = ruleset_policy(backend->rules_ref);
    bool is_following = backend->is_following;
    char why[256] = "out of memory";

    backend->is_following = false;
    if (backend->world.spd->load(policy, why, sizeof why) != STATUS_OK)
        backend_log(&backend->options, SEVERITY_ALERT,
                    "the kernel's IPsec policy is not what is loaded and cannot be put back: "
                    "protected traffic may leave in clear: %s",
                    why);
    else if (is_following)
        backend_log(
            &backend->options, SEVERITY_INFO,
            "the kernel's IPsec policy has the addresses that interfaces and tunnels have now");
    else
        backend_log(&backend->options, SEVERITY_ALERT,
                    "the kernel's IPsec policy was not what is loaded (ip xfrm policy flush?); "
                    "loaded again");
}

static void restore_unless_changing(struct backend *backend)
{
    int lock = policy_file_try_lock(backend->options.run_dir);

    if (lock < 0) { /* ipsecconf is at it */
        xfrm_audit_soon(backend);
        return;
    }
    if (record_is_ours(backend)) {
        restore(backend);
    } else if (!backend->is_stale_told) {
        backend->is_stale_told = true;
        backend_log(&backend->options, SEVERITY_WARNING,
                    "another policy is loaded than the one in use here: reload with SIGHUP");
    }
    close(lock);
}

void xfrm_audit(struct backend *backend)
{
    audit_in(backend, (struct timeval){.tv_sec = AUDIT_S});
    /* Without entries there is nothing to hold; and nothing is opened here. */
    if (!backend->rules_ref || ruleset_entry_count(backend->rules_ref) == 0 ||
        backend->world.spd->is_loaded(ruleset_policy(backend->rules_ref)))
        return;
    if (backend->options.run_dir)
        restore_unless_changing(backend);
    else
        restore(backend);
}
