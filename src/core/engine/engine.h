#ifndef ENTENTE_ENGINE_ENGINE_H
#define ENTENTE_ENGINE_ENGINE_H

#include "base/instant.h"
#include "base/randomness.h"
#include "contract/effect.h"
#include "contract/input.h"
#include "contract/record.h"

struct crypto;
struct protocol;
struct ruleset;

/*
 * The heart: inputs in, effects out, no I/O. Nothing blocks and nothing calls back; one thread uses
 * an engine at a time.
 */
struct engine;

/* Bounds on what strangers can make us keep. Zero fields take the defaults in engine.c. */
struct engine_limits {
    uint32_t half_open_count;       /* unproven Phase 1 SAs in all */
    uint32_t half_open_per_prefix;  /* of one /24 or /56 */
    uint64_t half_open_bytes;       /* kept octets of all unproven SAs */
    uint32_t rejections_per_second; /* clear notifies sent */
};

enum nat_traversal {
    NAT_AUTO,  /* detect honestly, encapsulate when there is a NAT */
    NAT_FORCE, /* say that there is one: ESP always in UDP when the peer can */
    NAT_OFF,   /* neither offered nor accepted */
};

struct engine_options {
    const struct protocol *const *protocols; /* NULL-terminated; borrowed for ever */
    struct crypto *crypto_back;              /* shared, outlives the engine */
    struct randomness random;
    struct engine_limits limits;
    enum nat_traversal nat_traversal; /* what `auto` in a rule means on this data plane */
    uint8_t shard_first;              /* top 8 bits of the IPsec SPIs that we draw: */
    uint16_t shard_count;             /* shard_first up to so many; 0: all 256 */
    uint32_t debug;                   /* enum event_category bits; OP is always on */
};

/* NULL without memory. Holds `rules`. */
struct engine *engine_new(const struct engine_options *options, struct ruleset *rules);

/* Wipes every key; sends nothing (COMMAND_SHUTDOWN first). */
void engine_free(struct engine *engine);

/*
 * Takes one input (borrowed for the call) and queues what follows from it. Effects of the input
 * before must have been drained.
 */
void engine_input(struct engine *engine, struct instant now, const struct input *input);

/* The next effect, in order; NULL when there is none left, and then all views of them die. */
const struct effect *engine_effect(struct engine *engine);

/* When the next IN_TIMER is due, mono_us; UINT64_MAX: never. */
uint64_t engine_deadline(const struct engine *engine);

/* Calls `each` with a struct of the kind that was asked for (record.h); false stops the walk. */
typedef bool engine_visit_fn(void *arg, const void *record);
bool engine_visit(const struct engine *engine, enum record_kind kind, engine_visit_fn *each,
                  void *arg);

#endif
