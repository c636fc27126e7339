#ifndef ENTENTE_BASE_ADDRESS_H
#define ENTENTE_BASE_ADDRESS_H

#include "base/view.h"

enum address_family {
    ADDRESS_NONE = 0,
    ADDRESS_IPV4 = 4,
    ADDRESS_IPV6 = 6,
};

/* Longest text of an address, a range of two, or address and port, with NUL. */
#define ADDRESS_TEXT_BYTES 96u

/* An address, compared octet by octet: unused octets are zero. */
struct address {
    uint8_t family; /* enum address_family */
    uint8_t octets[16];
};

/* Inclusive. A prefix is the range that it spans; prefix_bits says so when it is one, else 255. */
struct address_range {
    struct address first;
    struct address last;
};

struct endpoint {
    struct address address;
    uint16_t port; /* host order */
};

/* The way of a datagram as this host sees it. */
struct path {
    struct endpoint local;
    struct endpoint remote;
    bool is_encapsulated; /* socket of port 4500: non-ESP marker stripped and to be put on */
};

/* 4 or 16; 0 for none. */
size_t address_bytes(const struct address *address);
struct view address_view(const struct address *address);
bool address_equal(const struct address *a, const struct address *b);

/* Family first, then octets: <0, 0, >0. */
int address_compare(const struct address *a, const struct address *b);

/* From 4 or 16 octets of the network; STATUS_MALFORMED for any other length. */
enum status address_from_view(struct view view, struct address *out);

/*
 * Canonical text only (SEC-215): dotted quad without leading zeros, IPv6 without zone and not
 * IPv4-mapped. Returns STATUS_OK or STATUS_MALFORMED.
 */
enum status address_parse(struct view text, struct address *out);

/* Writes text with NUL; returns `out`. */
const char *address_text(const struct address *address, char out[ADDRESS_TEXT_BYTES]);
/* "192.0.2.1:500", "[2001:db8::1]:500" */
const char *endpoint_text(const struct endpoint *endpoint, char out[ADDRESS_TEXT_BYTES]);
/* "192.0.2.1", "192.0.2.0/24" or "192.0.2.1-192.0.2.9" */
const char *address_range_text(const struct address_range *range, char out[ADDRESS_TEXT_BYTES]);

bool address_is_unspecified(const struct address *address);
bool address_is_multicast(const struct address *address); /* and IPv4 broadcast */
bool address_is_loopback(const struct address *address);

/* The range of one host, or of a prefix (host bits are masked off). */
struct address_range address_range_host(const struct address *address);
/* STATUS_MALFORMED for too many bits. */
enum status address_range_prefix(const struct address *address, unsigned prefix_bits,
                                 struct address_range *out);
/* STATUS_MALFORMED for a mask with holes or of another family. */
enum status address_range_mask(const struct address *address, const struct address *mask,
                               struct address_range *out);
/* Length of the prefix that the range is; -1 when it is none. */
int address_range_prefix_bits(const struct address_range *range);

bool address_range_equal(const struct address_range *a, const struct address_range *b);
bool address_range_holds(const struct address_range *range, const struct address *address);
/* True when `inner` lies within `outer`. */
bool address_range_covers(const struct address_range *outer, const struct address_range *inner);
bool address_range_overlaps(const struct address_range *a, const struct address_range *b);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool path_equal(const struct path *a, const struct path *b);

#endif
