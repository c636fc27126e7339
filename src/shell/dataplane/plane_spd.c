#include "dataplane/plane_spd.h"

#include <stdlib.h>

#include "policy/ruleset.h"

static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};

static const enum spd_action actions[] = {
    [IPSEC_PROTECT] = SPD_PROTECT,
    [IPSEC_BYPASS] = SPD_BYPASS,
    [IPSEC_DROP] = SPD_DROP,
};

static const enum spd_direction directions[] = {
    [IPSEC_BOTH] = SPD_BOTH,
    [IPSEC_IN] = SPD_IN,
    [IPSEC_OUT] = SPD_OUT,
};

static struct spd_icmp_range icmp_of(const struct icmp_range *range)
{
    return (struct spd_icmp_range){range->is_given, range->low, range->high};
}

static bool entry_of(const struct ipsec_entry *entry, enum address_family family,
                     struct spd_entry *out)
{
    *out = (struct spd_entry){
        .icmp_type = icmp_of(&entry->icmp_type),
        .icmp_code = icmp_of(&entry->icmp_code),
        .action = actions[ipsec_entry_action(entry)],
        .direction = directions[entry->direction],
        .reqid = entry->reqid,
    };
    return ipsec_entry_selector(entry, family, &out->selector);
}

enum status plane_spd_new(const struct ruleset *rules, struct spd **out)
{
    size_t entry_count = ruleset_entry_count(rules);
    struct spd_entry *entries = calloc(COUNT(families) * entry_count + 1, sizeof *entries);
    size_t count = 0;
    enum status status;

    if (!entries)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < entry_count; i++)
        for (size_t f = 0; f < COUNT(families); f++)
            if (entry_of(ruleset_entry(rules, i), families[f], &entries[count]))
                count++;
    status = spd_new(entries, count, out);
    free(entries);
    return status;
}
