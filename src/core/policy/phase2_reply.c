#include "policy/phase2_private.h"
#include "registry/notify.h"
#include "wire/sa_v1.h"

/* True when the transform is one of those that we offered for the alternative. */
static bool is_offered(const struct phase2_want *want, const struct ipsec_alternative *alternative,
                       enum ipsec_protocol protocol, const struct sa_transform *reply)
{
    struct sa_transform offered[PHASE2_TRANSFORMS_MOST];
    size_t count;

    if (!reply)
        return true;
    count = phase2_offer_transforms(want, alternative, protocol, offered);
    for (size_t i = 0; i < count; i++) {
        if (sa_transform_equal(&offered[i], reply, LIFETIMES_IGNORED))
            return true;
    }
    return false;
}

/* True when one alternative has offered all of the reply. */
static bool is_a_choice(const struct phase2_want *want, const struct phase2_set *set,
                        const struct phase2_pair *pair)
{
    for (size_t i = 0; i < want->entry->alternative_count; i++) {
        const struct ipsec_alternative *alternative = &want->entry->alternatives[i];

        if (ipsec_alternative_protocols(alternative) == set->protocols &&
            phase2_is_usable(want->entry, i, want->encapsulation, &want->means) &&
            is_offered(want, alternative, IPSEC_PROTOCOL_ESP, pair->esp) &&
            is_offered(want, alternative, IPSEC_PROTOCOL_AH, pair->ah))
            return true;
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

/* The one transform of a proposal; NULL: there are more, or it cannot be read. */
static bool single_transform(const struct sa_proposal *proposal, const struct sa_transform **out)
{
    *out = proposal ? proposal->transforms : NULL;
    return !proposal ||
           (proposal->transform_count == 1 && proposal->transforms->flaw == TRANSFORM_SOUND);
}

static bool lifetime_is_too_short(const struct phase2_want *want, const struct sa_transform *reply,
                                  struct refusal *refusal)
{
    const struct phase2_request request = {.rule = want->rule};
    const struct phase2_choosing choosing = {&request, want->entry, refusal};
    enum attribute attribute;

    if (!reply || !phase2_lifetime_is_too_short(&want->rule->p2, reply, &attribute))
        return false;
    phase2_note_lifetime(&choosing, attribute, reply);
    return true;
}

enum status phase2_check_reply(const struct phase2_want *want, const struct sa_payload *reply,
                               struct phase2_agreed *out, struct refusal *refusal)
{
    struct refusal started = phase2_refusal(want->rule, want->entry);
    struct phase2_set set = {0};
    struct phase2_pair pair;

    started.local = refusal->local;
    started.peer = refusal->peer;
    *refusal = started;
    if (reply->proposal_count == 0 || phase2_set_at(reply, 0, &set) != reply->proposal_count)
        return refuse_reply(refusal, "the answer is not one suite of ESP, of AH or of both",
                            NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (set.flaw)
        return refuse_reply(refusal, set.flaw, set.notify);
    if (!single_transform(set.esp, &pair.esp) || !single_transform(set.ah, &pair.ah))
        return refuse_reply(refusal,
                            "the answer is not one transform of each protocol, or cannot be read",
                            NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (!phase2_pair_agrees(&pair) || !is_a_choice(want, &set, &pair))
        return refuse_reply(refusal, "the answer is none of the transforms that we offered",
                            NOTIFY_NO_PROPOSAL_CHOSEN);
    if (lifetime_is_too_short(want, pair.esp, refusal) ||
        lifetime_is_too_short(want, pair.ah, refusal))
        return STATUS_REFUSED;
    phase2_agree(want->rule, &set, &pair, out);
    out->is_shortened = false; /* only a responder says so */
    out->notify_s = 0;
    out->notify_kb = 0;
    return STATUS_OK;
}
