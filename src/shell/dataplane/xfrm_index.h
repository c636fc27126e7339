#ifndef ENTENTE_DATAPLANE_XFRM_INDEX_H
#define ENTENTE_DATAPLANE_XFRM_INDEX_H

#include "base/map.h"
#include "dataplane/xfrm_policy.h"

/*
 * Policies by what the kernel tells them apart by: direction, selector, mark. It points to the
 * policies, which stay where they are while it is used. Zero-initialised is empty.
 */
struct xfrm_index {
    struct map map;
    struct xfrm_index_slot *slots_own;
    size_t slot_count;
    size_t used_count;
};

/* For up to `count` policies. STATUS_OK or NO_MEMORY; the caller clears it in any case. */
enum status xfrm_index_init(struct xfrm_index *index, size_t count);
void xfrm_index_clear(struct xfrm_index *index);

/* False when one of the same key is there already: then nothing is added. */
bool xfrm_index_add(struct xfrm_index *index, const struct xfrm_policy *policy);

/* The policy with the key of this one; NULL: none. */
const struct xfrm_policy *xfrm_index_find(const struct xfrm_index *index,
                                          const struct xfrm_policy *like);

#endif
