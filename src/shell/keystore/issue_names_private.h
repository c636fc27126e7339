#ifndef ENTENTE_KEYSTORE_ISSUE_NAMES_PRIVATE_H
#define ENTENTE_KEYSTORE_ISSUE_NAMES_PRIVATE_H

#include <openssl/x509v3.h>

#include "keystore/issue.h"

/* The alternative names of an issue, the caller's to free; NULL after a line that says what was
 * expected. */
GENERAL_NAMES *issue_names_make(const struct issue *issue, struct text *error);

#endif
