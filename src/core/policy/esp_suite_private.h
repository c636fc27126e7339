#ifndef ENTENTE_POLICY_ESP_SUITE_PRIVATE_H
#define ENTENTE_POLICY_ESP_SUITE_PRIVATE_H

#include "policy/ipsec_entry.h"

/* One way to protect: a cipher of one key size, with the integrity that goes with it. */
struct esp_suite {
    const struct transform *cipher;
    uint16_t cipher_bits;              /* 0: fixed size */
    const struct transform *integrity; /* NULL: combined mode */
};

/* 64 transforms are what a proposal may have; `any` with `any` makes 22. */
#define ESP_SUITES_MOST 64u

/*
 * All suites of an alternative in order of preference: `any` as solaris.md 12 expands it, key sizes
 * largest first. Returns their number; 0 for AH, bypass and drop.
 */
size_t esp_suites(const struct ipsec_alternative *alternative,
                  struct esp_suite out[ESP_SUITES_MOST]);

#endif
