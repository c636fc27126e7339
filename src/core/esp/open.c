#include "base/reader.h"
#include "esp/ah_private.h"
#include "esp/checksum_private.h"
#include "esp/ip_header_private.h"
#include "esp/sad_private.h"

#define TRAILER_BYTES 2u
#define SELECTOR_EVENT_US (UINT64_C(10) * 1000000) /* SEC-185 */

/* ECN field of TOS or traffic class. RFC 3168 */
enum ecn {
    ECN_NOT_CAPABLE = 0,
    ECN_CAPABLE_1 = 1,
    ECN_CAPABLE_0 = 2,
    ECN_CONGESTION = 3,
};
#define ECN_MASK 3u

/* What is inside, layer after layer: `bytes` octets from `start` in the buffer. */
struct opened {
    size_t start;
    size_t bytes;
    uint8_t next_header;
};

/* Verifies and decrypts what begins at out->start; the replay window is asked before and moved
 * after. RFC 4303 3.4.3 */
static enum esp_drop esp_authenticate(struct esp_sa *sa, const struct esp_packet *packet,
                                      struct opened *out, bool *is_newest)
{
    uint8_t *octets = packet->buffer + out->start;
    struct reader reader = reader_over(view_of(octets, PACKET_HEADER_BYTES));
    (void)reader_u32(&reader); /* SPI */
    uint64_t sequence = esp_sa_sequence(sa, &sa->replay, reader_u32(&reader));
    size_t payload_bytes = 0;

    if (!replay_is_fresh(&sa->replay, sequence))
        return ESP_DROP_REPLAY;
    switch (packet_cipher_open(sa->cipher_own, octets, out->bytes, (uint32_t)(sequence >> 32),
                               &payload_bytes)) {
    case STATUS_OK:
        break;
    case STATUS_MALFORMED:
        return ESP_DROP_MALFORMED;
    case STATUS_FORGED:
        return ESP_DROP_FORGED;
    default:
        return ESP_DROP_CRYPTO;
    }
    *is_newest = sequence > sa->replay.highest;
    if (!replay_take(&sa->replay, sequence))
        return ESP_DROP_REPLAY;
    out->start += PACKET_HEADER_BYTES + packet_cipher_iv_bytes(sa->cipher_own);
    out->bytes = payload_bytes;
    return ESP_DROP_NONE;
}

/* Takes the trailer off. Every octet of the padding is looked at, right or wrong. */
static enum esp_drop trailer_take(const uint8_t *buffer, struct opened *opened)
{
    const uint8_t *payload = buffer + opened->start;
    size_t padding = payload[opened->bytes - 2];
    uint8_t difference = 0;

    opened->next_header = payload[opened->bytes - 1];
    if (padding + TRAILER_BYTES > opened->bytes)
        return ESP_DROP_PADDING;
    opened->bytes -= padding + TRAILER_BYTES;
    for (size_t i = 0; i < padding; i++)
        difference |= (uint8_t)(payload[opened->bytes + i] ^ (uint8_t)(i + 1));
    if (difference != 0)
        return ESP_DROP_PADDING;
    return ESP_DROP_NONE;
}

/* Makes the IP header that transport mode left outside, from what the socket saw. */
static enum esp_drop header_rebuild(struct esp_packet *packet, struct opened *opened)
{
    const struct path *path = &packet->path;
    uint8_t family = path->remote.address.family;
    size_t header_bytes = ip_header_bytes(family);
    struct ip_header header = {
        .source_view = &path->remote.address,
        .destination_view = &path->local.address,
        .payload_bytes = opened->bytes,
        .tos = packet->tos,
        .ttl = packet->ttl ? packet->ttl : IP_DEFAULT_TTL,
        .next_header = opened->next_header,
    };

    if (family == ADDRESS_NONE || family != path->local.address.family)
        return ESP_DROP_INNER;
    if (opened->start < header_bytes || header_bytes + opened->bytes > UINT16_MAX)
        return ESP_DROP_ROOM;
    opened->start -= header_bytes;
    opened->bytes += header_bytes;
    ip_header_write(&header, packet->buffer + opened->start);
    return ESP_DROP_NONE;
}

/* The inner packet in the buffer, with its header, parsed. */
static enum esp_drop inner_find(const struct esp_sa *sa, struct esp_packet *packet,
                                struct opened *opened)
{
    uint8_t wanted_family = opened->next_header == IP_NEXT_IPV4   ? ADDRESS_IPV4
                            : opened->next_header == IP_NEXT_IPV6 ? ADDRESS_IPV6
                                                                  : ADDRESS_NONE;
    enum esp_drop reason = ESP_DROP_NONE;

    if (sa->mode == CHILD_TRANSPORT) {
        reason = header_rebuild(packet, opened);
        wanted_family = packet->path.remote.address.family;
    }
    if (reason != ESP_DROP_NONE)
        return reason;
    uint8_t *inner = packet->buffer + opened->start;
    if (inner_packet_parse(view_of(inner, opened->bytes), &packet->inner) != STATUS_OK ||
        packet->inner.source.family != wanted_family)
        return ESP_DROP_INNER;
    if (sa->mode == CHILD_TRANSPORT && packet->path.is_encapsulated)
        inner_packet_fix_checksum(&packet->inner, inner);
    return ESP_DROP_NONE;
}

/* Writes the two ECN bits of an inner header. */
static void ecn_write(struct inner_packet *inner, uint8_t *octets, enum ecn ecn)
{
    inner->tos = (uint8_t)((inner->tos & ~ECN_MASK) | ecn);
    if (inner->source.family == ADDRESS_IPV6) {
        octets[1] = (uint8_t)((octets[1] & 0xcfu) | (unsigned)ecn << 4);
        return;
    }
    octets[1] = inner->tos;
    octets[10] = 0;
    octets[11] = 0;
    uint16_t checksum = checksum_of(checksum_add(0, view_of(octets, inner->header_bytes)));
    octets[10] = (uint8_t)(checksum >> 8);
    octets[11] = (uint8_t)checksum;
}

/* Tunnel mode: what the way said about congestion goes into the inner header. RFC 6040 section 4 */
static enum esp_drop ecn_decapsulate(struct esp_packet *packet, uint8_t *octets)
{
    enum ecn outer = (enum ecn)(packet->tos & ECN_MASK);
    enum ecn inner = (enum ecn)(packet->inner.tos & ECN_MASK);

    if (inner == ECN_NOT_CAPABLE)
        return outer == ECN_CONGESTION ? ESP_DROP_CONGESTION : ESP_DROP_NONE;
    if (outer == ECN_CONGESTION || (outer == ECN_CAPABLE_1 && inner == ECN_CAPABLE_0))
        ecn_write(&packet->inner, octets, outer);
    return ESP_DROP_NONE;
}

static bool address_is_link_local(const struct address *address)
{
    const uint8_t *octets = address->octets;

    if (address->family == ADDRESS_IPV4)
        return octets[0] == 169 && octets[1] == 254;
    return octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}

/* An address that no packet should come with, unless the selector is of that kind itself. */
static bool address_is_allowed(const struct address *address, const struct address_range *range)
{
    static bool (*const kinds[])(const struct address *) = {
        address_is_unspecified,
        address_is_loopback,
        address_is_multicast,
        address_is_link_local,
    };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (kinds[i](address) && !(kinds[i](&range->first) && kinds[i](&range->last)))
            return false;
    }
    return true;
}

/*
 * Addresses of a tunnelled packet that the selector does not forbid and that would harm all the
 * same (SEC-187): special ones, and our own outer address, which only a selector of its own or, as
 * destination, a real prefix may mean.
 */
static bool addresses_are_allowed(const struct esp_packet *packet, const struct selector *selector)
{
    const struct address *ours = &packet->path.local.address;
    const struct inner_packet *inner = &packet->inner;

    if (!address_is_allowed(&inner->source, &selector->remote) ||
        !address_is_allowed(&inner->destination, &selector->local))
        return false;
    if (address_equal(&inner->source, ours))
        return address_equal(&selector->remote.first, &selector->remote.last);
    return !address_equal(&inner->destination, ours) ||
           address_range_prefix_bits(&selector->local) != 0;
}

static const struct selector *selector_find(const struct esp_sa *sa,
                                            const struct inner_packet *inner)
{
    for (size_t i = 0; i < sa->selector_count; i++) {
        if (inner_packet_matches(inner, PACKET_INBOUND, &sa->selectors_own[i]))
            return &sa->selectors_own[i];
    }
    return NULL;
}

/* Is this packet one that may come by this SA? RFC 4301 section 5.2 */
static enum esp_drop policy_check(const struct esp *esp, const struct esp_sa *sa,
                                  struct esp_packet *packet)
{
    const struct selector *selector = selector_find(sa, &packet->inner);

    if (!selector)
        return ESP_DROP_SELECTOR;
    if (sa->mode == CHILD_TUNNEL && !addresses_are_allowed(packet, selector))
        return ESP_DROP_ADDRESS;
    packet->entry = esp->spd_view ? spd_find(esp->spd_view, PACKET_INBOUND, &packet->inner) : NULL;
    if (!packet->entry || packet->entry->action == SPD_BYPASS)
        return ESP_DROP_NONE;
    return packet->entry->action == SPD_PROTECT && packet->entry->reqid == sa->reqid
               ? ESP_DROP_NONE
               : ESP_DROP_POLICY;
}

/* The peer sends from elsewhere: the newest authentic packet counts (RFC 3948 section 5). */
static void endpoint_follow(const struct esp *esp, struct esp_sa *sa,
                            const struct esp_packet *packet)
{
    const struct endpoint *remote = &packet->path.remote;

    if (!packet->path.is_encapsulated || endpoint_equal(remote, &sa->reported))
        return;
    if (endpoint_equal(remote, &sa->path.remote)) {
        sa->reported = *remote; /* back again: the next change is told */
        return;
    }
    sa->reported = *remote;
    sad_note(esp->sad_view, sa, ESP_EVENT_ENDPOINT);
}

/* Takes AH off; where it is around ESP, exactly that ESP must be inside. */
static enum esp_drop ah_layer_open(struct esp_sa *sa, struct esp_packet *packet,
                                   struct opened *opened)
{
    struct ah_payload payload;
    enum esp_drop reason = ah_open(sa, packet, &payload);

    if (reason != ESP_DROP_NONE)
        return reason;
    *opened = (struct opened){payload.start, payload.bytes, payload.next_header};
    if (!sa->cipher_own)
        return ESP_DROP_NONE;
    struct reader reader = reader_over(view_of(packet->buffer + opened->start, opened->bytes));
    return opened->next_header == IP_PROTOCOL_ESP && opened->bytes > PACKET_HEADER_BYTES &&
                   reader_u32(&reader) == sa->spi
               ? ESP_DROP_NONE
               : ESP_DROP_BUNDLE;
}

/* All that the SA protects is taken off: AH, ESP, or one after the other. */
static enum esp_drop layers_open(const struct esp *esp, struct esp_sa *sa,
                                 struct esp_packet *packet, struct opened *opened)
{
    enum esp_drop reason = ESP_DROP_NONE;
    bool is_newest = false;

    if (packet->is_ah != (sa->mac_own != NULL))
        return ESP_DROP_BUNDLE;
    if (packet->is_ah)
        reason = ah_layer_open(sa, packet, opened);
    if (reason != ESP_DROP_NONE || !sa->cipher_own)
        return reason;
    reason = esp_authenticate(sa, packet, opened, &is_newest);
    if (reason != ESP_DROP_NONE)
        return reason;
    if (is_newest)
        endpoint_follow(esp, sa, packet);
    return trailer_take(packet->buffer, opened);
}

static enum esp_drop packet_open(const struct esp *esp, uint64_t now_us, struct esp_sa *sa,
                                 struct esp_packet *packet)
{
    struct opened opened = {.start = packet->offset, .bytes = packet->bytes};
    enum esp_drop reason;

    if (sa->path.is_encapsulated != packet->path.is_encapsulated)
        return ESP_DROP_ENCAPSULATION;
    if (!sad_is_alive(esp->sad_view, sa, now_us))
        return ESP_DROP_EXPIRED;
    reason = layers_open(esp, sa, packet, &opened);
    if (reason == ESP_DROP_NONE && opened.next_header == IP_NEXT_NONE)
        reason = ESP_DROP_DUMMY; /* RFC 4303 section 2.6 */
    if (reason == ESP_DROP_NONE)
        reason = inner_find(sa, packet, &opened);
    if (reason == ESP_DROP_NONE)
        reason = policy_check(esp, sa, packet);
    if (reason == ESP_DROP_NONE && sa->mode == CHILD_TUNNEL)
        reason = ecn_decapsulate(packet, packet->buffer + opened.start);
    if (reason != ESP_DROP_NONE)
        return reason;
    packet->offset = opened.start;
    packet->bytes = opened.bytes;
    sad_count_pass(esp->sad_view, sa, opened.bytes, now_us);
    return ESP_DROP_NONE;
}

/* The SPI of a packet of either protocol; false for one too short. */
static bool spi_find(const struct esp_packet *packet, uint32_t *out)
{
    struct reader reader = reader_over(view_of(packet->buffer + packet->offset, packet->bytes));

    if (packet->is_ah)
        return ah_spi(packet, out);
    *out = reader_u32(&reader);
    return packet->bytes > PACKET_HEADER_BYTES;
}

static void open_one(const struct esp *esp, uint64_t now_us, struct esp_packet *packet)
{
    enum ipsec_protocol protocol = packet->is_ah ? IPSEC_PROTOCOL_AH : IPSEC_PROTOCOL_ESP;
    struct esp_sa *sa = NULL;
    uint32_t spi;

    packet->entry = NULL;
    packet->reason = ESP_DROP_MALFORMED;
    if (spi_find(packet, &spi)) {
        sa = sad_find_inbound(esp->sad_view, protocol, spi);
        packet->reason = sa ? packet_open(esp, now_us, sa, packet) : ESP_DROP_NO_SA;
    }
    packet->sa = sa;
    packet->verdict = packet->reason == ESP_DROP_NONE ? ESP_PASS : ESP_DROPPED;
    if (packet->verdict == ESP_PASS)
        return;
    sad_count_drop(esp->sad_view, sa, packet->reason);
    if (packet->reason == ESP_DROP_SELECTOR &&
        (sa->selector_event_us == 0 || now_us - sa->selector_event_us >= SELECTOR_EVENT_US)) {
        sa->selector_event_us = now_us;
        sad_note(esp->sad_view, sa, ESP_EVENT_SELECTOR);
    }
}

size_t esp_open(const struct esp *esp, uint64_t now_us, struct esp_packet *packets, size_t count)
{
    size_t passed = 0;

    for (size_t i = 0; i < count; i++) {
        open_one(esp, now_us, &packets[i]);
        passed += packets[i].verdict == ESP_PASS;
    }
    return passed;
}
