#include "engine/ike_sa.h"

#include <stdlib.h>

#include "base/secret.h"
#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/peer.h"
#include "engine/want.h"
#include "policy/ruleset.h"

/* After so many message IDs a Phase 1 SA takes no new exchange (V1-66). The last thousand are for
 * the peer and for Deletes: what we want goes over another SA by then. */
#define IKE_SA_MOST_IDS 10000u
#define IKE_SA_SPENT_IDS 9000u
#define IKE_SA_LINGER_US (2 * SECOND_US)

static struct view address_key(const struct ike_sa *sa)
{
    return view_of(&sa->path.remote.address, sizeof sa->path.remote.address);
}

/* Strangers' half-open SAs are not in this table: a flood from one address would fill one chain. */
static void add_by_address(struct ike_sa *sa)
{
    if (sa->is_by_address)
        return;
    map_insert(&sa->engine_back->by_address, &sa->by_address, address_key(sa));
    sa->is_by_address = true;
}

static void remove_by_address(struct ike_sa *sa)
{
    if (sa->is_by_address)
        map_remove(&sa->engine_back->by_address, &sa->by_address);
    sa->is_by_address = false;
}

static uint8_t *our_cookie(struct ike_sa *sa)
{
    return sa->cookies + (sa->role == ROLE_INITIATOR ? 0 : COOKIE_BYTES);
}

const uint8_t *ike_sa_our_cookie(const struct ike_sa *sa)
{
    return sa->cookies + (sa->role == ROLE_INITIATOR ? 0 : COOKIE_BYTES);
}

uint64_t ike_sa_tag(const struct ike_sa *sa)
{
    uint64_t tag = 0;

    for (size_t i = 0; i < COOKIE_BYTES; i++)
        tag = tag << 8 | ike_sa_our_cookie(sa)[i];
    return tag;
}

/* Random, never zero, not in use. */
static void draw_cookie(struct ike_sa *sa)
{
    static const uint8_t zero[COOKIE_BYTES];
    const struct randomness *random = &sa->engine_back->options.random;

    do {
        randomness_fill(random, 0, our_cookie(sa), COOKIE_BYTES);
    } while (view_equal(view_of(our_cookie(sa), COOKIE_BYTES), view_of(zero, COOKIE_BYTES)) ||
             ike_sa_find(sa->engine_back, our_cookie(sa)));
}

struct ike_sa *ike_sa_new(struct engine *engine, const struct protocol *protocol,
                          enum ike_role role, const struct path *path)
{
    struct ike_sa *sa = NULL;

    if (deadline_heap_reserve(&engine->deadlines, engine->alarm_count + 1) != STATUS_OK)
        return NULL;
    sa = calloc(1, sizeof *sa);
    if (!sa)
        return NULL;
    engine->alarm_count++;
    sa->alarm.owner = ALARM_IKE_SA;
    deadline_init(&sa->alarm.deadline);
    list_init(&sa->peer_link);
    list_init(&sa->exchanges);
    list_init(&sa->wants);
    list_append(&engine->ike_sas, &sa->link);
    sa->engine_back = engine;
    sa->protocol_view = protocol;
    sa->rules_ref = ruleset_hold(engine->rules_ref);
    sa->role = (uint8_t)role;
    sa->path = *path;
    sa->created_us = engine->now.mono_us;
    sa->created_wall_s = engine->now.wall_s;
    sa->expires_us = DEADLINE_NONE;
    draw_cookie(sa);
    map_insert(&engine->by_cookie, &sa->by_cookie, view_of(our_cookie(sa), COOKIE_BYTES));
    if (role == ROLE_INITIATOR)
        add_by_address(sa);
    engine->statistics.p1_attempted[role]++;
    return sa;
}

void ike_sa_free(struct ike_sa *sa)
{
    struct engine *engine = sa->engine_back;

    LIST_EACH (item, &sa->exchanges)
        exchange_free(CONTAINER_OF(item, struct exchange, link));
    engine->must_forget = true;
    want_clear(sa);
    admission_remove(sa);
    if (sa->is_established && sa->phase != IKE_SA_DELETED)
        engine->statistics.p1_current[sa->role]--;
    map_remove(&engine->by_cookie, &sa->by_cookie);
    remove_by_address(sa);
    if (sa->first_key)
        map_remove(&engine->by_first, &sa->by_first);
    deadline_remove(&engine->deadlines, &sa->alarm.deadline);
    engine->alarm_count--;
    list_remove(&sa->link);
    list_remove(&sa->peer_link);
    if (sa->peer_back)
        peer_release(sa->peer_back);
    sa->protocol_view->ike_sa_clear(sa);
    free(sa->used_ids_own);
    ruleset_drop(sa->rules_ref);
    secret_wipe_memory(sa, sizeof *sa);
    free(sa);
}

void ike_sa_delete(struct ike_sa *sa, const char *why)
{
    struct ike_event event = report_begin(EVENT_IKE_SA_DELETED, sa, NULL);

    event.text_view = why;
    report_event(sa->engine_back, &event);
    ike_sa_free(sa);
}

void ike_sa_retire(struct ike_sa *sa)
{
    struct engine *engine = sa->engine_back;
    struct ike_event event = report_begin(EVENT_IKE_SA_DELETED, sa, NULL);

    if (sa->phase == IKE_SA_DELETED)
        return;
    event.text_view = "deleted by the peer";
    report_event(engine, &event);
    sa->phase = IKE_SA_DELETED;
    engine->statistics.p1_current[sa->role]--;
    remove_by_address(sa);
    want_clear(sa);
    sa->expires_us = engine->now.mono_us + IKE_SA_LINGER_US;
    ike_sa_reschedule(sa);
}

void ike_sa_reschedule(struct ike_sa *sa)
{
    uint64_t at_us = sa->expires_us;

    LIST_EACH (item, &sa->exchanges) {
        const struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        if (exchange->deadline_us < at_us)
            at_us = exchange->deadline_us;
    }
    deadline_set(&sa->engine_back->deadlines, &sa->alarm.deadline, at_us);
}

/* One exchange that is due, or NULL. */
static struct exchange *due_exchange(const struct ike_sa *sa)
{
    LIST_EACH (item, &sa->exchanges) {
        struct exchange *exchange = CONTAINER_OF(item, struct exchange, link);
        if (exchange->deadline_us <= sa->engine_back->now.mono_us)
            return exchange;
    }
    return NULL;
}

struct ike_sa *ike_sa_find_tag(const struct engine *engine, uint64_t tag)
{
    uint8_t cookie[COOKIE_BYTES];

    for (unsigned i = 0; i < COOKIE_BYTES; i++)
        cookie[i] = (uint8_t)(tag >> (56 - 8 * i));
    return ike_sa_find(engine, cookie);
}

void ike_sa_settle(struct engine *engine, uint64_t tag)
{
    struct ike_sa *sa = ike_sa_find_tag(engine, tag);

    if (sa)
        want_run(sa);
}

void ike_sa_due(struct ike_sa *sa)
{
    struct engine *engine = sa->engine_back;
    uint64_t tag = ike_sa_tag(sa);
    struct exchange *exchange = NULL;

    if (sa->expires_us <= engine->now.mono_us) {
        sa->protocol_view->expired(sa);
        return;
    }
    /* An exchange's end may be the end of the SA: it is looked up anew each time. */
    while ((exchange = due_exchange(sa)) != NULL) {
        exchange_due(exchange);
        sa = ike_sa_find_tag(engine, tag);
        if (!sa)
            return;
    }
    want_run(sa);
    ike_sa_reschedule(sa);
}

struct ike_sa *ike_sa_find(const struct engine *engine, const uint8_t *cookie)
{
    struct map_entry *entry = map_find(&engine->by_cookie, view_of(cookie, COOKIE_BYTES));
    return entry ? CONTAINER_OF(entry, struct ike_sa, by_cookie) : NULL;
}

bool ike_sa_is_avoided(const struct ike_sa *sa)
{
    return sa->is_doubted || sa->used_id_count >= IKE_SA_SPENT_IDS;
}

void ike_sa_heard(struct ike_sa *sa)
{
    sa->heard_us = sa->engine_back->now.mono_us;
    sa->is_doubted = false;
}

void ike_sa_doubt_others(struct ike_sa *sa, uint64_t since_us)
{
    if (!sa->peer_back)
        return;
    LIST_EACH (item, &sa->peer_back->ike_sas) {
        struct ike_sa *other = CONTAINER_OF(item, struct ike_sa, peer_link);
        if (other != sa && other->heard_us < since_us)
            other->is_doubted = true;
    }
}

/* Established ones first; those that are avoided last. */
static int rank(const struct ike_sa *sa)
{
    if (ike_sa_is_avoided(sa))
        return 0;
    return sa->is_established ? 2 : 1;
}

struct ike_sa *ike_sa_between(const struct engine *engine, const struct address *local,
                              const struct address *remote)
{
    struct ike_sa *found = NULL;
    struct map_entry *entry = map_find(&engine->by_address, view_of(remote, sizeof *remote));

    for (; entry; entry = map_next(&engine->by_address, entry)) {
        struct ike_sa *sa = CONTAINER_OF(entry, struct ike_sa, by_address);
        if (!address_equal(&sa->path.local.address, local))
            continue;
        if (!found || rank(sa) >= rank(found))
            found = sa;
    }
    return found;
}

void ike_sa_move(struct ike_sa *sa, const struct path *path)
{
    bool was_by_address = sa->is_by_address;

    remove_by_address(sa);
    sa->path = *path;
    if (was_by_address)
        add_by_address(sa);
}

void ike_sa_established(struct ike_sa *sa)
{
    struct engine *engine = sa->engine_back;

    admission_remove(sa);
    add_by_address(sa);
    sa->is_established = true;
    sa->established_us = engine->now.mono_us;
    ike_sa_heard(sa);
    sa->phase = IKE_SA_ACTIVE;
    sa->expires_us = engine->now.mono_us + sa->lifetime_s * SECOND_US;
    engine->statistics.p1_current[sa->role]++;
    engine->statistics.p1_total[sa->role]++;
    ike_sa_reschedule(sa);
    want_run(sa);
}

bool ike_sa_has_used_id(const struct ike_sa *sa, uint32_t message_id)
{
    if (sa->used_id_count >= IKE_SA_MOST_IDS)
        return true; /* one that cannot be noted could come again */
    for (uint32_t i = 0; i < sa->used_id_count; i++) {
        if (sa->used_ids_own[i] == message_id)
            return true;
    }
    return false;
}

bool ike_sa_use_id(struct ike_sa *sa, uint32_t message_id)
{
    if (ike_sa_has_used_id(sa, message_id))
        return false;
    if (sa->used_id_count == sa->used_id_capacity) {
        uint32_t capacity = sa->used_id_capacity ? sa->used_id_capacity * 2 : 4;
        uint32_t *ids = realloc(sa->used_ids_own, capacity * sizeof *ids);
        if (!ids)
            return false;
        sa->used_ids_own = ids;
        sa->used_id_capacity = capacity;
    }
    sa->used_ids_own[sa->used_id_count++] = message_id;
    return true;
}
