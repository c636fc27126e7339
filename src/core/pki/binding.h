#ifndef ENTENTE_PKI_BINDING_H
#define ENTENTE_PKI_BINDING_H

#include "identity/identity.h"
#include "pki/cert_selector.h"
#include "pki/certificate.h"

/*
 * Whether an ID belongs to a certificate: DER_ASN1_DN is its subject, the other types are exactly
 * one of its alternative names of the same type (RFC 4945 section 3.1, SEC-72). No part of a name,
 * no wildcard, no NUL, no host name out of CN; prefixes, ranges and key IDs belong to none.
 */
bool binding_holds(const struct certificate *certificate, const struct identity *identity);

/*
 * The ID that we send with a certificate of ours: its subject for IDENTITY_DN, else its first
 * alternative name of the type that `prefer` names, or the first of all.
 *
 * type    a number of `local_id_type`; IDENTITY_NONE: an address of either family.
 * prefer  `local_id`, whose value is taken when it is such a name; may be empty.
 * out     its octets live in the certificate.
 *
 * Returns STATUS_OK, or STATUS_ABSENT: the certificate has no such name.
 */
enum status binding_identity(const struct certificate *certificate, uint8_t type,
                             const struct cert_selectors *prefer, struct identity *out);

/* The text of an ID, as identity_text, but a distinguished name in words: "C=US, CN=x". */
void binding_identity_text(const struct identity *identity, struct text *out);

#endif
