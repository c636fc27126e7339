#include "engine/child_sa.h"

#include <stdlib.h>

#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "engine/peer.h"
#include "engine/want.h"
#include "policy/ruleset.h"

/* A rekey that failed is tried again after a quarter of what is left, but not sooner than this. */
#define CHILD_RETRY_LEAST_US (5 * SECOND_US)

uint32_t child_spi(const struct child_spis *spis, enum sa_direction direction,
                   enum ipsec_protocol protocol)
{
    bool is_in = direction == SA_INBOUND;

    if (spis->protocol == protocol)
        return is_in ? spis->in : spis->out;
    if (protocol == IPSEC_PROTOCOL_AH)
        return is_in ? spis->ah_in : spis->ah_out;
    return 0;
}

static struct view spi_key(const uint32_t *spi)
{
    return view_of(spi, sizeof *spi);
}

struct child_sa *child_sa_new(struct ike_sa *sa, const struct path *path,
                              const struct child_spis *spis)
{
    struct engine *engine = sa->engine_back;
    struct child_sa *child = NULL;

    if (deadline_heap_reserve(&engine->deadlines, engine->alarm_count + 1) != STATUS_OK)
        return NULL;
    child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    engine->alarm_count++;
    child->alarm.owner = ALARM_CHILD_SA;
    deadline_init(&child->alarm.deadline);
    child->engine_back = engine;
    child->peer_back = sa->peer_back;
    list_append(&engine->children, &child->link);
    list_append(&sa->peer_back->children, &child->peer_link);
    child->spis = *spis;
    map_insert(&engine->by_spi_in, &child->by_spi_in, spi_key(&child->spis.in));
    if (spis->ah_in)
        map_insert(&engine->by_ah_spi_in, &child->by_ah_spi_in, spi_key(&child->spis.ah_in));
    child->rules_ref = ruleset_hold(sa->rules_ref);
    child->label_view = sa->rule_view->label;
    child->ike_cookie = ike_sa_tag(sa);
    child->path = *path;
    map_insert(&engine->by_child_address, &child->by_child_address,
               view_of(&child->path.remote.address, sizeof child->path.remote.address));
    child->created_us = engine->now.mono_us;
    child->drained_us = DEADLINE_NONE;
    engine->statistics.child_current++;
    engine->statistics.child_total++;
    return child;
}

void child_sa_free(struct child_sa *child)
{
    struct engine *engine = child->engine_back;
    struct peer *peer = child->peer_back;

    map_remove(&engine->by_spi_in, &child->by_spi_in);
    if (child->spis.ah_in)
        map_remove(&engine->by_ah_spi_in, &child->by_ah_spi_in);
    map_remove(&engine->by_child_address, &child->by_child_address);
    deadline_remove(&engine->deadlines, &child->alarm.deadline);
    engine->alarm_count--;
    engine->statistics.child_current--;
    list_remove(&child->link);
    list_remove(&child->peer_link);
    ruleset_drop(child->rules_ref);
    free(child);
    peer_release(peer);
}

static void reschedule(struct child_sa *child)
{
    uint64_t at_us = child->hard_us;

    if (child->state == CHILD_CURRENT && child->soft_us < at_us)
        at_us = child->soft_us;
    if (child->drained_us < at_us)
        at_us = child->drained_us;
    deadline_set(&child->engine_back->deadlines, &child->alarm.deadline, at_us);
}

/* Its outbound SA stands. */
static bool is_sending(const struct child_sa *child)
{
    return child->state == CHILD_CURRENT || child->state == CHILD_REKEYING;
}

static void delete_direction(struct child_sa *child, enum sa_direction direction)
{
    bool is_in = direction == SA_INBOUND;
    struct effect_sa_delete sa = {
        .direction = direction,
        .protocol = child->spis.protocol,
        .spi = is_in ? child->spis.in : child->spis.out,
        .destination = is_in ? child->path.local.address : child->path.remote.address,
    };
    effects_sa_delete(&child->engine_back->effects, &sa);
}

static bool is_same_traffic(const struct child_sa *a, const struct child_sa *b)
{
    return a->reqid == b->reqid && a->mode == b->mode && selector_equal(&a->selector, &b->selector);
}

/*
 * A newer pair carries the traffic. Nothing more is sent on this one; what is under way may still
 * arrive. The end whose Quick Mode was made to replace it lets it drain and tells the peer; the
 * other keeps it until it hears that, or until its hard limit. When both ends began at the same
 * time neither replaced the other, and both pairs stay receivable: so never both go.
 */
static void step_back(struct child_sa *child, const struct child_sa *newer)
{
    delete_direction(child, SA_OUTBOUND);
    child->state = CHILD_SPARE;
    if (child->spis.in == newer->replaced_spi) {
        child->state = CHILD_DRAINING;
        child->drained_us = child->engine_back->now.mono_us + CHILD_DRAIN_S * SECOND_US;
    }
    reschedule(child);
}

void child_sa_established(struct child_sa *child)
{
    LIST_EACH (item, &child->peer_back->children) {
        struct child_sa *other = CONTAINER_OF(item, struct child_sa, peer_link);
        if (other != child && is_sending(other) && is_same_traffic(other, child))
            step_back(other, child);
    }
    reschedule(child);
}

void child_sa_end(struct child_sa *child, enum child_tell tell, const char *why)
{
    struct ike_sa *sa = tell == CHILD_TELL_PEER ? peer_ike_sa(child->peer_back) : NULL;
    struct ike_event event = report_begin_child(EVENT_CHILD_DELETED, child);

    if (sa) {
        sa->protocol_view->send_delete_child(sa, child);
        sa->quick_modes_deleted++;
    }
    if (is_sending(child))
        delete_direction(child, SA_OUTBOUND);
    delete_direction(child, SA_INBOUND);
    event.text_view = why;
    report_event(child->engine_back, &event);
    child_sa_free(child);
}

struct child_sa *child_sa_find(const struct engine *engine, uint32_t spi_in)
{
    struct map_entry *entry = map_find(&engine->by_spi_in, spi_key(&spi_in));

    if (entry)
        return CONTAINER_OF(entry, struct child_sa, by_spi_in);
    entry = map_find(&engine->by_ah_spi_in, spi_key(&spi_in));
    return entry ? CONTAINER_OF(entry, struct child_sa, by_ah_spi_in) : NULL;
}

bool child_sa_is_with(const struct engine *engine, const struct address *remote)
{
    return map_find(&engine->by_child_address, view_of(remote, sizeof *remote)) != NULL;
}

struct child_sa *child_sa_of_peer(const struct peer *peer, enum ipsec_protocol protocol,
                                  uint32_t spi)
{
    struct child_sa *found = NULL;

    LIST_EACH (item, &peer->children) {
        struct child_sa *child = CONTAINER_OF(item, struct child_sa, peer_link);
        if (spi != 0 && child_spi(&child->spis, SA_OUTBOUND, protocol) == spi)
            return child;
        if (spi != 0 && child_spi(&child->spis, SA_INBOUND, protocol) == spi)
            found = child;
    }
    return found;
}

void child_sa_rekey(struct child_sa *child, const char *limit)
{
    struct engine *engine = child->engine_back;
    struct ike_event event = report_begin_child(EVENT_CHILD_REKEY, child);
    struct want want = {
        .packet = child->selector,
        .selector = child->selector,
        .reqid = child->reqid,
        .replaced_spi = child->spis.in,
    };

    if (child->state != CHILD_CURRENT)
        return;
    event.word_view = limit;
    report_event(engine, &event);
    child->state = CHILD_REKEYING;
    reschedule(child);
    want_begin(engine, peer_ike_sa(child->peer_back), &child->path, &want);
}

void child_sa_rekey_failed(struct child_sa *child)
{
    uint64_t now_us = child->engine_back->now.mono_us;
    uint64_t wait_us = child->hard_us > now_us ? (child->hard_us - now_us) / 4 : 0;

    if (child->state != CHILD_REKEYING)
        return;
    child->state = CHILD_CURRENT;
    child->soft_us = now_us + (wait_us > CHILD_RETRY_LEAST_US ? wait_us : CHILD_RETRY_LEAST_US);
    reschedule(child);
}

void child_sa_due(struct child_sa *child)
{
    uint64_t now_us = child->engine_back->now.mono_us;

    if (child->hard_us <= now_us)
        child_sa_end(child, CHILD_TELL_PEER, "hard limit");
    else if (child->drained_us <= now_us)
        child_sa_end(child, CHILD_TELL_PEER, "replaced by a newer one");
    else
        child_sa_rekey(child, "time");
}
