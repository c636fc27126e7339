#ifndef ENTENTE_CONTROL_VERB_H
#define ENTENTE_CONTROL_VERB_H

#include "base/view.h"
#include "control/host.h"

#define CONTROL_LINE_MOST_BYTES (UINT32_C(1) << 20)

/* Takes one line of the answer, without its newline; false: the client is gone. */
typedef bool verb_line_fn(void *arg, struct view line);

/*
 * Answers one request line: finds the verb in its table, checks the arguments' types, sends records
 * and one last line with the status. Whatever the line holds, exactly one last line is sent.
 *
 * descriptor  a file that came with the request, -1: none; taken (closed when not wanted).
 */
void verb_answer(const struct control_host *host, struct view line, int descriptor,
                 verb_line_fn *send, void *arg);

#endif
