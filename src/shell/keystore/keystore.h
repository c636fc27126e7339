#ifndef ENTENTE_KEYSTORE_KEYSTORE_H
#define ENTENTE_KEYSTORE_KEYSTORE_H

#include "base/text.h"

/*
 * Certificates, CRLs and private keys on disk. A slot is a file whose name is a small decimal
 * number. ikecert alone writes them (keystore/change.h); in.iked and ikecert read them here.
 *
 *   /etc/inet/ike/publickeys/N             a certificate, DER (PEM is read too)
 *   /etc/inet/ike/crls/N                   a CRL, DER (PEM is read too)
 *   /etc/inet/secret/ike.privatekeys/N     a private key, PKCS#8 DER without encryption (PEM is
 *                                          read too), mode 0600 in a directory of mode 0700
 *
 * Numbers of the three directories are independent: a key belongs to the certificates with its
 * public key, whatever their names. Nothing is trusted for its place: the files must belong to
 * root, and nobody else may write them or, for keys, read them (SEC-138, SEC-151).
 */
enum keystore_kind {
    KEYSTORE_KEY,
    KEYSTORE_CERTIFICATE,
    KEYSTORE_CRL,
};

#define KEYSTORE_KIND_COUNT 3u
#define KEYSTORE_PATH_BYTES 512u
#define KEYSTORE_LINE_BYTES 1024u
#define KEYSTORE_MOST_SLOT 999999u /* the largest number of a slot */

/* One file of a slot. */
struct keystore_item {
    enum keystore_kind kind;
    uint32_t slot;
    char name[8];            /* the slot in decimal, as certificate selectors name it (SLOT=) */
    struct bytes object_own; /* DER: a certificate, a CRL, or PKCS#8 PrivateKeyInfo (wiped) */
    struct bytes spki_own;   /* of a key: DER SubjectPublicKeyInfo, which ties it to certificates */
};

/* What is there: by kind, then by number. Zero-initialised is empty. */
struct keystore {
    struct keystore_item *items_own;
    size_t count;
};

/* Takes one line about a file that was left out: path, what was found, what mends it. */
typedef void keystore_say_fn(void *arg, const char *line);

/*
 * Reads all slots. A file that is damaged, foreign, too large, or open to others is said in one
 * line and left out; of what is no slot (other names) nothing is said. Keys are decoded and their
 * public half computed; of certificates and CRLs only the frame is checked, the rest is for
 * certificate_read and crl_read.
 *
 * root   put before every path; "" for the system's own.
 * kinds  BIT(KEYSTORE_...) of what is wanted.
 * out    what it held before is cleared.
 *
 * Returns STATUS_OK, also when a directory does not exist; STATUS_REFUSED, after a line, when a
 * directory is open to others or its owner is a stranger (then nothing is taken from anywhere);
 * STATUS_SYSTEM or STATUS_NO_MEMORY.
 */
enum status keystore_read(const char *root, uint64_t kinds, keystore_say_fn *say, void *arg,
                          struct keystore *out);
void keystore_clear(struct keystore *keystore);

/* The first item from *at on (an index, moved past it) of this kind; NULL at the end. */
const struct keystore_item *keystore_next(const struct keystore *keystore, enum keystore_kind kind,
                                          size_t *at);
/* The private key of this public one (DER SubjectPublicKeyInfo); NULL: it is not here. */
const struct keystore_item *keystore_key_of(const struct keystore *keystore, struct view spki);

/* The path of a slot, with `root` before it; *out holds KEYSTORE_PATH_BYTES. */
const char *keystore_path(const char *root, enum keystore_kind kind, uint32_t slot, char *out);

#endif
