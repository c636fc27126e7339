#include "ikev1/receive.h"

#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "engine/walker.h"
#include "ikev1/envelope.h"
#include "ikev1/informational.h"
#include "ikev1/main_mode.h"
#include "ikev1/quick_mode.h"
#include "registry/exchange.h"
#include "wire/message.h"

static const uint8_t no_cookie[COOKIE_BYTES];

/* A datagram on its way. */
struct arrival {
    struct engine *engine;
    const struct path *path;
    struct view datagram; /* cut to the header's length */
    struct message message;
    uint64_t digest; /* of the octets */
};

static void drop(const struct arrival *arrival, const struct ike_sa *sa, enum drop_reason reason)
{
    report_drop(arrival->engine, sa, arrival->path, reason);
}

static bool is_cookie(const uint8_t *a, const uint8_t *b)
{
    return view_equal(view_of(a, COOKIE_BYTES), view_of(b, COOKIE_BYTES));
}

/* By our cookie, whichever of the two it is; the peer's must be the one that we know, if we do. */
static struct ike_sa *find_sa(const struct arrival *arrival)
{
    const struct isakmp_header *header = &arrival->message.header;
    struct ike_sa *sa = ike_sa_find(arrival->engine, header->responder_cookie);

    if (sa && sa->role == ROLE_RESPONDER)
        return is_cookie(sa->cookies, header->initiator_cookie) ? sa : NULL;
    sa = ike_sa_find(arrival->engine, header->initiator_cookie);
    if (!sa || sa->role != ROLE_INITIATOR)
        return NULL;
    /* Until message 2 is proven genuine another one may bring another cookie. */
    if (!sa->is_established)
        return sa;
    return is_cookie(sa->cookies + COOKIE_BYTES, header->responder_cookie) ? sa : NULL;
}

static bool is_first_message(const struct isakmp_header *header)
{
    return is_cookie(header->responder_cookie, no_cookie);
}

/* The same octets from the same place: the answer goes out again. */
static void receive_first(struct arrival *arrival)
{
    struct engine *engine = arrival->engine;
    uint8_t octets[sizeof(struct endpoint) + sizeof arrival->digest];
    struct writer writer = writer_over(octets, sizeof octets);
    const struct endpoint *from = &arrival->path->remote;

    if (arrival->message.header.flags & ISAKMP_FLAG_ENCRYPTION ||
        arrival->message.header.exchange != EXCHANGE_MAIN) {
        drop(arrival, NULL, DROP_EXCHANGE);
        return;
    }
    if (ike_sa_find(engine, arrival->message.header.initiator_cookie)) {
        drop(arrival, NULL, DROP_REFLECTION); /* our own message 1, or a cookie of ours */
        return;
    }
    writer_view(&writer, address_view(&from->address));
    writer_u16(&writer, from->port);
    writer_u64(&writer, arrival->digest);
    uint64_t key = exchange_digest(engine, writer_view_written(&writer));
    struct map_entry *entry = map_find(&engine->by_first, view_of(&key, sizeof key));
    struct ike_sa *sa = entry ? CONTAINER_OF(entry, struct ike_sa, by_first) : NULL;
    if (!sa) {
        main_mode_receive_first(engine, arrival->path, &arrival->message, key);
        return;
    }
    struct exchange *exchange = exchange_find(sa, 0);
    if (exchange && exchange->state == MAIN_SA_ANSWERED)
        exchange_resend(exchange, arrival->digest);
    else
        drop(arrival, sa, DROP_REPLAY);
}

/* Main Mode after its first message: clear ones and encrypted ones go to their rows alike. */
static void receive_main(struct arrival *arrival, struct ike_sa *sa)
{
    const struct isakmp_header *header = &arrival->message.header;
    bool is_encrypted = header->flags & ISAKMP_FLAG_ENCRYPTION;
    struct exchange *exchange = exchange_find(sa, 0);
    uint64_t tag = ike_sa_tag(sa);
    struct trigger trigger = {
        .kind = TRIGGER_MESSAGE,
        .path = arrival->path,
        .datagram = arrival->datagram,
        .message = &arrival->message,
    };

    if (!exchange) {
        drop(arrival, sa, DROP_STATE);
        return;
    }
    if (exchange_has_heard(exchange, arrival->digest)) {
        exchange_resend(exchange, arrival->digest);
        return;
    }
    if (exchange->ticket) {
        drop(arrival, sa, DROP_BUSY);
        return;
    }
    /* Only another message 2 may come with another cookie. */
    if (sa->role == ROLE_INITIATOR && exchange->state != MAIN_SA_SENT &&
        !is_cookie(sa->cookies + COOKIE_BYTES, header->responder_cookie) &&
        (is_encrypted || !chain_find(&arrival->message.chain, PAYLOAD_SA, 0))) {
        drop(arrival, sa, DROP_COOKIE);
        return;
    }
    enum step_result result =
        walker_run(exchange, &trigger, is_encrypted ? PROTECTION_ENCRYPTED : PROTECTION_CLEAR);
    sa = ike_sa_find_tag(arrival->engine, tag);
    exchange = sa ? exchange_find(sa, 0) : NULL;
    if (exchange && (result == STEP_DONE || result == STEP_PARKED))
        exchange_heard(exchange, arrival->digest);
    ike_sa_settle(arrival->engine, tag);
}

/* True when the HASH in front is the one that this exchange calls for now. */
static bool is_hash_right(const struct exchange *exchange, const struct payload_chain *chain)
{
    const struct payload *hash = chain_find(chain, PAYLOAD_HASH, 0);
    struct secret wanted = {0};
    bool is_right = false;

    if (chain->count == 0 || &chain->payloads[0] != hash)
        return false;
    if (quick_mode_hash_wanted(exchange, chain_after(chain, hash), &wanted) == STATUS_OK)
        is_right = secret_equal(secret_view(&wanted), hash->body);
    secret_clear(&wanted);
    return is_right;
}

/* Decrypts, verifies, and only then lets the message have an effect. */
static enum step_result open_and_run(struct arrival *arrival, struct exchange *exchange)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct message *message = &arrival->message;
    uint8_t iv[EXCHANGE_IV_BYTES];
    struct trigger trigger = {
        .kind = TRIGGER_MESSAGE,
        .path = arrival->path,
        .datagram = arrival->datagram,
        .message = message,
    };

    if (envelope_open(sa, message, ike_keys_cipher(sa->keys_own), exchange->iv, &message->chain) !=
        STATUS_OK) {
        sa->rx_decrypt_errors++;
        drop(arrival, sa, DROP_UNDECRYPTABLE);
        return STEP_IGNORE;
    }
    if (!is_hash_right(exchange, &message->chain)) {
        sa->rx_hash_errors++;
        drop(arrival, sa, DROP_HASH);
        return STEP_IGNORE;
    }
    /* A new exchange has proven itself: its message ID is spent before anything comes of it, or it
     * does not come at all. One that could not be noted could be replayed. */
    if (!exchange->heard_digest && exchange->role == ROLE_RESPONDER &&
        !ike_sa_use_id(sa, exchange->message_id)) {
        drop(arrival, sa, DROP_BUDGET);
        return STEP_IGNORE;
    }
    ike_sa_heard(sa);
    memcpy(iv, exchange->iv, sizeof iv);
    envelope_last_block(sa, message->content, exchange->iv);
    exchange_heard(exchange, arrival->digest);
    uint64_t tag = ike_sa_tag(sa);
    uint32_t message_id = exchange->message_id;
    enum step_result result = walker_run(exchange, &trigger, PROTECTION_HASHED);
    sa = ike_sa_find_tag(arrival->engine, tag);
    exchange = sa ? exchange_find(sa, message_id) : NULL;
    if (result == STEP_IGNORE && exchange)
        memcpy(exchange->iv, iv, sizeof iv);
    return result;
}

/* A new exchange of the peer's: it is kept only if its first message proves itself. */
static void receive_new(struct arrival *arrival, struct ike_sa *sa)
{
    const struct isakmp_header *header = &arrival->message.header;
    struct crypto *crypto = arrival->engine->options.crypto_back;
    struct view last_block = view_of(sa->last_block, sa->cipher_view->block_bytes);
    struct secret iv = {0};

    if (ike_sa_has_used_id(sa, header->message_id)) {
        drop(arrival, sa, DROP_REPLAY);
        return;
    }
    if (exchange_iv(crypto, sa->hash_view, last_block, header->message_id, &iv) != STATUS_OK) {
        drop(arrival, sa, DROP_CRYPTO);
        return;
    }
    struct exchange *exchange =
        exchange_new(sa, header->exchange, ROLE_RESPONDER, header->message_id);
    if (!exchange)
        return;
    memcpy(exchange->iv, iv.bytes, iv.used_bytes);
    uint64_t tag = ike_sa_tag(sa);
    uint32_t message_id = header->message_id;
    enum step_result result = open_and_run(arrival, exchange);
    sa = ike_sa_find_tag(arrival->engine, tag);
    exchange = sa ? exchange_find(sa, message_id) : NULL;
    if (result == STEP_IGNORE && exchange)
        exchange_free(exchange);
}

/* Anything under an established SA: encrypted, or it is nothing. */
static void receive_phase_2(struct arrival *arrival, struct ike_sa *sa)
{
    const struct isakmp_header *header = &arrival->message.header;
    struct exchange *exchange = exchange_find(sa, header->message_id);
    uint64_t tag = ike_sa_tag(sa);
    bool is_ours = header->exchange == EXCHANGE_QUICK || header->exchange == EXCHANGE_INFORMATIONAL;

    if (!sa->is_established || !(header->flags & ISAKMP_FLAG_ENCRYPTION)) {
        drop(arrival, sa, sa->is_established ? DROP_FLAGS : DROP_STATE);
    } else if (!is_ours || (exchange && exchange->type != header->exchange)) {
        drop(arrival, sa, DROP_EXCHANGE);
    } else if (sa->phase == IKE_SA_DELETED && header->exchange != EXCHANGE_INFORMATIONAL) {
        drop(arrival, sa, DROP_STATE);
    } else if (!exchange) {
        receive_new(arrival, sa);
    } else if (exchange_has_heard(exchange, arrival->digest)) {
        if (!exchange->ticket)
            exchange_resend(exchange, arrival->digest);
    } else if (exchange->ticket) {
        drop(arrival, sa, DROP_BUSY);
    } else if (exchange->state == EXCHANGE_STATE_OVER) {
        drop(arrival, sa, DROP_REPLAY);
    } else {
        (void)open_and_run(arrival, exchange);
    }
    ike_sa_settle(arrival->engine, tag);
}

void ikev1_receive(struct engine *engine, const struct path *path, struct view datagram)
{
    struct arrival arrival = {.engine = engine, .path = path};
    struct isakmp_header *header = &arrival.message.header;
    enum status status = message_decode(datagram, &arrival.message, NULL);

    if (status != STATUS_OK) {
        drop(&arrival, NULL, status == STATUS_UNEXPECTED ? DROP_EXCHANGE : DROP_MALFORMED);
        return;
    }
    arrival.datagram = arrival.message.octets;
    arrival.digest = exchange_digest(engine, arrival.datagram);
    struct ike_sa *sa = find_sa(&arrival);
    if (header->exchange == EXCHANGE_INFORMATIONAL && !(header->flags & ISAKMP_FLAG_ENCRYPTION))
        informational_receive_clear(engine, sa, path, &arrival.message);
    else if (is_first_message(header))
        receive_first(&arrival);
    else if (!sa)
        drop(&arrival, NULL, DROP_UNKNOWN_SA);
    else if (header->exchange == EXCHANGE_MAIN)
        receive_main(&arrival, sa);
    else
        receive_phase_2(&arrival, sa);
}
