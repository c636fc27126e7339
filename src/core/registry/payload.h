#ifndef ENTENTE_REGISTRY_PAYLOAD_H
#define ENTENTE_REGISTRY_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Payload types of IKEv1. RFC 2408 section 3.1, RFC 3947 */
enum payload_type {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 1,
    PAYLOAD_PROPOSAL = 2,  /* only within SA */
    PAYLOAD_TRANSFORM = 3, /* only within a proposal */
    PAYLOAD_KE = 4,
    PAYLOAD_ID = 5,
    PAYLOAD_CERT = 6,
    PAYLOAD_CERTREQ = 7,
    PAYLOAD_HASH = 8,
    PAYLOAD_SIG = 9,
    PAYLOAD_NONCE = 10,
    PAYLOAD_NOTIFY = 11,
    PAYLOAD_DELETE = 12,
    PAYLOAD_VENDOR = 13,
    PAYLOAD_ATTRIBUTES = 14, /* Mode Config */
    PAYLOAD_NAT_D = 20,
    PAYLOAD_NAT_OA = 21,
    PAYLOAD_NAT_D_DRAFT = 130,
    PAYLOAD_NAT_OA_DRAFT = 131,
    PAYLOAD_FRAGMENT = 132,
};

/* Bits of payload sets for the types that do not fit 64 bits as they are (payload_bit). */
#define PAYLOAD_SET_NAT_D_DRAFT 61u
#define PAYLOAD_SET_NAT_OA_DRAFT 62u
#define PAYLOAD_SET_FRAGMENT 63u

struct payload_kind {
    uint8_t number;
    uint8_t set_bit;  /* its bit in a set of payloads: BIT(PAYLOAD_KE) = payload_bit(PAYLOAD_KE) */
    const char *name; /* "KE", as messages are written in RFC 2409 */
    uint16_t least_bytes; /* of the body: its fixed fields */
    uint8_t most_count;   /* in one message */
    bool is_nested;       /* never in the chain of a message */
    const char *rfc;
};

extern const struct payload_kind payload_table[];
extern const size_t payload_count;

/* The row, or NULL: an unknown type, to be skipped. */
const struct payload_kind *payload_by_number(unsigned number);

/* "KE", or "payload" for an unknown type; never NULL. */
const char *payload_name(unsigned number);

/* Its bit in a 64-bit set of payloads; 0 for an unknown type. */
uint64_t payload_bit(unsigned number);

/* True for the numbers of IKEv2 payloads: never skipped in a version 1 message. */
bool payload_is_ike2(unsigned number);

#endif
