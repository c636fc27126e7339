#include "daemon/sockets.h"

#include <errno.h>

#include <event2/event.h>

#include "base/instant.h"
#include "daemon/log.h"
#include "dataplane/datagram.h"

#define MARKER_BYTES 4u
#define COMPLAINT_US (10 * SECOND_US)
#define ERROR_BYTES 256u

static const uint8_t non_esp_marker[MARKER_BYTES]; /* RFC 3948 section 2.2 */

enum status sockets_open(struct sockets *sockets, struct log *log, enum esp_carrier carrier,
                         struct text *error)
{
    char why[ERROR_BYTES] = "";

    *sockets = (struct sockets){
        .ike = {-1, -1, -1, -1}, .log_back = log, .batch_own = datagram_batch_new()};
    if (!sockets->batch_own) {
        text_add(error, "not enough memory for the sockets");
        return STATUS_NO_MEMORY;
    }
    if (ike_sockets_open(&sockets->ike, carrier, why, sizeof why) != STATUS_OK) {
        text_add(error, "%s", why);
        sockets->ike = (struct ike_sockets){-1, -1, -1, -1};
        return STATUS_SYSTEM;
    }
    sockets->ports[0] = (struct socket_port){sockets, sockets->ike.ike_ipv4, IKE_PORT, false, NULL};
    sockets->ports[1] =
        (struct socket_port){sockets, sockets->ike.nat_ipv4, IKE_NAT_PORT, true, NULL};
    sockets->ports[2] = (struct socket_port){sockets, sockets->ike.ike_ipv6, IKE_PORT, false, NULL};
    sockets->ports[3] =
        (struct socket_port){sockets, sockets->ike.nat_ipv6, IKE_NAT_PORT, true, NULL};
    return STATUS_OK;
}

static void deliver(const struct socket_port *port, const struct datagram *datagram)
{
    struct input input = {
        .kind = IN_DATAGRAM,
        .datagram =
            {
                .path = {datagram->local, datagram->remote, port->is_encapsulated},
                .bytes_view = datagram->bytes_view,
            },
    };

    if (port->is_encapsulated) {
        struct view *bytes = &input.datagram.bytes_view;

        if (bytes->bytes < MARKER_BYTES ||
            !view_equal(view_of(bytes->data, MARKER_BYTES), view_of(non_esp_marker, MARKER_BYTES)))
            return; /* ESP that came before the filter was there */
        *bytes = view_of(bytes->data + MARKER_BYTES, bytes->bytes - MARKER_BYTES);
    }
    port->sockets_back->deliver(port->sockets_back->arg, &input);
}

/* One batch an event: other sockets, timers and clients have their turn between two. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    const struct socket_port *port = arg;
    struct datagram datagrams[DATAGRAM_BATCH];
    size_t received;
    size_t count =
        datagram_receive(fd, port->port, port->sockets_back->batch_own, datagrams, &received);

    (void)what;
    for (size_t i = 0; i < count; i++)
        deliver(port, &datagrams[i]);
}

enum status sockets_start(struct sockets *sockets, struct event_base *loop,
                          void (*deliver_input)(void *arg, const struct input *input), void *arg)
{
    sockets->deliver = deliver_input;
    sockets->arg = arg;
    for (size_t i = 0; i < SOCKETS_COUNT; i++) {
        struct socket_port *port = &sockets->ports[i];

        if (port->fd < 0)
            continue;
        port->event_own = event_new(loop, port->fd, EV_READ | EV_PERSIST, on_readable, port);
        if (!port->event_own || event_add(port->event_own, NULL) < 0)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < SOCKETS_COUNT; i++)
        if (sockets->ports[i].event_own)
            event_free(sockets->ports[i].event_own);
    ike_sockets_close(&sockets->ike);
    datagram_batch_free(sockets->batch_own);
    *sockets = (struct sockets){.ike = {-1, -1, -1, -1}};
}

/* At most one line in ten seconds: strangers can make us send where we cannot. */
static void complain(struct sockets *sockets, const struct path *path, uint64_t now_us)
{
    char remote[ADDRESS_TEXT_BYTES];
    const char *why = strerror(errno);

    if (sockets->complained_us && now_us - sockets->complained_us < COMPLAINT_US) {
        sockets->suppressed++;
        return;
    }
    log_format(sockets->log_back, SEVERITY_WARNING,
               "%s datagram cannot be sent: %s (%u more like this were left out)",
               endpoint_text(&path->remote, remote), why, sockets->suppressed);
    sockets->complained_us = now_us;
    sockets->suppressed = 0;
}

void sockets_send(struct sockets *sockets, const struct effect_send *send, uint64_t now_us)
{
    bool is_ipv4 = send->path.remote.address.family == ADDRESS_IPV4;
    const struct view parts[] = {
        view_of(non_esp_marker, send->path.is_encapsulated ? MARKER_BYTES : 0),
        send->bytes_view,
    };
    int fd;

    if (send->path.is_encapsulated)
        fd = is_ipv4 ? sockets->ike.nat_ipv4 : sockets->ike.nat_ipv6;
    else
        fd = is_ipv4 ? sockets->ike.ike_ipv4 : sockets->ike.ike_ipv6;
    errno = EAFNOSUPPORT;
    if (fd < 0 || datagram_send(fd, &send->path, parts, COUNT(parts), -1) == STATUS_SYSTEM)
        complain(sockets, &send->path, now_us);
}
