#ifndef ENTENTE_ENGINE_RETRANSMIT_H
#define ENTENTE_ENGINE_RETRANSMIT_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct exchange;

/*
 * The schedule of repeats: `retry_limit` of them at `retry_timer_init`, doubled up to
 * `retry_timer_max`, each 10 % more or less; one last interval, then the exchange has failed.
 */

/* Sets the exchange's deadline to the end of the interval that follows its last sending. */
void retransmit_schedule(struct exchange *exchange);

/* True when the last interval has passed too. */
bool retransmit_is_over(const struct exchange *exchange);

/* Sends what was said last once more. */
void retransmit_send(struct exchange *exchange);

/* How long an exchange that nobody answers is repeated, in all. Finished ones are kept twice as
 * long (docs/conformance.md, "Keep times"), between 60 s and 4 min. */
uint64_t retransmit_span_us(const struct engine *engine);

#endif
