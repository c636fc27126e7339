#ifndef ENTENTE_CRYPTO_KEY_EXCHANGE_H
#define ENTENTE_CRYPTO_KEY_EXCHANGE_H

#include "base/randomness.h"
#include "base/secret.h"
#include "base/view.h"
#include "crypto/crypto.h"

/*
 * Our half of a Diffie-Hellman exchange. Used for one exchange only, never for a second one.
 * Zero-initialised is none, and may be cleared.
 */
struct key_exchange {
    const struct group *group; /* NULL: none */
    struct secret private_value;
    struct bytes public_own; /* the KE body: public_bytes of the group, leading zeros kept */
};

/*
 * Draws a private value of the group's exponent_bits and computes the public one.
 *
 * randomness  the engine's, and ike_sa as it wants it; no other source is used.
 * out         the caller's, empty before; untouched on failure. key_exchange_clear wipes it.
 *
 * Returns STATUS_OK; STATUS_CRYPTO when OpenSSL fails or lacks the group, or when no value in the
 * range of the group came in 128 draws (a broken source); STATUS_NO_MEMORY.
 */
enum status key_exchange_generate(struct crypto *crypto, const struct group *group,
                                  const struct randomness *randomness, uint64_t ike_sa,
                                  struct key_exchange *out);

/* Wipes the private value and frees the public one. */
void key_exchange_clear(struct key_exchange *exchange);

/* True when a KE body has exactly the length of the group: the cheap check, before any state. */
bool key_exchange_fits(const struct group *group, struct view public_value);

/*
 * Checks the peer's public value and computes g^xy at the full length of the group with leading
 * zeros (ECP: the x coordinate, RFC 5903).
 *
 * The checks come before any computation with our private value (SEC-39 to SEC-41, RFC 6989):
 * MODP 1 < y < p-1; groups 22 to 24 also y^q = 1; ECP both coordinates below p and the point on the
 * curve.
 *
 * peer_public  the KE body, borrowed.
 * out          the caller's; untouched on failure.
 *
 * Returns STATUS_OK; STATUS_MALFORMED for a value that fails a check; STATUS_UNEXPECTED for our own
 * value sent back to us; STATUS_CRYPTO when OpenSSL fails.
 */
enum status key_exchange_derive(struct crypto *crypto, const struct key_exchange *exchange,
                                struct view peer_public, struct shared_secret *out);

#endif
