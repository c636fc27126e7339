#ifndef ENTENTE_REGISTRY_GROUP_H
#define ENTENTE_REGISTRY_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum group_kind {
    GROUP_MODP,          /* safe prime */
    GROUP_MODP_SUBGROUP, /* RFC 5114: small subgroup, order checked */
    GROUP_ECP,
    GROUP_REFUSED, /* known number that is never negotiated: EC2N */
};

enum group_flags {
    GROUP_WEAK = 1,
};

struct group {
    uint16_t number; /* Oakley group, attribute 4 and 3 */
    enum group_kind kind;
    const char *name;        /* "modp2048", "ecp256" */
    const char *description; /* as ikeadm prints it: "2048-bit MODP (group 14)" */
    const char *ietf_name;   /* as `ikeadm dump groups` prints it */
    uint16_t public_bytes;   /* octets of the KE body */
    uint16_t shared_bytes;   /* octets of g^xy */
    uint16_t exponent_bits;  /* size of our private value */
    uint16_t strength_bits;
    uint8_t flags; /* enum group_flags */
    const char *instead;
    const char *openssl; /* curve or named group; NULL: numbers in crypto/ */
    const char *rfc;
};

extern const struct group group_table[];
extern const size_t group_count;

/* The row, or NULL. */
const struct group *group_by_number(unsigned number);

#endif
