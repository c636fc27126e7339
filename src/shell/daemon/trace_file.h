#ifndef ENTENTE_DAEMON_TRACE_FILE_H
#define ENTENTE_DAEMON_TRACE_FILE_H

#include "daemon/material.h"
#include "sim/recording.h"

struct crypto;

/*
 * --trace FILE: everything that the engine hears and draws, with a digest of what it does, so that
 * in.iked --replay FILE does the same again bit for bit. For the laboratory: the answers of the
 * keyring are in it, so whoever reads the file can read the traffic.
 */
struct trace_file {
    struct recording recording;
    int fd;          /* -1: no trace */
    bool has_failed; /* disk full: nothing more is written */
};

/* Creates the file, mode 0600; one that exists is refused. */
enum status trace_file_open(struct trace_file *trace, const char *path, struct crypto *crypto,
                            struct text *error);
void trace_file_close(struct trace_file *trace);

/* The engine's options and the files' texts: before engine_new, and for every new rule set. */
void trace_file_config(struct trace_file *trace, struct instant now,
                       const struct engine_options *options, const struct material *material);

#endif
