#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/text.h"
#include "dataplane/mark.h"
#include "dataplane/route_private.h"

#define MESSAGE_BYTES 8192u
#define ADDRESSES_MOST 1024u
#define RULE_AFTER_MAIN 32800u /* the kernel's own last rules are 32766 and 32767 */

struct route {
    struct mnl_socket *socket_own;
    uint32_t sequence;
    struct address addresses[ADDRESSES_MOST]; /* of this host; filled by route_read_addresses */
    size_t address_count;
    unsigned way; /* of route_device_to */
    _Alignas(struct nlmsghdr) uint8_t buffer[MESSAGE_BYTES];
};

static const uint8_t families[] = {ADDRESS_IPV4, ADDRESS_IPV6};

static uint8_t socket_family(uint8_t family)
{
    return family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
}

struct route *route_open(char *error, size_t error_bytes)
{
    struct route *route = calloc(1, sizeof *route);

    if (route)
        route->socket_own = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (route && route->socket_own &&
        mnl_socket_bind(route->socket_own, 0, MNL_SOCKET_AUTOPID) == 0)
        return route;
    struct text text = text_over(error, error_bytes);
    text_add(&text, "route netlink: %s", strerror(errno));
    route_close(route);
    return NULL;
}

void route_close(struct route *route)
{
    if (!route)
        return;
    if (route->socket_own)
        mnl_socket_close(route->socket_own);
    free(route);
}

static struct nlmsghdr *request_begin(struct route *route, uint16_t type, unsigned flags)
{
    struct nlmsghdr *header;

    memset(route->buffer, 0, sizeof route->buffer);
    header = mnl_nlmsg_put_header(route->buffer);
    header->nlmsg_type = type;
    header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    header->nlmsg_seq = ++route->sequence;
    return header;
}

/* Sends and reads the answers up to the acknowledgement or the end of the dump: 0 or errno. */
static int request_run(struct route *route, const struct nlmsghdr *header, mnl_cb_t each)
{
    unsigned port = mnl_socket_get_portid(route->socket_own);

    if (mnl_socket_sendto(route->socket_own, header, header->nlmsg_len) < 0)
        return errno;
    for (;;) {
        ssize_t got = mnl_socket_recvfrom(route->socket_own, route->buffer, sizeof route->buffer);
        int result;
        if (got < 0)
            return errno;
        result = mnl_cb_run(route->buffer, (size_t)got, route->sequence, port, each, route);
        if (result < 0)
            return errno;
        if (result == MNL_CB_STOP)
            return 0;
    }
}

static void put_address(struct nlmsghdr *header, uint16_t type, const struct address *address)
{
    mnl_attr_put(header, type, address_bytes(address), address->octets);
}

/* The device: MTU, up, reverse path by mark, and no address that the kernel makes up. */
static int device_set(struct route *route, unsigned index, bool with_ipv6)
{
    struct nlmsghdr *header = request_begin(route, RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(header, sizeof *link);
    struct nlattr *families_nest;
    struct nlattr *family_nest;
    struct nlattr *settings_nest;

    link->ifi_family = AF_UNSPEC;
    link->ifi_index = (int)index;
    link->ifi_flags = IFF_UP;
    link->ifi_change = IFF_UP;
    mnl_attr_put_u32(header, IFLA_MTU, PLANE_DEVICE_MTU);
    families_nest = mnl_attr_nest_start(header, IFLA_AF_SPEC);
    family_nest = mnl_attr_nest_start(header, AF_INET);
    settings_nest = mnl_attr_nest_start(header, IFLA_INET_CONF);
    mnl_attr_put_u32(header, IPV4_DEVCONF_SRC_VMARK, 1);
    mnl_attr_nest_end(header, settings_nest);
    mnl_attr_nest_end(header, family_nest);
    if (with_ipv6) {
        family_nest = mnl_attr_nest_start(header, AF_INET6);
        mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
        mnl_attr_nest_end(header, family_nest);
    }
    mnl_attr_nest_end(header, families_nest);
    return request_run(route, header, NULL);
}

struct rule {
    uint32_t priority;
    uint32_t mark; /* value and mask; 0: any */
    const char *device;
    const struct address_range *remote; /* NULL: any */
    uint32_t table;
};

/* Own traffic and what came out of an SA goes the ordinary way; what is to be protected does not.
 * The rule of *arrived* only ever answers the reverse-path check. */
static const struct rule rules[] = {
    {.priority = PLANE_TABLE - 4, .mark = MARK_OWN, .table = RT_TABLE_MAIN},
    {.priority = PLANE_TABLE - 3, .mark = MARK_PROTECT, .table = PLANE_TABLE},
    {.priority = PLANE_TABLE - 2, .device = PLANE_DEVICE, .table = RT_TABLE_MAIN},
    {.priority = PLANE_TABLE - 1, .mark = MARK_ARRIVED, .table = PLANE_TABLE},
};

static int rule_change(struct route *route, uint16_t type, uint8_t family, const struct rule *rule)
{
    unsigned create = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
    struct nlmsghdr *header = request_begin(route, type, NLM_F_ACK | create);
    struct fib_rule_hdr *fib = mnl_nlmsg_put_extra_header(header, sizeof *fib);

    fib->family = socket_family(family);
    fib->action = FR_ACT_TO_TBL;
    mnl_attr_put_u32(header, FRA_PRIORITY, rule->priority);
    mnl_attr_put_u32(header, FRA_TABLE, rule->table);
    if (rule->mark) {
        mnl_attr_put_u32(header, FRA_FWMARK, rule->mark);
        mnl_attr_put_u32(header, FRA_FWMASK, rule->mark);
    }
    if (rule->device)
        mnl_attr_put_strz(header, FRA_IIFNAME, rule->device);
    if (rule->remote) {
        fib->dst_len = (uint8_t)address_range_prefix_bits(rule->remote);
        put_address(header, FRA_DST, &rule->remote->first);
    }
    return request_run(route, header, NULL);
}

/* For packets to a tunnel's far side: local ones, before they have a source or a mark; and what is
 * forwarded, after the table main. */
static const struct rule tunnel_rules[] = {
    [ROUTE_USE_LOCAL] = {.priority = PLANE_TABLE, .device = "lo", .table = PLANE_TABLE},
    [ROUTE_USE_ALL] = {.priority = RULE_AFTER_MAIN, .table = PLANE_TABLE},
};

/* Deletes by priority and table, however many there are; nothing there is what is wanted. */
static void tunnel_rules_delete(struct route *route, uint8_t family)
{
    for (size_t i = 0; i < COUNT(tunnel_rules); i++)
        while (rule_change(route, RTM_DELRULE, family, &tunnel_rules[i]) == 0)
            ;
}

static int tunnel_rules_add(struct route *route, const struct address_range *remote,
                            enum route_use use)
{
    for (size_t i = 0; i <= (size_t)use; i++) {
        struct rule rule = tunnel_rules[i];
        int reason;
        rule.remote = remote;
        reason = rule_change(route, RTM_NEWRULE, remote->first.family, &rule);
        if (reason != 0 && reason != EEXIST)
            return reason;
    }
    return 0;
}

static int route_change(struct route *route, uint16_t type, uint8_t family, unsigned device,
                        const struct address_range *remote, const struct address *source)
{
    unsigned create = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0;
    struct nlmsghdr *header = request_begin(route, type, NLM_F_ACK | create);
    struct rtmsg *entry = mnl_nlmsg_put_extra_header(header, sizeof *entry);

    entry->rtm_family = socket_family(family);
    entry->rtm_table = RT_TABLE_UNSPEC;
    if (type == RTM_NEWROUTE) {
        entry->rtm_protocol = RTPROT_STATIC;
        entry->rtm_scope = RT_SCOPE_LINK;
        entry->rtm_type = RTN_UNICAST;
    } else {
        entry->rtm_scope = RT_SCOPE_NOWHERE;
    }
    mnl_attr_put_u32(header, RTA_TABLE, PLANE_TABLE);
    mnl_attr_put_u32(header, RTA_OIF, device);
    if (remote) {
        entry->rtm_dst_len = (uint8_t)address_range_prefix_bits(remote);
        put_address(header, RTA_DST, &remote->first);
    }
    if (source)
        put_address(header, RTA_PREFSRC, source);
    return request_run(route, header, NULL);
}

enum status route_start(struct route *route, char *error, size_t error_bytes)
{
    unsigned index = if_nametoindex(PLANE_DEVICE);
    struct text text = text_over(error, error_bytes);
    int reason = device_set(route, index, true);

    if (reason != 0) /* a kernel without IPv6 refuses its attribute */
        reason = device_set(route, index, false);
    if (reason != 0) {
        text_add(&text, "device " PLANE_DEVICE ": %s", strerror(reason));
        return STATUS_SYSTEM;
    }
    route_stop(route);
    for (size_t f = 0; f < COUNT(families); f++) {
        reason = 0;
        for (size_t i = 0; reason == 0 && i < COUNT(rules); i++)
            reason = rule_change(route, RTM_NEWRULE, families[f], &rules[i]);
        if (reason == 0)
            reason = route_change(route, RTM_NEWROUTE, families[f], index, NULL, NULL);
        if (reason != 0 && families[f] == ADDRESS_IPV4) {
            text_add(&text, "routing rules: %s", strerror(reason));
            return STATUS_SYSTEM;
        }
    }
    return STATUS_OK;
}

void route_stop(struct route *route)
{
    for (size_t f = 0; f < COUNT(families); f++) {
        tunnel_rules_delete(route, families[f]);
        for (size_t i = 0; i < COUNT(rules); i++)
            while (rule_change(route, RTM_DELRULE, families[f], &rules[i]) == 0)
                ;
    }
}

/* Beside a peer's address (point to point), IFA_LOCAL is ours. */
static int address_take_attribute(const struct nlattr *attribute, void *arg)
{
    struct view *found = arg;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type == IFA_LOCAL || (type == IFA_ADDRESS && view_is_empty(*found)))
        *found = view_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
    return MNL_CB_OK;
}

static int address_take(const struct nlmsghdr *header, void *arg)
{
    struct route *route = arg;
    struct view found = {0};

    if (header->nlmsg_type != RTM_NEWADDR || route->address_count == ADDRESSES_MOST)
        return MNL_CB_OK;
    (void)mnl_attr_parse(header, sizeof(struct ifaddrmsg), address_take_attribute, &found);
    if (address_from_view(found, &route->addresses[route->address_count]) == STATUS_OK)
        route->address_count++;
    return MNL_CB_OK;
}

static void route_read_addresses(struct route *route)
{
    struct nlmsghdr *header = request_begin(route, RTM_GETADDR, NLM_F_DUMP);
    struct rtgenmsg *all = mnl_nlmsg_put_extra_header(header, sizeof *all);

    all->rtgen_family = AF_UNSPEC;
    route->address_count = 0;
    (void)request_run(route, header, address_take);
}

static const struct address *address_within(const struct route *route,
                                            const struct address_range *range)
{
    for (size_t i = 0; i < route->address_count; i++)
        if (address_range_holds(range, &route->addresses[i]))
            return &route->addresses[i];
    return NULL;
}

enum status route_set_tunnels(struct route *route, const struct route_tunnel *tunnels,
                              size_t tunnel_count, enum route_use use)
{
    enum status status = STATUS_OK;

    for (size_t f = 0; f < COUNT(families); f++)
        tunnel_rules_delete(route, families[f]);
    route_read_addresses(route);
    for (size_t i = 0; i < tunnel_count; i++) {
        const struct route_tunnel *tunnel = &tunnels[i];
        int reason = route_change(route, RTM_NEWROUTE, tunnel->remote.first.family, tunnel->device,
                                  &tunnel->remote, address_within(route, &tunnel->local));
        if (reason == 0)
            reason = tunnel_rules_add(route, &tunnel->remote, use);
        if (reason != 0)
            status = STATUS_SYSTEM;
    }
    return status;
}

static int device_take_attribute(const struct nlattr *attribute, void *arg)
{
    struct route *route = arg;

    if (mnl_attr_get_type(attribute) == RTA_OIF && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
        route->way = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int device_take(const struct nlmsghdr *header, void *arg)
{
    if (header->nlmsg_type == RTM_NEWROUTE)
        (void)mnl_attr_parse(header, sizeof(struct rtmsg), device_take_attribute, arg);
    return MNL_CB_OK;
}

unsigned route_device_to(struct route *route, const struct address *to)
{
    struct nlmsghdr *header = request_begin(route, RTM_GETROUTE, NLM_F_ACK);
    struct rtmsg *entry = mnl_nlmsg_put_extra_header(header, sizeof *entry);

    entry->rtm_family = socket_family(to->family);
    entry->rtm_dst_len = (uint8_t)(address_bytes(to) * 8);
    put_address(header, RTA_DST, to);
    route->way = 0;
    return request_run(route, header, device_take) == 0 ? route->way : 0;
}

int route_watch_open(enum route_use use)
{
    struct sockaddr_nl name = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };

    if (use == ROUTE_USE_ALL)
        name.nl_groups |= RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int table_take_attribute(const struct nlattr *attribute, void *arg)
{
    uint32_t *table = arg;

    if (mnl_attr_get_type(attribute) == RTA_TABLE &&
        mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
        *table = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int watch_take(const struct nlmsghdr *header, void *arg)
{
    bool is_route = header->nlmsg_type == RTM_NEWROUTE || header->nlmsg_type == RTM_DELROUTE;
    bool *is_news = arg;
    uint32_t table = 0;

    if (is_route)
        (void)mnl_attr_parse(header, sizeof(struct rtmsg), table_take_attribute, &table);
    *is_news = *is_news || table != PLANE_TABLE;
    return MNL_CB_OK;
}

bool route_watch_read(int fd)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[MESSAGE_BYTES];
    bool is_news = false;

    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ENOBUFS)
            is_news = true; /* told too late: there was something */
        else if (got <= 0)
            return is_news;
        else /* whoever sent it: at worst the routes are made again as they are */
            (void)mnl_cb_run(buffer, (size_t)got, 0, 0, watch_take, &is_news);
    }
}
