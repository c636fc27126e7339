#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/text.h"
#include "contract/event.h"
#include "dataplane/policy_file.h"
#include "dataplane/xfrm_private.h"
#include "policy/ruleset.h"

#define GROUP(number) (1u << ((number)-1))

/* First look for what was asked for and still has no SA, and the longest pause between two. */
#define AGAIN_FIRST_S 2u
#define AGAIN_MOST_S 16u

/* First packets wait for their SA; a negotiation that came to nothing may be asked for again. */
static const struct {
    const char *file;
    const char *value;
} settings[] = {
    {"/proc/sys/net/core/xfrm_larval_drop", "0"},
    {"/proc/sys/net/core/xfrm_acq_expires", "30"},
};

/* What the engine hears for an errno of the kernel's. */
static const struct {
    int error;
    enum status status;
    const char *line;
} answers[] = {
    {EEXIST, STATUS_EXISTS, NULL},
    {ENOMEM, STATUS_NO_MEMORY, "the kernel is out of memory"},
    {ENOBUFS, STATUS_NO_MEMORY, "the kernel is out of memory"},
    {ENOSYS, STATUS_CRYPTO, "the kernel lacks the algorithm"},
    {ENOENT, STATUS_CRYPTO, "the kernel lacks the algorithm"},
    {EPROTONOSUPPORT, STATUS_CRYPTO, "the kernel lacks the protocol"},
    {EOPNOTSUPP, STATUS_CRYPTO, "the kernel lacks the protocol"},
};

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    xfrm_watch_read(arg);
}

static void on_resync(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    xfrm_resync(arg);
}

void xfrm_ask_again_later(struct backend *backend)
{
    struct timeval pause = {0};

    if (evtimer_pending(backend->again_event_own, NULL))
        return;
    backend->again_pause_s = backend->again_pause_s ? 2 * backend->again_pause_s : AGAIN_FIRST_S;
    if (backend->again_pause_s > AGAIN_MOST_S)
        backend->again_pause_s = AGAIN_MOST_S;
    pause.tv_sec = (time_t)backend->again_pause_s;
    (void)evtimer_add(backend->again_event_own, &pause);
}

/* The look gives each acquire that the kernel still has; without one the pause starts anew. */
static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct backend *backend = arg;

    (void)fd;
    (void)what;
    xfrm_resync(backend);
    if (!evtimer_pending(backend->again_event_own, NULL))
        backend->again_pause_s = 0;
}

/* Both looks a minute; an audit that comes sooner looks at the SAs as well. */
static void on_audit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    xfrm_audit(arg);
    xfrm_resync(arg);
}

static enum status answer_of(const struct backend *backend, uint32_t spi, int error)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (answers[i].error != error)
            continue;
        if (answers[i].line)
            backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: %s (%s)", (unsigned)spi,
                        answers[i].line, strerror(error));
        return answers[i].status;
    }
    backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: the kernel says: %s", (unsigned)spi,
                strerror(error));
    return STATUS_SYSTEM;
}

void xfrm_kernel_delete(struct backend *backend, const struct xfrm_sa_name *name)
{
    struct xfrm_message request;
    size_t failed;
    int error = 0;

    xfrm_sa_encode_name(XFRM_MSG_DELSA, name, &request);
    if (netlink_do(backend->world.requests_own, view_of(request.octets, request.bytes), &failed,
                   &error) != STATUS_OK &&
        error != ESRCH)
        xfrm_resync_soon(backend);
}

/* One SA into the kernel. When no answer came it may be there all the same: a look will show. */
static enum status kernel_add(struct backend *backend, const struct xfrm_sa *sa,
                              const struct xfrm_message *request)
{
    size_t failed;
    int error = 0;
    enum status status = netlink_do(backend->world.requests_own,
                                    view_of(request->octets, request->bytes), &failed, &error);

    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_REFUSED)
        xfrm_resync_soon(backend);
    return answer_of(backend, sa->name.spi, error);
}

/* The SAs of one ask: a bundle's AH first, so that its ESP, for which the kernel has asked, is the
 * last to be missed. */
struct install {
    struct xfrm_sa *sas_own[2];
    struct xfrm_message requests[2];
    size_t count;
};

static enum status install_part(struct backend *backend, const struct ask_sa_add *ask,
                                enum ipsec_protocol part, struct install *install)
{
    enum status status = xfrm_sa_encode(ask, part, &install->requests[install->count]);
    struct xfrm_sa *sa;

    if (status != STATUS_OK) {
        backend_log(&backend->options, SEVERITY_ERROR, "SA 0x%08x: the kernel cannot have it: %s",
                    (unsigned)ask->spi, status_name(status));
        return status;
    }
    sa = xfrm_sa_new(ask, part);
    if (!sa)
        return STATUS_NO_MEMORY;
    install->sas_own[install->count++] = sa;
    return xfrm_sad_find(&backend->sad, &sa->name) ? STATUS_EXISTS : STATUS_OK;
}

static enum status install_prepare(struct backend *backend, const struct ask_sa_add *ask,
                                   struct install *install)
{
    enum status status = STATUS_OK;

    if (ask->ah_spi)
        status = install_part(backend, ask, IPSEC_PROTOCOL_AH, install);
    if (status == STATUS_OK)
        status = install_part(backend, ask, ask->protocol, install);
    return status;
}

/* All of it, or nothing. */
static enum status install_run(struct backend *backend, struct install *install)
{
    for (size_t i = 0; i < install->count; i++) {
        enum status status = kernel_add(backend, install->sas_own[i], &install->requests[i]);
        if (status == STATUS_OK)
            continue;
        while (i-- > 0)
            xfrm_kernel_delete(backend, &install->sas_own[i]->name);
        return status;
    }
    for (size_t i = 0; i < install->count; i++)
        if (install->count == 2)
            install->sas_own[i]->partner_back = install->sas_own[1 - i];
    for (size_t i = 0; i < install->count; i++) {
        install->sas_own[i]->round = backend->round;
        xfrm_sad_add_take(&backend->sad, install->sas_own[i]);
        install->sas_own[i] = NULL;
    }
    return STATUS_OK;
}

static void xfrm_sa_add(struct backend *backend, uint64_t ticket, const struct ask_sa_add *ask)
{
    struct input answer = {.kind = IN_ANSWER, .answer = {.ticket = ticket}};
    struct install install = {0};
    enum status status = install_prepare(backend, ask, &install);

    if (status == STATUS_OK)
        status = install_run(backend, &install);
    for (size_t i = 0; i < COUNT(install.sas_own); i++) {
        xfrm_message_wipe(&install.requests[i]);
        xfrm_sa_free(install.sas_own[i]);
    }
    answer.answer.status = status;
    delivery_queue_add(&backend->queue, &answer);
    if (status == STATUS_OK && ask->direction == SA_OUTBOUND)
        xfrm_release(backend, ask->reqid);
}

static void xfrm_sa_delete(struct backend *backend, const struct effect_sa_delete *effect)
{
    struct xfrm_sa_name name = {effect->spi, effect->protocol, effect->destination};
    struct xfrm_sa *sa = xfrm_sad_find(&backend->sad, &name);
    struct xfrm_sa *partner = sa ? sa->partner_back : NULL;

    if (!sa)
        return;
    xfrm_kernel_delete(backend, &sa->name);
    if (partner) {
        xfrm_kernel_delete(backend, &partner->name);
        xfrm_sad_remove(&backend->sad, partner);
    }
    xfrm_sad_remove(&backend->sad, sa);
}

static enum status xfrm_policy_set(struct backend *backend, struct ruleset *rules)
{
    enum status status = xfrm_release_set(backend, rules);

    if (status != STATUS_OK)
        return status;
    ruleset_hold(rules);
    ruleset_drop(backend->rules_ref);
    backend->rules_ref = rules;
    backend->is_stale_told = false;
    bytes_clear(&backend->record);
    if (backend->options.run_dir)
        (void)policy_file_read(backend->options.run_dir, &backend->record);
    /* What was asked for while nobody listened, and what the kernel should hold. */
    xfrm_resync_soon(backend);
    xfrm_audit_soon(backend);
    return STATUS_OK;
}

static void settings_write(const struct backend *backend)
{
    for (size_t i = 0; i < COUNT(settings); i++) {
        FILE *file = fopen(settings[i].file, "we");
        bool is_written = file && fputs(settings[i].value, file) >= 0;
        if (file)
            is_written = fclose(file) == 0 && is_written;
        if (!is_written)
            backend_log(&backend->options, SEVERITY_WARNING,
                        "%s cannot be set to %s (%s): first packets may be lost", settings[i].file,
                        settings[i].value, strerror(errno));
    }
}

static bool events_add(struct backend *backend)
{
    struct event_base *loop = backend->options.loop_back;
    int fd = netlink_fd(backend->world.watch_own);

    backend->resync_event_own = evtimer_new(loop, on_resync, backend);
    backend->audit_event_own = evtimer_new(loop, on_audit, backend);
    backend->again_event_own = evtimer_new(loop, on_again, backend);
    if (fd >= 0)
        backend->watch_event_own = event_new(loop, fd, EV_READ | EV_PERSIST, on_watch, backend);
    if (!backend->resync_event_own || !backend->audit_event_own || !backend->again_event_own)
        return false;
    return fd < 0 || (backend->watch_event_own && event_add(backend->watch_event_own, NULL) == 0);
}

static void event_drop(struct event *event)
{
    if (event)
        event_free(event);
}

/* The SAs go too: nobody will rekey them, and the policies hold what they carried. */
static void xfrm_close(struct backend *backend)
{
    if (!backend)
        return;
    event_drop(backend->watch_event_own);
    event_drop(backend->audit_event_own);
    event_drop(backend->again_event_own);
    if (backend->resync_event_own)
        LIST_EACH (item, &backend->sad.sas)
            xfrm_kernel_delete(backend, &CONTAINER_OF(item, struct xfrm_sa, link)->name);
    event_drop(backend->resync_event_own);
    delivery_queue_close(&backend->queue);
    xfrm_sad_clear(&backend->sad);
    ruleset_drop(backend->rules_ref);
    free(backend->waiting_own);
    bytes_clear(&backend->record);
    netlink_close(backend->world.requests_own);
    netlink_close(backend->world.watch_own);
    free(backend);
}

struct backend *xfrm_open_over(const struct backend_options *options,
                               const struct xfrm_world *world, char *error, size_t error_bytes)
{
    struct backend *backend = calloc(1, sizeof *backend);

    (void)snprintf(error, error_bytes, "out of memory");
    if (!backend) {
        netlink_close(world->requests_own);
        netlink_close(world->watch_own);
        return NULL;
    }
    backend->options = *options;
    backend->world = *world;
    if (xfrm_sad_init(&backend->sad) == STATUS_OK &&
        delivery_queue_open(&backend->queue, &backend->options) == STATUS_OK &&
        events_add(backend)) {
        xfrm_resync(backend); /* who was here before may have left SAs */
        return backend;
    }
    xfrm_close(backend);
    return NULL;
}

static struct backend *xfrm_open(const struct backend_options *options, char *error,
                                 size_t error_bytes)
{
    const uint32_t groups = GROUP(XFRMNLGRP_ACQUIRE) | GROUP(XFRMNLGRP_EXPIRE) |
                            GROUP(XFRMNLGRP_SA) | GROUP(XFRMNLGRP_POLICY) |
                            GROUP(XFRMNLGRP_MAPPING);
    struct xfrm_world world = {
        .requests_own = netlink_open(NETLINK_XFRM, 0),
        .watch_own = netlink_open(NETLINK_XFRM, groups),
        .spd = &policy_plane_xfrm,
    };
    struct backend *backend;

    if (!world.requests_own || !world.watch_own) {
        (void)snprintf(error, error_bytes, "netlink: %s", strerror(errno));
        netlink_close(world.requests_own);
        netlink_close(world.watch_own);
        return NULL;
    }
    backend = xfrm_open_over(options, &world, error, error_bytes);
    if (backend)
        settings_write(backend);
    return backend;
}

const struct backend_verbs backend_xfrm = {
    .name = "xfrm",
    .open = xfrm_open,
    .close = xfrm_close,
    .policy = xfrm_policy_set,
    .sa_add = xfrm_sa_add,
    .sa_delete = xfrm_sa_delete,
    .sa_move = xfrm_sa_move,
};
