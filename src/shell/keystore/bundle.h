#ifndef ENTENTE_KEYSTORE_BUNDLE_H
#define ENTENTE_KEYSTORE_BUNDLE_H

#include "keystore/keystore.h"

/* What somebody hands in: one object or many, in whatever form it came. */
struct bundle_item {
    enum keystore_kind kind;
    struct bytes object_own; /* as keystore_item (a key's are wiped) */
    struct bytes spki_own;   /* of keys and certificates */
};

#define BUNDLE_MOST_ITEMS 64u

struct bundle {
    struct bundle_item items[BUNDLE_MOST_ITEMS];
    size_t count;
    const char *form; /* a constant: "PEM", "DER", "PKCS#7", "PKCS#12" */
    bool was_encrypted;
};

/*
 * Gives a password.
 *
 * Returns its length, or -1 when there is none.
 */
typedef int bundle_password_fn(void *arg, char *buffer, int buffer_bytes);

/*
 * Reads PEM with any number of blocks, and DER: a certificate, a CRL, a private key (PKCS#8, plain
 * or under a password, or traditional), PKCS#7 with certificates and CRLs, PKCS#12.
 *
 * input     borrowed.
 * password  asked at most once, when it is needed and an empty one does not do.
 * out       zero-initialised; the caller clears it, also after a failure.
 * error     one line: what it was and what could have been.
 *
 * Returns STATUS_OK with at least one item; STATUS_MALFORMED, STATUS_FORGED for a wrong password,
 * STATUS_UNEXPECTED for something else that was recognised (a request), STATUS_LIMIT for more than
 * BUNDLE_MOST_ITEMS, STATUS_NO_MEMORY.
 */
enum status bundle_read(struct view input, bundle_password_fn *password, void *arg,
                        struct bundle *out, struct text *error);
void bundle_clear(struct bundle *bundle);

/* How many items of a kind there are. */
size_t bundle_count(const struct bundle *bundle, enum keystore_kind kind);

#endif
