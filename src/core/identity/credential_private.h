#ifndef ENTENTE_IDENTITY_CREDENTIAL_PRIVATE_H
#define ENTENTE_IDENTITY_CREDENTIAL_PRIVATE_H

#include "identity/credential.h"

struct credential_index {
    size_t holds;
    char *file_own;
    struct credential *rows_own; /* file order */
    size_t count;
};

#endif
