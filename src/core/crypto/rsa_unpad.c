#include "crypto/rsa_unpad_private.h"

/*
 * All values here are 32 bits wide and below 2^31. A mask is all ones for true and zero for false;
 * it is hidden from the compiler, which otherwise makes a branch of what looks like a choice.
 */
typedef uint32_t mask;

static inline mask mask_hide(uint32_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

static inline mask mask_of_top(uint32_t value)
{
    return mask_hide(0u - (value >> 31));
}

static inline mask is_zero(uint32_t value)
{
    return mask_of_top(~value & (value - 1u));
}

static inline mask is_equal(uint32_t a, uint32_t b)
{
    return is_zero(a ^ b);
}

static inline mask is_less(uint32_t a, uint32_t b)
{
    return mask_of_top(a - b);
}

static inline uint32_t choose(mask which, uint32_t if_true, uint32_t if_false)
{
    return (which & if_true) | (~which & if_false);
}

uint32_t rsa_replacement_bytes(const uint8_t candidates[2 * RSA_LENGTH_CANDIDATES],
                               const struct rsa_bounds *bounds)
{
    uint32_t count = bounds->most_bytes - bounds->least_bytes + 1;
    uint32_t bits = count;
    uint32_t bytes = 0;

    for (unsigned shift = 1; shift < 16; shift *= 2)
        bits |= bits >> shift;
    for (size_t i = 0; i < RSA_LENGTH_CANDIDATES; i++) {
        uint32_t candidate = ((uint32_t)candidates[2 * i] << 8 | candidates[2 * i + 1]) & bits;
        bytes = choose(is_less(candidate, count), candidate, bytes);
    }
    return bounds->least_bytes + bytes;
}

/* Moves the last `bytes` octets to the front and clears what is behind them: a shift by each power
 * of two is made or not, so that no address depends on the length. */
static void align_left(uint8_t *block, size_t block_bytes, uint32_t bytes)
{
    uint32_t shift_bytes = (uint32_t)block_bytes - bytes;

    for (size_t step = 1; step <= block_bytes; step *= 2) {
        mask is_shifted = ~is_zero(shift_bytes & (uint32_t)step);
        for (size_t i = 0; i < block_bytes; i++) {
            uint8_t from = i + step < block_bytes ? block[i + step] : 0;
            block[i] = (uint8_t)choose(is_shifted, from, block[i]);
        }
    }
    for (size_t i = 0; i < block_bytes; i++)
        block[i] &= (uint8_t)is_less((uint32_t)i, bytes);
}

uint32_t rsa_unpad(uint8_t *block, size_t block_bytes, const struct rsa_bounds *bounds,
                   const uint8_t *replacement, uint32_t replacement_bytes)
{
    mask is_good = is_zero(block[0]) & is_equal(block[1], 2);
    mask is_found = 0;
    uint32_t separator = 0, bytes;

    for (size_t i = 2; i < block_bytes; i++) {
        mask is_separator = is_zero(block[i]) & ~is_found;
        separator = choose(is_separator, (uint32_t)i, separator);
        is_found |= is_separator;
    }
    is_good &= is_found;
    is_good &= ~is_less(separator, 2 + 8); /* 00 02, at least eight octets, 00 */
    bytes = (uint32_t)block_bytes - 1 - separator;
    is_good &= ~is_less(bytes, bounds->least_bytes);
    is_good &= ~is_less(bounds->most_bytes, bytes);
    is_good = mask_hide(is_good);

    for (size_t i = 0; i < block_bytes; i++)
        block[i] = (uint8_t)choose(is_good, block[i], replacement[i]);
    bytes = choose(is_good, bytes, replacement_bytes);
    align_left(block, block_bytes, bytes);
    return bytes;
}
