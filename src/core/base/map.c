#include "base/map.h"

#include <stdlib.h>

#define MAP_FIRST_BUCKETS 16u
#define MAP_MOVED_PER_INSERT 4u

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t little_endian(const uint8_t *octets, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)octets[i] << (8 * i);
    return value;
}

static void sip_rounds(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate_left(v[1], 13) ^ v[0];
        v[0] = rotate_left(v[0], 32);
        v[2] += v[3];
        v[3] = rotate_left(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate_left(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate_left(v[1], 17) ^ v[2];
        v[2] = rotate_left(v[2], 32);
    }
}

/* SipHash-2-4 of Aumasson and Bernstein. */
uint64_t map_hash(const uint8_t key[16], struct view octets)
{
    uint64_t k0 = little_endian(key, 8);
    uint64_t k1 = little_endian(key + 8, 8);
    uint64_t v[4] = {
        k0 ^ UINT64_C(0x736f6d6570736575),
        k1 ^ UINT64_C(0x646f72616e646f6d),
        k0 ^ UINT64_C(0x6c7967656e657261),
        k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = octets.bytes / 8 * 8;
    uint64_t word;

    for (size_t i = 0; i < whole; i += 8) {
        word = little_endian(octets.data + i, 8);
        v[3] ^= word;
        sip_rounds(v, 2);
        v[0] ^= word;
    }
    word = (uint64_t)octets.bytes << 56;
    if (octets.bytes > whole)
        word |= little_endian(octets.data + whole, octets.bytes - whole);
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

enum status map_init(struct map *map, const uint8_t hash_key[16])
{
    struct map_entry **buckets = calloc(MAP_FIRST_BUCKETS, sizeof(struct map_entry *));

    if (!buckets)
        return STATUS_NO_MEMORY;
    *map = (struct map){.buckets_own = buckets, .bucket_count = MAP_FIRST_BUCKETS};
    memcpy(map->hash_key, hash_key, sizeof map->hash_key);
    return STATUS_OK;
}

void map_clear(struct map *map)
{
    free(map->buckets_own);
    free(map->old_own);
    *map = (struct map){0};
}

static struct map_entry **map_bucket(const struct map *map, uint64_t hash)
{
    return &map->buckets_own[hash & (map->bucket_count - 1)];
}

/* The bucket of the table being emptied; NULL when the map does not grow. */
static struct map_entry **map_old_bucket(const struct map *map, uint64_t hash)
{
    return map->old_own ? &map->old_own[hash & (map->old_count - 1)] : NULL;
}

/* At the end of the chain, so that equal keys keep the order of insertion. */
static void chain_append(struct map_entry **bucket, struct map_entry *entry)
{
    while (*bucket)
        bucket = &(*bucket)->next_back;
    entry->next_back = NULL;
    *bucket = entry;
}

static void map_move_bucket(struct map *map, struct map_entry **old)
{
    while (*old) {
        struct map_entry *entry = *old;

        *old = entry->next_back;
        chain_append(map_bucket(map, entry->hash), entry);
    }
}

static void map_grow_a_little(struct map *map)
{
    if (!map->old_own && map->entry_count >= map->bucket_count &&
        map->bucket_count <= SIZE_MAX / 2 / sizeof(struct map_entry *)) {
        struct map_entry **buckets = calloc(map->bucket_count * 2, sizeof(struct map_entry *));

        if (!buckets)
            return;
        map->old_own = map->buckets_own;
        map->old_count = map->bucket_count;
        map->old_moved = 0;
        map->buckets_own = buckets;
        map->bucket_count *= 2;
    }
    for (unsigned i = 0; map->old_own && i < MAP_MOVED_PER_INSERT; i++) {
        map_move_bucket(map, &map->old_own[map->old_moved++]);
        if (map->old_moved == map->old_count) {
            free(map->old_own);
            map->old_own = NULL;
        }
    }
}

void map_insert(struct map *map, struct map_entry *entry, struct view key)
{
    struct map_entry **old;

    entry->key_view = key;
    entry->hash = map_hash(map->hash_key, key);
    map_grow_a_little(map);
    /* Equal keys stand in one chain: those of the old table come over first. */
    old = map_old_bucket(map, entry->hash);
    if (old)
        map_move_bucket(map, old);
    chain_append(map_bucket(map, entry->hash), entry);
    map->entry_count++;
}

static bool chain_take(struct map_entry **bucket, const struct map_entry *entry)
{
    while (*bucket && *bucket != entry)
        bucket = &(*bucket)->next_back;
    if (!*bucket)
        return false;
    *bucket = entry->next_back;
    return true;
}

void map_remove(struct map *map, struct map_entry *entry)
{
    struct map_entry **old = map_old_bucket(map, entry->hash);

    if ((old && chain_take(old, entry)) || chain_take(map_bucket(map, entry->hash), entry)) {
        entry->next_back = NULL;
        map->entry_count--;
    }
}

static struct map_entry *chain_find(struct map_entry *entry, uint64_t hash, struct view key)
{
    while (entry && !(entry->hash == hash && view_equal(entry->key_view, key)))
        entry = entry->next_back;
    return entry;
}

struct map_entry *map_find(const struct map *map, struct view key)
{
    uint64_t hash = map_hash(map->hash_key, key);
    struct map_entry **old = map_old_bucket(map, hash);
    struct map_entry *found = old ? chain_find(*old, hash, key) : NULL;

    return found ? found : chain_find(*map_bucket(map, hash), hash, key);
}

struct map_entry *map_next(const struct map *map, const struct map_entry *entry)
{
    (void)map; /* an entry's equals stand behind it in its chain, in whichever table that is */
    return chain_find(entry->next_back, entry->hash, entry->key_view);
}

static size_t table_longest_chain(struct map_entry *const *buckets, size_t count)
{
    size_t longest = 0;

    for (size_t i = 0; i < count; i++) {
        size_t length = 0;

        for (const struct map_entry *entry = buckets[i]; entry; entry = entry->next_back)
            length++;
        if (length > longest)
            longest = length;
    }
    return longest;
}

size_t map_longest_chain(const struct map *map)
{
    size_t longest = table_longest_chain(map->buckets_own, map->bucket_count);
    size_t old = map->old_own ? table_longest_chain(map->old_own, map->old_count) : 0;

    return longest > old ? longest : old;
}
