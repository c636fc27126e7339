#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "ikev1/encrypted_half.h"
#include "ikev1/envelope.h"
#include "ikev1/ikev1.h"
#include "ikev1/main_mode_encrypted.h"
#include "ikev1/nat_detection.h"
#include "policy/phase2.h"
#include "registry/notify.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

/* How often another message 2 may make us begin again from message 3. */
#define MAIN_MOST_RESTARTS 3u
/* The repeat of message 5 at which "keys probably differ" is said. */
#define MAIN_HINT_REPEAT 2u

/* Message 1: HDR, SA, vendor IDs. */
static enum status send_first(struct exchange *exchange, const struct ike_rule *rule,
                              uint32_t methods)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct sa_payload offer = {0};
    struct envelope envelope = envelope_begin_offer(sa, EXCHANGE_MAIN, 0, 0);
    enum status status = phase1_offer(rule, methods, &engine->effects.arena, &offer);

    if (status != STATUS_OK || !envelope.buffer)
        return STATUS_NO_MEMORY;
    payload_begin(&envelope.message, PAYLOAD_SA);
    size_t body_offset = envelope.message.writer.bytes;
    sa_v1_encode(&envelope.message.writer, SA_PHASE_1, &offer);
    struct view body =
        view_of(envelope.buffer + body_offset, envelope.message.writer.bytes - body_offset);
    payload_end(&envelope.message);
    nat_detection_offer(sa, &envelope);
    envelope_vendor(&envelope, VENDOR_DPD);
    if (phase2_means_of(sa->rules_ref).has_esn)
        envelope_vendor(&envelope, VENDOR_ENTENTE_ESN);
    struct view datagram = envelope_close(&envelope);
    if (view_is_empty(datagram))
        return STATUS_NO_MEMORY;
    status = bytes_copy(body, &handshake_of(exchange)->sa_body_own);
    return status == STATUS_OK ? exchange_say(exchange, &engine->effects, &sa->path, datagram, true)
                               : status;
}

/* True when there is an SA with whoever is at this address: then INITIAL-CONTACT would be a lie. */
static bool knows_peer(const struct engine *engine, const struct path *path)
{
    return ike_sa_between(engine, &path->local.address, &path->remote.address) ||
           child_sa_is_with(engine, &path->remote.address);
}

/* What we can prove ourselves by under a rule; 0 and *refusal: nothing. Sets sa->credential. */
static uint32_t own_methods(struct ike_sa *sa, const struct ike_rule *rule, struct refusal *refusal)
{
    struct evidence evidence = handshake_evidence(sa);
    uint32_t methods = phase1_methods(sa->rules_ref, rule, &evidence);
    enum auth_method first = (enum auth_method)rule->transforms[0].method;

    if (first == METHOD_PRESHARED) {
        const struct credential *credential =
            phase1_credential(sa->rules_ref, rule, &evidence, refusal);

        sa->credential = credential ? credential->handle : 0;
        return credential ? methods : 0;
    }
    if (methods == 0)
        (void)phase1_own_certificate(sa->rules_ref, rule, &evidence, first, refusal);
    for (size_t i = 0; i < method_count; i++) {
        unsigned number = method_table[i].number;

        if (methods & BIT(number) &&
            (main_mode_own_certificate(sa, rule, (enum auth_method)number, refusal) != STATUS_OK ||
             (method_table[i].class == METHOD_CLASS_ENCRYPTION &&
              !main_mode_peer_certificate(sa, rule, NULL, refusal))))
            methods &= (uint32_t)~BIT(number);
    }
    return methods;
}

struct ike_sa *main_mode_begin(struct engine *engine, const struct ike_rule *rule,
                               const struct path *path)
{
    struct refusal refusal = {0};
    struct ike_sa *sa = NULL;
    struct exchange *exchange = NULL;
    bool is_first = !knows_peer(engine, path);

    sa = ike_sa_new(engine, &ikev1_protocol, ROLE_INITIATOR, path);
    if (!sa)
        return NULL;
    sa->rule_view = rule;
    sa->phase = IKE_SA_SENT_FIRST;
    sa->expires_us =
        engine->now.mono_us + ruleset_globals(engine->rules_ref)->expire_timer_s * SECOND_US;
    exchange = exchange_new(sa, EXCHANGE_MAIN, ROLE_INITIATOR, 0);
    if (exchange)
        exchange->state_own = handshake_new();
    uint32_t methods = own_methods(sa, rule, &refusal);
    if (!methods)
        report_refusal(engine, sa, path, &refusal);
    if (!methods || !exchange || !exchange->state_own ||
        send_first(exchange, rule, methods) != STATUS_OK) {
        engine->statistics.p1_failed[ROLE_INITIATOR]++;
        ike_sa_free(sa);
        return NULL;
    }
    handshake_of(exchange)->is_initial_contact = is_first;
    exchange->state = MAIN_SA_SENT;
    ike_sa_reschedule(sa);
    struct ike_event event = report_begin(EVENT_MAIN_MODE_STARTED, sa, path);
    report_event(engine, &event);
    return sa;
}

/* The choice in a message 2 against our offer; what is chosen becomes the SA's. */
static enum step_result take_choice(struct exchange *exchange, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct payload *payload = chain_find(&trigger->message->chain, PAYLOAD_SA, 0);
    struct evidence evidence = handshake_evidence(sa);
    struct phase1_choice choice = {0};
    struct sa_payload reply = {0};

    trigger->drop = DROP_MALFORMED;
    if (sa_v1_decode(payload, SA_PHASE_1, &sa->engine_back->effects.arena, &reply, NULL) !=
        STATUS_OK)
        return STEP_IGNORE;
    /* Not authenticated: a wrong choice may be forged, so it is only noted (SEC-80). */
    if (phase1_check_reply(sa->rules_ref, sa->rule_view, &evidence, &reply, &choice,
                           &trigger->refusal) != STATUS_OK) {
        trigger->drop = DROP_PAYLOADS;
        return STEP_IGNORE;
    }
    if (choice.suite.method != METHOD_PRESHARED &&
        main_mode_own_certificate(sa, sa->rule_view, (enum auth_method)choice.suite.method,
                                  &trigger->refusal) != STATUS_OK)
        return STEP_IGNORE;
    sa->cipher_view = choice.suite.cipher;
    sa->cipher_bits = choice.suite.cipher_bits;
    sa->hash_view = choice.suite.hash;
    sa->group_view = choice.suite.group;
    sa->method = choice.suite.method;
    handshake_of(exchange)->offered_s = choice.lifetime_s;
    return STEP_DONE;
}

/* Message 3: HDR, KE, Ni, [CERTREQ,] NAT-D. */
static enum status send_ke(struct exchange *exchange, struct effects *effects,
                           const struct path *path)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct envelope envelope = {0};
    enum status status = handshake_begin_secrets(sa, handshake);

    if (status != STATUS_OK)
        return status;
    envelope = envelope_begin(sa, EXCHANGE_MAIN, 0, 0);
    if (handshake_class(sa) == METHOD_CLASS_ENCRYPTION) {
        status = main_mode_put_encrypted(exchange, &envelope);
    } else {
        payload_put(&envelope.message, PAYLOAD_KE,
                    bytes_view(&handshake->secrets_own->key_exchange.public_own));
        payload_put(&envelope.message, PAYLOAD_NONCE,
                    bytes_view(&handshake->secrets_own->nonce_own));
        main_mode_put_requests(sa, &envelope);
    }
    if (status == STATUS_OK)
        status = nat_detection_put(sa, (enum vendor)handshake->nat_vendor, path, &envelope);
    struct view datagram = envelope_close(&envelope);
    if (status == STATUS_OK && view_is_empty(datagram))
        status = STATUS_NO_MEMORY;
    return status == STATUS_OK ? exchange_say(exchange, effects, path, datagram, true) : status;
}

enum step_result main_mode_receive_sa(struct exchange *exchange, struct trigger *trigger,
                                      struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    const struct message *message = trigger->message;
    struct ike_event event = {0};
    enum step_result result = take_choice(exchange, trigger);

    if (result != STEP_DONE)
        return result;
    if (bytes_copy(message->octets, &handshake->this_sa_own) != STATUS_OK)
        return STEP_IGNORE;
    memcpy(sa->cookies + COOKIE_BYTES, message->header.responder_cookie, COOKIE_BYTES);
    handshake->nat_vendor = (uint8_t)nat_detection_choose(sa, &message->chain);
    handshake->peer_has_dpd = chain_has_vendor(&message->chain, VENDOR_DPD);
    handshake->peer_has_esn = chain_has_vendor(&message->chain, VENDOR_ENTENTE_ESN);
    handshake->wants_certificate = chain_count(&message->chain, PAYLOAD_CERTREQ) > 0;
    handshake_drop_secrets(handshake);
    if (send_ke(exchange, effects, &sa->path) != STATUS_OK) {
        trigger->why = "no key exchange could be made";
        return STEP_FAIL;
    }
    sa->phase = IKE_SA_SENT_SECOND;
    event = report_begin(EVENT_MAIN_MODE_CHOSEN, sa, NULL);
    event.suite_view = report_ike_suite(sa->engine_back, sa);
    report_event(sa->engine_back, &event);
    return STEP_DONE;
}

enum step_result main_mode_receive_other_sa(struct exchange *exchange, struct trigger *trigger,
                                            struct effects *effects)
{
    (void)effects;
    trigger->drop = DROP_BUDGET;
    return bytes_copy(trigger->message->octets, &handshake_of(exchange)->other_sa_own) == STATUS_OK
               ? STEP_DONE
               : STEP_IGNORE;
}

/* Begins again from the other message 2, and keeps the one in use in its place. */
static enum step_result restart(struct exchange *exchange, struct trigger *trigger,
                                struct effects *effects)
{
    struct handshake *handshake = handshake_of(exchange);
    struct bytes other = handshake->other_sa_own;
    struct message message;
    struct trigger again = {.kind = TRIGGER_MESSAGE, .path = &exchange->ike_sa_back->path};

    if (view_is_empty(bytes_view(&other)) || handshake->restarts >= MAIN_MOST_RESTARTS)
        return STEP_IGNORE;
    handshake->restarts++;
    handshake->other_sa_own = handshake->this_sa_own;
    handshake->this_sa_own = (struct bytes){0};
    enum step_result result = STEP_IGNORE;
    if (message_decode(bytes_view(&other), &message, NULL) == STATUS_OK) {
        again.message = &message;
        result = main_mode_receive_sa(exchange, &again, effects);
    }
    bytes_clear(&other);
    trigger->why = again.why;
    return result;
}

enum step_result main_mode_repeat_ke(struct exchange *exchange, struct trigger *trigger,
                                     struct effects *effects)
{
    return restart(exchange, trigger, effects);
}

/* The keyring is asked for what message 5 needs under a half: SKEYID, our signature, or what stands
 * encrypted in message 4. */
static bool ask_for(struct exchange *exchange, unsigned half, struct effects *effects)
{
    uint64_t ticket = 0;

    if (handshake_class(exchange->ike_sa_back) == METHOD_CLASS_SIGNATURE)
        return main_mode_sign(exchange, half, effects);
    ticket = handshake_class(exchange->ike_sa_back) == METHOD_CLASS_ENCRYPTION
                 ? encrypted_half_ask(exchange->ike_sa_back, handshake_of(exchange), half, effects)
                 : handshake_ask(exchange->ike_sa_back, handshake_of(exchange), half, effects);
    if (ticket)
        exchange_park(exchange, ticket);
    return ticket != 0;
}

enum step_result main_mode_receive_ke(struct exchange *exchange, struct trigger *trigger,
                                      struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_half *half = &handshake->secrets_own->halves[0];
    enum status status = STATUS_OK;

    handshake_half_clear(half);
    half->digest = exchange_digest(sa->engine_back, trigger->datagram);
    status = handshake_half_read(sa, handshake, trigger, half);
    if (status != STATUS_OK) {
        trigger->drop = status == STATUS_UNEXPECTED ? DROP_REFLECTION : DROP_MALFORMED;
        return STEP_IGNORE;
    }
    trigger->drop = DROP_BUDGET;
    return ask_for(exchange, 0, effects) ? STEP_PARKED : STEP_IGNORE;
}

enum step_result main_mode_receive_other_ke(struct exchange *exchange, struct trigger *trigger,
                                            struct effects *effects)
{
    (void)effects;
    trigger->drop = DROP_BUDGET;
    return bytes_copy(trigger->message->octets, &handshake_of(exchange)->kept_own) == STATUS_OK
               ? STEP_DONE
               : STEP_IGNORE;
}

/* With NAT between, or said to be, IKE and ESP move to port 4500. RFC 3947 section 4 */
static void float_port(struct ike_sa *sa, const struct handshake *handshake,
                       const struct handshake_half *half)
{
    struct path path = sa->path;
    struct ike_event event = {0};

    nat_detection_settle(sa, (enum vendor)handshake->nat_vendor, &half->nat);
    if (!sa->is_encapsulated || sa->path.is_encapsulated)
        return;
    path.local.port = IKE_NAT_PORT;
    path.remote.port = IKE_NAT_PORT;
    path.is_encapsulated = true;
    ike_sa_move(sa, &path);
    event = report_begin(EVENT_MAIN_MODE_NAT, sa, NULL);
    event.text_view = nat_detection_text(sa);
    report_event(sa->engine_back, &event);
}

/* Message 5: HDR*, IDii, [CERT,] [N(INITIAL-CONTACT),] HASH_I or SIG_I. That last: it fills the
 * last block, so that no change of padding alone can move the IV chain. */
static enum status send_auth(struct exchange *exchange, struct effects *effects,
                             struct handshake_half *half, bool is_first)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct view id_body = main_mode_id_body(sa);
    struct envelope envelope = main_mode_begin_auth(sa);
    uint8_t iv[EXCHANGE_IV_BYTES];
    enum status status = STATUS_OK;

    main_mode_put_id(sa, id_body, &envelope);
    main_mode_put_proof(exchange, half, &envelope);
    if (handshake_of(exchange)->is_initial_contact) {
        struct notify_payload notify = {
            .doi = 1,
            .protocol = IPSEC_PROTOCOL_ISAKMP,
            .type = NOTIFY_INITIAL_CONTACT,
            .spi = view_of(sa->cookies, sizeof sa->cookies),
        };
        payload_begin(&envelope.message, PAYLOAD_NOTIFY);
        notify_encode(&envelope.message.writer, &notify);
        payload_end(&envelope.message);
    }
    status = main_mode_put_authenticator(exchange, half, id_body, &envelope);
    if (status != STATUS_OK)
        return status;
    memcpy(iv, half->iv, sizeof iv);
    struct view datagram = envelope_seal(sa, &envelope, ike_keys_cipher(half->keys_own), iv);
    if (view_is_empty(datagram))
        return STATUS_CRYPTO;
    memcpy(half->last_block, iv, sizeof half->last_block);
    return is_first ? exchange_say(exchange, effects, &sa->path, datagram, true)
                    : exchange_say_again(exchange, effects, &sa->path, datagram);
}

/* What the keyring was asked for. */
static enum status take_answer(struct exchange *exchange, struct handshake_half *half,
                               struct view answer)
{
    struct ike_sa *sa = exchange->ike_sa_back;

    switch (handshake_class(sa)) {
    case METHOD_CLASS_SIGNATURE:
        return bytes_copy(answer, &half->signature_own);
    case METHOD_CLASS_ENCRYPTION:
        return main_mode_open_answer(exchange, half, answer);
    case METHOD_CLASS_PRESHARED:
        break;
    }
    return handshake_derive(sa, handshake_of(exchange), answer);
}

enum step_result main_mode_keys_for_auth(struct exchange *exchange, struct trigger *trigger,
                                         struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    struct handshake_half *half = &secrets->halves[secrets->active];
    bool is_first = secrets->active == 0 && sa->phase != IKE_SA_SENT_FINAL;
    enum status status = trigger->answer->status;

    if (status == STATUS_OK)
        status = take_answer(exchange, half, trigger->answer->result_view);
    if (status == STATUS_OK) {
        float_port(sa, handshake, half);
        status = send_auth(exchange, effects, half, is_first);
    }
    if (status == STATUS_OK)
        sa->phase = IKE_SA_SENT_FINAL;
    else
        handshake_half_clear(half); /* a sound message 4 may still come */
    exchange->state = sa->phase == IKE_SA_SENT_FINAL ? MAIN_AUTH_SENT : MAIN_KE_SENT;
    return STEP_DONE;
}

/* Another message 4 came: its half is made, and the keyring asked. */
static bool adopt_other_ke(struct exchange *exchange, struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct bytes kept = handshake->kept_own;
    struct message message;
    struct trigger again = {.kind = TRIGGER_MESSAGE, .path = &sa->path, .message = &message};
    bool is_asked = false;

    handshake->kept_own = (struct bytes){0};
    if (message_decode(bytes_view(&kept), &message, NULL) == STATUS_OK) {
        again.datagram = message.octets;
        struct handshake_half *half = handshake_half_for(
            handshake->secrets_own, exchange_digest(sa->engine_back, again.datagram));
        is_asked = handshake_half_read(sa, handshake, &again, half) == STATUS_OK &&
                   ask_for(exchange, (unsigned)(half - handshake->secrets_own->halves), effects);
    }
    bytes_clear(&kept);
    return is_asked;
}

/* What is probably wrong when message 5 gets no answer. */
static enum event_kind hint_of(const struct ike_sa *sa)
{
    return handshake_class(sa) == METHOD_CLASS_SIGNATURE ? EVENT_MAIN_MODE_AUTH_UNANSWERED
                                                         : EVENT_MAIN_MODE_UNREADABLE;
}

enum step_result main_mode_repeat_auth(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects)
{
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    struct handshake_half *other = &secrets->halves[secrets->active ? 0 : 1];

    if (exchange->repeats >= MAIN_HINT_REPEAT)
        main_mode_hint(exchange, hint_of(exchange->ike_sa_back), NULL);
    if (!view_is_empty(bytes_view(&handshake->kept_own)) && adopt_other_ke(exchange, effects)) {
        exchange->state = MAIN_KEYS_ASKED;
        return STEP_PARKED;
    }
    if (restart(exchange, trigger, effects) == STEP_DONE) {
        exchange->state = MAIN_KE_SENT;
        return STEP_DONE;
    }
    if (other->keys_own) {
        secrets->active ^= 1;
        return send_auth(exchange, effects, other, false) == STATUS_OK ? STEP_DONE : STEP_IGNORE;
    }
    effects_send(effects, &exchange->said_path, bytes_view(&exchange->said_own));
    return STEP_DONE;
}

enum step_result main_mode_receive_last(struct exchange *exchange, struct trigger *trigger,
                                        struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake_secrets *secrets = handshake_of(exchange)->secrets_own;
    struct main_proof proof;
    enum main_verdict verdict = MAIN_UNREADABLE;

    (void)effects;
    trigger->drop = DROP_UNDECRYPTABLE;
    for (size_t i = 0; i < COUNT(secrets->halves); i++) {
        struct handshake_half *half = &secrets->halves[i];
        if (!half->keys_own)
            continue;
        verdict =
            main_mode_verify(exchange, trigger, trigger->message, half, half->last_block, &proof);
        if (verdict == MAIN_IDENTITY_REFUSED)
            return STEP_REFUSE;
        if (verdict == MAIN_CERTIFICATE_REFUSED) {
            main_mode_refuse_certificate(exchange, trigger);
            report_drop(sa->engine_back, sa, trigger->path, DROP_HASH);
            return STEP_DONE; /* still waiting: this message 6 may be forged */
        }
        if (verdict == MAIN_HASH_WRONG)
            trigger->drop = DROP_HASH;
        if (verdict == MAIN_BUDGET)
            trigger->drop = DROP_BUDGET;
        if (verdict != MAIN_PROVEN)
            continue;
        if (main_mode_adopt(exchange, half, &proof) != STATUS_OK)
            return STEP_IGNORE;
        envelope_last_block(sa, trigger->message->content, sa->last_block);
        main_mode_establish(exchange, &proof);
        return STEP_DONE;
    }
    return STEP_IGNORE;
}

enum step_result main_mode_unanswered(struct exchange *exchange, struct trigger *trigger,
                                      struct effects *effects)
{
    (void)exchange;
    (void)effects;
    trigger->why = "no answer";
    return STEP_FAIL;
}
