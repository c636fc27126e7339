#ifndef ENTENTE_TOOLS_TEXT_FILE_H
#define ENTENTE_TOOLS_TEXT_FILE_H

#include "base/text.h"
#include "base/view.h"

enum text_file_trust {
    TEXT_FILE_CHECKED, /* only looked at: whoever wrote it */
    TEXT_FILE_APPLIED, /* root's or this user's, and nobody else may write it */
};

/*
 * Reads a file of policy; "-" is the standard input. Links are followed: it holds no secret.
 *
 * out    cleared and filled; the caller frees it with bytes_clear.
 * error  one line on failure: the path, what was found, the command that mends it.
 *
 * Returns STATUS_OK, STATUS_REFUSED for owner, mode or kind, STATUS_LIMIT over
 * CONFIG_FILE_MOST_BYTES, STATUS_SYSTEM or STATUS_NO_MEMORY.
 */
enum status text_file_read(const char *path, enum text_file_trust trust, struct bytes *out,
                           struct text *error);

#endif
