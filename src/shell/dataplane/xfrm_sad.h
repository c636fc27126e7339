#ifndef ENTENTE_DATAPLANE_XFRM_SAD_H
#define ENTENTE_DATAPLANE_XFRM_SAD_H

#include "base/list.h"
#include "base/map.h"
#include "dataplane/xfrm_sa.h"

/* SPI, protocol, address: what the kernel compares too. */
#define XFRM_SA_KEY_BYTES 22u

/* An SA that we have put into the kernel, without its keys. */
struct xfrm_sa {
    struct map_entry entry;
    struct list link;
    uint8_t key[XFRM_SA_KEY_BYTES];
    struct xfrm_sa_name name;
    struct xfrm_sa *partner_back; /* the other SA of a bundle; NULL: none */
    bool is_around;               /* the AH of a bundle: it goes by its partner's name */
    enum sa_direction direction;
    struct path path;
    uint32_t round; /* of the last look in which the kernel had it */
    bool soft_is_told;
    bool mapping_is_told;
};

/* What we have put there: the engine's SAs as far as the kernel holds them. */
struct xfrm_sad {
    struct map map;
    struct list sas; /* in order of addition */
    size_t count;
};

/* NO_MEMORY: nothing was made. Zero-initialised may be cleared. */
enum status xfrm_sad_init(struct xfrm_sad *sad);
void xfrm_sad_clear(struct xfrm_sad *sad);

/* A new one, in no table yet; NULL without memory. Freed by xfrm_sa_free or, once added, removed.
 */
struct xfrm_sa *xfrm_sa_new(const struct ask_sa_add *ask, enum ipsec_protocol part);
void xfrm_sa_free(struct xfrm_sa *sa); /* NULL is harmless */

void xfrm_sad_add_take(struct xfrm_sad *sad, struct xfrm_sa *sa);
void xfrm_sad_remove(struct xfrm_sad *sad, struct xfrm_sa *sa); /* frees it; its partner stays */

/* Gives it other ends, and with them another name. */
void xfrm_sad_move(struct xfrm_sad *sad, struct xfrm_sa *sa, const struct path *path);

struct xfrm_sa *xfrm_sad_find(const struct xfrm_sad *sad, const struct xfrm_sa_name *name);

#endif
