#include "engine/admission.h"

#include <stdlib.h>

#include "engine/engine_state.h"
#include "engine/ike_sa.h"

static const struct engine_limits default_limits = {
    .half_open_count = 10000,
    .half_open_per_prefix = 1000,
    .half_open_bytes = 16u << 20,
    .rejections_per_second = 50,
};

void admission_default_limits(struct engine_limits *limits)
{
    if (!limits->half_open_count)
        limits->half_open_count = default_limits.half_open_count;
    if (!limits->half_open_per_prefix)
        limits->half_open_per_prefix = default_limits.half_open_per_prefix;
    if (!limits->half_open_bytes)
        limits->half_open_bytes = default_limits.half_open_bytes;
    if (!limits->rejections_per_second)
        limits->rejections_per_second = default_limits.rejections_per_second;
}

size_t admission_prefix_bytes(const struct address *address)
{
    return address->family == ADDRESS_IPV4 ? 3 : 7;
}

static size_t prefix_slot(const struct engine *engine, const struct address *address)
{
    struct view prefix = view_of(address->octets, admission_prefix_bytes(address));

    return map_hash(engine->digest_key, prefix) % ADMISSION_PREFIX_SLOTS;
}

static uint32_t *prefix_count(struct engine *engine, const struct address *address)
{
    return &engine->admission.per_prefix[prefix_slot(engine, address)];
}

/* Draws that look for one SA of a prefix: a prefix that fills its budget fills most of the table.
 */
#define ADMISSION_DRAWS 64u

/* One unproven SA, any, or of one prefix slot (`slot` not NULL), drawn at random; NULL: none. */
static struct ike_sa *unproven_at_random(struct engine *engine, const uint32_t *slot)
{
    const struct admission *admission = &engine->admission;

    for (unsigned i = 0; i < ADMISSION_DRAWS && admission->half_open; i++) {
        uint32_t draw = 0;
        randomness_fill(&engine->options.random, 0, (uint8_t *)&draw, sizeof draw);
        struct ike_sa *sa = admission->unproven_own[draw % admission->half_open];
        if (!slot || prefix_count(engine, &sa->path.remote.address) == slot)
            return sa;
    }
    return NULL;
}

static bool make_room(struct engine *engine, const uint32_t *slot)
{
    struct ike_sa *sa = unproven_at_random(engine, slot);
    struct ike_event event = report_begin(EVENT_HALF_OPEN_FULL, sa, sa ? &sa->path : NULL);

    if (!sa)
        return false;
    event.number = engine->admission.half_open;
    report_event(engine, &event);
    engine->statistics.p1_failed[sa->role]++;
    ike_sa_free(sa);
    return true;
}

bool admission_admits(struct engine *engine, const struct address *from, size_t bytes)
{
    const struct engine_limits *limits = &engine->options.limits;
    struct admission *admission = &engine->admission;
    uint32_t *slot = prefix_count(engine, from);

    if (*slot >= limits->half_open_per_prefix && !make_room(engine, slot))
        return false;
    while (admission->half_open >= limits->half_open_count ||
           admission->half_open_bytes + bytes > limits->half_open_bytes) {
        if (!make_room(engine, NULL))
            return false;
    }
    return true;
}

enum status admission_add(struct ike_sa *sa)
{
    struct admission *admission = &sa->engine_back->admission;

    if (admission->half_open == admission->capacity) {
        size_t capacity = admission->capacity ? admission->capacity * 2 : 64;
        struct ike_sa **items = realloc(admission->unproven_own, capacity * sizeof *items);
        if (!items)
            return STATUS_NO_MEMORY;
        admission->unproven_own = items;
        admission->capacity = capacity;
    }
    sa->is_unproven = true;
    sa->unproven_index = (uint32_t)admission->half_open;
    admission->unproven_own[admission->half_open++] = sa;
    admission->half_open_bytes += sizeof *sa + sa->kept_bytes;
    (*prefix_count(sa->engine_back, &sa->path.remote.address))++;
    sa->engine_back->statistics.half_open++;
    return STATUS_OK;
}

void admission_remove(struct ike_sa *sa)
{
    struct admission *admission = &sa->engine_back->admission;

    if (!sa->is_unproven)
        return;
    sa->is_unproven = false;
    struct ike_sa *last = admission->unproven_own[--admission->half_open];
    admission->unproven_own[sa->unproven_index] = last;
    last->unproven_index = sa->unproven_index;
    admission->half_open_bytes -= sizeof *sa + sa->kept_bytes;
    (*prefix_count(sa->engine_back, &sa->path.remote.address))--;
    sa->engine_back->statistics.half_open--;
}

void admission_clear(struct admission *admission)
{
    free(admission->unproven_own);
    admission->unproven_own = NULL;
}

bool admission_may_decrypt(struct engine *engine, const struct address *from)
{
    struct admission *admission = &engine->admission;
    uint64_t second = engine->now.mono_us / SECOND_US;
    uint8_t *count = &admission->decryptions[prefix_slot(engine, from)];

    if (admission->decryptions_second != second) {
        admission->decryptions_second = second;
        memset(admission->decryptions, 0, sizeof admission->decryptions);
    }
    if (*count >= ADMISSION_DECRYPTIONS_A_SECOND)
        return false;
    (*count)++;
    return true;
}

bool admission_may_reply(struct engine *engine)
{
    struct admission *admission = &engine->admission;
    uint64_t second = engine->now.mono_us / SECOND_US;

    if (admission->replies_second != second) {
        admission->replies_second = second;
        admission->replies = 0;
    }
    if (admission->replies >= engine->options.limits.rejections_per_second)
        return false;
    admission->replies++;
    return true;
}

bool admission_source_is_usable(const struct path *path)
{
    const struct address *from = &path->remote.address;

    return path->remote.port != 0 && from->family == path->local.address.family &&
           !address_is_unspecified(from) && !address_is_multicast(from) &&
           !endpoint_equal(&path->local, &path->remote);
}
