#ifndef ENTENTE_CONFIG_ADDRESS_SYNTAX_PRIVATE_H
#define ENTENTE_CONFIG_ADDRESS_SYNTAX_PRIVATE_H

#include "base/address.h"

/* What was written, besides the range. */
enum address_form {
    ADDRESS_FORM_HOST,
    ADDRESS_FORM_PREFIX,
    ADDRESS_FORM_MASK,
    ADDRESS_FORM_RANGE,
};

/* Why text is no address; constants for messages. */
struct address_syntax {
    enum address_form form;
    struct address_range range;
    bool has_host_bits; /* set below the prefix, and masked off */
    const char *fault;  /* with STATUS_MALFORMED */
};

/*
 * "10.1.2.3", "10.1.2.0/24", "10.1.2.0/255.255.255.0", "10.1.2.0-10.1.2.255", without blanks.
 * solaris.md 1.2. Returns STATUS_OK or STATUS_MALFORMED with out->fault set.
 */
enum status address_syntax_parse(struct view text, struct address_syntax *out);

#endif
