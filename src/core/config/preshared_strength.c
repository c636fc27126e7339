#include "base/secret.h"
#include "config/preshared_key_private.h"

/*
 * An estimate, for one warning: what looks like words counts 2 bits a letter, other text by the
 * kinds of characters it has, octets by their half octets. Repetition and counting up are seen
 * through.
 */
#define SIXTEENTHS 16u        /* of a bit */
#define WORD_LETTER_16THS 32u /* 2 bits */
#define SYMBOLS_MOST (2u * PRESHARED_KEY_MOST_BYTES)

struct symbols {
    size_t count;
    uint8_t values[SYMBOLS_MOST];
};

/* log2(n) in sixteenths, rounded down; n up to 256. */
static unsigned log2_16ths(unsigned n)
{
    uint64_t power = 1;
    unsigned sixteenths = 0;

    /* n^16 would not fit: the halves by squaring, one binary digit at a time. */
    while (n >= 2u << (sixteenths / SIXTEENTHS))
        sixteenths += SIXTEENTHS;
    power = ((uint64_t)n << 16) >> (sixteenths / SIXTEENTHS); /* 1 to 2, 16 binary places */
    for (unsigned step = SIXTEENTHS / 2; step > 0; step /= 2) {
        power = power * power >> 16;
        if (power >= UINT64_C(2) << 16) {
            power >>= 1;
            sixteenths += step;
        }
    }
    return sixteenths;
}

static bool is_text(const struct preshared_key *key)
{
    for (size_t i = 0; i < key->used_bytes; i++) {
        if (key->octets[i] < 0x20 || key->octets[i] > 0x7e)
            return false;
    }
    return true;
}

static void symbols_of(const struct preshared_key *key, struct symbols *out)
{
    out->count = 0;
    for (size_t i = 0; i < key->used_bytes; i++) {
        if (is_text(key)) {
            out->values[out->count++] = key->octets[i];
            continue;
        }
        out->values[out->count++] = key->octets[i] >> 4;
        out->values[out->count++] = key->octets[i] & 15;
    }
}

/* The shortest length after which everything repeats. */
static size_t period(const struct symbols *symbols)
{
    for (size_t length = 1; length < symbols->count; length++) {
        size_t i = length;

        while (i < symbols->count && symbols->values[i] == symbols->values[i - length])
            i++;
        if (i == symbols->count)
            return length;
    }
    return symbols->count;
}

static bool counts_up(const struct symbols *symbols, size_t length)
{
    unsigned step;

    if (length < 3)
        return true;
    step = (unsigned)(symbols->values[1] - symbols->values[0]) & 15;
    for (size_t i = 2; i < length; i++) {
        if (((unsigned)(symbols->values[i] - symbols->values[i - 1]) & 15) != step)
            return false;
    }
    return true;
}

static unsigned distinct(const struct symbols *symbols, size_t length)
{
    bool seen[256] = {false};
    unsigned count = 0;

    for (size_t i = 0; i < length; i++) {
        count += !seen[symbols->values[i]];
        seen[symbols->values[i]] = true;
    }
    return count;
}

static const struct {
    char low, high;
    unsigned size;
} kinds[] = {{'0', '9', 10}, {'a', 'z', 26}, {'A', 'Z', 26}};

/* Bits of one character of text, in sixteenths. */
static unsigned character_16ths(const struct symbols *symbols, size_t length)
{
    bool is_seen[COUNT(kinds)] = {false};
    bool has_other = false;
    unsigned size = 0;

    for (size_t i = 0; i < length; i++) {
        bool is_of_kind = false;

        for (size_t j = 0; j < COUNT(kinds); j++) {
            if (symbols->values[i] >= kinds[j].low && symbols->values[i] <= kinds[j].high) {
                is_seen[j] = true;
                is_of_kind = true;
            }
        }
        has_other = has_other || (!is_of_kind && symbols->values[i] != ' ');
    }
    if (!is_seen[0] && !has_other && !(is_seen[1] && is_seen[2]))
        return WORD_LETTER_16THS; /* letters of one case, with blanks: words */
    for (size_t j = 0; j < COUNT(kinds); j++)
        size += is_seen[j] ? kinds[j].size : 0;
    return log2_16ths(size + (has_other ? 33 : 0));
}

uint32_t preshared_key_strength(const struct preshared_key *key)
{
    struct symbols symbols = {0};
    unsigned most;
    unsigned each;
    size_t length;

    symbols_of(key, &symbols);
    length = period(&symbols);
    each = log2_16ths(distinct(&symbols, length));
    most = is_text(key) ? character_16ths(&symbols, length) : 4 * SIXTEENTHS;
    if (each > most)
        each = most;
    if (counts_up(&symbols, length))
        length = 1;
    secret_wipe_memory(&symbols, sizeof symbols);
    return (uint32_t)(length * each / SIXTEENTHS);
}
