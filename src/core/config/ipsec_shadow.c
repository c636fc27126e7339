#include <stdlib.h>

#include "config/ipsec_draft_private.h"

/* Each entry is held against each before it: more than this would make loading slow. */
#define SHADOW_ENTRIES_MOST 2000u

static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
static const enum ipsec_direction ways[] = {IPSEC_IN, IPSEC_OUT};

static bool goes(const struct ipsec_entry *entry, enum ipsec_direction way)
{
    return entry->direction == IPSEC_BOTH || entry->direction == way;
}

static bool icmp_covers(const struct icmp_range *outer, const struct icmp_range *inner)
{
    return !outer->is_given ||
           (inner->is_given && inner->low >= outer->low && inner->high <= outer->high);
}

/* Whether everything of `inner` of that family and way is `outer`'s too. */
static bool covers(const struct ipsec_entry *outer, const struct ipsec_entry *inner,
                   enum address_family family, enum ipsec_direction way)
{
    struct selector wide;
    struct selector narrow;

    return goes(outer, way) && ipsec_entry_selector(outer, family, &wide) &&
           ipsec_entry_selector(inner, family, &narrow) && selector_covers(&wide, &narrow) &&
           icmp_covers(&outer->icmp_type, &inner->icmp_type) &&
           icmp_covers(&outer->icmp_code, &inner->icmp_code) &&
           (outer->interface[0] == '\0' || strcmp(outer->interface, inner->interface) == 0) &&
           ipsec_entry_is_tunnel(outer) == ipsec_entry_is_tunnel(inner);
}

/* The first entry that hides it in one family and way; NULL: none. */
static const struct ipsec_entry *hider_of(const struct ipsec_entry *const *order, size_t place,
                                          enum address_family family, enum ipsec_direction way)
{
    for (size_t i = 0; i < place; i++) {
        if (covers(order[i], order[place], family, way))
            return order[i];
    }
    return NULL;
}

/* The one hider that is named, of all families and ways that the entry has; NULL: it can match. */
static const struct ipsec_entry *shadow_of(const struct ipsec_entry *const *order, size_t place)
{
    const struct ipsec_entry *named = NULL;
    struct selector selector;

    for (size_t f = 0; f < COUNT(families); f++) {
        if (!ipsec_entry_selector(order[place], families[f], &selector))
            continue;
        for (size_t w = 0; w < COUNT(ways); w++) {
            const struct ipsec_entry *hider;

            if (!goes(order[place], ways[w]))
                continue;
            hider = hider_of(order, place, families[f], ways[w]);
            if (!hider)
                return NULL;
            named = named ? named : hider;
        }
    }
    return named;
}

void ipsec_shadow_check(struct ipsec_parser *parser)
{
    const struct ipsec_policy *policy = parser->policy;
    const struct ipsec_entry **order;

    if (policy->entry_count > SHADOW_ENTRIES_MOST) {
        config_errors_add(parser->lexer.errors, CONFIG_NOTE,
                          (struct position){.file_view = policy->file_own},
                          "over %u entries: it was not looked which of them can never match",
                          SHADOW_ENTRIES_MOST);
        return;
    }
    order = calloc(policy->entry_count + 1, sizeof *order);
    if (!order) {
        parser->is_out_of_memory = true;
        return;
    }
    ipsec_policy_order(policy, order);
    for (size_t i = 1; i < policy->entry_count; i++) {
        const struct ipsec_entry *hider = shadow_of(order, i);

        if (hider && hider->index != order[i]->index)
            config_errors_add(parser->lexer.errors, CONFIG_WARNING, order[i]->at,
                              "the entry never matches: all of it is held by entries that come "
                              "first, as that of line %u",
                              hider->at.line);
    }
    free(order);
}
