#include "dataplane/netlink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/secret.h"

#define RECEIVE_BYTES 65536u       /* the kernel's datagrams have up to 32 KiB */
#define SOCKET_BYTES (1024 * 1024) /* of its receive buffer, where we may */
#define ANSWER_MS 1000             /* for the next answer of the kernel */
#define DUMPS_MOST 16u             /* of one that changes under way */

struct netlink {
    struct netlink_wire wire;
    int fd; /* ours to close; -1 over a wire of somebody else */
    uint32_t sequence;
    _Alignas(struct nlmsghdr) uint8_t batch[NETLINK_BATCH_BYTES];
    _Alignas(struct nlmsghdr) uint8_t buffer[RECEIVE_BYTES];
};

static ssize_t socket_send(void *arg, const void *octets, size_t bytes)
{
    const struct netlink *netlink = arg;

    return send(netlink->fd, octets, bytes, 0); /* unconnected and without address: the kernel */
}

static ssize_t socket_receive(void *arg, void *octets, size_t bytes, int wait_ms, uint32_t *port)
{
    const struct netlink *netlink = arg;
    struct pollfd wait = {.fd = netlink->fd, .events = POLLIN};
    struct sockaddr_nl from = {0};
    socklen_t from_bytes = sizeof from;
    ssize_t got;

    if (wait_ms > 0 && poll(&wait, 1, wait_ms) < 0 && errno != EINTR)
        return -1;
    got = recvfrom(netlink->fd, octets, bytes, MSG_TRUNC, (struct sockaddr *)&from, &from_bytes);
    *port = from.nl_pid;
    return got;
}

struct netlink *netlink_over(const struct netlink_wire *wire)
{
    struct netlink *netlink = calloc(1, sizeof *netlink);

    if (!netlink)
        return NULL;
    netlink->wire = *wire;
    netlink->fd = -1;
    return netlink;
}

static int socket_open(int protocol, uint32_t groups)
{
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int bytes = SOCKET_BYTES;
    int on = 1;
    int reason;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    if (fd < 0)
        return -1;
    /* Both only make room: without them the answers are longer and the buffer is the default. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

struct netlink *netlink_open(int protocol, uint32_t groups)
{
    struct netlink_wire wire = {.send = socket_send, .receive = socket_receive};
    struct netlink *netlink;

    wire.fd = socket_open(protocol, groups);
    if (wire.fd < 0)
        return NULL;
    netlink = netlink_over(&wire);
    if (!netlink) {
        close(wire.fd);
        errno = ENOMEM;
        return NULL;
    }
    netlink->fd = wire.fd;
    netlink->wire.arg = netlink;
    return netlink;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink && netlink->fd >= 0)
        close(netlink->fd);
    free(netlink);
}

int netlink_fd(const struct netlink *netlink)
{
    return netlink->wire.fd;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The kernel's next datagram, in netlink->buffer. Anybody may send one to our port: that is passed
 * over and prolongs nothing (SEC-166). wait_ms 0: only what is there. Returns its length, or -1
 * with errno (EMSGSIZE: it was cut).
 */
static ssize_t receive_from_kernel(struct netlink *netlink, int wait_ms)
{
    int64_t until = now_ms() + wait_ms;

    for (;;) {
        int64_t left = wait_ms > 0 ? until - now_ms() : 0;
        uint32_t port = 0;
        ssize_t got =
            netlink->wire.receive(netlink->wire.arg, netlink->buffer, sizeof netlink->buffer,
                                  left > 0 ? (int)left : 0, &port);
        if (got < 0 && errno == EINTR)
            continue;
        if (got >= 0 && port != 0 && (wait_ms == 0 || left > 0))
            continue;
        if (got >= 0 && port != 0)
            errno = EAGAIN;
        if (got < 0 || port != 0)
            return -1;
        if ((size_t)got <= sizeof netlink->buffer)
            return got;
        errno = EMSGSIZE;
        return -1;
    }
}

/* Messages of SAs have keys in them. */
static void received_wipe(struct netlink *netlink, size_t bytes)
{
    secret_wipe_memory(netlink->buffer, bytes);
}

/* What to call a failure of the socket while an answer is awaited. */
static int reason_of(int error)
{
    return error == EAGAIN ? ETIMEDOUT : error;
}

static enum status send_all(struct netlink *netlink, const void *octets, size_t bytes, int *error)
{
    ssize_t sent;

    do
        sent = netlink->wire.send(netlink->wire.arg, octets, bytes);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0 && (size_t)sent == bytes)
        return STATUS_OK;
    *error = sent < 0 ? errno : EMSGSIZE;
    return STATUS_SYSTEM;
}

/* One datagram of requests and what became of each. */
struct batch {
    size_t bytes;
    size_t count;
    size_t answered;
    uint32_t first_sequence;
    bool is_answered[NETLINK_BATCH_MESSAGES];
    int errors[NETLINK_BATCH_MESSAGES];
};

/* Moves the first requests of `messages` into a batch. */
static enum status batch_fill(struct netlink *netlink, struct view *messages, struct batch *batch)
{
    *batch = (struct batch){.first_sequence = netlink->sequence + 1};
    while (batch->count < NETLINK_BATCH_MESSAGES && messages->bytes > 0) {
        struct nlmsghdr header;
        size_t bytes;
        if (messages->bytes < sizeof header)
            return STATUS_MALFORMED;
        memcpy(&header, messages->data, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > messages->bytes)
            return STATUS_MALFORMED; /* before it is aligned: that would wrap */
        bytes = NLMSG_ALIGN(header.nlmsg_len);
        if (bytes > messages->bytes || bytes > sizeof netlink->batch)
            return STATUS_MALFORMED;
        if (bytes > sizeof netlink->batch - batch->bytes)
            break;
        header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
        header.nlmsg_seq = ++netlink->sequence;
        memcpy(netlink->batch + batch->bytes, messages->data, bytes);
        memcpy(netlink->batch + batch->bytes, &header, sizeof header);
        batch->bytes += bytes;
        batch->count++;
        *messages = view_of(messages->data + bytes, messages->bytes - bytes);
    }
    return STATUS_OK;
}

/* Notes the acknowledgements of a datagram; others (older ones that came late) are not ours. */
static void batch_read(const struct netlink *netlink, size_t bytes, struct batch *batch)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)netlink->buffer;
    int left = (int)bytes;

    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        uint32_t index = message->nlmsg_seq - batch->first_sequence;
        const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
        if (message->nlmsg_type != NLMSG_ERROR || index >= batch->count ||
            mnl_nlmsg_get_payload_len(message) < sizeof *answer || batch->is_answered[index])
            continue;
        batch->is_answered[index] = true;
        batch->errors[index] = -answer->error;
        batch->answered++;
    }
}

/* The first request of the batch that was not done; its count when all were. */
static size_t batch_first_failed(const struct batch *batch)
{
    size_t i = 0;

    while (i < batch->count && batch->is_answered[i] && batch->errors[i] == 0)
        i++;
    return i;
}

/* Sends one batch and awaits its answers. *at: index within the batch, on failure. */
static enum status batch_do(struct netlink *netlink, struct batch *batch, size_t *at, int *error)
{
    int reason = 0;
    enum status sent = send_all(netlink, netlink->batch, batch->bytes, error);

    *at = 0;
    secret_wipe_memory(netlink->batch, batch->bytes);
    if (sent != STATUS_OK)
        return sent;
    while (batch->answered < batch->count && reason == 0) {
        ssize_t got = receive_from_kernel(netlink, ANSWER_MS);
        if (got < 0)
            reason = reason_of(errno);
        else
            batch_read(netlink, (size_t)got, batch);
        if (got > 0)
            received_wipe(netlink, (size_t)got); /* an old kernel sends the request back */
    }
    *at = batch_first_failed(batch);
    if (*at == batch->count)
        return STATUS_OK;
    *error = batch->is_answered[*at] ? batch->errors[*at] : reason;
    return batch->is_answered[*at] ? STATUS_REFUSED : STATUS_SYSTEM;
}

enum status netlink_do(struct netlink *netlink, struct view messages, size_t *failed, int *error)
{
    struct batch batch;
    size_t done = 0;

    while (messages.bytes > 0) {
        enum status status = batch_fill(netlink, &messages, &batch);
        size_t at = batch.count;
        if (status == STATUS_OK)
            status = batch_do(netlink, &batch, &at, error);
        else
            *error = EINVAL;
        if (status != STATUS_OK) {
            *failed = done + at;
            return status;
        }
        done += batch.count;
    }
    return STATUS_OK;
}

/* A dump under way. */
struct dump {
    netlink_message_fn *each;
    void *arg;
    uint32_t sequence;
    bool is_done;
    bool is_ended; /* `each` wants no more */
    bool was_interrupted;
    int error; /* the kernel's */
};

/* NLMSG_DONE and NLMSG_ERROR carry an errno, negative, in front. */
static int error_of(const struct nlmsghdr *message)
{
    int error = 0;

    if (mnl_nlmsg_get_payload_len(message) >= sizeof error)
        memcpy(&error, mnl_nlmsg_get_payload(message), sizeof error);
    return -error;
}

static void dump_read(const struct netlink *netlink, size_t bytes, struct dump *dump)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)netlink->buffer;
    int left = (int)bytes;

    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        if (message->nlmsg_seq != dump->sequence)
            continue;
        if (message->nlmsg_flags & NLM_F_DUMP_INTR)
            dump->was_interrupted = true;
        if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
            dump->is_done = true;
            dump->error = error_of(message);
            return;
        }
        if (message->nlmsg_type >= NLMSG_MIN_TYPE && !dump->is_ended)
            dump->is_ended = !dump->each(dump->arg, message);
    }
}

/* One dump to its end, even when nobody wants the rest: the kernel does not begin another before.
 */
static enum status dump_once(struct netlink *netlink, const struct nlmsghdr *request,
                             uint16_t flags, struct dump *dump, int *error)
{
    struct nlmsghdr *header = (struct nlmsghdr *)netlink->batch;

    memcpy(header, request, request->nlmsg_len);
    header->nlmsg_flags |= NLM_F_REQUEST | flags;
    header->nlmsg_seq = dump->sequence = ++netlink->sequence;
    if (send_all(netlink, header, request->nlmsg_len, error) != STATUS_OK)
        return STATUS_SYSTEM;
    while (!dump->is_done) {
        ssize_t got = receive_from_kernel(netlink, ANSWER_MS);
        if (got < 0) {
            *error = reason_of(errno);
            return STATUS_SYSTEM;
        }
        dump_read(netlink, (size_t)got, dump);
        received_wipe(netlink, (size_t)got);
    }
    *error = dump->error;
    return dump->error == 0 || dump->error == EINTR ? STATUS_OK : STATUS_REFUSED;
}

enum status netlink_dump(struct netlink *netlink, const struct nlmsghdr *request,
                         netlink_message_fn *each, void *arg, int *error)
{
    if (request->nlmsg_len < sizeof *request || request->nlmsg_len > sizeof netlink->batch) {
        *error = EINVAL;
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < DUMPS_MOST; i++) {
        struct dump dump = {.each = each, .arg = arg};
        int reason = 0;
        enum status status = dump_once(netlink, request, NLM_F_DUMP, &dump, &reason);
        if (status != STATUS_OK) {
            *error = reason;
            return status;
        }
        if (dump.is_ended || (!dump.was_interrupted && reason == 0))
            return STATUS_OK;
    }
    *error = EINTR; /* it never held still */
    return STATUS_SYSTEM;
}

enum status netlink_get(struct netlink *netlink, const struct nlmsghdr *request,
                        netlink_message_fn *each, void *arg, int *error)
{
    struct dump dump = {.each = each, .arg = arg};

    if (request->nlmsg_len < sizeof *request || request->nlmsg_len > sizeof netlink->batch) {
        *error = EINVAL;
        return STATUS_MALFORMED;
    }
    return dump_once(netlink, request, NLM_F_ACK, &dump, error);
}

enum status netlink_read(struct netlink *netlink, netlink_message_fn *each, void *arg)
{
    enum status status = STATUS_OK;
    bool is_ended = false;

    for (;;) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)netlink->buffer;
        ssize_t got = receive_from_kernel(netlink, 0);
        int left = (int)got;
        if (got < 0 && errno == EAGAIN)
            return status;
        if (got < 0 && errno != ENOBUFS && errno != EMSGSIZE)
            return STATUS_SYSTEM;
        if (got < 0)
            status = STATUS_LIMIT; /* told too late; what is there is read all the same */
        for (; got > 0 && mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
            if (!is_ended && message->nlmsg_type >= NLMSG_MIN_TYPE)
                is_ended = !each(arg, message);
        if (got > 0)
            received_wipe(netlink, (size_t)got);
        if (is_ended)
            return status;
    }
}
