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

/*
 * The same of a file with mistakes, when there is nothing better to load: never open. Entries that
 * are understood are kept; one whose pattern is becomes a drop of that pattern; when a pattern is
 * not, or the file has more entries than a policy may, all is dropped (loopback and IKE pass by
 * themselves, and entries that let something pass still do). What is dropped in place of what was
 * written is said as a warning.
 *
 * Returns STATUS_OK or STATUS_NO_MEMORY.
 */
enum status ipsecinit_salvage(struct view text, const char *file, const struct resolver *names,
                              struct ipsec_policy **out, struct config_errors *errors);

#endif
