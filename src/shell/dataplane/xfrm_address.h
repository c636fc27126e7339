#ifndef ENTENTE_DATAPLANE_XFRM_ADDRESS_H
#define ENTENTE_DATAPLANE_XFRM_ADDRESS_H

#include <linux/xfrm.h>
#include <netinet/in.h>

#include "base/selector.h"

/* Addresses and selectors as the kernel's tables hold them. */

/* AF_INET, AF_INET6; AF_UNSPEC for no address. */
uint16_t xfrm_family_of(const struct address *address);

xfrm_address_t xfrm_address_of(const struct address *address);

/* Family ADDRESS_NONE when `family` is neither AF_INET nor AF_INET6. */
struct address xfrm_address_back(const xfrm_address_t *address, uint16_t family);

/* Length of the smallest prefix that holds the whole range. */
uint8_t xfrm_prefix_around(const struct address_range *range);

/*
 * The selector of one direction: source is the local side when `is_outbound`. A range that is no
 * prefix becomes the smallest prefix around it: the policy that leads to the SA says the rest.
 * Padding is zeroed too, here and in all that goes to the kernel: it compares some of it, and none
 * of our stack is its business.
 */
void xfrm_selector_set(struct xfrm_selector *out, const struct selector *selector,
                       bool is_outbound);

/* The packet of an acquire, seen from this host, which is its source. Type and code of ICMP, which
 * stand where others have ports, are left out. */
struct selector xfrm_selector_back(const struct xfrm_selector *selector);

#endif
