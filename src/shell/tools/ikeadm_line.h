#ifndef ENTENTE_TOOLS_IKEADM_LINE_H
#define ENTENTE_TOOLS_IKEADM_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/ikeadm_command.h"

#define LINE_MOST_BYTES 4096u /* with its newline */
#define LINE_UNBALANCED SIZE_MAX

/*
 * Cuts a line into words in place: blanks part them, '"' groups. Returns their number, or
 * LINE_UNBALANCED for an open quote or too many words.
 */
size_t line_split(char *line, char *words[COMMAND_WORDS_MOST]);

/*
 * Reads one line, joined to the next while it ends in '\'. False at the end of the input; a line
 * that is too long is left out with a message.
 */
bool line_read(FILE *in, FILE *messages, char line[LINE_MOST_BYTES]);

#endif
