#ifndef ENTENTE_TESTS_SUPPORT_AUTHORITY_H
#define ENTENTE_TESTS_SUPPORT_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/view.h"

/*
 * Makes certificates and lists of which any field can be wrong. Without cmocka; what fails here
 * ends the program, for it is a fault of the test.
 */
#define DRAFT_MOST_EXTENSIONS 10u

struct certificate_draft {
    const char *subject; /* "C=US, CN=x"; "": none */
    const char *issuer;  /* NULL: the subject of `signer`, or its own */
    /* "name=value" as in x509v3_config(5), NULL at the end */
    char extensions[DRAFT_MOST_EXTENSIONS][192];
    int64_t not_before_s, not_after_s;
    long serial;
    bool is_version_1;
    EVP_PKEY *key;
    EVP_PKEY *signer_key; /* NULL: self-signed */
    X509 *signer;         /* whose names and key identifier extensions take; NULL: its own */
    const char *digest;   /* NULL: what the key asks for, else SHA-256 */
    bool is_forged;       /* an octet of the signature is changed */
};

struct crl_draft {
    X509 *issuer;
    EVP_PKEY *key;
    int64_t this_update_s, next_update_s;
    long revoked; /* a serial number; 0: none */
    const char *extension;
    bool is_forged;
};

/* "rsa1024", "rsa2048", "dsa", "p256", "p384", "p521", "ed25519". */
EVP_PKEY *authority_key(const char *kind);

/* Puts "name=value" in the place of what has that name; an empty value takes it away. */
void draft_extend(struct certificate_draft *draft, const char *name, const char *value);

X509 *authority_certificate(const struct certificate_draft *draft);
X509_CRL *authority_crl(const struct crl_draft *draft);

/* DER; bytes_clear when done. */
struct bytes authority_der(X509 *x509);
struct bytes authority_crl_der(X509_CRL *crl);

#endif
