#ifndef ENTENTE_PKI_CERT_STORE_PRIVATE_H
#define ENTENTE_PKI_CERT_STORE_PRIVATE_H

#include <openssl/x509.h>

#include "pki/cert_store.h"

/* What a look-up can ask for: each has its own hashes. */
enum store_key {
    STORE_SUBJECT,
    STORE_ISSUER,
    STORE_NAME,
    STORE_SLOT,
    STORE_SAME,
    STORE_CRL,
};

/* A hash of what can be looked up, and the row that has it; sorted by both. */
struct store_entry {
    uint64_t hash;
    uint32_t row;
};

struct cert_store {
    size_t holds;
    struct cert_row *rows_own; /* slots are owned too */
    size_t row_count;
    struct crl_row *crls_own;
    size_t crl_count;
    struct store_entry *entries_own;
    size_t entry_count;
};

/* Hashes every row into the index. NO_MEMORY. */
enum status cert_store_index(struct cert_store *store);

/*
 * The next row of a subject, and the next list of an issuer, by a name that is decoded already and
 * its distinguished_name_hash: for paths, which ask for many.
 */
const struct cert_row *cert_store_find_named(const struct cert_store *store, const X509_NAME *name,
                                             uint32_t hash, const struct cert_row *after);
const struct crl_row *cert_store_find_list(const struct cert_store *store, const X509_NAME *issuer,
                                           uint32_t hash, const struct crl_row *after);

#endif
