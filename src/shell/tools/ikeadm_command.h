#ifndef ENTENTE_TOOLS_IKEADM_COMMAND_H
#define ENTENTE_TOOLS_IKEADM_COMMAND_H

#include <stddef.h>

#include "tools/ikeadm_layout.h"

#define COMMAND_WORDS_MOST 64u

/* What every command of this run has in common. */
struct session {
    struct layout layout;
    const char *run_dir; /* where ike_door is */
    FILE *messages;      /* stderr */
    bool is_json;        /* --json: records as they come, an object a line */
    bool is_interactive;
};

/* Runs one command, given as its words. Returns the exit status, 0 or 1. */
int command_run(const struct session *session, size_t word_count, char *const words[]);

/* General help, or that of one command. */
int command_help(const struct session *session, const char *name);

/* The two lines of usage. */
void command_usage(const struct session *session);

#endif
