#ifndef ENTENTE_DAEMON_FILE_H
#define ENTENTE_DAEMON_FILE_H

#include "base/text.h"
#include "base/view.h"

enum file_trust {
    FILE_POLICY, /* root's or ours, not writable by others; links are followed */
    FILE_SECRET, /* the same, not readable by others either, and never through a link (SEC-151) */
};

/*
 * Reads a whole file: opened once, judged by its descriptor, at most CONFIG_FILE_MOST_BYTES.
 *
 * out    cleared and filled; the caller frees it (bytes_wipe for a secret).
 * error  one line: path, what was found, what is wanted and the command that mends it.
 *
 * Returns STATUS_OK, STATUS_ABSENT when there is none, STATUS_REFUSED for owner, mode or kind,
 * STATUS_LIMIT for its size, STATUS_SYSTEM or STATUS_NO_MEMORY.
 */
enum status file_read(const char *path, enum file_trust trust, struct bytes *out,
                      struct text *error);

#endif
