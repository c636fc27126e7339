#ifndef ENTENTE_TESTS_UNIT_IKEV1_KEY_SCHEDULE_CASE_H
#define ENTENTE_TESTS_UNIT_IKEV1_KEY_SCHEDULE_CASE_H

#include "ikev1/key_schedule.h"
#include "support/vectors.h"

/* What the tests of the key schedule make of one case of a vector file. */

/* A struct crypto with the legacy provider as the group's state. */
int case_setup(void **state);
int case_teardown(void **state);

/* The hash of "hmac-sha1" or "sha1"; NULL for what IKEv1 does not have. */
const struct transform *case_hash(const char *prf);

/* A key's octets, empty where the case does not have it. */
struct view case_hex(struct vectors *vectors, const char *key);

/* All that the case has; cookies and nonces are required. */
struct phase1_values case_values(struct vectors *vectors);

/* Compares a value with a key of the case and wipes it. */
void case_expect(struct vectors *vectors, const char *key, struct secret *value);

/* Derives and compares SKEYID_d, _a and _e, from the SKEYID of the case; the caller clears. */
void case_expect_keys(struct crypto *crypto, struct vectors *vectors,
                      const struct phase1_values *values, struct phase1_keys *keys);

#endif
