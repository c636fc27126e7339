#ifndef ENTENTE_DAEMON_SECRETS_H
#define ENTENTE_DAEMON_SECRETS_H

#include "daemon/material.h"

struct cert_store;
struct credential_index;
struct keyring;

/* What the secret files hold: the keys, and apart from them what anybody in the daemon may know. */
struct secrets {
    struct keyring *keyring_own;        /* NULL: there is no key */
    struct credential_index *index_ref; /* of the pre-shared ones; NULL: none */
    struct cert_store *store_ref; /* certificates and lists, ours with their keys; NULL: none */
};

/*
 * Reads the secret files, and the certificates that belong to them; says every mistake, warning and
 * (for checks) note.
 *
 * out  cleared by the caller; what it holds after a failure is the caller's to clear, too.
 *
 * Returns STATUS_OK, or STATUS_REFUSED, STATUS_SYSTEM, STATUS_NO_MEMORY after a line that says why.
 */
enum status secrets_load(const struct material_sources *sources, mistakes_say_fn *say, void *arg,
                         struct secrets *out);

#endif
