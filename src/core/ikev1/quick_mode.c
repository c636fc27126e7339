#include "ikev1/quick_mode.h"

#include <stdlib.h>

#include "engine/engine_state.h"
#include "engine/peer.h"
#include "engine/walker.h"
#include "engine/want.h"
#include "ikev1/informational.h"
#include "policy/ruleset.h"
#include "registry/exchange.h"

/* RFC 2407 section 4.5 gives 1 KB as 1000 octets in its example; others count 1024. */
#define QUICK_KILOBYTE 1000u
/* An SPI that is taken in the data plane: another one is drawn, so often. */
#define QUICK_MOST_ATTEMPTS 3u

struct quick_mode *quick_mode_of(const struct exchange *exchange)
{
    return exchange->state_own;
}

struct quick_mode *quick_mode_new(void)
{
    return calloc(1, sizeof(struct quick_mode));
}

void quick_mode_free(struct quick_mode *quick)
{
    if (!quick)
        return;
    bytes_wipe(&quick->initiator_nonce_own);
    bytes_wipe(&quick->responder_nonce_own);
    key_exchange_clear(&quick->key_exchange);
    bytes_clear(&quick->public_own);
    bytes_clear(&quick->reply_own);
    secret_wipe_memory(quick, sizeof *quick);
    free(quick);
}

void quick_mode_take_spis(struct quick_mode *quick)
{
    const struct phase2_agreed *agreed = &quick->agreed;
    struct child_spis *spis = &quick->spis;

    if (agreed->protocol == IPSEC_PROTOCOL_AH)
        spis->in = spis->ah_in;
    if (!agreed->ah_integrity)
        spis->ah_in = 0;
    spis->protocol = agreed->protocol;
    spis->out = agreed->peer_spi;
    spis->ah_out = agreed->peer_ah_spi;
}

/* KEYMAT of both directions in one protocol; each goes by the SPI of its receiver. */
static enum status derive_both(struct crypto *crypto, struct keymat_values *values,
                               const struct child_spis *spis, size_t bytes, struct secret *in,
                               struct secret *out)
{
    enum ipsec_protocol protocol = (enum ipsec_protocol)values->protocol;
    enum status status;

    values->spi = child_spi(spis, SA_INBOUND, protocol);
    status = keymat_derive(crypto, values, bytes, in);
    values->spi = child_spi(spis, SA_OUTBOUND, protocol);
    return status == STATUS_OK ? keymat_derive(crypto, values, bytes, out) : status;
}

enum status quick_mode_derive(struct exchange *exchange, struct view peer_public)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct phase2_agreed *agreed = &quick->agreed;
    struct shared_secret shared = {0};
    struct keymat_values values = {
        .skeyid_d = {sa->hash_view, ike_keys_d(sa->keys_own)},
        .protocol = (uint8_t)agreed->protocol,
        .initiator_nonce = bytes_view(&quick->initiator_nonce_own),
        .responder_nonce = bytes_view(&quick->responder_nonce_own),
    };
    enum status status = STATUS_OK;

    if (agreed->pfs_group)
        status = key_exchange_derive(crypto, &quick->key_exchange, peer_public, &shared);
    values.shared = shared_secret_view(&shared);
    if (status == STATUS_OK)
        status = derive_both(crypto, &values, &quick->spis,
                             keymat_bytes(agreed->cipher, agreed->cipher_bits, agreed->integrity),
                             &quick->keymat_in, &quick->keymat_out);
    values.protocol = IPSEC_PROTOCOL_AH;
    if (status == STATUS_OK && agreed->ah_integrity)
        status =
            derive_both(crypto, &values, &quick->spis, keymat_bytes(NULL, 0, agreed->ah_integrity),
                        &quick->ah_keymat_in, &quick->ah_keymat_out);
    shared_secret_clear(&shared);
    key_exchange_clear(&quick->key_exchange);
    return status;
}

/* Where between soft and hard this end rekeys: the initiator a little before the soft limit, the
 * responder halfway to the hard one, so that equals do not collide. */
static uint64_t soft_limit(const struct exchange *exchange, uint64_t soft, uint64_t hard)
{
    const struct engine *engine = exchange->ike_sa_back->engine_back;

    if (exchange->role == ROLE_RESPONDER)
        return soft ? soft + (hard > soft ? (hard - soft) / 2 : 0) : 0;
    return soft - soft / 10 * engine_jitter(engine, quick_mode_of(exchange)->spis.in, 0) / 1024u;
}

bool quick_mode_install(struct exchange *exchange, enum sa_direction direction,
                        struct effects *effects)
{
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct phase2_agreed *agreed = &quick->agreed;
    bool is_in = direction == SA_INBOUND;
    struct secret *keymat = is_in ? &quick->keymat_in : &quick->keymat_out;
    struct secret *ah_keymat = is_in ? &quick->ah_keymat_in : &quick->ah_keymat_out;
    struct keymat_keys keys = {0};

    if (keymat_split(keymat, agreed->cipher, agreed->cipher_bits, agreed->integrity, &keys) !=
        STATUS_OK)
        return false;
    struct ask_sa_add ask = {
        .direction = direction,
        .protocol = agreed->protocol,
        .spi = is_in ? quick->spis.in : quick->spis.out,
        .pair_spi = is_in ? quick->spis.out : quick->spis.in,
        .ah_spi = is_in ? quick->spis.ah_in : quick->spis.ah_out,
        .mode = agreed->mode,
        .path = quick->path,
        .selector = quick->selector,
        .cipher = agreed->cipher,
        .cipher_bits = agreed->cipher_bits,
        .integrity = agreed->integrity,
        .cipher_key_view = keys.encryption,
        .integrity_key_view = keys.integrity,
        .ah_integrity = agreed->ah_integrity,
        .ah_key_view = secret_view(ah_keymat),
        .is_esn = agreed->is_esn,
        .reqid = quick->reqid,
        .replay_window = ruleset_globals(exchange->ike_sa_back->rules_ref)->p2_replay_window,
        .soft_bytes = soft_limit(exchange, agreed->soft_kb, agreed->hard_kb) * QUICK_KILOBYTE,
        .hard_bytes = agreed->hard_kb * QUICK_KILOBYTE,
        .hard_s = agreed->hard_s,
        .acquire_sequence = !is_in && exchange->want_own ? exchange->want_own->acquire_sequence : 0,
    };
    uint64_t ticket = effects_ask_sa_add(effects, &ask);
    if (!ticket)
        return false;
    secret_clear(keymat);
    secret_clear(ah_keymat);
    quick->is_in_asked = is_in;
    quick->is_out_asked = !is_in;
    exchange_park(exchange, ticket);
    return true;
}

bool quick_mode_is_installed(struct exchange *exchange, struct trigger *trigger)
{
    struct quick_mode *quick = quick_mode_of(exchange);

    bool is_late = trigger->answer->status == STATUS_LIMIT; /* it may yet be done */

    quick->is_in_asked = quick->is_in_asked && is_late;
    quick->is_out_asked = quick->is_out_asked && is_late;
    switch (trigger->answer->status) {
    case STATUS_OK:
        return true;
    case STATUS_EXISTS:
        trigger->why = "its SPI is in use";
        break;
    case STATUS_LIMIT:
        trigger->why = "the data plane did not answer in time";
        break;
    case STATUS_NO_MEMORY:
        trigger->why = "the data plane is out of memory";
        break;
    default:
        trigger->why = "the data plane refuses it";
        break;
    }
    return false;
}

const char *quick_mode_suite(struct exchange *exchange)
{
    char buffer[PHASE2_SUITE_TEXT_BYTES];

    return arena_text(&exchange->ike_sa_back->engine_back->effects.arena, "%s",
                      phase2_suite_text(&quick_mode_of(exchange)->agreed, buffer));
}

static void delete_installed(struct exchange *exchange, enum sa_direction direction)
{
    const struct quick_mode *quick = quick_mode_of(exchange);
    bool is_in = direction == SA_INBOUND;
    struct effect_sa_delete sa = {
        .direction = direction,
        .protocol = quick->spis.protocol,
        .spi = is_in ? quick->spis.in : quick->spis.out,
        .destination = is_in ? quick->path.local.address : quick->path.remote.address,
    };
    effects_sa_delete(&exchange->ike_sa_back->engine_back->effects, &sa);
}

void quick_mode_take_back(struct exchange *exchange)
{
    struct quick_mode *quick = quick_mode_of(exchange);

    if (quick && quick->is_out_asked)
        delete_installed(exchange, SA_OUTBOUND);
    if (quick && (quick->is_in_asked || quick->is_in_installed))
        delete_installed(exchange, SA_INBOUND);
    if (quick)
        quick->is_in_asked = quick->is_out_asked = quick->is_in_installed = false;
}

enum status quick_mode_establish(struct exchange *exchange)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct quick_mode *quick = quick_mode_of(exchange);
    const struct phase2_agreed *agreed = &quick->agreed;
    struct child_sa *child = child_sa_new(sa, &quick->path, &quick->spis);
    uint64_t soft_us = 0;

    if (!child) {
        /* What a failing step queues is discarded: quick_mode_take_back deletes both. */
        quick->is_in_installed = true;
        quick->is_out_asked = true;
        return STATUS_NO_MEMORY;
    }
    child->selector = quick->selector;
    child->reqid = quick->reqid;
    child->mode = (uint8_t)agreed->mode;
    child->cipher_view = agreed->cipher;
    child->cipher_bits = agreed->cipher_bits;
    child->integrity_view = agreed->integrity;
    child->ah_integrity_view = agreed->ah_integrity;
    child->is_esn = agreed->is_esn;
    child->pfs_view = agreed->pfs_group;
    child->role = exchange->role;
    child->replaced_spi = exchange->want_own ? exchange->want_own->replaced_spi : 0;
    child->hard_us = child->created_us + agreed->hard_s * SECOND_US;
    soft_us = soft_limit(exchange, agreed->soft_s * SECOND_US, agreed->hard_s * SECOND_US);
    child->soft_us = soft_us ? child->created_us + soft_us : DEADLINE_NONE;
    if (engine_is_spi_gone(sa->engine_back, quick->spis.in))
        child->hard_us = child->created_us; /* used up before the exchange was done */
    sa->quick_modes_created++;
    sa->keying_uses++;
    struct ike_event event = report_begin_child(EVENT_CHILD_ESTABLISHED, child);
    event.suite_view = quick_mode_suite(exchange);
    event.seconds = soft_us / SECOND_US;
    report_event(sa->engine_back, &event);
    child_sa_established(child);
    return STATUS_OK;
}

void quick_mode_refuse(const struct exchange *exchange, struct trigger *trigger, const char *detail,
                       uint16_t notify)
{
    const struct ike_sa *sa = exchange->ike_sa_back;

    trigger->refusal = (struct refusal){
        .reason = REFUSAL_MALFORMED,
        .local = sa->path.local.address,
        .peer = sa->path.remote.address,
        .exchange_view = "quick mode",
        .nearest = sa->rule_view,
        .detail_view = detail,
        .notify = notify,
    };
}

/* The IV of message 1: hash(last block of Phase 1 | M-ID). RFC 2409 appendix B */
static enum status begin_chain(struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    struct view last_block = view_of(sa->last_block, sa->cipher_view->block_bytes);
    struct secret iv = {0};
    enum status status = exchange_iv(sa->engine_back->options.crypto_back, sa->hash_view,
                                     last_block, exchange->message_id, &iv);

    memcpy(exchange->iv, iv.bytes, iv.used_bytes);
    return status;
}

void quick_mode_begin(struct ike_sa *sa, struct want *want_take)
{
    uint32_t message_id = informational_message_id(sa);
    struct exchange *exchange =
        message_id ? exchange_new(sa, EXCHANGE_QUICK, ROLE_INITIATOR, message_id) : NULL;
    struct trigger trigger = {.kind = TRIGGER_WANT, .want = want_take};

    if (!exchange) {
        want_failed(sa->engine_back, want_take);
        want_free(sa->engine_back, want_take);
        return;
    }
    exchange->want_own = want_take;
    exchange->state_own = quick_mode_new();
    if (!exchange->state_own || begin_chain(exchange) != STATUS_OK ||
        walker_run(exchange, &trigger, PROTECTION_CLEAR) == STEP_IGNORE) {
        want_failed(sa->engine_back, want_take);
        exchange_free(exchange);
    }
}

bool quick_mode_makes(const struct exchange *exchange, const struct want *want)
{
    const struct quick_mode *quick = quick_mode_of(exchange);

    return exchange->type == EXCHANGE_QUICK && exchange->state != EXCHANGE_STATE_OVER && quick &&
           quick->reqid == want->reqid && selector_covers(&quick->selector, &want->packet);
}

/* A refused peer hears why once, and again when it repeats itself. RFC 2409 section 5.7 */
static void tell_refusal(struct exchange *exchange, const struct refusal *refusal)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    const struct quick_mode *quick = quick_mode_of(exchange);
    uint8_t spi[4];
    struct writer writer = writer_over(spi, sizeof spi);

    writer_u32(&writer, quick ? quick->spis.out : 0);
    struct notify_payload notify = {
        .doi = 1,
        .protocol = (uint8_t)(quick && quick->spis.out ? quick->spis.protocol : IPSEC_PROTOCOL_ESP),
        .type = refusal->notify,
        .spi = writer_view_written(&writer),
    };
    struct view datagram = informational_notify(sa, &notify);
    exchange->said_path = sa->path;
    (void)bytes_copy(datagram, &exchange->said_own);
}

/* The want behind it is tried again with another SPI, or given up. */
static void end_want(struct exchange *exchange, const struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct want *want = exchange->want_own;

    if (!want)
        return;
    exchange->want_own = NULL;
    if (trigger->kind == TRIGGER_ANSWER && trigger->answer->status == STATUS_EXISTS &&
        ++want->attempts < QUICK_MOST_ATTEMPTS) {
        (void)want_add(sa, want);
    } else {
        want_failed(sa->engine_back, want);
    }
    want_free(sa->engine_back, want);
}

void quick_mode_ended(struct exchange *exchange, enum step_result result, struct trigger *trigger)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct engine *engine = sa->engine_back;
    struct quick_mode *quick = quick_mode_of(exchange);

    engine->statistics.quick_mode_failed++;
    if (result == STEP_REFUSE)
        report_refusal(engine, sa, trigger->path, &trigger->refusal);
    /* The peer has both directions and moves its traffic: it must hear that ours never came. */
    if (result == STEP_FAIL && exchange->state == QUICK_OUT_ASKED)
        informational_delete_spis(sa, &quick->spis);
    quick_mode_take_back(exchange);
    if (result == STEP_FAIL) {
        struct ike_event event =
            report_begin(trigger->kind == TRIGGER_UNANSWERED ? EVENT_QUICK_MODE_UNANSWERED
                                                             : EVENT_CHILD_INSTALL_FAILED,
                         sa, trigger->path);
        event.number = exchange->repeats + 1u;
        event.seconds = (engine->now.mono_us - exchange->begun_us) / SECOND_US;
        event.spi_in = quick ? quick->spis.in : 0;
        event.text_view = trigger->why;
        report_event(engine, &event);
    }
    end_want(exchange, trigger);
    /* A peer that is silent under an SA has probably lost it: the next packet begins anew. If it
     * has not, it hears that we have, or what it begins over this SA would be in vain as long. */
    if (trigger->kind == TRIGGER_UNANSWERED && exchange->role == ROLE_INITIATOR &&
        sa->heard_us <= exchange->begun_us) {
        ike_sa_doubt_others(sa, exchange->begun_us);
        sa->protocol_view->send_delete_ike(sa);
        ike_sa_delete(sa, "the peer does not answer over it");
        return;
    }
    if (result == STEP_REFUSE && trigger->refusal.notify) {
        tell_refusal(exchange, &trigger->refusal);
        exchange_finish(exchange, LAST_WORD_OURS);
    } else {
        exchange_free(exchange);
    }
    want_run(sa);
}

bool quick_mode_peer_refused(struct ike_sa *sa, uint32_t spi, uint16_t type)
{
    struct exchange *found = NULL;
    struct trigger trigger = {.kind = TRIGGER_MESSAGE, .path = &sa->path};

    LIST_EACH (item, &sa->exchanges) {
        struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        if (exchange->type != EXCHANGE_QUICK || exchange->role != ROLE_INITIATOR ||
            exchange->state != QUICK_SENT)
            continue;
        const struct child_spis *spis = &quick_mode_of(exchange)->spis;
        if (spi && spis->in != spi && spis->ah_in != spi)
            continue;
        if (found && !spi)
            return false; /* it names none, and there are two: the timer decides */
        found = exchange;
    }
    if (!found)
        return false;
    struct ike_event event = report_begin(EVENT_QUICK_MODE_PEER_REFUSED, sa, NULL);
    event.word_view = notify_name(type);
    event.selector = quick_mode_of(found)->selector;
    event.text_view = type == NOTIFY_INVALID_ID_INFORMATION
                          ? "compare this policy entry's addresses with the peer's"
                          : "compare this policy entry's algorithms and p2_pfs with the peer's";
    report_event(sa->engine_back, &event);
    quick_mode_ended(found, STEP_IGNORE, &trigger);
    return true;
}

bool quick_mode_peer_deleted(struct ike_sa *sa, enum ipsec_protocol protocol, uint32_t spi)
{
    struct trigger trigger = {
        .kind = TRIGGER_MESSAGE, .path = &sa->path, .why = "the peer has deleted it"};

    LIST_EACH (item, &sa->exchanges) {
        struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        const struct quick_mode *quick = quick_mode_of(exchange);
        if (exchange->type != EXCHANGE_QUICK || !quick || !spi ||
            child_spi(&quick->spis, SA_OUTBOUND, protocol) != spi ||
            (exchange->state != QUICK_SETTLING && exchange->state != QUICK_OUT_ASKED))
            continue;
        exchange->state = QUICK_SETTLING; /* the peer knows: it need not be told */
        quick_mode_ended(exchange, STEP_FAIL, &trigger);
        return true;
    }
    return false;
}

enum step_result quick_mode_unanswered(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects)
{
    (void)exchange;
    (void)effects;
    trigger->why = "no answer";
    return STEP_FAIL;
}

enum step_result quick_mode_installed_pair(struct exchange *exchange, struct trigger *trigger,
                                           struct effects *effects)
{
    (void)effects;
    if (!quick_mode_is_installed(exchange, trigger))
        return STEP_FAIL;
    trigger->why = "out of memory";
    if (quick_mode_establish(exchange) != STATUS_OK)
        return STEP_FAIL;
    quick_mode_free(exchange->state_own);
    exchange->state_own = NULL;
    exchange_finish(exchange, exchange->role == ROLE_INITIATOR ? LAST_WORD_OURS : LAST_WORD_PEERS);
    return STEP_DONE;
}
