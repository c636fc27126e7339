#include <errno.h>

#include <libmnl/libmnl.h>

#include "contract/event.h"
#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_private.h"

/*
 * The kernel has no verb for it: an SA is read with its keys, numbers and counters, deleted, and
 * added with other outer ends. In between packets wait or are dropped; no sequence number is used
 * twice, since the two never stand side by side.
 */

/* What of an SA that was read goes into the one that is added. ENCAP is made anew unless the ends
 * stay. */
static const uint16_t kept[] = {
    XFRMA_ALG_CRYPT, XFRMA_ALG_AUTH_TRUNC, XFRMA_ALG_AEAD, XFRMA_REPLAY_VAL, XFRMA_REPLAY_ESN_VAL,
};

struct read_sa {
    struct xfrm_message message;
    bool is_read;
};

static bool sa_take(void *arg, const struct nlmsghdr *message)
{
    struct read_sa *read = arg;

    if (message->nlmsg_type != XFRM_MSG_NEWSA || message->nlmsg_len > sizeof read->message.octets ||
        mnl_nlmsg_get_payload_len(message) < sizeof(struct xfrm_usersa_info))
        return true;
    memcpy(read->message.octets, message, message->nlmsg_len);
    read->message.bytes = message->nlmsg_len;
    read->is_read = true;
    return true;
}

static enum status sa_read(struct backend *backend, const struct xfrm_sa_name *name,
                           struct read_sa *read)
{
    struct xfrm_message request;
    int error = 0;
    enum status status;

    xfrm_sa_encode_name(XFRM_MSG_GETSA, name, &request);
    status = netlink_get(backend->world.requests_own, (struct nlmsghdr *)request.octets, sa_take,
                         read, &error);
    if (status == STATUS_OK)
        return read->is_read ? STATUS_OK : STATUS_SYSTEM;
    return status == STATUS_REFUSED && error == ESRCH ? STATUS_ABSENT : STATUS_SYSTEM;
}

static bool is_same(const xfrm_address_t *a, const xfrm_address_t *b)
{
    return view_equal(view_of(a, sizeof *a), view_of(b, sizeof *b));
}

/* In transport mode the ends are also what the SA is for. */
static void selector_move(struct xfrm_usersa_info *info, const struct xfrm_usersa_info *from)
{
    if (info->mode != XFRM_MODE_TRANSPORT || info->sel.family != info->family)
        return;
    if (is_same(&info->sel.daddr, &from->id.daddr))
        info->sel.daddr = info->id.daddr;
    if (is_same(&info->sel.saddr, &from->saddr))
        info->sel.saddr = info->saddr;
}

/* The fixed part of the SA between other ends. */
static struct xfrm_usersa_info info_move(const struct xfrm_usersa_info *from,
                                         enum sa_direction direction, const struct path *path)
{
    const struct endpoint *to = direction == SA_INBOUND ? &path->local : &path->remote;
    const struct endpoint *source = direction == SA_INBOUND ? &path->remote : &path->local;
    struct xfrm_usersa_info info = *from;

    info.id.daddr = xfrm_address_of(&to->address);
    info.saddr = xfrm_address_of(&source->address);
    info.family = xfrm_family_of(&to->address);
    selector_move(&info, from);
    return info;
}

/* Attributes on their way from one message to another. */
struct copy {
    struct nlmsghdr *to;
    bool has_ends; /* its ports too */
};

static int attribute_copy(const struct nlattr *attribute, void *arg)
{
    const struct copy *copy = arg;
    uint16_t type = mnl_attr_get_type(attribute);
    bool is_kept = copy->has_ends && type == XFRMA_ENCAP;

    for (size_t i = 0; i < COUNT(kept); i++)
        is_kept = is_kept || kept[i] == type;
    if (is_kept)
        mnl_attr_put(copy->to, type, mnl_attr_get_payload_len(attribute),
                     mnl_attr_get_payload(attribute));
    return MNL_CB_OK;
}

/* The SA as it was read, to be added again: between the ends of `path`, or its own (NULL). */
static void sa_write(const struct read_sa *read, enum sa_direction direction,
                     const struct path *path, struct xfrm_message *out)
{
    const struct nlmsghdr *old = (const struct nlmsghdr *)read->message.octets;
    struct xfrm_usersa_info from, info;
    struct nlmsghdr *message;

    memcpy(&from, mnl_nlmsg_get_payload(old), sizeof from);
    info = path ? info_move(&from, direction, path) : from;
    info.seq = 0; /* no acquire is answered by it */
    *out = (struct xfrm_message){0};
    message = mnl_nlmsg_put_header(out->octets);
    message->nlmsg_type = XFRM_MSG_NEWSA;
    message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    memcpy(mnl_nlmsg_put_extra_header(message, sizeof info), &info, sizeof info);
    (void)mnl_attr_parse(old, sizeof from, attribute_copy,
                         &(struct copy){.to = message, .has_ends = !path});
    mnl_attr_put(message, XFRMA_LTIME_VAL, sizeof from.curlft, &from.curlft);
    if (path)
        xfrm_put_encapsulation(message, direction, path);
    out->bytes = message->nlmsg_len;
}

static bool kernel_takes(struct backend *backend, const struct xfrm_message *request)
{
    size_t failed;
    int error;

    return netlink_do(backend->world.requests_own, view_of(request->octets, request->bytes),
                      &failed, &error) == STATUS_OK;
}

/* Deletes the SA and adds it between other ends; if the kernel will not have that one, the old one
 * is put back. */
static enum status sa_replace(struct backend *backend, const struct read_sa *read,
                              const struct xfrm_sa_name *name, enum sa_direction direction,
                              const struct path *path)
{
    struct xfrm_message delete, after, before;
    enum status status = STATUS_OK;

    xfrm_sa_encode_name(XFRM_MSG_DELSA, name, &delete);
    if (!kernel_takes(backend, &delete)) { /* the two must not stand side by side */
        xfrm_resync_soon(backend);
        return STATUS_SYSTEM;
    }
    sa_write(read, direction, path, &after);
    sa_write(read, direction, NULL, &before);
    if (!kernel_takes(backend, &after)) {
        status = STATUS_SYSTEM;
        if (!kernel_takes(backend, &before))
            xfrm_resync_soon(backend); /* which tells the daemon that it is gone */
    }
    xfrm_message_wipe(&after);
    xfrm_message_wipe(&before);
    return status;
}

static enum status part_move(struct backend *backend, struct xfrm_sa *sa, const struct path *path)
{
    struct read_sa read = {0};
    enum status status = sa_read(backend, &sa->name, &read);

    if (status == STATUS_OK)
        status = sa_replace(backend, &read, &sa->name, sa->direction, path);
    if (status == STATUS_OK)
        xfrm_sad_move(&backend->sad, sa, path);
    xfrm_message_wipe(&read.message);
    return status;
}

enum status xfrm_sa_move(struct backend *backend, const struct sa_move *move)
{
    struct xfrm_sa_name name = {move->spi, move->protocol, move->destination};
    struct xfrm_sa *sa = xfrm_sad_find(&backend->sad, &name);
    struct path before;
    enum status status;

    if (!sa)
        return STATUS_ABSENT;
    before = sa->path;
    if (!sa->partner_back)
        return part_move(backend, sa, &move->path);
    if (move->path.is_encapsulated)
        return STATUS_REFUSED; /* AH does not pass a NAT */
    status = part_move(backend, sa, &move->path);
    if (status != STATUS_OK)
        return status;
    status = part_move(backend, sa->partner_back, &move->path);
    if (status != STATUS_OK && part_move(backend, sa, &before) != STATUS_OK)
        xfrm_resync_soon(backend);
    return status;
}
