#ifndef ENTENTE_PKI_CERT_STORE_PRIVATE_H
#define ENTENTE_PKI_CERT_STORE_PRIVATE_H

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

#endif
