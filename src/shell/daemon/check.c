#include "daemon/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/file.h"
#include "daemon/material.h"
#include "sim/replay.h"

#define LINE_BYTES 1024u

static void say(void *arg, int severity, const char *line)
{
    (void)arg;
    (void)severity;
    fprintf(stderr, "in.iked: %s\n", line);
}

int check_run(const struct options *options)
{
    const struct material_sources sources = {
        .config_file = options->defaults.config_file,
        .preshared_file = PRESHARED_FILE,
        .keystore_root = "",
        .dialect = options->is_strict_solaris ? CONFIG_STRICT_SOLARIS : CONFIG_ENTENTE,
        .is_check = true,
    };
    struct material material = {0};
    enum status status = material_load(&sources, NULL, say, NULL, &material);

    material_clear(&material);
    if (status != STATUS_OK)
        return EXIT_FAILURE;
    printf("in.iked: Configuration file %s syntactically checks out.\n", sources.config_file);
    return EXIT_SUCCESS;
}

static void print_line(void *arg, struct instant now, const char *line)
{
    (void)arg;
    printf("%12.6f %s\n", (double)now.mono_us / (double)SECOND_US, line);
}

int replay_run(const struct options *options)
{
    char line[LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct replay_result result = {0};
    struct bytes trace = {0};
    enum status status = file_read(options->replay_file, FILE_SECRET, &trace, &error);

    if (status == STATUS_OK) {
        const struct replay_options how = {.line = print_line};

        status = replay_trace(bytes_view(&trace), &how, &result, &error);
        bytes_wipe(&trace);
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "in.iked: %s: %s\n", options->replay_file,
                error.bytes ? line : status_name(status));
        return EXIT_FAILURE;
    }
    printf("%llu inputs replayed: %s\n", (unsigned long long)result.inputs,
           result.is_equal ? "every effect was the same" : "the last one did something else");
    return result.is_equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
