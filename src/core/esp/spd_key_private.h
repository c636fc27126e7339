#ifndef ENTENTE_ESP_SPD_KEY_PRIVATE_H
#define ENTENTE_ESP_SPD_KEY_PRIVATE_H

#include "esp/spd.h"

#define SPD_KEY_WORDS 5u /* two of each address, one of protocol and ports */
#define SPD_NONE UINT32_MAX

/* What entries can ask of a packet, as bits: addresses, protocol, ports. */
struct spd_key {
    uint64_t words[SPD_KEY_WORDS];
};

/* An entry as key and mask: packets of it have this key under this mask. What the mask cannot say
 * (ranges that are no prefix, ICMP types, that there are ports) it leaves out. */
struct spd_pattern {
    struct spd_key key;
    struct spd_key mask;
};

struct spd_key spd_key_of(enum packet_way way, const struct inner_packet *packet);
struct spd_pattern spd_pattern_of(const struct selector *selector);

/* All that the entry asks, its direction apart. */
bool spd_entry_matches(const struct spd_entry *entry, enum packet_way way,
                       const struct inner_packet *packet);

static inline struct spd_key spd_key_masked(const struct spd_key *key, const struct spd_key *mask)
{
    struct spd_key out;

    for (size_t i = 0; i < SPD_KEY_WORDS; i++)
        out.words[i] = key->words[i] & mask->words[i];
    return out;
}

static inline bool spd_key_equal(const struct spd_key *a, const struct spd_key *b)
{
    uint64_t difference = 0;

    for (size_t i = 0; i < SPD_KEY_WORDS; i++)
        difference |= a->words[i] ^ b->words[i];
    return difference == 0;
}

/* Any order will do: equal ones come together. */
static inline int spd_key_compare(const struct spd_key *a, const struct spd_key *b)
{
    for (size_t i = 0; i < SPD_KEY_WORDS; i++) {
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    }
    return 0;
}

/* The tables' content is the administrator's: a stranger cannot fill a chain, so no secret. */
static inline uint32_t spd_key_hash(const struct spd_key *key)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < SPD_KEY_WORDS; i++) {
        hash = (hash ^ key->words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 32);
}

/* How many slots an open table of so many keys has: a power of two, half of them free. */
uint32_t spd_slots_for(size_t key_count);

#endif
