#ifndef ENTENTE_CONTROL_RECORD_JSON_H
#define ENTENTE_CONTROL_RECORD_JSON_H

#include <jansson.h>

#include "base/instant.h"
#include "contract/record.h"
#include "control/defaults.h"

struct cert_row;
struct ike_rule;
struct ruleset;

/*
 * Records of the engine and rules as JSON objects with a member "record". 64-bit cookies and SPIs
 * are text ("0x..."), instants are seconds of UTC, octets of peers are escaped text. Each returns a
 * new reference, or NULL without memory.
 */

/* Keys are in it only at PRIVILEGE_KEYMAT. */
json_t *ike_sa_json(const struct ike_sa_record *record, struct instant now,
                    enum privilege privilege);
json_t *child_sa_json(const struct child_sa_record *record, struct instant now);
json_t *statistics_json(const struct statistics_record *record);
json_t *rule_json(const struct ike_rule *rule, const char *file, uint16_t p1_nonce_bytes,
                  uint16_t p2_nonce_bytes);
/* `number` is the place in the store, from 1. */
json_t *certificate_json(const struct ruleset *rules, const struct cert_row *row, size_t number);
json_t *group_json(const struct group *group); /* null for NULL */

#endif
