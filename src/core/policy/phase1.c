#include "policy/phase1.h"

#include "registry/notify.h"
#include "wire/sa_v1.h"

static bool bits_fit(const struct ike_transform *transform, uint64_t bits)
{
    uint16_t sizes[3];
    size_t count = key_sizes(transform->cipher, transform->low_bits, transform->high_bits, sizes);

    for (size_t i = 0; i < count; i++) {
        if (sizes[i] == bits)
            return true;
    }
    return false;
}

/* A transform names a family of methods where one word stands for several. */
static bool method_fits(const struct ike_transform *own, uint64_t number)
{
    const struct method *method = method_by_number((unsigned)number);

    return number <= UINT16_MAX && method && method->named_as == own->method;
}

static const struct ike_transform *rule_suite(const struct ike_rule *rule,
                                              const struct phase1_suite *suite)
{
    for (size_t i = 0; i < rule->transform_count; i++) {
        const struct ike_transform *own = &rule->transforms[i];

        if (own->cipher == suite->cipher && own->hash == suite->hash &&
            own->group == suite->group && method_fits(own, suite->method) &&
            bits_fit(own, suite->cipher_bits))
            return own;
    }
    return NULL;
}

static bool evidence_fits(const struct evidence *evidence, const struct ike_rule *rule)
{
    if (!ike_rule_holds(rule, &evidence->local, &evidence->remote))
        return false;
    return !evidence->suite.cipher || rule_suite(rule, &evidence->suite);
}

const struct ike_rule *phase1_candidate(const struct ruleset *ruleset,
                                        const struct evidence *evidence,
                                        const struct ike_rule *after)
{
    size_t count = ruleset_rule_count(ruleset);
    size_t start = after ? after->cookie : 0; /* cookies count from 1 in file order */

    for (size_t i = start; i < count; i++) {
        const struct ike_rule *rule = ruleset_rule(ruleset, i);

        if (evidence_fits(evidence, rule))
            return rule;
    }
    return NULL;
}

static void offer_set(struct sa_transform *transform, enum attribute attribute, uint64_t value)
{
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

static struct sa_transform offer_transform(const struct ike_transform *own, uint16_t method,
                                           uint16_t bits, size_t number)
{
    struct sa_transform transform = {.number = (uint8_t)number, .id = TRANSFORM_KEY_IKE};

    offer_set(&transform, ATTRIBUTE_ENCRYPTION, own->cipher->ike1);
    offer_set(&transform, ATTRIBUTE_HASH, own->hash->ike1);
    offer_set(&transform, ATTRIBUTE_METHOD, method);
    offer_set(&transform, ATTRIBUTE_GROUP, own->group->number);
    if (bits > 0)
        offer_set(&transform, ATTRIBUTE_KEY_BITS, bits);
    offer_set(&transform, ATTRIBUTE_LIFE_SECONDS, own->lifetime_s);
    return transform;
}

/* Hands each form in which a transform is offered, in order: true when `each` has had enough. */
typedef bool form_fn(void *arg, const struct sa_transform *form);

static bool each_form(const struct ike_transform *own, uint32_t methods, form_fn *each, void *arg)
{
    uint16_t sizes[3];
    size_t count = key_sizes(own->cipher, own->low_bits, own->high_bits, sizes);

    for (size_t i = 0; i < method_count; i++) {
        const struct method *method = &method_table[i];

        if (method->named_as != own->method || !(methods & BIT(method->number)))
            continue;
        for (size_t j = 0; j < count; j++) {
            struct sa_transform form = offer_transform(own, method->number, sizes[j], 1);

            if (each(arg, &form))
                return true;
        }
    }
    return false;
}

static bool count_form(void *arg, const struct sa_transform *form)
{
    size_t *count = arg;

    (void)form;
    (*count)++;
    return false;
}

size_t phase1_offer_count(const struct ike_rule *rule, uint32_t methods)
{
    size_t count = 0;

    for (size_t i = 0; i < rule->transform_count; i++)
        (void)each_form(&rule->transforms[i], methods, count_form, &count);
    return count;
}

struct offer {
    struct sa_transform *transforms;
    size_t filled;
};

static bool offer_form(void *arg, const struct sa_transform *form)
{
    struct offer *offer = arg;

    offer->transforms[offer->filled] = *form;
    offer->transforms[offer->filled].number = (uint8_t)(offer->filled + 1);
    offer->filled++;
    return false;
}

enum status phase1_offer(const struct ike_rule *rule, uint32_t methods, struct arena *arena,
                         struct sa_payload *out)
{
    size_t count = phase1_offer_count(rule, methods);
    struct sa_transform *transforms = arena_take(arena, count * sizeof *transforms);
    struct sa_proposal *proposal = arena_take(arena, sizeof *proposal);
    struct offer offer = {.transforms = transforms};

    if (count == 0)
        return STATUS_ABSENT;
    if (!transforms || !proposal)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < rule->transform_count; i++)
        (void)each_form(&rule->transforms[i], methods, offer_form, &offer);
    *proposal = (struct sa_proposal){
        .number = 1,
        .protocol = IPSEC_PROTOCOL_ISAKMP,
        .transforms = transforms,
        .transform_count = offer.filled,
    };
    *out = (struct sa_payload){
        .doi = DOI_IPSEC,
        .situation = SITUATION_IDENTITY_ONLY,
        .proposals = proposal,
        .proposal_count = 1,
    };
    return STATUS_OK;
}

/* What an offered transform says, read as we understand it. */
static uint16_t offered_bits(const struct sa_transform *offered, const struct transform *cipher)
{
    if (offered->present & BIT(ATTRIBUTE_KEY_BITS))
        return offered->values[ATTRIBUTE_KEY_BITS] > UINT16_MAX
                   ? UINT16_MAX
                   : (uint16_t)offered->values[ATTRIBUTE_KEY_BITS];
    /* Peers that leave it out with AES mean 128; with Blowfish they mean 448, which we lack. */
    if (cipher->flags & TRANSFORM_LEGACY)
        return 0;
    return cipher->flags & TRANSFORM_KEY_LENGTH ? cipher->key_bits[0] : 0;
}

/* BIT of every attribute in which the offered transform is not ours; 0: it is ours. */
static uint16_t difference(const struct ike_transform *own, const struct sa_transform *offered)
{
    uint64_t differing = 0;

    if (!method_fits(own, offered->values[ATTRIBUTE_METHOD]))
        differing |= BIT(ATTRIBUTE_METHOD);
    if (offered->values[ATTRIBUTE_ENCRYPTION] != own->cipher->ike1)
        differing |= BIT(ATTRIBUTE_ENCRYPTION);
    else if (!bits_fit(own, offered_bits(offered, own->cipher)))
        differing |= BIT(ATTRIBUTE_KEY_BITS);
    if (offered->values[ATTRIBUTE_HASH] != own->hash->ike1)
        differing |= BIT(ATTRIBUTE_HASH);
    if (offered->values[ATTRIBUTE_GROUP] != own->group->number)
        differing |= BIT(ATTRIBUTE_GROUP);
    return (uint16_t)differing;
}

static unsigned bit_count(unsigned bits)
{
    unsigned count = 0;

    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* In this order an administrator mends them. */
static const enum attribute attribute_order[] = {
    ATTRIBUTE_METHOD, ATTRIBUTE_GROUP, ATTRIBUTE_ENCRYPTION, ATTRIBUTE_KEY_BITS, ATTRIBUTE_HASH,
};

static uint64_t own_value(const struct ike_transform *own, enum attribute attribute)
{
    const uint64_t values[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_METHOD] = own->method,
        [ATTRIBUTE_GROUP] = own->group->number,
        [ATTRIBUTE_ENCRYPTION] = own->cipher->ike1,
        [ATTRIBUTE_KEY_BITS] = own->low_bits ? own->low_bits : own->cipher->key_bits[0],
        [ATTRIBUTE_HASH] = own->hash->ike1,
    };

    return values[attribute];
}

static struct position own_position(const struct ike_transform *own, enum attribute attribute)
{
    const struct position positions[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_METHOD] = own->method_at,     [ATTRIBUTE_GROUP] = own->group_at,
        [ATTRIBUTE_ENCRYPTION] = own->cipher_at, [ATTRIBUTE_KEY_BITS] = own->cipher_at,
        [ATTRIBUTE_HASH] = own->hash_at,
    };

    return positions[attribute];
}

/* Keeps the difference if it is less than the least so far. */
static void refusal_note(struct refusal *refusal, const struct ike_rule *rule,
                         const struct ike_transform *own, const struct sa_transform *offered,
                         uint16_t differing)
{
    enum attribute first = ATTRIBUTE_METHOD;

    if (refusal->reason == REFUSAL_ATTRIBUTE &&
        bit_count(refusal->differing) <= bit_count(differing))
        return;
    for (size_t i = COUNT(attribute_order); i > 0; i--) {
        if (differing & BIT(attribute_order[i - 1]))
            first = attribute_order[i - 1];
    }
    refusal->reason = REFUSAL_ATTRIBUTE;
    refusal->nearest = rule;
    refusal->attribute = first;
    refusal->differing = differing;
    refusal->wanted = own_value(own, first);
    refusal->wanted_high = own->high_bits ? own->high_bits : UINT16_MAX;
    refusal->cipher = own->cipher;
    refusal->offered =
        first == ATTRIBUTE_KEY_BITS ? offered_bits(offered, own->cipher) : offered->values[first];
    refusal->edit = own_position(own, first);
}

static struct refusal refusal_start(const struct ruleset *ruleset, const struct evidence *evidence)
{
    return (struct refusal){
        .local = evidence->local,
        .peer = evidence->remote,
        .exchange_view = "main mode",
        .config_view = ruleset_config_file(ruleset),
        .index = ruleset_credentials(ruleset),
        .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
    };
}

static void refuse_lifetime(struct refusal *refusal, const struct ike_rule *rule,
                            const struct ike_transform *own, const struct sa_transform *offered)
{
    refusal->reason = REFUSAL_LIFETIME;
    refusal->nearest = rule;
    refusal->attribute = ATTRIBUTE_LIFE_SECONDS;
    refusal->wanted = P1_LIFETIME_LEAST_S;
    refusal->offered = offered->values[ATTRIBUTE_LIFE_SECONDS];
    refusal->edit = own->lifetime_at;
}

static uint32_t smaller_lifetime(uint32_t own_s, uint64_t offered_s)
{
    return offered_s > 0 && offered_s < own_s ? (uint32_t)offered_s : own_s;
}

static bool lifetime_is_too_short(const struct sa_transform *offered)
{
    return offered->present & BIT(ATTRIBUTE_LIFE_SECONDS) &&
           offered->values[ATTRIBUTE_LIFE_SECONDS] < P1_LIFETIME_LEAST_S;
}

static void choice_set(struct phase1_choice *out, const struct ike_rule *rule,
                       const struct ike_transform *own, const struct sa_proposal *proposal,
                       const struct sa_transform *offered)
{
    uint64_t offered_s = offered->values[ATTRIBUTE_LIFE_SECONDS];

    *out = (struct phase1_choice){
        .proposal = proposal,
        .transform = offered,
        .suite =
            {
                .cipher = own->cipher,
                .cipher_bits = offered_bits(offered, own->cipher),
                .hash = own->hash,
                .group = own->group,
                .method = (uint16_t)offered->values[ATTRIBUTE_METHOD],
            },
        .rule = rule,
        .lifetime_s = smaller_lifetime(own->lifetime_s, offered_s),
        .is_shortened = offered_s > own->lifetime_s,
        .lifetime_kb = offered->values[ATTRIBUTE_LIFE_KILOBYTES],
    };
}

/* A pre-shared key is looked up by addresses, whatever the rule; a certificate by rule. */
static bool has_certificate(const struct ruleset *ruleset, const struct evidence *evidence,
                            const struct ike_rule *rule, const struct sa_transform *offered,
                            struct refusal *missing)
{
    enum auth_method method = (enum auth_method)offered->values[ATTRIBUTE_METHOD];

    return method == METHOD_PRESHARED ||
           phase1_own_certificate(ruleset, rule, evidence, method,
                                  missing->reason == REFUSAL_NONE ? missing : NULL);
}

/* The first candidate that holds the offered transform and has what its method needs, the first
 * lack of that being noted in `missing`; notes how near the others come. */
static const struct ike_rule *candidate_for(const struct ruleset *ruleset,
                                            const struct evidence *evidence,
                                            const struct sa_transform *offered,
                                            const struct ike_transform **own_out,
                                            struct refusal *refusal, struct refusal *missing)
{
    const struct evidence by_address = {.local = evidence->local, .remote = evidence->remote};
    const struct ike_rule *rule = NULL;

    while ((rule = phase1_candidate(ruleset, &by_address, rule)) != NULL) {
        for (size_t i = 0; i < rule->transform_count; i++) {
            uint16_t differing = difference(&rule->transforms[i], offered);

            if (differing == 0 && has_certificate(ruleset, evidence, rule, offered, missing)) {
                *own_out = &rule->transforms[i];
                return rule;
            }
            if (differing != 0)
                refusal_note(refusal, rule, &rule->transforms[i], offered, differing);
        }
    }
    return NULL;
}

static bool is_candidate_transform(const struct sa_transform *offered)
{
    return offered->flaw == TRANSFORM_SOUND && offered->id == TRANSFORM_KEY_IKE;
}

static enum status choose_in_order(const struct ruleset *ruleset, const struct evidence *evidence,
                                   const struct sa_proposal *proposal, struct phase1_choice *out,
                                   struct refusal *refusal)
{
    struct refusal nearest = *refusal;
    size_t sound = 0;

    for (size_t i = 0; i < proposal->transform_count; i++) {
        const struct sa_transform *offered = &proposal->transforms[i];
        const struct ike_transform *own = NULL;
        const struct ike_rule *rule;

        if (!is_candidate_transform(offered))
            continue;
        sound++;
        rule = candidate_for(ruleset, evidence, offered, &own, &nearest, refusal);
        if (!rule)
            continue;
        if (lifetime_is_too_short(offered)) {
            if (refusal->reason == REFUSAL_NONE)
                refuse_lifetime(refusal, rule, own, offered);
            continue;
        }
        if (own->method == METHOD_PRESHARED && !phase1_credential(ruleset, rule, evidence, refusal))
            continue;
        choice_set(out, rule, own, proposal, offered);
        return STATUS_OK;
    }
    if (refusal->reason == REFUSAL_NONE)
        *refusal = nearest; /* a lifetime or a missing key is nearer than any attribute */
    if (sound == 0) {
        refusal->reason = REFUSAL_MALFORMED;
        refusal->detail_view = "no transform of the offer can be read";
        refusal->notify = NOTIFY_BAD_PROPOSAL_SYNTAX;
    }
    return STATUS_REFUSED;
}

enum status phase1_choose(const struct ruleset *ruleset, const struct evidence *evidence,
                          const struct sa_payload *offer, struct phase1_choice *out,
                          struct refusal *refusal)
{
    const struct evidence by_address = {.local = evidence->local, .remote = evidence->remote};
    const struct sa_proposal *proposal = offer->proposals;

    *refusal = refusal_start(ruleset, evidence);
    if (!phase1_candidate(ruleset, &by_address, NULL)) {
        (void)ruleset_rule_for_initiator(ruleset, &evidence->local, &evidence->remote, refusal);
        return STATUS_REFUSED;
    }
    if (offer->proposal_count == 0 || proposal->protocol != IPSEC_PROTOCOL_ISAKMP) {
        refusal->reason = REFUSAL_MALFORMED;
        refusal->detail_view = "the offer has no ISAKMP proposal";
        refusal->notify = NOTIFY_BAD_PROPOSAL_SYNTAX;
        return STATUS_REFUSED;
    }
    return choose_in_order(ruleset, evidence, proposal, out, refusal);
}

static bool is_form(void *arg, const struct sa_transform *form)
{
    const struct sa_transform *reply = arg;

    return sa_transform_equal(form, reply, LIFETIMES_IGNORED);
}

/* The own transform of which the reply is an offered form; NULL: none. */
static const struct ike_transform *replied(const struct ike_rule *rule, uint32_t methods,
                                           const struct sa_transform *reply)
{
    for (size_t i = 0; i < rule->transform_count; i++) {
        if (each_form(&rule->transforms[i], methods, is_form, (void *)(uintptr_t)reply))
            return &rule->transforms[i];
    }
    return NULL;
}

enum status phase1_check_reply(const struct ruleset *ruleset, const struct ike_rule *rule,
                               const struct evidence *evidence, const struct sa_payload *reply,
                               struct phase1_choice *out, struct refusal *refusal)
{
    const struct sa_proposal *proposal = reply->proposals;
    const struct ike_transform *own;

    *refusal = refusal_start(ruleset, evidence);
    refusal->nearest = rule;
    refusal->reason = REFUSAL_REPLY;
    if (reply->proposal_count != 1 || proposal->protocol != IPSEC_PROTOCOL_ISAKMP ||
        proposal->transform_count != 1) {
        refusal->detail_view = "the answer is not one transform of one ISAKMP proposal";
        refusal->notify = NOTIFY_BAD_PROPOSAL_SYNTAX;
        return STATUS_REFUSED;
    }
    if (!is_candidate_transform(proposal->transforms)) {
        refusal->detail_view = "the transform of the answer cannot be read";
        refusal->notify = NOTIFY_BAD_PROPOSAL_SYNTAX;
        return STATUS_REFUSED;
    }
    own = replied(rule, phase1_methods(ruleset, rule, evidence), proposal->transforms);
    if (!own) {
        refusal->detail_view = "the answer is none of the transforms that we offered";
        return STATUS_REFUSED;
    }
    if (lifetime_is_too_short(proposal->transforms)) {
        refuse_lifetime(refusal, rule, own, proposal->transforms);
        return STATUS_REFUSED;
    }
    choice_set(out, rule, own, proposal, proposal->transforms);
    out->is_shortened = false; /* only a responder says so */
    return STATUS_OK;
}

uint32_t phase1_lifetime(const struct ike_rule *rule, const struct phase1_suite *suite,
                         uint64_t offered_s)
{
    const struct ike_transform *own = rule_suite(rule, suite);

    return smaller_lifetime(own ? own->lifetime_s : P1_LIFETIME_DEFAULT_S, offered_s);
}
