#include "policy/ruleset.h"

#include <stdlib.h>

#include "registry/notify.h"

struct ruleset {
    size_t holds;
    struct ike_rules *rules_own;
    struct ipsec_policy *policy_own;
    struct credential_index *index_ref;
    struct cert_store *certificates_ref;  /* NULL: none */
    const struct ipsec_entry **order_own; /* of policy_own, in match order */
    const struct ipsec_entry **by_reqid;  /* the same by reqid, in the same memory behind them */
    size_t entry_count;
    bool uses_ah; /* some entry does */
};

static struct credential_index *hold_or_null(struct credential_index *index)
{
    return index ? credential_index_hold(index) : NULL;
}

/*
 * Entries that know a device and not its addresses are the data plane's alone: a peer must not get
 * an SA for an address of another device.
 */
static size_t leave_out_devices(const struct ipsec_entry **order, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct address_range *local = &order[i]->pattern.local;

        if (order[i]->interface[0] == '\0' ||
            (local->first.family != ADDRESS_NONE && address_equal(&local->first, &local->last)))
            order[kept++] = order[i];
    }
    return kept;
}

/* Of two with one reqid the first of the file is the first here too. */
static int reqid_compare(const void *a, const void *b)
{
    const struct ipsec_entry *first = *(const struct ipsec_entry *const *)a;
    const struct ipsec_entry *second = *(const struct ipsec_entry *const *)b;

    if (first->reqid != second->reqid)
        return first->reqid < second->reqid ? -1 : 1;
    return first < second ? -1 : first > second;
}

static void reqids_sort(const struct ipsec_entry **order, size_t count,
                        const struct ipsec_entry **out)
{
    memcpy(out, order, count * sizeof *out);
    qsort(out, count, sizeof *out, reqid_compare);
}

struct ruleset *ruleset_new_take(struct ike_rules *rules, struct ipsec_policy *policy,
                                 struct credential_index *index)
{
    struct ipsec_policy *whole = policy ? policy : ipsec_policy_new("");
    struct ruleset *ruleset = calloc(1, sizeof *ruleset);
    const struct ipsec_entry **order = NULL;
    size_t count;
    bool uses_ah = false;

    if (whole)
        order = calloc(2 * whole->entry_count + 1, sizeof *order);
    if (!whole || !ruleset || !order) {
        if (!policy)
            ipsec_policy_free(whole);
        free(ruleset);
        free(order);
        return NULL;
    }
    ipsec_policy_order(whole, order);
    count = leave_out_devices(order, whole->entry_count);
    reqids_sort(order, count, order + whole->entry_count);
    for (size_t i = 0; i < count; i++)
        uses_ah = uses_ah || ipsec_entry_uses_ah(order[i]);
    *ruleset = (struct ruleset){
        .holds = 1,
        .rules_own = rules,
        .policy_own = whole,
        .index_ref = hold_or_null(index),
        .order_own = order,
        .entry_count = count,
        .by_reqid = order + whole->entry_count,
        .uses_ah = uses_ah,
    };
    return ruleset;
}

void ruleset_set_certificates(struct ruleset *ruleset, struct cert_store *certificates)
{
    cert_store_drop(ruleset->certificates_ref);
    ruleset->certificates_ref = certificates ? cert_store_hold(certificates) : NULL;
}

struct ruleset *ruleset_hold(struct ruleset *ruleset)
{
    ruleset->holds++;
    return ruleset;
}

void ruleset_drop(struct ruleset *ruleset)
{
    if (!ruleset || --ruleset->holds > 0)
        return;
    free(ruleset->order_own);
    ike_rules_free(ruleset->rules_own);
    ipsec_policy_free(ruleset->policy_own);
    credential_index_drop(ruleset->index_ref);
    cert_store_drop(ruleset->certificates_ref);
    free(ruleset);
}

const struct ike_globals *ruleset_globals(const struct ruleset *ruleset)
{
    return &ruleset->rules_own->globals;
}

const char *ruleset_config_file(const struct ruleset *ruleset)
{
    return ruleset->rules_own->file;
}

size_t ruleset_rule_count(const struct ruleset *ruleset)
{
    return ruleset->rules_own->rule_count;
}

const struct ike_rule *ruleset_rule(const struct ruleset *ruleset, size_t i)
{
    return i < ruleset->rules_own->rule_count ? &ruleset->rules_own->rules[i] : NULL;
}

const struct ike_rule *ruleset_rule_by_label(const struct ruleset *ruleset, const char *label)
{
    for (size_t i = 0; i < ruleset->rules_own->rule_count; i++) {
        if (strcmp(ruleset->rules_own->rules[i].label, label) == 0)
            return &ruleset->rules_own->rules[i];
    }
    return NULL;
}

const struct credential_index *ruleset_credentials(const struct ruleset *ruleset)
{
    return ruleset->index_ref;
}

const struct cert_store *ruleset_certificates(const struct ruleset *ruleset)
{
    return ruleset->certificates_ref;
}

const struct ipsec_policy *ruleset_policy(const struct ruleset *ruleset)
{
    return ruleset->policy_own;
}

size_t ruleset_entry_count(const struct ruleset *ruleset)
{
    return ruleset->entry_count;
}

const struct ipsec_entry *ruleset_entry(const struct ruleset *ruleset, size_t i)
{
    return i < ruleset->entry_count ? ruleset->order_own[i] : NULL;
}

const struct ipsec_entry *ruleset_entry_by_reqid(const struct ruleset *ruleset, uint32_t reqid)
{
    size_t first = 0;
    size_t end = ruleset->entry_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (ruleset->by_reqid[middle]->reqid < reqid)
            first = middle + 1;
        else
            end = middle;
    }
    return first < ruleset->entry_count && ruleset->by_reqid[first]->reqid == reqid
               ? ruleset->by_reqid[first]
               : NULL;
}

bool ruleset_wants_ah(const struct ruleset *ruleset, const struct address *local,
                      const struct address *remote)
{
    const struct ipsec_policy *policy = ruleset->policy_own;

    for (size_t i = 0; ruleset->uses_ah && i < policy->entry_count; i++) {
        if (ipsec_entry_uses_ah(&policy->entries_own[i]) &&
            ipsec_entry_is_between(&policy->entries_own[i], local, remote))
            return true;
    }
    return false;
}

const struct ipsec_entry *ruleset_entry_of_reqid(const struct ruleset *ruleset, uint32_t reqid,
                                                 const struct selector *within)
{
    enum address_family family = (enum address_family)within->local.first.family;
    struct selector whole;

    for (size_t i = 0; i < ruleset->entry_count; i++) {
        const struct ipsec_entry *entry = ruleset->order_own[i];

        if (entry->reqid == reqid && ipsec_entry_selector(entry, family, &whole) &&
            selector_covers(&whole, within))
            return entry;
    }
    return NULL;
}

const struct ike_rule *ruleset_nearest_rule(const struct ruleset *ruleset,
                                            const struct address *local,
                                            const struct address *remote)
{
    const struct ike_rule *by_local = NULL;

    for (size_t i = 0; i < ruleset->rules_own->rule_count; i++) {
        const struct ike_rule *rule = &ruleset->rules_own->rules[i];

        if (ike_rule_holds_remote(rule, remote))
            return rule; /* it knows the peer: what misses is our own address */
        if (!by_local && ike_rule_holds_local(rule, local))
            by_local = rule;
    }
    return by_local;
}

const struct ike_rule *ruleset_rule_for_initiator(const struct ruleset *ruleset,
                                                  const struct address *local,
                                                  const struct address *remote,
                                                  struct refusal *refusal)
{
    for (size_t i = 0; i < ruleset->rules_own->rule_count; i++) {
        if (ike_rule_holds(&ruleset->rules_own->rules[i], local, remote))
            return &ruleset->rules_own->rules[i];
    }
    *refusal = (struct refusal){
        .reason = REFUSAL_NO_RULE,
        .local = *local,
        .peer = *remote,
        .exchange_view = "main mode",
        .config_view = ruleset->rules_own->file,
        .nearest = ruleset_nearest_rule(ruleset, local, remote),
        .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
    };
    if (refusal->nearest) {
        bool misses_local = ike_rule_holds_remote(refusal->nearest, remote);

        refusal->edit = misses_local ? refusal->nearest->local.at : refusal->nearest->remote.at;
    }
    return NULL;
}

static bool ranges_equal(const struct address_ranges *a, const struct address_ranges *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!address_range_equal(&a->items[i], &b->items[i]))
            return false;
    }
    return true;
}

static bool transforms_equal(const struct ike_rule *a, const struct ike_rule *b)
{
    if (a->transform_count != b->transform_count)
        return false;
    for (size_t i = 0; i < a->transform_count; i++) {
        const struct ike_transform *x = &a->transforms[i];
        const struct ike_transform *y = &b->transforms[i];

        if (x->cipher != y->cipher || x->hash != y->hash || x->group != y->group ||
            x->method != y->method || x->low_bits != y->low_bits || x->high_bits != y->high_bits ||
            x->lifetime_s != y->lifetime_s)
            return false;
    }
    return true;
}

const struct ike_rule *ruleset_equal_rule(const struct ruleset *ruleset,
                                          const struct ike_rule *rule)
{
    const struct ike_rule *same = ruleset_rule_by_label(ruleset, rule->label);

    if (!same || !ranges_equal(&same->local, &rule->local) ||
        !ranges_equal(&same->remote, &rule->remote) || !transforms_equal(same, rule))
        return NULL;
    return same;
}

const struct ipsec_entry *ruleset_entry_for(const struct ruleset *ruleset,
                                            const struct selector *packet, int type, int code)
{
    for (size_t i = 0; i < ruleset->entry_count; i++) {
        if (ipsec_entry_holds(ruleset->order_own[i], packet, type, code))
            return ruleset->order_own[i];
    }
    return NULL;
}

static bool is_legacy(const struct transform *row)
{
    return row && row->flags & TRANSFORM_LEGACY;
}

bool ruleset_names_legacy(const struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset_rule_count(ruleset); i++) {
        const struct ike_rule *rule = ruleset_rule(ruleset, i);

        for (size_t k = 0; k < rule->transform_count; k++)
            if (is_legacy(rule->transforms[k].cipher))
                return true;
    }
    for (size_t i = 0; i < ruleset_entry_count(ruleset); i++) {
        const struct ipsec_entry *entry = ruleset_entry(ruleset, i);

        for (size_t k = 0; k < entry->alternative_count; k++)
            if (is_legacy(entry->alternatives[k].esp_cipher.row))
                return true;
    }
    return false;
}
