#ifndef ENTENTE_BASE_MAP_H
#define ENTENTE_BASE_MAP_H

#include "base/view.h"

/*
 * An intrusive hash map from byte strings to containers of `struct map_entry`. The hash is keyed
 * (SipHash-2-4) with 16 octets given at creation, so a peer cannot aim for one chain (SEC-115). It
 * grows a few buckets at each insertion: no pause, however large. Several entries may share a key:
 * map_find gives the one inserted first, map_next the others in order of insertion.
 */
struct map_entry {
    struct map_entry *next_back;
    struct view key_view; /* lives in the container, unchanged while the entry is in a map */
    uint64_t hash;
};

struct map {
    uint8_t hash_key[16];
    struct map_entry **buckets_own;
    size_t bucket_count;        /* power of two */
    struct map_entry **old_own; /* being emptied step by step; NULL when not growing */
    size_t old_count;
    size_t old_moved;
    size_t entry_count;
};

/* SipHash-2-4 of octets under a key of 16 octets: the map's own hash, also for digests that a
 * stranger must not be able to aim at. */
uint64_t map_hash(const uint8_t key[16], struct view octets);

/* Prepares an empty map. `hash_key` is 16 octets of randomness. Returns OK or NO_MEMORY. */
enum status map_init(struct map *map, const uint8_t hash_key[16]);

/* Frees the table, not the containers. */
void map_clear(struct map *map);

/* Adds an entry with its key; `entry` belongs to the container and must be in no map.
 * Never fails: when the table cannot grow for lack of memory, chains get longer. */
void map_insert(struct map *map, struct map_entry *entry, struct view key);

/* Removes an entry that is in this map. */
void map_remove(struct map *map, struct map_entry *entry);

/* The first entry with this key, or NULL. */
struct map_entry *map_find(const struct map *map, struct view key);

/* The next entry with the same key as `entry`, or NULL. */
struct map_entry *map_next(const struct map *map, const struct map_entry *entry);

/* Longest chain, for tests. */
size_t map_longest_chain(const struct map *map);

#endif
