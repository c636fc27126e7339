#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"
#include "esp/ah_private.h"
#include "esp/ip_header_private.h"
#include "esp/sad_private.h"

/* Next header, payload length, reserved, SPI, sequence number. RFC 4302 section 2 */
#define AH_FIXED_BYTES 12u
#define AH_WORD_BYTES 4u
#define AH_LENGTH_LESS 2u /* words that the length field leaves out */
#define AH_ALIGN_IPV4 4u
#define AH_ALIGN_IPV6 8u
#define SEQUENCE_HIGH_BYTES 4u

static size_t round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

static uint8_t family_of(const struct esp_sa *sa)
{
    return sa->path.remote.address.family;
}

/* AH with its ICV and padding, as we send it. RFC 4302 section 3.3.3.2.1 */
static size_t ah_bytes(const struct esp_sa *sa)
{
    return round_up(AH_FIXED_BYTES + packet_mac_icv_bytes(sa->mac_own),
                    family_of(sa) == ADDRESS_IPV4 ? AH_ALIGN_IPV4 : AH_ALIGN_IPV6);
}

size_t ah_overhead_bytes(const struct esp_sa *sa)
{
    return ah_bytes(sa) + (family_of(sa) == ADDRESS_IPV4 ? IPV4_HEADER_BYTES : 0);
}

/*
 * The ICV over the IP header, whose mutable fields are zero, and the octets from AH on, whose ICV
 * is zero; the upper half of an extended number follows, unsent. RFC 4302 section 3.3.3
 */
static enum esp_drop icv_compute(struct esp_sa *sa, struct view header, struct view octets,
                                 uint64_t sequence, uint8_t icv[SECRET_MAX_BYTES])
{
    uint8_t high[SEQUENCE_HIGH_BYTES];
    struct writer writer = writer_over(high, sizeof high);
    const struct view parts[] = {header, octets, view_of(high, sizeof high)};

    writer_u32(&writer, (uint32_t)(sequence >> 32));
    return packet_mac_compute(sa->mac_own, parts, sa->is_esn ? COUNT(parts) : COUNT(parts) - 1,
                              icv) == STATUS_OK
               ? ESP_DROP_NONE
               : ESP_DROP_CRYPTO;
}

/* Never 0, which would let the kernel choose another one. */
static uint16_t identification_of(const struct esp_sa *sa, uint64_t sequence)
{
    uint16_t number = (uint16_t)(sequence ^ sa->spi);
    return number ? number : 1;
}

enum esp_drop ah_seal(struct esp_sa *sa, struct esp_packet *packet,
                      const struct ah_payload *payload, uint64_t sequence)
{
    size_t icv_bytes = packet_mac_icv_bytes(sa->mac_own);
    size_t bytes = ah_bytes(sa) + payload->bytes;
    uint8_t *octets = packet->buffer + payload->start - ah_bytes(sa);
    struct writer writer = writer_over(octets, ah_bytes(sa));
    uint8_t copy[IPV6_HEADER_BYTES];
    uint8_t icv[SECRET_MAX_BYTES];
    struct ip_header header = {
        .source_view = &sa->path.local.address,
        .destination_view = &sa->path.remote.address,
        .payload_bytes = bytes,
        .identification = identification_of(sa, sequence),
        .next_header = IP_PROTOCOL_AH,
    };

    writer_u8(&writer, payload->next_header);
    writer_u8(&writer, (uint8_t)(ah_bytes(sa) / AH_WORD_BYTES - AH_LENGTH_LESS));
    writer_u16(&writer, 0);
    writer_u32(&writer, sa->ah_spi);
    writer_u32(&writer, (uint32_t)sequence);
    writer_zeros(&writer, ah_bytes(sa) - AH_FIXED_BYTES);
    ip_header_write(&header, copy); /* TOS and TTL are zero: two of the four mutable fields */
    if (family_of(sa) == ADDRESS_IPV4)
        memset(copy + 10, 0, 2); /* the checksum; flags and fragment offset are zero */
    enum esp_drop reason = icv_compute(sa, view_of(copy, ip_header_bytes(family_of(sa))),
                                       view_of(octets, bytes), sequence, icv);
    if (reason != ESP_DROP_NONE)
        return reason;
    memcpy(octets + AH_FIXED_BYTES, icv, icv_bytes);
    packet->offset = payload->start - ah_overhead_bytes(sa);
    packet->bytes = ah_overhead_bytes(sa) + payload->bytes;
    header.tos = packet->tos;
    header.ttl = IP_DEFAULT_TTL;
    if (family_of(sa) == ADDRESS_IPV4)
        ip_header_write(&header, packet->buffer + packet->offset);
    return ESP_DROP_NONE;
}

/* IPv4 options that no router changes; any other one is zeroed. RFC 4302 appendix A1 */
static const uint8_t immutable_options[] = {
    130, /* security */
    133, /* extended security */
    134, /* commercial security */
    148, /* router alert */
    149, /* sender directed multi-destination delivery */
};

enum ipv4_option {
    IPV4_OPTION_END = 0,
    IPV4_OPTION_NOTHING = 1,
    IPV4_OPTION_LOOSE_ROUTE = 131,
    IPV4_OPTION_STRICT_ROUTE = 137,
};

/* Zeroes what may have changed on the way; false for a broken list or a source route. */
static bool options_normalize(uint8_t *options, size_t bytes)
{
    size_t at = 0;

    while (at < bytes && options[at] != IPV4_OPTION_END) {
        uint8_t type = options[at];
        if (type == IPV4_OPTION_NOTHING) {
            at++;
            continue;
        }
        size_t option_bytes = at + 1 < bytes ? options[at + 1] : 0;
        if (option_bytes < 2 || option_bytes > bytes - at || type == IPV4_OPTION_LOOSE_ROUTE ||
            type == IPV4_OPTION_STRICT_ROUTE)
            return false;
        if (!memchr(immutable_options, type, sizeof immutable_options))
            memset(options + at, 0, option_bytes);
        at += option_bytes;
    }
    return true;
}

/* The header in front of AH as its sender authenticated it. RFC 4302 section 3.3.3.1.1 */
static bool ipv4_normalize(const struct esp_packet *packet, uint8_t copy[IPV4_HEADER_BYTES_MAX])
{
    size_t bytes = packet->outer_bytes;

    if (bytes < IPV4_HEADER_BYTES || bytes > IPV4_HEADER_BYTES_MAX || bytes > packet->offset)
        return false;
    memcpy(copy, packet->buffer + packet->offset - bytes, bytes);
    size_t total_bytes = (size_t)copy[2] << 8 | copy[3];
    if (copy[0] != (uint8_t)(ADDRESS_IPV4 << 4 | bytes / 4) || copy[9] != IP_PROTOCOL_AH ||
        total_bytes != bytes + packet->bytes)
        return false;
    if (!view_equal(view_of(copy + 12, 4), address_view(&packet->path.remote.address)) ||
        !view_equal(view_of(copy + 16, 4), address_view(&packet->path.local.address)))
        return false;
    copy[1] = 0;             /* TOS */
    memset(copy + 6, 0, 3);  /* flags, fragment offset, TTL */
    memset(copy + 10, 0, 2); /* checksum */
    return options_normalize(copy + IPV4_HEADER_BYTES, bytes - IPV4_HEADER_BYTES);
}

/* The outer header as it was authenticated, in `copy`; empty when there is no such thing. */
static struct view header_find(const struct esp_packet *packet, uint8_t copy[IPV4_HEADER_BYTES_MAX])
{
    const struct path *path = &packet->path;
    struct ip_header header = {
        .source_view = &path->remote.address,
        .destination_view = &path->local.address,
        .payload_bytes = packet->bytes,
        .next_header = IP_PROTOCOL_AH,
    };

    if (path->remote.address.family != path->local.address.family)
        return (struct view){0};
    if (path->remote.address.family == ADDRESS_IPV6) {
        ip_header_write(&header, copy);
        return view_of(copy, IPV6_HEADER_BYTES);
    }
    if (path->remote.address.family != ADDRESS_IPV4 || !ipv4_normalize(packet, copy))
        return (struct view){0};
    return view_of(copy, packet->outer_bytes);
}

/*
 * What the length field says; 0 when no packet of this SA has it. Over IPv4 a multiple of 8 is
 * taken too: some senders pad so (Linux by default).
 */
static size_t length_check(const struct esp_sa *sa, const struct esp_packet *packet,
                           uint8_t length_field)
{
    size_t bytes = ((size_t)length_field + AH_LENGTH_LESS) * AH_WORD_BYTES;
    size_t least = AH_FIXED_BYTES + packet_mac_icv_bytes(sa->mac_own);

    if (packet->bytes <= bytes)
        return 0;
    if (bytes == round_up(least, AH_ALIGN_IPV6) ||
        (packet->path.remote.address.family == ADDRESS_IPV4 &&
         bytes == round_up(least, AH_ALIGN_IPV4)))
        return bytes;
    return 0;
}

static enum esp_drop icv_verify(struct esp_sa *sa, struct esp_packet *packet, struct view header,
                                uint64_t sequence)
{
    size_t icv_bytes = packet_mac_icv_bytes(sa->mac_own);
    uint8_t *octets = packet->buffer + packet->offset;
    uint8_t received[SECRET_MAX_BYTES];
    uint8_t icv[SECRET_MAX_BYTES];

    memcpy(received, octets + AH_FIXED_BYTES, icv_bytes);
    memset(octets + AH_FIXED_BYTES, 0, icv_bytes);
    enum esp_drop reason = icv_compute(sa, header, view_of(octets, packet->bytes), sequence, icv);
    if (reason != ESP_DROP_NONE)
        return reason;
    return secret_equal(view_of(icv, icv_bytes), view_of(received, icv_bytes)) ? ESP_DROP_NONE
                                                                               : ESP_DROP_FORGED;
}

enum esp_drop ah_open(struct esp_sa *sa, struct esp_packet *packet, struct ah_payload *out)
{
    struct reader reader = reader_over(view_of(packet->buffer + packet->offset, packet->bytes));
    struct replay *replay = sa->protocol == IPSEC_PROTOCOL_AH ? &sa->replay : &sa->ah_replay;
    uint8_t copy[IPV4_HEADER_BYTES_MAX];
    uint8_t next_header = reader_u8(&reader);
    size_t bytes = length_check(sa, packet, reader_u8(&reader));

    (void)reader_u16(&reader); /* reserved */
    (void)reader_u32(&reader); /* SPI */
    uint64_t sequence = esp_sa_sequence(sa, replay, reader_u32(&reader));
    struct view header = header_find(packet, copy);
    if (!reader_is_good(&reader) || bytes == 0 || view_is_empty(header))
        return ESP_DROP_MALFORMED;
    if (!replay_is_fresh(replay, sequence))
        return ESP_DROP_REPLAY;
    enum esp_drop reason = icv_verify(sa, packet, header, sequence);
    if (reason != ESP_DROP_NONE)
        return reason;
    if (!replay_take(replay, sequence))
        return ESP_DROP_REPLAY;
    *out = (struct ah_payload){
        .start = packet->offset + bytes,
        .bytes = packet->bytes - bytes,
        .next_header = next_header,
    };
    return ESP_DROP_NONE;
}

bool ah_spi(const struct esp_packet *packet, uint32_t *out)
{
    struct reader reader = reader_over(view_of(packet->buffer + packet->offset, packet->bytes));

    (void)reader_u32(&reader); /* next header, length, reserved */
    *out = reader_u32(&reader);
    return packet->bytes > AH_FIXED_BYTES;
}
