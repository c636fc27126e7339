#include "dataplane/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>

#define CONTROL_BYTES 256u
#define FRAGMENT_UNIT_BYTES 8u /* of the offset. RFC 791 section 3.1 */
#define SLOT_BYTES ((size_t)DATAGRAM_MOST_BYTES + 2 * (size_t)DATAGRAM_HEADROOM)

struct datagram_slot {
    struct sockaddr_storage remote;
    struct iovec part;
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
};

struct datagram_batch {
    struct mmsghdr headers[DATAGRAM_BATCH];
    struct datagram_slot slots[DATAGRAM_BATCH];
    uint8_t *buffers_own;
};

struct datagram_batch *datagram_batch_new(void)
{
    struct datagram_batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        return NULL;
    batch->buffers_own = malloc((size_t)DATAGRAM_BATCH * SLOT_BYTES);
    if (!batch->buffers_own) {
        free(batch);
        return NULL;
    }
    return batch;
}

void datagram_batch_free(struct datagram_batch *batch)
{
    if (!batch)
        return;
    free(batch->buffers_own);
    free(batch);
}

static struct address address_of_ipv4(const struct in_addr *from)
{
    struct address address = {.family = ADDRESS_IPV4};

    memcpy(address.octets, from, sizeof *from);
    return address;
}

static struct address address_of_ipv6(const struct in6_addr *from)
{
    struct address address = {.family = ADDRESS_IPV6};

    memcpy(address.octets, from, sizeof *from);
    return address;
}

struct endpoint endpoint_of_socket(const struct sockaddr_storage *from)
{
    struct endpoint endpoint = {0};

    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)from;
        endpoint.address = address_of_ipv4(&ipv4->sin_addr);
        endpoint.port = ntohs(ipv4->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)from;
        endpoint.address = address_of_ipv6(&ipv6->sin6_addr);
        endpoint.port = ntohs(ipv6->sin6_port);
    }
    return endpoint;
}

/* One piece of control data, copied out because its place in the buffer is not aligned for it. */
static void datagram_take_control(struct datagram *datagram, struct cmsghdr *control)
{
    const void *data = CMSG_DATA(control);
    int level = control->cmsg_level;
    int type = control->cmsg_type;
    int number = 0;

    if (level == IPPROTO_IP && type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, data, sizeof info);
        datagram->local.address = address_of_ipv4(&info.ipi_addr);
    } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, data, sizeof info);
        datagram->local.address = address_of_ipv6(&info.ipi6_addr);
    } else if (level == IPPROTO_IP && type == IP_TOS) {
        datagram->traffic_class = *(const uint8_t *)data;
    } else if ((level == IPPROTO_IP && type == IP_TTL) ||
               (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
        memcpy(&number, data, sizeof number);
        datagram->hop_limit = (uint8_t)number;
    } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS) {
        memcpy(&number, data, sizeof number);
        datagram->traffic_class = (uint8_t)number;
    }
}

static struct datagram datagram_of_slot(struct mmsghdr *header, uint16_t local_port)
{
    const struct datagram_slot *slot = header->msg_hdr.msg_name;
    struct datagram datagram = {
        .remote = endpoint_of_socket(&slot->remote),
        .bytes_view = {slot->part.iov_base, header->msg_len},
        .room = slot->part.iov_base,
    };

    datagram.local.port = local_port;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(&header->msg_hdr); control;
         control = CMSG_NXTHDR(&header->msg_hdr, control))
        datagram_take_control(&datagram, control);
    return datagram;
}

size_t datagram_receive(int fd, uint16_t local_port, struct datagram_batch *batch,
                        struct datagram out[DATAGRAM_BATCH], size_t *received)
{
    size_t count = 0;
    int got;

    for (size_t i = 0; i < DATAGRAM_BATCH; i++) {
        struct datagram_slot *slot = &batch->slots[i];
        slot->part = (struct iovec){
            .iov_base = batch->buffers_own + i * SLOT_BYTES + DATAGRAM_HEADROOM,
            .iov_len = DATAGRAM_MOST_BYTES,
        };
        batch->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &slot->remote,
            .msg_namelen = sizeof slot->remote,
            .msg_iov = &slot->part,
            .msg_iovlen = 1,
            .msg_control = slot->control,
            .msg_controllen = sizeof slot->control,
        };
    }
    do
        got = recvmmsg(fd, batch->headers, DATAGRAM_BATCH, MSG_DONTWAIT, NULL);
    while (got < 0 && errno == EINTR);
    *received = got > 0 ? (size_t)got : 0;
    for (size_t i = 0; i < *received; i++) {
        struct datagram datagram;
        if (batch->headers[i].msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
            continue;
        datagram = datagram_of_slot(&batch->headers[i], local_port);
        if (datagram.local.address.family != ADDRESS_NONE)
            out[count++] = datagram;
    }
    return count;
}

socklen_t endpoint_to_socket(const struct endpoint *endpoint, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (endpoint->address.family == ADDRESS_IPV4) {
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)out;
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(endpoint->port);
        memcpy(&ipv4->sin_addr, endpoint->address.octets, sizeof ipv4->sin_addr);
        return sizeof *ipv4;
    }
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)out;
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(endpoint->port);
    memcpy(&ipv6->sin6_addr, endpoint->address.octets, sizeof ipv6->sin6_addr);
    return sizeof *ipv6;
}

static void control_add(struct msghdr *message, int level, int type, struct view data)
{
    uint8_t *at = (uint8_t *)message->msg_control + message->msg_controllen;
    struct cmsghdr control = {
        .cmsg_len = CMSG_LEN(data.bytes),
        .cmsg_level = level,
        .cmsg_type = type,
    };

    memcpy(at, &control, sizeof control);
    memcpy(at + CMSG_LEN(0), data.data, data.bytes);
    message->msg_controllen += CMSG_SPACE(data.bytes);
}

/* The source address, so that an answer leaves with the address to which the question came. */
static void control_add_source(struct msghdr *message, const struct address *local)
{
    if (address_is_unspecified(local))
        return;
    if (local->family == ADDRESS_IPV4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, local->octets, sizeof info.ipi_spec_dst);
        control_add(message, IPPROTO_IP, IP_PKTINFO, view_of(&info, sizeof info));
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, local->octets, sizeof info.ipi6_addr);
        control_add(message, IPPROTO_IPV6, IPV6_PKTINFO, view_of(&info, sizeof info));
    }
}

/* Whither, from where and with which traffic class; -1: the socket's own. */
static void message_address(struct msghdr *message, const struct endpoint *local,
                            const struct endpoint *remote, int traffic_class)
{
    bool is_ipv4 = remote->address.family == ADDRESS_IPV4;

    message->msg_namelen = endpoint_to_socket(remote, message->msg_name);
    message->msg_controllen = 0;
    control_add_source(message, &local->address);
    if (traffic_class >= 0)
        control_add(message, is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4 ? IP_TOS : IPV6_TCLASS,
                    view_of(&traffic_class, sizeof traffic_class));
}

enum status datagram_send(int fd, const struct path *path, const struct view *parts,
                          size_t part_count, int traffic_class)
{
    enum {
        MOST_PARTS = 8,
    };
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES] = {0};
    struct sockaddr_storage remote;
    struct iovec vector[MOST_PARTS];
    struct msghdr message = {.msg_name = &remote, .msg_iov = vector, .msg_control = control};
    ssize_t sent;

    if (part_count > MOST_PARTS)
        return STATUS_LIMIT;
    for (size_t i = 0; i < part_count; i++)
        vector[i] = (struct iovec){(void *)(uintptr_t)parts[i].data, parts[i].bytes};
    message.msg_iovlen = part_count;
    message_address(&message, &path->local, &path->remote, traffic_class);
    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return STATUS_OK;
    return errno == EAGAIN || errno == ENOBUFS ? STATUS_LIMIT : STATUS_SYSTEM;
}

/* Sends one fragment of `whole`, whose header is 20 octets; sendmsg's answer. */
static ssize_t fragment_send(int fd, const struct msghdr *message, struct view whole, size_t offset,
                             size_t bytes)
{
    uint8_t header[sizeof(struct iphdr)];
    bool is_last = sizeof header + offset + bytes == whole.bytes;
    uint16_t word = (uint16_t)(offset / FRAGMENT_UNIT_BYTES | (is_last ? 0 : IP_MF));
    struct iovec parts[] = {
        {header, sizeof header},
        {(void *)(uintptr_t)(whole.data + sizeof header + offset), bytes},
    };
    struct msghdr fragment = *message;
    ssize_t sent;

    memcpy(header, whole.data, sizeof header); /* length and checksum are the kernel's */
    header[6] = (uint8_t)(word >> 8);
    header[7] = (uint8_t)word;
    fragment.msg_iov = parts;
    fragment.msg_iovlen = sizeof parts / sizeof *parts;
    do
        sent = sendmsg(fd, &fragment, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

/*
 * Sends an IPv4 datagram that has its header in fragments, as long as the device takes them: it
 * alone knows its MTU, so it is asked from the longest to the shortest. False when the socket is
 * full; then the receiver times the rest out, as with any lost fragment.
 */
static bool fragments_send(int fd, const struct msghdr *message, struct view whole)
{
    static const size_t mtus[] = {9000, 4352, 1500, 1492, 1280, 576};
    size_t payload_bytes = whole.bytes - sizeof(struct iphdr);
    size_t offset = 0;

    for (size_t i = 0; i < sizeof mtus / sizeof *mtus; i++) {
        size_t most = (mtus[i] - sizeof(struct iphdr)) / FRAGMENT_UNIT_BYTES * FRAGMENT_UNIT_BYTES;
        while (offset < payload_bytes) {
            size_t rest_bytes = payload_bytes - offset;
            size_t bytes = rest_bytes < most ? rest_bytes : most;
            if (fragment_send(fd, message, whole, offset, bytes) < 0)
                break;
            offset += bytes;
        }
        if (offset == payload_bytes || errno != EMSGSIZE)
            break;
    }
    return offset == payload_bytes || (errno != EAGAIN && errno != ENOBUFS);
}

size_t datagram_send_batch(int fd, struct datagram_batch *batch, const struct datagram *datagrams,
                           size_t count)
{
    size_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        struct datagram_slot *slot = &batch->slots[i];
        struct msghdr *message = &batch->headers[i].msg_hdr;
        slot->part = (struct iovec){(void *)(uintptr_t)datagrams[i].bytes_view.data,
                                    datagrams[i].bytes_view.bytes};
        *message = (struct msghdr){
            .msg_name = &slot->remote,
            .msg_iov = &slot->part,
            .msg_iovlen = 1,
            .msg_control = slot->control,
        };
        message_address(message, &datagrams[i].local, &datagrams[i].remote,
                        datagrams[i].traffic_class);
    }
    while (taken < count) {
        int sent = sendmmsg(fd, batch->headers + taken, (unsigned)(count - taken),
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            taken += (size_t)sent;
        else if (errno == EAGAIN || errno == ENOBUFS)
            break;
        else if (errno == EMSGSIZE && datagrams[taken].has_header) {
            if (!fragments_send(fd, &batch->headers[taken].msg_hdr, datagrams[taken].bytes_view))
                break;
            taken++;
        } else if (errno != EINTR)
            taken++; /* refused for itself: the others shall not suffer (SEC-194) */
    }
    return taken;
}
