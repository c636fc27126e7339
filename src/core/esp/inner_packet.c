#include "esp/inner_packet.h"

#include "base/reader.h"
#include "esp/checksum_private.h"

/* Protocol numbers that the parser tells apart. IANA protocol-numbers */
enum ip_protocol {
    IP_HOP_BY_HOP = 0,
    IP_ICMP = 1,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_DCCP = 33,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_ICMPV6 = 58,
    IP_DESTINATION_OPTIONS = 60,
    IP_SCTP = 132,
    IP_UDP_LITE = 136,
};

#define IPV4_HEADER_BYTES 20u
#define IPV4_MORE_FRAGMENTS 0x2000u
#define IPV4_FRAGMENT_OFFSET 0x1fffu
#define IPV6_HEADER_BYTES 40u
#define IPV6_FRAGMENT_OFFSET 0xfff8u
#define IPV6_MORE_FRAGMENTS 1u

static bool protocol_has_ports(uint8_t protocol)
{
    return protocol == IP_TCP || protocol == IP_UDP || protocol == IP_UDP_LITE ||
           protocol == IP_SCTP || protocol == IP_DCCP;
}

static bool protocol_is_icmp(const struct inner_packet *packet)
{
    return packet->protocol == (packet->source.family == ADDRESS_IPV4 ? IP_ICMP : IP_ICMPV6);
}

/* Ports or ICMP type at the reader; false when they should be there and are not. */
static bool upper_parse(struct reader *reader, struct inner_packet *packet)
{
    size_t left_bytes = reader_left(reader);

    packet->upper_offset = reader->offset;
    if (protocol_has_ports(packet->protocol)) {
        if (left_bytes < 4)
            return packet->is_fragment;
        uint32_t ports = reader_u32(reader);
        packet->source_port = (uint16_t)(ports >> 16);
        packet->destination_port = (uint16_t)ports;
        packet->has_ports = true;
    } else if (protocol_is_icmp(packet)) {
        if (left_bytes < 2)
            return packet->is_fragment;
        packet->icmp_type = reader_u8(reader);
        packet->icmp_code = reader_u8(reader);
        packet->has_icmp = true;
    }
    return true;
}

static enum status ipv4_parse(struct reader *reader, struct inner_packet *packet)
{
    /* Word by word, as the header is drawn: this runs for every packet. RFC 791 section 3.1 */
    uint32_t version_to_length = reader_u32(reader);
    uint32_t fragment = reader_u32(reader); /* identification in its upper half */
    uint32_t ttl_to_checksum = reader_u32(reader);
    struct view source = reader_take(reader, 4);
    struct view destination = reader_take(reader, 4);
    size_t header_bytes = (size_t)(version_to_length >> 24 & 0x0fu) * 4;

    packet->tos = (uint8_t)(version_to_length >> 16);
    packet->packet_bytes = (uint16_t)version_to_length;
    packet->protocol = (uint8_t)(ttl_to_checksum >> 16);
    if (!reader_is_good(reader) || header_bytes < IPV4_HEADER_BYTES ||
        packet->packet_bytes != reader->bytes || header_bytes > packet->packet_bytes)
        return STATUS_MALFORMED;
    (void)reader_take(reader, header_bytes - IPV4_HEADER_BYTES);
    (void)address_from_view(source, &packet->source);
    (void)address_from_view(destination, &packet->destination);
    packet->header_bytes = header_bytes;
    packet->upper_offset = header_bytes;
    packet->next_header = packet->protocol;
    packet->has_options = header_bytes > IPV4_HEADER_BYTES;
    packet->is_fragment = fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET);
    if (fragment & IPV4_FRAGMENT_OFFSET)
        return STATUS_OK;
    return upper_parse(reader, packet) ? STATUS_OK : STATUS_MALFORMED;
}

/* Marks that what was read so far cannot be in an ESP packet of transport mode. */
static void outer_part_ends(const struct reader *reader, struct inner_packet *packet)
{
    packet->header_bytes = reader->offset;
    packet->next_header = packet->protocol;
    packet->has_options = true;
}

/* One extension header with a length of its own; false when it is broken. */
static bool extension_parse(struct reader *reader, struct inner_packet *packet)
{
    uint8_t kind = packet->protocol;
    packet->protocol = reader_u8(reader);
    size_t rest_bytes = (size_t)reader_u8(reader) * 8 + 6;
    struct view rest = reader_take(reader, rest_bytes);

    if (!reader_is_good(reader))
        return false;
    if (kind == IP_ROUTING && rest.data[1] != 0)
        return false; /* segments left: the destination in the header is not the last one */
    if (kind != IP_DESTINATION_OPTIONS)
        outer_part_ends(reader, packet);
    return true;
}

/* The fragment header; true when the upper layer begins behind it. */
static bool fragment_parse(struct reader *reader, struct inner_packet *packet)
{
    packet->protocol = reader_u8(reader);
    (void)reader_u8(reader); /* reserved */
    uint16_t fragment = reader_u16(reader);
    (void)reader_u32(reader); /* identification */
    outer_part_ends(reader, packet);
    packet->is_fragment = fragment & (IPV6_FRAGMENT_OFFSET | IPV6_MORE_FRAGMENTS);
    return !(fragment & IPV6_FRAGMENT_OFFSET);
}

/* Follows the chain to the upper layer. */
static enum status extensions_parse(struct reader *reader, struct inner_packet *packet)
{
    for (size_t count = 0; count < INNER_EXTENSIONS_MAX; count++) {
        uint8_t kind = packet->protocol;
        if (kind == IP_FRAGMENT) {
            if (!fragment_parse(reader, packet)) {
                packet->upper_offset = reader->offset;
                return reader_is_good(reader) ? STATUS_OK : STATUS_MALFORMED;
            }
        } else if (kind == IP_ROUTING || kind == IP_DESTINATION_OPTIONS ||
                   (kind == IP_HOP_BY_HOP && count == 0)) {
            if (!extension_parse(reader, packet))
                return STATUS_MALFORMED;
        } else if (kind == IP_HOP_BY_HOP) {
            return STATUS_MALFORMED; /* must be the first. RFC 8200 section 4.1 */
        } else {
            return reader_is_good(reader) && upper_parse(reader, packet) ? STATUS_OK
                                                                         : STATUS_MALFORMED;
        }
    }
    return STATUS_MALFORMED;
}

static enum status ipv6_parse(struct reader *reader, struct inner_packet *packet)
{
    uint32_t first = reader_u32(reader);

    packet->tos = (uint8_t)(first >> 20);
    packet->packet_bytes = IPV6_HEADER_BYTES + (size_t)reader_u16(reader);
    packet->protocol = reader_u8(reader);
    (void)reader_u8(reader); /* hop limit */
    struct view source = reader_take(reader, 16);
    struct view destination = reader_take(reader, 16);
    if (!reader_is_good(reader) || packet->packet_bytes != reader->bytes)
        return STATUS_MALFORMED; /* jumbograms too: their length field is 0 */
    (void)address_from_view(source, &packet->source);
    (void)address_from_view(destination, &packet->destination);
    packet->header_bytes = IPV6_HEADER_BYTES;
    packet->next_header = packet->protocol;
    return extensions_parse(reader, packet);
}

enum status inner_packet_parse(struct view octets, struct inner_packet *out)
{
    struct reader reader = reader_over(octets);
    struct inner_packet packet = {.header_bytes = 0};
    enum status status = STATUS_MALFORMED;

    if (octets.bytes > 0 && octets.data[0] >> 4 == ADDRESS_IPV4)
        status = ipv4_parse(&reader, &packet);
    else if (octets.bytes > 0 && octets.data[0] >> 4 == ADDRESS_IPV6)
        status = ipv6_parse(&reader, &packet);
    if (status == STATUS_OK)
        *out = packet;
    return status;
}

bool inner_packet_matches(const struct inner_packet *packet, enum packet_way way,
                          const struct selector *selector)
{
    bool is_outbound = way == PACKET_OUTBOUND;
    const struct address *local = is_outbound ? &packet->source : &packet->destination;
    const struct address *remote = is_outbound ? &packet->destination : &packet->source;
    uint16_t local_port = is_outbound ? packet->source_port : packet->destination_port;
    uint16_t remote_port = is_outbound ? packet->destination_port : packet->source_port;

    if (!address_range_holds(&selector->local, local) ||
        !address_range_holds(&selector->remote, remote))
        return false;
    if (selector->protocol != PROTOCOL_ANY && selector->protocol != packet->protocol)
        return false;
    if (selector->local_port == PORT_ANY && selector->remote_port == PORT_ANY)
        return true;
    return packet->has_ports &&
           (selector->local_port == PORT_ANY || selector->local_port == local_port) &&
           (selector->remote_port == PORT_ANY || selector->remote_port == remote_port);
}

struct selector inner_packet_selector(const struct inner_packet *packet, enum packet_way way)
{
    bool is_outbound = way == PACKET_OUTBOUND;
    return (struct selector){
        .local = address_range_host(is_outbound ? &packet->source : &packet->destination),
        .remote = address_range_host(is_outbound ? &packet->destination : &packet->source),
        .protocol = packet->protocol,
        .local_port = is_outbound ? packet->source_port : packet->destination_port,
        .remote_port = is_outbound ? packet->destination_port : packet->source_port,
    };
}

/* Where the checksum stands behind the beginning of the upper layer; 0: it has none of ours. */
static size_t checksum_offset(const struct inner_packet *packet)
{
    if (packet->protocol == IP_TCP)
        return 16;
    if (packet->protocol == IP_UDP)
        return 6;
    return packet->protocol == IP_ICMPV6 && packet->source.family == ADDRESS_IPV6 ? 2 : 0;
}

void inner_packet_fix_checksum(const struct inner_packet *packet, uint8_t *octets)
{
    size_t offset = checksum_offset(packet);
    uint8_t *upper = octets + packet->upper_offset;
    size_t upper_bytes = packet->packet_bytes - packet->upper_offset;

    if (offset == 0 || packet->is_fragment || upper_bytes < offset + 2)
        return;
    if (packet->protocol == IP_UDP && packet->source.family == ADDRESS_IPV4 && upper[6] == 0 &&
        upper[7] == 0)
        return; /* the sender computed none */
    upper[offset] = 0;
    upper[offset + 1] = 0;
    uint64_t sum = checksum_add(0, address_view(&packet->source));
    sum = checksum_add(sum, address_view(&packet->destination));
    sum = checksum_add(sum + packet->protocol + upper_bytes, view_of(upper, upper_bytes));
    uint16_t checksum = checksum_of(sum);
    if (packet->protocol == IP_UDP && checksum == 0)
        checksum = 0xffff; /* RFC 768: zero would mean none */
    upper[offset] = (uint8_t)(checksum >> 8);
    upper[offset + 1] = (uint8_t)checksum;
}
