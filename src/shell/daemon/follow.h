#ifndef ENTENTE_DAEMON_FOLLOW_H
#define ENTENTE_DAEMON_FOLLOW_H

#include "dataplane/interface.h"
#include "policy/ike_rule.h"

/*
 * Rules and policy entries that name an interface, with the addresses that it has now. From here on
 * nothing knows of interfaces: engine, data plane and traces have addresses.
 */

bool follow_config_names_any(const struct ike_rules *rules);

/*
 * The text of ike/config with `interface "NAME"` of each rule in place of it `local_addr ADDRESS`
 * for each address (interface_no_address for a device without).
 *
 * rules  parsed from `text`.
 *
 * Returns STATUS_OK, *out being the caller's, or NO_MEMORY.
 */
enum status follow_config_text(struct view text, const struct ike_rules *rules,
                               const struct interface_addresses *addresses, struct bytes *out);

#endif
