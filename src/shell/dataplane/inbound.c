#include "contract/event.h"
#include "dataplane/plane_private.h"
#include "dataplane/tun_private.h"

#define KEEPALIVE 0xffu

/* Where ESP or AH begins in what a raw IPv4 socket gives; past the end when there is no header. */
static size_t ipv4_header_bytes(const struct datagram *datagram)
{
    return (size_t)(datagram->bytes_view.data[0] & 0x0f) * 4;
}

/* False for what is no packet of ours: a NAT's keepalive (RFC 3948 section 2.3), an empty one. */
static bool packet_from_datagram(const struct plane_socket *socket, const struct datagram *datagram,
                                 struct esp_packet *packet)
{
    struct view bytes = datagram->bytes_view;
    size_t skip = 0;

    if (view_is_empty(bytes) || (socket->is_udp && bytes.bytes == 1 && bytes.data[0] == KEEPALIVE))
        return false;
    if (!socket->is_udp && socket->family == ADDRESS_IPV4)
        skip = ipv4_header_bytes(datagram);
    if (skip >= bytes.bytes)
        return false;
    *packet = (struct esp_packet){
        .buffer = datagram->room - DATAGRAM_HEADROOM,
        .capacity_bytes = 2 * DATAGRAM_HEADROOM + DATAGRAM_MOST_BYTES,
        .offset = DATAGRAM_HEADROOM + skip,
        .bytes = bytes.bytes - skip,
        .path = {datagram->local, datagram->remote, socket->is_udp},
        .is_ah = socket->is_ah,
        .outer_bytes = (uint8_t)skip,
        .tos = datagram->traffic_class,
        .ttl = datagram->hop_limit,
    };
    if (!socket->is_udp) /* what the socket layer puts there for raw sockets is no port */
        packet->path.remote.port = 0;
    return true;
}

bool inbound_read(struct backend *backend, const struct plane_socket *socket)
{
    struct datagram datagrams[DATAGRAM_BATCH];
    struct esp_packet packets[DATAGRAM_BATCH];
    struct esp esp = {.sad_view = backend->sad_own, .spd_view = backend->spd_own};
    size_t received;
    size_t found = datagram_receive(socket->fd, socket->is_udp ? IKE_NAT_PORT : 0,
                                    backend->batch_own, datagrams, &received);
    size_t count = 0;

    for (size_t i = 0; i < found; i++)
        if (packet_from_datagram(socket, &datagrams[i], &packets[count]))
            count++;
    (void)esp_open(&esp, plane_now_us(), packets, count);
    for (size_t i = 0; i < count; i++)
        if (packets[i].verdict == ESP_PASS)
            (void)tun_write(backend->tun_fd,
                            view_of(packets[i].buffer + packets[i].offset, packets[i].bytes));
    plane_drain_events(backend);
    return received == DATAGRAM_BATCH;
}
