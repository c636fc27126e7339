#include "policy/ipsec_policy.h"

#include <stdio.h>
#include <stdlib.h>

struct ipsec_policy *ipsec_policy_new(const char *file)
{
    struct ipsec_policy *policy = calloc(1, sizeof *policy);

    if (!policy)
        return NULL;
    policy->file_own = strdup(file);
    if (!policy->file_own) {
        free(policy);
        return NULL;
    }
    return policy;
}

void ipsec_policy_free(struct ipsec_policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->typed_count; i++)
        free(policy->typed_own[i].text_own);
    free(policy->typed_own);
    free(policy->entries_own);
    free(policy->slots_own);
    free(policy->file_own);
    free(policy);
}

/* Room for one more row of an array that doubles at each power of two; NULL without memory. */
static void *array_grow(void *rows, size_t count, size_t row_bytes)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return rows;
    return realloc(rows, (count > 0 ? 2 * count : 1) * row_bytes);
}

enum status ipsec_policy_add_typed(struct ipsec_policy *policy, uint32_t index, const char *tunnel,
                                   struct view text)
{
    char *copy = view_to_text(text);
    struct ipsec_typed *rows;

    rows = copy ? array_grow(policy->typed_own, policy->typed_count, sizeof *rows) : NULL;
    if (!rows) {
        free(copy);
        return STATUS_NO_MEMORY;
    }
    policy->typed_own = rows;
    rows[policy->typed_count] = (struct ipsec_typed){.index = index, .text_own = copy};
    (void)snprintf(rows[policy->typed_count].tunnel, IPSEC_TUNNEL_NAME_BYTES, "%s", tunnel);
    policy->typed_count++;
    return STATUS_OK;
}

static void hash_octets(uint64_t *hash, const void *octets, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *hash = (*hash ^ ((const uint8_t *)octets)[i]) * 0x100000001b3u; /* FNV-1a */
}

static void hash_range(uint64_t *hash, const struct address_range *range)
{
    hash_octets(hash, &range->first.family, sizeof range->first.family);
    hash_octets(hash, range->first.octets, sizeof range->first.octets);
    hash_octets(hash, range->last.octets, sizeof range->last.octets);
}

/* Of what makes two patterns differ most; ipsec_entry_same_pattern decides. */
static uint64_t pattern_hash(const struct ipsec_entry *entry)
{
    const struct selector *pattern = &entry->pattern;
    uint64_t hash = 0xcbf29ce484222325u;

    hash_range(&hash, &pattern->local);
    hash_range(&hash, &pattern->remote);
    hash_octets(&hash, &pattern->protocol, sizeof pattern->protocol);
    hash_octets(&hash, &pattern->local_port, sizeof pattern->local_port);
    hash_octets(&hash, &pattern->remote_port, sizeof pattern->remote_port);
    hash_octets(&hash, &entry->icmp_type.low, sizeof entry->icmp_type.low);
    hash_octets(&hash, entry->tunnel, strlen(entry->tunnel));
    hash_octets(&hash, entry->interface, strlen(entry->interface));
    return hash ^ hash >> 32;
}

static void slot_take(struct ipsec_policy *policy, size_t place)
{
    size_t slot = pattern_hash(&policy->entries_own[place]) & (policy->slot_count - 1);

    while (policy->slots_own[slot] != 0)
        slot = (slot + 1) & (policy->slot_count - 1);
    policy->slots_own[slot] = (uint32_t)place + 1;
}

/* At most half of the slots are taken. */
static bool slots_fit(struct ipsec_policy *policy, size_t entry_count)
{
    size_t slot_count = policy->slot_count > 0 ? policy->slot_count : 16;
    uint32_t *slots;

    if (2 * entry_count <= policy->slot_count)
        return true;
    while (slot_count < 2 * entry_count)
        slot_count *= 2;
    slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    free(policy->slots_own);
    policy->slots_own = slots;
    policy->slot_count = slot_count;
    for (size_t i = 0; i < policy->entry_count; i++)
        slot_take(policy, i);
    return true;
}

/* After entries were taken out: places have moved. */
static void slots_renew(struct ipsec_policy *policy)
{
    if (policy->slot_count > 0)
        memset(policy->slots_own, 0, policy->slot_count * sizeof *policy->slots_own);
    for (size_t i = 0; i < policy->entry_count; i++)
        slot_take(policy, i);
}

enum status ipsec_policy_add_entry(struct ipsec_policy *policy, const struct ipsec_entry *entry)
{
    struct ipsec_entry *rows;

    if (policy->entry_count >= IPSEC_ENTRIES_MOST)
        return STATUS_LIMIT;
    rows = array_grow(policy->entries_own, policy->entry_count, sizeof *rows);
    if (!rows)
        return STATUS_NO_MEMORY;
    policy->entries_own = rows;
    if (!slots_fit(policy, policy->entry_count + 1))
        return STATUS_NO_MEMORY;
    rows[policy->entry_count] = *entry;
    rows[policy->entry_count].at.file_view = policy->file_own;
    slot_take(policy, policy->entry_count);
    policy->entry_count++;
    return STATUS_OK;
}

const struct ipsec_entry *ipsec_policy_find(const struct ipsec_policy *policy,
                                            const struct ipsec_entry *like)
{
    size_t slot;

    if (policy->slot_count == 0)
        return NULL;
    slot = pattern_hash(like) & (policy->slot_count - 1);
    for (; policy->slots_own[slot] != 0; slot = (slot + 1) & (policy->slot_count - 1)) {
        const struct ipsec_entry *entry = &policy->entries_own[policy->slots_own[slot] - 1];

        if (ipsec_entry_same_pattern(entry, like))
            return entry;
    }
    return NULL;
}

const struct ipsec_entry *ipsec_policy_find_same(const struct ipsec_policy *policy,
                                                 const struct ipsec_entry *like)
{
    const struct ipsec_entry *found = ipsec_policy_find(policy, like);
    char found_text[IPSEC_ENTRY_TEXT_BYTES];
    char like_text[IPSEC_ENTRY_TEXT_BYTES];
    struct text text = text_over(found_text, sizeof found_text);

    if (!found)
        return NULL;
    ipsec_entry_text(found, NULL, &text);
    text = text_over(like_text, sizeof like_text);
    ipsec_entry_text(like, NULL, &text);
    return strcmp(found_text, like_text) == 0 ? found : NULL;
}

/* The highest numbers in use. */
void ipsec_policy_highest(const struct ipsec_policy *policy, uint32_t *index, uint32_t *reqid)
{
    *index = 0;
    *reqid = 0;
    for (size_t i = 0; i < policy->typed_count; i++)
        if (policy->typed_own[i].index > *index)
            *index = policy->typed_own[i].index;
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (policy->entries_own[i].spd_index > *index)
            *index = policy->entries_own[i].spd_index;
        if (policy->entries_own[i].reqid > *reqid)
            *reqid = policy->entries_own[i].reqid;
    }
}

static void policy_cut(struct ipsec_policy *policy, size_t typed_count, size_t entry_count)
{
    for (size_t i = typed_count; i < policy->typed_count; i++)
        free(policy->typed_own[i].text_own);
    policy->typed_count = typed_count;
    policy->entry_count = entry_count;
    slots_renew(policy);
}

struct merging {
    struct ipsec_policy *policy;
    const struct ipsec_policy *from;
    size_t place; /* in from->entries_own */
    uint32_t index, reqid;
    ipsec_duplicate_fn *duplicate;
    void *arg;
};

/* Adds one typed entry and what came of it, if that is anything else than duplicates. */
static enum status merge_typed(struct merging *merging, const struct ipsec_typed *typed)
{
    struct ipsec_policy *policy = merging->policy;
    const struct ipsec_policy *from = merging->from;
    size_t before = policy->entry_count;
    uint32_t first = merging->index + 1;
    bool is_waiting = true;
    enum status status;

    for (; merging->place < from->entry_count &&
           from->entries_own[merging->place].index == typed->index;
         merging->place++) {
        struct ipsec_entry entry = from->entries_own[merging->place];

        is_waiting = false;
        if (ipsec_policy_find(policy, &entry)) {
            if (merging->duplicate)
                merging->duplicate(merging->arg, &from->entries_own[merging->place]);
            continue;
        }
        entry.index = first;
        entry.spd_index = ++merging->index;
        entry.reqid = ++merging->reqid;
        status = ipsec_policy_add_entry(policy, &entry);
        if (status != STATUS_OK)
            return status;
    }
    if (policy->entry_count == before && !is_waiting)
        return STATUS_OK;
    merging->index = merging->index < first ? first : merging->index;
    return ipsec_policy_add_typed(policy, first, typed->tunnel, view_of_text(typed->text_own));
}

enum status ipsec_policy_merge(struct ipsec_policy *policy, const struct ipsec_policy *from,
                               ipsec_duplicate_fn *duplicate, void *arg)
{
    struct merging merging = {
        .policy = policy,
        .from = from,
        .duplicate = duplicate,
        .arg = arg,
    };
    size_t typed_count = policy->typed_count;
    size_t entry_count = policy->entry_count;

    ipsec_policy_highest(policy, &merging.index, &merging.reqid);
    for (size_t i = 0; i < from->typed_count; i++) {
        enum status status = merge_typed(&merging, &from->typed_own[i]);

        if (status != STATUS_OK) {
            policy_cut(policy, typed_count, entry_count);
            return status;
        }
    }
    return STATUS_OK;
}

static void remove_typed(struct ipsec_policy *policy, uint32_t index)
{
    size_t kept = 0;

    for (size_t i = 0; i < policy->typed_count; i++) {
        if (policy->typed_own[i].index == index)
            free(policy->typed_own[i].text_own);
        else
            policy->typed_own[kept++] = policy->typed_own[i];
    }
    policy->typed_count = kept;
}

static bool is_of_typed(const struct ipsec_policy *policy, size_t place, uint32_t index)
{
    return place < policy->entry_count && policy->entries_own[place].index == index;
}

enum status ipsec_policy_remove(struct ipsec_policy *policy, const char *tunnel, uint32_t spd_index)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        uint32_t index = policy->entries_own[i].index;

        if (policy->entries_own[i].spd_index != spd_index ||
            strcmp(policy->entries_own[i].tunnel, tunnel) != 0)
            continue;
        memmove(&policy->entries_own[i], &policy->entries_own[i + 1],
                (policy->entry_count - i - 1) * sizeof policy->entries_own[0]);
        policy->entry_count--;
        slots_renew(policy);
        if (!is_of_typed(policy, i, index) && !(i > 0 && is_of_typed(policy, i - 1, index)))
            remove_typed(policy, index);
        return STATUS_OK;
    }
    return STATUS_ABSENT;
}

void ipsec_policy_flush(struct ipsec_policy *policy, const char *tunnel)
{
    size_t typed_kept = 0;
    size_t kept = 0;

    for (size_t i = 0; i < policy->typed_count; i++) {
        if (!tunnel || strcmp(policy->typed_own[i].tunnel, tunnel) == 0)
            free(policy->typed_own[i].text_own);
        else
            policy->typed_own[typed_kept++] = policy->typed_own[i];
    }
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (tunnel && strcmp(policy->entries_own[i].tunnel, tunnel) != 0)
            policy->entries_own[kept++] = policy->entries_own[i];
    }
    policy->typed_count = typed_kept;
    policy->entry_count = kept;
    slots_renew(policy);
}

void ipsec_policy_order(const struct ipsec_policy *policy, const struct ipsec_entry **out)
{
    size_t count = 0;

    for (int precedence = PRECEDENCE_BYPASS; precedence <= PRECEDENCE_DROP; precedence++) {
        for (size_t i = 0; i < policy->entry_count; i++) {
            if ((int)ipsec_entry_precedence(&policy->entries_own[i]) == precedence)
                out[count++] = &policy->entries_own[i];
        }
    }
}
