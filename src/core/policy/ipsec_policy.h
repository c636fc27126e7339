#ifndef ENTENTE_POLICY_IPSEC_POLICY_H
#define ENTENTE_POLICY_IPSEC_POLICY_H

#include "policy/ipsec_entry.h"

/* An entry as it was typed, with its comments: what bare `ipsecconf` prints. */
struct ipsec_typed {
    uint32_t index;                       /* from 1: that of its first SPD entry */
    char tunnel[IPSEC_TUNNEL_NAME_BYTES]; /* as its SPD entries have it */
    char *text_own;                       /* lines, the last one ends in a newline */
};

/* The plane in which the kernel holds the policy and does ESP and AH. */
#define IPSEC_PLANE_XFRM "xfrm"

/*
 * The IPsec policy that is loaded or to be loaded: typed entries and what came of them. Plain data
 * on the heap; the two arrays are in order of addition, the entries of one typed entry together. A
 * typed entry without any waits for its tunnel device.
 */
struct ipsec_policy {
    char plane[16]; /* "user", IPSEC_PLANE_XFRM; "": not said */
    char *file_own; /* what positions name */
    struct ipsec_typed *typed_own;
    size_t typed_count;
    struct ipsec_entry *entries_own;
    size_t entry_count;
    uint32_t *slots_own; /* hash of patterns: place in entries_own + 1; 0: free */
    size_t slot_count;   /* power of two */
};

struct ipsec_policy *ipsec_policy_new(const char *file); /* NULL without memory */
void ipsec_policy_free(struct ipsec_policy *policy);

#define IPSEC_ENTRIES_MOST 10000u

/* Appends copies. LIMIT (past IPSEC_ENTRIES_MOST) and NO_MEMORY leave it as it was. */
enum status ipsec_policy_add_typed(struct ipsec_policy *policy, uint32_t index, const char *tunnel,
                                   struct view text);
enum status ipsec_policy_add_entry(struct ipsec_policy *policy, const struct ipsec_entry *entry);

/* The entry with the same pattern; NULL: none. */
const struct ipsec_entry *ipsec_policy_find(const struct ipsec_policy *policy,
                                            const struct ipsec_entry *like);

/* The entry that says the same in every word, numbers apart; NULL: none. */
const struct ipsec_entry *ipsec_policy_find_same(const struct ipsec_policy *policy,
                                                 const struct ipsec_entry *like);

/* The highest #INDEX or SPD number, and the highest reqid; 0: there are none. */
void ipsec_policy_highest(const struct ipsec_policy *policy, uint32_t *index, uint32_t *reqid);

/*
 * Adds what `from` has, with new #INDEX numbers and reqids after the highest in `policy`; entries
 * whose pattern is there already are left out and `duplicate` (may be NULL) hears of each. A typed
 * entry of which nothing but duplicates came is left out too. Returns STATUS_OK, or LIMIT or
 * NO_MEMORY (unchanged).
 */
typedef void ipsec_duplicate_fn(void *arg, const struct ipsec_entry *left_out);
enum status ipsec_policy_merge(struct ipsec_policy *policy, const struct ipsec_policy *from,
                               ipsec_duplicate_fn *duplicate, void *arg);

/*
 * Removes one SPD entry of the host (tunnel "") or of a tunnel, and what was typed with the last
 * one that came of it; ABSENT when there is none with that index.
 */
enum status ipsec_policy_remove(struct ipsec_policy *policy, const char *tunnel,
                                uint32_t spd_index);

/* Removes host policy (tunnel ""), one tunnel's, or all of it (tunnel NULL). */
void ipsec_policy_flush(struct ipsec_policy *policy, const char *tunnel);

/*
 * Pointers to all entries in match order: class, then order of addition. `out` has room for
 * entry_count.
 */
void ipsec_policy_order(const struct ipsec_policy *policy, const struct ipsec_entry **out);

#endif
