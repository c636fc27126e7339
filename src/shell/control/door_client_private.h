#ifndef ENTENTE_CONTROL_DOOR_CLIENT_PRIVATE_H
#define ENTENTE_CONTROL_DOOR_CLIENT_PRIVATE_H

#include "base/list.h"
#include "control/server.h"

struct event;
struct evbuffer;

/* Bounds of SEC-158; the length of a line is CONTROL_LINE_MOST_BYTES. */
#define DOOR_CLIENTS_MOST 64u
#define DOOR_SECONDS 10u /* for a whole request, and again for its whole answer */
#define DOOR_ANSWER_MOST_BYTES (UINT32_C(256) << 20)

struct door_client;

/* Called once when the client is to be forgotten: its owner calls door_client_free. */
typedef void door_forget_fn(void *arg, struct door_client *client);

/* A connection, as the server sees it: one request at a time. */
struct door_client {
    struct list link; /* of the server's list */
    int fd;
    int descriptor; /* came with the request being read; -1: none */
    unsigned request_s;
    const struct control_host *host_back;
    struct event *read_own;
    struct event *write_own;
    struct event *timeout_own;
    struct evbuffer *in_own;
    struct evbuffer *out_own;
    door_forget_fn *forget;
    void *forget_arg;
};

/* Takes the descriptor. NULL without memory (then it is closed). */
struct door_client *door_client_new(const struct control_server_options *options, int fd,
                                    door_forget_fn *forget, void *forget_arg);
void door_client_free(struct door_client *client);

#endif
