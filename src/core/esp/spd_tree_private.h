#ifndef ENTENTE_ESP_SPD_TREE_PRIVATE_H
#define ENTENTE_ESP_SPD_TREE_PRIVATE_H

#include "esp/spd_key_private.h"

/*
 * Finds the first of many entries that match a packet, at a cost that their number does not tell.
 *
 * A node parts its entries by one field under one mask (the remote address down to /24, say): one
 * probe of its table gives the child for the packet, and another child is for packets that no such
 * entry wants. An entry that does not ask for all of that field is in every child. A few entries
 * left are looked at one by one. Where no field parts them well (each would be in many children),
 * the leaf has an spd_index, so that no policy is worse off than in a list.
 */
struct spd_tree;

/*
 * entries    in order of precedence; they outlive the tree and stay where they are.
 * direction  those of it are in the tree: SPD_OUT or SPD_IN.
 *
 * NULL without memory.
 */
struct spd_tree *spd_tree_new(const struct spd_entry *entries, size_t count,
                              enum spd_direction direction);
void spd_tree_free(struct spd_tree *tree); /* NULL is allowed */

/* Number of the first entry that matches; SPD_NONE: none does. */
uint32_t spd_tree_find(const struct spd_tree *tree, enum packet_way way,
                       const struct inner_packet *packet);

#endif
