#ifndef ENTENTE_WIRE_SA_H
#define ENTENTE_WIRE_SA_H

#include "base/arena.h"
#include "base/view.h"
#include "registry/protocol_number.h"

/*
 * The one decoded shape of an SA payload: proposals of transforms, each transform a set of
 * attributes by name. Both phases use it; which wire number an attribute has depends on the phase.
 */
enum attribute {
    ATTRIBUTE_ENCRYPTION,    /* Phase 1 only: in Phase 2 the transform id says it */
    ATTRIBUTE_HASH,          /* Phase 1 */
    ATTRIBUTE_METHOD,        /* Phase 1 */
    ATTRIBUTE_GROUP,         /* both: Oakley group; in Phase 2 the PFS group */
    ATTRIBUTE_KEY_BITS,      /* both */
    ATTRIBUTE_INTEGRITY,     /* Phase 2: authentication algorithm */
    ATTRIBUTE_ENCAPSULATION, /* Phase 2: enum encapsulation */
    ATTRIBUTE_ESN,           /* Phase 2 */
    ATTRIBUTE_LIFE_SECONDS,  /* a (life type, duration) pair */
    ATTRIBUTE_LIFE_KILOBYTES,
    ATTRIBUTE_COUNT,
};

enum sa_phase {
    SA_PHASE_1,
    SA_PHASE_2,
};

/* Why a transform can never be chosen, whatever policy says. */
enum transform_flaw {
    TRANSFORM_SOUND = 0,
    TRANSFORM_UNKNOWN_ATTRIBUTE,
    TRANSFORM_CONFLICT,        /* an attribute twice with different values */
    TRANSFORM_BASIC_AS_TLV,    /* RFC 2409 app. A: basic attributes must not be variable */
    TRANSFORM_NUMBER_TOO_LONG, /* an integer of more than 8 octets, or of none */
};

struct sa_transform {
    uint8_t number;
    uint8_t id;                       /* KEY_IKE, ESP transform ... */
    uint16_t present;                 /* BIT(enum attribute) */
    uint64_t values[ATTRIBUTE_COUNT]; /* 0 where absent */
    enum transform_flaw flaw;
    uint16_t flaw_type; /* the attribute's wire type, class bits off */
    /* The attributes as they came; empty when made here. sa_v1_encode repeats them, so that a reply
     * has its attributes unchanged (RFC 2408 section 4.2): whoever changes a value empties this. */
    struct view attributes_view;
};

struct sa_proposal {
    uint8_t number;
    uint8_t protocol; /* enum ipsec_protocol */
    struct view spi;
    const struct sa_transform *transforms; /* in the arena, or the caller's */
    size_t transform_count;
};

struct sa_payload {
    uint32_t doi;
    uint32_t situation;
    const struct sa_proposal *proposals;
    size_t proposal_count;
};

#endif
