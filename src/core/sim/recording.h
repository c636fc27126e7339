#ifndef ENTENTE_SIM_RECORDING_H
#define ENTENTE_SIM_RECORDING_H

#include "contract/trace.h"
#include "engine/engine.h"

struct crypto;

/*
 * A whole trace: TRACE_CONFIG, the TRACE_RANDOM draws of engine_new, and then for every input
 * TRACE_INPUT, the TRACE_RANDOM draws that it made and one TRACE_DIGEST of its effects. A new rule
 * set is a TRACE_CONFIG between inputs. It replays bit for bit in a fresh engine (sim/replay.h).
 * The simulation and the daemon write it with this one writer.
 */

/* The body of TRACE_CONFIG: what the engine was made of. Views are the caller's, or of the body. */
struct trace_config {
    struct instant now;      /* of a new rule set; zero for the first */
    struct view config_text; /* ike/config */
    struct view policy_text; /* ipsecinit.conf, or the loaded ipsecpolicy.conf */
    struct view credentials; /* ike.preshared with every key replaced: recording_redact */
    struct engine_limits limits;
    enum nat_traversal nat_traversal;
    uint8_t shard;
    uint32_t debug;
};

enum status trace_config_encode(struct writer *writer, const struct trace_config *config);
enum status trace_config_decode(struct view body, struct trace_config *out);

/*
 * ike.preshared without its secrets: every octet of a key becomes 0, all else (entries, order,
 * lines, lengths) stays, so that the credential index made of it is the same. `out` has room for
 * text.bytes, of which all are written.
 */
void recording_redact(struct view text, char *out);

/* Takes finished records in order; called from within the functions below. */
typedef void recording_sink(void *arg, struct view record);

struct recording {
    recording_sink *sink;
    void *sink_arg;
    struct crypto *crypto_back; /* SHA-256 */
    struct bytes scratch_own;   /* one record being made */
    uint8_t digest[32];         /* of the effects of the input in work, chained */
    bool has_failed; /* no memory, or a record that is too long: nothing more is written */
};

enum status recording_init(struct recording *recording, struct crypto *crypto, recording_sink *sink,
                           void *arg);
void recording_clear(struct recording *recording);

/* In this order: config, draws of engine_new; then per input: input, draws, effects, end. */
void recording_config(struct recording *recording, const struct trace_config *config);
void recording_draw(struct recording *recording, uint64_t ike_sa, struct view octets);
void recording_input(struct recording *recording, struct instant now, const struct input *input);
void recording_effect(struct recording *recording, const struct effect *effect);
void recording_input_end(struct recording *recording);

#endif
