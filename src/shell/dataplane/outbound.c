#include <stdlib.h>

#include "contract/event.h"
#include "dataplane/ike_socket.h"
#include "dataplane/plane_private.h"
#include "dataplane/tun_private.h"
#include "policy/ruleset.h"

static struct plane_socket *socket_for(struct backend *backend, const struct esp_packet *packet)
{
    bool is_ipv4 = packet->path.remote.address.family == ADDRESS_IPV4;

    if (packet->is_ah)
        return &backend->sockets[is_ipv4 ? PLANE_AH_IPV4 : PLANE_AH_IPV6];
    if (packet->path.is_encapsulated)
        return &backend->sockets[is_ipv4 ? PLANE_UDP_IPV4 : PLANE_UDP_IPV6];
    return &backend->sockets[is_ipv4 ? PLANE_RAW_IPV4 : PLANE_RAW_IPV6];
}

/* Sends what passed, runs of one socket together, in order. */
static void send_sealed(struct backend *backend, const struct esp_packet *packets, size_t count)
{
    struct datagram out[DATAGRAM_BATCH];
    struct plane_socket *socket = NULL;
    size_t filled = 0;

    for (size_t i = 0; i <= count; i++) {
        const struct esp_packet *packet = i < count ? &packets[i] : NULL;
        struct plane_socket *next = NULL;
        if (packet && packet->verdict != ESP_PASS)
            continue;
        if (packet)
            next = socket_for(backend, packet);
        if (filled > 0 && next != socket) {
            if (socket->fd >= 0)
                (void)datagram_send_batch(socket->fd, backend->send_batch_own, out, filled);
            filled = 0;
        }
        socket = next;
        if (packet)
            out[filled++] = (struct datagram){
                .local = packet->path.local,
                .remote = packet->path.remote,
                .bytes_view = {packet->buffer + packet->offset, packet->bytes},
                .traffic_class = packet->tos,
                .has_header = socket == &backend->sockets[PLANE_AH_IPV4],
            };
    }
}

/* Between which addresses the SA shall run; false when that is not known. */
static bool outer_addresses(const struct ipsec_entry *entry, const struct inner_packet *inner,
                            struct input_acquire *acquire)
{
    if (!ipsec_entry_is_tunnel(entry)) {
        acquire->local = inner->source;
        acquire->remote = inner->destination;
        return true;
    }
    acquire->local = entry->tunnel_source;
    acquire->remote = entry->tunnel_destination;
    if (acquire->remote.family == ADDRESS_NONE)
        return false;
    return acquire->local.family != ADDRESS_NONE ||
           ike_source_address(&acquire->remote, &acquire->local) == STATUS_OK;
}

/* Keeps a packet that has no SA, and asks for one unless that was done. */
static void packet_wait(struct backend *backend, const struct esp_packet *packet)
{
    const struct ipsec_entry *entry =
        ruleset_entry_by_reqid(backend->rules_ref, packet->entry->reqid);
    struct input input = {.kind = IN_ACQUIRE};
    struct input_acquire *acquire = &input.acquire;
    struct selector wanted;

    if (!entry)
        return;
    acquire->reqid = entry->reqid;
    acquire->packet = inner_packet_selector(&packet->inner, PACKET_OUTBOUND);
    if (!ipsec_entry_identities(entry, &acquire->packet, &wanted))
        return;
    if (waiting_keep(backend->waiting_own, plane_now_us(), entry->reqid, &wanted,
                     view_of(packet->buffer + packet->offset, packet->bytes),
                     &acquire->sequence) != WAITING_ASK)
        return;
    if (outer_addresses(entry, &packet->inner, acquire))
        plane_deliver(backend, &input);
    else
        plane_log(backend, SEVERITY_WARNING,
                  "policy entry %u: the ends of tunnel \"%s\" are not known; give them with tsrc "
                  "and tdst, or make the device",
                  (unsigned)entry->index, entry->tunnel);
}

/* Seals and sends a batch; what has no SA waits. */
static void packets_process(struct backend *backend, struct esp_packet *packets, size_t count)
{
    struct esp esp = {.sad_view = backend->sad_own, .spd_view = backend->spd_own};

    if (!backend->rules_ref)
        return;
    (void)esp_seal(&esp, plane_now_us(), packets, count);
    send_sealed(backend, packets, count);
    for (size_t i = 0; i < count; i++)
        if (packets[i].verdict == ESP_ACQUIRE)
            packet_wait(backend, &packets[i]);
}

static struct esp_packet packet_over(struct outbound_slot *slot, size_t bytes)
{
    return (struct esp_packet){
        .buffer = slot->octets,
        .capacity_bytes = sizeof slot->octets,
        .offset = ESP_HEADROOM,
        .bytes = bytes,
    };
}

bool outbound_read(struct backend *backend)
{
    struct esp_packet packets[DATAGRAM_BATCH];
    size_t count = 0;
    size_t reads = 0;

    while (count < DATAGRAM_BATCH && reads++ < DATAGRAM_BATCH) {
        struct outbound_slot *slot = &backend->slots_own[count];
        uint8_t *octets = slot->octets + ESP_HEADROOM;
        size_t bytes = tun_read(backend->tun_fd, octets, FRAGMENT_PACKET_BYTES);
        struct view whole = view_of(octets, bytes);
        enum fragment_result result;
        if (bytes == 0)
            break;
        result = fragments_take(backend->fragments_own, plane_now_us(), whole, &whole);
        if (result == FRAGMENT_WHOLE)
            memcpy(octets, whole.data, whole.bytes);
        if (result == FRAGMENT_NONE || result == FRAGMENT_WHOLE)
            packets[count++] = packet_over(slot, whole.bytes);
    }
    packets_process(backend, packets, count);
    plane_drain_events(backend);
    return reads > DATAGRAM_BATCH;
}

void outbound_release(struct backend *backend, uint32_t reqid)
{
    struct esp_packet packets[DATAGRAM_BATCH];
    size_t count = 0;
    struct list released;

    list_init(&released);
    waiting_release(backend->waiting_own, reqid, &released);
    LIST_EACH (item, &released) {
        struct waiting_packet *kept = CONTAINER_OF(item, struct waiting_packet, link);
        struct outbound_slot *slot = &backend->slots_own[count];
        memcpy(slot->octets + ESP_HEADROOM, kept->octets, kept->bytes);
        packets[count++] = packet_over(slot, kept->bytes);
        list_remove(item);
        free(kept);
        if (count == DATAGRAM_BATCH || list_is_empty(&released)) {
            packets_process(backend, packets, count);
            count = 0;
        }
    }
    waiting_settle(backend->waiting_own, reqid);
    plane_drain_events(backend);
}
