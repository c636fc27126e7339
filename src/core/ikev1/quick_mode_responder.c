#include "base/reader.h"
#include "engine/engine_state.h"
#include "ikev1/quick_mode.h"
#include "policy/ruleset.h"
#include "registry/exchange.h"
#include "registry/notify.h"
#include "wire/attribute.h"
#include "wire/nonce.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

/* The request as policy sees it: identities, and the encapsulation that this path calls for. */
static enum step_result read_request(struct exchange *exchange, struct trigger *trigger,
                                     const struct sa_payload *offer, struct phase2_request *out)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    enum encapsulation encapsulation = ENCAPSULATION_TUNNEL;

    *out = (struct phase2_request){
        .rule = sa->rule_view,
        .local = sa->path.local.address,
        .remote = sa->path.remote.address,
        .means = phase2_means_of(sa->engine_back->rules_ref),
    };
    quick_mode_refuse(exchange, trigger, "its transforms differ in their encapsulation mode",
                      NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (phase2_offered_encapsulation(offer, &encapsulation) != STATUS_OK)
        return STEP_REFUSE;
    quick_mode_refuse(exchange, trigger, "its identities cannot be read",
                      NOTIFY_INVALID_ID_INFORMATION);
    if (quick_mode_selector(exchange, &trigger->message->chain, &out->selector) != STATUS_OK)
        return STEP_REFUSE;
    out->encapsulation = quick_mode_encapsulation(sa, encapsulation_mode(encapsulation));
    if (encapsulation_mode(encapsulation) == CHILD_TRANSPORT &&
        (sa->am_i_natted || sa->is_peer_natted)) {
        out->selector.local = address_range_host(&out->local);
        out->selector.remote = address_range_host(&out->remote);
    }
    return STEP_DONE;
}

/* Our SPIs, nonce, and with PFS a key exchange of its own. */
static enum status draw(struct exchange *exchange)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    uint8_t nonce[NONCE_MOST_BYTES];
    size_t bytes = ruleset_globals(sa->rules_ref)->p2_nonce_bytes;
    enum status status = STATUS_OK;

    quick->spis.in = engine_draw_spi(engine, ike_sa_tag(sa));
    if (quick->agreed.ah_integrity)
        quick->spis.ah_in = engine_draw_spi(engine, ike_sa_tag(sa));
    randomness_fill(&engine->options.random, ike_sa_tag(sa), nonce, bytes);
    status = bytes_copy(view_of(nonce, bytes), &quick->responder_nonce_own);
    if (status == STATUS_OK && quick->agreed.pfs_group)
        status =
            key_exchange_generate(engine->options.crypto_back, quick->agreed.pfs_group,
                                  &engine->options.random, ike_sa_tag(sa), &quick->key_exchange);
    return status;
}

/* A proposal of message 2: the peer's number and transform, our SPI. */
static struct sa_proposal chosen_proposal(const struct sa_proposal *offered,
                                          const struct sa_transform *transform, uint32_t spi,
                                          uint8_t octets[4])
{
    struct writer writer = writer_over(octets, 4);

    writer_u32(&writer, spi);
    return (struct sa_proposal){
        .number = offered->number,
        .protocol = offered->protocol,
        .spi = writer_view_written(&writer),
        .transforms = transform,
        .transform_count = 1,
    };
}

/* What goes back in message 2 must outlive the asks: what was chosen, encoded, in the peer's order.
 */
static enum status keep_reply(struct exchange *exchange)
{
    struct quick_mode *quick = quick_mode_of(exchange);
    struct phase2_agreed *agreed = &quick->agreed;
    bool is_ah_first = agreed->ah_proposal && agreed->ah_proposal < agreed->proposal;
    uint8_t spi[4], ah_spi[4], body[1024];
    struct writer writer = writer_over(body, sizeof body);
    struct sa_proposal proposals[2];
    struct sa_payload reply = {
        .doi = DOI_IPSEC,
        .situation = SITUATION_IDENTITY_ONLY,
        .proposals = proposals,
        .proposal_count = agreed->ah_proposal ? 2 : 1,
    };

    proposals[is_ah_first] =
        chosen_proposal(agreed->proposal, agreed->transform, quick->spis.in, spi);
    if (agreed->ah_proposal)
        proposals[!is_ah_first] =
            chosen_proposal(agreed->ah_proposal, agreed->ah_transform, quick->spis.ah_in, ah_spi);
    sa_v1_encode(&writer, SA_PHASE_2, &reply);
    agreed->proposal = agreed->ah_proposal = NULL;
    agreed->transform = agreed->ah_transform = NULL;
    return writer_is_good(&writer) ? bytes_copy(writer_view_written(&writer), &quick->reply_own)
                                   : STATUS_LIMIT;
}

/* What a refusal names: the first SPI of the offer. RFC 2408 section 3.14 */
static void note_peer(struct quick_mode *quick, const struct sa_proposal *proposal)
{
    struct reader reader = reader_over(proposal->spi);

    if (proposal->protocol != IPSEC_PROTOCOL_ESP && proposal->protocol != IPSEC_PROTOCOL_AH)
        return;
    quick->spis.protocol = (enum ipsec_protocol)proposal->protocol;
    quick->spis.out = reader_u32(&reader);
}

static enum step_result choose(struct exchange *exchange, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct payload_chain *chain = &trigger->message->chain;
    const struct ruleset *rules = sa->engine_back->rules_ref;
    struct phase2_request request;
    struct sa_payload offer = {0};

    quick_mode_refuse(exchange, trigger, "it offers several SAs at once",
                      NOTIFY_NO_PROPOSAL_CHOSEN);
    if (chain_count(chain, PAYLOAD_SA) != 1)
        return STEP_REFUSE;
    quick_mode_refuse(exchange, trigger, "its SA cannot be read", NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (sa_v1_decode(chain_find(chain, PAYLOAD_SA, 0), SA_PHASE_2, &sa->engine_back->effects.arena,
                     &offer, NULL) != STATUS_OK)
        return STEP_REFUSE;
    note_peer(quick, offer.proposals);
    if (read_request(exchange, trigger, &offer, &request) != STEP_DONE)
        return STEP_REFUSE;
    quick->selector = request.selector;
    const struct ipsec_entry *entry = phase2_entry(rules, &request, &trigger->refusal);
    if (!entry || phase2_choose(rules, &request, entry, &offer, &quick->agreed,
                                &trigger->refusal) != STATUS_OK)
        return STEP_REFUSE;
    quick->reqid = entry->reqid;
    quick->path = quick_mode_path(sa);
    quick_mode_take_spis(quick);
    return STEP_DONE;
}

enum step_result quick_mode_answer(struct exchange *exchange, struct trigger *trigger,
                                   struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_new();
    const struct payload *key_exchange = chain_find(&trigger->message->chain, PAYLOAD_KE, 0);

    exchange->state_own = quick;
    trigger->drop = DROP_BUDGET;
    if (!quick)
        return STEP_IGNORE;
    if (choose(exchange, trigger) != STEP_DONE)
        return STEP_REFUSE;
    if (draw(exchange) != STATUS_OK || keep_reply(exchange) != STATUS_OK) {
        trigger->why = "no key exchange could be made";
        return STEP_FAIL;
    }
    if (quick->key_exchange.group &&
        bytes_copy(bytes_view(&quick->key_exchange.public_own), &quick->public_own) != STATUS_OK)
        return STEP_IGNORE;
    quick_mode_refuse(exchange, trigger, "its nonce or key exchange is not sound",
                      NOTIFY_INVALID_KEY_INFORMATION);
    if (quick_mode_take_nonce(exchange, &trigger->message->chain) != STATUS_OK ||
        quick_mode_derive(exchange, key_exchange ? key_exchange->body : view_of(NULL, 0)) !=
            STATUS_OK)
        return STEP_REFUSE;
    trigger->why = "out of memory";
    if (!quick_mode_install(exchange, SA_INBOUND, effects))
        return STEP_FAIL;
    struct ike_event event = report_begin(EVENT_QUICK_MODE_ANSWERED, sa, NULL);
    event.selector = quick->selector;
    event.suite_view = quick_mode_suite(exchange);
    report_event(sa->engine_back, &event);
    return STEP_PARKED;
}

/* N(RESPONDER-LIFETIME) when ours is shorter than what was offered. */
static void put_lifetime(const struct quick_mode *quick, struct envelope *envelope)
{
    uint8_t spi[4], lifetime[32];
    struct writer spi_writer = writer_over(spi, sizeof spi);
    struct writer writer = writer_over(lifetime, sizeof lifetime);

    writer_u32(&spi_writer, quick->spis.in);
    lifetimes_encode(&writer, SA_PHASE_2, quick->agreed.notify_s, quick->agreed.notify_kb);
    struct notify_payload notify = {
        .doi = 1,
        .protocol = (uint8_t)quick->spis.protocol,
        .type = NOTIFY_RESPONDER_LIFETIME,
        .spi = writer_view_written(&spi_writer),
        .data = writer_view_written(&writer),
    };
    payload_begin(&envelope->message, PAYLOAD_NOTIFY);
    notify_encode(&envelope->message.writer, &notify);
    payload_end(&envelope->message);
}

/* Message 2: HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, N]. */
enum step_result quick_mode_send_choice(struct exchange *exchange, struct trigger *trigger,
                                        struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_of(exchange);

    if (!quick_mode_is_installed(exchange, trigger))
        return STEP_FAIL;
    quick->is_in_installed = true;
    struct envelope envelope =
        envelope_begin(sa, EXCHANGE_QUICK, ISAKMP_FLAG_ENCRYPTION, exchange->message_id);
    envelope_hash(&envelope, sa->hash_view);
    payload_put(&envelope.message, PAYLOAD_SA, bytes_view(&quick->reply_own));
    payload_put(&envelope.message, PAYLOAD_NONCE, bytes_view(&quick->responder_nonce_own));
    if (quick->agreed.pfs_group)
        payload_put(&envelope.message, PAYLOAD_KE, bytes_view(&quick->public_own));
    quick_mode_put_ids(exchange, &envelope);
    if (quick->agreed.is_shortened)
        put_lifetime(quick, &envelope);
    trigger->why = "message 2 could not be made";
    return quick_mode_seal(exchange, effects, &envelope, true) == STATUS_OK ? STEP_DONE : STEP_FAIL;
}

enum step_result quick_mode_receive_last(struct exchange *exchange, struct trigger *trigger,
                                         struct effects *effects)
{
    trigger->why = "out of memory";
    return quick_mode_install(exchange, SA_OUTBOUND, effects) ? STEP_PARKED : STEP_FAIL;
}
