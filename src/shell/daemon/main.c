#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/environment.h"
#include "daemon/options.h"

#define ERROR_BYTES 8192u

/* A daemon in the background stands in "/", and reads its files again on SIGHUP. */
static enum status make_absolute(char path[DEFAULTS_TEXT_BYTES], struct text *error)
{
    char whole[PATH_MAX];

    if (*path == '/')
        return STATUS_OK;
    if (!realpath(path, whole) || strlen(whole) >= DEFAULTS_TEXT_BYTES) {
        text_add(error, "%s: there is no such file, or its path is over 255 octets", path);
        return STATUS_SYSTEM;
    }
    memcpy(path, whole, strlen(whole) + 1);
    return STATUS_OK;
}

static int run(struct options *options)
{
    char line[ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);

    if (make_absolute(options->defaults.config_file, &error) != STATUS_OK) {
        fprintf(stderr, "in.iked: %s\n", line);
        return EXIT_FAILURE;
    }
    if (options->sets_privilege)
        printf("Setting privilege level to %d!\n", (int)options->defaults.admin_privilege);
    if (fflush(stdout) == EOF || environment_init() != STATUS_OK) {
        perror("in.iked: cannot set up the process");
        return EXIT_FAILURE;
    }
    if (geteuid() != 0) {
        fprintf(stderr, "in.iked: must be started by root (-c checks without)\n");
        return EXIT_FAILURE;
    }
    return daemon_run(options);
}

static int act(struct options *options)
{
    switch (options->action) {
    case ACTION_RUN:
        return run(options);
    case ACTION_CHECK:
        return check_run(options);
    case ACTION_REPLAY:
        return replay_run(options);
    case ACTION_VERSION:
        printf("in.iked (Entente) %s\n", ENTENTE_VERSION);
        return EXIT_SUCCESS;
    case ACTION_HELP:
        fputs(options_usage, stdout);
        return EXIT_SUCCESS;
    }
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options = {.action = ACTION_RUN};
    char line[ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);

    if (!crypto_wipe_freed_memory()) { /* first of all: OpenSSL must not have allocated yet */
        fprintf(stderr, "in.iked: OpenSSL's memory cannot be wiped\n");
        return EXIT_FAILURE;
    }
    defaults_init(&options.defaults);
    if (defaults_read(DEFAULTS_FILE, &options.defaults, &error) != STATUS_OK) {
        fprintf(stderr, "in.iked: %s\n", line);
        return EXIT_FAILURE;
    }
    if (options_parse(argc, argv, &options, &error) != STATUS_OK) {
        fprintf(stderr, "in.iked: %s\n%s", line, options_usage);
        return EXIT_FAILURE;
    }
    return act(&options);
}
