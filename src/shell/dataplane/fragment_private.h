#ifndef ENTENTE_DATAPLANE_FRAGMENT_PRIVATE_H
#define ENTENTE_DATAPLANE_FRAGMENT_PRIVATE_H

#include "base/view.h"

#define FRAGMENT_SETS_MOST 16u /* packets in work at once: 1 MiB */
#define FRAGMENT_LIFE_US UINT64_C(30000000)
#define FRAGMENT_PACKET_BYTES 65535u

/*
 * The kernel fragments what is larger than PLANE_DEVICE's MTU before we see it, and transmits
 * fragments of others. Policy asks for ports, and transport mode takes whole packets only (RFC 4301
 * sections 4.1 and 7), so they are put together again before they are protected.
 */
struct fragments;

struct fragments *fragments_new(void); /* NULL without memory */
void fragments_free(struct fragments *fragments);

enum fragment_result {
    FRAGMENT_NONE,  /* the packet is whole as it is */
    FRAGMENT_KEPT,  /* copied; others are missing */
    FRAGMENT_WHOLE, /* `whole` is the packet, until the next call */
    FRAGMENT_BAD,   /* malformed, overlapping, past a limit: it and its packet are dropped */
};

/* Looks at one IP packet from the device. */
enum fragment_result fragments_take(struct fragments *fragments, uint64_t now_us,
                                    struct view packet, struct view *whole);

/* Forgets packets whose fragments did not come in FRAGMENT_LIFE_US. */
void fragments_expire(struct fragments *fragments, uint64_t now_us);

/* Number of packets in work. */
size_t fragments_count(const struct fragments *fragments);

#endif
