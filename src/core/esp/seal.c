#include "esp/ah_private.h"
#include "esp/ip_header_private.h"
#include "esp/sad_private.h"

#define TRAILER_BYTES 2u /* pad length, next header */

/* What of the packet is protected, and how long it becomes. */
struct sealing {
    size_t start;         /* in the buffer */
    size_t bytes;         /* of the protected part, without trailer */
    size_t padding;       /* octets; this and the two below are of ESP, all 0 for AH alone */
    size_t header_bytes;  /* with IV */
    size_t trailer_bytes; /* padding, pad length, next header */
    size_t icv_bytes;
    size_t ah_bytes; /* in front of it all: AH and its IP header; 0: none */
    uint8_t next_header;
};

static struct sealing sealing_of(const struct esp_sa *sa, const struct esp_packet *packet)
{
    const struct packet_cipher *cipher = sa->cipher_own;
    bool is_tunnel = sa->mode == CHILD_TUNNEL;
    size_t skip = is_tunnel ? 0 : packet->inner.header_bytes;
    struct sealing sealing = {
        .start = packet->offset + skip,
        .bytes = packet->bytes - skip,
        .next_header = packet->inner.next_header,
    };

    if (is_tunnel)
        sealing.next_header =
            packet->inner.source.family == ADDRESS_IPV4 ? IP_NEXT_IPV4 : IP_NEXT_IPV6;
    if (sa->mac_own)
        sealing.ah_bytes = ah_overhead_bytes(sa);
    if (!cipher)
        return sealing;
    size_t block_bytes = packet_cipher_block_bytes(cipher);
    sealing.header_bytes = PACKET_HEADER_BYTES + packet_cipher_iv_bytes(cipher);
    sealing.padding = block_bytes - 1 - (sealing.bytes + TRAILER_BYTES - 1) % block_bytes;
    sealing.trailer_bytes = sealing.padding + TRAILER_BYTES;
    sealing.icv_bytes = packet_cipher_icv_bytes(cipher);
    return sealing;
}

static bool sealing_has_room(const struct sealing *sealing, const struct esp_packet *packet)
{
    return sealing->start >= sealing->header_bytes + sealing->ah_bytes &&
           sealing->start + sealing->bytes + sealing->trailer_bytes + sealing->icv_bytes <=
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

/* Can transport mode carry it? The outer header is all that tells the peer who speaks to whom. */
static enum esp_drop transport_check(const struct esp_sa *sa, const struct inner_packet *inner)
{
    if (inner->is_fragment || inner->has_options)
        return ESP_DROP_TRANSPORT;
    /* AH would have to know which option behind it may change. RFC 4302 section 3.3.3.1.2 */
    if (sa->mac_own && inner->upper_offset != inner->header_bytes)
        return ESP_DROP_TRANSPORT;
    return address_equal(&inner->source, &sa->path.local.address) &&
                   address_equal(&inner->destination, &sa->path.remote.address)
               ? ESP_DROP_NONE
               : ESP_DROP_SELECTOR;
}

/* Encrypts in place; what AH is put around, if it is, comes out. */
static enum esp_drop esp_layer_seal(const struct esp_sa *sa, const struct esp_packet *packet,
                                    const struct sealing *sealing, uint32_t sequence,
                                    struct ah_payload *out)
{
    size_t payload_bytes = sealing->bytes + sealing->trailer_bytes;
    size_t start = sealing->start - sealing->header_bytes;

    trailer_write(sealing, packet->buffer + sealing->start + sealing->bytes);
    header_write(packet->buffer + start, sa->spi, sequence);
    if (packet_cipher_seal(sa->cipher_own, packet->buffer + start, payload_bytes, sequence) !=
        STATUS_OK)
        return ESP_DROP_CRYPTO;
    *out = (struct ah_payload){
        .start = start,
        .bytes = sealing->header_bytes + payload_bytes + sealing->icv_bytes,
        .next_header = IP_PROTOCOL_ESP,
    };
    return ESP_DROP_NONE;
}

/* Seals with this SA; ESP_DROP_SEQUENCE: its numbers are used up and nothing was touched. AH around
 * ESP takes the number of its ESP: they go together, one by one. */
static enum esp_drop seal_with(struct esp_sa *sa, struct esp_packet *packet)
{
    struct sealing sealing = sealing_of(sa, packet);
    struct ah_payload sealed = {sealing.start, sealing.bytes, sealing.next_header};
    enum esp_drop reason = ESP_DROP_NONE;
    uint32_t sequence;

    if (sa->mode == CHILD_TRANSPORT)
        reason = transport_check(sa, &packet->inner);
    if (reason != ESP_DROP_NONE)
        return reason;
    if (!sealing_has_room(&sealing, packet))
        return ESP_DROP_ROOM;
    if (!esp_sa_take_sequence(sa, &sequence))
        return ESP_DROP_SEQUENCE;
    if (sa->cipher_own)
        reason = esp_layer_seal(sa, packet, &sealing, sequence, &sealed);
    if (reason != ESP_DROP_NONE)
        return reason;
    packet->offset = sealed.start;
    packet->bytes = sealed.bytes;
    packet->path = sa->path;
    packet->tos = packet->inner.tos;
    packet->is_ah = sa->mac_own != NULL;
    return packet->is_ah ? ah_seal(sa, packet, &sealed, sequence) : ESP_DROP_NONE;
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
