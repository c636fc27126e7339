#include <stdlib.h>

#include "esp/spd_index_private.h"
#include "esp/spd_tree_private.h"

#define LEAF_ENTRIES 6u /* looked at one by one */
#define DEPTH_MAX 6u
#define CUTS_MAX 64u
#define COPIES_FACTOR 4u /* entries in all leaves, at most, to entries */
#define COPIES_MORE 256u

enum family_root {
    ROOT_IPV4,
    ROOT_IPV6,
    ROOTS,
};

/* A child is the number of a node or, with a bit, of an entry, or the place of a list: a few
 * entries, ascending, and SPD_NONE behind them. So a look-up touches little memory. */
#define CHILD_IS_LIST 0x80000000u
#define CHILD_IS_ENTRY 0x40000000u

/* The child for the keys of one hash: a stranger that has it is refused by the leaf. */
struct slot {
    uint32_t hash;
    uint32_t child; /* SPD_NONE: free */
};

struct node {
    struct spd_key mask;    /* of the cut */
    struct slot *slots_own; /* NULL: a leaf of many entries */
    uint32_t slot_mask;
    uint32_t other;              /* the child for all other keys */
    struct spd_index *index_own; /* of such a leaf */
};

struct spd_tree {
    const struct spd_entry *entries_view;
    struct node *nodes_own;
    size_t node_count;
    size_t node_room;
    uint32_t *lists_own;
    size_t list_words;
    size_t list_room;
    uint32_t roots[ROOTS];
    size_t copies_left;                      /* while it is made */
    const struct spd_pattern *patterns_view; /* while it is made */
};

/* Entries that are to be parted, ascending. */
struct group {
    const uint32_t *list;
    size_t count;
};

/* What a cut makes of a group. */
struct cut {
    struct spd_key mask;
    size_t wild;     /* entries that every child has */
    size_t most;     /* entries of the largest child */
    size_t children; /* with a key */
};

static bool is_cut_by(const struct spd_pattern *pattern, const struct spd_key *mask)
{
    struct spd_key common = spd_key_masked(&pattern->mask, mask);
    return spd_key_equal(&common, mask);
}

/* The hash of a key under the cut, and whose it is, as one number to sort by. */
static uint64_t sort_number(const struct spd_pattern *pattern, const struct spd_key *mask,
                            uint32_t entry)
{
    struct spd_key key = spd_key_masked(&pattern->key, mask);
    return (uint64_t)spd_key_hash(&key) << 32 | entry;
}

static int number_compare(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return first < second ? -1 : first > second;
}

/* Fills `numbers`, which has room for the group, with those that are cut, by hash and then by
 * entry, and returns how many there are. */
static size_t numbers_sort(const struct spd_tree *tree, const struct group *group,
                           const struct spd_key *mask, uint64_t *numbers)
{
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++) {
        const struct spd_pattern *pattern = &tree->patterns_view[group->list[i]];
        if (is_cut_by(pattern, mask))
            numbers[count++] = sort_number(pattern, mask, group->list[i]);
    }
    if (count > 0)
        qsort(numbers, count, sizeof *numbers, number_compare);
    return count;
}

static void cut_try(const struct spd_tree *tree, const struct group *group, struct cut *cut,
                    uint64_t *numbers)
{
    size_t count = numbers_sort(tree, group, &cut->mask, numbers);
    size_t run = 0;

    cut->wild = group->count - count;
    cut->most = cut->wild;
    cut->children = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_first = i == 0 || numbers[i] >> 32 != numbers[i - 1] >> 32;
        run = is_first ? 1 : run + 1;
        cut->children += is_first;
        if (run + cut->wild > cut->most)
            cut->most = run + cut->wild;
    }
}

/* One field of an entry's mask: an address, protocol, a port. */
static struct spd_key field_of(const struct spd_key *mask, size_t field)
{
    static const struct spd_key fields[] = {
        {{UINT64_MAX, UINT64_MAX, 0, 0, 0}},
        {{0, 0, UINT64_MAX, UINT64_MAX, 0}},
        {{0, 0, 0, 0, 0xffff}},
        {{0, 0, 0, 0, UINT64_C(0xffff) << 16}},
        {{0, 0, 0, 0, UINT64_C(0xffff) << 32}},
    };

    return field < COUNT(fields) ? spd_key_masked(mask, &fields[field]) : *mask;
}

#define FIELDS 6u /* the last one: all of the mask together */

static bool is_better(const struct cut *cut, const struct cut *best)
{
    if (best->children == 0 || cut->most != best->most)
        return best->children == 0 || cut->most < best->most;
    return cut->children < best->children;
}

/* Adds the fields of a mask to the cuts that are not yet among them. */
static size_t cuts_gather(struct spd_key cuts[CUTS_MAX], size_t count, const struct spd_key *mask)
{
    static const struct spd_key nothing;

    for (size_t field = 0; field < FIELDS && count < CUTS_MAX; field++) {
        struct spd_key cut = field_of(mask, field);
        bool is_known = spd_key_equal(&cut, &nothing);
        for (size_t i = 0; i < count && !is_known; i++)
            is_known = spd_key_equal(&cuts[i], &cut);
        if (!is_known)
            cuts[count++] = cut;
    }
    return count;
}

/* The cut whose largest child is smallest; false when none is worth it. */
static bool cut_choose(struct spd_tree *tree, const struct group *group, struct cut *best,
                       uint64_t *numbers)
{
    struct spd_key cuts[CUTS_MAX];
    size_t cut_count = 0;

    *best = (struct cut){.children = 0};
    for (size_t i = 0; i < group->count; i++)
        cut_count = cuts_gather(cuts, cut_count, &tree->patterns_view[group->list[i]].mask);
    for (size_t i = 0; i < cut_count; i++) {
        struct cut cut = {.mask = cuts[i]};
        cut_try(tree, group, &cut, numbers);
        if (cut.wild * cut.children <= tree->copies_left && is_better(&cut, best))
            *best = cut;
    }
    return best->children > 0 && best->most <= group->count - group->count / 4;
}

/* A new node, empty; SPD_NONE without memory. */
static uint32_t node_add(struct spd_tree *tree)
{
    if (tree->node_count == tree->node_room) {
        size_t room = tree->node_room ? 2 * tree->node_room : 16;
        struct node *nodes = realloc(tree->nodes_own, room * sizeof *nodes);
        if (!nodes)
            return SPD_NONE;
        tree->nodes_own = nodes;
        tree->node_room = room;
    }
    tree->nodes_own[tree->node_count] = (struct node){.slot_mask = 0};
    return (uint32_t)tree->node_count++;
}

/* A new list; SPD_NONE without memory. */
static uint32_t list_add(struct spd_tree *tree, const struct group *group)
{
    size_t at = tree->list_words;

    if (tree->list_room - at < group->count + 1) {
        size_t room = 2 * tree->list_room + group->count + 1;
        uint32_t *lists = realloc(tree->lists_own, room * sizeof *lists);
        if (!lists)
            return SPD_NONE;
        tree->lists_own = lists;
        tree->list_room = room;
    }
    if (group->count > 0)
        memcpy(tree->lists_own + at, group->list, group->count * sizeof *group->list);
    tree->lists_own[at + group->count] = SPD_NONE;
    tree->list_words += group->count + 1;
    return (uint32_t)at | CHILD_IS_LIST;
}

static bool index_make(struct spd_tree *tree, uint32_t at, const struct group *group)
{
    struct node *node = &tree->nodes_own[at];

    node->index_own =
        spd_index_new(tree->entries_view, tree->patterns_view, group->list, group->count);
    return node->index_own != NULL;
}

static uint32_t child_make(struct spd_tree *tree, const struct group *group, unsigned depth);

/* Entries of one hash and those of every child, both ascending, become one list. */
static size_t lists_merge(const uint64_t *numbers, size_t count, const uint32_t *wild,
                          size_t wild_count, uint32_t *out)
{
    size_t at = 0;
    size_t wild_at = 0;

    while (at < count || wild_at < wild_count) {
        uint32_t entry = at < count ? (uint32_t)numbers[at] : SPD_NONE;
        bool is_wild = wild_at < wild_count && wild[wild_at] < entry;
        out[at + wild_at] = is_wild ? wild[wild_at] : entry;
        if (is_wild)
            wild_at++;
        else
            at++;
    }
    return count + wild_count;
}

/* What the children of a node are made of. */
struct parting {
    const struct cut *cut;
    unsigned depth;
    const uint64_t *numbers;
    size_t count;
    const uint32_t *wild;
    uint32_t *room; /* for the list of one child */
};

/* Makes a child for each hash, and the table. */
static bool children_make(struct spd_tree *tree, uint32_t at, const struct parting *parting)
{
    uint32_t slot_mask = spd_slots_for(parting->cut->children) - 1;
    struct slot *slots = malloc((slot_mask + 1) * sizeof *slots);

    if (!slots)
        return false;
    memset(slots, 0xff, (slot_mask + 1) * sizeof *slots); /* SPD_NONE: all are free */
    tree->nodes_own[at].slots_own = slots;
    tree->nodes_own[at].slot_mask = slot_mask;
    tree->nodes_own[at].mask = parting->cut->mask;
    for (size_t i = 0, run; i < parting->count; i += run) {
        uint32_t hash = (uint32_t)(parting->numbers[i] >> 32);
        uint32_t slot = hash & slot_mask;
        for (run = 1; i + run < parting->count && parting->numbers[i + run] >> 32 == hash;)
            run++;
        struct group group = {parting->room, lists_merge(parting->numbers + i, run, parting->wild,
                                                         parting->cut->wild, parting->room)};
        uint32_t child = child_make(tree, &group, parting->depth + 1);
        if (child == SPD_NONE)
            return false;
        while (slots[slot].child != SPD_NONE)
            slot = (slot + 1) & slot_mask;
        slots[slot] = (struct slot){hash, child};
    }
    struct group group = {parting->wild, parting->cut->wild};
    uint32_t other = child_make(tree, &group, parting->depth + 1);
    tree->nodes_own[at].other = other;
    return other != SPD_NONE;
}

static bool node_part(struct spd_tree *tree, uint32_t at, const struct group *group,
                      const struct cut *cut, uint64_t *numbers, unsigned depth)
{
    uint32_t *wild = malloc((cut->wild + 1) * sizeof *wild);
    uint32_t *room = malloc((cut->most + 1) * sizeof *room);
    size_t wild_count = 0;
    bool is_made = false;

    if (wild && room) {
        for (size_t i = 0; i < group->count; i++) {
            if (!is_cut_by(&tree->patterns_view[group->list[i]], &cut->mask))
                wild[wild_count++] = group->list[i];
        }
        struct parting parting = {cut, depth, numbers, 0, wild, room};
        parting.count = numbers_sort(tree, group, &cut->mask, numbers);
        tree->copies_left -= cut->wild * cut->children;
        is_made = children_make(tree, at, &parting);
    }
    free(wild);
    free(room);
    return is_made;
}

/* The new child; SPD_NONE without memory. It goes no deeper than DEPTH_MAX. */
static uint32_t child_make(struct spd_tree *tree, const struct group *group, unsigned depth)
{
    uint64_t *numbers = NULL;
    struct cut cut;
    bool is_made;

    if (group->count == 1)
        return group->list[0] | CHILD_IS_ENTRY;
    if (group->count <= LEAF_ENTRIES)
        return list_add(tree, group);
    uint32_t at = node_add(tree);
    numbers = malloc(group->count * sizeof *numbers);
    is_made = at != SPD_NONE && numbers;
    if (is_made)
        is_made = depth < DEPTH_MAX && cut_choose(tree, group, &cut, numbers)
                      ? node_part(tree, at, group, &cut, numbers, depth)
                      : index_make(tree, at, group);
    free(numbers);
    return is_made ? at : SPD_NONE;
}

static enum family_root root_of(uint8_t family)
{
    return family == ADDRESS_IPV4 ? ROOT_IPV4 : ROOT_IPV6;
}

/* Makes the part of the tree for one family; `list` has room for all entries. */
static bool root_make(struct spd_tree *tree, size_t count, enum spd_direction direction,
                      enum family_root root, uint32_t *list)
{
    struct group group = {list, 0};

    for (uint32_t i = 0; i < count; i++) {
        const struct spd_entry *entry = &tree->entries_view[i];
        if (entry->direction & direction && root_of(entry->selector.local.first.family) == root)
            list[group.count++] = i;
    }
    tree->copies_left = COPIES_FACTOR * group.count + COPIES_MORE;
    tree->roots[root] = child_make(tree, &group, 0);
    return tree->roots[root] != SPD_NONE;
}

struct spd_tree *spd_tree_new(const struct spd_entry *entries, size_t count,
                              enum spd_direction direction)
{
    struct spd_tree *tree = calloc(1, sizeof *tree);
    struct spd_pattern *patterns = malloc((count + 1) * sizeof *patterns);
    uint32_t *list = malloc((count + 1) * sizeof *list);
    bool is_made = tree && patterns && list;

    if (is_made) {
        for (size_t i = 0; i < count; i++)
            patterns[i] = spd_pattern_of(&entries[i].selector);
        tree->entries_view = entries;
        tree->patterns_view = patterns;
        is_made = root_make(tree, count, direction, ROOT_IPV4, list) &&
                  root_make(tree, count, direction, ROOT_IPV6, list);
        tree->patterns_view = NULL;
    }
    free(patterns);
    free(list);
    if (is_made)
        return tree;
    spd_tree_free(tree);
    return NULL;
}

void spd_tree_free(struct spd_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->node_count; i++) {
        free(tree->nodes_own[i].slots_own);
        spd_index_free(tree->nodes_own[i].index_own);
    }
    free(tree->nodes_own);
    free(tree->lists_own);
    free(tree);
}

static uint32_t child_find(const struct node *node, const struct spd_key *key)
{
    struct spd_key masked = spd_key_masked(key, &node->mask);
    uint32_t hash = spd_key_hash(&masked);
    uint32_t at = hash & node->slot_mask;

    for (; node->slots_own[at].child != SPD_NONE; at = (at + 1) & node->slot_mask) {
        if (node->slots_own[at].hash == hash)
            return node->slots_own[at].child;
    }
    return node->other;
}

uint32_t spd_tree_find(const struct spd_tree *tree, enum packet_way way,
                       const struct inner_packet *packet)
{
    struct spd_key key = spd_key_of(way, packet);
    uint32_t child = tree->roots[root_of(packet->source.family)];

    while (!(child & (CHILD_IS_LIST | CHILD_IS_ENTRY))) {
        const struct node *node = &tree->nodes_own[child];
        if (node->index_own)
            return spd_index_find(node->index_own, way, packet, &key);
        child = child_find(node, &key);
    }
    if (!(child & CHILD_IS_LIST)) {
        uint32_t entry = child & ~CHILD_IS_ENTRY;
        return spd_entry_matches(&tree->entries_view[entry], way, packet) ? entry : SPD_NONE;
    }
    for (const uint32_t *entry = &tree->lists_own[child & ~CHILD_IS_LIST]; *entry != SPD_NONE;
         entry++) {
        if (spd_entry_matches(&tree->entries_view[*entry], way, packet))
            return *entry;
    }
    return SPD_NONE;
}
