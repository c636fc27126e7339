#ifndef ENTENTE_PKI_PATH_PRIVATE_H
#define ENTENTE_PKI_PATH_PRIVATE_H

#include "pki/path.h"

#define PATH_MOST_GATHERED 32u  /* certificates that may be in a path */
#define PATH_MOST_SIGNATURES 32 /* checked for one verdict */

/* What a fault tells beside its sentence. */
enum path_detail {
    DETAIL_NONE,
    DETAIL_KEY, /* kind and size */
    DETAIL_HASH,
    DETAIL_NOT_BEFORE,
    DETAIL_NOT_AFTER,
    DETAIL_ISSUER,
    DETAIL_CRL, /* the issuer, and where its list is said to be */
};

/* One thing that can be wrong with a certificate of a path. */
struct path_fault {
    int number; /* of OpenSSL, or one of ours below */
    enum path_check check;
    enum path_result result; /* PATH_WARNED: real authorities do it, and it harms nothing */
    enum path_detail detail;
    const char *what;
    const char *mend;
};

/* Faults that OpenSSL does not know, or that are told by another sentence than its number's. */
enum path_own_fault {
    FAULT_NO_SIGN = -1,
    FAULT_NO_ENCRYPT = -2,
    FAULT_NOT_FOR_IKE = -3,
    FAULT_NOT_TRUSTED = -4, /* found in the store, and no cert_root names it */
    FAULT_SHORT_KEY = -5,
    FAULT_SHORT_ANCHOR = -6,
    FAULT_WEAK_HASH = -7,
    FAULT_SHA1 = -8,
    FAULT_SHA1_TAKEN = -9,
};

/* The row of a number; one for all that has none of its own. Never NULL. */
const struct path_fault *path_fault_find(int number);

/* The certificates from which a path is made: [0] is the leaf. */
struct path_pool {
    struct certificate *items[PATH_MOST_GATHERED];
    bool is_anchor[PATH_MOST_GATHERED];
    size_t count;
    struct crl *crls[PATH_MOST_GATHERED];
    size_t crl_count;
    int signatures_left;
};

/* What one run found: results, the first fault of each check, and the path as far as it goes. */
struct path_run {
    enum path_result results[PATH_CHECK_COUNT];
    const struct path_fault *faults[PATH_CHECK_COUNT];
    size_t depths[PATH_CHECK_COUNT];          /* of them, in the chain */
    size_t chain[PATH_MOST_CERTIFICATES + 2]; /* places in the pool */
    size_t chain_count;
    bool is_trusted; /* no check failed, and the chain ends in an anchor */
};

/* Notes a fault; the first failure of a check stays, and a failure outdoes a warning. */
void path_run_note(struct path_run *run, int number, size_t depth);

/* Fills the pool: what may stand above the leaf, out of the store and of what was sent. */
void path_pool_gather(const struct path_query *query, struct path_pool *pool);
/* Whether selectors name a certificate that is in the store. */
bool path_is_named(const struct path_query *query, const struct cert_selectors *selectors,
                   const struct certificate *certificate);

/*
 * Lets OpenSSL make and check a path over those of the pool that `members` has (bits by place).
 * OK with a run, NO_MEMORY or CRYPTO.
 */
enum status path_run_verify(const struct path_query *query, struct path_pool *pool,
                            uint64_t members, struct path_run *run);

/* Writes the line of a verdict that is not trusted. */
void path_line_write(const struct path_query *query, const struct path_fault *fault,
                     struct path_verdict *verdict);

#endif
