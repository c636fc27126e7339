#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "control/door_client_private.h"
#include "control/verb.h"

#define READ_BYTES 16384u
#define DESCRIPTORS_MOST 4u

static void close_client(struct door_client *client)
{
    client->forget(client->forget_arg, client);
}

static void start_clock(struct door_client *client)
{
    const struct timeval limit = {.tv_sec = (time_t)client->request_s};

    (void)event_add(client->timeout_own, &limit);
}

/* The first descriptor is kept for the request, any other is closed (SEC-158). */
static void take_descriptors(struct door_client *client, struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int descriptor;

            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof descriptor, sizeof descriptor);
            if (client->descriptor < 0)
                client->descriptor = descriptor;
            else
                close(descriptor);
        }
    }
}

/* Octets received into `buffer` of READ_BYTES; 0: the end, -1: nothing now, -2: an error. */
static ssize_t receive(struct door_client *client, void *buffer)
{
    union {
        char space[CMSG_SPACE(DESCRIPTORS_MOST * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = buffer, .iov_len = READ_BYTES};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    ssize_t got = recvmsg(client->fd, &message, MSG_CMSG_CLOEXEC);

    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? -1 : -2;
    take_descriptors(client, &message);
    return got;
}

static bool add_line(void *arg, struct view line)
{
    struct door_client *client = arg;

    return evbuffer_get_length(client->out_own) < DOOR_ANSWER_MOST_BYTES &&
           evbuffer_add(client->out_own, line.data, line.bytes) == 0 &&
           evbuffer_add(client->out_own, "\n", 1) == 0;
}

/* Answers the next whole line, if there is one and nobody waits for the answer before it. */
static void answer_next(struct door_client *client)
{
    size_t bytes;
    char *line;
    int descriptor = client->descriptor;

    if (evbuffer_get_length(client->out_own) > 0)
        return;
    line = evbuffer_readln(client->in_own, &bytes, EVBUFFER_EOL_LF);
    if (!line)
        return;
    client->descriptor = -1;
    verb_answer(client->host_back, view_of(line, bytes), descriptor, add_line, client);
    free(line);
    start_clock(client);
    (void)event_del(
        client->read_own); /* until the answer is read: a slow reader costs one answer */
    (void)event_add(client->write_own, NULL);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    struct door_client *client = arg;
    uint8_t buffer[READ_BYTES];
    ssize_t got = receive(client, buffer);

    (void)fd;
    (void)what;
    if (got == -1)
        return;
    if (got <= 0 || evbuffer_add(client->in_own, buffer, (size_t)got) < 0 ||
        evbuffer_get_length(client->in_own) > CONTROL_LINE_MOST_BYTES) {
        close_client(client); /* half a line at the end is no request */
        return;
    }
    answer_next(client);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
    struct door_client *client = arg;

    (void)what;
    if (evbuffer_write(client->out_own, fd) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            close_client(client);
        return;
    }
    if (evbuffer_get_length(client->out_own) > 0)
        return;
    (void)event_del(client->write_own);
    start_clock(client);
    (void)event_add(client->read_own, NULL);
    answer_next(client);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    close_client(arg);
}

struct door_client *door_client_new(const struct control_server_options *options, int fd,
                                    door_forget_fn *forget, void *forget_arg)
{
    struct event_base *loop = options->loop_back;
    struct door_client *client = calloc(1, sizeof *client);

    if (!client) {
        close(fd);
        return NULL;
    }
    *client = (struct door_client){
        .fd = fd,
        .descriptor = -1,
        .request_s = options->request_s ? options->request_s : DOOR_SECONDS,
        .host_back = options->host_back,
        .read_own = event_new(loop, fd, EV_READ | EV_PERSIST, on_read, client),
        .write_own = event_new(loop, fd, EV_WRITE | EV_PERSIST, on_write, client),
        .timeout_own = evtimer_new(loop, on_timeout, client),
        .in_own = evbuffer_new(),
        .out_own = evbuffer_new(),
        .forget = forget,
        .forget_arg = forget_arg,
    };
    list_init(&client->link);
    if (!client->read_own || !client->write_own || !client->timeout_own || !client->in_own ||
        !client->out_own || event_add(client->read_own, NULL) < 0) {
        door_client_free(client);
        return NULL;
    }
    start_clock(client);
    return client;
}

void door_client_free(struct door_client *client)
{
    struct event *const events[] = {client->read_own, client->write_own, client->timeout_own};

    for (size_t i = 0; i < COUNT(events); i++)
        if (events[i])
            event_free(events[i]);
    if (client->in_own)
        evbuffer_free(client->in_own);
    if (client->out_own)
        evbuffer_free(client->out_own);
    if (client->descriptor >= 0)
        close(client->descriptor);
    close(client->fd);
    free(client);
}
