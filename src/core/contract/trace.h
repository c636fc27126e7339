#ifndef ENTENTE_CONTRACT_TRACE_H
#define ENTENTE_CONTRACT_TRACE_H

#include "base/arena.h"
#include "base/writer.h"
#include "contract/effect.h"
#include "contract/input.h"

/*
 * The one serialised form of inputs and effects: replay files, the process seam, simulation logs.
 * A record is: kind of record (1), version (1), length (4), then fields of tag (1), length (4),
 * octets; unknown tags are an error of their version. Numbers are in network order.
 */
enum trace_record {
    TRACE_CONFIG = 1, /* text of ike/config, of the loaded policy, rows of the credential index */
    TRACE_INPUT = 2,
    TRACE_RANDOM = 3, /* ike_sa, octets drawn */
    TRACE_EFFECT = 4, /* whole (process seam) */
    TRACE_DIGEST = 5, /* SHA-256 of the serialised effects of one input */
};

#define TRACE_VERSION 1u
#define TRACE_MOST_BYTES (UINT32_C(1) << 20)

/* Encodes one input with its instant. IN_RULES is not encoded here (a trace has TRACE_CONFIG).
 * STATUS_LIMIT when the writer is too small. */
enum status trace_encode_input(struct writer *writer, struct instant now,
                               const struct input *input);

/* Decodes the body of a TRACE_INPUT; views point into `body`. STATUS_MALFORMED otherwise. */
enum status trace_decode_input(struct view body, struct instant *now, struct input *out);

/* The same for effects. Events are encoded with their rendered line only. */
enum status trace_encode_effect(struct writer *writer, const struct effect *effect);
enum status trace_decode_effect(struct view body, struct arena *arena, struct effect *out);

/* One record of any kind: header and octets. */
enum status trace_encode_record(struct writer *writer, enum trace_record kind, struct view body);
/* Takes the next record from the front of *rest; STATUS_MALFORMED, or STATUS_ABSENT at the end. */
enum status trace_decode_record(struct view *rest, enum trace_record *kind, struct view *body);

#endif
