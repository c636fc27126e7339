#include "engine/engine_state.h"
#include "engine/peer.h"
#include "ikev1/envelope.h"
#include "ikev1/main_mode_encrypted.h"
#include "policy/ruleset.h"
#include "registry/notify.h"
#include "wire/attribute.h"
#include "wire/id.h"
#include "wire/notify.h"

struct identity main_mode_local_identity(const struct ike_sa *sa)
{
    if (handshake_class(sa) != METHOD_CLASS_PRESHARED)
        return main_mode_certificate_identity(sa);
    return identity_of_address(&sa->path.local.address);
}

struct view main_mode_id_body(struct ike_sa *sa)
{
    struct arena *arena = &sa->engine_back->effects.arena;
    struct identity identity = main_mode_local_identity(sa);
    struct id_payload id = {.type = identity.type, .data = identity.data};
    size_t bytes = 4 + identity.data.bytes;
    struct writer writer = writer_over(arena_take(arena, bytes), bytes);

    if (!writer.buffer)
        return view_of(NULL, 0);
    id_encode(&writer, &id); /* protocol and port 0: RFC 3947 section 4 forbids others behind NAT */
    return writer_view_written(&writer);
}

void main_mode_put_id(const struct ike_sa *sa, struct view id_body, struct envelope *envelope)
{
    if (handshake_class(sa) != METHOD_CLASS_ENCRYPTION) /* there it went before, encrypted */
        payload_put(&envelope->message, PAYLOAD_ID, id_body);
}

struct envelope main_mode_begin_auth(struct ike_sa *sa)
{
    if (handshake_class(sa) == METHOD_CLASS_SIGNATURE)
        return envelope_begin_certificates(sa, EXCHANGE_MAIN, ISAKMP_FLAG_ENCRYPTION, 0);
    return envelope_begin(sa, EXCHANGE_MAIN, ISAKMP_FLAG_ENCRYPTION, 0);
}

void main_mode_put_proof(struct exchange *exchange, const struct handshake_half *half,
                         struct envelope *envelope)
{
    const struct ike_sa *sa = exchange->ike_sa_back;

    if (handshake_class(sa) == METHOD_CLASS_SIGNATURE &&
        (half->wants_certificate || handshake_of(exchange)->wants_certificate))
        main_mode_put_certificates(sa, envelope);
}

enum status main_mode_put_authenticator(struct exchange *exchange,
                                        const struct handshake_half *half, struct view id_body,
                                        struct envelope *envelope)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct secret hash = {0};
    enum status status = STATUS_OK;

    if (handshake_class(sa) == METHOD_CLASS_SIGNATURE) {
        payload_put(&envelope->message, PAYLOAD_SIG, bytes_view(&half->signature_own));
        return STATUS_OK;
    }
    status =
        handshake_hash(sa, handshake_of(exchange), half, (enum ike_role)sa->role, id_body, &hash);
    if (status == STATUS_OK)
        payload_put(&envelope->message, PAYLOAD_HASH, secret_view(&hash));
    secret_clear(&hash);
    return status;
}

const char *main_mode_key_text(struct ike_sa *sa)
{
    struct arena *arena = &sa->engine_back->effects.arena;
    const struct credential_index *index = ruleset_credentials(sa->rules_ref);
    const struct credential *credential;
    char place[CREDENTIAL_TEXT_BYTES], local[ADDRESS_TEXT_BYTES], remote[ADDRESS_TEXT_BYTES];

    /* The other methods need no index of pre-shared keys: there may be none. */
    if (handshake_class(sa) != METHOD_CLASS_PRESHARED)
        return main_mode_certificate_text(sa);
    credential = credential_by_handle(index, sa->credential);
    if (!credential)
        return "ike.preshared";
    return arena_text(arena, "%s (localid %s, remoteid %s)",
                      credential_text(index, credential, place),
                      address_range_text(&credential->local, local),
                      address_range_text(&credential->remote, remote));
}

void main_mode_hint(struct exchange *exchange, enum event_kind kind, const struct path *path)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct ike_event event = report_begin(kind, sa, path);

    if (handshake->is_hinted)
        return;
    handshake->is_hinted = true;
    event.text_view = main_mode_key_text(sa);
    report_event(sa->engine_back, &event);
}

void main_mode_not_proven(struct exchange *exchange, const struct trigger *trigger,
                          enum main_verdict verdict)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    bool is_readable = verdict == MAIN_HASH_WRONG;

    sa->rx_decrypt_errors++;
    main_mode_hint(exchange, is_readable ? EVENT_MAIN_MODE_HASH_WRONG : EVENT_MAIN_MODE_KEY_DIFFERS,
                   trigger->path);
    report_drop(sa->engine_back, sa, trigger->path, is_readable ? DROP_HASH : DROP_UNDECRYPTABLE);
}

struct refusal main_mode_certificate_refusal(const struct ike_sa *sa, const char *line,
                                             uint16_t notify)
{
    return (struct refusal){
        .reason = REFUSAL_CERTIFICATE,
        .local = sa->path.local.address,
        .peer = sa->path.remote.address,
        .exchange_view = "main mode",
        .detail_view = line ? line : "a certificate is not to be believed",
        .notify = notify,
    };
}

/* One ID, one HASH, sound each, and the authenticator right. */
static enum main_verdict check_hash(struct ike_sa *sa, const struct handshake *handshake,
                                    const struct handshake_half *half,
                                    const struct payload_chain *chain, struct id_payload *id)
{
    enum ike_role sender = sa->role == ROLE_INITIATOR ? ROLE_RESPONDER : ROLE_INITIATOR;
    const struct payload *id_payload = chain_find(chain, PAYLOAD_ID, 0);
    const struct payload *hash = chain_find(chain, PAYLOAD_HASH, 0);
    struct secret wanted = {0};

    if (chain_count(chain, PAYLOAD_ID) != 1 || chain_count(chain, PAYLOAD_HASH) != 1 ||
        id_decode(id_payload, id, NULL) != STATUS_OK)
        return MAIN_UNREADABLE;
    if (handshake_hash(sa, handshake, half, sender, id_payload->body, &wanted) != STATUS_OK)
        return MAIN_BROKEN;
    bool is_right = secret_equal(secret_view(&wanted), hash->body);
    secret_clear(&wanted);
    return is_right ? MAIN_PROVEN : MAIN_HASH_WRONG;
}

/* Notifies beside the HASH are not covered by it: at least they must be about this SA. */
static bool notifies_are_ours(const struct ike_sa *sa, const struct payload_chain *chain)
{
    const struct payload *payload = NULL;
    struct notify_payload notify;

    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (notify_decode(payload, &notify, NULL) != STATUS_OK)
            return false;
        if (!view_is_empty(notify.spi) &&
            !view_equal(notify.spi, view_of(sa->cookies, sizeof sa->cookies)))
            return false;
    }
    return true;
}

/* The proven identity against the key's entry and the candidate rules. */
static enum main_verdict settle(struct ike_sa *sa, struct trigger *trigger,
                                const struct handshake_half *half, const struct id_payload *id,
                                struct main_proof *out)
{
    const struct credential *credential =
        credential_by_handle(ruleset_credentials(sa->rules_ref), sa->credential);
    struct evidence evidence = handshake_evidence(sa);
    const struct ike_rule *only = sa->role == ROLE_INITIATOR ? sa->rule_view : NULL;

    out->identity = (struct identity){.type = id->type, .data = id->data};
    evidence.identity = &out->identity;
    evidence.place = half->nat.is_peer_natted ? PEER_BEHIND_NAT : PEER_AT_ITS_ADDRESS;
    if (!id_port_fits_phase_1(id)) {
        trigger->refusal = (struct refusal){
            .reason = REFUSAL_MALFORMED,
            .local = evidence.local,
            .peer = evidence.remote,
            .exchange_view = "main mode",
            .detail_view = "its identity names a protocol or port that Phase 1 does not have",
            .notify = NOTIFY_INVALID_ID_INFORMATION,
        };
        return MAIN_IDENTITY_REFUSED;
    }
    out->rule = phase1_settle(sa->rules_ref, &evidence, only, credential, &trigger->refusal);
    return out->rule ? MAIN_PROVEN : MAIN_IDENTITY_REFUSED;
}

enum main_verdict main_mode_verify(struct exchange *exchange, struct trigger *trigger,
                                   const struct message *message, struct handshake_half *half,
                                   const uint8_t *iv, struct main_proof *out)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct id_payload id = {0};
    enum main_verdict verdict = MAIN_UNREADABLE;

    switch (envelope_open(sa, message, ike_keys_cipher(half->keys_own), iv, &out->chain)) {
    case STATUS_OK:
        break;
    case STATUS_MALFORMED:
        return MAIN_UNREADABLE;
    default:
        return MAIN_BROKEN;
    }
    if (handshake_class(sa) == METHOD_CLASS_SIGNATURE)
        return notifies_are_ours(sa, &out->chain)
                   ? main_mode_verify_signature(exchange, trigger, half, out)
                   : MAIN_UNREADABLE;
    if (handshake_class(sa) == METHOD_CLASS_ENCRYPTION)
        return notifies_are_ours(sa, &out->chain)
                   ? main_mode_verify_encrypted(exchange, trigger, half, out)
                   : MAIN_UNREADABLE;
    verdict = check_hash(sa, handshake_of(exchange), half, &out->chain, &id);
    if (verdict != MAIN_PROVEN)
        return verdict;
    if (!notifies_are_ours(sa, &out->chain))
        return MAIN_UNREADABLE;
    return settle(sa, trigger, half, &id, out);
}

/* Type octet and data, as peers are told apart. */
static struct view identity_key(struct arena *arena, const struct identity *identity)
{
    size_t bytes = 1 + identity->data.bytes;
    struct writer writer = writer_over(arena_take(arena, bytes), bytes);

    if (!writer.buffer)
        return view_of(NULL, 0);
    writer_u8(&writer, identity->type);
    writer_view(&writer, identity->data);
    return writer_view_written(&writer);
}

enum status main_mode_adopt(struct exchange *exchange, struct handshake_half *half,
                            const struct main_proof *proof)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct arena *arena = &sa->engine_back->effects.arena;
    struct identity local = main_mode_local_identity(sa);
    struct evidence evidence = handshake_evidence(sa);
    struct view local_key = identity_key(arena, &local);
    struct view remote_key = identity_key(arena, &proof->identity);

    if (view_is_empty(local_key) || view_is_empty(remote_key))
        return STATUS_NO_MEMORY;
    struct peer *peer = peer_of(sa->engine_back, sa->method, local_key, remote_key);
    if (!peer)
        return STATUS_NO_MEMORY;
    sa->rule_view = proof->rule;
    sa->lifetime_s = phase1_lifetime(proof->rule, &evidence.suite, handshake->offered_s);
    sa->keys_own = half->keys_own;
    half->keys_own = NULL;
    nat_detection_settle(sa, (enum vendor)handshake->nat_vendor, &half->nat);
    sa->peer_has_dpd = handshake->peer_has_dpd;
    sa->peer_has_esn = handshake->peer_has_esn;
    sa->peer_back = peer;
    list_append(&peer->ike_sas, &sa->peer_link);
    return STATUS_OK;
}

/* The peer may shorten, never lengthen. RFC 2407 section 4.6.3.1 */
void main_mode_responder_lifetime(struct ike_sa *sa, const struct notify_payload *notify)
{
    uint64_t seconds = 0, kilobytes = 0;

    if (lifetimes_decode(SA_PHASE_1, notify->data, &seconds, &kilobytes) != STATUS_OK)
        return;
    if (seconds >= P1_LIFETIME_LEAST_S && seconds < sa->lifetime_s)
        sa->lifetime_s = (uint32_t)seconds;
}

static void take_notifies(struct ike_sa *sa, const struct payload_chain *chain)
{
    const struct payload *payload = NULL;
    struct notify_payload notify;

    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (notify_decode(payload, &notify, NULL) != STATUS_OK)
            continue;
        if (notify.type == NOTIFY_INITIAL_CONTACT)
            main_mode_initial_contact(sa);
        else if (notify.type == NOTIFY_RESPONDER_LIFETIME)
            main_mode_responder_lifetime(sa, &notify);
    }
}

void main_mode_initial_contact(struct ike_sa *sa)
{
    struct identity identity = {.type = peer_remote_identity(sa->peer_back).data[0]};
    struct ike_event event = report_begin(EVENT_INITIAL_CONTACT, sa, NULL);
    struct view remote = peer_remote_identity(sa->peer_back);

    identity.data = view_of(remote.data + 1, remote.bytes - 1);
    event.number = peer_initial_contact(sa->peer_back, sa);
    event.identity_view = report_identity(sa->engine_back, &identity);
    if (event.number)
        report_event(sa->engine_back, &event);
}

void main_mode_establish(struct exchange *exchange, const struct main_proof *proof)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct ike_event event = report_begin(EVENT_MAIN_MODE_ESTABLISHED, sa, NULL);

    handshake_free(exchange->state_own);
    exchange->state_own = NULL;
    exchange_finish(exchange, sa->role == ROLE_INITIATOR ? LAST_WORD_PEERS : LAST_WORD_OURS);
    take_notifies(sa, &proof->chain);
    event.identity_view = report_identity(sa->engine_back, &proof->identity);
    event.suite_view = report_ike_suite(sa->engine_back, sa);
    event.seconds = sa->lifetime_s;
    report_event(sa->engine_back, &event);
    ike_sa_established(sa);
}

void main_mode_note_notify(struct ike_sa *sa, const struct path *path, uint16_t type)
{
    struct exchange *exchange = exchange_find(sa, 0);
    struct handshake *handshake = exchange ? handshake_of(exchange) : NULL;
    struct ike_event event = report_begin(EVENT_MAIN_MODE_PEER_REFUSED, sa, path);

    if (!handshake || handshake->noted_notify || !notify_is_error(type))
        return;
    handshake->noted_notify = type;
    event.word_view = notify_name(type);
    event.text_view =
        type == NOTIFY_NO_PROPOSAL_CHOSEN ? "; compare this rule's p1_xform with the peer's" : "";
    report_event(sa->engine_back, &event);
}

/* What is said of a negotiation that nobody finished. */
static void report_end(struct exchange *exchange, enum event_kind kind)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct handshake *handshake = handshake_of(exchange);
    struct engine *engine = sa->engine_back;
    struct ike_event event = report_begin(kind, sa, NULL);
    static const char *const words[] = {
        [MAIN_NEW] = "new",
        [MAIN_SA_SENT] = "message 1 sent",
        [MAIN_KE_SENT] = "message 3 sent",
        [MAIN_KEYS_ASKED] = "keys asked",
        [MAIN_AUTH_SENT] = "message 5 sent",
        [MAIN_SA_ANSWERED] = "message 2 sent",
        [MAIN_KE_ANSWERED] = "message 4 sent",
    };

    event.number = exchange->repeats + 1u;
    event.seconds = (engine->now.mono_us - sa->created_us) / SECOND_US;
    event.word_view = exchange->state < COUNT(words) ? words[exchange->state] : "over";
    event.text_view = "";
    if (handshake && handshake->noted_notify)
        event.text_view = arena_text(&engine->effects.arena, " (it said %s, not authenticated)",
                                     notify_name(handshake->noted_notify));
    report_event(engine, &event);
}

void main_mode_ended(struct exchange *exchange, enum step_result result, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;

    engine->statistics.p1_failed[sa->role]++;
    if (result == STEP_REFUSE) {
        report_refusal(engine, sa, trigger->path, &trigger->refusal);
        if (exchange->state == MAIN_NEW)
            main_mode_send_clear_notify(sa, trigger->path, trigger->refusal.notify);
    } else if (trigger->kind == TRIGGER_UNANSWERED) {
        engine->statistics.p1_timeouts++;
        report_end(exchange, exchange->state == MAIN_AUTH_SENT ? EVENT_MAIN_MODE_EXPIRED
                                                               : EVENT_MAIN_MODE_UNANSWERED);
    } else {
        struct ike_event event = report_begin(EVENT_CRYPTO_FAILED, sa, trigger->path);
        event.text_view = trigger->why;
        report_event(engine, &event);
    }
    ike_sa_free(sa);
}

void main_mode_expired(struct ike_sa *sa)
{
    struct engine *engine = sa->engine_back;
    struct exchange *exchange = exchange_find(sa, 0);

    engine->statistics.p1_failed[sa->role]++;
    if (exchange)
        report_end(exchange, EVENT_MAIN_MODE_EXPIRED);
    ike_sa_free(sa);
}
