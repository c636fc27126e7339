#ifndef ENTENTE_PKI_CERT_SELECTOR_H
#define ENTENTE_PKI_CERT_SELECTOR_H

#include "base/position.h"
#include "identity/identity.h"

struct certificate;

enum cert_selector_kind {
    CERT_SUBJECT,
    CERT_ISSUER,
    CERT_SLOT,
    CERT_EMAIL,
    CERT_IP,
    CERT_DNS,
    CERT_DN,
    CERT_URI,
    CERT_RID,
    CERT_ANY, /* "" */
};

/* Names certificates or an identity: cert_root, cert_trust, local_id, remote_id, the words of an
 * ikecert command. */
struct cert_selector {
    enum cert_selector_kind kind;
    bool is_excluded; /* '!' before it */
    const char *value_view;
    struct position at;
};

struct cert_selectors {
    const struct cert_selector *items;
    size_t count;
};

/*
 * Whether a certificate is what one selector names, whatever stands before it: its subject or
 * issuer (compared as names, never as text), the name of its slot, or exactly one of its
 * alternative names (RFC 4945 section 3.1: DNS without regard to case and no wildcards, addresses
 * octet by octet).
 *
 * slot  where it lies in the store; NULL: sent by the peer, in no slot.
 *
 * A value that is no such name (a DN with an unknown attribute) names nothing:
 * cert_selector_fault tells of it at load.
 */
bool cert_selector_matches(const struct cert_selector *selector,
                           const struct certificate *certificate, const char *slot);

/*
 * Whether the selectors of one parameter take a certificate: one of the includes names it (or all
 * of them are excludes), and no exclude does. No selectors at all take nothing.
 */
bool cert_selectors_take(const struct cert_selectors *selectors,
                         const struct certificate *certificate, const char *slot);

/* The same for an ID alone, before there is a certificate (encryption to a key in the store). */
bool cert_selector_matches_identity(const struct cert_selector *selector,
                                    const struct identity *identity);
bool cert_selectors_take_identity(const struct cert_selectors *selectors,
                                  const struct identity *identity);

/* What is wrong with a value that the grammar lets pass ("attribute \"Q\" of a distinguished
 * name"); NULL: nothing. A constant. */
const char *cert_selector_fault(const struct cert_selector *selector);

#endif
