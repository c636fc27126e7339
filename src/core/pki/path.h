#ifndef ENTENTE_PKI_PATH_H
#define ENTENTE_PKI_PATH_H

#include "pki/cert_store.h"

#define PATH_MOST_CERTIFICATES 8u /* of a peer, and of a path below its anchor */

/* What is asked of a path, in the order in which it is told. */
enum path_check {
    PATH_KEY,               /* the leaf's key may do what it is used for */
    PATH_ANCHOR,            /* it ends in a certificate that cert_root or cert_trust names */
    PATH_SIGNATURES,        /* each is signed by the next */
    PATH_VALIDITY,          /* all are valid now */
    PATH_BASIC_CONSTRAINTS, /* issuers are CAs, and the path is no longer than they allow */
    PATH_NAME_CONSTRAINTS,
    PATH_EXTENSIONS, /* nothing critical that is not understood */
    PATH_STRENGTH,   /* keys and hashes */
    PATH_REVOCATION, /* a list of each issuer is there, and none is on it */
    PATH_CHECK_COUNT,
};

enum path_result {
    PATH_NOT_DONE, /* there was nothing to check, or no path to check it on */
    PATH_PASSED,
    PATH_WARNED,
    PATH_FAILED,
};

struct path_query {
    const struct cert_store *store;
    struct cert_selectors roots;   /* cert_root: those of the store are anchors */
    struct cert_selectors trusted; /* cert_trust: those of the store need no path */
    struct certificate *leaf;
    struct certificate *const *sent; /* by the peer with it, any order, never anchors */
    size_t sent_count;               /* of them the first PATH_MOST_CERTIFICATES are used */
    struct crl *const *crls;         /* more lists than the store's: sent, fetched */
    size_t crl_count;
    enum certificate_use use;
    int64_t wall_s;
    bool ignores_crls;       /* ignore_crls */
    bool is_sha1_taken;      /* signatures of certificates with SHA-1 pass, with a warning */
    unsigned least_rsa_bits; /* below the anchor; 0: PATH_LEAST_RSA_BITS */
};

#define PATH_LEAST_RSA_BITS 2048u
#define PATH_LEAST_TRUSTED_RSA_BITS 1024u /* of what cert_trust or cert_root names */
#define PATH_LINE_BYTES 1024u

struct path_verdict {
    bool is_trusted;
    bool is_named_by_trust; /* cert_trust names it: no path was needed */
    enum path_result results[PATH_CHECK_COUNT];
    /* From the leaf up, as far as it was found; held. */
    struct certificate *chain_own[PATH_MOST_CERTIFICATES + 2];
    size_t chain_count;
    enum path_check failed; /* the first, when not trusted */
    size_t failed_at;       /* in the chain */
    bool is_crl_missing;    /* nothing else is wrong: a list of the issuer of chain[failed_at] */
    char crl_url[256];      /* where that certificate says it is; "": it does not */
    char line[PATH_LINE_BYTES]; /* the certificate, the check, the mend; "" when trusted */
};

/*
 * Whether a certificate is to be believed: RFC 5280 section 6.1 by OpenSSL, with time, trust and
 * lists from the query alone. Views and pointers of the query are borrowed for the call. At most 32
 * signatures are checked, however many certificates share a name (SEC-136).
 *
 * out  the caller's, zeroed or cleared; path_verdict_clear when done.
 *
 * Returns STATUS_OK with a verdict either way, STATUS_NO_MEMORY, or STATUS_CRYPTO.
 */
enum status path_verify(const struct path_query *query, struct path_verdict *out);
void path_verdict_clear(struct path_verdict *verdict);

/* "signatures", "validity"; constant. */
const char *path_check_name(enum path_check check);
const char *path_result_name(enum path_result result);

#endif
