#ifndef ENTENTE_IDENTITY_KEYRING_H
#define ENTENTE_IDENTITY_KEYRING_H

#include "base/secret.h"
#include "identity/private_key.h"
#include "registry/transform.h"

struct crypto;

/* The pre-shared keys and the private keys, each by handles of their own. Only the process that
 * answers ASK_PSK and ASK_SIGN has one. */
struct keyring;

#define PRESHARED_KEY_MOST_BYTES 1024u

struct keyring *keyring_new(void);          /* NULL without memory */
void keyring_free(struct keyring *keyring); /* wipes every key; NULL is harmless */

/*
 * Adds a key under a handle, from 1 and higher than those before (else EXISTS). The octets are
 * copied; the caller wipes his. LIMIT for 0 or more than PRESHARED_KEY_MOST_BYTES octets,
 * NO_MEMORY.
 */
enum status keyring_add(struct keyring *keyring, uint32_t handle, struct view key);

/* The same for a private key: the handle is that of its certificate's row in the store
 * (pki/cert_store.h). Takes the key; on failure it stays the caller's. EXISTS, LIMIT for 0,
 * NO_MEMORY. */
enum status keyring_add_private_take(struct keyring *keyring, uint32_t key_handle,
                                     struct private_key *key);

size_t keyring_count(const struct keyring *keyring);         /* of pre-shared keys */
size_t keyring_private_count(const struct keyring *keyring); /* of private keys */

/* For `ikeadm` at the level keymat only; an empty view when there is none. */
struct view keyring_key_view(const struct keyring *keyring, uint32_t handle);

/*
 * Answers ASK_PSK: prf(key, data), which is SKEYID in Main Mode. RFC 2409 section 5.4
 *
 * prf  a TRANSFORM_HASH row.
 * out  the caller clears it; untouched on failure.
 *
 * Returns STATUS_OK, STATUS_ABSENT for an unknown handle, STATUS_CRYPTO.
 */
enum status keyring_answer(const struct keyring *keyring, struct crypto *crypto, uint32_t handle,
                           const struct transform *prf, struct view data, struct secret *out);

/* Answers ASK_SIGN: as private_key_sign, and STATUS_ABSENT for an unknown handle. */
enum status keyring_sign(const struct keyring *keyring, uint32_t key_handle,
                         enum auth_method method, struct view hash, struct bytes *out);

/*
 * Answers ASK_DECRYPT: one rsa_decrypt for each block whose ciphertext is not empty.
 *
 * out  for each, two octets of length and then as many octets as the modulus has; what it held
 *      before is freed, and the caller wipes it. Untouched on failure.
 *
 * Returns STATUS_OK, good padding or bad; STATUS_ABSENT for an unknown handle; STATUS_REFUSED for a
 * key that signs; STATUS_LIMIT, STATUS_NO_MEMORY, STATUS_CRYPTO for what no ciphertext causes.
 */
enum status keyring_decrypt(const struct keyring *keyring, struct crypto *crypto,
                            uint32_t key_handle, const struct rsa_block *blocks, size_t count,
                            struct bytes *out);

#endif
