#ifndef ENTENTE_DAEMON_OPTIONS_H
#define ENTENTE_DAEMON_OPTIONS_H

#include "control/defaults.h"

/* What the command line asks for. */
enum daemon_action {
    ACTION_RUN,
    ACTION_CHECK,   /* -c */
    ACTION_VERSION, /* -V */
    ACTION_HELP,    /* -h, --help */
    ACTION_REPLAY,  /* --replay FILE */
};

struct options {
    enum daemon_action action;
    struct defaults defaults; /* of the service, with what the command line says put over them */
    const char *trace_file;   /* --trace, NULL: none; of argv */
    const char *replay_file;  /* of argv */
    bool is_strict_solaris;
    bool is_debugging;   /* -d: all categories, stays at the terminal */
    bool is_foreground;  /* --foreground or -d */
    bool sets_privilege; /* -p was given: said once */
};

/*
 * Reads the command line over *out, whose `defaults` hold the service's properties already.
 *
 * error  one line that says what is wrong, with what may stand there.
 *
 * Returns STATUS_OK or STATUS_MALFORMED.
 */
enum status options_parse(int argc, char **argv, struct options *out, struct text *error);

/* What -h prints. */
extern const char options_usage[];

#endif
