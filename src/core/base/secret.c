#include "base/secret.h"

void secret_wipe_memory(void *memory, size_t bytes)
{
    if (bytes > 0)
        explicit_bzero(memory, bytes);
}

void secret_clear(struct secret *secret)
{
    secret_wipe_memory(secret, sizeof *secret);
}

void shared_secret_clear(struct shared_secret *secret)
{
    secret_wipe_memory(secret, sizeof *secret);
}

enum status secret_set(struct secret *secret, struct view from)
{
    if (from.bytes > sizeof secret->bytes)
        return STATUS_LIMIT;

    /* memmove: `from` may be a part of this very secret. */
    if (from.bytes > 0)
        memmove(secret->bytes, from.data, from.bytes);
    secret_wipe_memory(secret->bytes + from.bytes, sizeof secret->bytes - from.bytes);
    secret->used_bytes = (uint16_t)from.bytes;
    return STATUS_OK;
}

void secret_move(struct secret *to, struct secret *from)
{
    if (to == from)
        return;
    *to = *from;
    secret_clear(from);
}

void shared_secret_move(struct shared_secret *to, struct shared_secret *from)
{
    if (to == from)
        return;
    *to = *from;
    shared_secret_clear(from);
}

bool secret_equal(struct view a, struct view b)
{
    /* volatile: the compiler may not leave the loop at the first difference. SEC-55 */
    volatile uint8_t difference = 0;

    if (a.bytes != b.bytes)
        return false;
    for (size_t i = 0; i < a.bytes; i++)
        difference = (uint8_t)(difference | (a.data[i] ^ b.data[i]));
    return difference == 0;
}
