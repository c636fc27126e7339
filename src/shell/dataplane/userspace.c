#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/instant.h"
#include "base/text.h"
#include "contract/event.h"
#include "dataplane/guard.h"
#include "dataplane/ike_socket.h"
#include "dataplane/loop_event.h"
#include "dataplane/plane_private.h"
#include "dataplane/tun_private.h"
#include "policy/ruleset.h"

#define SAS_MOST 262144u
/* Batches taken from one descriptor before the others of the loop have their turn. */
#define BATCHES_A_TURN 4u

static const struct {
    enum address_family family;
    bool is_udp;
    bool is_ah;
} socket_kinds[PLANE_SOCKETS] = {
    [PLANE_UDP_IPV4] = {ADDRESS_IPV4, true, false},
    [PLANE_UDP_IPV6] = {ADDRESS_IPV6, true, false},
    [PLANE_RAW_IPV4] = {ADDRESS_IPV4, false, false},
    [PLANE_RAW_IPV6] = {ADDRESS_IPV6, false, false},
    [PLANE_AH_IPV4] = {ADDRESS_IPV4, false, true},
    [PLANE_AH_IPV6] = {ADDRESS_IPV6, false, true},
};

static void on_tun(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    for (size_t i = 0; i < BATCHES_A_TURN; i++)
        if (!outbound_read(arg))
            break;
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    const struct plane_socket *socket = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < BATCHES_A_TURN; i++)
        if (!inbound_read(socket->backend_back, socket))
            break;
}

static void on_address(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    if (route_watch_read(fd))
        plane_policy_route(arg);
}

static void on_guard(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    if (guard_watch_read(fd))
        plane_policy_guard(arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct backend *backend = arg;
    uint64_t now_us = plane_now_us();
    size_t dropped = waiting_expire(backend->waiting_own, now_us);

    (void)fd;
    (void)what;
    if (dropped > 0)
        plane_log(backend, SEVERITY_NOTICE, "%zu packets waited 30 s for an SA and were dropped",
                  dropped);
    fragments_expire(backend->fragments_own, now_us);
    sad_expire(backend->sad_own, now_us);
    plane_drain_events(backend);
}

static bool memory_take(struct backend *backend)
{
    uint8_t hash_key[16];

    if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key)
        return false;
    backend->waiting_own = waiting_new();
    backend->fragments_own = fragments_new();
    backend->batch_own = datagram_batch_new();
    backend->send_batch_own = datagram_batch_new();
    backend->slots_own = malloc(DATAGRAM_BATCH * sizeof *backend->slots_own);
    return backend->waiting_own && backend->fragments_own && backend->batch_own &&
           backend->send_batch_own && backend->slots_own &&
           crypto_new(&backend->crypto_own) == STATUS_OK &&
           sad_new(backend->crypto_own, hash_key, SAS_MOST, &backend->sad_own) == STATUS_OK;
}

static bool sockets_open(struct backend *backend, char *error, size_t error_bytes)
{
    for (size_t i = 0; i < PLANE_SOCKETS; i++) {
        struct plane_socket *socket = &backend->sockets[i];
        socket->backend_back = backend;
        socket->family = socket_kinds[i].family;
        socket->is_udp = socket_kinds[i].is_udp;
        socket->is_ah = socket_kinds[i].is_ah;
        if (socket->family == ADDRESS_IPV6 && !ike_socket_has_ipv6())
            continue;
        socket->fd = socket->is_udp  ? esp_udp_socket_open(socket->family, error, error_bytes)
                     : socket->is_ah ? ah_raw_socket_open(socket->family, error, error_bytes)
                                     : esp_raw_socket_open(socket->family, error, error_bytes);
        if (socket->fd < 0)
            return false;
    }
    return true;
}

static bool events_add(struct backend *backend)
{
    struct event_base *loop = backend->options.loop_back;
    struct timeval second = {.tv_sec = 1};

    backend->tick_event_own = event_new(loop, -1, EV_PERSIST, on_tick, backend);
    backend->tun_event_own = loop_event_read(loop, backend->tun_fd, on_tun, backend);
    if (!backend->tun_event_own || !backend->tick_event_own ||
        event_add(backend->tick_event_own, &second) < 0)
        return false;
    for (size_t i = 0; i < PLANE_SOCKETS; i++) {
        struct plane_socket *socket = &backend->sockets[i];
        if (socket->fd < 0)
            continue;
        socket->event_own = loop_event_read(loop, socket->fd, on_socket, socket);
        if (!socket->event_own)
            return false;
    }
    /* Without these two the plane works; it only does not notice. */
    if (backend->route_watch_fd >= 0)
        backend->route_event_own =
            loop_event_read(loop, backend->route_watch_fd, on_address, backend);
    if (backend->guard_watch_fd >= 0)
        backend->guard_event_own =
            loop_event_read(loop, backend->guard_watch_fd, on_guard, backend);
    return true;
}

static void descriptor_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void user_close(struct backend *backend)
{
    if (!backend)
        return;
    loop_event_free(backend->tick_event_own);
    loop_event_free(backend->tun_event_own);
    loop_event_free(backend->route_event_own);
    loop_event_free(backend->guard_event_own);
    for (size_t i = 0; i < PLANE_SOCKETS; i++) {
        loop_event_free(backend->sockets[i].event_own);
        descriptor_close(backend->sockets[i].fd);
    }
    if (backend->route_own)
        route_stop(backend->route_own);
    route_close(backend->route_own);
    descriptor_close(backend->route_watch_fd);
    descriptor_close(backend->guard_watch_fd);
    guard_release(backend->guard_hold_own);
    descriptor_close(backend->tun_fd);
    delivery_queue_close(&backend->queue);
    ruleset_drop(backend->rules_ref);
    spd_free(backend->spd_own);
    sad_free(backend->sad_own);
    crypto_free(backend->crypto_own);
    waiting_free(backend->waiting_own);
    fragments_free(backend->fragments_own);
    datagram_batch_free(backend->batch_own);
    datagram_batch_free(backend->send_batch_own);
    free(backend->slots_own);
    free(backend);
}

static struct backend *user_open(const struct backend_options *options, char *error,
                                 size_t error_bytes)
{
    struct backend *backend = calloc(1, sizeof *backend);
    struct text text = text_over(error, error_bytes);

    text_add(&text, "the user-space data plane: out of memory");
    if (!backend)
        return NULL;
    backend->options = *options;
    backend->tun_fd = -1;
    backend->route_watch_fd = route_watch_open(ROUTE_USE_LOCAL);
    backend->guard_watch_fd = guard_watch_open();
    for (size_t i = 0; i < PLANE_SOCKETS; i++)
        backend->sockets[i].fd = -1;
    if (!memory_take(backend) ||
        delivery_queue_open(&backend->queue, &backend->options) != STATUS_OK)
        goto failure;
    backend->tun_fd = tun_open(error, error_bytes);
    backend->route_own = route_open(error, error_bytes);
    if (backend->tun_fd < 0 || !backend->route_own ||
        route_start(backend->route_own, error, error_bytes) != STATUS_OK ||
        !sockets_open(backend, error, error_bytes) || !events_add(backend))
        goto failure;
    return backend;
failure:
    user_close(backend);
    return NULL;
}

static enum status user_policy(struct backend *backend, struct ruleset *rules)
{
    return plane_policy_set(backend, rules);
}

/* Protocol 50 has no ports. */
static struct path path_of(const struct path *path)
{
    struct path out = *path;

    if (!path->is_encapsulated) {
        out.local.port = 0;
        out.remote.port = 0;
    }
    return out;
}

static struct esp_sa_config config_of(const struct ask_sa_add *ask)
{
    uint64_t now_us = plane_now_us();
    bool is_ah = ask->protocol == IPSEC_PROTOCOL_AH;
    struct esp_sa_config config = {
        .way = ask->direction == SA_INBOUND ? PACKET_INBOUND : PACKET_OUTBOUND,
        .protocol = ask->protocol,
        .spi = ask->spi,
        .ah_spi = is_ah ? 0 : ask->ah_spi,
        .reqid = ask->reqid,
        .mode = ask->mode,
        .path = path_of(&ask->path),
        .cipher =
            {
                .encryption = ask->cipher,
                .integrity = ask->integrity,
                .key_bits = ask->cipher_bits,
                .encryption_key = ask->cipher_key_view,
                .integrity_key = ask->integrity_key_view,
            },
        .ah_integrity = is_ah ? ask->integrity : ask->ah_integrity,
        .ah_key = is_ah ? ask->integrity_key_view : ask->ah_key_view,
        .is_esn = ask->is_esn,
        .selectors = &ask->selector,
        .selector_count = 1,
        .replay_window = ask->replay_window,
        .limits =
            {
                .soft_bytes = ask->soft_bytes,
                .hard_bytes = ask->hard_bytes,
                .hard_packets = ask->hard_packets,
                .hard_at_us = ask->hard_s ? now_us + ask->hard_s * SECOND_US : 0,
            },
    };

    return config;
}

static void user_sa_add(struct backend *backend, uint64_t ticket, const struct ask_sa_add *ask)
{
    struct esp_sa_config config = config_of(ask);
    struct input answer = {.kind = IN_ANSWER, .answer = {.ticket = ticket}};
    enum status status = STATUS_OK;
    uint64_t handle;

    if (ask->cipher && ask->cipher->flags & TRANSFORM_LEGACY)
        status = crypto_load_legacy(backend->crypto_own);
    if (status == STATUS_OK)
        status = sad_add(backend->sad_own, &config, &handle);
    answer.answer.status = status;
    plane_deliver(backend, &answer);
    if (status == STATUS_OK && ask->direction == SA_OUTBOUND)
        outbound_release(backend, ask->reqid);
}

/* AH around ESP goes by its ESP alone. */
static struct esp_sa *sa_find(const struct backend *backend, enum sa_direction direction,
                              enum ipsec_protocol protocol, uint32_t spi,
                              const struct address *destination)
{
    struct esp_sa *sa = direction == SA_INBOUND
                            ? sad_find_inbound(backend->sad_own, protocol, spi)
                            : sad_find_outbound(backend->sad_own, protocol, spi, destination);
    return sa && sa->protocol == protocol ? sa : NULL;
}

static void user_sa_delete(struct backend *backend, const struct effect_sa_delete *effect)
{
    struct esp_sa *sa =
        sa_find(backend, effect->direction, effect->protocol, effect->spi, &effect->destination);

    if (sa)
        (void)sad_remove(backend->sad_own, sa);
}

static enum status user_sa_move(struct backend *backend, const struct sa_move *move)
{
    struct esp_sa *sa =
        sa_find(backend, move->direction, move->protocol, move->spi, &move->destination);
    struct path path = path_of(&move->path);

    return sa ? sad_move(backend->sad_own, sa, &path) : STATUS_ABSENT;
}

const struct backend_verbs backend_user = {
    .name = "user",
    .open = user_open,
    .close = user_close,
    .policy = user_policy,
    .sa_add = user_sa_add,
    .sa_delete = user_sa_delete,
    .sa_move = user_sa_move,
};
