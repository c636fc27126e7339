#ifndef ENTENTE_ESP_ESP_H
#define ENTENTE_ESP_ESP_H

#include "esp/sad.h"
#include "esp/spd.h"

/*
 * Sealing and opening of packets, in place, many in one call, without allocation. The caller keeps
 * this much room around a packet in its buffer.
 */
#define ESP_HEADROOM 96u /* out: ESP header and IV, AH, IPv4 header; in: an IPv6 header */
#define ESP_TAILROOM 64u /* padding, trailer and the longest ICV */

enum esp_verdict {
    ESP_PASS,    /* sealed: to be sent to path.remote; opened: an IP packet for this host */
    ESP_BYPASS,  /* outbound: policy lets it go as it is; untouched */
    ESP_ACQUIRE, /* outbound: `entry` protects it and no SA is there; untouched: keep it, negotiate
                  */
    ESP_DROPPED, /* `reason` */
};

struct esp_packet {
    /* set by the caller */
    uint8_t *buffer; /* the caller's */
    size_t capacity_bytes;
    size_t offset; /* of the packet in the buffer */
    size_t bytes;
    struct path path; /* open: as received. seal: result */
    bool is_ah;       /* open: AH, not ESP. seal: result, and over IPv4 it begins with the header */
    uint8_t outer_bytes; /* open, AH over IPv4: of the IP header, which lies before the packet */
    uint8_t tos;         /* open: of the outer header, 0 if unknown. seal: result, to be used */
    uint8_t ttl;         /* open, transport mode: of the outer header, 0 if unknown (then 64) */
    /* results; offset and bytes change when it passes */
    enum esp_verdict verdict;
    enum esp_drop reason;
    const struct spd_entry *entry; /* of the verdict; NULL: none matched */
    const struct esp_sa *sa;       /* NULL: none */
    struct inner_packet inner;     /* as parsed; valid unless reason is malformed or earlier */
};

/* What the data path works with; members outlive it. */
struct esp {
    struct sad *sad_view;
    const struct spd *spd_view; /* NULL inbound: the SAs' selectors alone decide */
};

/*
 * Protects IP packets: finds the entry and its newest SA, takes the next sequence number, seals.
 * The outer IP and UDP headers are the socket's; `path` says from where to where and in which form,
 * `tos` what the outer header carries (the inner DSCP and ECN. RFC 4301 section 5.1.2, RFC 6040).
 * What is_ah marks goes out by IP protocol 51; over IPv4 it has its IP header, to be sent as it is.
 * Checksums of the packets must be complete. A packet that no entry matches is dropped: it would
 * not have come here. When numbers run out the SA ends, and the packet asks for the next one.
 *
 * Returns how many of `count` passed.
 */
size_t esp_seal(const struct esp *esp, uint64_t now_us, struct esp_packet *packets, size_t count);

/*
 * Opens ESP packets (from the SPI on) and AH packets (from AH on): SA, replay window, ICV, window
 * again, padding, inner packet, selectors and policy. In transport mode the IP header is made of
 * path, tos and ttl; when UDP carried it, a TCP or UDP checksum is made anew, as a NAT may have
 * changed the addresses (RFC 3948 section 3.1.2). Events say what the SA has to tell.
 *
 * Returns how many of `count` passed.
 */
size_t esp_open(const struct esp *esp, uint64_t now_us, struct esp_packet *packets, size_t count);

#endif
