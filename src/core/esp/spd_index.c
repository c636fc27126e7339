#include <stdlib.h>

#include "esp/spd_index_private.h"

/* SPD_NONE: the slot is free. */
struct slot {
    struct spd_key key;
    uint32_t value;
};

/* Entries of one mask: in a table, each key with the first entry that has it. */
struct shape {
    struct spd_key mask;
    uint32_t first; /* of all its entries */
    uint32_t slot;
    uint32_t slot_mask;
};

struct spd_index {
    const struct spd_entry *entries_view;
    struct shape *shapes_own; /* by their first entry */
    size_t shape_count;
    struct slot *slots_own; /* tables of all shapes, one after another; a link is the value */
    struct link *links_own;
};

/* An entry, and the link to the next one with the same key. */
struct link {
    uint32_t entry;
    uint32_t next;
    struct spd_pattern pattern; /* while the index is made */
};

/* The slot of a key, or the free one in its place. */
static struct slot *slot_find(struct slot *slots, uint32_t slot_mask, const struct spd_key *key)
{
    uint32_t at = spd_key_hash(key) & slot_mask;

    while (slots[at].value != SPD_NONE && !spd_key_equal(&slots[at].key, key))
        at = (at + 1) & slot_mask;
    return &slots[at];
}

static int link_compare(const void *a, const void *b)
{
    const struct link *first = a;
    const struct link *second = b;
    int order = spd_key_compare(&first->pattern.mask, &second->pattern.mask);

    if (order == 0)
        order = spd_key_compare(&first->pattern.key, &second->pattern.key);
    return order != 0 ? order : first->entry < second->entry ? -1 : 1;
}

static int shape_compare(const void *a, const void *b)
{
    const struct shape *first = a;
    const struct shape *second = b;
    return first->first < second->first ? -1 : first->first > second->first;
}

/* How many links from here on have one mask. */
static size_t run_of(const struct link *links, size_t count)
{
    size_t run = 1;

    while (run < count && spd_key_equal(&links[run].pattern.mask, &links->pattern.mask))
        run++;
    return run;
}

/* Chains of equal keys stand together, ascending; the first of each goes into the table. */
static void shape_fill(const struct spd_index *index, struct shape *shape, size_t at, size_t run)
{
    struct slot *slots = &index->slots_own[shape->slot];

    for (size_t i = at; i < at + run; i++) {
        struct link *link = &index->links_own[i];
        struct slot *slot = slot_find(slots, shape->slot_mask, &link->pattern.key);
        bool is_followed =
            i + 1 < at + run && spd_key_equal(&link[1].pattern.key, &link->pattern.key);
        if (slot->value == SPD_NONE)
            *slot = (struct slot){link->pattern.key, (uint32_t)i};
        if (link->entry < shape->first)
            shape->first = link->entry;
        link->next = is_followed ? (uint32_t)i + 1 : SPD_NONE;
    }
}

static bool shapes_make(struct spd_index *index, size_t count)
{
    const struct link *links = index->links_own;
    uint32_t slot_count = 0;

    for (size_t i = 0; i < count; i += run_of(links + i, count - i)) {
        slot_count += spd_slots_for(run_of(links + i, count - i));
        index->shape_count++;
    }
    index->shapes_own = calloc(index->shape_count + 1, sizeof *index->shapes_own);
    index->slots_own = malloc((slot_count + 1) * sizeof *index->slots_own);
    if (!index->shapes_own || !index->slots_own)
        return false;
    for (size_t i = 0; i < slot_count; i++)
        index->slots_own[i] = (struct slot){.value = SPD_NONE};
    struct shape *shape = index->shapes_own;
    slot_count = 0;
    for (size_t i = 0, run; i < count; i += run, shape++) {
        run = run_of(links + i, count - i);
        *shape =
            (struct shape){links[i].pattern.mask, SPD_NONE, slot_count, spd_slots_for(run) - 1};
        slot_count += spd_slots_for(run);
        shape_fill(index, shape, i, run);
    }
    qsort(index->shapes_own, index->shape_count, sizeof *index->shapes_own, shape_compare);
    return true;
}

struct spd_index *spd_index_new(const struct spd_entry *entries, const struct spd_pattern *patterns,
                                const uint32_t *list, size_t count)
{
    struct spd_index *index = calloc(1, sizeof *index);

    if (!index)
        return NULL;
    index->entries_view = entries;
    index->links_own = calloc(count + 1, sizeof *index->links_own);
    if (!index->links_own)
        goto failure;
    for (size_t i = 0; i < count; i++)
        index->links_own[i] = (struct link){.entry = list[i], .pattern = patterns[list[i]]};
    qsort(index->links_own, count, sizeof *index->links_own, link_compare);
    if (shapes_make(index, count))
        return index;
failure:
    spd_index_free(index);
    return NULL;
}

void spd_index_free(struct spd_index *index)
{
    if (!index)
        return;
    free(index->shapes_own);
    free(index->slots_own);
    free(index->links_own);
    free(index);
}

uint32_t spd_index_find(const struct spd_index *index, enum packet_way way,
                        const struct inner_packet *packet, const struct spd_key *key)
{
    uint32_t best = SPD_NONE;

    for (size_t i = 0; i < index->shape_count && index->shapes_own[i].first < best; i++) {
        const struct shape *shape = &index->shapes_own[i];
        struct spd_key masked = spd_key_masked(key, &shape->mask);
        uint32_t at = slot_find(&index->slots_own[shape->slot], shape->slot_mask, &masked)->value;
        for (; at != SPD_NONE && index->links_own[at].entry < best;
             at = index->links_own[at].next) {
            uint32_t entry = index->links_own[at].entry;
            if (spd_entry_matches(&index->entries_view[entry], way, packet))
                best = entry;
        }
    }
    return best;
}
