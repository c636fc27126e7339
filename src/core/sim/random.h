#ifndef ENTENTE_SIM_RANDOM_H
#define ENTENTE_SIM_RANDOM_H

#include "base/view.h"

/* A seeded generator (xoshiro256**): the dice of a simulation, never of a daemon. */
struct sim_random {
    uint64_t state[4];
};

void sim_random_init(struct sim_random *random, uint64_t seed);
uint64_t sim_random_next(struct sim_random *random);

/* 0 .. below - 1; 0 when `below` is 0. */
uint64_t sim_random_below(struct sim_random *random, uint64_t below);

/* True `per_mille` times of 1000. */
bool sim_random_chance(struct sim_random *random, unsigned per_mille);

void sim_random_fill(struct sim_random *random, uint8_t *out, size_t bytes);

#endif
