#ifndef ENTENTE_CRYPTO_RSA_H
#define ENTENTE_CRYPTO_RSA_H

#include "base/randomness.h"
#include "base/view.h"
#include "crypto/crypto.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

#define RSA_LEAST_BYTES 128u /* a modulus of 1024 bits */
#define RSA_MOST_BYTES 1024u /* and of 8192 */
/* 00 02, eight octets of padding, 00: what encryption adds at least. RFC 8017 section 7.2 */
#define RSA_PADDING_LEAST_BYTES 11u

/* The public half of an RSA key, as plain numbers in network order. */
struct rsa_public {
    uint8_t modulus[RSA_MOST_BYTES]; /* the first modulus_bytes, the first of them not 0 */
    uint16_t modulus_bytes;
    uint64_t exponent;
};

/*
 * Takes the numbers out of a key that OpenSSL has read, or out of a SubjectPublicKeyInfo.
 *
 * Returns STATUS_OK; STATUS_UNEXPECTED for another kind of key; STATUS_LIMIT for a modulus outside
 * of 1024 to 8192 bits or even, an exponent that is even, below 3 or above 64 bits (SEC-49);
 * STATUS_MALFORMED for octets that are no key.
 */
enum status rsa_public_of(struct evp_pkey_st *key, struct rsa_public *out);
enum status rsa_public_read(struct crypto *crypto, struct view spki, struct rsa_public *out);

/*
 * A modulus that nobody can factor and nobody has, for answers to peers that we do not know
 * (SEC-56): always the same for one seed, of `modulus_bytes`, with exponent 65537. It costs what
 * the numbers of a real key cost.
 *
 * Returns STATUS_OK, STATUS_LIMIT for a size outside the bounds, STATUS_CRYPTO.
 */
enum status rsa_public_decoy(struct crypto *crypto, struct view seed, size_t modulus_bytes,
                             struct rsa_public *out);

/* True when a ciphertext can be one under this key: exactly as long, and below the modulus. */
bool rsa_public_fits(const struct rsa_public *key, struct view ciphertext);

/*
 * RSAES-PKCS1-v1_5 encryption. RFC 8017 section 7.2.1
 *
 * randomness  where the padding is drawn; no other source is used.
 * plaintext   at most modulus_bytes - RSA_PADDING_LEAST_BYTES octets.
 * out         modulus_bytes octets; undefined after a failure.
 *
 * Returns STATUS_OK, STATUS_LIMIT for a plaintext that is too long, STATUS_CRYPTO when OpenSSL
 * fails or the randomness gives nothing but zeros.
 */
enum status rsa_encrypt(struct crypto *crypto, const struct rsa_public *key,
                        const struct randomness *randomness, uint64_t ike_sa, struct view plaintext,
                        uint8_t *out);

/* A private key for decryption, and the secret from which answers to bad padding are made. */
struct rsa_private;

/*
 * Reads an unencrypted PKCS#8 (or PKCS#1) private key in DER.
 *
 * Returns as rsa_public_read; the key is the caller's, who gives it to rsa_private_free.
 */
enum status rsa_private_read(struct view der, struct rsa_private **out);
void rsa_private_free(struct rsa_private *key); /* wipes; NULL is harmless */
const struct rsa_public *rsa_private_public(const struct rsa_private *key);

/* A ciphertext, and how long its plaintext may be: another length is treated as bad padding. */
struct rsa_block {
    struct view ciphertext;
    uint16_t least_bytes;
    uint16_t most_bytes; /* is cut to what the key has room for */
};

/*
 * RSAES-PKCS1-v1_5 decryption that cannot be seen to fail (SEC-56, CVE-2018-0131 and its kin).
 *
 * Where the padding is bad or the length outside the block's bounds, the plaintext is a
 * pseudo-random one of a pseudo-random length within them, made from the private key and the
 * ciphertext alone: the same for each repeat of a ciphertext. Both are made always, and one is
 * chosen without a branch or an address that depends on which (draft-irtf-cfrg-rsa-guidance).
 *
 * block  an octet string of another length, or not below the modulus, decrypts as bad padding.
 * out    modulus_bytes octets: the plaintext, then zeros. The caller wipes it.
 * bytes  length of the plaintext.
 *
 * Returns STATUS_OK, STATUS_LIMIT for bounds that no plaintext can meet, STATUS_CRYPTO when no
 * replacement could be computed, which the ciphertext has no part in.
 */
enum status rsa_decrypt(struct crypto *crypto, const struct rsa_private *key,
                        const struct rsa_block *block, uint8_t *out, uint16_t *bytes);

#endif
