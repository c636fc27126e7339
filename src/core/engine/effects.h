#ifndef ENTENTE_ENGINE_EFFECTS_H
#define ENTENTE_ENGINE_EFFECTS_H

#include "base/arena.h"
#include "contract/effect.h"

/*
 * The queue of what is to be done, and the arena that its views live in until the shell has drained
 * it. What a step queued can be taken back as a whole, when the step turns out to ignore its
 * message. Running out of memory is remembered (has_failed) and costs the whole input.
 */
struct effects {
    struct effect *items_own;
    size_t count;
    size_t capacity;
    size_t drained;
    struct arena arena;
    uint64_t next_ticket;
    bool has_failed;
};

/* Prepares an empty queue. Returns OK or NO_MEMORY. */
enum status effects_init(struct effects *effects);
void effects_clear(struct effects *effects);

/* A place to come back to, and the way back: everything queued since is forgotten. */
size_t effects_mark(const struct effects *effects);
void effects_discard(struct effects *effects, size_t mark);

/* The next effect in order; NULL at the end, and then queue and arena start over. */
const struct effect *effects_next(struct effects *effects);

/* Queues a datagram; the bytes are copied. */
void effects_send(struct effects *effects, const struct path *path, struct view datagram);

/* Queues an ask and gives its ticket; views are copied. 0 without memory. */
uint64_t effects_ask_psk(struct effects *effects, const struct ask_psk *ask);
uint64_t effects_ask_sign(struct effects *effects, const struct ask_sign *ask);
uint64_t effects_ask_decrypt(struct effects *effects, const struct ask_decrypt *ask);
uint64_t effects_ask_sa_add(struct effects *effects, const struct ask_sa_add *ask);

void effects_cancel(struct effects *effects, uint64_t ticket);
void effects_sa_delete(struct effects *effects, const struct effect_sa_delete *sa);

/* Queues an event; its views must be constants, live in the arena, or in what outlives the drain.
 */
void effects_event(struct effects *effects, const struct ike_event *event);

#endif
