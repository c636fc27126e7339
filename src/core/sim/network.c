#include "sim/network.h"

#include <stdlib.h>

#include "base/instant.h"
#include "sim/sim_private.h"

#define LATE_MOST_US (2 * SECOND_US) /* how late a reordered datagram comes */

void sim_set_tap(struct sim *sim, sim_tap_fn *tap, void *arg)
{
    sim->tap = tap;
    sim->tap_arg = arg;
}

void sim_set_loss(struct sim *sim, unsigned per_mille)
{
    sim->loss = per_mille;
}

void sim_set_duplication(struct sim *sim, unsigned per_mille)
{
    sim->duplication = per_mille;
}

void sim_set_reordering(struct sim *sim, unsigned per_mille)
{
    sim->reordering = per_mille;
}

void sim_set_delay(struct sim *sim, uint64_t least_us, uint64_t most_us)
{
    sim->delay_least_us = least_us;
    sim->delay_most_us = most_us < least_us ? least_us : most_us;
}

static struct sim_tally_entry *tally_find(const struct sim_host *host, const struct address *remote)
{
    struct map_entry *found = map_find(&host->tally_map, view_of(remote, sizeof *remote));

    return found ? CONTAINER_OF(found, struct sim_tally_entry, entry) : NULL;
}

/* The tally of this address, made when they meet first; NULL without memory. */
static struct sim_tally *tally_of(struct sim_host *host, const struct address *remote)
{
    struct sim_tally_entry *entry = tally_find(host, remote);

    if (entry)
        return &entry->tally;
    entry = calloc(1, sizeof *entry);
    if (!entry) {
        sim_fail(host->sim_back, "no memory for a tally");
        return NULL;
    }
    entry->tally.remote = *remote;
    list_append(&host->tallies, &entry->link);
    map_insert(&host->tally_map, &entry->entry,
               view_of(&entry->tally.remote, sizeof entry->tally.remote));
    return &entry->tally;
}

uint64_t sim_sent(const struct sim_host *host)
{
    return host->sent;
}

struct sim_tally sim_tally(const struct sim_host *host, const struct address *remote)
{
    const struct sim_tally_entry *entry = tally_find(host, remote);

    return entry ? entry->tally : (struct sim_tally){.remote = *remote};
}

bool sim_tally_is_modest(const struct sim_host *host, unsigned factor, struct sim_tally *worst)
{
    for (const struct list *link = host->tallies.next; link != &host->tallies; link = link->next) {
        const struct sim_tally *tally = &CONTAINER_OF(link, struct sim_tally_entry, link)->tally;
        if (sim_host_at(host->sim_back, &tally->remote))
            continue;
        if (tally->bytes_out > factor * tally->bytes_in ||
            tally->datagrams_out > tally->datagrams_in) {
            if (worst)
                *worst = *tally;
            return false;
        }
    }
    return true;
}

void network_clear(struct sim_host *host)
{
    map_clear(&host->tally_map);
    LIST_EACH (link, &host->tallies) {
        list_remove(link);
        free(CONTAINER_OF(link, struct sim_tally_entry, link));
    }
}

static void datagram_queue(struct sim *sim, const struct sim_datagram *datagram, uint64_t delay_us)
{
    struct sim_item *item = sim_item_add(sim, SIM_ITEM_DATAGRAM, sim->now_us + delay_us,
                                         view_of(datagram->octets, datagram->bytes));

    if (!item)
        return;
    item->from = datagram->from;
    item->to = datagram->to;
    item->is_encapsulated = datagram->is_encapsulated;
}

/* The dice are thrown the same number of times for every datagram, so settings do not shift them.
 */
static void datagram_travel(struct sim *sim, const struct sim_datagram *datagram)
{
    uint64_t spread_us = sim->delay_most_us - sim->delay_least_us + 1;
    uint64_t delay_us = sim->delay_least_us + sim_random_below(&sim->dice, spread_us);
    uint64_t again_us = sim->delay_least_us + sim_random_below(&sim->dice, LATE_MOST_US);
    uint64_t late_us = sim_random_below(&sim->dice, LATE_MOST_US);
    bool is_lost = sim_random_chance(&sim->dice, sim->loss);
    bool is_twice = sim_random_chance(&sim->dice, sim->duplication);
    bool is_late = sim_random_chance(&sim->dice, sim->reordering);

    if (!is_lost)
        datagram_queue(sim, datagram, is_late ? delay_us + late_us : delay_us);
    if (is_twice)
        datagram_queue(sim, datagram, again_us);
}

void network_send(struct sim_host *host, const struct effect_send *send)
{
    struct sim *sim = host->sim_back;
    struct sim_tally *tally = tally_of(host, &send->path.remote.address);
    struct sim_datagram datagram = {
        .number = sim->datagrams++,
        .from = send->path.local,
        .to = send->path.remote,
        .is_encapsulated = send->path.is_encapsulated,
        .octets = sim->tapped_own,
        .bytes = send->bytes_view.bytes,
    };

    if (!tally)
        return;
    host->sent++;
    tally->datagrams_out++;
    tally->bytes_out += send->bytes_view.bytes;
    if (datagram.bytes > SIM_DATAGRAM_MOST_BYTES) {
        sim_fail(sim, "a datagram of %zu octets was sent", datagram.bytes);
        return;
    }
    if (datagram.bytes)
        memcpy(datagram.octets, send->bytes_view.data, datagram.bytes);
    if (sim->tap && sim->tap(sim->tap_arg, sim, &datagram) == SIM_DROP)
        return;
    datagram_travel(sim, &datagram);
}

void sim_send(struct sim *sim, const struct endpoint *from, const struct endpoint *to,
              bool is_encapsulated, struct view octets)
{
    struct sim_item *item =
        sim_item_add(sim, SIM_ITEM_DATAGRAM, sim->now_us + sim->delay_least_us, octets);

    if (!item)
        return;
    item->from = *from;
    item->to = *to;
    item->is_encapsulated = is_encapsulated;
}

static void arrive(struct sim *sim, const struct endpoint *from, const struct endpoint *to,
                   bool is_encapsulated, struct view octets)
{
    struct sim_host *host = sim_host_at(sim, &to->address);
    struct sim_tally *tally = host ? tally_of(host, &from->address) : NULL;

    if (!tally)
        return; /* nobody has the address */
    tally->datagrams_in++;
    tally->bytes_in += octets.bytes;
    sim_input(host, &(struct input){
                        .kind = IN_DATAGRAM,
                        .datagram =
                            {
                                .path =
                                    {
                                        .local = *to,
                                        .remote = *from,
                                        .is_encapsulated = is_encapsulated,
                                    },
                                .bytes_view = octets,
                            },
                    });
}

void sim_deliver(struct sim *sim, const struct endpoint *from, const struct endpoint *to,
                 bool is_encapsulated, struct view octets)
{
    arrive(sim, from, to, is_encapsulated, octets);
}

void network_arrive(struct sim *sim, const struct sim_item *item)
{
    arrive(sim, &item->from, &item->to, item->is_encapsulated, view_of(item->octets, item->bytes));
}
