#ifndef ENTENTE_IKEV1_REVISED_CIPHER_H
#define ENTENTE_IKEV1_REVISED_CIPHER_H

#include "base/secret.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

/* The largest block of a cipher in Phase 1. */
#define REVISED_BLOCK_MOST_BYTES 16u

/*
 * The symmetric half of revised RSA encryption: what one side's payloads after its nonce are
 * encrypted with. One chain of CBC runs through all of them in wire order. RFC 2409 section 5.3
 */
struct revised_cipher {
    struct secret key; /* Ke_i or Ke_r */
    const struct transform *transform;
    uint8_t iv[REVISED_BLOCK_MOST_BYTES];
};

/*
 * Ne = prf(nonce, cookie), Ke from it as phase1_cipher_key does; the first IV is zero.
 *
 * nonce          the negotiated hash, keyed with the nonce of one side.
 * cookie         of the same side.
 * encryption     the negotiated cipher; key_bits its size, ignored where the row has only one.
 * out            the caller's, who clears it; untouched on failure.
 *
 * Returns STATUS_OK, STATUS_LIMIT, STATUS_REFUSED for a weak DES key, STATUS_CRYPTO.
 */
enum status revised_cipher_begin(struct crypto *crypto, const struct prf_key *nonce,
                                 struct view cookie, const struct transform *encryption,
                                 unsigned key_bits, struct revised_cipher *out);
void revised_cipher_clear(struct revised_cipher *cipher);

/* Octets of a body once it is encrypted: padding there is always, up to a whole block. */
size_t revised_cipher_bytes(const struct transform *encryption, size_t body_bytes);

/*
 * Encrypts the next payload's body.
 *
 * out  revised_cipher_bytes octets.
 *
 * Returns STATUS_OK, STATUS_CRYPTO (what is in `out` is then undefined).
 */
enum status revised_cipher_seal(struct crypto *crypto, struct revised_cipher *cipher,
                                struct view body, uint8_t *out);

/*
 * Decrypts the next payload's body and takes its padding off.
 *
 * sealed      a multiple of the block, not empty.
 * out         sealed.bytes octets.
 * body_bytes  how many of them are the body; all, where the padding is not zeros and their count.
 *
 * Returns STATUS_OK, STATUS_MALFORMED for such padding: the octets are there, and whoever answers
 * differently because of it has an oracle (SEC-57); STATUS_LIMIT for a length that is no multiple;
 * STATUS_CRYPTO.
 */
enum status revised_cipher_open(struct crypto *crypto, struct revised_cipher *cipher,
                                struct view sealed, uint8_t *out, size_t *body_bytes);

#endif
