#include "sim/random.h"

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return (value << bits) | (value >> (64 - bits));
}

/* splitmix64: spreads a small seed over the whole state, which must not be all zero. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

void sim_random_init(struct sim_random *random, uint64_t seed)
{
    for (size_t i = 0; i < COUNT(random->state); i++)
        random->state[i] = spread(&seed);
}

uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t sim_random_below(struct sim_random *random, uint64_t below)
{
    return below ? sim_random_next(random) % below : 0;
}

bool sim_random_chance(struct sim_random *random, unsigned per_mille)
{
    return sim_random_below(random, 1000) < per_mille;
}

void sim_random_fill(struct sim_random *random, uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t value = sim_random_next(random);
        for (size_t k = i; k < bytes && k < i + 8; k++, value >>= 8)
            out[k] = (uint8_t)value;
    }
}
