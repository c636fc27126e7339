#ifndef ENTENTE_PKI_CERTIFICATE_PRIVATE_H
#define ENTENTE_PKI_CERTIFICATE_PRIVATE_H

#include <openssl/x509v3.h>

#include "base/arena.h"
#include "pki/certificate.h"

struct certificate {
    size_t holds;
    struct bytes der;
    struct bytes spki;
    X509 *x509_own;
    uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES];
    int64_t not_before_s, not_after_s;
    uint32_t subject_hash, issuer_hash; /* equal for equal names */
    enum certificate_key_kind key_kind;
    unsigned key_bits;
    bool may_sign, may_encrypt, may_issue, is_for_ike;
    struct arena arena; /* of the names and the addresses of lists */
    struct general_name *names_view;
    size_t name_count;
    struct view crl_url; /* the first; empty: none */
};

/* A time of a certificate or a list as RFC 5280 section 4.1.2.5 has it, in wall_s; MALFORMED. */
enum status certificate_time(const ASN1_TIME *time, int64_t *out);

/* Kind and size of the key, within the bounds of certificate.h; LIMIT or UNEXPECTED. */
enum status certificate_key_read(struct certificate *certificate);

/* What usages and constraints let the key do. MALFORMED. */
enum status certificate_usage_read(struct certificate *certificate);

/* Alternative names and where lists are. MALFORMED, LIMIT or NO_MEMORY. */
enum status certificate_names_read(struct certificate *certificate);

#endif
