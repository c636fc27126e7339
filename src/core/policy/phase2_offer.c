#include "base/writer.h"
#include "policy/phase2_private.h"
#include "wire/sa_v1.h"

#define SPI_BYTES 4u
#define OFFER_PROTOCOLS 2u
/* Each suite of a few is offered with 64-bit sequence numbers too. What `any` makes must still fit
 * a datagram of 1,280 octets: of many, only so many are. */
#define OFFER_FEW_SUITES 3u
#define OFFER_ESN_OF_MANY 2u

_Static_assert(2 * IPSEC_SUITES_MOST <= PHASE2_TRANSFORMS_MOST, "each suite in both forms");

static void offer_set(struct sa_transform *transform, enum attribute attribute, uint64_t value)
{
    if (value == 0)
        return;
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

static struct sa_transform offer_transform(const struct phase2_want *want,
                                           const struct ipsec_suite *suite, bool is_esn)
{
    const struct ike_rule *rule = want->rule;
    struct sa_transform transform = {.id = ipsec_suite_transform_id(suite)};

    offer_set(&transform, ATTRIBUTE_ENCAPSULATION, want->encapsulation);
    offer_set(&transform, ATTRIBUTE_LIFE_SECONDS, rule->p2.hard_s);
    offer_set(&transform, ATTRIBUTE_LIFE_KILOBYTES, rule->p2.hard_kb);
    offer_set(&transform, ATTRIBUTE_KEY_BITS, suite->cipher_bits);
    offer_set(&transform, ATTRIBUTE_INTEGRITY, suite->integrity ? suite->integrity->esp1 : 0);
    offer_set(&transform, ATTRIBUTE_GROUP, rule->p2_pfs ? rule->p2_pfs->number : 0);
    offer_set(&transform, ATTRIBUTE_ESN, is_esn);
    return transform;
}

size_t phase2_offer_transforms(const struct phase2_want *want,
                               const struct ipsec_alternative *alternative,
                               enum ipsec_protocol protocol,
                               struct sa_transform out[PHASE2_TRANSFORMS_MOST])
{
    struct ipsec_suite suites[IPSEC_SUITES_MOST];
    size_t suite_count = ipsec_suites(alternative, protocol, suites);
    size_t count = 0, with_esn = 0;

    if (want->means.has_esn)
        with_esn = suite_count <= OFFER_FEW_SUITES ? suite_count : OFFER_ESN_OF_MANY;
    for (size_t i = 0; i < suite_count; i++) {
        if (i < with_esn)
            out[count++] = offer_transform(want, &suites[i], true);
        out[count++] = offer_transform(want, &suites[i], false);
    }
    for (size_t i = 0; i < count; i++)
        out[i].number = (uint8_t)(i + 1);
    return count;
}

/* The proposal of one protocol of an alternative. STATUS_ABSENT: it does not use that. */
static enum status offer_proposal(const struct phase2_want *want,
                                  const struct ipsec_alternative *alternative,
                                  enum ipsec_protocol protocol, struct arena *arena,
                                  struct sa_proposal *out)
{
    struct sa_transform made[PHASE2_TRANSFORMS_MOST];
    size_t count = phase2_offer_transforms(want, alternative, protocol, made);
    struct sa_transform *transforms = arena_take(arena, count * sizeof *transforms);
    uint8_t spi[SPI_BYTES];
    struct writer writer = writer_over(spi, sizeof spi);

    if (count == 0)
        return STATUS_ABSENT;
    if (!transforms)
        return STATUS_NO_MEMORY;
    memcpy(transforms, made, count * sizeof *transforms);
    writer_u32(&writer, protocol == IPSEC_PROTOCOL_AH ? want->ah_spi : want->spi);
    *out = (struct sa_proposal){
        .protocol = (uint8_t)protocol,
        .spi = arena_copy(arena, view_of(spi, sizeof spi)),
        .transforms = transforms,
        .transform_count = count,
    };
    return out->spi.bytes == SPI_BYTES ? STATUS_OK : STATUS_NO_MEMORY;
}

/* All proposals of an alternative, or none: half of a set would be another protection. */
static enum status offer_alternative(const struct phase2_want *want,
                                     const struct ipsec_alternative *alternative,
                                     struct arena *arena, struct sa_payload *offer,
                                     struct sa_proposal *room)
{
    static const enum ipsec_protocol order[OFFER_PROTOCOLS] = {IPSEC_PROTOCOL_AH,
                                                               IPSEC_PROTOCOL_ESP};
    unsigned protocols = ipsec_alternative_protocols(alternative);
    uint8_t number = 1;
    size_t count = 0;

    if (offer->proposal_count > 0)
        number = (uint8_t)(room[-1].number + 1);
    for (size_t i = 0; i < COUNT(order); i++) {
        enum status status;

        if (!(protocols & IPSEC_PROTOCOL_BIT(order[i])))
            continue;
        status = offer_proposal(want, alternative, order[i], arena, &room[count]);
        if (status != STATUS_OK)
            return status == STATUS_ABSENT ? STATUS_OK : status;
        room[count++].number = number;
    }
    offer->proposal_count += count;
    return STATUS_OK;
}

enum status phase2_offer(const struct phase2_want *want, struct arena *arena,
                         struct sa_payload *out, struct refusal *refusal)
{
    struct sa_proposal *proposals = arena_take(arena, PHASE2_PROPOSALS_MOST * sizeof *proposals);
    struct sa_payload offer = {
        .doi = DOI_IPSEC,
        .situation = SITUATION_IDENTITY_ONLY,
        .proposals = proposals,
    };
    struct refusal started = phase2_refusal(want->rule, want->entry);

    if (!proposals)
        return STATUS_NO_MEMORY;
    started.local = refusal->local;
    started.peer = refusal->peer;
    started.notify = 0; /* nobody has asked */
    *refusal = started;
    if (!phase2_has_usable(want->entry, want->encapsulation, &want->means, refusal))
        return STATUS_REFUSED;
    for (size_t i = 0; i < want->entry->alternative_count &&
                       offer.proposal_count + OFFER_PROTOCOLS <= PHASE2_PROPOSALS_MOST;
         i++) {
        if (phase2_is_usable(want->entry, i, want->encapsulation, &want->means) &&
            offer_alternative(want, &want->entry->alternatives[i], arena, &offer,
                              &proposals[offer.proposal_count]) != STATUS_OK)
            return STATUS_NO_MEMORY;
    }
    if (offer.proposal_count == 0) {
        refusal->reason = REFUSAL_NOTHING;
        return STATUS_REFUSED;
    }
    *out = offer;
    return STATUS_OK;
}
