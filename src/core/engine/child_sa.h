#ifndef ENTENTE_ENGINE_CHILD_SA_H
#define ENTENTE_ENGINE_CHILD_SA_H

#include "base/list.h"
#include "base/map.h"
#include "contract/ask.h"
#include "contract/record.h"
#include "engine/alarm.h"

struct engine;
struct ike_sa;
struct peer;
struct ruleset;

/* Seconds that a replaced inbound SA still receives what is under way (V1-89). */
#define CHILD_DRAIN_S 30u

enum child_state {
    CHILD_CURRENT,
    CHILD_REKEYING, /* its successor is wanted or under negotiation */
    CHILD_SPARE,    /* a newer one carries the traffic; it still receives */
    CHILD_DRAINING, /* a newer one carries the traffic, and this one is about to end */
};

/* The SPIs of a pair. A bundle is named by its ESP; the AH around it has two more. */
struct child_spis {
    enum ipsec_protocol protocol; /* of `in` and `out` */
    uint32_t in, out;             /* ours, and the peer's */
    uint32_t ah_in, ah_out;       /* 0: no bundle */
};

/* A pair of IPsec SAs. The engine keeps no keys of it. */
struct child_sa {
    struct alarm alarm; /* first member: soft limit, hard limit or end of draining */
    struct list link;   /* in engine->children, in order of creation */
    struct list peer_link;
    struct engine *engine_back;
    struct peer *peer_back;
    struct map_entry by_spi_in;        /* key: spis.in */
    struct map_entry by_ah_spi_in;     /* key: spis.ah_in; only of a bundle */
    struct map_entry by_child_address; /* key: path.remote.address, which stays */
    struct child_spis spis;
    struct path path;
    struct selector selector;
    struct ruleset *rules_ref; /* of label_view */
    const char *label_view;
    const struct transform *cipher_view, *integrity_view, *ah_integrity_view;
    const struct group *pfs_view;
    uint64_t ike_cookie;
    uint64_t created_us, soft_us, hard_us, drained_us;
    uint32_t replaced_spi; /* our inbound SPI of the pair that it was made to replace; 0: none */
    uint32_t reqid;
    uint16_t cipher_bits;
    uint8_t role; /* enum ike_role, in its Quick Mode */
    uint8_t mode; /* enum child_mode */
    uint8_t state;
    bool is_esn;
};

/* A new pair of this IKE SA's peer, already installed between these endpoints; NULL without
 * memory. */
struct child_sa *child_sa_new(struct ike_sa *sa, const struct path *path,
                              const struct child_spis *spis);

/* True when some pair has its other end at this address. */
bool child_sa_is_with(const struct engine *engine, const struct address *remote);

/* Fields are filled: counts it, sets its alarm, and lets older pairs of the same traffic drain. */
void child_sa_established(struct child_sa *child);

/* Forgets it without effects. */
void child_sa_free(struct child_sa *child);

/* Ends it: both directions deleted in the data plane, one event with `why`; with `tell`, the peer
 * gets a Delete through an IKE SA that it has. */
enum child_tell {
    CHILD_SILENT,
    CHILD_TELL_PEER,
};
void child_sa_end(struct child_sa *child, enum child_tell tell, const char *why);

/* By inbound SPI, a bundle by either; NULL when there is none. */
struct child_sa *child_sa_find(const struct engine *engine, uint32_t spi_in);

/* Of this peer, by the SPI of a protocol that the peer receives on (V1-69), else by ours; NULL:
 * none. */
struct child_sa *child_sa_of_peer(const struct peer *peer, enum ipsec_protocol protocol,
                                  uint32_t spi);

/* Its alarm rang, or the data plane says that a limit is reached: a successor is wanted. */
void child_sa_due(struct child_sa *child);
void child_sa_rekey(struct child_sa *child, const char *limit);

/* The successor did not come about: another try is made before the hard limit. */
void child_sa_rekey_failed(struct child_sa *child);

/* The SPI of a protocol that the pair receives or sends on; 0: it does not use it. */
uint32_t child_spi(const struct child_spis *spis, enum sa_direction direction,
                   enum ipsec_protocol protocol);

void child_sa_record(const struct child_sa *child, struct child_sa_record *out);

#endif
