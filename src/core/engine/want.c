#include "engine/want.h"

#include <stdlib.h>

#include "base/writer.h"
#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "engine/peer.h"
#include "policy/ruleset.h"
#include "registry/protocol_number.h"

/* strongSwan tracks three exchanges at most: two of ours leave room for one of its own (V1-90). */
#define WANT_MOST_RUNNING 2u
/* A queue that an acquire storm cannot fill without bound (SEC-120): of one SA, and of all. */
#define WANT_MOST_QUEUED 256u
#define WANT_MOST_ACQUIRES 256u
/* What is asked for may be made by the time that the question is read. Older pairs are no answer:
 * the data plane, which asks, does not have them any more. */
#define WANT_MOOT_US (1 * SECOND_US)

static bool want_equal(const struct want *a, const struct want *b)
{
    return a->reqid == b->reqid && selector_equal(&a->selector, &b->selector);
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
    sa->engine_back->acquire_count += copy->is_acquire;
    list_append(&sa->wants, &copy->link);
    return STATUS_OK;
}

void want_free(struct engine *engine, struct want *want)
{
    if (want)
        engine->acquire_count -= want->is_acquire;
    free(want);
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
        want_free(sa->engine_back, want);
    }
}

/* Where an acquire that cannot be served is remembered. */
static uint64_t refused_key(const struct engine *engine, uint32_t reqid, const struct path *path)
{
    uint8_t octets[sizeof reqid + 2 * sizeof path->local.address];
    struct writer writer = writer_over(octets, sizeof octets);

    writer_u32(&writer, reqid);
    writer_view(&writer, view_of(&path->local.address, sizeof path->local.address));
    writer_view(&writer, view_of(&path->remote.address, sizeof path->remote.address));
    return map_hash(engine->digest_key, writer_view_written(&writer)) | 1;
}

static bool is_refused(const struct engine *engine, uint64_t key)
{
    uint64_t until_us = engine->refused.slots[key / 2 % WANT_REFUSED_MOST].until_us;

    return engine->refused.slots[key / 2 % WANT_REFUSED_MOST].key == key &&
           engine->now.mono_us < until_us;
}

static void refuse(struct engine *engine, uint32_t reqid, const struct path *path,
                   const struct refusal *refusal)
{
    uint64_t key = refused_key(engine, reqid, path);

    engine->refused.slots[key / 2 % WANT_REFUSED_MOST].key = key;
    engine->refused.slots[key / 2 % WANT_REFUSED_MOST].until_us =
        engine->now.mono_us + WANT_REFUSED_S * SECOND_US;
    engine->statistics.acquires_refused++;
    report_refusal(engine, NULL, path, refusal);
}

/* An IKE SA for what is wanted, begun if there is none; NULL: no rule is for these ends, or no
 * memory. */
static struct ike_sa *sa_for(struct engine *engine, struct ike_sa *sa, const struct path *path,
                             const struct want *want)
{
    struct refusal refusal = {0};

    if (sa)
        return sa;
    const struct ike_rule *rule = ruleset_rule_for_initiator(
        engine->rules_ref, &path->local.address, &path->remote.address, &refusal);
    if (rule)
        return engine->options.protocols[0]->begin(engine, rule, path);
    refuse(engine, want->reqid, path, &refusal);
    return NULL;
}

void want_begin(struct engine *engine, struct ike_sa *sa, const struct path *path,
                const struct want *want)
{
    if (!sa || ike_sa_is_avoided(sa))
        sa = ike_sa_between(engine, &path->local.address, &path->remote.address);
    if (sa && ike_sa_is_avoided(sa))
        sa = NULL;
    if (sa && is_wanted(sa, want))
        return;
    if (want->is_acquire && engine->acquire_count >= WANT_MOST_ACQUIRES) {
        engine->statistics.acquires_dropped++;
        return;
    }
    sa = sa_for(engine, sa, path, want);
    if (!sa || want_add(sa, want) != STATUS_OK) {
        want_failed(engine, want);
        return;
    }
    want_run(sa);
}

/* The identities for a packet of an entry, if there is such an entry and the packet is its. */
static bool acquire_selector(const struct engine *engine, const struct input_acquire *acquire,
                             struct selector *out)
{
    const struct ipsec_entry *entry =
        ruleset_entry_of_reqid(engine->rules_ref, acquire->reqid, &acquire->packet);

    return entry && ipsec_entry_action(entry) == IPSEC_PROTECT &&
           ipsec_entry_is_between(entry, &acquire->local, &acquire->remote) &&
           ipsec_entry_identities(entry, &acquire->packet, out);
}

/* True when the pair that the packet asks for has just come to stand. */
static bool is_moot(const struct engine *engine, const struct path *path, const struct want *want)
{
    const struct address *remote = &path->remote.address;
    struct map_entry *entry = map_find(&engine->by_child_address, view_of(remote, sizeof *remote));

    for (; entry; entry = map_next(&engine->by_child_address, entry)) {
        const struct child_sa *child = CONTAINER_OF(entry, struct child_sa, by_child_address);
        if (child->reqid == want->reqid && child->state == CHILD_CURRENT &&
            engine->now.mono_us - child->created_us < WANT_MOOT_US &&
            address_equal(&child->path.local.address, &path->local.address) &&
            selector_covers(&child->selector, &want->packet))
            return true;
    }
    return false;
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
        .is_acquire = true,
    };
    struct refusal refusal = {
        .reason = REFUSAL_NO_POLICY,
        .local = acquire->local,
        .peer = acquire->remote,
        .exchange_view = "quick mode",
    };

    if (is_refused(engine, refused_key(engine, acquire->reqid, &path))) {
        engine->statistics.acquires_refused++;
        return;
    }
    if (is_moot(engine, &path, &want))
        return;
    struct ike_event event = report_begin(EVENT_ACQUIRE, NULL, &path);
    event.selector = acquire->packet;
    event.number = acquire->reqid;
    report_event(engine, &event);
    if (acquire_selector(engine, acquire, &want.selector))
        want_begin(engine, NULL, &path, &want);
    else
        refuse(engine, acquire->reqid, &path, &refusal);
}
