#ifndef ENTENTE_SIM_RECORDING_H
#define ENTENTE_SIM_RECORDING_H

#include "contract/trace.h"
#include "engine/engine.h"

struct crypto;

/*
 * Writes a whole trace (contract/trace.h), for the simulation and for the daemon: what it wrote
 * replays bit for bit in a fresh engine (sim/replay.h). Call in this order: config, draws of
 * engine_new; then per input: input, draws, effects, end. For IN_RULES, recording_config with the
 * instant takes the place of recording_input.
 */

/* What an engine and its rule set are made of: the body of TRACE_CONFIG. No key is in it. */
struct trace_config {
    struct instant now; /* when the rule set came; of the first one, when the engine was made */
    struct engine_limits limits;
    enum nat_traversal nat_traversal;
    uint8_t shard_first;
    uint16_t shard_count;
    uint32_t debug;
    struct view config_view;       /* text of ike/config */
    struct view policy_view;       /* text of the loaded policy: loaded_policy_text */
    struct view credentials_view;  /* rows of the credential index: credential_index_encode */
    struct view certificates_view; /* the certificate store: cert_store_encode; empty: none */
};

/* STATUS_OK, STATUS_LIMIT for a writer that is too small. */
enum status trace_config_encode(struct writer *writer, const struct trace_config *config);
/* Views point into `body`. STATUS_MALFORMED otherwise. */
enum status trace_config_decode(struct view body, struct trace_config *out);

/* One draw of the engine: the body of TRACE_RANDOM. */
struct trace_draw {
    uint64_t ike_sa; /* for whom; 0: none */
    struct view octets;
};

void trace_draw_encode(struct writer *writer, const struct trace_draw *draw);
enum status trace_draw_decode(struct view body, struct trace_draw *out);

/* Takes finished records in order; called from within the functions below. */
typedef void recording_sink(void *arg, struct view record);

struct recording {
    recording_sink *sink;
    void *sink_arg;
    struct crypto *crypto_back; /* SHA-256 */
    uint8_t *body_own;          /* one body being made */
    uint8_t *record_own;        /* with its header */
    size_t most_bytes;          /* written in these two: what has to be wiped */
    uint8_t *effects_own;       /* serialised effects of the input in work */
    size_t effects_bytes;
    size_t effects_capacity;
    bool has_failed; /* no memory, or a record that is too long: nothing more is written */
};

/* `crypto` outlives the recording. STATUS_OK or STATUS_NO_MEMORY. */
enum status recording_init(struct recording *recording, struct crypto *crypto, recording_sink *sink,
                           void *arg);
void recording_clear(struct recording *recording);

void recording_config(struct recording *recording, const struct trace_config *config);
void recording_draw(struct recording *recording, uint64_t ike_sa, struct view octets);
void recording_input(struct recording *recording, struct instant now, const struct input *input);
void recording_effect(struct recording *recording, const struct effect *effect);
void recording_end(struct recording *recording);

#endif
