#ifndef ENTENTE_DAEMON_SOCKETS_H
#define ENTENTE_DAEMON_SOCKETS_H

#include "contract/effect.h"
#include "contract/input.h"
#include "dataplane/ike_socket.h"

struct datagram_batch;
struct event;
struct event_base;
struct log;

#define SOCKETS_COUNT 4u

struct sockets;

/* One of the four sockets of ike_sockets, with what its event needs to know. */
struct socket_port {
    struct sockets *sockets_back;
    int fd; /* of ike_sockets; -1: the family is not there */
    uint16_t port;
    bool is_encapsulated; /* 4500: every datagram begins with the non-ESP marker */
    struct event *event_own;
};

/* UDP ports 500 and 4500 of both families, on the loop. */
struct sockets {
    struct ike_sockets ike;
    struct socket_port ports[SOCKETS_COUNT];
    struct datagram_batch *batch_own;
    struct log *log_back;
    void (*deliver)(void *arg, const struct input *input);
    void *arg;
    uint64_t complained_us; /* when a send failed with a line */
    uint32_t suppressed;
};

/*
 * Opens the sockets; datagrams are delivered one by one, from the loop, once sockets_start was
 * called. STATUS_OK, or STATUS_SYSTEM or STATUS_NO_MEMORY with a line in `error`.
 */
enum status sockets_open(struct sockets *sockets, struct log *log, enum esp_carrier carrier,
                         struct text *error);
enum status sockets_start(struct sockets *sockets, struct event_base *loop,
                          void (*deliver)(void *arg, const struct input *input), void *arg);
void sockets_close(struct sockets *sockets);

/* Sends with the marker where the path wants it. What cannot be sent is lost, as in a network. */
void sockets_send(struct sockets *sockets, const struct effect_send *send, uint64_t now_us);

#endif
