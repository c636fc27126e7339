#ifndef ENTENTE_KEYSTORE_DESCRIBE_H
#define ENTENTE_KEYSTORE_DESCRIBE_H

#include <stdio.h>

#include "base/text.h"
#include "keystore/signature_kind.h"

#define DESCRIBE_NAME_BYTES 1024u
#define DESCRIBE_HASH_BYTES 65u /* SHA-256 in hexadecimal */
#define DESCRIBE_TIME_BYTES 48u

/* What a listing says of an object; texts are empty where it has no such thing. */
struct description {
    char type[48];     /* what it is signed with, as -t names it where it can */
    char key_type[24]; /* "rsa", "dsa", "ecdsa", "eddsa" */
    unsigned key_bits;
    char key_hash[DESCRIBE_HASH_BYTES]; /* SHA-256 of the SubjectPublicKeyInfo, upper case */
    struct bytes spki_own;
    struct bytes issuer_own; /* DER of the Name */
    struct bytes subject_own;
    char subject[DESCRIBE_NAME_BYTES]; /* escaped */
    char issuer[DESCRIBE_NAME_BYTES];
    char serial[64];                   /* hexadecimal */
    int64_t not_before_s, not_after_s; /* of a CRL: this and next update; 0: none */
    size_t entry_count;                /* of a CRL */
};

/* Each fills *out, zero-initialised, which describe_clear empties. STATUS_OK, STATUS_MALFORMED. */
enum status describe_certificate(struct view der, struct description *out);
enum status describe_crl(struct view der, struct description *out);
enum status describe_key(struct view pkcs8, struct description *out);
void describe_clear(struct description *description);

/* The kind of key and its bits of a SubjectPublicKeyInfo. */
enum status describe_public_key(struct view spki, struct description *out);

/* "2002 Jul 19th, 21:11:11 GMT". */
const char *describe_time(int64_t wall_s, char out[DESCRIBE_TIME_BYTES]);

/* Prints all of a certificate, in the layout of `ikecert certdb -lv`, after its Type line. */
void describe_print_certificate(struct view der, FILE *out);
/* The numbers of a public key. */
void describe_print_public_key(struct view spki, FILE *out);
/* The entries and extensions of a CRL. */
void describe_print_crl(struct view der, FILE *out);

#endif
