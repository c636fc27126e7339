#ifndef ENTENTE_POLICY_RULESET_H
#define ENTENTE_POLICY_RULESET_H

#include "identity/credential.h"
#include "pki/cert_store.h"
#include "policy/config_error.h"
#include "policy/ike_rule.h"
#include "policy/ipsec_policy.h"
#include "policy/refusal.h"

/*
 * What the administrator wants, all together: rules and globals of ike/config, loaded IPsec policy,
 * index of pre-shared keys. Immutable and counted; a single thread.
 */
struct ruleset;

/*
 * Takes the rules and the policy (NULL: empty) and holds the index (NULL: none). NULL without
 * memory, and then they stay the caller's. Starts with one hold.
 */
struct ruleset *ruleset_new_take(struct ike_rules *rules, struct ipsec_policy *policy,
                                 struct credential_index *index);
/* Gives a new rule set, that nobody else holds yet, the certificates beside the pre-shared keys;
 * the store is held. */
void ruleset_set_certificates(struct ruleset *ruleset, struct cert_store *certificates);
struct ruleset *ruleset_hold(struct ruleset *ruleset);
void ruleset_drop(struct ruleset *ruleset); /* NULL is harmless */

const struct ike_globals *ruleset_globals(const struct ruleset *ruleset);
const char *ruleset_config_file(const struct ruleset *ruleset); /* of ike/config, as opened */
size_t ruleset_rule_count(const struct ruleset *ruleset);
const struct ike_rule *ruleset_rule(const struct ruleset *ruleset, size_t i); /* file order */
const struct ike_rule *ruleset_rule_by_label(const struct ruleset *ruleset, const char *label);
const struct credential_index *ruleset_credentials(const struct ruleset *ruleset); /* NULL: none */
const struct cert_store *ruleset_certificates(const struct ruleset *ruleset);      /* NULL: none */
const struct ipsec_policy *ruleset_policy(const struct ruleset *ruleset);          /* never NULL */
/* Entries of an interface without address are not among these: local_is_of_interface. */
size_t ruleset_entry_count(const struct ruleset *ruleset);
const struct ipsec_entry *ruleset_entry(const struct ruleset *ruleset, size_t i); /* match order */
const struct ipsec_entry *ruleset_entry_by_reqid(const struct ruleset *ruleset, uint32_t reqid);
/*
 * The entry of that reqid that holds all of the selector; NULL: none. An entry with an interface
 * stands in several ones of one reqid, one an address.
 */
const struct ipsec_entry *ruleset_entry_of_reqid(const struct ruleset *ruleset, uint32_t reqid,
                                                 const struct selector *within);

/* True when an entry of the policy protects traffic between these outer addresses with AH, alone or
 * around ESP. */
bool ruleset_wants_ah(const struct ruleset *ruleset, const struct address *local,
                      const struct address *remote);

/*
 * What no single file shows: a preshared rule without a key, a policy entry that no rule serves, a
 * rule that an earlier one hides, a transform order that differs. Adds warnings and notes.
 */
void ruleset_check(const struct ruleset *ruleset, struct config_errors *errors);

/*
 * The first rule in file order whose addresses hold both ends; or NULL and *refusal (NO_RULE with
 * the nearest one). refusal->exchange_view is "main mode".
 */
const struct ike_rule *ruleset_rule_for_initiator(const struct ruleset *ruleset,
                                                  const struct address *local,
                                                  const struct address *remote,
                                                  struct refusal *refusal);

/* The first rule that holds the peer, else the first that holds our end; NULL: none. */
const struct ike_rule *ruleset_nearest_rule(const struct ruleset *ruleset,
                                            const struct address *local,
                                            const struct address *remote);

/*
 * The rule of a running pair in a new rule set: same label, addresses and transforms hold; NULL:
 * gone or changed so that the SA would not be made again.
 */
const struct ike_rule *ruleset_equal_rule(const struct ruleset *ruleset,
                                          const struct ike_rule *rule);

/*
 * The policy entry that traffic of this kind hits first, whatever it does; NULL: none. type, code:
 * as in ipsec_entry_holds.
 */
const struct ipsec_entry *ruleset_entry_for(const struct ruleset *ruleset,
                                            const struct selector *packet, int type, int code);

/* Whether a rule or an entry names a cipher that OpenSSL keeps apart: crypto_load_legacy. */
bool ruleset_names_legacy(const struct ruleset *ruleset);

#endif
