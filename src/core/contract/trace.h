#ifndef ENTENTE_CONTRACT_TRACE_H
#define ENTENTE_CONTRACT_TRACE_H

#include "base/arena.h"
#include "base/writer.h"
#include "contract/effect.h"
#include "contract/input.h"

/*
 * The one serialised form of inputs and effects: replay files, the process seam, simulation logs.
 * A record is: kind of record (1), version (1), length (4), then fields of tag (1), length (4),
 * octets; unknown tags are an error of their version. Numbers are in network order. What decodes
 * encodes to the same octets again.
 *
 * A whole trace is TRACE_CONFIG, the TRACE_RANDOM of the engine's making, then for every input
 * TRACE_INPUT (or another TRACE_CONFIG for IN_RULES), its TRACE_RANDOMs and its TRACE_DIGEST.
 */
enum trace_record {
    TRACE_CONFIG = 1, /* what an engine and its rule set are made of: sim/recording.h */
    TRACE_INPUT = 2,
    TRACE_RANDOM = 3, /* ike_sa, octets drawn */
    TRACE_EFFECT = 4, /* whole (process seam) */
    TRACE_DIGEST = 5, /* SHA-256 of the serialised effects of one input, without headers */
};

#define TRACE_VERSION 2u
#define TRACE_HEADER_BYTES 6u
#define TRACE_MOST_BYTES (UINT32_C(1) << 20)

/* Each encodes a body, without its header; STATUS_LIMIT when the writer is too small. */

/* One input with its instant. STATUS_UNEXPECTED for IN_RULES: a trace has TRACE_CONFIG. */
enum status trace_encode_input(struct writer *writer, struct instant now,
                               const struct input *input);
enum status trace_encode_effect(struct writer *writer, const struct effect *effect);

/* Each decodes the body of its record; views point into `body`. STATUS_MALFORMED otherwise. */
enum status trace_decode_input(struct view body, struct instant *now, struct input *out);
/* `arena` takes the texts of events; STATUS_NO_MEMORY when it cannot. */
enum status trace_decode_effect(struct view body, struct arena *arena, struct effect *out);

/* One record of any kind: header and octets. STATUS_LIMIT past TRACE_MOST_BYTES. */
enum status trace_encode_record(struct writer *writer, enum trace_record kind, struct view body);
/* Takes the next record from the front of *rest; STATUS_MALFORMED, or STATUS_ABSENT at the end. */
enum status trace_decode_record(struct view *rest, enum trace_record *kind, struct view *body);

#endif
