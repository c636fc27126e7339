#include "ikev1/informational.h"

#include "base/reader.h"
#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/peer.h"
#include "ikev1/envelope.h"
#include "ikev1/main_mode.h"
#include "ikev1/quick_mode.h"
#include "registry/exchange.h"
#include "wire/delete.h"

/* In one Delete; what is beyond dies with its hard limit. */
#define INFORMATIONAL_MOST_SPIS 256u

/* States of an informational exchange: it is one message. */
enum informational_state {
    INFORMATIONAL_NEW = 0,
};

const struct row informational_rows[] = {
    {
        .name = "informational",
        .exchange = EXCHANGE_INFORMATIONAL,
        .role = ROLE_RESPONDER,
        .state = INFORMATIONAL_NEW,
        .trigger = TRIGGER_MESSAGE,
        .required = BIT(PAYLOAD_HASH),
        .repeated = BIT(PAYLOAD_NOTIFY) | BIT(PAYLOAD_DELETE) | BIT(PAYLOAD_VENDOR),
        .protection = PROTECTION_HASHED,
        .proof = PROOF_PEER,
        .step = informational_receive,
        .next = EXCHANGE_STATE_OVER,
    },
    {0},
};

uint32_t informational_message_id(struct ike_sa *sa)
{
    uint32_t message_id = 0;

    for (unsigned i = 0; i < 8; i++) {
        randomness_fill(&sa->engine_back->options.random, ike_sa_tag(sa), (uint8_t *)&message_id,
                        sizeof message_id);
        if (message_id && ike_sa_use_id(sa, message_id))
            return message_id;
    }
    return 0;
}

/* Computes HASH(1), encrypts under an IV of its own; empty after a failure. */
static struct view seal(struct ike_sa *sa, struct envelope *envelope, uint32_t message_id)
{
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct exchange_values values = {
        .skeyid_a = {sa->hash_view, ike_keys_a(sa->keys_own)},
        .message_id = message_id,
    };
    struct view last_block = view_of(sa->last_block, sa->cipher_view->block_bytes);
    struct secret hash = {0}, iv = {0};

    if (!envelope->hash ||
        exchange_hash_1(crypto, &values, envelope_rest(envelope), &hash) != STATUS_OK ||
        exchange_iv(crypto, sa->hash_view, last_block, message_id, &iv) != STATUS_OK)
        return view_of(NULL, 0);
    memcpy(envelope->hash, hash.bytes, hash.used_bytes);
    return envelope_seal(sa, envelope, ike_keys_cipher(sa->keys_own), iv.bytes);
}

static struct view send(struct ike_sa *sa, struct envelope *envelope, uint32_t message_id)
{
    struct view datagram = seal(sa, envelope, message_id);

    sa->engine_back->statistics.tx_datagrams++;
    effects_send(&sa->engine_back->effects, &sa->path, datagram);
    return datagram;
}

static struct envelope begin(struct ike_sa *sa, uint32_t message_id)
{
    struct envelope envelope =
        envelope_begin(sa, EXCHANGE_INFORMATIONAL, ISAKMP_FLAG_ENCRYPTION, message_id);

    envelope_hash(&envelope, sa->hash_view);
    return envelope;
}

struct view informational_notify(struct ike_sa *sa, const struct notify_payload *notify)
{
    uint32_t message_id = informational_message_id(sa);
    struct envelope envelope = begin(sa, message_id);

    if (!message_id)
        return view_of(NULL, 0);
    payload_begin(&envelope.message, PAYLOAD_NOTIFY);
    notify_encode(&envelope.message.writer, notify);
    payload_end(&envelope.message);
    return send(sa, &envelope, message_id);
}

/* One message of its own: strongSwan reads only the first Delete of a message. */
static void send_delete(struct ike_sa *sa, enum ipsec_protocol protocol, size_t spi_bytes,
                        struct view spis)
{
    uint32_t message_id = informational_message_id(sa);
    struct envelope envelope = begin(sa, message_id);
    struct delete_payload delete = {
        .doi = 1,
        .protocol = (uint8_t)protocol,
        .spi_bytes = (uint8_t)spi_bytes,
        .spi_count = (uint16_t)(spis.bytes / spi_bytes),
        .spis = spis,
    };

    if (!message_id)
        return;
    payload_begin(&envelope.message, PAYLOAD_DELETE);
    delete_encode(&envelope.message.writer, &delete);
    payload_end(&envelope.message);
    (void)send(sa, &envelope, message_id);
}

/* What a peer has SAs of. RFC 2408 section 3.15: a Delete is of one protocol. */
static const enum ipsec_protocol child_protocols[] = {IPSEC_PROTOCOL_ESP, IPSEC_PROTOCOL_AH};

/* Every child of the peer, as far as one message holds them. */
static void send_deletes(struct ike_sa *sa, enum ipsec_protocol protocol)
{
    uint8_t spis[INFORMATIONAL_MOST_SPIS * 4];
    struct writer writer = writer_over(spis, sizeof spis);

    LIST_EACH (item, &sa->peer_back->children) {
        const struct child_sa *child = CONTAINER_OF(item, struct child_sa, peer_link);
        uint32_t spi = child_spi(&child->spis, SA_INBOUND, protocol);
        if (spi && writer.bytes < sizeof spis)
            writer_u32(&writer, spi);
    }
    if (writer.bytes)
        send_delete(sa, protocol, 4, writer_view_written(&writer));
}

void informational_goodbye(struct ike_sa *sa)
{
    for (size_t i = 0; i < COUNT(child_protocols); i++)
        send_deletes(sa, child_protocols[i]);
    informational_delete_ike(sa);
}

void informational_delete_spis(struct ike_sa *sa, const struct child_spis *spis)
{
    for (size_t i = 0; i < COUNT(child_protocols); i++) {
        uint32_t number = child_spi(spis, SA_INBOUND, child_protocols[i]);
        uint8_t spi[4];
        struct writer writer = writer_over(spi, sizeof spi);

        if (!number)
            continue;
        writer_u32(&writer, number);
        send_delete(sa, child_protocols[i], sizeof spi, writer_view_written(&writer));
    }
}

void informational_delete_child(struct ike_sa *sa, const struct child_sa *child)
{
    informational_delete_spis(sa, &child->spis);
}

void informational_delete_ike(struct ike_sa *sa)
{
    send_delete(sa, IPSEC_PROTOCOL_ISAKMP, sizeof sa->cookies,
                view_of(sa->cookies, sizeof sa->cookies));
}

/* RFC 3706 section 5.4: always answered once our vendor ID was sent; the number is echoed. */
static void answer_dpd(struct ike_sa *sa, const struct notify_payload *notify)
{
    struct notify_payload answer = {
        .doi = 1,
        .protocol = IPSEC_PROTOCOL_ISAKMP,
        .type = NOTIFY_R_U_THERE_ACK,
        .spi = view_of(sa->cookies, sizeof sa->cookies),
        .data = notify->data,
    };

    if (notify->data.bytes == sizeof(uint32_t))
        (void)informational_notify(sa, &answer);
}

static uint32_t spi_number(struct view spi)
{
    struct reader reader = reader_over(spi);

    return spi.bytes == sizeof(uint32_t) ? reader_u32(&reader) : 0;
}

static void take_notify(struct ike_sa *sa, const struct payload *payload)
{
    struct notify_payload notify;
    struct ike_event event = report_begin(EVENT_NOTIFY, sa, NULL);

    if (notify_decode(payload, &notify, NULL) != STATUS_OK)
        return;
    if (notify.type == NOTIFY_R_U_THERE) {
        answer_dpd(sa, &notify);
    } else if (notify.type == NOTIFY_INITIAL_CONTACT) {
        main_mode_initial_contact(sa);
    } else if (notify.type == NOTIFY_RESPONDER_LIFETIME &&
               notify.protocol == IPSEC_PROTOCOL_ISAKMP) {
        main_mode_responder_lifetime(sa, &notify);
        if (sa->created_us + sa->lifetime_s * SECOND_US < sa->expires_us)
            sa->expires_us = sa->created_us + sa->lifetime_s * SECOND_US;
        ike_sa_reschedule(sa);
    } else if (!notify_is_error(notify.type) ||
               !quick_mode_peer_refused(sa, spi_number(notify.spi), notify.type)) {
        event.word_view = notify_name(notify.type);
        report_event(sa->engine_back, &event);
    }
}

/* An SA of this very peer, by both cookies; NULL: none, or somebody else's (SEC-29). */
static struct ike_sa *sa_of_peer(const struct ike_sa *sa, struct view cookies)
{
    LIST_EACH (item, &sa->peer_back->ike_sas) {
        struct ike_sa *other = CONTAINER_OF(item, struct ike_sa, peer_link);
        if (view_equal(cookies, view_of(other->cookies, sizeof other->cookies)))
            return other;
    }
    return NULL;
}

/* Half of a bundle protects nothing: the Delete of either protocol ends the pair. */
static void delete_child(struct ike_sa *sa, enum ipsec_protocol protocol, uint32_t spi)
{
    struct child_sa *child = child_sa_of_peer(sa->peer_back, protocol, spi);

    if (child)
        child_sa_end(child, CHILD_SILENT, "deleted by the peer");
    else
        (void)quick_mode_peer_deleted(sa, protocol, spi);
}

/* Ends what the peer says is gone; true when that is the SA that the message came over. */
static bool take_delete(struct ike_sa *sa, const struct payload *payload)
{
    struct delete_payload delete;
    bool is_own = false;

    if (delete_decode(payload, &delete, NULL) != STATUS_OK)
        return false;
    for (size_t i = 0; i < delete.spi_count; i++) {
        struct view spi = delete_spi(&delete, i);
        if (delete.protocol == IPSEC_PROTOCOL_ESP || delete.protocol == IPSEC_PROTOCOL_AH) {
            delete_child(sa, (enum ipsec_protocol) delete.protocol, spi_number(spi));
        } else if (delete.protocol == IPSEC_PROTOCOL_ISAKMP) {
            struct ike_sa *other = sa_of_peer(sa, spi);
            is_own = is_own || other == sa;
            if (other && other != sa)
                ike_sa_retire(other);
        }
    }
    return is_own;
}

enum step_result informational_receive(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct payload_chain *chain = &trigger->message->chain;
    const struct payload *payload = NULL;
    bool is_deleted = false;

    (void)effects;
    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_NOTIFY, i)) != NULL; i++)
        take_notify(sa, payload);
    for (size_t i = 0; (payload = chain_find(chain, PAYLOAD_DELETE, i)) != NULL; i++)
        is_deleted = take_delete(sa, payload) || is_deleted;
    /* One message, no answer: only its message ID is remembered. */
    if (is_deleted)
        ike_sa_retire(sa);
    exchange_rest(exchange, sa->engine_back->now.mono_us);
    return STEP_DONE;
}

void informational_receive_clear(struct engine *engine, struct ike_sa *sa, const struct path *path,
                                 const struct message *message)
{
    const struct payload *payload = chain_find(&message->chain, PAYLOAD_NOTIFY, 0);
    struct notify_payload notify;

    if (sa && !sa->is_established && sa->role == ROLE_INITIATOR && payload &&
        notify_decode(payload, &notify, NULL) == STATUS_OK)
        main_mode_note_notify(sa, path, notify.type);
    else
        report_drop(engine, sa, path, DROP_FLAGS);
}
