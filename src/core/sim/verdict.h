#ifndef ENTENTE_SIM_VERDICT_H
#define ENTENTE_SIM_VERDICT_H

#include "base/text.h"
#include "sim/recorder.h"
#include "sim/sim.h"

/*
 * What must hold after a run. Each returns true when it does; otherwise false, with one line in
 * `why` (the caller's; may be NULL).
 */

/* Pairs in use now, as engine_visit tells: current ones (draining ones are not counted). */
size_t sim_child_count(struct sim_host *host);
size_t sim_ike_sa_count(struct sim_host *host); /* established ones */

/*
 * Every SA that `a` sends on can be read by `b` with the same keys, algorithms, mode and mirrored
 * selector, and the reverse: at least one each way.
 */
bool sim_same_keys(const struct sim_host *a, const struct sim_host *b, struct text *why);

/*
 * Engine and data plane know the same SPIs in both directions (draining ones included).
 */
bool sim_kernel_agrees(struct sim_host *host, struct text *why);

/*
 * Nothing random was used twice in this simulation: cookies, nonces, Diffie-Hellman values, SPIs,
 * IVs (last blocks), installed keys; and no draw of 8 octets or more came twice.
 */
bool sim_values_are_unique(const struct sim *sim, struct text *why);

/* Different values of a kind that were noted: a test shows that it looked at some. */
size_t sim_values_count(const struct sim *sim, enum recorded_kind kind);

/* Statistics of an engine now. */
struct statistics_record sim_statistics(struct sim_host *host);

/*
 * Everything an administrator sees of established SAs (ISAKMP and IPsec, keys included, counters
 * apart) as
 * a digest: two equal digests mean that nothing changed between them.
 */
void sim_status_digest(struct sim_host *host, uint8_t digest[32]);

#endif
