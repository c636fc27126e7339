#include "esp/spd.h"

#include <stdlib.h>

struct spd {
    size_t entry_count;
    struct spd_entry entries[];
};

enum status spd_new(const struct spd_entry *entries, size_t count, struct spd **out)
{
    struct spd *spd = NULL;

    if (count > (SIZE_MAX - sizeof *spd) / sizeof *entries)
        return STATUS_NO_MEMORY;
    spd = malloc(sizeof *spd + count * sizeof *entries);
    if (!spd)
        return STATUS_NO_MEMORY;
    spd->entry_count = count;
    if (count > 0)
        memcpy(spd->entries, entries, count * sizeof *entries);
    *out = spd;
    return STATUS_OK;
}

void spd_free(struct spd *spd)
{
    free(spd);
}

static bool icmp_matches(const struct inner_packet *packet, const struct spd_entry *entry)
{
    const struct spd_icmp_range *type = &entry->icmp_type;
    const struct spd_icmp_range *code = &entry->icmp_code;

    if (!type->is_set && !code->is_set)
        return true;
    return packet->has_icmp &&
           (!type->is_set ||
            (packet->icmp_type >= type->first && packet->icmp_type <= type->last)) &&
           (!code->is_set || (packet->icmp_code >= code->first && packet->icmp_code <= code->last));
}

const struct spd_entry *spd_find(const struct spd *spd, enum packet_way way,
                                 const struct inner_packet *packet)
{
    unsigned direction = way == PACKET_OUTBOUND ? SPD_OUT : SPD_IN;

    for (size_t i = 0; i < spd->entry_count; i++) {
        const struct spd_entry *entry = &spd->entries[i];
        if (entry->direction & direction && inner_packet_matches(packet, way, &entry->selector) &&
            icmp_matches(packet, entry))
            return entry;
    }
    return NULL;
}
