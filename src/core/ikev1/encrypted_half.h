#ifndef ENTENTE_IKEV1_ENCRYPTED_HALF_H
#define ENTENTE_IKEV1_ENCRYPTED_HALF_H

#include "crypto/rsa.h"
#include "engine/effects.h"
#include "ikev1/envelope.h"
#include "ikev1/handshake.h"

/*
 * Messages 3 and 4 of the RSA encryption methods: what stands in them encrypted. RFC 2409 sections
 * 5.2 and 5.3. Nothing here tells good padding from bad (SEC-56, SEC-57): what cannot be right goes
 * on with values that nobody knows, to where a wrong key fails.
 */

/* Octets of our nonce: it alone proves who can decrypt. */
#define ENCRYPTED_NONCE_BYTES 32u

/* The public half of our key for this SA (sa->credential); ABSENT when its certificate is gone. */
enum status encrypted_own_key(const struct ike_sa *sa, struct rsa_public *out);

/* Responder: HASH(1) says which certificate of ours the peer encrypted to; sa->credential becomes
 * its key. One that is no hash of ours changes nothing. */
void encrypted_choose_key(struct ike_sa *sa, const struct payload_chain *chain);

/* What everybody can see of a message 3 or 4, before anything is computed: the sizes of all that is
 * encrypted, and that no ciphertext is above the modulus of our key. */
bool encrypted_half_fits(const struct ike_sa *sa, const struct payload_chain *chain);

/* Keeps such a message in a half until it is opened, and reads NAT-D. MALFORMED, NO_MEMORY. */
enum status encrypted_half_read(struct ike_sa *sa, struct handshake *handshake,
                                const struct trigger *trigger, struct handshake_half *half);

/* Asks the keyring for the plaintexts; 0 without memory. */
uint64_t encrypted_half_ask(struct ike_sa *sa, struct handshake *handshake, unsigned which,
                            struct effects *effects);

/*
 * The plaintexts have come: nonce, KE and ID body of the half. What the symmetric half of the
 * revised method does not decrypt soundly is kept as it came out.
 *
 * Returns STATUS_OK whatever the peer sent; NO_MEMORY, CRYPTO, UNEXPECTED for an answer of another
 * shape.
 */
enum status encrypted_half_open(struct ike_sa *sa, struct handshake_half *half, struct view answer);

/*
 * Puts our KE, ID and nonce, encrypted to the peer's key.
 *
 * id_body           cut when it is too long for the key.
 * certificate_hash  HASH(1); empty: none.
 */
enum status encrypted_half_put(struct ike_sa *sa, const struct handshake *handshake,
                               const struct rsa_public *key, struct view id_body,
                               struct view certificate_hash, struct envelope *envelope);

#endif
