#include "policy/phase2_private.h"
#include "registry/notify.h"
#include "wire/sa_v1.h"

/* A choice in work: what is asked, what we hold, and how near the offer came. */
struct choosing {
    const struct phase2_request *request;
    const struct ipsec_entry *entry;
    struct refusal *refusal;
};

static struct refusal refusal_start(const struct ike_rule *rule, const struct ipsec_entry *entry)
{
    return (struct refusal){
        .exchange_view = "quick mode",
        .nearest = rule,
        .entry = entry,
        .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
    };
}

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

static uint64_t offered_encapsulation(const struct sa_transform *offered)
{
    return offered->present & BIT(ATTRIBUTE_ENCAPSULATION)
               ? offered->values[ATTRIBUTE_ENCAPSULATION]
               : ENCAPSULATION_TUNNEL;
}

/* BIT of every attribute in which the offered transform is not this suite of ours. */
static uint16_t difference(const struct phase2_request *request, const struct esp_suite *suite,
                           const struct sa_transform *offered)
{
    uint64_t integrity = suite->integrity ? suite->integrity->esp1 : 0;
    uint64_t differing = 0;

    if (offered->id != suite->cipher->esp1)
        differing |= BIT(ATTRIBUTE_ENCRYPTION);
    else if (phase2_offered_bits(offered, suite->cipher) != suite->cipher_bits)
        differing |= BIT(ATTRIBUTE_KEY_BITS);
    if (offered->values[ATTRIBUTE_INTEGRITY] != integrity)
        differing |= BIT(ATTRIBUTE_INTEGRITY);
    if (offered_encapsulation(offered) != (uint64_t)request->encapsulation)
        differing |= BIT(ATTRIBUTE_ENCAPSULATION);
    if (offered->values[ATTRIBUTE_ESN] != 0)
        differing |= BIT(ATTRIBUTE_ESN); /* 64-bit sequence numbers: not built */
    if (!group_fits(request->rule, offered))
        differing |= BIT(ATTRIBUTE_GROUP);
    return (uint16_t)differing;
}

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

static void set_values(const struct choosing *choosing, const struct esp_suite *suite,
                       const struct sa_transform *offered)
{
    const struct ike_rule *rule = choosing->request->rule;
    const uint64_t wanted[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_ENCAPSULATION] = choosing->request->encapsulation,
        [ATTRIBUTE_GROUP] = rule->p2_pfs ? rule->p2_pfs->number : 0,
        [ATTRIBUTE_ENCRYPTION] = suite->cipher->esp1,
        [ATTRIBUTE_KEY_BITS] = suite->cipher_bits,
        [ATTRIBUTE_INTEGRITY] = suite->integrity ? suite->integrity->esp1 : 0,
    };
    const uint64_t said[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_ENCAPSULATION] = offered_encapsulation(offered),
        [ATTRIBUTE_GROUP] = offered->values[ATTRIBUTE_GROUP],
        [ATTRIBUTE_ENCRYPTION] = offered->id,
        [ATTRIBUTE_KEY_BITS] = phase2_offered_bits(offered, suite->cipher),
        [ATTRIBUTE_INTEGRITY] = offered->values[ATTRIBUTE_INTEGRITY],
        [ATTRIBUTE_ESN] = offered->values[ATTRIBUTE_ESN],
    };
    struct refusal *refusal = choosing->refusal;

    refusal->wanted = wanted[refusal->attribute];
    refusal->wanted_high = suite->cipher_bits;
    refusal->cipher = suite->cipher;
    refusal->offered = said[refusal->attribute];
}

/* Keeps the difference if it is less than the least so far. */
static void note_difference(const struct choosing *choosing, const struct esp_suite *suite,
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

static void note_lifetime(const struct choosing *choosing, enum attribute attribute,
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

/* The suite of the entry that the offered transform is; false when it is none. */
static bool find_suite(const struct choosing *choosing, const struct sa_transform *offered,
                       struct esp_suite *out)
{
    struct esp_suite suites[ESP_SUITES_MOST];

    for (size_t i = 0; i < choosing->entry->alternative_count; i++) {
        size_t count = esp_suites(&choosing->entry->alternatives[i], suites);

        for (size_t j = 0; j < count; j++) {
            uint16_t differing = difference(choosing->request, &suites[j], offered);

            if (differing == 0) {
                *out = suites[j];
                return true;
            }
            note_difference(choosing, &suites[j], offered, differing);
        }
    }
    return false;
}

/* A proposal number that stands twice is one suite of several protocols: all or nothing. */
static bool is_alone(const struct sa_payload *offer, size_t i)
{
    uint8_t number = offer->proposals[i].number;

    return (i == 0 || offer->proposals[i - 1].number != number) &&
           (i + 1 == offer->proposal_count || offer->proposals[i + 1].number != number);
}

static enum status choose_of_proposal(const struct choosing *choosing,
                                      const struct sa_proposal *proposal, struct phase2_agreed *out)
{
    for (size_t i = 0; i < proposal->transform_count; i++) {
        const struct sa_transform *offered = &proposal->transforms[i];
        enum attribute attribute;
        struct esp_suite suite;

        if (offered->flaw != TRANSFORM_SOUND || !find_suite(choosing, offered, &suite))
            continue;
        if (phase2_lifetime_is_too_short(&choosing->request->rule->p2, offered, &attribute)) {
            note_lifetime(choosing, attribute, offered);
            continue;
        }
        phase2_agree(choosing->request->rule, &suite, proposal, offered, out);
        return STATUS_OK;
    }
    return STATUS_REFUSED;
}

enum status phase2_choose(const struct ruleset *ruleset, const struct phase2_request *request,
                          const struct ipsec_entry *entry, const struct sa_payload *offer,
                          struct phase2_agreed *out, struct refusal *refusal)
{
    const struct choosing choosing = {request, entry, refusal};

    *refusal = refusal_start(request->rule, entry);
    refusal->config_view = ruleset_config_file(ruleset);
    refusal->local = request->local;
    refusal->peer = request->remote;
    refusal->selector = request->selector;
    refusal->has_selector = true;
    for (size_t i = 0; i < offer->proposal_count; i++) {
        const struct sa_proposal *proposal = &offer->proposals[i];

        if (proposal->protocol != IPSEC_PROTOCOL_ESP || !is_alone(offer, i) ||
            !phase2_spi_is_good(proposal))
            continue;
        if (choose_of_proposal(&choosing, proposal, out) == STATUS_OK)
            return STATUS_OK;
    }
    if (refusal->reason == REFUSAL_NONE) {
        refusal->reason = REFUSAL_MALFORMED;
        refusal->detail_view = "peer offers no ESP alone that can be read";
    }
    return STATUS_REFUSED;
}

/* The suite of which the reply is an offered form; false when it is none. */
static bool find_replied(const struct phase2_want *want, const struct sa_transform *reply,
                         struct esp_suite *out)
{
    struct esp_suite suites[ESP_SUITES_MOST];

    for (size_t i = 0; i < want->entry->alternative_count; i++) {
        size_t count = esp_suites(&want->entry->alternatives[i], suites);

        for (size_t j = 0; j < count; j++) {
            struct sa_transform offered = phase2_offer_transform(want, &suites[j], 1);

            if (sa_transform_equal(&offered, reply, LIFETIMES_IGNORED)) {
                *out = suites[j];
                return true;
            }
        }
    }
    return false;
}

static enum status refuse_reply(struct refusal *refusal, const char *detail, uint16_t notify)
{
    refusal->reason = REFUSAL_REPLY;
    refusal->detail_view = detail;
    refusal->notify = notify;
    return STATUS_REFUSED;
}

enum status phase2_check_reply(const struct phase2_want *want, const struct sa_payload *reply,
                               struct phase2_agreed *out, struct refusal *refusal)
{
    struct refusal started = refusal_start(want->rule, want->entry);
    const struct sa_proposal *proposal = reply->proposals;
    enum attribute attribute;
    struct esp_suite suite;

    started.local = refusal->local;
    started.peer = refusal->peer;
    *refusal = started;
    if (reply->proposal_count != 1 || proposal->protocol != IPSEC_PROTOCOL_ESP ||
        proposal->transform_count != 1)
        return refuse_reply(refusal, "the answer is not one transform of one ESP proposal",
                            NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (!phase2_spi_is_good(proposal))
        return refuse_reply(refusal, "the SPI of the answer is a reserved one, or not 4 octets",
                            NOTIFY_INVALID_SPI);
    if (proposal->transforms->flaw != TRANSFORM_SOUND)
        return refuse_reply(refusal, "the transform of the answer cannot be read",
                            NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (!find_replied(want, proposal->transforms, &suite))
        return refuse_reply(refusal, "the answer is none of the transforms that we offered",
                            NOTIFY_NO_PROPOSAL_CHOSEN);
    if (phase2_lifetime_is_too_short(&want->rule->p2, proposal->transforms, &attribute)) {
        const struct phase2_request request = {.rule = want->rule};

        note_lifetime(&(struct choosing){&request, want->entry, refusal}, attribute,
                      proposal->transforms);
        return STATUS_REFUSED;
    }
    phase2_agree(want->rule, &suite, proposal, proposal->transforms, out);
    out->is_shortened = false; /* only a responder says so */
    out->notify_s = 0;
    out->notify_kb = 0;
    return STATUS_OK;
}
