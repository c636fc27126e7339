#ifndef ENTENTE_CONFIG_IPSECINIT_H
#define ENTENTE_CONFIG_IPSECINIT_H

#include "config/ike_config.h"
#include "policy/ipsec_policy.h"
#include "policy/resolver.h"

/*
 * Parses ipsecinit.conf. solaris.md 3 and 12. #INDEX numbers and reqids count from 1:
 * ipsec_policy_merge gives them their place beside what is loaded. A name of several addresses
 * gives several entries; a pattern that stands twice gives a warning and one entry.
 *
 * names    of hosts, networks, services, protocols and tunnel devices; NULL: numbers only.
 * errors   its broken_entries says how many entries had mistakes.
 * out      the caller's, by ipsec_policy_free.
 *
 * Parameters and results otherwise as ike_config_parse.
 */
enum status ipsecinit_parse(struct view text, const char *file, enum config_dialect dialect,
                            const struct resolver *names, struct ipsec_policy **out,
                            struct config_errors *errors);

#endif
