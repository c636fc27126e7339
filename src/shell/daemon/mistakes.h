#ifndef ENTENTE_DAEMON_MISTAKES_H
#define ENTENTE_DAEMON_MISTAKES_H

#include <stdbool.h>

#include "base/status.h"
#include "policy/config_error.h"

/* Takes one line for the administrator: severity of contract/event.h and text. */
typedef void mistakes_say_fn(void *arg, int severity, const char *line);

/* Says what a parser found; notes only in a check. */
void mistakes_say(const struct config_errors *errors, bool is_check, mistakes_say_fn *say,
                  void *arg);

/* What a parser's status means for a load: REFUSED, or NO_MEMORY after the line that no list of
 * mistakes has; STATUS_OK stays. */
enum status mistakes_end(const char *file, enum status status, mistakes_say_fn *say, void *arg);

#endif
