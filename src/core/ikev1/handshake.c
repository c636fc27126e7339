#include "ikev1/handshake.h"

#include <stdlib.h>

#include "engine/engine_state.h"
#include "ikev1/encrypted_half.h"
#include "ikev1/nat_detection.h"
#include "policy/ruleset.h"
#include "wire/nonce.h"

struct handshake *handshake_of(const struct exchange *exchange)
{
    return exchange->state_own;
}

struct handshake *handshake_new(void)
{
    return calloc(1, sizeof(struct handshake));
}

void handshake_half_clear(struct handshake_half *half)
{
    bytes_wipe(&half->nonce_own);
    bytes_clear(&half->public_own);
    bytes_clear(&half->sealed_own);
    bytes_wipe(&half->identity_own);
    bytes_wipe(&half->skeyid_own);
    bytes_clear(&half->signature_own);
    ike_keys_free(half->keys_own);
    *half = (struct handshake_half){0};
}

void handshake_drop_secrets(struct handshake *handshake)
{
    struct handshake_secrets *secrets = handshake->secrets_own;

    if (!secrets)
        return;
    for (size_t i = 0; i < COUNT(secrets->halves); i++)
        handshake_half_clear(&secrets->halves[i]);
    key_exchange_clear(&secrets->key_exchange);
    bytes_wipe(&secrets->nonce_own);
    secret_wipe_memory(secrets, sizeof *secrets);
    free(secrets);
    handshake->secrets_own = NULL;
}

void handshake_free(struct handshake *handshake)
{
    if (!handshake)
        return;
    handshake_drop_secrets(handshake);
    bytes_clear(&handshake->sa_body_own);
    bytes_clear(&handshake->kept_own);
    bytes_clear(&handshake->other_sa_own);
    bytes_clear(&handshake->this_sa_own);
    free(handshake);
}

enum status handshake_begin_secrets(struct ike_sa *sa, struct handshake *handshake)
{
    struct engine *engine = sa->engine_back;
    uint8_t nonce[NONCE_MOST_BYTES];
    size_t nonce_bytes = handshake_class(sa) == METHOD_CLASS_ENCRYPTION
                             ? ENCRYPTED_NONCE_BYTES
                             : ruleset_globals(sa->rules_ref)->p1_nonce_bytes;
    struct handshake_secrets *secrets = calloc(1, sizeof *secrets);
    enum status status = STATUS_NO_MEMORY;

    if (!secrets)
        return STATUS_NO_MEMORY;
    handshake->secrets_own = secrets;
    randomness_fill(&engine->options.random, ike_sa_tag(sa), nonce, nonce_bytes);
    status = bytes_copy(view_of(nonce, nonce_bytes), &secrets->nonce_own);
    secret_wipe_memory(nonce, sizeof nonce);
    if (status == STATUS_OK)
        status =
            key_exchange_generate(engine->options.crypto_back, sa->group_view,
                                  &engine->options.random, ike_sa_tag(sa), &secrets->key_exchange);
    if (status != STATUS_OK)
        handshake_drop_secrets(handshake);
    return status;
}

bool handshake_values_fit(const struct ike_sa *sa, const struct payload_chain *chain)
{
    struct view nonce = {0};

    return nonce_decode(chain_find(chain, PAYLOAD_NONCE, 0), &nonce, NULL) == STATUS_OK &&
           key_exchange_fits(sa->group_view, chain_find(chain, PAYLOAD_KE, 0)->body);
}

struct handshake_half *handshake_half_for(struct handshake_secrets *secrets, uint64_t digest)
{
    struct handshake_half *half = &secrets->halves[secrets->halves[0].digest ? 1 : 0];

    handshake_half_clear(half);
    half->digest = digest;
    return half;
}

enum status handshake_half_read(struct ike_sa *sa, struct handshake *handshake,
                                const struct trigger *trigger, struct handshake_half *half)
{
    if (handshake_class(sa) == METHOD_CLASS_ENCRYPTION)
        return encrypted_half_read(sa, handshake, trigger, half);
    const struct handshake_secrets *secrets = handshake->secrets_own;
    const struct payload_chain *chain = &trigger->message->chain;
    struct view public_value = chain_find(chain, PAYLOAD_KE, 0)->body, nonce = {0};
    enum status status = STATUS_MALFORMED;

    if (!handshake_values_fit(sa, chain))
        goto out;
    (void)nonce_decode(chain_find(chain, PAYLOAD_NONCE, 0), &nonce, NULL);
    status = STATUS_UNEXPECTED;
    if (view_equal(nonce, bytes_view(&secrets->nonce_own)) ||
        view_equal(public_value, bytes_view(&secrets->key_exchange.public_own)))
        goto out;
    status = nat_detection_read(sa, (enum vendor)handshake->nat_vendor, trigger->path, chain,
                                &half->nat);
    if (status == STATUS_OK)
        status = bytes_copy(nonce, &half->nonce_own);
    if (status == STATUS_OK)
        status = bytes_copy(public_value, &half->public_own);
    half->wants_certificate = chain_count(chain, PAYLOAD_CERTREQ) > 0;
out:
    if (status != STATUS_OK)
        handshake_half_clear(half);
    return status;
}

/* The values of both ends by role. */
static struct phase1_values values_of(const struct ike_sa *sa, const struct handshake *handshake,
                                      const struct handshake_half *half)
{
    const struct handshake_secrets *secrets = handshake->secrets_own;
    struct view our_nonce = bytes_view(&secrets->nonce_own);
    struct view our_public = bytes_view(&secrets->key_exchange.public_own);
    struct view peer_nonce = bytes_view(&half->nonce_own);
    struct view peer_public = bytes_view(&half->public_own);
    bool is_initiator = sa->role == ROLE_INITIATOR;

    return (struct phase1_values){
        .hash = sa->hash_view,
        .initiator_cookie = view_of(sa->cookies, COOKIE_BYTES),
        .responder_cookie = view_of(sa->cookies + COOKIE_BYTES, COOKIE_BYTES),
        .initiator_nonce = is_initiator ? our_nonce : peer_nonce,
        .responder_nonce = is_initiator ? peer_nonce : our_nonce,
        .initiator_public = is_initiator ? our_public : peer_public,
        .responder_public = is_initiator ? peer_public : our_public,
        .initiator_sa_body = bytes_view(&handshake->sa_body_own),
    };
}

uint64_t handshake_ask(struct ike_sa *sa, struct handshake *handshake, unsigned half,
                       struct effects *effects)
{
    uint8_t nonces[2 * NONCE_MOST_BYTES];
    struct writer writer = writer_over(nonces, sizeof nonces);
    struct phase1_values values = values_of(sa, handshake, &handshake->secrets_own->halves[half]);
    struct ask_psk ask = {.credential = sa->credential, .prf = sa->hash_view};

    writer_view(&writer, values.initiator_nonce);
    writer_view(&writer, values.responder_nonce);
    ask.data_view = writer_view_written(&writer);
    handshake->secrets_own->active = (uint8_t)half;
    return effects_ask_psk(effects, &ask);
}

enum method_class handshake_class(const struct ike_sa *sa)
{
    const struct method *method = method_by_number(sa->method);

    return method ? method->class : METHOD_CLASS_PRESHARED;
}

/* SKEYID where no secret of the keyring goes into it. */
static enum status skeyid_of(struct ike_sa *sa, const struct handshake_half *half,
                             const struct phase1_values *values, struct secret *out)
{
    struct crypto *crypto = sa->engine_back->options.crypto_back;

    switch (handshake_class(sa)) {
    case METHOD_CLASS_SIGNATURE:
        return skeyid_signature(crypto, values, out);
    case METHOD_CLASS_ENCRYPTION:
        return half->is_cisco ? skeyid_encryption_cisco(crypto, values, out)
                              : skeyid_encryption(crypto, values, out);
    case METHOD_CLASS_PRESHARED:
        break;
    }
    return STATUS_UNEXPECTED;
}

/* Keys and first IV of a half, from SKEYID and g^xy. */
static enum status derive_keys(struct ike_sa *sa, struct handshake_half *half,
                               const struct phase1_values *values, struct view skeyid)
{
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct phase1_keys keys = {0};
    struct secret cipher_key = {0}, iv = {0};
    enum status status = phase1_keys_derive(crypto, values, skeyid, &keys);

    if (status == STATUS_OK) {
        struct prf_key skeyid_e = {sa->hash_view, secret_view(&keys.skeyid_e)};
        status =
            phase1_cipher_key(crypto, &skeyid_e, sa->cipher_view, sa->cipher_bits, &cipher_key);
    }
    if (status == STATUS_OK)
        status = phase1_iv(crypto, values, sa->cipher_view->block_bytes, &iv);
    if (status == STATUS_OK)
        status = bytes_copy(skeyid, &half->skeyid_own);
    if (status == STATUS_OK) {
        half->keys_own = ike_keys_new(&keys, &cipher_key);
        memcpy(half->iv, iv.bytes, iv.used_bytes);
        status = half->keys_own ? STATUS_OK : STATUS_NO_MEMORY;
    }
    phase1_keys_clear(&keys);
    secret_clear(&cipher_key);
    secret_clear(&iv);
    return status;
}

/* The same from g^xy alone where the keyring has no part in it. */
static enum status derive_half(struct ike_sa *sa, struct handshake *handshake,
                               struct handshake_half *half, const struct shared_secret *shared,
                               struct view skeyid)
{
    struct phase1_values values = values_of(sa, handshake, half);
    struct secret made = {0};
    enum status status = STATUS_OK;

    values.shared = shared_secret_view(shared);
    if (view_is_empty(skeyid)) {
        status = skeyid_of(sa, half, &values, &made);
        skeyid = secret_view(&made);
    }
    if (status == STATUS_OK)
        status = derive_keys(sa, half, &values, skeyid);
    secret_clear(&made);
    return status;
}

/* Responder with encryption: the half of the same message with the other derivation. */
static struct handshake_half *twin_of(struct handshake_secrets *secrets,
                                      const struct handshake_half *half)
{
    struct handshake_half *twin = &secrets->halves[1];

    return half != twin && half->digest && twin->digest == half->digest ? twin : NULL;
}

enum status handshake_derive(struct ike_sa *sa, struct handshake *handshake, struct view skeyid)
{
    struct handshake_secrets *secrets = handshake->secrets_own;
    struct handshake_half *half = &secrets->halves[secrets->active];
    struct handshake_half *twin = twin_of(secrets, half);
    struct shared_secret shared = {0};
    enum status status = STATUS_LIMIT;

    if (secrets->derivations >= HANDSHAKE_MOST_DERIVATIONS)
        return STATUS_LIMIT;
    secrets->derivations++;
    status = key_exchange_derive(sa->engine_back->options.crypto_back, &secrets->key_exchange,
                                 bytes_view(&half->public_own), &shared);
    if (status == STATUS_OK)
        status = derive_half(sa, handshake, half, &shared, skeyid);
    if (status == STATUS_OK && twin)
        status = derive_half(sa, handshake, twin, &shared, skeyid);
    half->is_bad = status != STATUS_OK;
    shared_secret_clear(&shared);
    return status;
}

enum status handshake_hash(struct ike_sa *sa, const struct handshake *handshake,
                           const struct handshake_half *half, enum ike_role sender,
                           struct view id_body, struct secret *out)
{
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct phase1_values values = values_of(sa, handshake, half);
    struct view skeyid = bytes_view(&half->skeyid_own);
    const struct method *method = method_by_number(sa->method);

    if (method && method->hash)
        values.hash = transform_by_ike1(TRANSFORM_HASH, method->hash);
    return sender == ROLE_INITIATOR ? phase1_hash_i(crypto, &values, skeyid, id_body, out)
                                    : phase1_hash_r(crypto, &values, skeyid, id_body, out);
}

struct evidence handshake_evidence(const struct ike_sa *sa)
{
    return (struct evidence){
        .local = sa->path.local.address,
        .remote = sa->path.remote.address,
        .wall_s = sa->engine_back->now.wall_s,
        .suite =
            {
                .cipher = sa->cipher_view,
                .cipher_bits = sa->cipher_bits,
                .hash = sa->hash_view,
                .group = sa->group_view,
                .method = sa->method,
            },
    };
}
