#ifndef ENTENTE_SIM_LOAD_CERTIFICATES_PRIVATE_H
#define ENTENTE_SIM_LOAD_CERTIFICATES_PRIVATE_H

#include "base/text.h"

struct cert_store;
struct keyring;
struct sim_setup;

/*
 * Makes the store of a setup's certificates and lists; private keys go into the keyring under the
 * number of their row, from 1. STATUS_REFUSED, with `why`, for one that cannot be read.
 */
enum status load_certificates(const struct sim_setup *setup, struct keyring *keyring,
                              struct cert_store **out, struct text *why);

#endif
