#include "tools/system_names.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "base/view.h"
#include "dataplane/datagram.h"

static size_t find_host(void *arg, const char *name, struct address *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    size_t count = 0;

    (void)arg;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return 0;
    for (struct addrinfo *item = found; item && count < RESOLVER_ADDRESSES_MOST;
         item = item->ai_next) {
        struct sockaddr_storage storage = {0};
        memcpy(&storage, item->ai_addr, item->ai_addrlen);
        out[count] = endpoint_of_socket(&storage).address;
        if (out[count].family != ADDRESS_NONE)
            count++;
    }
    freeaddrinfo(found);
    return count;
}

static bool find_network(void *arg, const char *name, struct address *out)
{
    const struct netent *found = getnetbyname(name);
    uint32_t octets;

    (void)arg;
    if (!found || found->n_addrtype != AF_INET)
        return false;
    octets = htonl(found->n_net);
    *out = (struct address){.family = ADDRESS_IPV4};
    memcpy(out->octets, &octets, sizeof octets);
    return true;
}

static const char *service_protocol(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : NULL;
}

static int find_service(void *arg, const char *name, uint8_t protocol)
{
    const struct servent *found = getservbyname(name, service_protocol(protocol));

    (void)arg;
    return found ? ntohs((uint16_t)found->s_port) : -1;
}

static int find_protocol(void *arg, const char *name)
{
    const struct protoent *found = getprotobyname(name);

    (void)arg;
    return found ? found->p_proto : -1;
}

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

static bool find_tunnel(void *arg, const char *name, struct tunnel_device *out)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[16384] = {0};
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    ssize_t got = -1;

    (void)arg;
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

static bool name_of_host(void *arg, const struct address *address, char out[RESOLVER_NAME_BYTES])
{
    struct endpoint endpoint = {.address = *address};
    struct sockaddr_storage name;
    socklen_t bytes = endpoint_to_socket(&endpoint, &name);

    (void)arg;
    return getnameinfo((struct sockaddr *)&name, bytes, out, RESOLVER_NAME_BYTES, NULL, 0,
                       NI_NAMEREQD) == 0;
}

static bool copy_name(const char *name, char out[RESOLVER_NAME_BYTES])
{
    return snprintf(out, RESOLVER_NAME_BYTES, "%s", name) < (int)RESOLVER_NAME_BYTES;
}

static bool name_of_service(void *arg, uint16_t port, uint8_t protocol,
                            char out[RESOLVER_NAME_BYTES])
{
    const struct servent *found = getservbyport(htons(port), service_protocol(protocol));

    (void)arg;
    return found && copy_name(found->s_name, out);
}

static bool name_of_protocol(void *arg, uint8_t protocol, char out[RESOLVER_NAME_BYTES])
{
    const struct protoent *found = getprotobynumber(protocol);

    (void)arg;
    return found && copy_name(found->p_name, out);
}

const struct resolver system_names = {
    .host = find_host,
    .network = find_network,
    .service = find_service,
    .protocol = find_protocol,
    .tunnel = find_tunnel,
    .host_name = name_of_host,
    .service_name = name_of_service,
    .protocol_name = name_of_protocol,
};
