#ifndef ENTENTE_PKI_CERTIFICATE_H
#define ENTENTE_PKI_CERTIFICATE_H

#include "base/text.h"

/*
 * A certificate that was read once and stays as it is: its fields, its public key, its alternative
 * names. Counted, not for two threads. OpenSSL decodes it, behind these bounds (SEC-49, SEC-53,
 * SEC-132): 64 KiB of DER, nothing after it; RSA of 1024 to 8192 bits, odd modulus, odd exponent
 * from 3 up to 64 bits; DSA p of 512 to 3072 bits, q of 160 to 256; EC on the named curves below.
 * What may be used is for the path to say (strength): here is only what can be hostile.
 */
struct certificate;

#define CERTIFICATE_MOST_BYTES (64u * 1024u)
#define CERTIFICATE_MOST_NAMES 256u       /* alternative names */
#define CERTIFICATE_FINGERPRINT_BYTES 32u /* SHA-256 of the DER */
/* Longest text of a distinguished name that is shown whole, with NUL. */
#define CERTIFICATE_NAME_TEXT_BYTES 512u

enum certificate_key_kind {
    CERTIFICATE_RSA,
    CERTIFICATE_DSA,
    CERTIFICATE_P256,
    CERTIFICATE_P384,
    CERTIFICATE_P521,
    CERTIFICATE_ED25519,
    CERTIFICATE_ED448,
};

/* What a key is wanted for. */
enum certificate_use {
    CERTIFICATE_USE_SIGN,
    CERTIFICATE_USE_ENCRYPT,
};

enum general_name_type {
    GENERAL_NAME_DNS,
    GENERAL_NAME_EMAIL,
    GENERAL_NAME_IP, /* 4 or 16 octets */
    GENERAL_NAME_DN, /* DER */
    GENERAL_NAME_URI,
    GENERAL_NAME_RID, /* dotted numbers, text */
    GENERAL_NAME_OTHER,
};

/* One alternative name; the octets live in the certificate. */
struct general_name {
    enum general_name_type type;
    struct view octets;
    struct view der; /* the whole GeneralName: what an ID of type GN carries */
};

/*
 * Reads one certificate.
 *
 * der  one whole certificate and nothing else; copied.
 * out  the caller's hold; untouched on failure.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for what is no certificate, or no names or times can be read
 * of; STATUS_LIMIT for one of the bounds above; STATUS_UNEXPECTED for a kind of key or a curve
 * that nothing here can use; STATUS_NO_MEMORY.
 */
enum status certificate_read(struct view der, struct certificate **out);
struct certificate *certificate_hold(struct certificate *certificate);
void certificate_drop(struct certificate *certificate); /* NULL is harmless */

/* Views live as long as the certificate. */
struct view certificate_der(const struct certificate *certificate);
struct view certificate_subject(const struct certificate *certificate);     /* DER of the Name */
struct view certificate_issuer(const struct certificate *certificate);      /* DER of the Name */
struct view certificate_serial(const struct certificate *certificate);      /* magnitude */
struct view certificate_fingerprint(const struct certificate *certificate); /* SHA-256 */
struct view certificate_spki(const struct certificate *certificate); /* DER, SubjectPublicKeyInfo */
int64_t certificate_not_before_s(const struct certificate *certificate); /* of wall_s */
int64_t certificate_not_after_s(const struct certificate *certificate);

enum certificate_key_kind certificate_key_kind(const struct certificate *certificate);
unsigned certificate_key_bits(const struct certificate *certificate);
/* OpenSSL's EVP_PKEY, borrowed; for crypto/ and pki/ alone, nobody else can name it. */
struct evp_pkey_st *certificate_public_key(const struct certificate *certificate);

/*
 * What keyUsage and basicConstraints let the key do; without keyUsage all that the kind of key can
 * (RFC 4945 section 5.1.3.2). may_sign: digitalSignature or nonRepudiation. may_encrypt: RSA with
 * keyEncipherment. may_issue: a CA that may sign certificates.
 */
bool certificate_may_sign(const struct certificate *certificate);
bool certificate_may_encrypt(const struct certificate *certificate);
bool certificate_may_issue(const struct certificate *certificate);
bool certificate_may(const struct certificate *certificate, enum certificate_use use);
/* Without extendedKeyUsage, or with one that is for IKE, for anything, or for TLS: authorities of
 * the field give that to gateways. RFC 4945 section 5.1.3.12 */
bool certificate_is_for_ike(const struct certificate *certificate);
/* Subject and issuer are one name. */
bool certificate_is_self_issued(const struct certificate *certificate);

/* The alternative names, in order. */
size_t certificate_name_count(const struct certificate *certificate);
struct general_name certificate_name_at(const struct certificate *certificate, size_t i);

/* Where the issuer's list of revoked certificates is said to be, http or ldap; empty: nowhere. Not
 * to be asked before the path up to the issuer is verified. */
struct view certificate_crl_url(const struct certificate *certificate);

/* "C=US, O=Party, CN=Partym": in the order of the certificate, escaped (SEC-161). */
void certificate_subject_text(const struct certificate *certificate, struct text *out);
void certificate_issuer_text(const struct certificate *certificate, struct text *out);

/* Same DER. */
bool certificate_equal(const struct certificate *a, const struct certificate *b);

#endif
