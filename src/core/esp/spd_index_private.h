#ifndef ENTENTE_ESP_SPD_INDEX_PRIVATE_H
#define ENTENTE_ESP_SPD_INDEX_PRIVATE_H

#include "esp/spd_key_private.h"

/*
 * The first match among entries that have nothing in common by which to part them (spd_tree has
 * them by the leaf). They are gathered by their mask: of one mask a packet has one key, so one
 * probe finds all its entries for the packet. Masks are tried in the order of their first entry,
 * and no more once that comes after what was found. If each entry has a mask of its own, the cost
 * is that of the list again, no more.
 */
struct spd_index;

/*
 * entries   in order of precedence; they outlive the index and stay where they are.
 * patterns  of each of them, for the call.
 * list      the numbers of those that are indexed, ascending.
 *
 * NULL without memory.
 */
struct spd_index *spd_index_new(const struct spd_entry *entries, const struct spd_pattern *patterns,
                                const uint32_t *list, size_t count);
void spd_index_free(struct spd_index *index); /* NULL is allowed */

/* Number of the first entry that matches; SPD_NONE: none does. `key` is the packet's. */
uint32_t spd_index_find(const struct spd_index *index, enum packet_way way,
                        const struct inner_packet *packet, const struct spd_key *key);

#endif
