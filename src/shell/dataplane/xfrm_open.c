#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "contract/event.h"
#include "dataplane/loop_event.h"
#include "dataplane/tunnel_route.h"
#include "dataplane/xfrm_private.h"
#include "dataplane/xfrm_probe.h"
#include "policy/ruleset.h"

#define REROUTE_US 200000
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

/* Addresses and routes mostly change several at a time. */
static void on_route(evutil_socket_t fd, short what, void *arg)
{
    struct backend *backend = arg;
    const struct timeval pause = {.tv_usec = REROUTE_US};

    (void)what;
    if (route_watch_read(fd) && !evtimer_pending(backend->reroute_event_own, NULL))
        (void)evtimer_add(backend->reroute_event_own, &pause);
}

void xfrm_reroute(struct backend *backend)
{
    if (backend->world.route_own &&
        tunnel_routes_set(backend->world.route_own, backend->rules_ref, ROUTE_USE_ALL) != STATUS_OK)
        backend_log(&backend->options, SEVERITY_ERROR, "cannot make the routes of all tunnels");
}

static void on_reroute(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    xfrm_reroute(arg);
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
    int watch_fd = netlink_fd(backend->world.watch_own);

    backend->resync_event_own = evtimer_new(loop, on_resync, backend);
    backend->audit_event_own = evtimer_new(loop, on_audit, backend);
    backend->again_event_own = evtimer_new(loop, on_again, backend);
    backend->reroute_event_own = evtimer_new(loop, on_reroute, backend);
    if (!backend->resync_event_own || !backend->audit_event_own || !backend->again_event_own ||
        !backend->reroute_event_own)
        return false;
    /* Without this one the plane works; it only does not notice. */
    if (backend->world.route_watch_fd >= 0)
        backend->route_event_own =
            loop_event_read(loop, backend->world.route_watch_fd, on_route, backend);
    if (watch_fd >= 0)
        backend->watch_event_own = loop_event_read(loop, watch_fd, on_watch, backend);
    return watch_fd < 0 || backend->watch_event_own;
}

static void world_close(const struct xfrm_world *world)
{
    netlink_close(world->requests_own);
    netlink_close(world->watch_own);
    if (world->route_own)
        route_stop(world->route_own);
    route_close(world->route_own);
    if (world->route_watch_fd >= 0)
        close(world->route_watch_fd);
}

void xfrm_close(struct backend *backend)
{
    if (!backend)
        return;
    loop_event_free(backend->watch_event_own);
    loop_event_free(backend->route_event_own);
    loop_event_free(backend->audit_event_own);
    loop_event_free(backend->again_event_own);
    loop_event_free(backend->reroute_event_own);
    if (backend->resync_event_own)
        LIST_EACH (item, &backend->sad.sas)
            xfrm_kernel_delete(backend, &CONTAINER_OF(item, struct xfrm_sa, link)->name);
    loop_event_free(backend->resync_event_own);
    delivery_queue_close(&backend->queue);
    xfrm_sad_clear(&backend->sad);
    ruleset_drop(backend->rules_ref);
    free(backend->waiting_own);
    bytes_clear(&backend->record);
    world_close(&backend->world);
    free(backend);
}

struct backend *xfrm_open_over(const struct backend_options *options,
                               const struct xfrm_world *world, char *error, size_t error_bytes)
{
    struct backend *backend = calloc(1, sizeof *backend);

    (void)snprintf(error, error_bytes, "out of memory");
    if (!backend) {
        world_close(world);
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

/* The socket of the requests is there, and the kernel has what this plane is for. */
static bool kernel_is_fit(const struct xfrm_world *world, char *error, size_t error_bytes)
{
    if (!world->requests_own || !world->watch_own) {
        (void)snprintf(error, error_bytes, "netlink: %s", strerror(errno));
        return false;
    }
    if (xfrm_probe_esp(world->requests_own))
        return true;
    (void)snprintf(error, error_bytes,
                   "this kernel takes no ESP SA (no module esp4?); data_plane=user needs none");
    return false;
}

struct backend *xfrm_open(const struct backend_options *options, char *error, size_t error_bytes)
{
    const uint32_t groups = GROUP(XFRMNLGRP_ACQUIRE) | GROUP(XFRMNLGRP_EXPIRE) |
                            GROUP(XFRMNLGRP_SA) | GROUP(XFRMNLGRP_POLICY) |
                            GROUP(XFRMNLGRP_MAPPING);
    struct xfrm_world world = {
        .requests_own = netlink_open(NETLINK_XFRM, 0),
        .watch_own = netlink_open(NETLINK_XFRM, groups),
        .spd = &policy_plane_xfrm,
        .route_watch_fd = -1,
    };
    struct backend *backend;

    if (kernel_is_fit(&world, error, error_bytes))
        world.route_own = route_open(error, error_bytes);
    if (!world.route_own) {
        world_close(&world);
        return NULL;
    }
    route_stop(world.route_own); /* of a daemon that was killed */
    world.route_watch_fd = route_watch_open(ROUTE_USE_ALL);
    backend = xfrm_open_over(options, &world, error, error_bytes);
    if (backend)
        settings_write(backend);
    return backend;
}
