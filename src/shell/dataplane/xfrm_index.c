#include "dataplane/xfrm_index.h"

#include <stdlib.h>

#include "base/writer.h"

#define KEY_BYTES (sizeof(struct xfrm_selector) + sizeof(struct xfrm_mark) + 1)

struct xfrm_index_slot {
    struct map_entry entry;
    const struct xfrm_policy *policy_view;
    uint8_t key[KEY_BYTES];
};

static void key_of(const struct xfrm_policy *policy, uint8_t out[KEY_BYTES])
{
    struct writer writer = writer_over(out, KEY_BYTES);

    writer_u8(&writer, policy->info.dir);
    writer_view(&writer, view_of(&policy->info.sel, sizeof policy->info.sel));
    writer_u32(&writer, policy->mark.v);
    writer_u32(&writer, policy->mark.m);
}

enum status xfrm_index_init(struct xfrm_index *index, size_t count)
{
    /* The policy is the administrator's: nobody aims at a chain. */
    static const uint8_t hash_key[16];
    enum status status = map_init(&index->map, hash_key);

    if (status != STATUS_OK)
        return status;
    index->slots_own = calloc(count + 1, sizeof index->slots_own[0]);
    index->slot_count = count;
    return index->slots_own ? STATUS_OK : STATUS_NO_MEMORY;
}

void xfrm_index_clear(struct xfrm_index *index)
{
    map_clear(&index->map);
    free(index->slots_own);
    *index = (struct xfrm_index){0};
}

const struct xfrm_policy *xfrm_index_find(const struct xfrm_index *index,
                                          const struct xfrm_policy *like)
{
    uint8_t key[KEY_BYTES];
    const struct map_entry *found;

    key_of(like, key);
    found = map_find(&index->map, view_of(key, sizeof key));
    return found ? ((const struct xfrm_index_slot *)found)->policy_view : NULL;
}

bool xfrm_index_add(struct xfrm_index *index, const struct xfrm_policy *policy)
{
    struct xfrm_index_slot *slot;

    if (index->used_count == index->slot_count || xfrm_index_find(index, policy))
        return false;
    slot = &index->slots_own[index->used_count++];
    slot->policy_view = policy;
    key_of(policy, slot->key);
    map_insert(&index->map, &slot->entry, view_of(slot->key, sizeof slot->key));
    return true;
}
