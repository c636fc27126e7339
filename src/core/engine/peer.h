#ifndef ENTENTE_ENGINE_PEER_H
#define ENTENTE_ENGINE_PEER_H

#include "base/list.h"
#include "base/map.h"
#include "base/view.h"

struct engine;
struct ike_sa;

/*
 * A proven pair of identities. It owns IKE SAs and children; in IKEv1 children outlive the SA that
 * made them and may be deleted through any later one. Freed when it has neither.
 */
struct peer {
    struct map_entry by_identity;
    struct list link; /* in engine->peers */
    struct list ike_sas;
    struct list children;
    struct engine *engine_back;
    uint16_t local_bytes; /* of the local identity in `identities` */
    uint16_t method;      /* that proved it: another method is another peer (SEC-78) */
    uint16_t identities_bytes;
    uint8_t identities[]; /* method (2), type and data of ours, type and data of the peer's */
};

/* Finds or makes the peer of these identities (type octet and data); NULL without memory. */
struct peer *peer_of(struct engine *engine, uint16_t method, struct view local, struct view remote);

/* The identities: type octet, then data. */
struct view peer_local_identity(const struct peer *peer);
struct view peer_remote_identity(const struct peer *peer);

/* Frees it when nothing is left of it. */
void peer_release(struct peer *peer);

/*
 * Every IKE SA and child of this peer that stood before `sa` began ends without a word: the peer
 * has started anew. What was negotiated at the same time as `sa` stays: when both ends begin at
 * once, each says that it has no SA yet. Returns how many. RFC 2407 section 4.6.3.3
 */
unsigned peer_initial_contact(struct peer *peer, const struct ike_sa *sa);

/* The newest established IKE SA, or NULL. */
struct ike_sa *peer_ike_sa(const struct peer *peer);

#endif
