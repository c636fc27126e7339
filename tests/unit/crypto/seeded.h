#ifndef ENTENTE_TESTS_UNIT_CRYPTO_SEEDED_H
#define ENTENTE_TESTS_UNIT_CRYPTO_SEEDED_H

#include "base/randomness.h"

/* Randomness of a test: SplitMix64 from a seed, and how much was drawn. */
struct seeded {
    uint64_t state;
    size_t drawn_bytes;
    uint64_t ike_sa; /* of the last draw */
};

static inline void seeded_fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    struct seeded *seeded = arg;

    seeded->ike_sa = ike_sa;
    seeded->drawn_bytes += bytes;
    for (size_t i = 0; i < bytes; i++) {
        uint64_t mixed = seeded->state += UINT64_C(0x9e3779b97f4a7c15);
        mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
        out[i] = (uint8_t)(mixed >> 56);
    }
}

static inline struct randomness seeded_randomness(struct seeded *seeded)
{
    return (struct randomness){seeded, seeded_fill};
}

#endif
