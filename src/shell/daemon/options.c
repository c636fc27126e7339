#include "daemon/options.h"

#include <getopt.h>

#include "contract/event.h"
#include "control/level.h"

const char options_usage[] =
    "Usage:\tin.iked [-d] [-f file] [-p level] [--foreground] [--data-plane auto|user|xfrm]\n"
    "\t        [--single-process] [--trace file]\n"
    "\tin.iked -c [-f file] [--strict-solaris]\n"
    "\tin.iked --replay file\n"
    "\tin.iked -V | -h\n";

enum long_option {
    LONG_FOREGROUND = 256,
    LONG_DATA_PLANE,
    LONG_SINGLE_PROCESS,
    LONG_STRICT_SOLARIS,
    LONG_TRACE,
    LONG_REPLAY,
};

static const struct option long_options[] = {
    {"foreground", no_argument, NULL, LONG_FOREGROUND},
    {"data-plane", required_argument, NULL, LONG_DATA_PLANE},
    {"single-process", no_argument, NULL, LONG_SINGLE_PROCESS},
    {"strict-solaris", no_argument, NULL, LONG_STRICT_SOLARIS},
    {"trace", required_argument, NULL, LONG_TRACE},
    {"replay", required_argument, NULL, LONG_REPLAY},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void add_found(struct text *error, const char *found, const char *wanted)
{
    text_add(error, "found \"");
    text_add_escaped(error, view_of_text(found));
    text_add(error, "\"; %s", wanted);
}

static enum status set_config_file(struct options *out, const char *value, struct text *error)
{
    if (!*value || strlen(value) >= sizeof out->defaults.config_file) {
        add_found(error, value, "-f takes the name of a file, shorter than 256 octets");
        return STATUS_MALFORMED;
    }
    memcpy(out->defaults.config_file, value, strlen(value) + 1);
    return STATUS_OK;
}

static enum status set_privilege(struct options *out, const char *value, struct text *error)
{
    if (privilege_parse(value, &out->defaults.admin_privilege) != STATUS_OK) {
        add_found(error, value, "-p is one of 0, 1, 2, base, modkeys, keymat");
        return STATUS_MALFORMED;
    }
    out->sets_privilege = true;
    return STATUS_OK;
}

static enum status set_plane(struct options *out, const char *value, struct text *error)
{
    if (!plane_choice_parse(value, &out->defaults.data_plane)) {
        add_found(error, value, "--data-plane is one of auto, user, xfrm");
        return STATUS_MALFORMED;
    }
    return STATUS_OK;
}

/* One option of getopt_long. */
static enum status take(int option, const char *value, struct options *out, struct text *error)
{
    switch (option) {
    case 'c':
        out->action = ACTION_CHECK;
        return STATUS_OK;
    case 'V':
        out->action = ACTION_VERSION;
        return STATUS_OK;
    case 'h':
        out->action = ACTION_HELP;
        return STATUS_OK;
    case 'd':
        out->is_debugging = true;
        out->is_foreground = true;
        out->defaults.debug_bits = CATEGORY_ALL;
        return STATUS_OK;
    case 'f':
        return set_config_file(out, value, error);
    case 'p':
        return set_privilege(out, value, error);
    case LONG_FOREGROUND:
        out->is_foreground = true;
        return STATUS_OK;
    case LONG_DATA_PLANE:
        return set_plane(out, value, error);
    case LONG_SINGLE_PROCESS: /* the only mode yet */
        return STATUS_OK;
    case LONG_STRICT_SOLARIS:
        out->is_strict_solaris = true;
        return STATUS_OK;
    case LONG_TRACE:
        out->trace_file = value;
        return STATUS_OK;
    case LONG_REPLAY:
        out->action = ACTION_REPLAY;
        out->replay_file = value;
        return STATUS_OK;
    default:
        return STATUS_MALFORMED;
    }
}

enum status options_parse(int argc, char **argv, struct options *out, struct text *error)
{
    struct options options = *out;
    int option;

    opterr = 0;
    optind = 0; /* begins anew, also after a mistake in the midst of a word */
    while ((option = getopt_long(argc, argv, ":cdf:hp:V", long_options, NULL)) != -1) {
        enum status status;

        if (option == '?' || option == ':') {
            const char letter[] = {'-', (char)optopt, '\0'};

            add_found(error, optopt > 0 && optopt < 256 ? letter : argv[optind - 1],
                      option == ':' ? "this option takes a value" : "there is no such option");
            return STATUS_MALFORMED;
        }
        status = take(option, optarg, &options, error);
        if (status != STATUS_OK)
            return status;
    }
    if (optind < argc) {
        add_found(error, argv[optind], "in.iked takes options only");
        return STATUS_MALFORMED;
    }
    if (options.is_strict_solaris && options.action != ACTION_CHECK) {
        add_found(error, "--strict-solaris", "it goes with -c");
        return STATUS_MALFORMED;
    }
    *out = options;
    return STATUS_OK;
}
