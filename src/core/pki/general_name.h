#ifndef ENTENTE_PKI_GENERAL_NAME_H
#define ENTENTE_PKI_GENERAL_NAME_H

#include "identity/identity.h"
#include "pki/certificate.h"

/*
 * Whether two names are one: same type, and DNS without regard to case, a mailbox with its domain
 * so, a DN as names are compared, all else octet by octet. What holds a NUL, a blank or a wildcard
 * is equal to nothing. RFC 4945 section 3.1
 */
bool general_name_equal(const struct general_name *a, const struct general_name *b);

/*
 * The name that an ID says; octets borrowed from it. STATUS_ABSENT for types that are no
 * alternative name by themselves (prefixes, ranges, GN, key IDs), STATUS_MALFORMED for an address
 * of a wrong length.
 */
enum status general_name_of_identity(const struct identity *identity, struct general_name *out);

/* The ID of a name; false when no type of ID carries it (URI, RID, other). */
bool general_name_identity(const struct general_name *name, struct identity *out);

#endif
