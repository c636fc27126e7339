#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "support/fake_kernel_private.h"

#define TEMPLATES_MOST 6u /* XFRM_MAX_DEPTH */

void fake_objects_remove(struct fake_objects *objects, size_t index)
{
    free(objects->items_own[index].message_own);
    objects->count--;
    memmove(&objects->items_own[index], &objects->items_own[index + 1],
            (objects->count - index) * sizeof objects->items_own[0]);
}

void fake_tables_clear(struct fake_tables *tables)
{
    for (size_t i = 0; i < FAKE_TABLES; i++) {
        struct fake_objects *objects = &tables->objects[i];
        while (objects->count > 0)
            fake_objects_remove(objects, objects->count - 1);
        free(objects->items_own);
        objects->items_own = NULL;
    }
}

/* A copy of a request as an object of that type. */
static struct nlmsghdr *copy_of(const struct nlmsghdr *request, uint16_t type)
{
    struct nlmsghdr *copy = malloc(NLMSG_ALIGN((size_t)request->nlmsg_len));

    if (!copy)
        abort();
    memcpy(copy, request, request->nlmsg_len);
    copy->nlmsg_type = type;
    copy->nlmsg_flags = 0;
    copy->nlmsg_seq = 0;
    return copy;
}

static void add(struct fake_tables *tables, enum fake_table table, const struct nlmsghdr *request,
                uint16_t type)
{
    struct fake_objects *objects = &tables->objects[table];
    struct fake_object *grown =
        realloc(objects->items_own, (objects->count + 1) * sizeof objects->items_own[0]);

    if (!grown)
        abort();
    objects->items_own = grown;
    grown[objects->count++] =
        (struct fake_object){.message_own = copy_of(request, type), .age = ++tables->age};
}

const struct xfrm_userpolicy_info *fake_policy_info(const struct nlmsghdr *object)
{
    return mnl_nlmsg_get_payload(object);
}

const struct xfrm_usersa_info *fake_sa_info(const struct nlmsghdr *object)
{
    return mnl_nlmsg_get_payload(object);
}

/* Octets of the fixed part of each request. */
static size_t fixed_bytes(uint16_t type)
{
    static const struct {
        uint16_t type;
        size_t bytes;
    } fixed[] = {
        {XFRM_MSG_NEWPOLICY, sizeof(struct xfrm_userpolicy_info)},
        {XFRM_MSG_UPDPOLICY, sizeof(struct xfrm_userpolicy_info)},
        {XFRM_MSG_DELPOLICY, sizeof(struct xfrm_userpolicy_id)},
        {XFRM_MSG_GETPOLICY, sizeof(struct xfrm_userpolicy_id)},
        {XFRM_MSG_NEWSA, sizeof(struct xfrm_usersa_info)},
        {XFRM_MSG_UPDSA, sizeof(struct xfrm_usersa_info)},
        {XFRM_MSG_DELSA, sizeof(struct xfrm_usersa_id)},
        {XFRM_MSG_GETSA, sizeof(struct xfrm_usersa_id)},
    };

    for (size_t i = 0; i < COUNT(fixed); i++)
        if (fixed[i].type == type)
            return fixed[i].bytes;
    return 0;
}

struct view fake_attribute(const struct nlmsghdr *object, uint16_t type)
{
    size_t fixed = NLMSG_HDRLEN + NLMSG_ALIGN(fixed_bytes(object->nlmsg_type));
    const uint8_t *end = (const uint8_t *)object + object->nlmsg_len;
    const struct nlattr *attribute =
        mnl_nlmsg_get_payload_offset(object, fixed_bytes(object->nlmsg_type));

    if (fixed > object->nlmsg_len)
        return (struct view){0};
    for (; mnl_attr_ok(attribute, (int)(end - (const uint8_t *)attribute));
         attribute = mnl_attr_next(attribute))
        if (mnl_attr_get_type(attribute) == type)
            return view_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
    return (struct view){0};
}

static struct xfrm_mark mark_of(const struct nlmsghdr *message)
{
    struct view view = fake_attribute(message, XFRMA_MARK);
    struct xfrm_mark mark = {0};

    if (view.bytes == sizeof mark)
        memcpy(&mark, view.data, sizeof mark);
    return mark;
}

/* As the kernel compares: padding too, so what is sent must have none that is not zero. */
static bool octets_equal(const void *a, const void *b, size_t bytes)
{
    return view_equal(view_of(a, bytes), view_of(b, bytes));
}

/* The kernel's key of a policy: direction, selector, mark. `request` is any of its messages. */
static bool policy_is(const struct nlmsghdr *object, const struct nlmsghdr *request)
{
    const struct xfrm_userpolicy_info *info = fake_policy_info(object);
    const struct xfrm_selector *selector = mnl_nlmsg_get_payload(request);
    struct xfrm_mark have = mark_of(object);
    struct xfrm_mark wanted = mark_of(request);
    uint8_t direction;

    if (request->nlmsg_type == XFRM_MSG_NEWPOLICY || request->nlmsg_type == XFRM_MSG_UPDPOLICY)
        direction = fake_policy_info(request)->dir;
    else
        direction = ((const struct xfrm_userpolicy_id *)mnl_nlmsg_get_payload(request))->dir;
    return info->dir == direction && octets_equal(&info->sel, selector, sizeof *selector) &&
           have.v == wanted.v && have.m == wanted.m;
}

static bool sa_is(const struct nlmsghdr *object, const struct nlmsghdr *request)
{
    const struct xfrm_usersa_info *info = fake_sa_info(object);
    struct xfrm_usersa_id id;

    if (request->nlmsg_type == XFRM_MSG_NEWSA || request->nlmsg_type == XFRM_MSG_UPDSA) {
        const struct xfrm_usersa_info *wanted = fake_sa_info(request);
        id = (struct xfrm_usersa_id){.daddr = wanted->id.daddr,
                                     .spi = wanted->id.spi,
                                     .family = wanted->family,
                                     .proto = wanted->id.proto};
    } else {
        memcpy(&id, mnl_nlmsg_get_payload(request), sizeof id);
    }
    return info->id.spi == id.spi && info->id.proto == id.proto && info->family == id.family &&
           octets_equal(&info->id.daddr, &id.daddr, sizeof id.daddr);
}

static enum fake_table table_of(uint16_t type)
{
    switch (type) {
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_UPDPOLICY:
    case XFRM_MSG_DELPOLICY:
    case XFRM_MSG_GETPOLICY:
        return FAKE_POLICIES;
    default:
        return FAKE_SAS;
    }
}

/* Index of the object that a request names; the count of the table when there is none. */
static size_t find(const struct fake_tables *tables, const struct nlmsghdr *request)
{
    enum fake_table table = table_of(request->nlmsg_type);
    const struct fake_objects *objects = &tables->objects[table];
    size_t i = 0;

    while (i < objects->count &&
           !(table == FAKE_POLICIES ? policy_is(objects->items_own[i].message_own, request)
                                    : sa_is(objects->items_own[i].message_own, request)))
        i++;
    return i;
}

const struct nlmsghdr *fake_tables_get(const struct fake_tables *tables,
                                       const struct nlmsghdr *request)
{
    const struct fake_objects *objects = &tables->objects[table_of(request->nlmsg_type)];
    size_t at;

    if (mnl_nlmsg_get_payload_len(request) < fixed_bytes(request->nlmsg_type))
        return NULL;
    at = find(tables, request);
    return at < objects->count ? objects->items_own[at].message_own : NULL;
}

/* verify_newpolicy_info and verify_policy_dir of the kernel. */
static int check_policy(const struct nlmsghdr *request)
{
    const struct xfrm_userpolicy_info *info = fake_policy_info(request);
    unsigned bits = info->sel.family == AF_INET ? 32 : 128;
    struct view templates = fake_attribute(request, XFRMA_TMPL);

    if (info->sel.family != AF_INET && info->sel.family != AF_INET6)
        return EINVAL;
    if (info->sel.prefixlen_d > bits || info->sel.prefixlen_s > bits ||
        info->dir > XFRM_POLICY_FWD || info->action > XFRM_POLICY_BLOCK ||
        info->share > XFRM_SHARE_UNIQUE)
        return EINVAL;
    if (templates.bytes % sizeof(struct xfrm_user_tmpl) != 0 ||
        templates.bytes / sizeof(struct xfrm_user_tmpl) > TEMPLATES_MOST)
        return EINVAL;
    return 0;
}

static int check_sa(const struct fake_tables *tables, const struct nlmsghdr *request)
{
    const struct xfrm_usersa_info *info = fake_sa_info(request);

    if (info->family != AF_INET && info->family != AF_INET6)
        return EINVAL;
    for (size_t i = 0; i < COUNT(tables->lacks); i++)
        if (tables->lacks[i].error != 0 && tables->lacks[i].protocol == info->id.proto)
            return tables->lacks[i].error;
    return 0;
}

static int check(const struct fake_tables *tables, const struct nlmsghdr *request)
{
    switch (request->nlmsg_type) {
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_UPDPOLICY:
        return check_policy(request);
    case XFRM_MSG_NEWSA:
    case XFRM_MSG_UPDSA:
        return check_sa(tables, request);
    default:
        return 0;
    }
}

static bool attributes_are_whole(const struct nlmsghdr *request, size_t fixed)
{
    const struct nlattr *attribute = mnl_nlmsg_get_payload_offset(request, fixed);
    size_t left = request->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(fixed);

    if (request->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(fixed))
        return true; /* none */
    while (left > 0) {
        size_t bytes;
        if (!mnl_attr_ok(attribute, (int)left))
            return false;
        bytes = MNL_ALIGN(attribute->nla_len);
        left -= bytes < left ? bytes : left;
        attribute = mnl_attr_next(attribute);
    }
    return true;
}

int fake_tables_do(struct fake_tables *tables, const struct nlmsghdr *request, bool *changed)
{
    enum fake_table table = table_of(request->nlmsg_type);
    struct fake_objects *objects = &tables->objects[table];
    size_t fixed = fixed_bytes(request->nlmsg_type);
    size_t at;
    int error;

    if (fixed == 0 || mnl_nlmsg_get_payload_len(request) < fixed ||
        !attributes_are_whole(request, fixed))
        return EINVAL;
    error = check(tables, request);
    if (error != 0)
        return error;
    at = find(tables, request);
    switch (request->nlmsg_type) {
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_NEWSA:
        if (at < objects->count)
            return EEXIST;
        add(tables, table, request, request->nlmsg_type);
        break;
    case XFRM_MSG_UPDPOLICY:
    case XFRM_MSG_UPDSA:
        if (at == objects->count && table == FAKE_SAS)
            return ESRCH;
        if (at < objects->count)
            fake_objects_remove(objects, at);
        add(tables, table, request, table == FAKE_SAS ? XFRM_MSG_NEWSA : XFRM_MSG_NEWPOLICY);
        break;
    case XFRM_MSG_DELPOLICY:
    case XFRM_MSG_DELSA:
        if (at == objects->count)
            return table == FAKE_SAS ? ESRCH : ENOENT;
        fake_objects_remove(objects, at);
        break;
    default:
        return EINVAL;
    }
    *changed = true;
    return 0;
}

static bool bits_match(const void *a, const void *b, unsigned bits)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    return memcmp(left, right, whole) == 0 &&
           (rest == 0 || ((left[whole] ^ right[whole]) >> (8 - rest)) == 0);
}

static bool selector_holds(const struct xfrm_selector *selector, const struct fake_flow *flow)
{
    return selector->family == flow->family &&
           bits_match(&selector->saddr, &flow->source, selector->prefixlen_s) &&
           bits_match(&selector->daddr, &flow->destination, selector->prefixlen_d) &&
           ((selector->sport ^ htons(flow->source_port)) & selector->sport_mask) == 0 &&
           ((selector->dport ^ htons(flow->destination_port)) & selector->dport_mask) == 0 &&
           (selector->proto == 0 || selector->proto == flow->protocol);
}

const struct nlmsghdr *fake_tables_decide(const struct fake_tables *tables, uint8_t direction,
                                          const struct fake_flow *flow)
{
    const struct fake_objects *objects = &tables->objects[FAKE_POLICIES];
    const struct nlmsghdr *best = NULL;

    for (size_t i = 0; i < objects->count; i++) {
        const struct nlmsghdr *object = objects->items_own[i].message_own;
        const struct xfrm_userpolicy_info *info = fake_policy_info(object);
        struct xfrm_mark mark = mark_of(object);
        if (info->dir == direction && (flow->mark & mark.m) == mark.v &&
            selector_holds(&info->sel, flow) &&
            (!best || info->priority < fake_policy_info(best)->priority))
            best = object;
    }
    return best;
}
