#ifndef ENTENTE_TESTS_UNIT_POLICY_OFFER_H
#define ENTENTE_TESTS_UNIT_POLICY_OFFER_H

#include "material.h"
#include "policy/phase2.h"

/* Offers of Quick Mode as rows. */

#define AH IPSEC_PROTOCOL_AH
#define ESP IPSEC_PROTOCOL_ESP

/* One transform of an offer: AH ids are 2 MD5, 3 SHA-1, 5 SHA-256, 7 SHA-512; integrity 1, 2, 5, 7;
 * ESP ids 12 AES-CBC, 13 CTR, 20 GCM, 11 NULL, 23 GMAC. 0 is absent. */
struct row {
    uint8_t number, protocol, id;
    uint16_t bits, integrity, group, encapsulation, esn;
    uint32_t life_s;
    uint32_t spi; /* 0: 0x1000 + place */
};

#define ROWS_MOST 8u

struct offer {
    struct sa_transform transforms[ROWS_MOST];
    struct sa_proposal proposals[ROWS_MOST];
    uint8_t spis[ROWS_MOST][4];
    struct sa_payload payload;
};

/* Rows of the same number and protocol that follow each other are transforms of one proposal, up to
 * the first row of number 0 or `most`. The payload's views are into *offer. */
void offer_make(struct offer *offer, const struct row *rows, size_t most);

/* A policy of one entry for all between 192.0.2.1 and 198.51.100.7, and one rule with `rule` in it.
 */
struct ruleset *offer_rules(const char *rule, const char *properties);

/* What 198.51.100.7 asks for in transport mode between the two. */
struct phase2_request offer_request(const struct ruleset *rules);

#endif
