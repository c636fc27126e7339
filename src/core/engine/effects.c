#include "engine/effects.h"

#include <stdlib.h>

/* Scratch of one input: bounded, or a hostile message could ask for any amount. */
#define EFFECTS_ARENA_BYTES ((size_t)1 << 22)
#define EFFECTS_FIRST_COUNT 16u

enum status effects_init(struct effects *effects)
{
    *effects = (struct effects){.next_ticket = 1};
    effects->items_own = calloc(EFFECTS_FIRST_COUNT, sizeof *effects->items_own);
    if (!effects->items_own)
        return STATUS_NO_MEMORY;
    effects->capacity = EFFECTS_FIRST_COUNT;
    arena_init(&effects->arena, EFFECTS_ARENA_BYTES);
    return STATUS_OK;
}

void effects_clear(struct effects *effects)
{
    free(effects->items_own);
    effects->items_own = NULL;
    arena_clear(&effects->arena);
}

size_t effects_mark(const struct effects *effects)
{
    return effects->count;
}

void effects_discard(struct effects *effects, size_t mark)
{
    effects->count = mark;
}

const struct effect *effects_next(struct effects *effects)
{
    if (effects->drained < effects->count)
        return &effects->items_own[effects->drained++];
    effects->count = 0;
    effects->drained = 0;
    effects->has_failed = false;
    arena_reset(&effects->arena);
    return NULL;
}

/* Room for one more; NULL marks the whole input as failed. */
static struct effect *effects_add(struct effects *effects, enum effect_kind kind)
{
    if (effects->count == effects->capacity) {
        size_t capacity = effects->capacity * 2;
        struct effect *items = realloc(effects->items_own, capacity * sizeof *items);
        if (!items) {
            effects->has_failed = true;
            return NULL;
        }
        effects->items_own = items;
        effects->capacity = capacity;
    }
    struct effect *effect = &effects->items_own[effects->count++];
    *effect = (struct effect){.kind = kind};
    return effect;
}

/* A copy that lives until the drain; a failure marks the input. */
static struct view effects_copy(struct effects *effects, struct view view)
{
    if (view_is_empty(view))
        return view;
    struct view copy = arena_copy(&effects->arena, view);
    if (view_is_empty(copy))
        effects->has_failed = true;
    return copy;
}

void effects_send(struct effects *effects, const struct path *path, struct view datagram)
{
    struct view copy = effects_copy(effects, datagram);
    if (view_is_empty(copy))
        return;
    struct effect *effect = effects_add(effects, FX_SEND);
    if (effect)
        effect->send = (struct effect_send){.path = *path, .bytes_view = copy};
}

uint64_t effects_ask_psk(struct effects *effects, const struct ask_psk *ask)
{
    struct view data = effects_copy(effects, ask->data_view);
    struct effect *effect = effects_add(effects, FX_ASK);
    if (!effect || view_is_empty(data))
        return 0;
    effect->ask =
        (struct effect_ask){.ticket = effects->next_ticket++, .kind = ASK_PSK, .psk = *ask};
    effect->ask.psk.data_view = data;
    return effect->ask.ticket;
}

uint64_t effects_ask_sign(struct effects *effects, const struct ask_sign *ask)
{
    struct view hash = effects_copy(effects, ask->hash_view);
    struct effect *effect = effects_add(effects, FX_ASK);
    if (!effect || view_is_empty(hash))
        return 0;
    effect->ask =
        (struct effect_ask){.ticket = effects->next_ticket++, .kind = ASK_SIGN, .sign = *ask};
    effect->ask.sign.hash_view = hash;
    return effect->ask.ticket;
}

uint64_t effects_ask_decrypt(struct effects *effects, const struct ask_decrypt *ask)
{
    struct ask_decrypt copy = *ask;

    for (size_t i = 0; i < COUNT(copy.blocks); i++)
        copy.blocks[i].ciphertext_view = effects_copy(effects, copy.blocks[i].ciphertext_view);
    struct effect *effect = effects_add(effects, FX_ASK);
    if (!effect || effects->has_failed)
        return 0;
    effect->ask =
        (struct effect_ask){.ticket = effects->next_ticket++, .kind = ASK_DECRYPT, .decrypt = copy};
    return effect->ask.ticket;
}

uint64_t effects_ask_sa_add(struct effects *effects, const struct ask_sa_add *ask)
{
    struct view cipher_key = effects_copy(effects, ask->cipher_key_view);
    struct view integrity_key = effects_copy(effects, ask->integrity_key_view);
    struct view ah_key = effects_copy(effects, ask->ah_key_view);
    struct effect *effect = effects_add(effects, FX_ASK);
    if (!effect || effects->has_failed)
        return 0;
    effect->ask =
        (struct effect_ask){.ticket = effects->next_ticket++, .kind = ASK_SA_ADD, .sa_add = *ask};
    effect->ask.sa_add.cipher_key_view = cipher_key;
    effect->ask.sa_add.integrity_key_view = integrity_key;
    effect->ask.sa_add.ah_key_view = ah_key;
    return effect->ask.ticket;
}

void effects_cancel(struct effects *effects, uint64_t ticket)
{
    struct effect *effect = effects_add(effects, FX_CANCEL);
    if (effect)
        effect->cancel.ticket = ticket;
}

void effects_sa_delete(struct effects *effects, const struct effect_sa_delete *sa)
{
    struct effect *effect = effects_add(effects, FX_SA_DELETE);
    if (effect)
        effect->sa_delete = *sa;
}

void effects_event(struct effects *effects, const struct ike_event *event)
{
    struct effect *effect = effects_add(effects, FX_EVENT);
    if (effect)
        effect->event = *event;
}
