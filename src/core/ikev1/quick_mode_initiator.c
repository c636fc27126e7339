#include "engine/engine_state.h"
#include "engine/want.h"
#include "ikev1/quick_mode.h"
#include "policy/ruleset.h"
#include "registry/exchange.h"
#include "registry/notify.h"
#include "wire/attribute.h"
#include "wire/id.h"
#include "wire/nonce.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

/*
 * Between message 3 and the first packet on the new SA. A responder may install its inbound SA only
 * when it has read message 3 (strongSwan does): what comes sooner is lost. Meanwhile first packets
 * wait, and at a rekey traffic stays on the old SA.
 */
#define QUICK_SETTLE_US (50 * MILLISECOND_US)

static void want_of(const struct exchange *exchange, const struct ipsec_entry *entry,
                    struct phase2_want *out)
{
    const struct ike_sa *sa = exchange->ike_sa_back;

    *out = (struct phase2_want){
        .rule = sa->rule_view,
        .entry = entry,
        .encapsulation = quick_mode_encapsulation(sa, entry->mode),
        .means = phase2_means_of(sa->engine_back->rules_ref),
        .spi = quick_mode_of(exchange)->spis.in,
        .ah_spi = quick_mode_of(exchange)->spis.ah_in,
    };
    out->means.has_esn = out->means.has_esn && sa->peer_has_esn;
}

static const struct ipsec_entry *entry_of(const struct exchange *exchange, struct trigger *trigger)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    const struct want *want = exchange->want_own;
    const struct ipsec_entry *entry =
        ruleset_entry_of_reqid(sa->engine_back->rules_ref, want->reqid, &want->selector);

    /* The policy may have changed since, and a number may have found another entry. */
    if (!entry || ipsec_entry_action(entry) != IPSEC_PROTECT) {
        quick_mode_refuse(exchange, trigger, "", 0);
        trigger->refusal.reason = REFUSAL_NO_POLICY;
        trigger->refusal.selector = want->packet;
        trigger->refusal.has_selector = true;
        return NULL;
    }
    return entry;
}

/* SPIs, nonce, and with PFS a key exchange of its own. */
static enum status draw(struct exchange *exchange, const struct ipsec_entry *entry)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    uint8_t nonce[NONCE_MOST_BYTES];
    size_t bytes = ruleset_globals(sa->rules_ref)->p2_nonce_bytes;
    enum status status = STATUS_OK;

    quick->spis.protocol = IPSEC_PROTOCOL_ESP;
    quick->spis.in = engine_draw_spi(engine, ike_sa_tag(sa));
    if (ipsec_entry_uses_ah(entry))
        quick->spis.ah_in = engine_draw_spi(engine, ike_sa_tag(sa));
    randomness_fill(&engine->options.random, ike_sa_tag(sa), nonce, bytes);
    status = bytes_copy(view_of(nonce, bytes), &quick->initiator_nonce_own);
    if (status == STATUS_OK && sa->rule_view->p2_pfs)
        status =
            key_exchange_generate(engine->options.crypto_back, sa->rule_view->p2_pfs,
                                  &engine->options.random, ike_sa_tag(sa), &quick->key_exchange);
    return status;
}

/* Message 1: HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr. */
static enum status send_offer(struct exchange *exchange, struct effects *effects,
                              const struct sa_payload *offer)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct quick_mode *quick = quick_mode_of(exchange);
    struct envelope envelope =
        envelope_begin_offer(sa, EXCHANGE_QUICK, ISAKMP_FLAG_ENCRYPTION, exchange->message_id);

    envelope_hash(&envelope, sa->hash_view);
    payload_begin(&envelope.message, PAYLOAD_SA);
    sa_v1_encode(&envelope.message.writer, SA_PHASE_2, offer);
    payload_end(&envelope.message);
    payload_put(&envelope.message, PAYLOAD_NONCE, bytes_view(&quick->initiator_nonce_own));
    if (quick->key_exchange.group)
        payload_put(&envelope.message, PAYLOAD_KE, bytes_view(&quick->key_exchange.public_own));
    quick_mode_put_ids(exchange, &envelope);
    return quick_mode_seal(exchange, effects, &envelope, true);
}

enum step_result quick_mode_send_offer(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct ipsec_entry *entry = entry_of(exchange, trigger);
    struct phase2_want want;
    struct sa_payload offer = {0};

    if (!entry)
        return STEP_REFUSE;
    if (draw(exchange, entry) != STATUS_OK) {
        trigger->why = "no key exchange could be made";
        return STEP_FAIL;
    }
    want_of(exchange, entry, &want);
    quick->reqid = entry->reqid;
    quick->path = quick_mode_path(sa);
    quick->agreed.mode = entry->mode;
    quick->selector = exchange->want_own->selector;
    enum status status = phase2_offer(&want, &effects->arena, &offer, &trigger->refusal);
    if (status == STATUS_REFUSED)
        return STEP_REFUSE;
    if (status != STATUS_OK) {
        trigger->why = "out of memory";
        return STEP_FAIL;
    }
    if (send_offer(exchange, effects, &offer) != STATUS_OK) {
        trigger->why = "message 1 could not be made";
        return STEP_FAIL;
    }
    struct ike_event event = report_begin(EVENT_QUICK_MODE_STARTED, sa, NULL);
    event.selector = quick->selector;
    event.text_view = exchange->want_own->replaced_spi ? " (rekey)" : "";
    report_event(sa->engine_back, &event);
    return STEP_DONE;
}

/* A shorter life, with the soft limit in the same proportion; a longer one or none changes nothing.
 * Below the floor the peer's wish is not followed (SEC-101). */
static void shorten(struct phase2_agreed *agreed, uint64_t seconds, uint64_t kilobytes)
{
    if (seconds >= P2_PEER_LIFETIME_LEAST_S && seconds < agreed->hard_s) {
        agreed->soft_s = (uint32_t)((uint64_t)agreed->soft_s * seconds / agreed->hard_s);
        agreed->hard_s = (uint32_t)seconds;
    }
    if (kilobytes >= P2_LIFETIME_LEAST_KB && (!agreed->hard_kb || kilobytes < agreed->hard_kb)) {
        agreed->soft_kb = kilobytes / 10 * 9;
        agreed->hard_kb = kilobytes;
    }
}

/* The peer may shorten what was agreed. RFC 2407 section 4.6.3.1 */
static void take_lifetime(struct quick_mode *quick, const struct payload_chain *chain)
{
    struct phase2_agreed *agreed = &quick->agreed;
    const struct payload *payload = NULL;
    struct notify_payload notify;
    uint64_t seconds = 0, kilobytes = 0;

    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (notify_decode(payload, &notify, NULL) != STATUS_OK ||
            notify.type != NOTIFY_RESPONDER_LIFETIME ||
            lifetimes_decode(SA_PHASE_2, notify.data, &seconds, &kilobytes) != STATUS_OK)
            continue;
        shorten(agreed, seconds, kilobytes);
    }
}

/* The choice and the identities that came back, against what was offered. */
static enum step_result check_choice(struct exchange *exchange, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct payload_chain *chain = &trigger->message->chain;
    const struct ipsec_entry *entry = entry_of(exchange, trigger);
    struct phase2_want want;
    struct sa_payload reply = {0};
    struct selector selector = {0};

    if (!entry)
        return STEP_REFUSE;
    want_of(exchange, entry, &want);
    quick_mode_refuse(exchange, trigger, "its SA cannot be read", NOTIFY_BAD_PROPOSAL_SYNTAX);
    if (chain_count(chain, PAYLOAD_SA) != 1 ||
        sa_v1_decode(chain_find(chain, PAYLOAD_SA, 0), SA_PHASE_2, &sa->engine_back->effects.arena,
                     &reply, NULL) != STATUS_OK)
        return STEP_REFUSE;
    if (phase2_check_reply(&want, &reply, &quick->agreed, &trigger->refusal) != STATUS_OK)
        return STEP_REFUSE;
    quick_mode_refuse(exchange, trigger, "its identities are not those that we offered",
                      NOTIFY_INVALID_ID_INFORMATION);
    if (quick_mode_selector(exchange, chain, &selector) != STATUS_OK)
        return STEP_REFUSE;
    /* Narrower is allowed, never wider (V1-60). Behind a NAT transport identities are whatever
     * the peer sees: then the ends are what we know them to be. */
    if (!selector_covers(&quick->selector, &selector)) {
        if (quick->agreed.mode != CHILD_TRANSPORT || !sa->is_encapsulated)
            return STEP_REFUSE;
        selector = quick->selector;
    }
    quick->selector = selector;
    return STEP_DONE;
}

enum step_result quick_mode_receive_choice(struct exchange *exchange, struct trigger *trigger,
                                           struct effects *effects)
{
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct payload_chain *chain = &trigger->message->chain;
    const struct payload *key_exchange = chain_find(chain, PAYLOAD_KE, 0);
    enum step_result result = check_choice(exchange, trigger);

    if (result != STEP_DONE)
        return result;
    take_lifetime(quick, chain);
    quick_mode_take_spis(quick);
    quick->agreed.proposal = quick->agreed.ah_proposal = NULL;
    quick->agreed.transform = quick->agreed.ah_transform = NULL;
    quick_mode_refuse(exchange, trigger, "its nonce or key exchange is not sound",
                      NOTIFY_INVALID_KEY_INFORMATION);
    if (quick_mode_take_nonce(exchange, chain) != STATUS_OK ||
        quick_mode_derive(exchange, key_exchange ? key_exchange->body : view_of(NULL, 0)) !=
            STATUS_OK)
        return STEP_REFUSE;
    trigger->why = "out of memory";
    return quick_mode_install(exchange, SA_INBOUND, effects) ? STEP_PARKED : STEP_FAIL;
}

/* Message 3: HDR*, HASH(3). */
static enum status send_last(struct exchange *exchange, struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct exchange_values values = quick_mode_values(exchange);
    struct envelope envelope =
        envelope_begin(sa, EXCHANGE_QUICK, ISAKMP_FLAG_ENCRYPTION, exchange->message_id);
    struct secret hash = {0};
    enum status status = exchange_hash_3(crypto, &values, &hash);

    if (status != STATUS_OK)
        return status;
    payload_put(&envelope.message, PAYLOAD_HASH, secret_view(&hash));
    struct view datagram =
        envelope_seal(sa, &envelope, ike_keys_cipher(sa->keys_own), exchange->iv);
    return view_is_empty(datagram) ? STATUS_CRYPTO
                                   : exchange_say(exchange, effects, &sa->path, datagram, false);
}

enum step_result quick_mode_send_last(struct exchange *exchange, struct trigger *trigger,
                                      struct effects *effects)
{
    struct quick_mode *quick = quick_mode_of(exchange);

    if (!quick_mode_is_installed(exchange, trigger))
        return STEP_FAIL;
    quick->is_in_installed = true;
    trigger->why = "message 3 could not be made";
    if (send_last(exchange, effects) != STATUS_OK)
        return STEP_FAIL;
    exchange_rest(exchange, exchange->ike_sa_back->engine_back->now.mono_us + QUICK_SETTLE_US);
    return STEP_DONE;
}

enum step_result quick_mode_settled(struct exchange *exchange, struct trigger *trigger,
                                    struct effects *effects)
{
    trigger->why = "out of memory";
    return quick_mode_install(exchange, SA_OUTBOUND, effects) ? STEP_PARKED : STEP_FAIL;
}
