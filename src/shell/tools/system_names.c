#include "tools/system_names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/view.h"
#include "dataplane/datagram.h"
#include "dataplane/tunnel_device.h"

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

static bool find_tunnel(void *arg, const char *name, struct tunnel_device *out)
{
    (void)arg;
    return tunnel_device_find(name, out);
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
