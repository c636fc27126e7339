#include "daemon/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/view.h"

/* What of the environment is kept; nothing that a loader, a locale or a library obeys. */
static const char *const kept_names[] = {"NOTIFY_SOCKET", "JOURNAL_STREAM", "TZ"};

static bool keep_environment(void)
{
    char *kept[COUNT(kept_names)] = {NULL};
    bool is_good = true;

    for (size_t i = 0; i < COUNT(kept_names); i++) {
        const char *value = getenv(kept_names[i]);

        kept[i] = value ? strdup(value) : NULL;
        is_good = is_good && !(value && !kept[i]);
    }
    is_good = clearenv() == 0 && is_good;
    for (size_t i = 0; i < COUNT(kept_names); i++) {
        if (kept[i] && setenv(kept_names[i], kept[i], 1) < 0)
            is_good = false;
        free(kept[i]);
    }
    return is_good;
}

/* A file that is opened later must not become descriptor 0, 1 or 2. */
static bool open_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            (void)signal(number, SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

enum status environment_init(void)
{
    const struct rlimit no_core = {0, 0};

    if (!open_standard_descriptors() || !keep_environment())
        return STATUS_SYSTEM;
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
    (void)umask(077);
    reset_signals();
    if (setrlimit(RLIMIT_CORE, &no_core) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return STATUS_SYSTEM;
    return STATUS_OK;
}

int environment_fork(int *ready_fd)
{
    int ends[2];
    pid_t child;
    char ready = 0;
    ssize_t got;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (child == 0) {
        close(ends[0]);
        if (setsid() < 0 || chdir("/") < 0)
            _exit(EXIT_FAILURE);
        *ready_fd = ends[1];
        return 0;
    }
    close(ends[1]);
    do
        got = read(ends[0], &ready, 1);
    while (got < 0 && errno == EINTR);
    _exit(got == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

void environment_ready(int ready_fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    ssize_t written = write(ready_fd, "1", 1);

    (void)written;
    close(ready_fd);
    if (null < 0)
        return;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        (void)dup2(null, fd);
    close(null);
}

void environment_notify(const char *state)
{
#ifdef HAVE_SYSTEMD
    (void)sd_notify(0, state);
#else
    (void)state;
#endif
}

int environment_is_supervised(void)
{
    return getenv("NOTIFY_SOCKET") != NULL;
}
