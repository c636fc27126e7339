#include "dataplane/tunnel_device.h"

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "base/view.h"

/* Devices that are tunnels, and what their packets are: both families in IP where both may be. */
static const struct {
    unsigned short type;
    uint8_t protocols[3];
} tunnel_types[] = {
    {ARPHRD_TUNNEL, {IPPROTO_IPIP}},
    {ARPHRD_TUNNEL6, {IPPROTO_IPIP, IPPROTO_IPV6}},
    {ARPHRD_SIT, {IPPROTO_IPV6, IPPROTO_IPIP}},
    {ARPHRD_IPGRE, {IPPROTO_GRE}},
    {ARPHRD_IP6GRE, {IPPROTO_GRE}},
};

/* A tunnel device has its ends where others have their hardware address and broadcast address. */
static int tunnel_take(const struct nlattr *attribute, void *arg)
{
    struct tunnel_device *device = arg;
    struct view octets =
        view_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
    struct address address;

    if (address_from_view(octets, &address) != STATUS_OK || address_is_unspecified(&address))
        return MNL_CB_OK;
    if (mnl_attr_get_type(attribute) == IFLA_ADDRESS)
        device->source = address;
    else if (mnl_attr_get_type(attribute) == IFLA_BROADCAST)
        device->destination = address;
    return MNL_CB_OK;
}

static int link_take(const struct nlmsghdr *header, void *arg)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
    struct tunnel_device *device = arg;

    for (size_t i = 0; i < COUNT(tunnel_types); i++) {
        if (tunnel_types[i].type != link->ifi_type)
            continue;
        memcpy(device->protocols, tunnel_types[i].protocols, sizeof device->protocols);
        return mnl_attr_parse(header, sizeof *link, tunnel_take, device);
    }
    return MNL_CB_OK;
}

bool tunnel_device_find(const char *name, struct tunnel_device *out)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[16384] = {0};
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    ssize_t got = -1;

    *out = (struct tunnel_device){0};
    if (!netlink)
        return false;
    header->nlmsg_type = RTM_GETLINK;
    header->nlmsg_flags = NLM_F_REQUEST;
    (void)mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(header, IFLA_IFNAME, name);
    if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_sendto(netlink, header, header->nlmsg_len) > 0)
        got = mnl_socket_recvfrom(netlink, buffer, sizeof buffer);
    if (got > 0)
        (void)mnl_cb_run(buffer, (size_t)got, 0, mnl_socket_get_portid(netlink), link_take, out);
    mnl_socket_close(netlink);
    return out->protocols[0] != 0;
}

bool tunnel_policy_names_any(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->typed_count; i++)
        if (policy->typed_own[i].tunnel[0] != '\0')
            return true;
    return false;
}

static bool is_waiting(const struct ipsec_entry *entry)
{
    return ipsec_entry_is_tunnel(entry) && entry->mode == CHILD_TUNNEL &&
           entry->tunnel_destination.family == ADDRESS_NONE;
}

bool tunnel_policy_waits(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->entry_count; i++)
        if (is_waiting(&policy->entries_own[i]))
            return true;
    return false;
}

/* What the entry says itself goes before what the device says. */
static bool attach(struct ipsec_entry *entry, const struct tunnel_device *device)
{
    const struct address *source =
        entry->tunnel_source.family != ADDRESS_NONE ? &entry->tunnel_source : &device->source;

    if (device->destination.family == ADDRESS_NONE ||
        (source->family != ADDRESS_NONE && source->family != device->destination.family))
        return false;
    entry->tunnel_source = *source;
    entry->tunnel_destination = device->destination;
    return true;
}

size_t tunnel_policy_attach(struct ipsec_policy *policy, tunnel_find_fn *find)
{
    const char *name = "";
    struct tunnel_device device = {0};
    size_t count = 0;

    for (size_t i = 0; i < policy->entry_count; i++) {
        struct ipsec_entry *entry = &policy->entries_own[i];
        if (!is_waiting(entry))
            continue;
        if (strcmp(entry->tunnel, name) != 0 && !find(entry->tunnel, &device))
            device = (struct tunnel_device){0};
        name = entry->tunnel;
        count += attach(entry, &device);
    }
    return count;
}
