#include "dataplane/policy_plane.h"

#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>

#include "dataplane/forward_mark.h"
#include "dataplane/guard.h"
#include "dataplane/interface.h"
#include "dataplane/mark.h"
#include "dataplane/tunnel_device.h"
#include "dataplane/xfrm_probe.h"
#include "dataplane/xfrm_spd.h"
#include "policy/ipsec_policy.h"

static enum status user_load(const struct ipsec_policy *policy, char *line, size_t line_bytes)
{
    return guard_load(policy, line, line_bytes);
}

static bool user_is_loaded(const struct ipsec_policy *policy)
{
    (void)policy; /* the table is replaced as a whole: it is there or not */
    return guard_is_loaded();
}

static enum status user_remove(char *line, size_t line_bytes)
{
    return guard_is_loaded() ? guard_remove(line, line_bytes) : STATUS_OK;
}

const struct policy_plane policy_plane_user = {
    .name = "user",
    .load = user_load,
    .is_loaded = user_is_loaded,
    .remove = user_remove,
};

/* The entry that a policy of the kernel came of; NULL: none. */
static const struct ipsec_entry *entry_of(const struct ipsec_policy *policy, uint32_t reqid)
{
    for (size_t i = 0; i < policy->entry_count; i++)
        if (policy->entries_own[i].reqid == reqid)
            return &policy->entries_own[i];
    return NULL;
}

static void say_failure(const struct ipsec_policy *policy, const struct xfrm_spd_failure *failure,
                        struct text *line)
{
    const struct ipsec_entry *entry =
        failure->policy_view ? entry_of(policy, failure->policy_view->reqid) : NULL;

    if (failure->is_broken)
        text_add(line, "what was loaded could not be put back whole: ");
    if (failure->error == EEXIST)
        text_add(line, "a policy of another program is in the kernel in the place of one");
    else
        text_add(line, "the kernel does not take a policy (%s)", strerror(failure->error));
    if (entry) {
        text_add(line, " of ");
        ipsec_entry_text(entry, NULL, line);
    }
}

static enum status replace(const struct ipsec_policy *policy, struct text *line)
{
    struct netlink *netlink = netlink_open(NETLINK_XFRM, 0);
    struct xfrm_policies want = {0};
    struct xfrm_spd_failure failure = {0};
    enum status status = STATUS_SYSTEM;

    if (!netlink) {
        text_add(line, "netlink of XFRM: %s", strerror(errno));
        goto out;
    }
    status = xfrm_policies_of(policy, &want, line->buffer, line->capacity_bytes);
    if (status != STATUS_OK)
        goto out;
    status = xfrm_spd_replace(netlink, &want, &failure);
    if (status != STATUS_OK)
        say_failure(policy, &failure, line);
out:
    xfrm_policies_clear(&want);
    netlink_close(netlink);
    return status;
}

/* The kernel's policies know addresses: a copy with those of interfaces and of the tunnel devices
 * that came later, or NULL where none is named. */
static enum status with_addresses(const struct ipsec_policy *policy, struct ipsec_policy **out)
{
    struct interface_addresses addresses = {0};
    enum status status;

    *out = NULL;
    if (!interface_policy_names_any(policy) && !tunnel_policy_waits(policy))
        return STATUS_OK;
    status = interface_addresses_read(&addresses);
    if (status == STATUS_OK)
        status = interface_policy_expand(policy, &addresses, out);
    if (status == STATUS_OK)
        (void)tunnel_policy_attach(*out, tunnel_device_find);
    interface_addresses_clear(&addresses);
    return status;
}

static bool has_tunnel_device(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        const struct ipsec_entry *entry = &policy->entries_own[i];

        if (ipsec_entry_is_tunnel(entry) && if_nametoindex(entry->tunnel) != 0)
            return true;
    }
    return false;
}

/*
 * Policies first, then the table that drops what has none: a new address is held by the one or the
 * other at every moment.
 */
static enum status replace_all(const struct ipsec_policy *policy, struct text *line)
{
    struct ipsec_policy *expanded;
    const struct ipsec_policy *whole;
    enum status status = with_addresses(policy, &expanded);

    if (status != STATUS_OK)
        return status;
    whole = expanded ? expanded : policy;
    status = replace(whole, line);
    if (status == STATUS_OK && guard_devices_load(whole, NULL, 0) != STATUS_OK) {
        if (expanded)
            text_add(line, "without nftables in the kernel an IPv6 address that an interface gets "
                           "later is not held before in.iked has heard of it; ");
        if (has_tunnel_device(policy))
            text_add(line, "without nftables in the kernel what no entry of a tunnel holds goes "
                           "through its device; ");
    }
    ipsec_policy_free(expanded);
    return status;
}

static enum status xfrm_load(const struct ipsec_policy *policy, char *line, size_t line_bytes)
{
    struct text text = text_over(line, line_bytes);
    bool is_empty = policy->entry_count == 0;
    bool is_marked = !is_empty && forward_mark_load() == STATUS_OK;
    enum status status = replace_all(policy, &text);

    if (is_empty && status == STATUS_OK)
        forward_mark_remove();
    if (!is_empty && status == STATUS_OK && !is_marked && forward_mark_matters())
        text_add(&text,
                 "without nftables in the kernel forwarded packets are held to host entries "
                 "too; mangle PREROUTING may set mark 0x%08x on them",
                 MARK_FORWARDED);
    return status;
}

/* Without its mark forwarded traffic stands still, where there is any. */
static bool lacks_mark(const struct ipsec_policy *policy)
{
    return policy->entry_count > 0 && forward_mark_matters() && forward_mark_is_missing();
}

static bool xfrm_is_loaded(const struct ipsec_policy *policy)
{
    char line[128];
    struct netlink *netlink = netlink_open(NETLINK_XFRM, 0);
    struct xfrm_policies want = {0};
    struct ipsec_policy *expanded = NULL;
    bool is_loaded =
        netlink && !lacks_mark(policy) && with_addresses(policy, &expanded) == STATUS_OK &&
        xfrm_policies_of(expanded ? expanded : policy, &want, line, sizeof line) == STATUS_OK &&
        xfrm_spd_is(netlink, &want);

    ipsec_policy_free(expanded);
    xfrm_policies_clear(&want);
    netlink_close(netlink);
    return is_loaded;
}

static enum status xfrm_remove(char *line, size_t line_bytes)
{
    const struct ipsec_policy empty = {0};
    struct netlink *netlink = netlink_open(NETLINK_XFRM, 0);

    if (!netlink && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
        return STATUS_OK; /* a kernel without XFRM holds none */
    netlink_close(netlink);
    return xfrm_load(&empty, line, line_bytes);
}

const struct policy_plane policy_plane_xfrm = {
    .name = IPSEC_PLANE_XFRM,
    .load = xfrm_load,
    .is_loaded = xfrm_is_loaded,
    .remove = xfrm_remove,
};

static const struct policy_plane *const planes[] = {&policy_plane_user, &policy_plane_xfrm};

const struct policy_plane *policy_plane_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT(planes); i++)
        if (strcmp(planes[i]->name, name) == 0)
            return planes[i];
    return NULL;
}

enum status policy_plane_remove_others(const struct policy_plane *plane, char *line,
                                       size_t line_bytes)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < COUNT(planes); i++)
        if (planes[i] != plane)
            status = planes[i]->remove(line, line_bytes);
    return status;
}

const struct policy_plane *policy_plane_probe(void)
{
    struct netlink *netlink = netlink_open(NETLINK_XFRM, 0);
    bool has_esp = netlink && xfrm_probe_esp(netlink);

    netlink_close(netlink);
    return has_esp ? &policy_plane_xfrm : &policy_plane_user;
}
