#ifndef ENTENTE_IKEV1_MAIN_MODE_ENCRYPTED_H
#define ENTENTE_IKEV1_MAIN_MODE_ENCRYPTED_H

#include "ikev1/main_mode.h"

/* Main Mode with RSA encryption: what differs from pre-shared keys. RFC 2409 sections 5.2, 5.3 */

extern const struct row main_mode_encrypted_rows[];

/*
 * Initiator: the certificate that a rule's peer is encrypted to: of the store, named by remote_id
 * or, where that takes anybody, by the peer's address; trusted, and its key long enough for our ID.
 *
 * count  how many would do; may be NULL.
 *
 * NULL and *refusal: there is none.
 */
const struct certificate *main_mode_peer_certificate(struct ike_sa *sa, const struct ike_rule *rule,
                                                     size_t *count, struct refusal *refusal);

/* Initiator: puts what message 3 holds in place of KE and nonce. */
enum status main_mode_put_encrypted(struct exchange *exchange, struct envelope *envelope);

/* Initiator: the plaintexts of a message 4 have come; keys of its half. */
enum status main_mode_open_answer(struct exchange *exchange, struct handshake_half *half,
                                  struct view answer);

/* As main_mode_verify, once out->chain is read. */
enum main_verdict main_mode_verify_encrypted(struct exchange *exchange, struct trigger *trigger,
                                             const struct handshake_half *half,
                                             struct main_proof *out);

/* Steps of the rows. */
step_fn main_mode_receive_encrypted;      /* responder, message 3: the keyring is asked */
step_fn main_mode_answer_encrypted;       /* responder, its plaintexts: message 4 */
step_fn main_mode_receive_encrypted_auth; /* responder, message 5 */

#endif
