#ifndef ENTENTE_BASE_RANDOMNESS_H
#define ENTENTE_BASE_RANDOMNESS_H

#include "base/view.h"

/*
 * The one source of unpredictable octets in the core: SPIs, cookies, nonces, private values,
 * padding, jitter. `fill` cannot fail: the shell's ends the process instead (SEC-140), the
 * simulation's is seeded. `ike_sa` is the SPI of ours that the draw belongs to, 0 for none: it lets
 * a trace keep the draws of one negotiation.
 */
struct randomness {
    void *arg;
    void (*fill)(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes);
};

static inline void randomness_fill(const struct randomness *randomness, uint64_t ike_sa,
                                   uint8_t *out, size_t bytes)
{
    randomness->fill(randomness->arg, ike_sa, out, bytes);
}

#endif
