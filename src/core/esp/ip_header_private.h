#ifndef ENTENTE_ESP_IP_HEADER_PRIVATE_H
#define ENTENTE_ESP_IP_HEADER_PRIVATE_H

#include "base/address.h"

#define IPV4_HEADER_BYTES 20u
#define IPV4_HEADER_BYTES_MAX 60u
#define IPV6_HEADER_BYTES 40u
#define IP_DEFAULT_TTL 64u

/* Next header of what lies behind. IANA protocol-numbers */
#define IP_NEXT_IPV4 4u
#define IP_NEXT_IPV6 41u
#define IP_NEXT_NONE 59u

/* An IP header without options, of the family of its addresses. */
struct ip_header {
    const struct address *source_view;
    const struct address *destination_view;
    size_t payload_bytes;
    uint16_t identification; /* IPv4; 0 goes with "don't fragment". RFC 6864 */
    uint8_t tos;             /* or traffic class */
    uint8_t ttl;             /* or hop limit */
    uint8_t next_header;
};

size_t ip_header_bytes(uint8_t family);

/* Writes ip_header_bytes octets, the checksum of IPv4 among them. */
void ip_header_write(const struct ip_header *header, uint8_t *out);

#endif
