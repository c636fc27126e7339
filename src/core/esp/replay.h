#ifndef ENTENTE_ESP_REPLAY_H
#define ENTENTE_ESP_REPLAY_H

#include "base/view.h"

#define REPLAY_WINDOW_MIN 32u
#define REPLAY_WINDOW_MAX 4096u

/*
 * The anti-replay window of one inbound SA, sequence numbers of 32 bits or of 64
 * (extended ones). RFC 4303 section 3.4.3.
 * Checked before the ICV, which is cheap, and again when the number is taken after it: only an
 * authenticated packet moves the window.
 */
struct replay {
    uint64_t *bits_own; /* a ring: one bit for each number of the window, and a word to spare */
    size_t word_count;
    uint32_t window;
    uint64_t highest; /* 0: none received yet */
};

/*
 * window   packets, raised to 32 and cut to 4096.
 * highest  numbers up to it count as received: 0 for a fresh SA.
 *
 * Returns STATUS_OK or STATUS_NO_MEMORY.
 */
enum status replay_init(struct replay *replay, uint32_t window, uint64_t highest);
void replay_clear(struct replay *replay);

/* True when the number may still be accepted: not 0, not left of the window, not seen. */
bool replay_is_fresh(const struct replay *replay, uint64_t sequence);

/* Marks an authenticated number; false, and nothing changes, when it is not fresh. */
bool replay_take(struct replay *replay, uint64_t sequence);

/*
 * The extended number whose lower half this is: the one nearest to the window. RFC 4303 appendix
 * A2.2. 0, which is never fresh, for one before the first.
 */
uint64_t replay_extend(const struct replay *replay, uint32_t low);

#endif
