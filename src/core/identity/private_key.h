#ifndef ENTENTE_IDENTITY_PRIVATE_KEY_H
#define ENTENTE_IDENTITY_PRIVATE_KEY_H

#include "base/secret.h"
#include "crypto/rsa.h"
#include "registry/method.h"

/* What a key is for: one that decrypts never signs, or an oracle for the one would forge the
 * other. */
enum private_key_use {
    PRIVATE_KEY_SIGNS,
    PRIVATE_KEY_DECRYPTS,
};

/* A private key ready for use; only the process of the keyring has one. */
struct private_key;

#define PRIVATE_KEY_MOST_BYTES (16u * 1024u) /* of the DER: RSA of 8192 bits takes 4.7 KiB */

/*
 * Reads a PKCS#8 PrivateKeyInfo (DER, not encrypted): RSA, DSA or EC.
 *
 * pkcs8  one whole key and nothing after it; the caller wipes his octets.
 * out    the caller's, who gives it to private_key_free; untouched on failure.
 *
 * Returns STATUS_OK; STATUS_MALFORMED; STATUS_LIMIT for more octets than PRIVATE_KEY_MOST_BYTES;
 * STATUS_UNEXPECTED for a kind of key that no method uses.
 */
enum status private_key_read(struct view pkcs8, enum private_key_use use, struct private_key **out);

/* Wipes and frees; NULL is harmless. */
void private_key_free(struct private_key *key);

enum private_key_use private_key_use(const struct private_key *key);

/*
 * Makes the SIG payload of an IKEv1 signature method over HASH_I or HASH_R.
 *
 * RSA (RFC 2409 section 5.1): block type 1 over the bare hash, without DigestInfo, as long as the
 * modulus. DSS: r | s, each of the length of q. ECDSA (RFC 4754): r | s, each of the length of the
 * order. The hash is not hashed again. What was signed is verified before it leaves: a fault in the
 * computation would give an RSA key away.
 *
 * hash  as long as the method's hash: 20 octets for DSS, 32, 48 or 64 for ECDSA by its curve; for
 *       RSA 16, 20, 32, 48 or 64.
 * out   what it held before is freed; untouched on failure.
 *
 * Returns STATUS_OK; STATUS_REFUSED for a key that decrypts; STATUS_UNEXPECTED when the key is not
 * of the method's kind; STATUS_LIMIT for a hash of another length; STATUS_NO_MEMORY; STATUS_CRYPTO.
 */
enum status private_key_sign(const struct private_key *key, enum auth_method method,
                             struct view hash, struct bytes *out);

/* The RSA key of one that decrypts; NULL for one that signs. */
const struct rsa_private *private_key_rsa(const struct private_key *key);

#endif
