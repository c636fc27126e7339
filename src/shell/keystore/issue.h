#ifndef ENTENTE_KEYSTORE_ISSUE_H
#define ENTENTE_KEYSTORE_ISSUE_H

#include "base/text.h"
#include "keystore/signature_kind.h"

struct evp_pkey_st;

/* What a key is for: keyUsage. A key that decrypts never signs (SEC-58), so peers are told. */
enum issue_use {
    ISSUE_USE_BOTH, /* what the manual of Solaris shows */
    ISSUE_USE_SIGN,
    ISSUE_USE_ENCRYPT,
};

#define ISSUE_MOST_NAMES 32u

/* What is to be in a certificate or request. */
struct issue {
    const struct signature_kind *signature;
    const char *subject;                 /* "C=US, O=Party, CN=Partym" */
    const char *names[ISSUE_MOST_NAMES]; /* alternative names, "TAG=value" */
    size_t name_count;
    int64_t not_before_s, not_after_s; /* of the wall clock; not in requests */
    enum issue_use use;
};

/*
 * Makes a key pair.
 *
 * key_bits  within key_limits of the family; of curves only their own.
 * key       the caller's, EVP_PKEY_free.
 *
 * Returns STATUS_OK or STATUS_CRYPTO.
 */
enum status issue_key(const struct signature_kind *kind, unsigned key_bits,
                      struct evp_pkey_st **key);

/*
 * Checks the subject and the names, which takes no key: STATUS_OK, or STATUS_MALFORMED with a line
 * that says what was expected.
 */
enum status issue_check(const struct issue *issue, struct text *error);

/* A self-signed certificate (X.509 version 3), or a request (PKCS#10), as DER. STATUS_OK,
 * STATUS_MALFORMED as above, STATUS_CRYPTO. */
enum status issue_certificate(const struct issue *issue, struct evp_pkey_st *key, struct bytes *out,
                              struct text *error);
enum status issue_request(const struct issue *issue, struct evp_pkey_st *key, struct bytes *out,
                          struct text *error);

#endif
