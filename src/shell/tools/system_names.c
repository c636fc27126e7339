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

struct tunnel_ends {
    struct address source;
    struct address destination;
};

/* A tunnel device has its ends where others have their hardware address and broadcast address. */
static int tunnel_take(const struct nlattr *attribute, void *arg)
{
    struct tunnel_ends *ends = arg;
    struct view octets =
        view_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

    if (mnl_attr_get_type(attribute) == IFLA_ADDRESS)
        (void)address_from_view(octets, &ends->source);
    else if (mnl_attr_get_type(attribute) == IFLA_BROADCAST)
        (void)address_from_view(octets, &ends->destination);
    return MNL_CB_OK;
}

static int link_take(const struct nlmsghdr *header, void *arg)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);

    if (link->ifi_type != ARPHRD_TUNNEL && link->ifi_type != ARPHRD_TUNNEL6 &&
        link->ifi_type != ARPHRD_SIT && link->ifi_type != ARPHRD_IPGRE &&
        link->ifi_type != ARPHRD_IP6GRE)
        return MNL_CB_OK;
    return mnl_attr_parse(header, sizeof *link, tunnel_take, arg);
}

static bool find_tunnel(void *arg, const char *name, struct address *source,
                        struct address *destination)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[16384] = {0};
    struct mnl_socket *netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct tunnel_ends ends = {0};
    ssize_t got = -1;

    (void)arg;
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
        (void)mnl_cb_run(buffer, (size_t)got, 0, mnl_socket_get_portid(netlink), link_take, &ends);
    mnl_socket_close(netlink);
    if (ends.destination.family == ADDRESS_NONE || address_is_unspecified(&ends.destination))
        return false;
    *source = ends.source;
    if (address_is_unspecified(source))
        source->family = ADDRESS_NONE;
    *destination = ends.destination;
    return true;
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
