#include "engine/walker.h"

#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "wire/message.h"

/* Payloads that decide about keys and peers: where a row does not name them, the message is not
 * what it pretends to be (SEC-18). */
#define WALKER_DECISIVE                                                                            \
    (BIT(PAYLOAD_SA) | BIT(PAYLOAD_KE) | BIT(PAYLOAD_ID) | BIT(PAYLOAD_HASH) | BIT(PAYLOAD_SIG) |  \
     BIT(PAYLOAD_NONCE) | BIT(PAYLOAD_ATTRIBUTES))

/* Each required payload exactly once, single ones at most once, decisive ones only where named. */
static bool payloads_fit(const struct row *row, const struct payload_chain *chain)
{
    uint64_t named = row->required | row->single | row->repeated;

    return (chain->present & row->required) == row->required &&
           !(chain->repeated & (row->required | row->single)) &&
           !(chain->present & WALKER_DECISIVE & ~named);
}

static bool state_fits(const struct row *row, const struct exchange *exchange,
                       const struct trigger *trigger)
{
    return row->exchange == exchange->type && row->role == (enum ike_role)exchange->role &&
           row->state == exchange->state && row->trigger == trigger->kind &&
           (!row->methods || row->methods & BIT(exchange->ike_sa_back->method));
}

/* Says by trigger->drop how near the best row came: state, protection, payloads. */
static bool row_fits(const struct row *row, const struct exchange *exchange,
                     struct trigger *trigger, enum protection protection)
{
    if (!state_fits(row, exchange, trigger))
        return false;
    if (trigger->kind != TRIGGER_MESSAGE)
        return true;
    if (row->protection != protection) {
        trigger->drop = trigger->drop == DROP_STATE ? DROP_FLAGS : trigger->drop;
        return false;
    }
    if (protection != PROTECTION_ENCRYPTED && !payloads_fit(row, &trigger->message->chain)) {
        trigger->drop = DROP_PAYLOADS;
        return false;
    }
    return true;
}

static const struct row *row_find(const struct exchange *exchange, struct trigger *trigger,
                                  enum protection protection)
{
    const struct row *const *tables = exchange->ike_sa_back->protocol_view->tables;

    trigger->drop = DROP_STATE;
    for (; *tables; tables++) {
        for (const struct row *row = *tables; row->name; row++) {
            if (row_fits(row, exchange, trigger, protection))
                return row;
        }
    }
    return NULL;
}

/* Only the version's own engine function sees the end of an exchange: it may free everything. */
static enum step_result walker_apply(struct exchange *exchange, const struct row *row,
                                     struct trigger *trigger, enum step_result result, size_t mark)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct effects *effects = &sa->engine_back->effects;

    switch (result) {
    case STEP_DONE:
    case STEP_PARKED:
        if (row->next != EXCHANGE_STATE_BY_STEP)
            exchange->state = row->next;
        break;
    case STEP_IGNORE:
        effects_discard(effects, mark);
        if (trigger->kind == TRIGGER_MESSAGE)
            report_drop(sa->engine_back, sa, trigger->path, trigger->drop);
        break;
    case STEP_REFUSE:
    case STEP_FAIL:
        effects_discard(effects, mark);
        sa->protocol_view->exchange_ended(exchange, result, trigger);
        break;
    }
    return result;
}

enum step_result walker_run(struct exchange *exchange, struct trigger *trigger,
                            enum protection protection)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct effects *effects = &sa->engine_back->effects;
    size_t mark = effects_mark(effects);
    const struct row *row = row_find(exchange, trigger, protection);

    if (!row) {
        if (trigger->kind == TRIGGER_MESSAGE)
            report_drop(sa->engine_back, sa, trigger->path, trigger->drop);
        return STEP_IGNORE;
    }
    trigger->drop = DROP_STATE;
    return walker_apply(exchange, row, trigger, row->step(exchange, trigger, effects), mark);
}
