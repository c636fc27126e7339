#ifndef ENTENTE_POLICY_PHASE2_PRIVATE_H
#define ENTENTE_POLICY_PHASE2_PRIVATE_H

#include "policy/esp_suite_private.h"
#include "policy/phase2.h"

/* The transform that we offer for a suite; `number` from 1. */
struct sa_transform phase2_offer_transform(const struct phase2_want *want,
                                           const struct esp_suite *suite, size_t number);

/* Key size that an offered transform of this cipher means. */
uint16_t phase2_offered_bits(const struct sa_transform *offered, const struct transform *cipher);

/* True when the offered lifetime is below the floor, and below ours. */
bool phase2_lifetime_is_too_short(const struct p2_lifetime *own, const struct sa_transform *offered,
                                  enum attribute *attribute);

/* Fills in all of *out from a transform that was agreed on. The proposal's SPI has been checked. */
void phase2_agree(const struct ike_rule *rule, const struct esp_suite *suite,
                  const struct sa_proposal *proposal, const struct sa_transform *transform,
                  struct phase2_agreed *out);

/* One SPI of 4 octets outside the reserved values. */
bool phase2_spi_is_good(const struct sa_proposal *proposal);

#endif
