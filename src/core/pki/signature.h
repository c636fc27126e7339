#ifndef ENTENTE_PKI_SIGNATURE_H
#define ENTENTE_PKI_SIGNATURE_H

#include "pki/certificate.h"
#include "registry/method.h"

/*
 * Verifies the SIG payload of an IKEv1 signature method over HASH_I or HASH_R, which is signed as
 * it is and never hashed again.
 *
 * RSA (RFC 2409 section 5.1): the block 00 01 FF.. 00 HASH is made here and compared whole with
 * what the public key gives; nothing that the peer padded is read, so what a small exponent can
 * forge has nowhere to hide (SEC-47). DSS: r | s, each of the length of q. ECDSA (RFC 4754): r | s,
 * each of the length of the order.
 *
 * signer     whose key; its path need not be checked yet.
 * method     METHOD_RSA_SIG, METHOD_DSS_SIG, METHOD_ECDSA_256, _384 or _521.
 * hash       16 to 64 octets.
 * signature  of exactly the length that key and method have.
 *
 * Returns STATUS_OK; STATUS_FORGED for any signature that is not right, whatever is wrong with it;
 * STATUS_UNEXPECTED when the key is not of the method's kind; STATUS_REFUSED when the key is below
 * SIGNATURE_LEAST_RSA_BITS; STATUS_LIMIT for a hash of another length; STATUS_CRYPTO.
 */
enum status signature_verify(const struct certificate *signer, enum auth_method method,
                             struct view hash, struct view signature);

#define SIGNATURE_LEAST_RSA_BITS 1024u

/* Whether a key is of the kind that a method signs or encrypts with. */
bool signature_method_takes(enum auth_method method, enum certificate_key_kind kind);

#endif
