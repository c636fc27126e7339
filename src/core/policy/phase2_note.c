#include "policy/phase2_private.h"

/* How near an offer came to what we hold: the refusal keeps the least difference. */

/* In this order an administrator mends them. */
static const enum attribute attribute_order[] = {
    ATTRIBUTE_ENCAPSULATION, ATTRIBUTE_GROUP,     ATTRIBUTE_ENCRYPTION,
    ATTRIBUTE_KEY_BITS,      ATTRIBUTE_INTEGRITY, ATTRIBUTE_ESN,
};

static unsigned bit_count(unsigned bits)
{
    unsigned count = 0;

    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* In AH the transform says it too: the one of both that is not what we want. */
static uint64_t offered_integrity(const struct ipsec_suite *suite,
                                  const struct sa_transform *offered)
{
    uint64_t said = offered->values[ATTRIBUTE_INTEGRITY];
    const struct transform *row = transform_by_ah1(offered->id);

    if (suite->protocol != IPSEC_PROTOCOL_AH || !suite->integrity || said != suite->integrity->esp1)
        return said;
    return row ? row->esp1 : 0;
}

static void set_values(const struct phase2_choosing *choosing, const struct ipsec_suite *suite,
                       const struct sa_transform *offered)
{
    const struct ike_rule *rule = choosing->request->rule;
    const uint64_t wanted[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_ENCAPSULATION] = choosing->request->encapsulation,
        [ATTRIBUTE_GROUP] = rule->p2_pfs ? rule->p2_pfs->number : 0,
        [ATTRIBUTE_ENCRYPTION] = suite->cipher ? suite->cipher->esp1 : 0,
        [ATTRIBUTE_KEY_BITS] = suite->cipher_bits,
        [ATTRIBUTE_INTEGRITY] = suite->integrity ? suite->integrity->esp1 : 0,
    };
    const uint64_t said[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_ENCAPSULATION] = phase2_encapsulation(offered),
        [ATTRIBUTE_GROUP] = offered->values[ATTRIBUTE_GROUP],
        [ATTRIBUTE_ENCRYPTION] = offered->id,
        [ATTRIBUTE_KEY_BITS] = ipsec_suite_bits(offered, suite->cipher),
        [ATTRIBUTE_INTEGRITY] = offered_integrity(suite, offered),
        [ATTRIBUTE_ESN] = offered->values[ATTRIBUTE_ESN],
    };
    struct refusal *refusal = choosing->refusal;

    refusal->protocol = suite->protocol;
    refusal->wanted = wanted[refusal->attribute];
    refusal->wanted_high = suite->cipher_bits;
    refusal->cipher = suite->cipher;
    refusal->offered = said[refusal->attribute];
}

void phase2_note_difference(const struct phase2_choosing *choosing, const struct ipsec_suite *suite,
                            const struct sa_transform *offered, uint16_t differing)
{
    struct refusal *refusal = choosing->refusal;

    if (refusal->reason == REFUSAL_LIFETIME ||
        (refusal->reason != REFUSAL_NONE && refusal->differing != 0 &&
         bit_count(refusal->differing) <= bit_count(differing)))
        return;
    for (size_t i = COUNT(attribute_order); i > 0; i--) {
        if (differing & BIT(attribute_order[i - 1]))
            refusal->attribute = attribute_order[i - 1];
    }
    refusal->reason = refusal->attribute == ATTRIBUTE_GROUP ? REFUSAL_PFS : REFUSAL_ATTRIBUTE;
    refusal->differing = differing;
    refusal->edit = refusal->attribute == ATTRIBUTE_GROUP ? choosing->request->rule->p2_pfs_at
                                                          : (struct position){0};
    set_values(choosing, suite, offered);
}

void phase2_note_lifetime(const struct phase2_choosing *choosing, enum attribute attribute,
                          const struct sa_transform *offered)
{
    struct refusal *refusal = choosing->refusal;

    refusal->reason = REFUSAL_LIFETIME;
    refusal->attribute = attribute;
    refusal->wanted =
        attribute == ATTRIBUTE_LIFE_SECONDS ? P2_PEER_LIFETIME_LEAST_S : P2_LIFETIME_LEAST_KB;
    refusal->offered = offered->values[attribute];
    refusal->edit = choosing->request->rule->p2_lifetime_at;
}

void phase2_note_protocols(const struct phase2_choosing *choosing, const struct sa_payload *offer)
{
    const struct phase2_request *request = choosing->request;
    struct refusal *refusal = choosing->refusal;
    struct phase2_set set;
    const char *flaw = NULL;

    if (refusal->reason != REFUSAL_NONE)
        return;
    for (size_t i = 0; i < choosing->entry->alternative_count; i++) {
        if (phase2_is_usable(choosing->entry, i, request->encapsulation, &request->means))
            refusal->wanted |= BIT(ipsec_alternative_protocols(&choosing->entry->alternatives[i]));
    }
    for (size_t i = 0; i < offer->proposal_count;) {
        i = phase2_set_at(offer, i, &set);
        if (set.flaw)
            flaw = set.flaw;
        else
            refusal->offered |= BIT(set.protocols);
    }
    refusal->reason = REFUSAL_PROTOCOLS;
    if (refusal->offered != 0 && !(refusal->offered & refusal->wanted))
        return;
    refusal->reason = REFUSAL_MALFORMED;
    refusal->detail_view = flaw ? flaw : "no transform of ESP or AH in it can be read";
}
