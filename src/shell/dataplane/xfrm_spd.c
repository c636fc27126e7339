#include "dataplane/xfrm_spd.h"

#include <errno.h>
#include <stdlib.h>

#include "dataplane/xfrm_index.h"
#include "dataplane/xfrm_request.h"

/* Two states of our part, and how the kernel gets from one to the other. */
struct change {
    struct netlink *netlink;
    const struct xfrm_policies *from;
    const struct xfrm_policies *to;
    struct xfrm_index from_index;
    struct xfrm_index to_index;
    struct xfrm_spd_failure failure;
};

/* Which policies a pass deals with. */
enum pass_kind {
    PASS_BYPASS,
    PASS_HELD, /* protected or dropped */
};

static bool is_of(const struct xfrm_policy *policy, enum pass_kind kind)
{
    bool is_bypass = policy->info.action == XFRM_POLICY_ALLOW && policy->template_count == 0;

    return is_bypass == (kind == PASS_BYPASS);
}

/* Requests that are collected, and the policies that they are about. */
struct batch {
    struct bytes requests;
    const struct xfrm_policy *policies[NETLINK_BATCH_MESSAGES];
    size_t count;
};

/* True for a deletion of what is not there: that is what was wanted. */
static bool is_deleted_already(int error, bool is_deletion)
{
    return is_deletion && (error == ENOENT || error == ESRCH);
}

static enum status batch_send(struct change *change, struct batch *batch, bool is_deletion)
{
    struct view left = bytes_view(&batch->requests);
    const struct nlmsghdr *header;
    size_t first = 0; /* of what is left */
    enum status status = STATUS_OK;

    while (left.bytes > 0) {
        size_t failed;
        int error;
        status = netlink_do(change->netlink, left, &failed, &error);
        if (status == STATUS_OK)
            break;
        first += failed;
        if (status != STATUS_REFUSED || !is_deleted_already(error, is_deletion)) {
            change->failure = (struct xfrm_spd_failure){
                .policy_view = batch->policies[first],
                .error = error,
            };
            break;
        }
        status = STATUS_OK;
        for (size_t i = 0; i <= failed; i++) {
            header = (const struct nlmsghdr *)left.data;
            left = view_of(left.data + header->nlmsg_len, left.bytes - header->nlmsg_len);
        }
        first++;
    }
    bytes_clear(&batch->requests);
    batch->count = 0;
    return status;
}

static enum status batch_add(struct change *change, struct batch *batch, uint16_t type,
                             const struct xfrm_policy *policy)
{
    if (!xfrm_policy_put(&batch->requests, type, policy))
        return STATUS_NO_MEMORY;
    batch->policies[batch->count++] = policy;
    return batch->count == NETLINK_BATCH_MESSAGES
               ? batch_send(change, batch, type == XFRM_MSG_DELPOLICY)
               : STATUS_OK;
}

/* What must be sent for a policy of `to`; 0: nothing, it is there. */
static uint16_t addition_of(const struct change *change, const struct xfrm_policy *policy)
{
    const struct xfrm_policy *now = xfrm_index_find(&change->from_index, policy);

    if (!now)
        return XFRM_MSG_NEWPOLICY; /* not an update: what stands there is somebody else's */
    return xfrm_policy_equal(now, policy) ? 0 : XFRM_MSG_UPDPOLICY;
}

static enum status pass_add(struct change *change, enum pass_kind kind)
{
    struct batch batch = {0};
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < change->to->count; i++) {
        const struct xfrm_policy *policy = &change->to->items_own[i];
        uint16_t type = is_of(policy, kind) ? addition_of(change, policy) : 0;
        if (type != 0)
            status = batch_add(change, &batch, type, policy);
    }
    if (status == STATUS_OK)
        status = batch_send(change, &batch, false);
    bytes_clear(&batch.requests);
    return status;
}

static enum status pass_delete(struct change *change, enum pass_kind kind)
{
    struct batch batch = {0};
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < change->from->count; i++) {
        const struct xfrm_policy *policy = &change->from->items_own[i];
        if (is_of(policy, kind) && !xfrm_index_find(&change->to_index, policy))
            status = batch_add(change, &batch, XFRM_MSG_DELPOLICY, policy);
    }
    if (status == STATUS_OK)
        status = batch_send(change, &batch, true);
    bytes_clear(&batch.requests);
    return status;
}

static enum status index_of(const struct xfrm_policies *policies, struct xfrm_index *out)
{
    enum status status = xfrm_index_init(out, policies->count);

    for (size_t i = 0; status == STATUS_OK && i < policies->count; i++)
        (void)xfrm_index_add(out, &policies->items_own[i]); /* a dump may give one twice */
    return status;
}

static enum status change_run(struct change *change)
{
    enum status status = index_of(change->from, &change->from_index);

    if (status == STATUS_OK)
        status = index_of(change->to, &change->to_index);
    if (status == STATUS_OK)
        status = pass_add(change, PASS_BYPASS);
    if (status == STATUS_OK)
        status = pass_add(change, PASS_HELD);
    if (status == STATUS_OK)
        status = pass_delete(change, PASS_HELD);
    if (status == STATUS_OK)
        status = pass_delete(change, PASS_BYPASS);
    xfrm_index_clear(&change->from_index);
    xfrm_index_clear(&change->to_index);
    return status;
}

/* Our part, as it is read. */
struct dump {
    struct xfrm_policies *out;
    bool has_no_memory;
};

static bool dump_take(void *arg, const struct nlmsghdr *message)
{
    struct dump *dump = arg;
    struct xfrm_policy policy;

    if (xfrm_policy_take(message, &policy))
        dump->has_no_memory = xfrm_policies_add(dump->out, &policy) != STATUS_OK;
    return !dump->has_no_memory;
}

static enum status dump_ours(struct netlink *netlink, struct xfrm_policies *out, int *error)
{
    const struct nlmsghdr request = {.nlmsg_len = sizeof request, .nlmsg_type = XFRM_MSG_GETPOLICY};
    struct dump dump = {.out = out};
    enum status status = netlink_dump(netlink, &request, dump_take, &dump, error);

    return dump.has_no_memory ? STATUS_NO_MEMORY : status;
}

/*
 * Back to what was. What the kernel holds now is read again: an addition that failed because
 * somebody else's policy stands there must not end in the deletion of that one.
 */
static enum status change_back(struct netlink *netlink, const struct xfrm_policies *was)
{
    struct xfrm_policies now = {0};
    struct change back = {.netlink = netlink, .from = &now, .to = was};
    int error;
    enum status status = dump_ours(netlink, &now, &error);

    if (status == STATUS_OK)
        status = change_run(&back);
    xfrm_policies_clear(&now);
    return status;
}

enum status xfrm_spd_replace(struct netlink *netlink, const struct xfrm_policies *want,
                             struct xfrm_spd_failure *failure)
{
    struct xfrm_policies was = {0};
    struct change change = {.netlink = netlink, .from = &was, .to = want};
    enum status status = dump_ours(netlink, &was, &change.failure.error);

    if (status != STATUS_OK)
        goto out;
    change.failure.error = ENOMEM; /* where nobody says another */
    status = change_run(&change);
    if (status != STATUS_OK)
        change.failure.is_broken = change_back(netlink, &was) != STATUS_OK;
out:
    if (status != STATUS_OK)
        *failure = change.failure;
    xfrm_policies_clear(&was);
    return status;
}

bool xfrm_spd_is(struct netlink *netlink, const struct xfrm_policies *want)
{
    struct xfrm_policies have = {0};
    struct xfrm_index index = {0};
    size_t found = 0;
    int error;
    bool is_same =
        dump_ours(netlink, &have, &error) == STATUS_OK && index_of(&have, &index) == STATUS_OK;

    for (size_t i = 0; is_same && i < want->count; i++) {
        const struct xfrm_policy *policy = xfrm_index_find(&index, &want->items_own[i]);
        is_same = policy && xfrm_policy_equal(policy, &want->items_own[i]);
        found++;
    }
    is_same = is_same && found == index.used_count;
    xfrm_index_clear(&index);
    xfrm_policies_clear(&have);
    return is_same;
}
