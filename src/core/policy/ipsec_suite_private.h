#ifndef ENTENTE_POLICY_IPSEC_SUITE_PRIVATE_H
#define ENTENTE_POLICY_IPSEC_SUITE_PRIVATE_H

#include "policy/ipsec_entry.h"
#include "wire/sa.h"

/* One way to protect with one protocol: a cipher of one key size with the integrity that goes with
 * it, or integrity alone in AH. */
struct ipsec_suite {
    enum ipsec_protocol protocol;      /* ESP or AH */
    const struct transform *cipher;    /* NULL: AH */
    uint16_t cipher_bits;              /* 0: fixed size */
    const struct transform *integrity; /* NULL: combined mode */
};

/* `any` with `any` makes 22. */
#define IPSEC_SUITES_MOST 32u

/*
 * All suites of an alternative in one protocol, in order of preference: `any` as solaris.md 12
 * expands it, key sizes largest first. Returns their number; 0 when it does not use the protocol.
 */
size_t ipsec_suites(const struct ipsec_alternative *alternative, enum ipsec_protocol protocol,
                    struct ipsec_suite out[IPSEC_SUITES_MOST]);

/* The suite that a transform of this protocol says, when it is one of those that we can hold. */
struct ipsec_suite ipsec_suite_of(enum ipsec_protocol protocol,
                                  const struct sa_transform *transform);

/* Key size that an offered transform of this cipher means; 0 for AH. */
uint16_t ipsec_suite_bits(const struct sa_transform *offered, const struct transform *cipher);

/* The transform's number on the wire. RFC 2407 sections 4.4.3 and 4.4.4 */
uint8_t ipsec_suite_transform_id(const struct ipsec_suite *suite);

#endif
