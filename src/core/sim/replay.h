#ifndef ENTENTE_SIM_REPLAY_H
#define ENTENTE_SIM_REPLAY_H

#include "base/instant.h"
#include "base/text.h"

struct replay_result {
    uint64_t inputs; /* replayed */
    uint64_t at_us;  /* instant of the last one */
    bool is_equal;   /* every digest and every draw was the same */
};

struct crypto;

typedef void replay_line_fn(void *arg, struct instant now, const char *line);

struct replay_options {
    replay_line_fn *line; /* hears every event line; NULL: nobody */
    void *arg;
    struct crypto *crypto_back; /* NULL: its own */
};

/*
 * Replays a whole trace (sim/recording.h) in a fresh engine, up to the first difference.
 *
 * Returns STATUS_OK, and the result says whether it was equal; STATUS_MALFORMED for a trace that
 * cannot be read; STATUS_REFUSED when its texts do not load, with the line in `why`;
 * STATUS_NO_MEMORY, STATUS_CRYPTO.
 */
enum status replay_trace(struct view trace, const struct replay_options *options,
                         struct replay_result *result, struct text *why);

#endif
