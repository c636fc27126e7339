#ifndef ENTENTE_CRYPTO_CIPHER_H
#define ENTENTE_CRYPTO_CIPHER_H

#include "base/view.h"
#include "crypto/crypto.h"

/* A block cipher in CBC mode with its key; the view is borrowed for the call. */
struct cipher_key {
    const struct transform *transform; /* a CBC row of kind TRANSFORM_ENCRYPTION */
    struct view key;                   /* its length chooses among the key sizes of the row */
};

/*
 * Encrypts whole blocks in CBC mode, without padding.
 *
 * iv   one block, borrowed. The last block of the output is the IV of what follows.
 * in   a multiple of the block, not empty.
 * out  room for in.bytes octets; may be in.data itself.
 *
 * Returns STATUS_OK; STATUS_LIMIT when the length of key, IV or input does not fit the row;
 * STATUS_CRYPTO when OpenSSL fails or lacks the row: the octets at `out` are then undefined.
 */
enum status cipher_encrypt(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                           struct view in, uint8_t *out);

/* The reverse, with the same rules. Without integrity it proves nothing about who encrypted. */
enum status cipher_decrypt(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                           struct view in, uint8_t *out);

#endif
