#include "ikev1/encrypted_half.h"

#include "base/reader.h"
#include "crypto/hash.h"
#include "engine/engine_state.h"
#include "ikev1/revised_cipher.h"
#include "policy/ruleset.h"
#include "wire/nonce.h"

/* Shortest ID body: its fixed fields and one octet. */
#define ID_LEAST_BYTES 5u

static bool is_revised(const struct ike_sa *sa)
{
    return sa->method == METHOD_RSA_ENCRYPT_REVISED;
}

static const struct cert_row *own_row(const struct ike_sa *sa)
{
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);

    return store ? cert_store_find_key(store, sa->credential) : NULL;
}

enum status encrypted_own_key(const struct ike_sa *sa, struct rsa_public *out)
{
    const struct cert_row *row = own_row(sa);

    return row ? rsa_public_of(certificate_public_key(row->certificate), out) : STATUS_ABSENT;
}

/* The RFC does not say which octets of a certificate are hashed: all that a peer may mean. */
static bool is_hash_of(struct ike_sa *sa, const struct certificate *certificate, struct view hash)
{
    static const uint8_t encoding = 4; /* of an X.509 certificate in CERT */
    const struct view forms[][2] = {
        {certificate_der(certificate), {NULL, 0}},
        {view_of(&encoding, 1), certificate_der(certificate)},
        {certificate_spki(certificate), {NULL, 0}},
    };
    struct secret digest = {0};

    for (size_t i = 0; i < COUNT(forms); i++) {
        if (hash_compute(sa->engine_back->options.crypto_back, sa->hash_view, forms[i], 2,
                         &digest) == STATUS_OK &&
            view_equal(secret_view(&digest), hash))
            return true;
    }
    return false;
}

void encrypted_choose_key(struct ike_sa *sa, const struct payload_chain *chain)
{
    const struct payload *hash = chain_find(chain, PAYLOAD_HASH, 0);
    const struct cert_store *store = ruleset_certificates(sa->rules_ref);

    for (size_t i = 0; hash && store && i < cert_store_count(store); i++) {
        const struct cert_row *row = cert_store_at(store, i);

        if (row->key_handle && certificate_key_kind(row->certificate) == CERTIFICATE_RSA &&
            certificate_may_encrypt(row->certificate) &&
            is_hash_of(sa, row->certificate, hash->body)) {
            sa->credential = row->key_handle;
            return;
        }
    }
}

/* Nonce first, or right behind HASH(1); whole blocks in all that follows. */
static bool revised_order_fits(const struct ike_sa *sa, const struct payload_chain *chain)
{
    size_t first = chain->payloads[0].type == PAYLOAD_HASH ? 1 : 0;
    size_t block_bytes = sa->cipher_view->block_bytes;
    size_t sealed_bytes = revised_cipher_bytes(sa->cipher_view, sa->group_view->public_bytes);

    if (chain->count <= first || chain->payloads[first].type != PAYLOAD_NONCE)
        return false;
    for (size_t i = first + 1; i < chain->count; i++) {
        size_t bytes = chain->payloads[i].body.bytes;
        if (bytes == 0 || bytes % block_bytes != 0)
            return false;
    }
    return chain_find(chain, PAYLOAD_KE, 0)->body.bytes == sealed_bytes;
}

bool encrypted_half_fits(const struct ike_sa *sa, const struct payload_chain *chain)
{
    struct rsa_public key;

    if (encrypted_own_key(sa, &key) != STATUS_OK ||
        !rsa_public_fits(&key, chain_find(chain, PAYLOAD_NONCE, 0)->body))
        return false;
    if (is_revised(sa))
        return revised_order_fits(sa, chain);
    return rsa_public_fits(&key, chain_find(chain, PAYLOAD_ID, 0)->body) &&
           key_exchange_fits(sa->group_view, chain_find(chain, PAYLOAD_KE, 0)->body);
}

enum status encrypted_half_read(struct ike_sa *sa, struct handshake *handshake,
                                const struct trigger *trigger, struct handshake_half *half)
{
    const struct payload_chain *chain = &trigger->message->chain;
    enum status status = STATUS_MALFORMED;

    if (encrypted_half_fits(sa, chain))
        status = nat_detection_read(sa, (enum vendor)handshake->nat_vendor, trigger->path, chain,
                                    &half->nat);
    if (status == STATUS_OK)
        status = bytes_copy(trigger->message->octets, &half->sealed_own);
    half->is_cisco = sa->role == ROLE_INITIATOR && sa->rule_view->skeyid_is_cisco;
    if (status != STATUS_OK)
        handshake_half_clear(half);
    return status;
}

uint64_t encrypted_half_ask(struct ike_sa *sa, struct handshake *handshake, unsigned which,
                            struct effects *effects)
{
    const struct handshake_half *half = &handshake->secrets_own->halves[which];
    struct ask_decrypt ask = {.key_handle = sa->credential};
    struct message message;

    if (handshake->secrets_own->derivations >= HANDSHAKE_MOST_DERIVATIONS ||
        message_decode(bytes_view(&half->sealed_own), &message, NULL) != STATUS_OK)
        return 0;
    handshake->secrets_own->active = (uint8_t)which;
    ask.blocks[0] = (struct ask_block){chain_find(&message.chain, PAYLOAD_NONCE, 0)->body,
                                       NONCE_LEAST_BYTES, NONCE_MOST_BYTES};
    if (!is_revised(sa))
        ask.blocks[1] = (struct ask_block){chain_find(&message.chain, PAYLOAD_ID, 0)->body,
                                           ID_LEAST_BYTES, UINT16_MAX};
    return effects_ask_decrypt(effects, &ask);
}

/* The next plaintext of an answer. */
static enum status take_plaintext(struct reader *answer, size_t modulus_bytes, struct bytes *out)
{
    uint16_t bytes = reader_u16(answer);
    struct view slot = reader_take(answer, modulus_bytes);

    if (!reader_is_good(answer) || bytes > slot.bytes)
        return STATUS_UNEXPECTED;
    return bytes_copy(view_of(slot.data, bytes), out);
}

/* KE and ID of a revised message, decrypted in the order of the wire. */
static enum status open_revised(struct ike_sa *sa, struct handshake_half *half,
                                const struct payload_chain *chain)
{
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct arena *arena = &sa->engine_back->effects.arena;
    const uint8_t *cookie = sa->cookies + (sa->role == ROLE_INITIATOR ? COOKIE_BYTES : 0);
    struct revised_cipher cipher = {0};
    bool is_after_nonce = false;
    const struct prf_key nonce = {sa->hash_view, bytes_view(&half->nonce_own)};
    enum status status = revised_cipher_begin(crypto, &nonce, view_of(cookie, COOKIE_BYTES),
                                              sa->cipher_view, sa->cipher_bits, &cipher);

    for (size_t i = 0; i < chain->count && status == STATUS_OK; i++) {
        const struct payload *payload = &chain->payloads[i];
        uint8_t *plain = is_after_nonce ? arena_take(arena, payload->body.bytes) : NULL;
        size_t bytes = 0;

        if (!is_after_nonce) {
            is_after_nonce = payload->type == PAYLOAD_NONCE;
            continue;
        }
        if (!plain)
            status = STATUS_NO_MEMORY;
        else if (revised_cipher_open(crypto, &cipher, payload->body, plain, &bytes) ==
                 STATUS_CRYPTO)
            status = STATUS_CRYPTO;
        else if (payload->type == PAYLOAD_KE)
            status = bytes_copy(view_of(plain, sa->group_view->public_bytes), &half->public_own);
        else if (payload->type == PAYLOAD_ID)
            status = bytes_copy(view_of(plain, bytes), &half->identity_own);
        if (plain)
            secret_wipe_memory(plain, payload->body.bytes);
    }
    revised_cipher_clear(&cipher);
    /* A weak DES key: nobody knows it, and nothing comes of this half. */
    half->is_bad = status == STATUS_REFUSED;
    return status == STATUS_REFUSED ? STATUS_OK : status;
}

enum status encrypted_half_open(struct ike_sa *sa, struct handshake_half *half, struct view answer)
{
    struct reader reader = reader_over(answer);
    struct rsa_public key;
    struct message message;
    enum status status = encrypted_own_key(sa, &key);

    if (status == STATUS_OK)
        status = message_decode(bytes_view(&half->sealed_own), &message, NULL);
    if (status == STATUS_OK)
        status = take_plaintext(&reader, key.modulus_bytes, &half->nonce_own);
    if (status != STATUS_OK)
        return status;
    if (is_revised(sa)) {
        status = open_revised(sa, half, &message.chain);
    } else {
        status = take_plaintext(&reader, key.modulus_bytes, &half->identity_own);
        if (status == STATUS_OK)
            status = bytes_copy(chain_find(&message.chain, PAYLOAD_KE, 0)->body, &half->public_own);
    }
    if (status == STATUS_OK && !reader_at_end(&reader))
        status = STATUS_UNEXPECTED;
    bytes_clear(&half->sealed_own);
    return status;
}

static enum status put_rsa(struct ike_sa *sa, const struct rsa_public *key, uint8_t type,
                           struct view plaintext, struct envelope *envelope)
{
    struct engine *engine = sa->engine_back;
    uint8_t cipher[RSA_MOST_BYTES];
    size_t room_bytes = key->modulus_bytes - RSA_PADDING_LEAST_BYTES;

    if (plaintext.bytes > room_bytes)
        plaintext.bytes = room_bytes;
    enum status status = rsa_encrypt(engine->options.crypto_back, key, &engine->options.random,
                                     ike_sa_tag(sa), plaintext, cipher);
    if (status == STATUS_OK)
        payload_put(&envelope->message, type, view_of(cipher, key->modulus_bytes));
    return status;
}

static enum status put_sealed(struct ike_sa *sa, struct revised_cipher *cipher, uint8_t type,
                              struct view body, struct envelope *envelope)
{
    size_t bytes = revised_cipher_bytes(cipher->transform, body.bytes);
    uint8_t *sealed = arena_take(&sa->engine_back->effects.arena, bytes);
    enum status status = STATUS_NO_MEMORY;

    if (sealed)
        status = revised_cipher_seal(sa->engine_back->options.crypto_back, cipher, body, sealed);
    if (status == STATUS_OK)
        payload_put(&envelope->message, type, view_of(sealed, bytes));
    return status;
}

/* [HASH(1),] nonce, and under it KE and ID. */
static enum status put_revised(struct ike_sa *sa, const struct handshake *handshake,
                               const struct rsa_public *key, struct view id_body,
                               struct envelope *envelope)
{
    const struct handshake_secrets *secrets = handshake->secrets_own;
    const uint8_t *cookie = sa->cookies + (sa->role == ROLE_INITIATOR ? 0 : COOKIE_BYTES);
    struct revised_cipher cipher = {0};
    enum status status = put_rsa(sa, key, PAYLOAD_NONCE, bytes_view(&secrets->nonce_own), envelope);

    const struct prf_key nonce = {sa->hash_view, bytes_view(&secrets->nonce_own)};
    if (status == STATUS_OK)
        status = revised_cipher_begin(sa->engine_back->options.crypto_back, &nonce,
                                      view_of(cookie, COOKIE_BYTES), sa->cipher_view,
                                      sa->cipher_bits, &cipher);
    if (status == STATUS_OK)
        status = put_sealed(sa, &cipher, PAYLOAD_KE, bytes_view(&secrets->key_exchange.public_own),
                            envelope);
    if (status == STATUS_OK)
        status = put_sealed(sa, &cipher, PAYLOAD_ID, id_body, envelope);
    revised_cipher_clear(&cipher);
    return status;
}

enum status encrypted_half_put(struct ike_sa *sa, const struct handshake *handshake,
                               const struct rsa_public *key, struct view id_body,
                               struct view certificate_hash, struct envelope *envelope)
{
    const struct handshake_secrets *secrets = handshake->secrets_own;
    enum status status = STATUS_OK;

    if (!is_revised(sa))
        payload_put(&envelope->message, PAYLOAD_KE, bytes_view(&secrets->key_exchange.public_own));
    if (!view_is_empty(certificate_hash))
        payload_put(&envelope->message, PAYLOAD_HASH, certificate_hash);
    if (is_revised(sa))
        return put_revised(sa, handshake, key, id_body, envelope);
    status = put_rsa(sa, key, PAYLOAD_ID, id_body, envelope);
    if (status == STATUS_OK)
        status = put_rsa(sa, key, PAYLOAD_NONCE, bytes_view(&secrets->nonce_own), envelope);
    return status;
}
