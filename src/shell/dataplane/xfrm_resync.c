#include <stdlib.h>

#include <event2/event.h>
#include <libmnl/libmnl.h>

#include "contract/event.h"
#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_private.h"

#define AGAIN_S 1

/* One look at the kernel's SAs. */
struct look {
    struct backend *backend;
    struct xfrm_sa_name *strays_own; /* of our band, but not of ours: left by who died */
    size_t stray_count;
    size_t stray_room;
    bool is_short_of_memory;
};

static void stray_note(struct look *look, const struct xfrm_sa_name *name)
{
    if (look->stray_count == look->stray_room) {
        size_t room = look->stray_room ? 2 * look->stray_room : 16;
        struct xfrm_sa_name *more = realloc(look->strays_own, room * sizeof *more);
        if (!more) {
            look->is_short_of_memory = true;
            return;
        }
        look->strays_own = more;
        look->stray_room = room;
    }
    look->strays_own[look->stray_count++] = *name;
}

static bool is_past(uint64_t used, uint64_t limit)
{
    return limit != XFRM_INF && limit > 0 && used >= limit;
}

/* An expiry that was not heard is found in the counters. */
static bool is_past_soft(const struct xfrm_usersa_info *info)
{
    return is_past(info->curlft.bytes, info->lft.soft_byte_limit) ||
           is_past(info->curlft.packets, info->lft.soft_packet_limit);
}

static bool sa_take(void *arg, const struct nlmsghdr *message)
{
    struct look *look = arg;
    struct backend *backend = look->backend;
    struct xfrm_usersa_info info;
    struct xfrm_sa_name name;
    struct xfrm_sa *sa;

    if (message->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(message) < sizeof info)
        return true;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof info);
    if (!xfrm_reqid_back(info.reqid))
        return true;        /* somebody else's (SEC-175) */
    if (info.id.spi == 0) { /* no SA yet: an acquire, whose message may be the one that was lost */
        xfrm_acquire(backend, &(struct xfrm_wanted){
                                  .sequence = info.seq,
                                  .reqid = info.reqid,
                                  .family = info.family,
                                  .source = info.saddr,
                                  .destination = info.id.daddr,
                                  .packet = info.sel,
                              });
        return true;
    }
    name = (struct xfrm_sa_name){
        .spi = ntohl(info.id.spi),
        .protocol = xfrm_protocol_back(info.id.proto),
        .destination = xfrm_address_back(&info.id.daddr, info.family),
    };
    sa = xfrm_sad_find(&backend->sad, &name);
    if (!sa) {
        stray_note(look, &name);
        return true;
    }
    sa->round = backend->round;
    if (is_past_soft(&info))
        xfrm_sa_soft(backend, sa);
    return true;
}

static size_t tell_gone(struct backend *backend)
{
    struct list gone;
    struct list *first;
    size_t count = 0;

    list_init(&gone);
    LIST_EACH (item, &backend->sad.sas) {
        if (CONTAINER_OF(item, struct xfrm_sa, link)->round == backend->round)
            continue;
        list_remove(item);
        list_append(&gone, item);
    }
    for (; (first = list_first(&gone)); count++) /* takes a partner along, wherever that is */
        xfrm_sa_ended(backend, CONTAINER_OF(first, struct xfrm_sa, link));
    return count;
}

static void strays_delete(struct look *look)
{
    struct backend *backend = look->backend;

    for (size_t i = 0; i < look->stray_count; i++)
        xfrm_kernel_delete(backend, &look->strays_own[i]);
    if (look->stray_count > 0)
        backend_log(&backend->options, SEVERITY_NOTICE,
                    "SAs of ours in the kernel that no negotiation knows: %zu; deleted",
                    look->stray_count);
}

void xfrm_resync(struct backend *backend)
{
    struct look look = {.backend = backend};
    struct xfrm_message request;
    struct nlmsghdr *header;
    struct timeval again = {.tv_sec = AGAIN_S};
    size_t gone;
    int error = 0;

    (void)evtimer_del(backend->resync_event_own);
    request = (struct xfrm_message){0};
    header = mnl_nlmsg_put_header(request.octets);
    header->nlmsg_type = XFRM_MSG_GETSA;
    backend->round++;
    if (netlink_dump(backend->world.requests_own, header, sa_take, &look, &error) != STATUS_OK) {
        backend_log(&backend->options, SEVERITY_ERROR,
                    "the kernel's SAs cannot be read (%s); again in a second", strerror(error));
        (void)evtimer_add(backend->resync_event_own, &again);
        free(look.strays_own);
        return;
    }
    gone = tell_gone(backend);
    if (gone > 0)
        backend_log(
            &backend->options, SEVERITY_WARNING,
            "SAs of ours gone from the kernel: %zu; somebody deleted them, or their end was "
            "not heard",
            gone);
    strays_delete(&look);
    if (look.is_short_of_memory)
        (void)evtimer_add(backend->resync_event_own, &again);
    free(look.strays_own);
}

void xfrm_resync_soon(struct backend *backend)
{
    event_active(backend->resync_event_own, 0, 0);
}
