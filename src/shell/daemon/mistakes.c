#include "daemon/mistakes.h"

#include <stdio.h>

#include "contract/event.h"

#define LINE_BYTES 768u

static const int severities[] = {
    [CONFIG_ERROR] = SEVERITY_ERROR,
    [CONFIG_WARNING] = SEVERITY_WARNING,
    [CONFIG_NOTE] = SEVERITY_INFO,
};

void mistakes_say(const struct config_errors *errors, bool is_check, mistakes_say_fn *say,
                  void *arg)
{
    char line[CONFIG_ERROR_LINE_BYTES];

    for (size_t i = 0; i < errors->count; i++) {
        const struct config_error *error = &errors->items_own[i];

        if (error->severity != CONFIG_NOTE || is_check)
            say(arg, severities[error->severity], config_error_line(error, line));
    }
    if (errors->left_out > 0) {
        (void)snprintf(line, sizeof line, "%zu more messages were left out", errors->left_out);
        say(arg, SEVERITY_WARNING, line);
    }
}

enum status mistakes_end(const char *file, enum status status, mistakes_say_fn *say, void *arg)
{
    char line[LINE_BYTES];

    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_NO_MEMORY)
        return STATUS_REFUSED;
    (void)snprintf(line, sizeof line, "%s: not enough memory", file);
    say(arg, SEVERITY_ERROR, line);
    return status;
}
