#ifndef ENTENTE_CONFIG_LOADED_POLICY_H
#define ENTENTE_CONFIG_LOADED_POLICY_H

#include "config/ike_config.h"
#include "policy/ipsec_policy.h"
#include "policy/resolver.h"

/*
 * ipsecpolicy.conf in run_dir, what ipsecconf leaves for itself and for the daemon: "#PLANE user",
 * then per typed entry "#INDEX n", its text, and a line "#SPD reqid ENTRY" for each SPD entry that
 * came of it.
 */

/* Parses it; names are resolved already. Results as ike_config_parse. */
enum status loaded_policy_parse(struct view text, const char *file, struct ipsec_policy **out,
                                struct config_errors *errors);

/* True when a typed entry of `negotiate transport` waits for its tunnel device: nothing came of it.
 */
bool loaded_policy_waits(const struct ipsec_policy *policy);

/*
 * The same policy with what comes of such entries now, in their place in match order. Nothing else
 * changes its numbers; new entries take those of what waited, and then the next that are free.
 *
 * names  says the devices.
 *
 * Returns STATUS_OK with *out the caller's, NULL when nothing came; LIMIT or NO_MEMORY.
 */
enum status loaded_policy_attach(const struct ipsec_policy *policy, const struct resolver *names,
                                 struct ipsec_policy **out);

/* The text that loaded_policy_parse reads. STATUS_OK or NO_MEMORY; *out is the caller's. */
enum status loaded_policy_text(const struct ipsec_policy *policy, struct bytes *out);

#endif
