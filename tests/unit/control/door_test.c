#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "control/client.h"
#include "control/server.h"
#include "control/verb.h"
#include "fake_host.h"
#include "support/test.h"

/* A server in a process and a directory of its own. */
struct door {
    char directory[64];
    pid_t server;
};

static void no_log(void *arg, int severity, const char *line)
{
    (void)arg;
    (void)severity;
    (void)line;
}

static enum status open_server(struct event_base *loop, const char *directory,
                               struct fake_host *fake, struct control_server **server,
                               char line[512])
{
    struct text error = text_over(line, 512);
    const struct control_server_options options = {
        .loop_back = loop,
        .run_dir = directory,
        .host_back = &fake->host,
        .log = no_log,
        .request_s = 2,
    };

    return control_server_open(&options, server, &error);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(arg);
}

/* Tells by `ready` that it listens, then serves until SIGTERM. */
static int serve(const char *directory, int ready)
{
    struct event_base *loop = event_base_new();
    struct event *stop = evsignal_new(loop, SIGTERM, on_stop, loop);
    struct control_server *server = NULL;
    struct fake_host fake;
    char line[512];
    bool is_good;

    fake_host_init(&fake);
    is_good = open_server(loop, directory, &fake, &server, line) == STATUS_OK &&
              evsignal_add(stop, NULL) == 0 && write(ready, "1", 1) == 1;
    if (is_good)
        (void)event_base_dispatch(loop);
    control_server_close(server);
    event_free(stop);
    event_base_free(loop);
    fake_host_clear(&fake);
    return is_good ? 0 : 1;
}

static void door_start(struct door *door)
{
    int ready[2];
    char octet;

    strcpy(door->directory, "/tmp/door_testXXXXXX");
    assert_non_null(mkdtemp(door->directory));
    assert_int_equal(pipe(ready), 0);
    door->server = fork();
    assert_true(door->server >= 0);
    if (door->server == 0) { /* which a failing test does not leave behind */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(serve(door->directory, ready[1]));
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &octet, 1), 1);
    close(ready[0]);
}

static const char *door_path(const struct door *door, char path[108])
{
    (void)snprintf(path, 108, "%s/ike_door", door->directory);
    return path;
}

/* The server ends cleanly, and its socket with it. */
static void door_stop(const struct door *door)
{
    int status = -1;

    assert_int_equal(kill(door->server, SIGTERM), 0);
    assert_int_equal(waitpid(door->server, &status, 0), door->server);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(rmdir(door->directory), 0);
}

static int connect_to(const struct door *door)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)door_path(door, address.sun_path);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static bool count_record(void *arg, const json_t *record)
{
    size_t *count = arg;

    assert_non_null(json_object_get(record, "record"));
    (*count)++;
    return true;
}

static void a_client_gets_records_and_the_last_line(void **state)
{
    struct door door;
    struct control_client *client = NULL;
    char line[512] = "";
    struct text error = text_over(line, sizeof line);
    struct control_request request;
    json_t *last = NULL;
    size_t count = 0;

    (void)state;
    door_start(&door);
    assert_int_equal(control_client_open(door.directory, &client, &error), STATUS_OK);
    request =
        (struct control_request){json_pack("{s:s}", "verb", "dump p1"), -1, count_record, &count};
    assert_int_equal(control_client_request(client, &request, &last, &error), STATUS_OK);
    assert_int_equal(count, 2);
    json_decref(last);
    json_decref(request.body_ref);
    /* A second request on the same connection, with a file. */
    last = NULL;
    request = (struct control_request){json_pack("{s:s, s:s}", "verb", "set debug", "level", "p1"),
                                       STDERR_FILENO, NULL, NULL};
    assert_int_equal(control_client_request(client, &request, &last, &error), STATUS_OK);
    json_decref(request.body_ref);
    assert_int_equal(json_integer_value(json_object_get(last, "bits")), 8);
    json_decref(last);
    control_client_close(client);
    door_stop(&door);
}

static void a_refusal_comes_with_its_text(void **state)
{
    struct door door;
    char line[512] = "";
    struct text error = text_over(line, sizeof line);

    (void)state;
    door_start(&door);
    assert_int_equal(control_client_tell(door.directory, "fly", &error), STATUS_REFUSED);
    assert_string_equal(line, "Unknown command");
    assert_int_equal(control_client_tell(door.directory, "reload-policy", &error), STATUS_OK);
    door_stop(&door);
}

static void an_absent_daemon_is_absent(void **state)
{
    char line[512] = "";
    struct text error = text_over(line, sizeof line);

    (void)state;
    assert_int_equal(control_client_tell("/nonexistent", "reload", &error), STATUS_ABSENT);
    assert_string_equal(line, "Unable to communicate with in.iked\n"
                              "open_door failed: No such file or directory");
}

static void sec_157_the_socket_is_for_its_owner_only(void **state)
{
    struct door door;
    struct stat found;
    char path[108];

    (void)state;
    door_start(&door);
    assert_int_equal(lstat(door_path(&door, path), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    door_stop(&door);
}

/* Another user who was handed a descriptor of the directory still does not get in. */
static void sec_157_another_user_is_shown_out(void **state)
{
    struct door door;
    char path[108];
    int status = -1;
    pid_t stranger;

    (void)state;
    if (geteuid() != 0)
        skip();
    door_start(&door);
    assert_int_equal(chmod(door.directory, 0755), 0);
    assert_int_equal(chmod(door_path(&door, path), 0666), 0); /* as if the mode were wrong */
    stranger = fork();
    if (stranger == 0) {
        char line[512] = "";
        struct text error = text_over(line, sizeof line);

        /* It connects, and hears nothing: STATUS_ABSENT would say that it could not connect. */
        _exit(setuid(65534) < 0 ||
              control_client_tell(door.directory, "get priv", &error) != STATUS_SYSTEM);
    }
    assert_int_equal(waitpid(stranger, &status, 0), stranger);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    door_stop(&door);
}

static void sec_157_a_planted_file_is_not_replaced(void **state)
{
    char directory[] = "/tmp/door_testXXXXXX", path[64], line[512] = "";
    struct event_base *loop = event_base_new();
    struct control_server *server = NULL;
    struct fake_host fake;
    int fd;

    (void)state;
    fake_host_init(&fake);
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/ike_door", directory);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    assert_int_equal(open_server(loop, directory, &fake, &server, line), STATUS_REFUSED);
    assert_non_null(strstr(line, "is not a socket of ours"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(chmod(directory, 0777), 0);
    assert_int_equal(open_server(loop, directory, &fake, &server, line), STATUS_REFUSED);
    assert_non_null(strstr(line, "others cannot write to (mode 0777)"));
    assert_int_equal(rmdir(directory), 0);
    event_base_free(loop);
    fake_host_clear(&fake);
}

static void a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
    struct door door;
    struct event_base *loop = event_base_new();
    struct control_server *server = NULL;
    struct fake_host fake;
    char line[512] = "";
    int status;

    (void)state;
    fake_host_init(&fake);
    door_start(&door);
    assert_int_equal(open_server(loop, door.directory, &fake, &server, line), STATUS_EXISTS);
    assert_non_null(strstr(line, "another in.iked answers"));
    assert_int_equal(kill(door.server, SIGKILL), 0);
    assert_int_equal(waitpid(door.server, &status, 0), door.server);
    assert_int_equal(open_server(loop, door.directory, &fake, &server, line), STATUS_OK);
    control_server_close(server);
    assert_int_equal(rmdir(door.directory), 0);
    event_base_free(loop);
    fake_host_clear(&fake);
}

static void sec_158_a_line_over_a_mebibyte_ends_the_connection(void **state)
{
    static char block[65536];
    struct door door;
    size_t sent = 0;
    char octet;
    int fd;

    (void)state;
    door_start(&door);
    fd = connect_to(&door);
    memset(block, 'a', sizeof block);
    for (;;) {
        ssize_t got = send(fd, block, sizeof block, MSG_NOSIGNAL);

        if (got <= 0)
            break;
        sent += (size_t)got;
        assert_true(sent < (size_t)8 * CONTROL_LINE_MOST_BYTES);
    }
    assert_true(recv(fd, &octet, 1, 0) <= 0);
    close(fd);
    door_stop(&door);
}

static void sec_158_the_65th_client_is_sent_away(void **state)
{
    struct door door;
    int clients[65];
    char octet;

    (void)state;
    door_start(&door);
    for (size_t i = 0; i < COUNT(clients); i++)
        clients[i] = connect_to(&door);
    assert_int_equal(recv(clients[64], &octet, 1, 0), 0);
    close(clients[0]);
    for (;;) { /* a place is free as soon as the server has seen the end */
        int fd = connect_to(&door);
        bool is_in = send(fd, "{}\n", 3, MSG_NOSIGNAL) == 3 && recv(fd, &octet, 1, 0) == 1;

        close(fd);
        if (is_in)
            break;
    }
    for (size_t i = 1; i < COUNT(clients); i++)
        close(clients[i]);
    door_stop(&door);
}

/* Half a line is no request, whether the client then closes or only waits. */
static void sec_158_half_a_line_ends_when_its_time_is_over(void **state)
{
    struct door door;
    char octet;
    int waiting, closing;

    (void)state;
    door_start(&door);
    waiting = connect_to(&door);
    closing = connect_to(&door);
    assert_int_equal(send(waiting, "{\"verb\":", 8, MSG_NOSIGNAL), 8);
    assert_int_equal(send(closing, "{\"verb\":", 8, MSG_NOSIGNAL), 8);
    assert_int_equal(shutdown(closing, SHUT_WR), 0);
    assert_int_equal(recv(closing, &octet, 1, 0), 0);
    assert_int_equal(recv(waiting, &octet, 1, 0), 0);
    close(waiting);
    close(closing);
    door_stop(&door);
}

static void requests_in_one_segment_are_answered_in_order(void **state)
{
    struct door door;
    char answer[256] = "";
    size_t bytes = 0;
    int fd;

    (void)state;
    door_start(&door);
    fd = connect_to(&door);
    assert_int_equal(send(fd, "{}\n{\"verb\":\"get priv\"}\n", 23, MSG_NOSIGNAL), 23);
    while (bytes < sizeof answer - 1 && !strstr(answer, "\"level\"")) {
        ssize_t got = recv(fd, answer + bytes, sizeof answer - 1 - bytes, 0);

        assert_true(got > 0);
        bytes += (size_t)got;
    }
    assert_non_null(strstr(answer, "Request invalid\"}\n{"));
    close(fd);
    door_stop(&door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_gets_records_and_the_last_line),
        cmocka_unit_test(a_refusal_comes_with_its_text),
        cmocka_unit_test(an_absent_daemon_is_absent),
        cmocka_unit_test(sec_157_the_socket_is_for_its_owner_only),
        cmocka_unit_test(sec_157_another_user_is_shown_out),
        cmocka_unit_test(sec_157_a_planted_file_is_not_replaced),
        cmocka_unit_test(a_stale_socket_is_replaced_a_live_one_is_not),
        cmocka_unit_test(sec_158_a_line_over_a_mebibyte_ends_the_connection),
        cmocka_unit_test(sec_158_the_65th_client_is_sent_away),
        cmocka_unit_test(sec_158_half_a_line_ends_when_its_time_is_over),
        cmocka_unit_test(requests_in_one_segment_are_answered_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
