#ifndef ENTENTE_CONFIG_LOADED_POLICY_H
#define ENTENTE_CONFIG_LOADED_POLICY_H

#include "config/ike_config.h"
#include "policy/ipsec_policy.h"

/*
 * ipsecpolicy.conf in run_dir, what ipsecconf leaves for itself and for the daemon: "#PLANE user",
 * then per typed entry "#INDEX n", its text, and a line "#SPD reqid ENTRY" for each SPD entry that
 * came of it.
 */

/* Parses it; names are resolved already. Results as ike_config_parse. */
enum status loaded_policy_parse(struct view text, const char *file, struct ipsec_policy **out,
                                struct config_errors *errors);

/* The text that loaded_policy_parse reads. STATUS_OK or NO_MEMORY; *out is the caller's. */
enum status loaded_policy_text(const struct ipsec_policy *policy, struct bytes *out);

#endif
