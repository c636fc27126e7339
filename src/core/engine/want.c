#include "engine/want.h"

#include <stdlib.h>

#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "engine/peer.h"
#include "policy/ruleset.h"
#include "registry/protocol_number.h"

/* strongSwan tracks three exchanges at most: two of ours leave room for one of its own (V1-90). */
#define WANT_MOST_RUNNING 2u
/* A queue that an acquire storm cannot fill without bound (SEC-120). */
#define WANT_MOST_QUEUED 256u

static bool want_equal(const struct want *a, const struct want *b)
{
    return a->reqid == b->reqid && selector_equal(&a->packet, &b->packet);
}

/* True when the SA is about to have, or is making, what is wanted. */
static bool is_wanted(const struct ike_sa *sa, const struct want *want)
{
    LIST_EACH (item, &sa->wants) {
        if (want_equal(CONTAINER_OF(item, struct want, link), want))
            return true;
    }
    LIST_EACH (item, &sa->exchanges) {
        const struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        if (exchange->want_own && want_equal(exchange->want_own, want))
            return true;
        if (sa->protocol_view->exchange_makes(exchange, want))
            return true;
    }
    return false;
}

enum status want_add(struct ike_sa *sa, const struct want *want)
{
    if (is_wanted(sa, want))
        return STATUS_OK;
    if (list_count(&sa->wants) >= WANT_MOST_QUEUED)
        return STATUS_LIMIT;
    struct want *copy = calloc(1, sizeof *copy);
    if (!copy)
        return STATUS_NO_MEMORY;
    *copy = *want;
    list_append(&sa->wants, &copy->link);
    return STATUS_OK;
}

static size_t running_count(const struct ike_sa *sa)
{
    size_t count = 0;

    LIST_EACH (item, &sa->exchanges) {
        const struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        count += exchange->want_own != NULL;
    }
    return count;
}

void want_run(struct ike_sa *sa)
{
    while (sa->phase == IKE_SA_ACTIVE && !list_is_empty(&sa->wants) &&
           running_count(sa) < WANT_MOST_RUNNING) {
        struct want *want = CONTAINER_OF(list_first(&sa->wants), struct want, link);
        list_remove(&want->link);
        sa->protocol_view->begin_child(sa, want);
    }
}

void want_failed(struct engine *engine, const struct want *want)
{
    struct child_sa *child = want->replaced_spi ? child_sa_find(engine, want->replaced_spi) : NULL;

    if (child)
        child_sa_rekey_failed(child);
}

void want_clear(struct ike_sa *sa)
{
    LIST_EACH (item, &sa->wants) {
        struct want *want = CONTAINER_OF(item, struct want, link);
        want_failed(sa->engine_back, want);
        list_remove(&want->link);
        free(want);
    }
}

void want_begin(struct engine *engine, struct ike_sa *sa, const struct path *path,
                const struct want *want)
{
    struct refusal refusal = {0};

    if (!sa || ike_sa_is_spent(sa))
        sa = ike_sa_between(engine, &path->local.address, &path->remote.address);
    if (!sa || ike_sa_is_spent(sa)) {
        sa = NULL;
        const struct ike_rule *rule = ruleset_rule_for_initiator(
            engine->rules_ref, &path->local.address, &path->remote.address, &refusal);
        if (rule)
            sa = engine->options.protocols[0]->begin(engine, rule, path);
        else
            report_refusal(engine, NULL, path, &refusal);
    }
    if (!sa || want_add(sa, want) != STATUS_OK) {
        want_failed(engine, want);
        return;
    }
    want_run(sa);
}

void want_acquire(struct engine *engine, const struct input_acquire *acquire)
{
    struct path path = {
        .local = {acquire->local, IKE_PORT},
        .remote = {acquire->remote, IKE_PORT},
    };
    struct want want = {
        .packet = acquire->packet,
        .reqid = acquire->reqid,
        .acquire_sequence = acquire->sequence,
    };
    struct ike_event event = report_begin(EVENT_ACQUIRE, NULL, &path);

    event.selector = acquire->packet;
    event.number = acquire->reqid;
    report_event(engine, &event);
    want_begin(engine, NULL, &path, &want);
}
