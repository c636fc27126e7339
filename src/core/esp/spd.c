#include "esp/spd.h"

#include <stdlib.h>

#include "esp/spd_tree_private.h"

struct spd {
    struct spd_tree *out_own;
    struct spd_tree *in_own;
    size_t entry_count;
    struct spd_entry entries[];
};

enum status spd_new(const struct spd_entry *entries, size_t count, struct spd **out)
{
    struct spd *spd = NULL;

    if (count > (SIZE_MAX - sizeof *spd) / sizeof *entries || count >= SPD_ENTRIES_MAX)
        return STATUS_NO_MEMORY;
    spd = calloc(1, sizeof *spd + count * sizeof *entries);
    if (!spd)
        return STATUS_NO_MEMORY;
    spd->entry_count = count;
    if (count > 0)
        memcpy(spd->entries, entries, count * sizeof *entries);
    spd->out_own = spd_tree_new(spd->entries, count, SPD_OUT);
    spd->in_own = spd_tree_new(spd->entries, count, SPD_IN);
    if (!spd->out_own || !spd->in_own) {
        spd_free(spd);
        return STATUS_NO_MEMORY;
    }
    *out = spd;
    return STATUS_OK;
}

void spd_free(struct spd *spd)
{
    if (!spd)
        return;
    spd_tree_free(spd->out_own);
    spd_tree_free(spd->in_own);
    free(spd);
}

const struct spd_entry *spd_find(const struct spd *spd, enum packet_way way,
                                 const struct inner_packet *packet)
{
    const struct spd_tree *tree = way == PACKET_OUTBOUND ? spd->out_own : spd->in_own;
    uint32_t entry = spd_tree_find(tree, way, packet);

    return entry < spd->entry_count ? &spd->entries[entry] : NULL;
}
