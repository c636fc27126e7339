#ifndef ENTENTE_CRYPTO_RSA_UNPAD_PRIVATE_H
#define ENTENTE_CRYPTO_RSA_UNPAD_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

/* The lengths that a plaintext may have, both included. */
struct rsa_bounds {
    uint32_t least_bytes;
    uint32_t most_bytes; /* at most modulus_bytes - RSA_PADDING_LEAST_BYTES */
};

/* Candidates for the length of a replacement, two octets each: the chance that none is in range is
 * at most 2^-128. */
#define RSA_LENGTH_CANDIDATES 128u

/*
 * The last candidate, cut to as few bits as the range needs, that lies in the range; `least_bytes`
 * if there is none. In a time that depends on the bounds alone.
 */
uint32_t rsa_replacement_bytes(const uint8_t candidates[2 * RSA_LENGTH_CANDIDATES],
                               const struct rsa_bounds *bounds);

/*
 * Takes the padding off an encryption block, or chooses the replacement, in a time that depends on
 * `block_bytes` and the bounds alone.
 *
 * block        in: what the private operation gave; out: the plaintext, then zeros.
 * replacement  block_bytes octets, of which the last `replacement_bytes` are the plaintext.
 *
 * Returns the length of the plaintext.
 */
uint32_t rsa_unpad(uint8_t *block, size_t block_bytes, const struct rsa_bounds *bounds,
                   const uint8_t *replacement, uint32_t replacement_bytes);

#endif
