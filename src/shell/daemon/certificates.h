#ifndef ENTENTE_DAEMON_CERTIFICATES_H
#define ENTENTE_DAEMON_CERTIFICATES_H

#include "daemon/secrets.h"

/*
 * Reads publickeys, crls and ike.privatekeys below sources->keystore_root (NULL: none of it): the
 * certificates become the store of `out`, and the private keys that belong to them go into its
 * keyring, each under the handle of its certificate's row. A file that cannot be used is one line
 * and left out.
 *
 * Returns STATUS_OK, or STATUS_REFUSED, STATUS_SYSTEM, STATUS_NO_MEMORY after a line that says why.
 */
enum status certificates_load(const struct material_sources *sources, mistakes_say_fn *say,
                              void *arg, struct secrets *out);

#endif
