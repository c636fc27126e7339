#include "dataplane/xfrm_request.h"

#include <stdlib.h>

#include <libmnl/libmnl.h>

#define REQUEST_BYTES 512u /* the largest one has 328 */

bool xfrm_policy_put(struct bytes *out, uint16_t type, const struct xfrm_policy *policy)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[REQUEST_BYTES];
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    uint8_t *grown;

    header->nlmsg_type = type;
    if (type == XFRM_MSG_DELPOLICY) {
        struct xfrm_userpolicy_id *id = mnl_nlmsg_put_extra_header(header, sizeof *id);
        id->sel = policy->info.sel;
        id->dir = policy->info.dir;
    } else {
        struct xfrm_userpolicy_info *info = mnl_nlmsg_put_extra_header(header, sizeof *info);
        *info = policy->info;
    }
    if (type != XFRM_MSG_DELPOLICY && policy->template_count > 0)
        mnl_attr_put(header, XFRMA_TMPL, policy->template_count * sizeof policy->templates[0],
                     policy->templates);
    if (policy->mark.m != 0)
        mnl_attr_put(header, XFRMA_MARK, sizeof policy->mark, &policy->mark);
    grown = realloc(out->data_own, out->bytes + NLMSG_ALIGN(header->nlmsg_len));
    if (!grown)
        return false;
    memcpy(grown + out->bytes, buffer, NLMSG_ALIGN(header->nlmsg_len));
    out->data_own = grown;
    out->bytes += NLMSG_ALIGN(header->nlmsg_len);
    return true;
}

/* What the attributes of a policy say. */
struct attributes {
    struct xfrm_policy *policy;
    bool is_foreign; /* another table, an interface ID, templates that we never make */
};

static bool templates_take(const struct nlattr *attribute, struct xfrm_policy *policy)
{
    size_t bytes = mnl_attr_get_payload_len(attribute);

    if (bytes % sizeof policy->templates[0] != 0 || bytes > sizeof policy->templates)
        return false;
    memcpy(policy->templates, mnl_attr_get_payload(attribute), bytes);
    policy->template_count = bytes / sizeof policy->templates[0];
    for (size_t i = 0; i < policy->template_count; i++)
        if (xfrm_reqid_back(policy->templates[i].reqid) == 0)
            return false;
    if (policy->template_count > 0)
        policy->reqid = xfrm_reqid_back(policy->templates[0].reqid);
    return true;
}

static bool mark_take(const struct nlattr *attribute, struct xfrm_policy *policy)
{
    if (mnl_attr_get_payload_len(attribute) != sizeof policy->mark)
        return false;
    memcpy(&policy->mark, mnl_attr_get_payload(attribute), sizeof policy->mark);
    return true;
}

static bool is_main_table(const struct nlattr *attribute)
{
    struct xfrm_userpolicy_type type;

    if (mnl_attr_get_payload_len(attribute) < sizeof type)
        return false;
    memcpy(&type, mnl_attr_get_payload(attribute), sizeof type);
    return type.type == XFRM_POLICY_TYPE_MAIN;
}

static int attribute_take(const struct nlattr *attribute, void *arg)
{
    struct attributes *attributes = arg;
    bool is_ours = true;

    switch (mnl_attr_get_type(attribute)) {
    case XFRMA_TMPL:
        is_ours = templates_take(attribute, attributes->policy);
        break;
    case XFRMA_MARK:
        is_ours = mark_take(attribute, attributes->policy);
        break;
    case XFRMA_POLICY_TYPE:
        is_ours = is_main_table(attribute);
        break;
    case XFRMA_IF_ID:
    case XFRMA_SEC_CTX:
    case XFRMA_OFFLOAD_DEV:
        is_ours = false;
        break;
    default:
        break;
    }
    attributes->is_foreign = attributes->is_foreign || !is_ours;
    return MNL_CB_OK;
}

bool xfrm_policy_take(const struct nlmsghdr *message, struct xfrm_policy *out)
{
    struct xfrm_policy policy = {0};
    struct attributes attributes = {.policy = &policy};

    /* libmnl looks for attributes up to the aligned length: past the end, were it not aligned. */
    if (message->nlmsg_type != XFRM_MSG_NEWPOLICY || message->nlmsg_len % NLMSG_ALIGNTO != 0 ||
        mnl_nlmsg_get_payload_len(message) < sizeof policy.info)
        return false;
    memcpy(&policy.info, mnl_nlmsg_get_payload(message), sizeof policy.info);
    if (policy.info.priority < XFRM_PRIORITY_FIRST || policy.info.priority > XFRM_PRIORITY_LAST)
        return false;
    if (mnl_attr_parse(message, sizeof policy.info, attribute_take, &attributes) < 0 ||
        attributes.is_foreign)
        return false;
    *out = policy;
    return true;
}

static bool template_equal(const struct xfrm_user_tmpl *a, const struct xfrm_user_tmpl *b)
{
    return a->id.proto == b->id.proto && a->mode == b->mode && a->reqid == b->reqid &&
           a->optional == b->optional && a->family == b->family && a->aalgos == b->aalgos &&
           a->ealgos == b->ealgos &&
           view_equal(view_of(&a->saddr, sizeof a->saddr), view_of(&b->saddr, sizeof b->saddr)) &&
           view_equal(view_of(&a->id.daddr, sizeof a->id.daddr),
                      view_of(&b->id.daddr, sizeof b->id.daddr));
}

bool xfrm_policy_equal(const struct xfrm_policy *a, const struct xfrm_policy *b)
{
    if (a->info.dir != b->info.dir || a->info.action != b->info.action ||
        a->info.priority != b->info.priority || a->mark.m != b->mark.m || a->mark.v != b->mark.v ||
        a->template_count != b->template_count ||
        !view_equal(view_of(&a->info.sel, sizeof a->info.sel),
                    view_of(&b->info.sel, sizeof b->info.sel)))
        return false;
    for (size_t i = 0; i < a->template_count; i++)
        if (!template_equal(&a->templates[i], &b->templates[i]))
            return false;
    return true;
}
