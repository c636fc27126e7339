#ifndef ENTENTE_CONFIG_CERT_SELECTOR_H
#define ENTENTE_CONFIG_CERT_SELECTOR_H

#include "policy/ike_rule.h"

/*
 * Reads a certificate selector, already unquoted: "TAG=value", or untagged as solaris.md 1.4
 * guesses it, '!' before it. The value points into `text`.
 *
 * Returns NULL, or what it should have been ("an IP= with an address").
 */
const char *cert_selector_parse(const char *text, struct cert_selector *out);

#endif
