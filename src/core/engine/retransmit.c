#include "engine/retransmit.h"

#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "policy/ruleset.h"

#define RETRANSMIT_LEAST_SPAN_US (30 * SECOND_US)
#define RETRANSMIT_MOST_SPAN_US (120 * SECOND_US)

static const struct ike_globals *globals_of(const struct engine *engine)
{
    return ruleset_globals(engine->rules_ref);
}

/* Interval number `index`, from 0, without jitter. */
static uint64_t retransmit_interval_us(const struct ike_globals *globals, unsigned index)
{
    uint64_t interval_us = globals->retry_timer_init_us;

    for (unsigned i = 0; i < index && interval_us < globals->retry_timer_max_us; i++)
        interval_us *= 2;
    return interval_us < globals->retry_timer_max_us ? interval_us : globals->retry_timer_max_us;
}

void retransmit_schedule(struct exchange *exchange)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;
    uint64_t interval_us = retransmit_interval_us(globals_of(engine), exchange->repeats);
    uint32_t jitter = engine_jitter(engine, ike_sa_tag(exchange->ike_sa_back) ^ engine->now.mono_us,
                                    exchange->message_id);

    /* 90 % and up to 20 % more: equals that lost the same datagram do not repeat in step */
    interval_us = interval_us / 10 * 9 + (interval_us / 5) * jitter / 1024u;
    exchange->deadline_us = engine->now.mono_us + interval_us;
    ike_sa_reschedule(exchange->ike_sa_back);
}

bool retransmit_is_over(const struct exchange *exchange)
{
    return exchange->repeats >= globals_of(exchange->ike_sa_back->engine_back)->retry_limit;
}

void retransmit_send(struct exchange *exchange)
{
    struct engine *engine = exchange->ike_sa_back->engine_back;

    engine->statistics.tx_repeated++;
    effects_send(&engine->effects, &exchange->said_path, bytes_view(&exchange->said_own));
}

uint64_t retransmit_span_us(const struct engine *engine)
{
    const struct ike_globals *globals = globals_of(engine);
    uint64_t span_us = 0;

    for (unsigned i = 0; i <= globals->retry_limit && span_us < RETRANSMIT_MOST_SPAN_US; i++)
        span_us += retransmit_interval_us(globals, i);
    if (span_us < RETRANSMIT_LEAST_SPAN_US)
        return RETRANSMIT_LEAST_SPAN_US;
    return span_us < RETRANSMIT_MOST_SPAN_US ? span_us : RETRANSMIT_MOST_SPAN_US;
}
