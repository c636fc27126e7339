#include "registry/transform.h"

#include <strings.h>

#include "base/view.h"

/* The kind's row whose number at `offset` is the one asked for; 0 is no number. */
static const struct transform *transform_by(enum transform_kind kind, size_t offset,
                                            unsigned number)
{
    for (size_t i = 0; number != 0 && i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        uint16_t its;

        memcpy(&its, (const uint8_t *)row + offset, sizeof its);
        if (row->kind == kind && its == number)
            return row;
    }
    return NULL;
}

const struct transform *transform_by_ike1(enum transform_kind kind, unsigned number)
{
    return transform_by(kind, offsetof(struct transform, ike1), number);
}

const struct transform *transform_by_esp1(enum transform_kind kind, unsigned number)
{
    return transform_by(kind, offsetof(struct transform, esp1), number);
}

const struct transform *transform_by_ah1(unsigned number)
{
    return transform_by(TRANSFORM_INTEGRITY, offsetof(struct transform, ah1), number);
}

const struct transform *transform_by_policy_id(enum transform_kind kind, unsigned number)
{
    return transform_by(kind, offsetof(struct transform, policy_id), number);
}

static bool words_have(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count && words[i]; i++) {
        if (strcasecmp(words[i], word) == 0)
            return true;
    }
    return false;
}

const struct transform *transform_by_word(enum transform_kind kind, const char *word)
{
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        if (row->kind == kind && words_have(row->words, COUNT(row->words), word))
            return row;
    }
    return NULL;
}

const struct transform *transform_by_ike_word(enum transform_kind kind, const char *word)
{
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        if (row->kind == kind && words_have(row->ike_words, COUNT(row->ike_words), word))
            return row;
    }
    return NULL;
}

const struct transform *transform_by_name(enum transform_kind kind, const char *name)
{
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        if (row->kind == kind && strcasecmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

int transform_key_index(const struct transform *transform, unsigned key_bits)
{
    if (transform->key_bits[0] == 0)
        return 0;
    for (size_t i = 0; i < COUNT(transform->key_bits); i++) {
        if (transform->key_bits[i] == key_bits && key_bits != 0)
            return (int)i;
    }
    return -1;
}

size_t transform_keymat_bytes(const struct transform *transform, unsigned key_bits)
{
    if (transform->key_bits[0] == 0)
        return transform->fixed_key_bytes;
    if (transform_key_index(transform, key_bits) < 0)
        return 0;
    return key_bits / 8u + transform->salt_bytes;
}
