#ifndef ENTENTE_KEYSTORE_OBJECT_H
#define ENTENTE_KEYSTORE_OBJECT_H

#include "keystore/keystore.h"

struct evp_pkey_st;

/*
 * The forms that objects have in files: DER, or PEM with any of the labels in use. Nothing here
 * asks for a password.
 */

/*
 * Reads a private key without encryption: PKCS#8 or the traditional form, DER or PEM.
 *
 * key  the caller's, EVP_PKEY_free; untouched on failure.
 *
 * Returns STATUS_OK, STATUS_MALFORMED, STATUS_UNEXPECTED for one under a password.
 */
enum status object_read_key(struct view file, struct evp_pkey_st **key);

/* What EVP_PKEY_free does, for those who do not see OpenSSL. */
void object_key_free(struct evp_pkey_st *key);

/*
 * Whether a key is sound: its halves belong together, its size is within key_limits.
 *
 * Returns STATUS_OK, or after a line STATUS_MALFORMED, STATUS_LIMIT, STATUS_UNEXPECTED for a kind
 * that nothing here uses.
 */
enum status object_key_check(struct evp_pkey_st *key, struct text *error);

/* PKCS#8 PrivateKeyInfo (wipe it) and DER SubjectPublicKeyInfo of a key. OK or NO_MEMORY. */
enum status object_key_encode(const struct evp_pkey_st *key, struct bytes *out);
enum status object_spki_encode(const struct evp_pkey_st *key, struct bytes *out);

/*
 * The DER of the first certificate or CRL of a file, a copy. Its frame is checked: one SEQUENCE,
 * and nothing after it. OK, MALFORMED or NO_MEMORY.
 */
enum status object_read_der(enum keystore_kind kind, struct view file, struct bytes *out);

/* The kind that a PEM label names; false for any other. */
bool object_label_kind(const char *label, enum keystore_kind *out);

/* PEM of some DER, as text of ours to free; NULL without memory. */
char *object_pem(const char *label, struct view der);

#endif
