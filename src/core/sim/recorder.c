#include "sim/recorder.h"

#include <stdlib.h>

#include "base/secret.h"

struct recorded_value {
    struct recorded_value *next_own;
    struct map_entry entry; /* key: kind (1), value */
    size_t key_bytes;
    size_t owner_bytes;
    uint8_t octets[]; /* key, owner */
};

static const char *const kind_names[RECORDED_KIND_COUNT] = {
    [RECORDED_COOKIE] = "cookie",
    [RECORDED_NONCE] = "nonce",
    [RECORDED_KEY_EXCHANGE] = "Diffie-Hellman value",
    [RECORDED_SPI] = "SPI",
    [RECORDED_IV] = "IV",
    [RECORDED_KEY] = "key",
    [RECORDED_DRAW] = "random draw",
};

const char *recorded_kind_name(enum recorded_kind kind)
{
    return kind_names[kind];
}

/* It may be a key. */
static void value_free(struct recorded_value *value)
{
    secret_wipe_memory(value->octets, value->key_bytes + value->owner_bytes);
    free(value);
}

enum status recorder_init(struct recorder *recorder)
{
    static const uint8_t hash_key[16] = {0}; /* nobody aims at a simulation */

    *recorder = (struct recorder){.first_own = NULL};
    return map_init(&recorder->values, hash_key);
}

void recorder_clear(struct recorder *recorder)
{
    map_clear(&recorder->values);
    while (recorder->first_own) {
        struct recorded_value *value = recorder->first_own;
        recorder->first_own = value->next_own;
        value_free(value);
    }
}

static struct recorded_value *value_new(enum recorded_kind kind, struct view value,
                                        struct view owner)
{
    struct recorded_value *made = malloc(sizeof *made + 1 + value.bytes + owner.bytes);

    if (!made)
        return NULL;
    made->next_own = NULL;
    made->key_bytes = 1 + value.bytes;
    made->owner_bytes = owner.bytes;
    made->octets[0] = (uint8_t)kind;
    if (value.bytes)
        memcpy(made->octets + 1, value.data, value.bytes);
    if (owner.bytes)
        memcpy(made->octets + made->key_bytes, owner.data, owner.bytes);
    return made;
}

enum status recorder_note(struct recorder *recorder, enum recorded_kind kind, struct view value,
                          struct view owner)
{
    struct recorded_value *made = value_new(kind, value, owner);
    struct map_entry *found;

    if (!made)
        return STATUS_NO_MEMORY;
    found = map_find(&recorder->values, view_of(made->octets, made->key_bytes));
    if (!found) {
        map_insert(&recorder->values, &made->entry, view_of(made->octets, made->key_bytes));
        made->next_own = recorder->first_own;
        recorder->first_own = made;
        recorder->counts[kind]++;
        return STATUS_OK;
    }

    const struct recorded_value *before =
        (const struct recorded_value *)(const void *)((const char *)found -
                                                      offsetof(struct recorded_value, entry));
    struct view before_owner = view_of(before->octets + before->key_bytes, before->owner_bytes);
    if ((view_is_empty(owner) || !view_equal(before_owner, owner)) && !recorder->has_repeated) {
        recorder->has_repeated = true;
        recorder->repeated_kind = kind;
    }
    value_free(made);
    return STATUS_OK;
}
