#ifndef ENTENTE_SIM_REPLAY_H
#define ENTENTE_SIM_REPLAY_H

#include "base/instant.h"
#include "base/text.h"

struct replay_result {
    uint64_t inputs; /* replayed */
    uint64_t at_us;  /* instant of the last one */
    bool is_equal;   /* every digest and every draw was the same */
};

/*
 * Replays a whole trace (sim/recording.h) in a fresh engine. `lines`: called with every event line
 * (may be NULL). STATUS_MALFORMED for a trace that cannot be read, STATUS_REFUSED when its texts do
 * not load (`why` has the line), STATUS_NO_MEMORY; else STATUS_OK, and the result says whether it
 * was equal.
 */
typedef void replay_line_fn(void *arg, struct instant now, const char *line);
enum status replay_trace(struct view trace, replay_line_fn *line, void *arg,
                         struct replay_result *result, struct text *why);

#endif
