#ifndef ENTENTE_ENGINE_ADMISSION_H
#define ENTENTE_ENGINE_ADMISSION_H

#include "engine/engine.h"

struct ike_sa;

/*
 * What strangers may cost. Budgets of unproven SAs: in all and per prefix (/24, /56), in number and
 * octets; replies to unproven addresses a second.
 */
#define ADMISSION_PREFIX_SLOTS 4096u

struct admission {
    uint32_t per_prefix[ADMISSION_PREFIX_SLOTS]; /* by keyed hash: few share a slot by chance */
    struct ike_sa **unproven_own;                /* any order: one at random makes room */
    size_t half_open, capacity;
    uint64_t half_open_bytes;
    uint8_t decryptions[ADMISSION_PREFIX_SLOTS]; /* in this second, by the same hash */
    uint64_t decryptions_second;
    uint64_t replies_second; /* second of the clock that `replies` counts */
    uint32_t replies;
};

/* Puts the defaults in place of limits that are 0. */
void admission_default_limits(struct engine_limits *limits);

/* Octets of an address that count as its prefix: a /24, a /56. */
size_t admission_prefix_bytes(const struct address *address);

/* True when one more unproven SA of `bytes` kept octets may begin from this address. When a budget
 * is full an unproven SA, chosen at random, makes room (SEC-109). */
bool admission_admits(struct engine *engine, const struct address *from, size_t bytes);

void admission_clear(struct admission *admission);

/* Counts an SA in and out of the budgets. Returns OK or NO_MEMORY. */
enum status admission_add(struct ike_sa *sa);
void admission_remove(struct ike_sa *sa);

/* True when one more clear notify may be sent to an unproven address now. */
bool admission_may_reply(struct engine *engine);

/* Private operations that unproven peers of one prefix get in a second: queries to an oracle come
 * in thousands (SEC-59). */
#define ADMISSION_DECRYPTIONS_A_SECOND 20u

/* True when one more may be asked of the keyring for this address now, which counts it. */
bool admission_may_decrypt(struct engine *engine, const struct address *from);

/* True when a datagram's source can be answered at all (SEC-08). */
bool admission_source_is_usable(const struct path *path);

#endif
