#ifndef ENTENTE_TESTS_SUPPORT_REWRITE_V1_H
#define ENTENTE_TESTS_SUPPORT_REWRITE_V1_H

#include "wire/message.h"
#include "wire/sa.h"

/*
 * Decodes every payload of a chain with its own decoder and writes what was understood with its
 * encoder; a body that its decoder refuses, or that has none, is copied. So all of the codec is
 * walked, and for sound input the octets come out as they went in.
 *
 * header  of the message that the chain is from; its exchange says the phase of SA payloads.
 *
 * Returns the message, a view into the buffer; empty when the buffer is too small.
 */
struct view rewrite_v1(const struct isakmp_header *header, const struct payload_chain *chain,
                       struct arena *arena, void *buffer, size_t capacity_bytes);

/* Phase 1 for Main and Aggressive Mode, else Phase 2. */
enum sa_phase rewrite_phase(const struct isakmp_header *header);

#endif
