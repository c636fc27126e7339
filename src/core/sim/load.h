#ifndef ENTENTE_SIM_LOAD_H
#define ENTENTE_SIM_LOAD_H

#include "base/text.h"
#include "sim/recording.h"

struct sim_setup;
struct credential_index;
struct crypto;
struct keyring;
struct ruleset;

/* What a rule set was made of, and the trace's form of it. Zero-initialised may be cleared. */
struct loaded {
    struct ruleset *rules_ref;
    struct keyring *keyring_own; /* NULL when made from a trace */
    struct bytes config_own;
    struct bytes policy_own;       /* as ipsecpolicy.conf */
    struct bytes credentials_own;  /* credential_index_encode */
    struct bytes certificates_own; /* cert_store_encode; empty: none */
};

/*
 * Parses ike/config, ike.preshared and ipsecinit.conf (may be NULL) of a setup, and reads its
 * certificates and private keys. What OpenSSL keeps
 * apart is loaded when a rule names it. STATUS_REFUSED when a text has mistakes, with the first in
 * `why`; STATUS_NO_MEMORY; STATUS_CRYPTO.
 */
enum status load_texts(struct crypto *crypto, const struct sim_setup *setup, struct loaded *out,
                       struct text *why);

/* The same from a trace: no key is known. */
enum status load_trace(struct crypto *crypto, const struct trace_config *config, struct loaded *out,
                       struct text *why);

void loaded_clear(struct loaded *loaded);

#endif
