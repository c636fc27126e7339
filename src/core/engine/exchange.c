#include "engine/exchange.h"

#include <stdlib.h>

#include "base/secret.h"
#include "engine/engine_state.h"
#include "engine/ike_sa.h"
#include "engine/retransmit.h"
#include "engine/walker.h"
#include "engine/want.h"
#include "policy/ruleset.h"
#include "registry/exchange.h"

/* Answers to duplicates: enough for any honest loss, too few to make us a mirror. Where the
 * administrator has both ends repeat more often, as often as that. */
#define EXCHANGE_MOST_RESENT 5u
/* How long a keyring or data plane may take to answer. */
#define EXCHANGE_ASK_US (10 * SECOND_US)

struct exchange *exchange_new(struct ike_sa *sa, uint8_t type, enum ike_role role,
                              uint32_t message_id)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    list_append(&sa->exchanges, &exchange->link);
    exchange->ike_sa_back = sa;
    exchange->type = type;
    exchange->role = (uint8_t)role;
    exchange->message_id = message_id;
    exchange->begun_us = sa->engine_back->now.mono_us;
    exchange->deadline_us = DEADLINE_NONE;
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    struct ike_sa *sa = exchange->ike_sa_back;

    sa->engine_back->must_forget = true;
    exchange_unpark(exchange, false);
    sa->protocol_view->exchange_clear(exchange);
    list_remove(&exchange->link);
    want_free(sa->engine_back, exchange->want_own);
    bytes_clear(&exchange->said_own);
    secret_wipe_memory(exchange, sizeof *exchange);
    free(exchange);
}

struct exchange *exchange_find(const struct ike_sa *sa, uint32_t message_id)
{
    LIST_EACH (item, &sa->exchanges) {
        struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        if (exchange->message_id == message_id)
            return exchange;
    }
    return NULL;
}

uint64_t exchange_digest(const struct engine *engine, struct view datagram)
{
    uint64_t digest = map_hash(engine->digest_key, datagram);
    return digest ? digest : 1;
}

void exchange_heard(struct exchange *exchange, uint64_t digest)
{
    exchange->heard_before[1] = exchange->heard_before[0];
    exchange->heard_before[0] = exchange->heard_digest;
    exchange->heard_digest = digest;
}

bool exchange_has_heard(const struct exchange *exchange, uint64_t digest)
{
    return exchange->heard_digest == digest || exchange->heard_before[0] == digest ||
           exchange->heard_before[1] == digest;
}

void exchange_resend(struct exchange *exchange, uint64_t digest)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;

    uint32_t most = ruleset_globals(engine->rules_ref)->retry_limit;

    if (most < EXCHANGE_MOST_RESENT)
        most = EXCHANGE_MOST_RESENT;
    engine->statistics.rx_duplicates++;
    if (exchange->is_last_word_theirs && digest == exchange->heard_digest)
        return;
    if (exchange->resent >= most || view_is_empty(bytes_view(&exchange->said_own)))
        return;
    if (exchange->resent && engine->now.mono_us - exchange->resent_us < SECOND_US)
        return;
    exchange->resent++;
    exchange->resent_us = engine->now.mono_us;
    engine->statistics.tx_repeated++;
    effects_send(&engine->effects, &exchange->said_path, bytes_view(&exchange->said_own));
}

enum status exchange_say_again(struct exchange *exchange, struct effects *effects,
                               const struct path *path, struct view datagram)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    enum status status = bytes_copy(datagram, &exchange->said_own);

    if (status != STATUS_OK)
        return status;
    exchange->said_path = *path;
    sa->engine_back->statistics.tx_datagrams++;
    effects_send(effects, path, datagram);
    return STATUS_OK;
}

enum status exchange_say(struct exchange *exchange, struct effects *effects,
                         const struct path *path, struct view datagram, bool is_repeated)
{
    enum status status = exchange_say_again(exchange, effects, path, datagram);

    if (status != STATUS_OK)
        return status;
    exchange->is_repeated = is_repeated;
    exchange->repeats = 0;
    exchange->resent = 0;
    if (is_repeated)
        retransmit_schedule(exchange);
    ike_sa_reschedule(exchange->ike_sa_back);
    return STATUS_OK;
}

void exchange_rest(struct exchange *exchange, uint64_t deadline_us)
{
    exchange->is_repeated = false;
    exchange->deadline_us = deadline_us;
    ike_sa_reschedule(exchange->ike_sa_back);
}

void exchange_finish(struct exchange *exchange, enum last_word last_word)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;

    engine->must_forget = true;
    exchange->is_last_word_theirs = last_word == LAST_WORD_PEERS;
    exchange->state = EXCHANGE_STATE_OVER;
    want_free(engine, exchange->want_own);
    exchange->want_own = NULL;
    exchange_rest(exchange, engine->now.mono_us + retransmit_span_us(engine) * 2);
}

static void report_repeat(const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    struct ike_event event = report_begin(EVENT_REPEATED, sa, &exchange->said_path);

    event.exchange_view = exchange_name(exchange->type);
    event.number = exchange->repeats;
    report_event(sa->engine_back, &event);
}

void exchange_due(struct exchange *exchange)
{
    struct input_answer late = {.ticket = exchange->ticket, .status = STATUS_LIMIT};
    struct trigger trigger = {.kind = TRIGGER_REPEAT};

    if (exchange->ticket) { /* who was asked did not answer in time */
        trigger = (struct trigger){.kind = TRIGGER_ANSWER, .answer = &late};
        exchange_unpark(exchange, false);
        walker_run(exchange, &trigger, PROTECTION_CLEAR);
        return;
    }
    if (!exchange->is_repeated) {
        exchange->deadline_us = DEADLINE_NONE;
        trigger.kind = TRIGGER_TIME;
        if (walker_run(exchange, &trigger, PROTECTION_CLEAR) == STEP_IGNORE)
            exchange_free(exchange); /* it has been kept long enough */
        return;
    }
    if (retransmit_is_over(exchange)) {
        trigger.kind = TRIGGER_UNANSWERED;
        if (walker_run(exchange, &trigger, PROTECTION_CLEAR) == STEP_IGNORE)
            exchange_rest(exchange, DEADLINE_NONE);
        return;
    }
    exchange->repeats++;
    retransmit_schedule(exchange);
    report_repeat(exchange);
    if (walker_run(exchange, &trigger, PROTECTION_CLEAR) == STEP_IGNORE)
        retransmit_send(exchange);
}

void exchange_park(struct exchange *exchange, uint64_t ticket)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;

    exchange->ticket = ticket;
    exchange->parked_repeats = exchange->is_repeated;
    exchange_rest(exchange, engine->now.mono_us + EXCHANGE_ASK_US);
    map_insert(&engine->by_ticket, &exchange->by_ticket,
               view_of(&exchange->ticket, sizeof exchange->ticket));
}

void exchange_unpark(struct exchange *exchange, bool is_answered)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;

    if (!exchange->ticket)
        return;
    map_remove(&engine->by_ticket, &exchange->by_ticket);
    if (!is_answered)
        effects_cancel(&engine->effects, exchange->ticket);
    exchange->ticket = 0;
    exchange->is_repeated = exchange->parked_repeats;
    exchange->deadline_us = DEADLINE_NONE;
    if (exchange->is_repeated)
        retransmit_schedule(exchange);
    ike_sa_reschedule(exchange->ike_sa_back);
}
