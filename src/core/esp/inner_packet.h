#ifndef ENTENTE_ESP_INNER_PACKET_H
#define ENTENTE_ESP_INNER_PACKET_H

#include "base/address.h"
#include "base/selector.h"

/* Longest chain of IPv6 extension headers that is followed (SEC-186). */
#define INNER_EXTENSIONS_MAX 8u

/*
 * What a policy asks of one IP packet, IPv4 or IPv6. Ports and ICMP type exist only in a packet
 * that carries them: not in a fragment but the first.
 */
struct inner_packet {
    struct address source;
    struct address destination;
    size_t header_bytes;  /* to the first octet that transport mode protects */
    size_t upper_offset;  /* of the upper layer, behind all headers known; equal or more */
    size_t packet_bytes;  /* as the header says, and as long as the octets given */
    uint16_t source_port; /* TCP, UDP, UDP-Lite, SCTP, DCCP; host order */
    uint16_t destination_port;
    uint8_t protocol;    /* upper layer, behind extension headers */
    uint8_t next_header; /* of the octets from header_bytes on */
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t tos; /* or traffic class */
    bool has_ports;
    bool has_icmp;
    bool is_fragment; /* any part of a fragmented packet */
    bool has_options; /* IPv4 options, IPv6 hop-by-hop or routing: transport mode cannot
                         carry them */
};

/*
 * Reads the headers of a packet.
 *
 * octets  exactly one IP packet, borrowed.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for another version, a header length or total length that
 * does not fit the octets, a broken or endless extension chain, or a routing header with segments
 * left (its destination is not the last one); *out is then untouched. A packet too short for its
 * ports is one without ports if it is a fragment, malformed otherwise.
 */
enum status inner_packet_parse(struct view octets, struct inner_packet *out);

enum packet_way {
    PACKET_OUTBOUND, /* source is local */
    PACKET_INBOUND,  /* source is remote */
};

/*
 * True when the packet is one of the selector's. A selector with ports takes only packets that have
 * ports, one with a protocol also fragments of that protocol.
 */
bool inner_packet_matches(const struct inner_packet *packet, enum packet_way way,
                          const struct selector *selector);

/* The selector of exactly this packet: two hosts, protocol, ports where it has them. */
struct selector inner_packet_selector(const struct inner_packet *packet, enum packet_way way);

/*
 * Computes the TCP, UDP or ICMPv6 checksum anew, for a packet whose addresses a NAT changed. A UDP
 * checksum of zero over IPv4 (none) and other protocols stay as they are.
 */
void inner_packet_fix_checksum(const struct inner_packet *packet, uint8_t *octets);

#endif
