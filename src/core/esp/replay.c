#include "esp/replay.h"

#include <assert.h>
#include <stdlib.h>

#define WORD_BITS 64u

static uint64_t *word_of(const struct replay *replay, uint64_t sequence)
{
    assert(replay->word_count > 0);
    return &replay->bits_own[sequence / WORD_BITS % replay->word_count];
}

enum status replay_init(struct replay *replay, uint32_t window, uint64_t highest)
{
    uint32_t packets = window < REPLAY_WINDOW_MIN ? REPLAY_WINDOW_MIN : window;
    if (packets > REPLAY_WINDOW_MAX)
        packets = REPLAY_WINDOW_MAX;
    /* The window spans at most one word more than its size, wherever it begins. */
    size_t word_count = (packets + WORD_BITS - 1) / WORD_BITS + 1;
    uint64_t *bits = calloc(word_count, sizeof *bits);

    if (!bits)
        return STATUS_NO_MEMORY;
    *replay = (struct replay){
        .bits_own = bits,
        .word_count = word_count,
        .window = packets,
        .highest = highest,
    };
    for (size_t i = 0; i < word_count; i++)
        bits[i] = UINT64_MAX;
    *word_of(replay, highest) &= UINT64_MAX >> (WORD_BITS - 1 - highest % WORD_BITS);
    return STATUS_OK;
}

void replay_clear(struct replay *replay)
{
    free(replay->bits_own);
    *replay = (struct replay){.bits_own = NULL};
}

bool replay_is_fresh(const struct replay *replay, uint64_t sequence)
{
    if (sequence == 0)
        return false;
    if (sequence > replay->highest)
        return true;
    if (replay->highest - sequence >= replay->window)
        return false;
    return !(*word_of(replay, sequence) & BIT(sequence % WORD_BITS));
}

bool replay_take(struct replay *replay, uint64_t sequence)
{
    if (!replay_is_fresh(replay, sequence))
        return false;
    if (sequence > replay->highest) {
        uint64_t from = replay->highest / WORD_BITS;
        uint64_t steps = sequence / WORD_BITS - from;
        for (uint64_t i = 1; i <= steps && i <= replay->word_count; i++)
            replay->bits_own[(from + i) % replay->word_count] = 0;
        replay->highest = sequence;
    }
    *word_of(replay, sequence) |= BIT(sequence % WORD_BITS);
    return true;
}

uint64_t replay_extend(const struct replay *replay, uint32_t low)
{
    uint32_t top = (uint32_t)replay->highest;
    uint32_t bottom = top - replay->window + 1; /* of the window, in its own round of numbers */
    uint64_t round = replay->highest >> 32;

    if (top >= replay->window - 1)
        round += low < bottom; /* left of the window: it must be of the next round */
    else if (low >= bottom) {
        if (round == 0)
            return 0;
        round--; /* the window reaches back into the round before */
    }
    return round << 32 | low;
}
