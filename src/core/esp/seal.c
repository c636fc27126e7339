#include "esp/esp.h"
#include "esp/sad_private.h"

#define TRAILER_BYTES 2u /* pad length, next header */
#define PROTOCOL_IPV4 4u
#define PROTOCOL_IPV6 41u

/* What of the packet is protected, and how long it becomes. */
struct sealing {
    size_t start;   /* in the buffer */
    size_t bytes;   /* of the protected part, without trailer */
    size_t padding; /* octets */
    size_t header_bytes;
    size_t icv_bytes;
    uint8_t next_header;
};

static struct sealing sealing_of(const struct esp_sa *sa, const struct esp_packet *packet)
{
    const struct packet_cipher *cipher = sa->cipher_own;
    bool is_tunnel = sa->mode == CHILD_TUNNEL;
    size_t skip = is_tunnel ? 0 : packet->inner.header_bytes;
    size_t block_bytes = packet_cipher_block_bytes(cipher);
    struct sealing sealing = {
        .start = packet->offset + skip,
        .bytes = packet->bytes - skip,
        .header_bytes = PACKET_HEADER_BYTES + packet_cipher_iv_bytes(cipher),
        .icv_bytes = packet_cipher_icv_bytes(cipher),
        .next_header = packet->inner.next_header,
    };

    if (is_tunnel)
        sealing.next_header =
            packet->inner.source.family == ADDRESS_IPV4 ? PROTOCOL_IPV4 : PROTOCOL_IPV6;
    sealing.padding = block_bytes - 1 - (sealing.bytes + TRAILER_BYTES - 1) % block_bytes;
    return sealing;
}

static bool sealing_has_room(const struct sealing *sealing, const struct esp_packet *packet)
{
    return sealing->start >= sealing->header_bytes && sealing->start + sealing->bytes +
                                                              sealing->padding + TRAILER_BYTES +
                                                              sealing->icv_bytes <=
                                                          packet->capacity_bytes;
}

/* Padding 1, 2, 3 ... RFC 4303 section 2.4 */
static void trailer_write(const struct sealing *sealing, uint8_t *end)
{
    for (size_t i = 0; i < sealing->padding; i++)
        end[i] = (uint8_t)(i + 1);
    end[sealing->padding] = (uint8_t)sealing->padding;
    end[sealing->padding + 1] = sealing->next_header;
}

static void header_write(uint8_t *out, uint32_t spi, uint32_t sequence)
{
    for (size_t i = 0; i < 4; i++) {
        out[i] = (uint8_t)(spi >> (24 - 8 * i));
        out[4 + i] = (uint8_t)(sequence >> (24 - 8 * i));
    }
}

/* In transport mode the outer header is all that tells the peer who speaks to whom. */
static bool transport_fits(const struct esp_sa *sa, const struct inner_packet *inner)
{
    return address_equal(&inner->source, &sa->path.local.address) &&
           address_equal(&inner->destination, &sa->path.remote.address);
}

/* Seals with this SA; ESP_DROP_SEQUENCE: its numbers are used up and nothing was touched. */
static enum esp_drop seal_with(struct esp_sa *sa, struct esp_packet *packet)
{
    struct sealing sealing = sealing_of(sa, packet);
    size_t payload_bytes = sealing.bytes + sealing.padding + TRAILER_BYTES;
    uint32_t sequence;

    if (sa->mode == CHILD_TRANSPORT && (packet->inner.is_fragment || packet->inner.has_options))
        return ESP_DROP_TRANSPORT;
    if (sa->mode == CHILD_TRANSPORT && !transport_fits(sa, &packet->inner))
        return ESP_DROP_SELECTOR;
    if (!sealing_has_room(&sealing, packet))
        return ESP_DROP_ROOM;
    if (!esp_sa_take_sequence(sa, &sequence))
        return ESP_DROP_SEQUENCE;
    uint8_t *start = packet->buffer + sealing.start - sealing.header_bytes;
    trailer_write(&sealing, packet->buffer + sealing.start + sealing.bytes);
    header_write(start, sa->spi, sequence);
    if (packet_cipher_seal(sa->cipher_own, start, payload_bytes, sequence) != STATUS_OK)
        return ESP_DROP_CRYPTO;
    packet->offset = sealing.start - sealing.header_bytes;
    packet->bytes = sealing.header_bytes + payload_bytes + sealing.icv_bytes;
    packet->path = sa->path;
    packet->tos = packet->inner.tos;
    return ESP_DROP_NONE;
}

static void packet_drop(const struct esp *esp, struct esp_packet *packet, struct esp_sa *sa,
                        enum esp_drop reason)
{
    packet->verdict = ESP_DROPPED;
    packet->reason = reason;
    packet->sa = sa;
    sad_count_drop(esp->sad_view, sa, reason);
}

/* Finds the newest SA that lives and has a number left; ends those that do not. */
static void seal_protected(const struct esp *esp, uint64_t now_us, struct esp_packet *packet)
{
    size_t inner_bytes = packet->bytes;

    for (;;) {
        struct esp_sa *sa = sad_select(esp->sad_view, packet->entry->reqid, &packet->inner);
        if (!sa) {
            packet->verdict = ESP_ACQUIRE;
            return;
        }
        if (!sad_is_alive(esp->sad_view, sa, now_us))
            continue; /* it is not selected again */
        enum esp_drop reason = seal_with(sa, packet);
        if (reason == ESP_DROP_NONE) {
            packet->verdict = ESP_PASS;
            packet->sa = sa;
            sad_count_pass(esp->sad_view, sa, inner_bytes, now_us);
            return;
        }
        if (reason != ESP_DROP_SEQUENCE) {
            packet_drop(esp, packet, sa, reason);
            return;
        }
        sad_end(esp->sad_view, sa, ESP_LIMIT_SEQUENCE);
    }
}

static void seal_one(const struct esp *esp, uint64_t now_us, struct esp_packet *packet)
{
    packet->reason = ESP_DROP_NONE;
    packet->entry = NULL;
    packet->sa = NULL;
    if (inner_packet_parse(view_of(packet->buffer + packet->offset, packet->bytes),
                           &packet->inner) != STATUS_OK) {
        packet_drop(esp, packet, NULL, ESP_DROP_MALFORMED);
        return;
    }
    packet->entry = esp->spd_view ? spd_find(esp->spd_view, PACKET_OUTBOUND, &packet->inner) : NULL;
    if (!packet->entry || packet->entry->action == SPD_DROP)
        packet_drop(esp, packet, NULL, ESP_DROP_POLICY);
    else if (packet->entry->action == SPD_BYPASS)
        packet->verdict = ESP_BYPASS;
    else
        seal_protected(esp, now_us, packet);
}

size_t esp_seal(const struct esp *esp, uint64_t now_us, struct esp_packet *packets, size_t count)
{
    size_t passed = 0;

    for (size_t i = 0; i < count; i++) {
        seal_one(esp, now_us, &packets[i]);
        passed += packets[i].verdict == ESP_PASS;
    }
    return passed;
}
