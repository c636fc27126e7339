#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/instant.h"
#include "crypto/crypto.h"
#include "sim/sim_private.h"

#define START_US (3600 * SECOND_US)
#define DELAY_LEAST_US (1 * MILLISECOND_US)
#define DELAY_MOST_US (20 * MILLISECOND_US)
#define TIMERS_AT_ONCE_MOST 100000u /* of one host at one instant: past it, its clock is stuck */

void sim_fail(struct sim *sim, const char *format, ...)
{
    va_list arguments;

    if (sim->failure[0])
        return;
    va_start(arguments, format);
    vsnprintf(sim->failure, sizeof sim->failure, format, arguments);
    va_end(arguments);
}

static enum status sim_init(struct sim *sim)
{
    enum status status = STATUS_OK;

    deadline_heap_init(&sim->heap);
    list_init(&sim->hosts);
    list_init(&sim->items);
    list_init(&sim->observer.exchanges);
    sim_random_init(&sim->dice, sim->seed);
    if (!sim->crypto_back) {
        status = crypto_new(&sim->crypto_own);
        sim->crypto_back = sim->crypto_own;
    }
    if (status == STATUS_OK)
        status = recorder_init(&sim->recorder);
    if (status == STATUS_OK)
        status = observer_init(&sim->observer, &sim->recorder, sim->crypto_back);
    sim->tapped_own = malloc(SIM_DATAGRAM_MOST_BYTES);
    sim->scratch_own = malloc(SIM_SCRATCH_BYTES);
    return sim->tapped_own && sim->scratch_own ? status : STATUS_NO_MEMORY;
}

struct sim *sim_new_with(uint64_t seed, struct crypto *crypto)
{
    struct sim *sim = calloc(1, sizeof *sim);

    if (!sim)
        return NULL;
    sim->seed = seed;
    sim->now_us = START_US;
    sim->delay_least_us = DELAY_LEAST_US;
    sim->delay_most_us = DELAY_MOST_US;
    sim->crypto_back = crypto;
    if (sim_init(sim) == STATUS_OK)
        return sim;
    sim_free(sim);
    return NULL;
}

struct sim *sim_new(uint64_t seed)
{
    return sim_new_with(seed, NULL);
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    LIST_EACH (link, &sim->hosts)
        host_free(CONTAINER_OF(link, struct sim_host, link));
    LIST_EACH (link, &sim->items)
        sim_item_free(sim, CONTAINER_OF(link, struct sim_item, link));
    deadline_heap_clear(&sim->heap);
    observer_clear(&sim->observer);
    recorder_clear(&sim->recorder);
    crypto_free(sim->crypto_own);
    free(sim->tapped_own);
    free(sim->scratch_own);
    free(sim);
}

uint64_t sim_seed(const struct sim *sim)
{
    return sim->seed;
}

uint64_t sim_now_us(const struct sim *sim)
{
    return sim->now_us;
}

const char *sim_failure(const struct sim *sim)
{
    return sim->failure;
}

void sim_set_watch(struct sim *sim, const struct sim_watch *watch)
{
    sim->watch = watch ? *watch : (struct sim_watch){0};
}

void sim_set_plain(struct sim *sim)
{
    sim->is_plain = true;
}

struct sim_host *sim_host_at(struct sim *sim, const struct address *address)
{
    LIST_EACH (link, &sim->hosts) {
        struct sim_host *host = CONTAINER_OF(link, struct sim_host, link);
        if (address_equal(&host->address, address))
            return host;
    }
    return NULL;
}

struct sim_item *sim_item_add(struct sim *sim, enum sim_item_kind kind, uint64_t at_us,
                              struct view octets)
{
    struct sim_item *item = calloc(1, sizeof *item + octets.bytes);

    if (!item || deadline_heap_reserve(&sim->heap, sim->heap.count + 1) != STATUS_OK) {
        free(item);
        sim_fail(sim, "no memory for something that is to happen");
        return NULL;
    }
    item->kind = kind;
    item->bytes = octets.bytes;
    if (octets.bytes)
        memcpy(item->octets, octets.data, octets.bytes);
    deadline_init(&item->due);
    deadline_set(&sim->heap, &item->due, at_us);
    list_append(&sim->items, &item->link);
    return item;
}

void sim_item_free(struct sim *sim, struct sim_item *item)
{
    deadline_remove(&sim->heap, &item->due);
    list_remove(&item->link);
    secret_wipe_memory(item->octets, item->bytes);
    free(item);
}

static void item_happen(struct sim *sim, struct sim_item *item)
{
    switch (item->kind) {
    case SIM_ITEM_DATAGRAM:
        network_arrive(sim, item);
        break;
    case SIM_ITEM_ANSWER:
        host_hear_answer(item->host_back, item);
        break;
    case SIM_ITEM_HARD_LIMIT:
        if (item->engine_number == item->host_back->engine_number)
            kernel_hard_limit(item->host_back, item->sa_number);
        break;
    }
}

/* The host whose timer is due first, and when; NULL when none has one. */
static struct sim_host *next_timer(struct sim *sim, uint64_t *at_us)
{
    struct sim_host *first = NULL;

    *at_us = UINT64_MAX;
    LIST_EACH (link, &sim->hosts) {
        struct sim_host *host = CONTAINER_OF(link, struct sim_host, link);
        uint64_t deadline_us = host->engine_own ? engine_deadline(host->engine_own) : UINT64_MAX;
        if (deadline_us < *at_us) {
            *at_us = deadline_us;
            first = host;
        }
    }
    return first;
}

void sim_run(struct sim *sim, uint64_t duration_ms)
{
    uint64_t end_us = sim->now_us + duration_ms * MILLISECOND_US;
    uint64_t stuck_us = 0;
    unsigned at_once = 0;

    while (!sim->failure[0]) {
        struct deadline *first = deadline_first(&sim->heap);
        uint64_t timer_us;
        struct sim_host *host = next_timer(sim, &timer_us);
        uint64_t at_us = first && first->at_us <= timer_us ? first->at_us : timer_us;

        if (at_us > end_us)
            break;
        if (at_us > sim->now_us)
            sim->now_us = at_us;
        if (first && first->at_us <= timer_us) {
            struct sim_item *item = CONTAINER_OF(first, struct sim_item, due);
            deadline_remove(&sim->heap, first);
            item_happen(sim, item);
            sim_item_free(sim, item);
            continue;
        }
        at_once = stuck_us == sim->now_us ? at_once + 1 : 0;
        stuck_us = sim->now_us;
        if (at_once > TIMERS_AT_ONCE_MOST)
            sim_fail(sim, "host %u: the deadline does not move", host->number);
        else
            sim_input(host, &(struct input){.kind = IN_TIMER});
    }
    sim->now_us = end_us;
}

void sim_leap(struct sim *sim, uint64_t duration_ms)
{
    sim->now_us += duration_ms * MILLISECOND_US;
}
