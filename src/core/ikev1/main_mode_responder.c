#include "engine/engine_state.h"
#include "engine/walker.h"
#include "ikev1/envelope.h"
#include "ikev1/ikev1.h"
#include "ikev1/main_mode.h"
#include "ikev1/nat_detection.h"
#include "policy/phase2.h"
#include "registry/notify.h"
#include "wire/attribute.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

/* SAi_b is kept whole for HASH_I: a stranger may not make us keep more (SEC-109). */
#define MAIN_MOST_SA_BYTES 4096u
/* Without message 3 a half-open SA lives so long; with it, `expire_timer`. */
#define MAIN_UNPROVEN_S 30u

/* A refusal in clear to an address that has proven nothing: one, smaller than what it answers, and
 * within the budget. */
void main_mode_send_clear_notify(struct ike_sa *sa, const struct path *path, uint16_t type)
{
    struct engine *engine = sa->engine_back;
    uint32_t message_id = 0;
    struct notify_payload notify = {
        .doi = 1,
        .protocol = IPSEC_PROTOCOL_ISAKMP,
        .type = type,
    };

    if (!type || !admission_may_reply(engine))
        return;
    randomness_fill(&engine->options.random, ike_sa_tag(sa), (uint8_t *)&message_id,
                    sizeof message_id);
    struct envelope envelope = envelope_begin(sa, EXCHANGE_INFORMATIONAL, 0, message_id | 1);
    payload_begin(&envelope.message, PAYLOAD_NOTIFY);
    notify_encode(&envelope.message.writer, &notify);
    payload_end(&envelope.message);
    effects_send(&engine->effects, path, envelope_close(&envelope));
}

/* A new SA for a message 1 that has passed admission; NULL without memory. */
static struct exchange *new_responder(struct engine *engine, const struct path *path,
                                      const struct message *message, uint64_t digest)
{
    struct ike_sa *sa = ike_sa_new(engine, &ikev1_protocol, ROLE_RESPONDER, path);
    struct exchange *exchange = sa ? exchange_new(sa, EXCHANGE_MAIN, ROLE_RESPONDER, 0) : NULL;

    if (exchange)
        exchange->state_own = handshake_new();
    if (!exchange || !exchange->state_own) {
        if (sa)
            ike_sa_free(sa);
        return NULL;
    }
    memcpy(sa->cookies, message->header.initiator_cookie, COOKIE_BYTES);
    sa->kept_bytes = (uint16_t)message->octets.bytes;
    sa->expires_us = engine->now.mono_us + MAIN_UNPROVEN_S * SECOND_US;
    sa->first_key = digest;
    map_insert(&engine->by_first, &sa->by_first, view_of(&sa->first_key, sizeof sa->first_key));
    return exchange;
}

void main_mode_receive_first(struct engine *engine, const struct path *path,
                             const struct message *message, uint64_t digest)
{
    struct trigger trigger = {
        .kind = TRIGGER_MESSAGE, .path = path, .datagram = message->octets, .message = message};

    if (message->octets.bytes > MAIN_MOST_SA_BYTES ||
        !admission_admits(engine, &path->remote.address, message->octets.bytes)) {
        report_drop(engine, NULL, path, DROP_BUDGET);
        return;
    }
    struct exchange *exchange = new_responder(engine, path, message, digest);
    if (!exchange || admission_add(exchange->ike_sa_back) != STATUS_OK)
        return;
    struct ike_sa *sa = exchange->ike_sa_back;
    if (walker_run(exchange, &trigger, PROTECTION_CLEAR) == STEP_IGNORE)
        ike_sa_free(sa);
}

/* Message 2: HDR, SA with our choice, vendor IDs that answer the peer's. */
static enum status send_choice(struct exchange *exchange, struct effects *effects,
                               const struct phase1_choice *choice)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct handshake *handshake = handshake_of(exchange);
    struct envelope envelope = envelope_begin(sa, EXCHANGE_MAIN, 0, 0);
    struct sa_proposal proposal = {
        .number = choice->proposal->number,
        .protocol = IPSEC_PROTOCOL_ISAKMP,
        .transforms = choice->transform,
        .transform_count = 1,
    };
    struct sa_payload reply = {.doi = 1, .situation = 1, .proposals = &proposal};

    reply.proposal_count = 1;
    payload_begin(&envelope.message, PAYLOAD_SA);
    sa_v1_encode(&envelope.message.writer, SA_PHASE_1, &reply);
    payload_end(&envelope.message);
    if (handshake->nat_vendor != VENDOR_UNKNOWN)
        envelope_vendor(&envelope, (enum vendor)handshake->nat_vendor);
    if (handshake->peer_has_dpd)
        envelope_vendor(&envelope, VENDOR_DPD);
    if (handshake->peer_has_esn && phase2_means_of(sa->rules_ref).has_esn)
        envelope_vendor(&envelope, VENDOR_ENTENTE_ESN);
    struct view datagram = envelope_close(&envelope);
    return view_is_empty(datagram) ? STATUS_NO_MEMORY
                                   : exchange_say(exchange, effects, &sa->path, datagram, false);
}

/* An SA payload that cannot be read as ours: which notify says why. */
static enum step_result refuse_sa(struct exchange *exchange, struct trigger *trigger,
                                  const struct sa_payload *offer, enum status status)
{
    trigger->drop = DROP_MALFORMED;
    if (status != STATUS_UNEXPECTED)
        return STEP_IGNORE;
    trigger->refusal = (struct refusal){
        .reason = REFUSAL_MALFORMED,
        .local = exchange->ike_sa_back->path.local.address,
        .peer = exchange->ike_sa_back->path.remote.address,
        .exchange_view = "main mode",
        .detail_view = offer->doi != 1 ? "its SA has a DOI other than IPSEC"
                                       : "its SA has a situation other than identity only",
        .notify = offer->doi != 1 ? NOTIFY_DOI_NOT_SUPPORTED : NOTIFY_SITUATION_NOT_SUPPORTED,
    };
    return STEP_REFUSE;
}

/* What we will prove ourselves by: sa->credential. */
static bool take_credential(struct ike_sa *sa, const struct phase1_choice *choice,
                            struct refusal *refusal)
{
    struct evidence evidence = handshake_evidence(sa);
    const struct credential *credential = NULL;

    if (choice->suite.method != METHOD_PRESHARED)
        return main_mode_own_certificate(sa, choice->rule, (enum auth_method)choice->suite.method,
                                         refusal) == STATUS_OK;
    credential = phase1_credential(sa->rules_ref, choice->rule, &evidence, refusal);
    sa->credential = credential ? credential->handle : 0;
    return credential != NULL;
}

enum step_result main_mode_answer_sa(struct exchange *exchange, struct trigger *trigger,
                                     struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct handshake *handshake = handshake_of(exchange);
    const struct payload_chain *chain = &trigger->message->chain;
    const struct payload *payload = chain_find(chain, PAYLOAD_SA, 0);
    struct evidence evidence = handshake_evidence(sa);
    struct sa_payload offer = {0};
    struct phase1_choice choice = {0};
    enum status status = sa_v1_decode(payload, SA_PHASE_1, &engine->effects.arena, &offer, NULL);

    if (status != STATUS_OK)
        return refuse_sa(exchange, trigger, &offer, status);
    if (phase1_choose(sa->rules_ref, &evidence, &offer, &choice, &trigger->refusal) != STATUS_OK)
        return STEP_REFUSE;
    if (!take_credential(sa, &choice, &trigger->refusal))
        return STEP_REFUSE;
    trigger->drop = DROP_BUDGET;
    if (bytes_copy(payload->body, &handshake->sa_body_own) != STATUS_OK)
        return STEP_IGNORE;
    sa->rule_view = choice.rule;
    sa->cipher_view = choice.suite.cipher;
    sa->cipher_bits = choice.suite.cipher_bits;
    sa->hash_view = choice.suite.hash;
    sa->group_view = choice.suite.group;
    sa->method = choice.suite.method;
    sa->phase = IKE_SA_SENT_FIRST;
    handshake->offered_s = choice.transform->values[ATTRIBUTE_LIFE_SECONDS];
    handshake->is_shortened = choice.is_shortened;
    handshake->nat_vendor = (uint8_t)nat_detection_choose(sa, chain);
    handshake->peer_has_dpd = chain_has_vendor(chain, VENDOR_DPD);
    handshake->peer_has_esn = chain_has_vendor(chain, VENDOR_ENTENTE_ESN);
    handshake->wants_certificate = chain_count(chain, PAYLOAD_CERTREQ) > 0;
    if (send_choice(exchange, effects, &choice) != STATUS_OK)
        return STEP_IGNORE;
    struct ike_event event = report_begin(EVENT_MAIN_MODE_ANSWERED, sa, NULL);
    event.suite_view = report_ike_suite(engine, sa);
    report_event(engine, &event);
    ike_sa_reschedule(sa);
    return STEP_DONE;
}

/* Message 4: HDR, KE, Nr, [CERTREQ,] NAT-D. It does not depend on what message 3 holds. */
static enum status send_ke(struct exchange *exchange, struct effects *effects,
                           const struct path *path)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct handshake *handshake = handshake_of(exchange);
    const struct handshake_secrets *secrets = handshake->secrets_own;
    struct envelope envelope = envelope_begin(sa, EXCHANGE_MAIN, 0, 0);
    enum status status = STATUS_OK;

    payload_put(&envelope.message, PAYLOAD_KE, bytes_view(&secrets->key_exchange.public_own));
    payload_put(&envelope.message, PAYLOAD_NONCE, bytes_view(&secrets->nonce_own));
    main_mode_put_requests(sa, &envelope);
    status = nat_detection_put(sa, (enum vendor)handshake->nat_vendor, path, &envelope);
    struct view datagram = envelope_close(&envelope);
    if (status == STATUS_OK && view_is_empty(datagram))
        status = STATUS_NO_MEMORY;
    return status == STATUS_OK ? exchange_say(exchange, effects, path, datagram, false) : status;
}

enum step_result main_mode_answer_ke(struct exchange *exchange, struct trigger *trigger,
                                     struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct handshake *handshake = handshake_of(exchange);
    uint32_t expire_s = ruleset_globals(sa->rules_ref)->expire_timer_s;

    trigger->drop = DROP_MALFORMED;
    if (!handshake_values_fit(sa, &trigger->message->chain))
        return STEP_IGNORE;
    if (handshake_begin_secrets(sa, handshake) != STATUS_OK) {
        trigger->why = "no key exchange could be made";
        return STEP_FAIL;
    }
    struct handshake_half *half =
        handshake_half_for(handshake->secrets_own, exchange_digest(engine, trigger->datagram));
    if (handshake_half_read(sa, handshake, trigger, half) != STATUS_OK ||
        send_ke(exchange, effects, trigger->path) != STATUS_OK) {
        handshake_drop_secrets(handshake);
        return STEP_IGNORE;
    }
    sa->phase = IKE_SA_SENT_SECOND;
    sa->expires_us = sa->created_us + expire_s * SECOND_US;
    ike_sa_reschedule(sa);
    return STEP_DONE;
}

enum step_result main_mode_answer_other_ke(struct exchange *exchange, struct trigger *trigger,
                                           struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    enum status status = STATUS_MALFORMED;

    (void)effects;
    trigger->drop = DROP_MALFORMED;
    if (!handshake_values_fit(sa, &trigger->message->chain))
        return STEP_IGNORE;
    struct handshake_half *half = handshake_half_for(
        handshake->secrets_own, exchange_digest(sa->engine_back, trigger->datagram));
    status = handshake_half_read(sa, handshake, trigger, half);
    if (status != STATUS_OK) {
        trigger->drop = status == STATUS_UNEXPECTED ? DROP_REFLECTION : DROP_MALFORMED;
        return STEP_IGNORE;
    }
    exchange_resend(exchange, half->digest);
    return STEP_DONE;
}

/* Message 6: HDR*, IDir, [CERT,] [N(RESPONDER-LIFETIME),] HASH_R or SIG_R, last as in message 5. */
static enum status send_last(struct exchange *exchange, struct effects *effects,
                             const struct handshake_half *half, uint8_t *iv)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct view id_body = main_mode_id_body(sa);
    struct envelope envelope = main_mode_begin_auth(sa);
    enum status status = STATUS_OK;

    main_mode_put_id(sa, id_body, &envelope);
    main_mode_put_proof(exchange, half, &envelope);
    if (handshake_of(exchange)->is_shortened) {
        uint8_t lifetime[16];
        struct writer writer = writer_over(lifetime, sizeof lifetime);
        lifetimes_encode(&writer, SA_PHASE_1, sa->lifetime_s, 0);
        struct notify_payload notify = {
            .doi = 1,
            .protocol = IPSEC_PROTOCOL_ISAKMP,
            .type = NOTIFY_RESPONDER_LIFETIME,
            .spi = view_of(sa->cookies, sizeof sa->cookies),
            .data = writer_view_written(&writer),
        };
        payload_begin(&envelope.message, PAYLOAD_NOTIFY);
        notify_encode(&envelope.message.writer, &notify);
        payload_end(&envelope.message);
    }
    status = main_mode_put_authenticator(exchange, half, id_body, &envelope);
    if (status != STATUS_OK)
        return status;
    struct view datagram = envelope_seal(sa, &envelope, ike_keys_cipher(sa->keys_own), iv);
    return view_is_empty(datagram) ? STATUS_CRYPTO
                                   : exchange_say(exchange, effects, &sa->path, datagram, false);
}

enum step_result main_mode_answer_last(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects, const struct message *message,
                                       struct handshake_half *half, const struct main_proof *proof)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    uint8_t iv[EXCHANGE_IV_BYTES];

    trigger->drop = DROP_BUDGET;
    if (main_mode_adopt(exchange, half, proof) != STATUS_OK)
        return STEP_IGNORE;
    if (!path_equal(trigger->path, &sa->path)) {
        ike_sa_move(sa, trigger->path); /* proven: the peer has moved to port 4500 */
        struct ike_event event = report_begin(EVENT_MAIN_MODE_NAT, sa, NULL);
        event.text_view = nat_detection_text(sa);
        report_event(sa->engine_back, &event);
    }
    envelope_last_block(sa, message->content, iv);
    if (send_last(exchange, effects, half, iv) != STATUS_OK) {
        trigger->why = "message 6 could not be made";
        return STEP_FAIL;
    }
    memcpy(sa->last_block, iv, sizeof sa->last_block);
    main_mode_establish(exchange, proof);
    return STEP_DONE;
}

/* The half that has no keys yet and may still get them; -1: none. */
static int half_without_keys(const struct handshake_secrets *secrets)
{
    if (secrets->derivations >= HANDSHAKE_MOST_DERIVATIONS)
        return -1;
    for (size_t i = 0; i < COUNT(secrets->halves); i++) {
        const struct handshake_half *half = &secrets->halves[i];
        if (half->digest && !half->keys_own && !half->is_bad)
            return (int)i;
    }
    return -1;
}

/* Tries message 5 with every half that has keys, then asks for the keys of one that has none. */
static enum step_result try_auth(struct exchange *exchange, struct trigger *trigger,
                                 struct effects *effects, const struct message *message)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    enum main_verdict verdict = MAIN_UNREADABLE;
    struct main_proof proof;
    uint64_t ticket = 0;

    for (size_t i = 0; i < COUNT(secrets->halves); i++) {
        struct handshake_half *half = &secrets->halves[i];
        if (!half->keys_own)
            continue;
        enum main_verdict found =
            main_mode_verify(exchange, trigger, message, half, half->iv, &proof);
        if (found == MAIN_PROVEN)
            return main_mode_answer_last(exchange, trigger, effects, message, half, &proof);
        if (found == MAIN_IDENTITY_REFUSED)
            return STEP_REFUSE;
        verdict = found == MAIN_HASH_WRONG ? found : verdict;
    }
    int missing = half_without_keys(secrets);
    if (missing >= 0)
        ticket = handshake_ask(sa, handshake, (unsigned)missing, effects);
    if (ticket) {
        exchange_park(exchange, ticket);
        exchange->state = MAIN_KEYS_ASKED;
        return STEP_PARKED;
    }
    exchange->state = MAIN_KE_ANSWERED;
    main_mode_not_proven(exchange, trigger, verdict);
    return STEP_DONE;
}

enum status main_mode_keep(struct handshake *handshake, const struct trigger *trigger)
{
    handshake->kept_path = *trigger->path;
    return bytes_copy(trigger->message->octets, &handshake->kept_own);
}

enum step_result main_mode_receive_auth(struct exchange *exchange, struct trigger *trigger,
                                        struct effects *effects)
{
    struct handshake *handshake = handshake_of(exchange);

    trigger->drop = DROP_UNDECRYPTABLE;
    if (trigger->message->content.bytes % exchange->ike_sa_back->cipher_view->block_bytes != 0)
        return STEP_IGNORE;
    trigger->drop = DROP_BUDGET;
    if (trigger->message->octets.bytes > MAIN_MOST_SA_BYTES ||
        main_mode_keep(handshake, trigger) != STATUS_OK)
        return STEP_IGNORE;
    return try_auth(exchange, trigger, effects, trigger->message);
}

enum step_result main_mode_keys_for_answer(struct exchange *exchange, struct trigger *trigger,
                                           struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    struct message message;

    trigger->path = &handshake->kept_path;
    if (trigger->answer->status == STATUS_OK)
        (void)handshake_derive(sa, handshake, trigger->answer->result_view);
    else
        secrets->halves[secrets->active].is_bad = trigger->answer->status != STATUS_LIMIT;
    if (trigger->answer->status == STATUS_LIMIT ||
        message_decode(bytes_view(&handshake->kept_own), &message, NULL) != STATUS_OK) {
        exchange->state = MAIN_KE_ANSWERED; /* busy: the peer's repeat tries again */
        return STEP_DONE;
    }
    return try_auth(exchange, trigger, effects, &message);
}
