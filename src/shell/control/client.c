#include "control/client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define DOOR_NAME "ike_door"
#define TIMEOUT_S 30
#define READ_BYTES ((size_t)65536)
#define LINE_MOST_BYTES (UINT32_C(4) << 20) /* what a daemon of ours sends is far shorter */

struct control_client {
    int fd;
    char *buffer_own;
    size_t start, bytes, capacity; /* unread octets are [start, bytes) */
};

enum status control_client_open(const char *run_dir, struct control_client **out,
                                struct text *error)
{
    struct control_client *client = calloc(1, sizeof *client);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    struct text path = text_over(address.sun_path, sizeof address.sun_path);
    enum status status = STATUS_SYSTEM;

    if (!client)
        return STATUS_NO_MEMORY;
    text_add(&path, "%s/%s", run_dir, DOOR_NAME);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        goto out;
    (void)setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            status = STATUS_ABSENT;
        goto out;
    }
    *out = client;
    return STATUS_OK;
out:
    text_add(error, "Unable to communicate with in.iked\nopen_door failed: %s", strerror(errno));
    control_client_close(client);
    return status;
}

void control_client_close(struct control_client *client)
{
    if (!client)
        return;
    if (client->fd >= 0)
        close(client->fd);
    if (client->buffer_own)
        explicit_bzero(client->buffer_own, client->capacity);
    free(client->buffer_own);
    free(client);
}

/* Sends the whole line; the descriptor goes with its first octet. */
static bool send_line(int fd, const char *line, size_t bytes, int descriptor)
{
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};

    while (bytes > 0) {
        struct iovec part = {.iov_base = (void *)(uintptr_t)line, .iov_len = bytes};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t sent;

        if (descriptor >= 0) {
            struct cmsghdr *header;

            message.msg_control = control.space;
            message.msg_controllen = sizeof control.space;
            header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof descriptor);
            memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
        }
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        descriptor = -1;
        line += sent;
        bytes -= (size_t)sent;
    }
    return true;
}

/* Makes room for another read; false past the longest line or without memory. */
static bool make_room(struct control_client *client)
{
    size_t left = client->bytes - client->start;
    char *buffer;

    if (client->start > 0) {
        memmove(client->buffer_own, client->buffer_own + client->start, left);
        client->start = 0;
        client->bytes = left;
    }
    if (client->capacity - client->bytes >= READ_BYTES)
        return true;
    if (client->capacity >= LINE_MOST_BYTES)
        return false;
    buffer = realloc(client->buffer_own, client->capacity + 2u * READ_BYTES);
    if (!buffer)
        return false;
    client->buffer_own = buffer;
    client->capacity += 2u * READ_BYTES;
    return true;
}

/* The next line without its newline; an empty view at the end, on an error or a timeout. */
static struct view next_line(struct control_client *client)
{
    size_t searched = client->start;

    for (;;) {
        char *newline = client->bytes > searched
                            ? memchr(client->buffer_own + searched, '\n', client->bytes - searched)
                            : NULL;
        ssize_t got;

        if (newline) {
            struct view line = view_of(client->buffer_own + client->start,
                                       (size_t)(newline - client->buffer_own) - client->start);

            client->start += line.bytes + 1;
            return line;
        }
        searched = client->bytes - client->start;
        if (!make_room(client))
            return (struct view){NULL, 0};
        do
            got = recv(client->fd, client->buffer_own + client->bytes, READ_BYTES, 0);
        while (got < 0 && errno == EINTR);
        if (got <= 0)
            return (struct view){NULL, 0};
        client->bytes += (size_t)got;
    }
}

/* Reads records up to the last line, which becomes the caller's. NULL: the connection failed. */
static json_t *read_answer(struct control_client *client, control_record_fn *each, void *arg)
{
    bool is_wanted = each != NULL;

    for (;;) {
        struct view line = next_line(client);
        json_t *object = line.bytes ? json_loadb((const char *)line.data, line.bytes,
                                                 JSON_REJECT_DUPLICATES, NULL)
                                    : NULL;

        if (!json_is_object(object)) {
            json_decref(object);
            return NULL;
        }
        if (json_is_string(json_object_get(object, "status")))
            return object;
        if (is_wanted)
            is_wanted = each(arg, object);
        json_decref(object);
    }
}

enum status control_client_request(struct control_client *client,
                                   const struct control_request *request, json_t **last,
                                   struct text *error)
{
    char *dump = request->body_ref ? json_dumps(request->body_ref, JSON_COMPACT) : NULL;
    enum status status = STATUS_SYSTEM;
    json_t *answer = NULL;

    if (!dump)
        return STATUS_NO_MEMORY;
    errno = 0;
    if (send_line(client->fd, dump, strlen(dump), request->descriptor) &&
        send_line(client->fd, "\n", 1, -1))
        answer = read_answer(client, request->each, request->arg);
    free(dump);
    if (!answer) {
        text_add(error, "Unable to communicate with in.iked\ndoor_call failed: %s",
                 errno ? strerror(errno) : "No data returned");
        return STATUS_SYSTEM;
    }
    status = STATUS_OK;
    if (strcmp(json_string_value(json_object_get(answer, "status")), "ok") != 0) {
        const char *why = json_string_value(json_object_get(answer, "text"));

        text_add(error, "%s", why ? why : "No data returned");
        status = STATUS_REFUSED;
    }
    if (last && status == STATUS_OK)
        *last = answer;
    else
        json_decref(answer);
    return status;
}

enum status control_client_tell(const char *run_dir, const char *verb, struct text *error)
{
    struct control_request request = {.descriptor = -1};
    struct control_client *client = NULL;
    enum status status = control_client_open(run_dir, &client, error);

    if (status != STATUS_OK)
        return status;
    request.body_ref = json_pack("{s:s}", "verb", verb);
    status = control_client_request(client, &request, NULL, error);
    json_decref(request.body_ref);
    control_client_close(client);
    return status;
}
