#include "policy/ipsec_policy.h"

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

enum status ipsec_policy_add_typed(struct ipsec_policy *policy, uint32_t index, struct view text)
{
    char *copy = view_to_text(text);
    struct ipsec_typed *rows;

    rows = copy ? array_grow(policy->typed_own, policy->typed_count, sizeof *rows) : NULL;
    if (!rows) {
        free(copy);
        return STATUS_NO_MEMORY;
    }
    policy->typed_own = rows;
    rows[policy->typed_count++] = (struct ipsec_typed){index, copy};
    return STATUS_OK;
}

enum status ipsec_policy_add_entry(struct ipsec_policy *policy, const struct ipsec_entry *entry)
{
    struct ipsec_entry *rows = array_grow(policy->entries_own, policy->entry_count, sizeof *rows);

    if (!rows)
        return STATUS_NO_MEMORY;
    policy->entries_own = rows;
    rows[policy->entry_count] = *entry;
    rows[policy->entry_count].at.file_view = policy->file_own;
    policy->entry_count++;
    return STATUS_OK;
}

const struct ipsec_entry *ipsec_policy_find(const struct ipsec_policy *policy,
                                            const struct ipsec_entry *like)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (ipsec_entry_same_pattern(&policy->entries_own[i], like))
            return &policy->entries_own[i];
    }
    return NULL;
}

static uint32_t highest_index(const struct ipsec_policy *policy)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < policy->typed_count; i++) {
        if (policy->typed_own[i].index > highest)
            highest = policy->typed_own[i].index;
    }
    return highest;
}

static uint32_t highest_reqid(const struct ipsec_policy *policy)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < policy->entry_count; i++) {
        if (policy->entries_own[i].reqid > highest)
            highest = policy->entries_own[i].reqid;
    }
    return highest;
}

static void policy_cut(struct ipsec_policy *policy, size_t typed_count, size_t entry_count)
{
    for (size_t i = typed_count; i < policy->typed_count; i++)
        free(policy->typed_own[i].text_own);
    policy->typed_count = typed_count;
    policy->entry_count = entry_count;
}

/* Adds what came of one typed entry; *added says how many were no duplicates. */
static enum status merge_entries(struct ipsec_policy *policy, const struct ipsec_policy *from,
                                 const struct ipsec_typed *typed, uint32_t index,
                                 ipsec_duplicate_fn *duplicate, void *arg)
{
    uint32_t reqid = highest_reqid(policy);
    size_t before = policy->entry_count;
    enum status status;

    for (size_t i = 0; i < from->entry_count; i++) {
        struct ipsec_entry entry = from->entries_own[i];

        if (entry.index != typed->index)
            continue;
        if (ipsec_policy_find(policy, &entry)) {
            if (duplicate)
                duplicate(arg, &from->entries_own[i]);
            continue;
        }
        entry.index = index;
        entry.reqid = ++reqid;
        status = ipsec_policy_add_entry(policy, &entry);
        if (status != STATUS_OK)
            return status;
    }
    if (policy->entry_count == before)
        return STATUS_OK;
    return ipsec_policy_add_typed(policy, index, view_of_text(typed->text_own));
}

enum status ipsec_policy_merge(struct ipsec_policy *policy, const struct ipsec_policy *from,
                               ipsec_duplicate_fn *duplicate, void *arg)
{
    size_t typed_count = policy->typed_count;
    size_t entry_count = policy->entry_count;
    uint32_t index = highest_index(policy);

    for (size_t i = 0; i < from->typed_count; i++) {
        size_t typed_before = policy->typed_count;
        enum status status =
            merge_entries(policy, from, &from->typed_own[i], index + 1, duplicate, arg);

        if (status != STATUS_OK) {
            policy_cut(policy, typed_count, entry_count);
            return status;
        }
        if (policy->typed_count > typed_before)
            index++;
    }
    return STATUS_OK;
}

static void remove_typed_at(struct ipsec_policy *policy, size_t i)
{
    free(policy->typed_own[i].text_own);
    memmove(&policy->typed_own[i], &policy->typed_own[i + 1],
            (policy->typed_count - i - 1) * sizeof policy->typed_own[0]);
    policy->typed_count--;
}

static void remove_entries_of(struct ipsec_policy *policy, uint32_t index)
{
    size_t kept = 0;

    for (size_t i = 0; i < policy->entry_count; i++) {
        if (policy->entries_own[i].index != index)
            policy->entries_own[kept++] = policy->entries_own[i];
    }
    policy->entry_count = kept;
}

enum status ipsec_policy_remove(struct ipsec_policy *policy, uint32_t index)
{
    for (size_t i = 0; i < policy->typed_count; i++) {
        if (policy->typed_own[i].index != index)
            continue;
        remove_typed_at(policy, i);
        remove_entries_of(policy, index);
        return STATUS_OK;
    }
    return STATUS_ABSENT;
}

static const char *tunnel_of(const struct ipsec_policy *policy, uint32_t index)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (policy->entries_own[i].index == index)
            return policy->entries_own[i].tunnel;
    }
    return "";
}

void ipsec_policy_flush(struct ipsec_policy *policy, const char *tunnel)
{
    for (size_t i = policy->typed_count; i > 0; i--) {
        uint32_t index = policy->typed_own[i - 1].index;

        if (!tunnel || strcmp(tunnel_of(policy, index), tunnel) == 0) {
            remove_typed_at(policy, i - 1);
            remove_entries_of(policy, index);
        }
    }
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
