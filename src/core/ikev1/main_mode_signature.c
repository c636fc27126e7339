#include "engine/engine_state.h"
#include "ikev1/envelope.h"
#include "ikev1/main_mode.h"
#include "ikev1/peer_certificate.h"
#include "pki/binding.h"
#include "pki/signature.h"
#include "policy/ruleset.h"
#include "registry/notify.h"
#include "wire/cert.h"
#include "wire/id.h"

/* Main Mode with signatures: what differs from pre-shared keys. RFC 2409 section 5.1 */

/* CERTREQ payloads that we send: one an authority. */
#define MAIN_MOST_REQUESTS 8u

static const struct cert_row *own_row(const struct ike_sa *sa)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);

    return store ? cert_store_find_key(store, sa->credential) : NULL;
}

/* local_id_type, with the family that addresses have here when it does not say one. */
static uint8_t id_type(const struct ike_sa *sa, const struct ike_rule *rule)
{
    if (rule->local_id_type != IDENTITY_NONE)
        return rule->local_id_type;
    return sa->path.local.address.family == ADDRESS_IPV6 ? IDENTITY_IPV6 : IDENTITY_IPV4;
}

enum status main_mode_own_certificate(struct ike_sa *sa, const struct ike_rule *rule,
                                      enum auth_method method, struct refusal *refusal)
{
    struct arena *arena = &sa->engine_back->effects.arena;
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);
    struct evidence evidence = handshake_evidence(sa);
    const struct cert_row *row =
        phase1_own_certificate(sa->rules_ref, rule, &evidence, method, refusal);
    const struct identity_kind *kind = identity_by_number(id_type(sa, rule));
    struct identity identity = {0};
    char text[CERT_TEXT_BYTES];

    if (!row)
        return STATUS_REFUSED;
    if (binding_identity(row->certificate, id_type(sa, rule), &rule->local_id, &identity) !=
        STATUS_OK) {
        *refusal = main_mode_certificate_refusal(
            sa,
            arena_text(arena,
                       "our certificate %s has no name of local_id_type %s; edit local_id_type of "
                       "rule \"%s\" or make a certificate with one (ikecert certlocal -kc -A)",
                       cert_store_text(store, row->certificate, text), kind ? kind->name : "?",
                       rule->label),
            NOTIFY_NO_PROPOSAL_CHOSEN);
        return STATUS_REFUSED;
    }
    sa->credential = row->key_handle;
    return STATUS_OK;
}

struct identity main_mode_certificate_identity(const struct ike_sa *sa)
{
    const struct cert_row *row = own_row(sa);
    struct identity identity = {0};

    if (row)
        (void)binding_identity(row->certificate, id_type(sa, sa->rule_view),
                               &sa->rule_view->local_id, &identity);
    return identity;
}

const char *main_mode_certificate_text(struct ike_sa *sa)
{
    const struct cert_row *row = own_row(sa);
    char text[CERT_TEXT_BYTES];
    const char *copy = NULL;

    if (row)
        copy = arena_text(
            &sa->engine_back->effects.arena, "%s",
            cert_store_text(ruleset_certificates(sa->rules_ref), row->certificate, text));
    return copy ? copy : "of local_id";
}

bool main_mode_sign(struct exchange *exchange, unsigned which, struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_half *half = &handshake->secrets_own->halves[which];
    struct ask_sign ask = {.key_handle = sa->credential, .method = sa->method};
    struct secret hash = {0};
    uint64_t ticket = 0;

    handshake->secrets_own->active = (uint8_t)which;
    if (!half->keys_own && handshake_derive(sa, handshake, view_of(NULL, 0)) != STATUS_OK)
        return false;
    if (handshake_hash(sa, handshake, half, (enum ike_role)sa->role, main_mode_id_body(sa),
                       &hash) == STATUS_OK) {
        ask.hash_view = secret_view(&hash);
        ticket = effects_ask_sign(effects, &ask);
    }
    secret_clear(&hash);
    if (ticket)
        exchange_park(exchange, ticket);
    return ticket != 0;
}

static void put_certificate(struct envelope *envelope, uint8_t type, struct view data)
{
    const struct cert_payload cert = {.encoding = CERTIFICATE_X509_SIGNATURE, .data = data};

    payload_begin(&envelope->message, type);
    cert_encode(&envelope->message.writer, &cert);
    payload_end(&envelope->message);
}

/* Who signed it, of the store; NULL: nobody there, or it is a root, which the peer must have. */
static const struct certificate *issuer_of(const struct cert_store *store,
                                           const struct certificate *certificate)
{
    const struct cert_row *row = NULL;

    while ((row = cert_store_find_subject(store, certificate_issuer(certificate), row)) != NULL) {
        if (certificate_may_issue(row->certificate))
            return certificate_is_self_issued(row->certificate) ? NULL : row->certificate;
    }
    return NULL;
}

void main_mode_put_certificates(const struct ike_sa *sa, struct envelope *envelope)
{
    const struct cert_row *row = own_row(sa);
    const struct certificate *certificate = row ? row->certificate : NULL;

    for (size_t i = 0; certificate && i < PATH_MOST_CERTIFICATES; i++) {
        put_certificate(envelope, PAYLOAD_CERT, certificate_der(certificate));
        if (certificate_is_self_issued(certificate))
            break;
        certificate = issuer_of(ruleset_certificates(sa->rules_ref), certificate);
    }
}

void main_mode_put_requests(const struct ike_sa *sa, struct envelope *envelope)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);
    const struct cert_selectors *roots = &ruleset_globals(sa->rules_ref)->cert_root;
    size_t count = 0;

    if (handshake_class(sa) != METHOD_CLASS_SIGNATURE)
        return;
    for (size_t i = 0; store && i < roots->count; i++) {
        const struct cert_row *row = NULL;

        while (count < MAIN_MOST_REQUESTS && !roots->items[i].is_excluded &&
               (row = cert_store_find_selector(store, &roots->items[i], row)) != NULL) {
            put_certificate(envelope, PAYLOAD_CERTREQ, certificate_subject(row->certificate));
            count++;
        }
    }
    if (count == 0) /* any authority */
        put_certificate(envelope, PAYLOAD_CERTREQ, view_of(NULL, 0));
}

/* An identity that nobody has proven, for a line. */
static const char *claimed(struct arena *arena, const struct identity *identity)
{
    char line[CERTIFICATE_NAME_TEXT_BYTES];
    struct text text = text_over(line, sizeof line);

    binding_identity_text(identity, &text);
    return arena_text(arena, "%s", line);
}

static enum main_verdict no_signer(struct ike_sa *sa, struct trigger *trigger,
                                   const struct peer_certificates *sent,
                                   const struct identity *identity)
{
    struct arena *arena = &sa->engine_back->effects.arena;
    char text[CERT_TEXT_BYTES];
    const char *who = claimed(arena, identity);

    if (sent->count > 0)
        trigger->refusal = main_mode_certificate_refusal(
            sa,
            arena_text(arena,
                       "peer says that it is %s, and certificate %s has no such name or no key for "
                       "%s; the peer must send an identity that stands in its certificate",
                       who ? who : "?",
                       cert_store_text(ruleset_certificates(sa->rules_ref),
                                       sent->certificates_own[0], text),
                       method_by_number(sa->method)->description),
            NOTIFY_INVALID_ID_INFORMATION);
    else
        trigger->refusal = main_mode_certificate_refusal(
            sa,
            arena_text(arena,
                       "peer says that it is %s, sent no certificate, and publickeys has none with "
                       "that name and a key for %s; have the peer send it or add it here (ikecert "
                       "certdb -a)",
                       who ? who : "?", method_by_number(sa->method)->description),
            NOTIFY_CERTIFICATE_UNAVAILABLE);
    return MAIN_CERTIFICATE_REFUSED;
}

static bool may_verify(const struct ike_sa *sa, struct handshake *handshake)
{
    uint64_t now_s = sa->engine_back->now.mono_us / SECOND_US;

    if (handshake->proofs_s != now_s) {
        handshake->proofs_s = now_s;
        handshake->proofs = 0;
    }
    if (handshake->proofs >= HANDSHAKE_MOST_PROOFS)
        return false;
    handshake->proofs++;
    return true;
}

/* The signature over HASH of the sender, with the key of a certificate that nobody vouches for
 * yet. */
static enum main_verdict check_signature(struct exchange *exchange, struct trigger *trigger,
                                         const struct handshake_half *half,
                                         const struct payload_chain *chain,
                                         const struct certificate *signer)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    enum ike_role sender = sa->role == ROLE_INITIATOR ? ROLE_RESPONDER : ROLE_INITIATOR;
    struct arena *arena = &sa->engine_back->effects.arena;
    char text[CERT_TEXT_BYTES];
    struct secret hash = {0};
    enum status status = STATUS_LIMIT;

    if (!may_verify(sa, handshake))
        return MAIN_BUDGET;
    status =
        handshake_hash(sa, handshake, half, sender, chain_find(chain, PAYLOAD_ID, 0)->body, &hash);
    if (status != STATUS_OK)
        return MAIN_BROKEN;
    status = signature_verify(signer, (enum auth_method)sa->method, secret_view(&hash),
                              chain_find(chain, PAYLOAD_SIG, 0)->body);
    secret_clear(&hash);
    if (status == STATUS_OK)
        return MAIN_PROVEN;
    if (status == STATUS_CRYPTO || status == STATUS_NO_MEMORY)
        return MAIN_BROKEN;
    trigger->refusal = main_mode_certificate_refusal(
        sa,
        arena_text(arena,
                   status == STATUS_FORGED
                       ? "the signature is not of the key of certificate %s; the peer must sign "
                         "with the private key of the certificate that it sends"
                       : "the key of certificate %s is too short to sign with; give the peer one "
                         "of 2048 bits or more",
                   cert_store_text(ruleset_certificates(sa->rules_ref), signer, text)),
        NOTIFY_INVALID_SIGNATURE);
    return MAIN_CERTIFICATE_REFUSED;
}

static enum main_verdict check_path(struct ike_sa *sa, struct trigger *trigger,
                                    const struct peer_certificates *sent,
                                    struct certificate *signer)
{
    struct path_verdict verdict = {0};
    enum main_verdict found = MAIN_BROKEN;

    if (peer_certificates_verify(sent, sa, signer, CERTIFICATE_USE_SIGN, &verdict) == STATUS_OK)
        found = verdict.is_trusted ? MAIN_PROVEN : MAIN_CERTIFICATE_REFUSED;
    if (found == MAIN_CERTIFICATE_REFUSED)
        trigger->refusal = main_mode_certificate_refusal(
            sa, arena_text(&sa->engine_back->effects.arena, "%s", verdict.line),
            NOTIFY_INVALID_CERTIFICATE);
    path_verdict_clear(&verdict);
    return found;
}

/* An address as identity is the peer's own, unless a NAT is between. RFC 4945 section 3.1.1 */
static enum main_verdict check_place(struct ike_sa *sa, struct trigger *trigger,
                                     const struct handshake_half *half,
                                     const struct identity *identity)
{
    struct identity own = identity_of_address(&sa->path.remote.address);
    struct arena *arena = &sa->engine_back->effects.arena;
    const char *who = NULL;
    char address[ADDRESS_TEXT_BYTES];

    if ((identity->type != IDENTITY_IPV4 && identity->type != IDENTITY_IPV6) ||
        half->nat.is_peer_natted || identity_equal(identity, &own))
        return MAIN_PROVEN;
    who = claimed(arena, identity);
    trigger->refusal = main_mode_certificate_refusal(
        sa,
        arena_text(arena,
                   "peer's identity is the address %s, but it comes from %s and no NAT is between; "
                   "let the peer send another identity of its certificate",
                   who ? who : "?", address_text(&sa->path.remote.address, address)),
        NOTIFY_INVALID_ID_INFORMATION);
    return MAIN_IDENTITY_REFUSED;
}

/* Signature, then path, then what the administrator wants: nothing of a name is used before. */
static enum main_verdict check_signer(struct exchange *exchange, struct trigger *trigger,
                                      const struct handshake_half *half,
                                      const struct peer_certificates *sent, struct main_proof *out)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct evidence evidence = handshake_evidence(sa);
    const struct ike_rule *only = sa->role == ROLE_INITIATOR ? sa->rule_view : NULL;
    struct certificate *signer = peer_certificates_signer(sent, sa, &out->identity);
    enum main_verdict verdict = MAIN_PROVEN;
    char text[CERT_TEXT_BYTES];

    if (!signer)
        return no_signer(sa, trigger, sent, &out->identity);
    verdict = check_signature(exchange, trigger, half, &out->chain, signer);
    if (verdict == MAIN_PROVEN)
        verdict = check_path(sa, trigger, sent, signer);
    if (verdict == MAIN_PROVEN)
        verdict = check_place(sa, trigger, half, &out->identity);
    if (verdict != MAIN_PROVEN)
        return verdict;
    const char *name =
        arena_text(&sa->engine_back->effects.arena, "%s",
                   cert_store_text(ruleset_certificates(sa->rules_ref), signer, text));
    out->rule = phase1_settle_certificate(sa->rules_ref, &evidence, only, signer,
                                          name ? name : "somebody", &trigger->refusal);
    return out->rule ? MAIN_PROVEN : MAIN_IDENTITY_REFUSED;
}

enum main_verdict main_mode_verify_signature(struct exchange *exchange, struct trigger *trigger,
                                             struct handshake_half *half, struct main_proof *out)
{
    const struct payload_chain *chain = &out->chain;
    struct peer_certificates sent = {0};
    struct id_payload id = {0};
    enum main_verdict verdict = MAIN_BROKEN;

    if (chain_count(chain, PAYLOAD_ID) != 1 || chain_count(chain, PAYLOAD_SIG) != 1 ||
        chain_count(chain, PAYLOAD_HASH) != 0 ||
        id_decode(chain_find(chain, PAYLOAD_ID, 0), &id, NULL) != STATUS_OK ||
        !id_port_fits_phase_1(&id))
        return MAIN_UNREADABLE;
    if (chain_count(chain, PAYLOAD_CERTREQ) > 0)
        half->wants_certificate = true;
    out->identity = (struct identity){.type = id.type, .data = id.data};
    if (peer_certificates_read(chain, &sent) == STATUS_OK)
        verdict = check_signer(exchange, trigger, half, &sent, out);
    peer_certificates_clear(&sent);
    return verdict;
}

void main_mode_refuse_certificate(struct exchange *exchange, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);

    if (handshake->is_hinted)
        return;
    handshake->is_hinted = true;
    report_refusal(sa->engine_back, sa, trigger->path, &trigger->refusal);
    main_mode_send_clear_notify(sa, trigger->path, trigger->refusal.notify);
}
