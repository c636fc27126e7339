#include "ikev1/main_mode_encrypted.h"

#include "crypto/hash.h"
#include "engine/engine_state.h"
#include "ikev1/encrypted_half.h"
#include "ikev1/peer_certificate.h"
#include "pki/binding.h"
#include "pki/path.h"
#include "policy/ruleset.h"
#include "registry/notify.h"
#include "wire/id.h"

/* A line about a certificate, in the arena; the peer hears nothing. */
static struct refusal refusal_of(const struct ike_sa *sa, const char *line)
{
    return main_mode_certificate_refusal(sa, line, 0);
}

/* The path of a certificate whose key is encrypted to, or was; its line in the arena on a no. */
static enum main_verdict check_path(struct ike_sa *sa, const struct certificate *certificate,
                                    struct refusal *refusal)
{
    const struct peer_certificates none = {.count = 0}; /* the store's own */
    struct path_verdict verdict = {0};
    enum main_verdict found = MAIN_BROKEN;

    if (peer_certificates_verify(&none, sa, certificate, CERTIFICATE_USE_ENCRYPT, &verdict) ==
        STATUS_OK)
        found = verdict.is_trusted ? MAIN_PROVEN : MAIN_CERTIFICATE_REFUSED;
    if (found == MAIN_CERTIFICATE_REFUSED)
        *refusal = refusal_of(sa, arena_text(&sa->engine_back->effects.arena, "%s", verdict.line));
    path_verdict_clear(&verdict);
    return found;
}

/* A certificate of somebody else whose key may be encrypted to. */
static bool is_usable(const struct cert_row *row)
{
    return !row->key_handle && certificate_key_kind(row->certificate) == CERTIFICATE_RSA &&
           certificate_may_encrypt(row->certificate);
}

/* What has been found so far for an initiator. */
struct search {
    struct ike_sa *sa;
    const struct ike_rule *rule;
    const struct certificate *found;
    size_t count;
    struct refusal *refusal;
};

static void search_take(struct search *search, const struct cert_row *row)
{
    if (!is_usable(row) || row->certificate == search->found ||
        !cert_selectors_take(&search->rule->remote_id, row->certificate, row->slot) ||
        check_path(search->sa, row->certificate, search->refusal) != MAIN_PROVEN)
        return;
    search->count++;
    if (!search->found)
        search->found = row->certificate;
}

const struct certificate *main_mode_peer_certificate(struct ike_sa *sa, const struct ike_rule *rule,
                                                     size_t *count, struct refusal *refusal)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);
    struct identity address = identity_of_address(&sa->path.remote.address);
    struct search search = {.sa = sa, .rule = rule, .refusal = refusal};
    const struct cert_row *row = NULL;
    char label[RULE_LABEL_TEXT_BYTES];

    *refusal = (struct refusal){0};
    while (store && (row = cert_store_find_identity(store, &address, row)) != NULL)
        search_take(&search, row);
    for (size_t i = 0; store && i < rule->remote_id.count; i++) {
        const struct cert_selector *selector = &rule->remote_id.items[i];

        if (selector->is_excluded || selector->kind == CERT_ANY)
            continue;
        for (row = NULL; (row = cert_store_find_selector(store, selector, row)) != NULL;)
            search_take(&search, row);
    }
    if (!search.found && refusal->reason == REFUSAL_NONE)
        *refusal = refusal_of(
            sa, arena_text(&sa->engine_back->effects.arena,
                           "publickeys has no encryption certificate of the peer that remote_id "
                           "of rule \"%s\" or the peer's address names; add it (ikecert certdb -a)",
                           ike_rule_label_text(rule, label)));
    if (count)
        *count = search.count;
    return search.found;
}

/* There is no way to split an ID that is too long for the key: LIMIT, and a line (V1-47). */
static enum status check_size(struct ike_sa *sa, const struct rsa_public *key)
{
    size_t bytes = main_mode_id_body(sa).bytes;

    if (sa->method != METHOD_RSA_ENCRYPT || bytes + RSA_PADDING_LEAST_BYTES <= key->modulus_bytes)
        return STATUS_OK;
    struct refusal refusal = refusal_of(
        sa,
        arena_text(&sa->engine_back->effects.arena,
                   "our identity has %zu octets and the peer's key takes %zu; use a "
                   "local_id_type that is shorter (ip, fqdn), rsa_encrypt_revised or a longer key",
                   bytes, key->modulus_bytes - (size_t)RSA_PADDING_LEAST_BYTES));
    report_refusal(sa->engine_back, sa, NULL, &refusal);
    return STATUS_LIMIT;
}

enum status main_mode_put_encrypted(struct exchange *exchange, struct envelope *envelope)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct refusal refusal;
    struct rsa_public key;
    struct secret hash = {0};
    size_t count = 0;
    enum status status = STATUS_ABSENT;

    handshake->peer_view = main_mode_peer_certificate(sa, sa->rule_view, &count, &refusal);
    if (!handshake->peer_view)
        return STATUS_ABSENT;
    status = rsa_public_of(certificate_public_key(handshake->peer_view), &key);
    if (status == STATUS_OK && count > 1) { /* the peer cannot know which of its keys we took */
        struct view der = certificate_der(handshake->peer_view);
        status = hash_compute(sa->engine_back->options.crypto_back, sa->hash_view, &der, 1, &hash);
    }
    if (status == STATUS_OK)
        status = check_size(sa, &key);
    if (status == STATUS_OK)
        status = encrypted_half_put(sa, handshake, &key, main_mode_id_body(sa), secret_view(&hash),
                                    envelope);
    return status;
}

/* The ID in a half, its data in the arena; false for one that is none. */
static bool identity_of(struct ike_sa *sa, const struct handshake_half *half, struct identity *out)
{
    struct view body = arena_copy(&sa->engine_back->effects.arena, bytes_view(&half->identity_own));
    struct payload payload = payload_of(PAYLOAD_ID, body);
    struct id_payload id;

    if (body.bytes < 5 || id_decode(&payload, &id, NULL) != STATUS_OK || !id_port_fits_phase_1(&id))
        return false;
    *out = (struct identity){.type = id.type, .data = id.data};
    return true;
}

enum status main_mode_open_answer(struct exchange *exchange, struct handshake_half *half,
                                  struct view answer)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    enum status status = encrypted_half_open(sa, half, answer);

    return status == STATUS_OK ? handshake_derive(sa, handshake_of(exchange), view_of(NULL, 0))
                               : status;
}

/* HASH of the sender over the ID that stood encrypted in its message. */
static bool hash_is_right(struct exchange *exchange, const struct handshake_half *half,
                          const struct payload_chain *chain)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    enum ike_role sender = sa->role == ROLE_INITIATOR ? ROLE_RESPONDER : ROLE_INITIATOR;
    struct secret wanted = {0};
    bool is_right = handshake_hash(sa, handshake_of(exchange), half, sender,
                                   bytes_view(&half->identity_own), &wanted) == STATUS_OK &&
                    secret_equal(secret_view(&wanted), chain_find(chain, PAYLOAD_HASH, 0)->body);

    secret_clear(&wanted);
    return is_right;
}

enum main_verdict main_mode_verify_encrypted(struct exchange *exchange, struct trigger *trigger,
                                             const struct handshake_half *half,
                                             struct main_proof *out)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct certificate *peer = handshake_of(exchange)->peer_view;
    struct evidence evidence = handshake_evidence(sa);
    const struct ike_rule *only = sa->role == ROLE_INITIATOR ? sa->rule_view : NULL;
    char text[CERT_TEXT_BYTES];

    if (chain_count(&out->chain, PAYLOAD_HASH) != 1 || chain_count(&out->chain, PAYLOAD_ID) != 0)
        return MAIN_UNREADABLE;
    if (!hash_is_right(exchange, half, &out->chain))
        return MAIN_HASH_WRONG;
    /* The initiator chose the key: who answers must be whose it is. A doomed negotiation has no
     * peer, and nobody can have made this HASH in it. */
    if (!peer || !identity_of(sa, half, &out->identity) || !binding_holds(peer, &out->identity))
        return MAIN_HASH_WRONG;
    /* The initiator has done so before it encrypted to this key. */
    enum main_verdict verdict =
        sa->role == ROLE_INITIATOR ? MAIN_PROVEN : check_path(sa, peer, &trigger->refusal);
    if (verdict != MAIN_PROVEN)
        return verdict;
    const char *name = arena_text(&sa->engine_back->effects.arena, "%s",
                                  cert_store_text(ruleset_certificates(sa->rules_ref), peer, text));
    out->rule = phase1_settle_certificate(sa->rules_ref, &evidence, only, peer,
                                          name ? name : "somebody", &trigger->refusal);
    return out->rule ? MAIN_PROVEN : MAIN_IDENTITY_REFUSED;
}

enum step_result main_mode_receive_encrypted(struct exchange *exchange, struct trigger *trigger,
                                             struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    const struct payload_chain *chain = &trigger->message->chain;
    uint32_t usual = sa->credential;

    trigger->drop = DROP_MALFORMED;
    encrypted_choose_key(sa, chain);
    bool fits = encrypted_half_fits(sa, chain);
    if (fits && !admission_may_decrypt(sa->engine_back, &sa->path.remote.address))
        trigger->drop = DROP_BUDGET;
    if (!fits || trigger->drop == DROP_BUDGET) {
        sa->credential = usual;
        return STEP_IGNORE;
    }
    if (handshake_begin_secrets(sa, handshake) != STATUS_OK) {
        trigger->why = "no key exchange could be made";
        return STEP_FAIL;
    }
    struct handshake_half *half = handshake_half_for(
        handshake->secrets_own, exchange_digest(sa->engine_back, trigger->datagram));
    uint64_t ticket = 0;
    if (handshake_half_read(sa, handshake, trigger, half) == STATUS_OK)
        ticket = encrypted_half_ask(sa, handshake, 0, effects);
    if (!ticket) {
        sa->credential = usual;
        handshake_drop_secrets(handshake);
        return STEP_IGNORE;
    }
    handshake->kept_path = *trigger->path;
    exchange_park(exchange, ticket);
    return STEP_PARKED;
}

/* The certificate of an identity that nobody has proven. */
static const struct certificate *claimed(struct ike_sa *sa, const struct handshake_half *half)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);
    const struct cert_row *row = NULL;
    struct identity identity;

    if (!store || !identity_of(sa, half, &identity))
        return NULL;
    while ((row = cert_store_find_identity(store, &identity, row)) != NULL) {
        if (is_usable(row))
            return row->certificate;
    }
    return NULL;
}

/*
 * The key that message 4 is encrypted to. For a peer that we do not know it is one that nobody has,
 * the same for each claim and of the size of ours; it is made every time, so that the time says
 * nothing (SEC-56).
 */
static enum status answer_key(struct ike_sa *sa, struct handshake *handshake,
                              const struct handshake_half *half, struct rsa_public *out)
{
    struct engine *engine = sa->engine_back;
    uint64_t seed = exchange_digest(engine, bytes_view(&half->identity_own));
    struct rsa_public own;
    enum status status = encrypted_own_key(sa, &own);

    if (status == STATUS_OK)
        status = rsa_public_decoy(engine->options.crypto_back, view_of(&seed, sizeof seed),
                                  own.modulus_bytes, out);
    handshake->peer_view = claimed(sa, half);
    if (status == STATUS_OK && handshake->peer_view)
        status = rsa_public_of(certificate_public_key(handshake->peer_view), out);
    return status;
}

/* The same message under the other derivation of SKEYID: HASH_I tells which the peer uses. */
static enum status make_twin(struct handshake_secrets *secrets)
{
    const struct handshake_half *half = &secrets->halves[0];
    struct handshake_half *twin = &secrets->halves[1];
    enum status status = bytes_copy(bytes_view(&half->nonce_own), &twin->nonce_own);

    if (status == STATUS_OK)
        status = bytes_copy(bytes_view(&half->public_own), &twin->public_own);
    if (status == STATUS_OK)
        status = bytes_copy(bytes_view(&half->identity_own), &twin->identity_own);
    twin->nat = half->nat;
    twin->digest = half->digest;
    twin->is_bad = half->is_bad;
    twin->is_cisco = true;
    return status;
}

/* Message 4: HDR, KE, <IDir_b>, <Nr_b>, NAT-D; revised: HDR, <Nr_b>, <KE_b>, <IDir_b>. */
static enum status send_ke(struct exchange *exchange, struct effects *effects,
                           const struct rsa_public *key)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct handshake *handshake = handshake_of(exchange);
    struct envelope envelope = envelope_begin(sa, EXCHANGE_MAIN, 0, 0);
    enum status status =
        encrypted_half_put(sa, handshake, key, main_mode_id_body(sa), view_of(NULL, 0), &envelope);

    if (status == STATUS_OK)
        status = nat_detection_put(sa, (enum vendor)handshake->nat_vendor, &handshake->kept_path,
                                   &envelope);
    struct view datagram = envelope_close(&envelope);
    if (status == STATUS_OK && view_is_empty(datagram))
        status = STATUS_NO_MEMORY;
    return status == STATUS_OK
               ? exchange_say(exchange, effects, &handshake->kept_path, datagram, false)
               : status;
}

/* The only thing that a doomed negotiation does differently: one line here. */
static void say_doomed(struct ike_sa *sa, const struct path *path)
{
    struct refusal refusal = refusal_of(
        sa, "message 3 claims an identity of which publickeys has no encryption certificate, or "
            "was not encrypted to our key; add the peer's certificate (ikecert certdb -a), and "
            "ours there; the negotiation goes on and will fail");

    report_refusal(sa->engine_back, sa, path, &refusal);
}

enum step_result main_mode_answer_encrypted(struct exchange *exchange, struct trigger *trigger,
                                            struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_half *half = &handshake->secrets_own->halves[0];
    struct rsa_public key;
    enum status status = trigger->answer->status;

    trigger->path = &handshake->kept_path;
    trigger->why = "message 3 could not be decrypted, or answered";
    if (status == STATUS_OK)
        status = encrypted_half_open(sa, half, trigger->answer->result_view);
    if (status == STATUS_OK)
        status = make_twin(handshake->secrets_own);
    if (status == STATUS_OK)
        status = answer_key(sa, handshake, half, &key);
    if (status == STATUS_OK)
        status = send_ke(exchange, effects, &key);
    if (status != STATUS_OK)
        return STEP_FAIL;
    if (!handshake->peer_view)
        say_doomed(sa, &handshake->kept_path);
    sa->phase = IKE_SA_SENT_SECOND;
    sa->expires_us = sa->created_us + ruleset_globals(sa->rules_ref)->expire_timer_s * SECOND_US;
    ike_sa_reschedule(sa);
    return STEP_DONE;
}

enum step_result main_mode_receive_encrypted_auth(struct exchange *exchange,
                                                  struct trigger *trigger, struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    enum main_verdict verdict = MAIN_UNREADABLE;
    struct main_proof proof;

    trigger->drop = DROP_UNDECRYPTABLE;
    if (trigger->message->content.bytes % sa->cipher_view->block_bytes != 0)
        return STEP_IGNORE;
    if (!secrets->halves[0].keys_own && !secrets->halves[0].is_bad) {
        secrets->active = 0;
        (void)handshake_derive(sa, handshake, view_of(NULL, 0));
    }
    for (size_t i = 0; i < COUNT(secrets->halves); i++) {
        struct handshake_half *half = &secrets->halves[i];

        if (!half->keys_own)
            continue;
        enum main_verdict found =
            main_mode_verify(exchange, trigger, trigger->message, half, half->iv, &proof);
        if (found == MAIN_PROVEN)
            return main_mode_answer_last(exchange, trigger, effects, trigger->message, half,
                                         &proof);
        if (found == MAIN_IDENTITY_REFUSED || found == MAIN_CERTIFICATE_REFUSED)
            return STEP_REFUSE; /* HASH_I is right: this peer it is */
        verdict = found == MAIN_HASH_WRONG ? found : verdict;
    }
    /* Heard all the same: its repeats cost nothing. */
    main_mode_not_proven(exchange, trigger, verdict);
    return STEP_DONE;
}
