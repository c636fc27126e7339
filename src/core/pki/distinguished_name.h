#ifndef ENTENTE_PKI_DISTINGUISHED_NAME_H
#define ENTENTE_PKI_DISTINGUISHED_NAME_H

#include "base/text.h"

/*
 * Makes the DER of a Name of the text that Solaris writes: "C=US, O=Party\, Inc., CN=Partym", in
 * the order of the text; '+' joins the values of one RDN; '\' before a character, or before two hex
 * digits, takes what follows as it is. Tags of any case: C O OU CN, and ST L STREET SERIALNUMBER
 * T TITLE GN SN UID DC EMAIL EMAILADDRESS, and dotted numbers.
 *
 * text  without NUL; borrowed.
 * out   what it held before is freed.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for what is no such text; STATUS_UNEXPECTED for an unknown
 * attribute; STATUS_LIMIT for more than 64 values, or a value that its attribute is too short for;
 * STATUS_NO_MEMORY.
 */
enum status distinguished_name_encode(struct view text, struct bytes *out);

#define DISTINGUISHED_NAME_MOST_BYTES 16384u /* of DER; longer ones are unreadable */

/* The text of a Name's DER, escaped so that it stays one line (SEC-161) and reads back as the same
 * name; "(no name)" for an empty one, "(unreadable)" for what is none. */
void distinguished_name_text(struct view der, struct text *out);

/* Whether two Names are one (RFC 5280 section 7.1: letter case and inner spaces of text do not
 * count, order and attributes do); false when either cannot be read. Never compared as text. */
bool distinguished_name_equal(struct view a, struct view b);

/* A Name without any attribute (or no octets at all): nobody's. */
bool distinguished_name_is_empty(struct view der);

#endif
