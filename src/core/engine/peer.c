#include "engine/peer.h"

#include <stdlib.h>

#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/ike_sa.h"
#include "engine/protocol.h"

#define PEER_METHOD_BYTES 2u

static struct view identities_view(const struct peer *peer)
{
    return view_of(peer->identities, peer->identities_bytes);
}

struct peer *peer_of(struct engine *engine, uint16_t method, struct view local, struct view remote)
{
    size_t bytes = PEER_METHOD_BYTES + local.bytes + remote.bytes;
    struct peer *peer = calloc(1, sizeof *peer + bytes);

    if (!peer)
        return NULL;
    peer->method = method;
    peer->local_bytes = (uint16_t)local.bytes;
    peer->identities_bytes = (uint16_t)bytes;
    peer->identities[0] = (uint8_t)(method >> 8);
    peer->identities[1] = (uint8_t)method;
    memcpy(peer->identities + PEER_METHOD_BYTES, local.data, local.bytes);
    memcpy(peer->identities + PEER_METHOD_BYTES + local.bytes, remote.data, remote.bytes);

    struct map_entry *known = map_find(&engine->by_identity, identities_view(peer));
    for (; known; known = map_next(&engine->by_identity, known)) {
        struct peer *other = CONTAINER_OF(known, struct peer, by_identity);
        if (other->local_bytes == peer->local_bytes) {
            free(peer);
            return other;
        }
    }
    peer->engine_back = engine;
    list_init(&peer->ike_sas);
    list_init(&peer->children);
    list_append(&engine->peers, &peer->link);
    map_insert(&engine->by_identity, &peer->by_identity, identities_view(peer));
    return peer;
}

struct view peer_local_identity(const struct peer *peer)
{
    return view_of(peer->identities + PEER_METHOD_BYTES, peer->local_bytes);
}

struct view peer_remote_identity(const struct peer *peer)
{
    size_t offset = PEER_METHOD_BYTES + peer->local_bytes;
    return view_of(peer->identities + offset, peer->identities_bytes - offset);
}

void peer_release(struct peer *peer)
{
    if (!list_is_empty(&peer->ike_sas) || !list_is_empty(&peer->children))
        return;
    map_remove(&peer->engine_back->by_identity, &peer->by_identity);
    list_remove(&peer->link);
    free(peer);
}

struct ike_sa *peer_ike_sa(const struct peer *peer)
{
    struct ike_sa *newest = NULL;

    LIST_EACH (item, &peer->ike_sas) {
        struct ike_sa *sa = CONTAINER_OF(item, struct ike_sa, peer_link);
        if (sa->phase != IKE_SA_DELETED)
            newest = sa;
    }
    return newest;
}

unsigned peer_initial_contact(struct peer *peer, const struct ike_sa *sa)
{
    unsigned ended = 0;

    LIST_EACH (item, &peer->children) {
        struct child_sa *child = CONTAINER_OF(item, struct child_sa, peer_link);
        if (child->created_us < sa->created_us) {
            child_sa_end(child, CHILD_SILENT, "the peer has started anew");
            ended++;
        }
    }
    LIST_EACH (item, &peer->ike_sas) {
        struct ike_sa *other = CONTAINER_OF(item, struct ike_sa, peer_link);
        if (other != sa && other->established_us < sa->created_us) {
            ike_sa_free(other);
            ended++;
        }
    }
    return ended;
}
