#include <time.h>

#include <event2/event.h>
#include <libmnl/libmnl.h>

#include "contract/event.h"
#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_private.h"
#include "policy/ruleset.h"

#define UNWANTED_PAUSE_S 10

static struct xfrm_sa_name name_of(const xfrm_address_t *destination, uint16_t family,
                                   uint32_t spi_on_wire, uint8_t protocol)
{
    return (struct xfrm_sa_name){
        .spi = ntohl(spi_on_wire),
        .protocol = xfrm_protocol_back(protocol),
        .destination = xfrm_address_back(destination, family),
    };
}

static void deliver_expire(struct backend *backend, const struct xfrm_sa *sa, enum expire_kind kind)
{
    const struct xfrm_sa *known = sa->is_around && sa->partner_back ? sa->partner_back : sa;
    struct input input = {
        .kind = IN_EXPIRE,
        .expire =
            {
                .direction = sa->direction,
                .protocol = known->name.protocol,
                .spi = known->name.spi,
                .kind = kind,
            },
    };

    delivery_queue_add(&backend->queue, &input);
}

void xfrm_sa_ended(struct backend *backend, struct xfrm_sa *sa)
{
    struct xfrm_sa *partner = sa->partner_back;

    deliver_expire(backend, sa, EXPIRE_HARD);
    if (partner) {
        xfrm_kernel_delete(backend, &partner->name);
        xfrm_sad_remove(&backend->sad, partner);
    }
    xfrm_sad_remove(&backend->sad, sa);
}

void xfrm_sa_soft(struct backend *backend, struct xfrm_sa *sa)
{
    if (sa->soft_is_told)
        return;
    deliver_expire(backend, sa, EXPIRE_SOFT);
    sa->soft_is_told = true;
    if (sa->partner_back)
        sa->partner_back->soft_is_told = true;
}

/* Any user's packets can cause it, while a policy is changed: a line each ten seconds. */
static void say_unwanted(struct backend *backend, const struct input_acquire *acquire)
{
    char text[SELECTOR_TEXT_BYTES];
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < backend->unwanted_until_s) {
        backend->unwanted_left_out++;
        return;
    }
    backend_log(&backend->options, SEVERITY_WARNING,
                "the kernel asks for an SA that no policy entry wants (%s); refused (%u more like "
                "this were left out)",
                selector_text(&acquire->packet, text), (unsigned)backend->unwanted_left_out);
    backend->unwanted_until_s = now.tv_sec + UNWANTED_PAUSE_S;
    backend->unwanted_left_out = 0;
}

void xfrm_acquire(struct backend *backend, const struct xfrm_wanted *wanted)
{
    struct input input = {
        .kind = IN_ACQUIRE,
        .acquire =
            {
                .sequence = wanted->sequence,
                .reqid = xfrm_reqid_back(wanted->reqid),
                .packet = xfrm_selector_back(&wanted->packet),
                .local = xfrm_address_back(&wanted->source, wanted->family),
                .remote = xfrm_address_back(&wanted->destination, wanted->family),
            },
    };
    const struct input_acquire *acquire = &input.acquire;

    if (!acquire->reqid || !backend->rules_ref)
        return; /* another's policy, or before we have one */
    /* Nothing is sent for it, and the kernel does not ask again before xfrm_acq_expires. */
    if (!ruleset_entry_by_reqid(backend->rules_ref, acquire->reqid) ||
        acquire->local.family == ADDRESS_NONE ||
        acquire->packet.local.first.family == ADDRESS_NONE) {
        say_unwanted(backend, acquire);
        return;
    }
    xfrm_release_expect(backend, acquire->reqid);
    xfrm_ask_again_later(backend);
    delivery_queue_add(&backend->queue, &input);
}

/* The first template: its reqid is that of all, its family that of the outer ends. */
static int template_take(const struct nlattr *attribute, void *arg)
{
    if (mnl_attr_get_type(attribute) != XFRMA_TMPL ||
        mnl_attr_get_payload_len(attribute) < sizeof(struct xfrm_user_tmpl))
        return MNL_CB_OK;
    memcpy(arg, mnl_attr_get_payload(attribute), sizeof(struct xfrm_user_tmpl));
    return MNL_CB_STOP;
}

static void on_acquire(struct backend *backend, const struct nlmsghdr *message)
{
    struct xfrm_user_acquire acquire;
    struct xfrm_user_tmpl template = {0};

    memcpy(&acquire, mnl_nlmsg_get_payload(message), sizeof acquire);
    (void)mnl_attr_parse(message, sizeof acquire, template_take, &template);
    xfrm_acquire(backend, &(struct xfrm_wanted){
                              .sequence = acquire.seq,
                              .reqid = template.reqid,
                              .family = template.family,
                              .source = acquire.saddr,
                              .destination = acquire.id.daddr,
                              .packet = acquire.sel,
                          });
}

static void on_expire(struct backend *backend, const struct nlmsghdr *message)
{
    struct xfrm_user_expire expire;
    struct xfrm_sa_name name;
    struct xfrm_sa *sa;

    memcpy(&expire, mnl_nlmsg_get_payload(message), sizeof expire);
    name = name_of(&expire.state.id.daddr, expire.state.family, expire.state.id.spi,
                   expire.state.id.proto);
    sa = xfrm_sad_find(&backend->sad, &name);
    if (!sa)
        return; /* another's, one of a negotiation that came to nothing, or told already */
    if (expire.hard)
        xfrm_sa_ended(backend, sa);
    else
        xfrm_sa_soft(backend, sa);
}

/* Our own deletes take an SA out of the table first: what is there yet was deleted by another, or
 * has moved. One look for all, since who deletes one mostly deletes more. */
static void on_delete(struct backend *backend, const struct nlmsghdr *message)
{
    struct xfrm_usersa_id id;
    struct xfrm_sa_name name;

    memcpy(&id, mnl_nlmsg_get_payload(message), sizeof id);
    name = name_of(&id.daddr, id.family, id.spi, id.proto);
    if (xfrm_sad_find(&backend->sad, &name))
        xfrm_resync_soon(backend);
}

static void on_flush(struct backend *backend, const struct nlmsghdr *message)
{
    (void)message;
    xfrm_resync_soon(backend);
}

/* Only what takes policies away: we update them ourselves, and a look a minute finds the rest. */
static void on_policy(struct backend *backend, const struct nlmsghdr *message)
{
    (void)message;
    xfrm_audit_soon(backend);
}

static void on_mapping(struct backend *backend, const struct nlmsghdr *message)
{
    struct xfrm_user_mapping mapping;
    char text[ADDRESS_TEXT_BYTES];
    struct xfrm_sa_name name;
    struct endpoint mover;
    struct xfrm_sa *sa;

    memcpy(&mapping, mnl_nlmsg_get_payload(message), sizeof mapping);
    name = name_of(&mapping.id.daddr, mapping.id.family, mapping.id.spi, mapping.id.proto);
    sa = xfrm_sad_find(&backend->sad, &name);
    if (!sa || sa->mapping_is_told)
        return;
    sa->mapping_is_told = true;
    mover = (struct endpoint){
        .address = xfrm_address_back(&mapping.new_saddr, mapping.id.family),
        .port = ntohs(mapping.new_sport),
    };
    /* Only the engine could say whether the peer may move; until it is told, it stays. */
    backend_log(&backend->options, SEVERITY_INFO,
                "SA 0x%08x: its peer now sends from %s; not followed", (unsigned)name.spi,
                endpoint_text(&mover, text));
}

/* What the groups say, and how long a message of each kind is at least. */
static const struct {
    uint16_t type;
    size_t bytes;
    void (*take)(struct backend *backend, const struct nlmsghdr *message);
} messages[] = {
    {XFRM_MSG_ACQUIRE, sizeof(struct xfrm_user_acquire), on_acquire},
    {XFRM_MSG_EXPIRE, sizeof(struct xfrm_user_expire), on_expire},
    {XFRM_MSG_DELSA, sizeof(struct xfrm_usersa_id), on_delete},
    {XFRM_MSG_FLUSHSA, sizeof(struct xfrm_usersa_flush), on_flush},
    {XFRM_MSG_DELPOLICY, 0, on_policy},
    {XFRM_MSG_POLEXPIRE, 0, on_policy},
    {XFRM_MSG_FLUSHPOLICY, 0, on_policy},
    {XFRM_MSG_MAPPING, sizeof(struct xfrm_user_mapping), on_mapping},
};

static bool message_take(void *arg, const struct nlmsghdr *message)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        if (messages[i].type == message->nlmsg_type &&
            mnl_nlmsg_get_payload_len(message) >= messages[i].bytes)
            messages[i].take(arg, message);
    return true;
}

void xfrm_watch_read(struct backend *backend)
{
    enum status status = netlink_read(backend->world.watch_own, message_take, backend);

    if (status == STATUS_OK)
        return;
    backend_log(&backend->options, SEVERITY_WARNING,
                status == STATUS_LIMIT ? "the kernel had more to tell than there was room for: "
                                         "looking at all SAs and policies"
                                       : "the kernel cannot be heard: looking at all SAs and "
                                         "policies");
    xfrm_resync_soon(backend);
    xfrm_audit_soon(backend);
}
