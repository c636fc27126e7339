#ifndef ENTENTE_PKI_CRL_PRIVATE_H
#define ENTENTE_PKI_CRL_PRIVATE_H

#include <openssl/x509.h>

#include "pki/crl.h"

struct crl {
    size_t holds;
    struct bytes der;
    X509_CRL *x509_own;
    int64_t this_update_s, next_update_s;
    bool has_next_update;
    bool is_delta;        /* changes to another list, and no list by itself: RFC 5280 5.2.4 */
    uint32_t issuer_hash; /* equal for equal names */
};

#endif
