#ifndef ENTENTE_DATAPLANE_XFRM_PRIVATE_H
#define ENTENTE_DATAPLANE_XFRM_PRIVATE_H

#include "dataplane/delivery_queue.h"
#include "dataplane/netlink.h"
#include "dataplane/policy_plane.h"
#include "dataplane/route_private.h"
#include "dataplane/xfrm_policy.h"
#include "dataplane/xfrm_sad.h"

/*
 * What the files of the kernel's data plane share. xfrm_open.c makes it, xfrm_backend.c has its
 * SAs, xfrm_watch.c hears the kernel, xfrm_resync.c looks for itself what the kernel has,
 * xfrm_release.c lets waiting packets go, xfrm_audit.c holds the SPD to the loaded policy,
 * xfrm_move.c gives an SA other ends.
 */

/* What the plane is made over; tests put others there. */
struct xfrm_world {
    struct netlink *requests_own; /* one answer each */
    struct netlink *watch_own;    /* the groups */
    const struct policy_plane *spd;
    struct route *route_own; /* NULL: no routes are made */
    int route_watch_fd;      /* -1: none */
};

/* An outbound policy of the kernel's and whether packets may wait in it. */
struct xfrm_waiting {
    struct xfrm_policy policy;
    bool is_asked; /* an acquire came of it that no SA has answered yet */
};

struct backend {
    struct backend_options options;
    struct xfrm_world world;
    struct delivery_queue queue;
    struct xfrm_sad sad;
    struct ruleset *rules_ref;        /* NULL: no policy yet */
    struct xfrm_waiting *waiting_own; /* outbound policies of `rules_ref`, by reqid */
    size_t waiting_count;
    struct event *watch_event_own;
    struct event *resync_event_own; /* soon: something was lost or taken away */
    struct event *again_event_own;  /* what still has no SA is asked for once more */
    unsigned again_pause_s;         /* until then; grows, 0 when nothing waits */
    struct event *audit_event_own;  /* once a minute, and soon after somebody changed the SPD */
    uint32_t round;                 /* number of the last look */
    bool is_following;       /* the rules are new and name devices: their addresses may be others */
    time_t unwanted_until_s; /* acquires that no entry wants: the next line not before */
    uint32_t unwanted_left_out; /* and how many had none since the last one */
    bool is_stale_told;         /* the record has another policy than ours: said once */
    struct bytes record;        /* the loaded policy's file when `rules_ref` came */
    struct event *route_event_own;
    struct event *reroute_event_own; /* soon after addresses or routes changed */
};

/* Makes the plane over an open world, which it takes, also on failure (NULL with a message). */
struct backend *xfrm_open_over(const struct backend_options *options,
                               const struct xfrm_world *world, char *error, size_t error_bytes);

struct backend *xfrm_open(const struct backend_options *options, char *error, size_t error_bytes);
/* The SAs go too: nobody will rekey them, and the policies hold what they carried. */
void xfrm_close(struct backend *backend);

/* Makes the routes that tunnel entries need. */
void xfrm_reroute(struct backend *backend);

/* Deletes one SA from the kernel; not found is success. When the kernel does not answer, a look
 * follows. */
void xfrm_kernel_delete(struct backend *backend, const struct xfrm_sa_name *name);

/* The kernel has ended this SA, or somebody else has: tells the daemon, and takes a bundle's other
 * SA away. Frees `sa`. */
void xfrm_sa_ended(struct backend *backend, struct xfrm_sa *sa);

/* A soft limit of this SA was reached: said once. */
void xfrm_sa_soft(struct backend *backend, struct xfrm_sa *sa);

/* Traffic without an SA, as the kernel tells of it. */
struct xfrm_wanted {
    uint32_t sequence;
    uint32_t reqid;  /* the kernel's */
    uint16_t family; /* of the outer ends */
    xfrm_address_t source;
    xfrm_address_t destination;
    struct xfrm_selector packet; /* what asked */
};
void xfrm_acquire(struct backend *backend, const struct xfrm_wanted *wanted);

/* Reads what the groups say. */
void xfrm_watch_read(struct backend *backend);

/* An acquire may come to nothing (the peer's policy is just being changed), and the kernel itself
 * asks again only after xfrm_acq_expires: so we look for what still waits after 2, 4, 8, 16 s. The
 * engine joins what it has under way. */
void xfrm_ask_again_later(struct backend *backend);

/* Looks soon, once, for everything that the kernel has. */
void xfrm_resync_soon(struct backend *backend);
/* Looks now. */
void xfrm_resync(struct backend *backend);

/* The outbound policies of new rules; on failure the old ones stay. */
enum status xfrm_release_set(struct backend *backend, struct ruleset *rules);
/* Packets may wait in the policies of this entry. */
void xfrm_release_expect(struct backend *backend, uint32_t reqid);
/* An outbound SA for this entry stands: what waits leaves at once, in order. */
void xfrm_release(struct backend *backend, uint32_t reqid);

/* The kernel has its SPD as it should be, or gets it again. */
void xfrm_audit(struct backend *backend);
void xfrm_audit_soon(struct backend *backend);

enum status xfrm_sa_move(struct backend *backend, const struct sa_move *move);

#endif
