#ifndef ENTENTE_WIRE_SA_V1_H
#define ENTENTE_WIRE_SA_V1_H

#include "wire/message.h"
#include "wire/sa.h"

/*
 * An SA payload of IKEv1 into the decoded shape. RFC 2408 sections 3.4 to 3.6
 *
 * payload  its views must outlive `out`, as must the arena.
 * error    names the fault's place; may be NULL.
 *
 * Structure is checked whole (nesting, counts, lengths, SPI sizes: SEC-22); what a single
 * transform holds wrong makes that transform flawed, not the payload (SEC-23, V1-11 and V1-13).
 *
 * Returns STATUS_OK, STATUS_MALFORMED, STATUS_UNEXPECTED for a DOI other than IPSEC or a situation
 * other than identity-only (out->doi and out->situation are set then, for the notify), STATUS_LIMIT
 * for more than 32 proposals, 64 transforms or 32 attributes, STATUS_NO_MEMORY.
 */
enum status sa_v1_decode(const struct payload *payload, enum sa_phase phase, struct arena *arena,
                         struct sa_payload *out, struct wire_error *error);

/*
 * Writes the body of an SA payload. A transform that was decoded (attributes_view is not empty)
 * goes out with its attributes as they came; else they are written from the values: in the order of
 * enum attribute, TV where the value fits.
 */
void sa_v1_encode(struct writer *writer, enum sa_phase phase, const struct sa_payload *sa);

enum lifetime_comparison {
    LIFETIMES_COMPARED,
    LIFETIMES_IGNORED,
};

/*
 * True when two sound transforms have the same id and the same attributes in value; number, order
 * and form do not matter (V1-16). A flawed transform equals none.
 */
bool sa_transform_equal(const struct sa_transform *a, const struct sa_transform *b,
                        enum lifetime_comparison lifetimes);

#endif
