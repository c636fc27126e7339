#include "control/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/list.h"
#include "contract/event.h"
#include "control/door_client_private.h"

#define DOOR_NAME "ike_door"
#define LISTEN_BACKLOG 16
#define LOG_LINE_BYTES 256u

struct control_server {
    struct control_server_options options;
    int fd;
    struct event *accept_own;
    struct sockaddr_un address;
    struct stat door; /* so that only our own socket is removed */
    struct list clients;
    size_t client_count;
};

static void forget(void *arg, struct door_client *client)
{
    struct control_server *server = arg;

    list_remove(&client->link);
    server->client_count--;
    door_client_free(client);
}

/* Root and our own user; everybody else is shown out, and the administrator hears of it. */
static bool may_enter(const struct control_server *server, int fd)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;
    char line[LOG_LINE_BYTES];

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) < 0)
        return false;
    if (peer.uid == 0 || peer.uid == geteuid())
        return true;
    (void)snprintf(line, sizeof line, "administration channel: user %u is not authorized",
                   peer.uid);
    server->options.log(server->options.log_arg, SEVERITY_WARNING, line);
    return false;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct control_server *server = arg;
    struct door_client *client;
    int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)what;
    if (accepted < 0)
        return;
    if (!may_enter(server, accepted) || server->client_count >= DOOR_CLIENTS_MOST) {
        close(accepted);
        return;
    }
    client = door_client_new(&server->options, accepted, forget, server);
    if (!client)
        return;
    list_append(&server->clients, &client->link);
    server->client_count++;
}

/* The directory must not let others put something in our place. */
static enum status check_directory(const char *run_dir, struct text *error)
{
    struct stat directory;

    if (stat(run_dir, &directory) < 0) {
        text_add(error, "%s: %s", run_dir, strerror(errno));
        return STATUS_SYSTEM;
    }
    if (!S_ISDIR(directory.st_mode) || (directory.st_uid != 0 && directory.st_uid != geteuid()) ||
        ((directory.st_mode & (S_IWGRP | S_IWOTH)) && !(directory.st_mode & S_ISVTX))) {
        text_add(error,
                 "%s: run_dir must be a directory of root that others cannot write to (mode %04o)",
                 run_dir, directory.st_mode & 07777u);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* Takes away the socket of a daemon that is gone; STATUS_EXISTS when it answers. */
static enum status remove_stale(const struct sockaddr_un *address, struct text *error)
{
    struct stat found;
    int fd, result;

    if (lstat(address->sun_path, &found) < 0)
        return STATUS_OK;
    if (!S_ISSOCK(found.st_mode) || (found.st_uid != 0 && found.st_uid != geteuid())) {
        text_add(error, "%s is there and is not a socket of ours: remove it", address->sun_path);
        return STATUS_REFUSED;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        text_add(error, "socket: %s", strerror(errno));
        return STATUS_SYSTEM;
    }
    result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    if (result == 0 || errno == EAGAIN) {
        close(fd);
        text_add(error, "another in.iked answers at %s", address->sun_path);
        return STATUS_EXISTS;
    }
    close(fd);
    (void)unlink(address->sun_path);
    return STATUS_OK;
}

static enum status listen_at(struct control_server *server, struct text *error)
{
    mode_t mask = umask(0177); /* 0600 from the first moment */
    int result;

    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    result = server->fd < 0
                 ? -1
                 : bind(server->fd, (struct sockaddr *)&server->address, sizeof server->address);
    (void)umask(mask);
    if (result < 0 || listen(server->fd, LISTEN_BACKLOG) < 0 ||
        lstat(server->address.sun_path, &server->door) < 0) {
        text_add(error, "%s: %s", server->address.sun_path, strerror(errno));
        return STATUS_SYSTEM;
    }
    return STATUS_OK;
}

enum status control_server_open(const struct control_server_options *options,
                                struct control_server **out, struct text *error)
{
    struct control_server *server = calloc(1, sizeof *server);
    struct text path;
    enum status status;

    if (!server)
        return STATUS_NO_MEMORY;
    server->options = *options;
    server->fd = -1;
    server->address.sun_family = AF_UNIX;
    list_init(&server->clients);
    path = text_over(server->address.sun_path, sizeof server->address.sun_path);
    text_add(&path, "%s/%s", options->run_dir, DOOR_NAME);
    if (path.is_cut) {
        text_add(error, "%s: run_dir is too long for a socket in it", options->run_dir);
        status = STATUS_LIMIT;
        goto out;
    }
    status = check_directory(options->run_dir, error);
    if (status == STATUS_OK)
        status = remove_stale(&server->address, error);
    if (status == STATUS_OK)
        status = listen_at(server, error);
    if (status != STATUS_OK)
        goto out;
    server->accept_own =
        event_new(options->loop_back, server->fd, EV_READ | EV_PERSIST, on_accept, server);
    if (!server->accept_own || event_add(server->accept_own, NULL) < 0) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    *out = server;
    return STATUS_OK;
out:
    control_server_close(server);
    return status;
}

void control_server_close(struct control_server *server)
{
    struct stat found;

    if (!server)
        return;
    LIST_EACH (item, &server->clients)
        forget(server, CONTAINER_OF(item, struct door_client, link));
    if (server->accept_own)
        event_free(server->accept_own);
    if (server->fd >= 0) {
        if (server->door.st_ino && lstat(server->address.sun_path, &found) == 0 &&
            found.st_ino == server->door.st_ino && found.st_dev == server->door.st_dev)
            (void)unlink(server->address.sun_path);
        close(server->fd);
    }
    free(server);
}
