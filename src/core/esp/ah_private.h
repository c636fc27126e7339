#ifndef ENTENTE_ESP_AH_PRIVATE_H
#define ENTENTE_ESP_AH_PRIVATE_H

#include "esp/esp.h"

/* What lies behind AH: `bytes` octets from `start` in the buffer. */
struct ah_payload {
    size_t start;
    size_t bytes;
    uint8_t next_header;
};

/* Octets that ah_seal puts in front of its payload: AH, and the IP header where we write it. */
size_t ah_overhead_bytes(const struct esp_sa *sa);

/*
 * Puts AH around the payload, for the SA's path. RFC 4302 section 3.3.
 *
 * Over IPv4 the packet then begins with its IP header, which is authenticated and so must leave as
 * it is; over IPv6 it begins with AH, because there the kernel's header has no field that we could
 * not foretell. packet->offset and bytes are set.
 *
 * payload   ah_overhead_bytes are free before it, and packet->tos is set.
 * sequence  never given twice to the SA.
 *
 * ESP_DROP_NONE or ESP_DROP_CRYPTO.
 */
enum esp_drop ah_seal(struct esp_sa *sa, struct esp_packet *packet,
                      const struct ah_payload *payload, uint64_t sequence);

/*
 * Verifies AH at packet->offset with the replay window before and after. RFC 4302 section 3.4.
 * Over IPv4 the header in front of it, packet->outer_bytes long, is authenticated with it: options
 * that may change are zeroed, source routes are refused. Over IPv6 the header is made of the path:
 * a packet with extension headers in front of AH does not verify.
 */
enum esp_drop ah_open(struct esp_sa *sa, struct esp_packet *packet, struct ah_payload *out);

/* The SPI of an AH packet; false when it is too short to be one. */
bool ah_spi(const struct esp_packet *packet, uint32_t *out);

#endif
