#include "policy/phase2_private.h"

static bool group_fits(const struct ike_rule *rule, const struct sa_transform *offered)
{
    const struct group *group;

    if (rule->p2_pfs)
        return offered->values[ATTRIBUTE_GROUP] == rule->p2_pfs->number;
    if (!(offered->present & BIT(ATTRIBUTE_GROUP)))
        return true;
    if (offered->values[ATTRIBUTE_GROUP] > UINT16_MAX)
        return false;
    group = group_by_number((unsigned)offered->values[ATTRIBUTE_GROUP]);
    return group && group->kind != GROUP_REFUSED && !(group->flags & GROUP_WEAK);
}

/* Absent is 32 bits, and 1 the one value that it may have. RFC 4304 section 2 */
static bool esn_fits(const struct phase2_means *means, const struct sa_transform *offered)
{
    if (!(offered->present & BIT(ATTRIBUTE_ESN)))
        return true;
    return means->has_esn && offered->values[ATTRIBUTE_ESN] == 1;
}

/* BIT of every attribute in which the offered transform is not this suite of ours. */
static uint16_t difference(const struct phase2_request *request, const struct ipsec_suite *suite,
                           const struct sa_transform *offered)
{
    uint64_t integrity = suite->integrity ? suite->integrity->esp1 : 0;
    uint64_t differing = 0;

    if (offered->id != ipsec_suite_transform_id(suite))
        differing |= suite->cipher ? BIT(ATTRIBUTE_ENCRYPTION) : BIT(ATTRIBUTE_INTEGRITY);
    else if (ipsec_suite_bits(offered, suite->cipher) != suite->cipher_bits)
        differing |= suite->cipher ? BIT(ATTRIBUTE_KEY_BITS) : BIT(ATTRIBUTE_INTEGRITY);
    if (offered->values[ATTRIBUTE_INTEGRITY] != integrity)
        differing |= BIT(ATTRIBUTE_INTEGRITY);
    if (phase2_encapsulation(offered) != (uint64_t)request->encapsulation)
        differing |= BIT(ATTRIBUTE_ENCAPSULATION);
    if (!esn_fits(&request->means, offered))
        differing |= BIT(ATTRIBUTE_ESN);
    if (!group_fits(request->rule, offered))
        differing |= BIT(ATTRIBUTE_GROUP);
    return (uint16_t)differing;
}

/* True when the offered transform is a suite of the alternative. */
static bool alternative_holds(const struct phase2_choosing *choosing,
                              const struct ipsec_alternative *alternative,
                              enum ipsec_protocol protocol, const struct sa_transform *offered)
{
    struct ipsec_suite suites[IPSEC_SUITES_MOST];
    size_t count = ipsec_suites(alternative, protocol, suites);

    for (size_t i = 0; i < count; i++) {
        uint16_t differing = difference(choosing->request, &suites[i], offered);

        if (differing == 0)
            return true;
        phase2_note_difference(choosing, &suites[i], offered, differing);
    }
    return false;
}

/* The alternatives that hold an offered transform of a set with these protocols, a bit each. */
static uint32_t holders(const struct phase2_choosing *choosing, const struct phase2_set *set,
                        enum ipsec_protocol protocol, const struct sa_transform *offered)
{
    const struct phase2_request *request = choosing->request;
    enum attribute attribute;
    uint32_t held = 0;

    if (offered->flaw != TRANSFORM_SOUND)
        return 0;
    for (size_t i = 0; i < choosing->entry->alternative_count; i++) {
        const struct ipsec_alternative *alternative = &choosing->entry->alternatives[i];

        if (ipsec_alternative_protocols(alternative) == set->protocols &&
            phase2_is_usable(choosing->entry, i, request->encapsulation, &request->means) &&
            alternative_holds(choosing, alternative, protocol, offered))
            held |= UINT32_C(1) << i;
    }
    if (held && phase2_lifetime_is_too_short(&request->rule->p2, offered, &attribute)) {
        phase2_note_lifetime(choosing, attribute, offered);
        return 0;
    }
    return held;
}

_Static_assert(IPSEC_ALTERNATIVES_MOST <= 32, "an alternative has a bit");

/* One protocol of an offered set: who holds each of its transforms. */
struct offered_half {
    size_t count;
    uint32_t held[PHASE2_TRANSFORMS_MOST];
};

static void half_read(const struct phase2_choosing *choosing, const struct phase2_set *set,
                      enum ipsec_protocol protocol, struct offered_half *out)
{
    const struct sa_proposal *proposal = protocol == IPSEC_PROTOCOL_AH ? set->ah : set->esp;

    out->count = 1; /* of a protocol that is not in it, nothing is held by all */
    out->held[0] = UINT32_MAX;
    if (!proposal)
        return;
    out->count = proposal->transform_count < PHASE2_TRANSFORMS_MOST ? proposal->transform_count
                                                                    : PHASE2_TRANSFORMS_MOST;
    for (size_t i = 0; i < out->count; i++)
        out->held[i] = holders(choosing, set, protocol, &proposal->transforms[i]);
}

/* The first transform of each protocol of the set that one alternative holds together. */
static bool choose_of_set(const struct phase2_choosing *choosing, const struct phase2_set *set,
                          struct phase2_pair *out)
{
    struct offered_half esp, ah;

    half_read(choosing, set, IPSEC_PROTOCOL_ESP, &esp);
    half_read(choosing, set, IPSEC_PROTOCOL_AH, &ah);
    for (size_t i = 0; i < esp.count; i++) {
        for (size_t j = 0; j < ah.count; j++) {
            struct phase2_pair pair = {
                .esp = set->esp ? &set->esp->transforms[i] : NULL,
                .ah = set->ah ? &set->ah->transforms[j] : NULL,
            };

            if ((esp.held[i] & ah.held[j]) && phase2_pair_agrees(&pair)) {
                *out = pair;
                return true;
            }
        }
    }
    return false;
}

static bool is_any_of(const struct phase2_choosing *choosing, unsigned protocols)
{
    for (size_t i = 0; i < choosing->entry->alternative_count; i++) {
        if (ipsec_alternative_protocols(&choosing->entry->alternatives[i]) == protocols)
            return true;
    }
    return false;
}

enum status phase2_choose(const struct ruleset *ruleset, const struct phase2_request *request,
                          const struct ipsec_entry *entry, const struct sa_payload *offer,
                          struct phase2_agreed *out, struct refusal *refusal)
{
    const struct phase2_choosing choosing = {request, entry, refusal};
    struct phase2_set set;
    struct phase2_pair pair;

    *refusal = phase2_refusal(request->rule, entry);
    refusal->config_view = ruleset_config_file(ruleset);
    refusal->local = request->local;
    refusal->peer = request->remote;
    refusal->selector = request->selector;
    refusal->has_selector = true;
    if (!phase2_has_usable(entry, request->encapsulation, &request->means, refusal))
        return STATUS_REFUSED;
    for (size_t i = 0; i < offer->proposal_count;) {
        i = phase2_set_at(offer, i, &set);
        if (!set.flaw && is_any_of(&choosing, set.protocols) &&
            choose_of_set(&choosing, &set, &pair)) {
            phase2_agree(request->rule, &set, &pair, out);
            return STATUS_OK;
        }
    }
    phase2_note_protocols(&choosing, offer);
    return STATUS_REFUSED;
}
