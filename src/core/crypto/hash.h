#ifndef ENTENTE_CRYPTO_HASH_H
#define ENTENTE_CRYPTO_HASH_H

#include "base/secret.h"
#include "base/view.h"
#include "crypto/crypto.h"

/*
 * Hashes the concatenation of the parts.
 *
 * hash   a row of kind TRANSFORM_HASH.
 * parts  `count` views, borrowed for the call; empty ones add nothing, and they may lie in *out.
 * out    hash_bytes octets; untouched on failure.
 *
 * Returns STATUS_OK, or STATUS_CRYPTO when OpenSSL fails or does not have the row.
 */
enum status hash_compute(struct crypto *crypto, const struct transform *hash,
                         const struct view *parts, size_t count, struct secret *out);

/* The key of a prf and the algorithm it is for; the view is borrowed for the call. */
struct prf_key {
    const struct transform
        *hash;       /* a row of kind TRANSFORM_HASH or an HMAC of TRANSFORM_INTEGRITY */
    struct view key; /* any length; HMAC hashes what is longer than its block */
};

/*
 * prf(key, parts): HMAC with the row's hash over the concatenation of the parts, at full length.
 * RFC 2104, RFC 2409 section 4. Parameters and results as in hash_compute; the key too may lie in
 * *out.
 */
enum status prf_compute(struct crypto *crypto, const struct prf_key *key, const struct view *parts,
                        size_t count, struct secret *out);

#endif
