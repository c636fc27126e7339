#include <stdlib.h>

#include "contract/event.h"
#include "dataplane/xfrm_private.h"
#include "dataplane/xfrm_request.h"
#include "policy/ruleset.h"

/*
 * First packets wait in their policy, whose timer doubles and lets them go late and out of order.
 * Giving the kernel the same policy once more empties the queue at once.
 */

static int compare_reqid(const void *left, const void *right)
{
    const struct xfrm_waiting *a = left, *b = right;

    return (a->policy.reqid > b->policy.reqid) - (a->policy.reqid < b->policy.reqid);
}

static bool can_hold_packets(const struct xfrm_policy *policy)
{
    return policy->info.dir == XFRM_POLICY_OUT && policy->template_count > 0;
}

enum status xfrm_release_set(struct backend *backend, struct ruleset *rules)
{
    struct xfrm_policies policies = {0};
    struct xfrm_waiting *waiting;
    char why[256] = "";
    size_t count = 0;
    enum status status = xfrm_policies_of(ruleset_policy(rules), &policies, why, sizeof why);

    if (status != STATUS_OK) {
        xfrm_policies_clear(&policies);
        backend_log(&backend->options, SEVERITY_ERROR, "%s", *why ? why : status_name(status));
        return status;
    }
    waiting = calloc(policies.count + 1, sizeof *waiting);
    for (size_t i = 0; waiting && i < policies.count; i++)
        if (can_hold_packets(&policies.items_own[i]))
            waiting[count++].policy = policies.items_own[i];
    xfrm_policies_clear(&policies);
    if (!waiting)
        return STATUS_NO_MEMORY;
    qsort(waiting, count, sizeof *waiting, compare_reqid);
    free(backend->waiting_own);
    backend->waiting_own = waiting;
    backend->waiting_count = count;
    return STATUS_OK;
}

/* The first policy of this entry; waiting_count: none. */
static size_t waiting_first(const struct backend *backend, uint32_t reqid)
{
    size_t low = 0, high = backend->waiting_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (backend->waiting_own[middle].policy.reqid < reqid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void xfrm_release_expect(struct backend *backend, uint32_t reqid)
{
    for (size_t i = waiting_first(backend, reqid);
         i < backend->waiting_count && backend->waiting_own[i].policy.reqid == reqid; i++)
        backend->waiting_own[i].is_asked = true;
}

void xfrm_release(struct backend *backend, uint32_t reqid)
{
    struct bytes requests = {0};
    size_t failed = 0;
    int error = 0;

    for (size_t i = waiting_first(backend, reqid);
         i < backend->waiting_count && backend->waiting_own[i].policy.reqid == reqid; i++) {
        struct xfrm_waiting *waiting = &backend->waiting_own[i];
        if (waiting->is_asked && xfrm_policy_put(&requests, XFRM_MSG_UPDPOLICY, &waiting->policy))
            waiting->is_asked = false;
    }
    /* On failure they leave by the kernel's own timer. */
    if (requests.bytes > 0 && netlink_do(backend->world.requests_own, bytes_view(&requests),
                                         &failed, &error) != STATUS_OK)
        backend_log(&backend->options, SEVERITY_WARNING,
                    "packets that wait for their SA leave late: %s", strerror(error));
    bytes_clear(&requests);
}
