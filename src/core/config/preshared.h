#ifndef ENTENTE_CONFIG_PRESHARED_H
#define ENTENTE_CONFIG_PRESHARED_H

#include "config/ike_config.h"
#include "identity/credential.h"
#include "identity/keyring.h"

/*
 * Parses ike.preshared. solaris.md 2 and 12. No message has an octet of a key.
 *
 * text     the caller wipes it.
 * keyring  the keys by handle; the caller's, by keyring_free. NULL: not wanted (checks).
 * index    who they are for, with one hold.
 *
 * Parameters and results otherwise as ike_config_parse.
 */
enum status preshared_parse(struct view text, const char *file, enum config_dialect dialect,
                            struct keyring **keyring, struct credential_index **index,
                            struct config_errors *errors);

#endif
