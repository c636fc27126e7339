#ifndef ENTENTE_IKEV1_MAIN_MODE_H
#define ENTENTE_IKEV1_MAIN_MODE_H

#include "engine/protocol.h"
#include "ikev1/envelope.h"
#include "ikev1/handshake.h"
#include "wire/message.h"
#include "wire/notify.h"

/* States of Main Mode: what has been sent, or what is being asked. RFC 2409 section 5 */
enum main_state {
    MAIN_NEW = 0,
    MAIN_SA_SENT,     /* initiator: message 1 */
    MAIN_KE_SENT,     /* initiator: message 3 */
    MAIN_KEYS_ASKED,  /* either: the keyring works on SKEYID, or on our signature */
    MAIN_AUTH_SENT,   /* initiator: message 5 */
    MAIN_SA_ANSWERED, /* responder: message 2 */
    MAIN_KE_ANSWERED, /* responder: message 4 */
};

extern const struct row main_mode_rows[];

/* Begins as initiator for a rule of the engine's rule set; NULL: refused, or no memory. */
struct ike_sa *main_mode_begin(struct engine *engine, const struct ike_rule *rule,
                               const struct path *path);

/* A message 1 that belongs to no SA yet: makes one and answers, or refuses and keeps nothing. */
void main_mode_receive_first(struct engine *engine, const struct path *path,
                             const struct message *message, uint64_t digest);

/* The end without success. */
void main_mode_ended(struct exchange *exchange, enum step_result result, struct trigger *trigger);

/* The lifetime of an unfinished SA has passed. */
void main_mode_expired(struct ike_sa *sa);

/* A notify that proves nothing came for a negotiation under way: it is remembered and said. */
void main_mode_note_notify(struct ike_sa *sa, const struct path *path, uint16_t type);

/* A refusal in clear, within the budget; type 0: nothing. */
void main_mode_send_clear_notify(struct ike_sa *sa, const struct path *path, uint16_t type);

/* An authenticated peer says that it has started anew, or shortens the SA's life. */
void main_mode_initial_contact(struct ike_sa *sa);
void main_mode_responder_lifetime(struct ike_sa *sa, const struct notify_payload *notify);

/* Steps of the rows. */
step_fn main_mode_receive_sa;       /* initiator, message 2 */
step_fn main_mode_receive_other_sa; /* initiator, another message 2 */
step_fn main_mode_receive_ke;       /* initiator, message 4 */
step_fn main_mode_receive_other_ke; /* initiator, another message 4 */
step_fn main_mode_keys_for_auth;    /* initiator, SKEYID or signature: message 5 */
step_fn main_mode_repeat_ke;        /* initiator, before message 3 is repeated */
step_fn main_mode_repeat_auth;      /* initiator, before message 5 is repeated */
step_fn main_mode_receive_last;     /* initiator, message 6 */
step_fn main_mode_unanswered;       /* initiator */
step_fn main_mode_answer_sa;        /* responder, message 1 */
step_fn main_mode_answer_ke;        /* responder, message 3 */
step_fn main_mode_answer_other_ke;  /* responder, another message 3 */
step_fn main_mode_receive_auth;     /* responder, message 5 */
step_fn main_mode_keys_for_answer;  /* responder, SKEYID: message 6 */
step_fn main_mode_receive_signed;   /* responder, message 5 with a signature */
step_fn main_mode_answer_signed;    /* responder, our signature: message 6 */

/* Shared by both roles. */

/* Who we are: an address of ours, or what our certificate says (views into it). */
struct identity main_mode_local_identity(const struct ike_sa *sa);

/* Writes our ID body (that identity, protocol and port 0) into the arena. */
struct view main_mode_id_body(struct ike_sa *sa);

/* Begins message 5 or 6, with room for what the method puts into it. */
struct envelope main_mode_begin_auth(struct ike_sa *sa);

/* Puts our ID, unless it went before. */
void main_mode_put_id(const struct ike_sa *sa, struct view id_body, struct envelope *envelope);

/* Puts what goes between ID and notifies (certificates, if the peer asked), and at the very end the
 * authenticator: HASH, or the signature of the half. */
void main_mode_put_proof(struct exchange *exchange, const struct handshake_half *half,
                         struct envelope *envelope);
enum status main_mode_put_authenticator(struct exchange *exchange,
                                        const struct handshake_half *half, struct view id_body,
                                        struct envelope *envelope);

enum main_verdict {
    MAIN_PROVEN,
    MAIN_UNREADABLE, /* decrypts to nonsense: another key */
    MAIN_HASH_WRONG,
    MAIN_BUDGET,              /* too many are checked already: not now */
    MAIN_BROKEN,              /* our own failure: memory, library */
    MAIN_CERTIFICATE_REFUSED, /* trigger->refusal; who sent it has proven nothing */
    MAIN_IDENTITY_REFUSED,    /* trigger->refusal; he has proven who he is */
};

/*
 * Decrypts message 5 or 6 with the keys of a half and checks it: payloads, ID, authenticator, and
 * whether policy lets this identity be the peer. On MAIN_PROVEN the chain and the identity (views
 * into the arena) and the settled rule are given.
 */
struct main_proof {
    struct payload_chain chain;
    struct identity identity;
    const struct ike_rule *rule;
};
enum main_verdict main_mode_verify(struct exchange *exchange, struct trigger *trigger,
                                   const struct message *message, struct handshake_half *half,
                                   const uint8_t *iv, struct main_proof *out);

/* The proven half becomes the SA's keys, the proven identity its peer; the SA is established after
 * message 6 has been queued or read. NO_MEMORY: nothing has changed. */
enum status main_mode_adopt(struct exchange *exchange, struct handshake_half *half,
                            const struct main_proof *proof);

/* The exchange rests, its handshake is wiped, the SA runs; effects of INITIAL-CONTACT and
 * RESPONDER-LIFETIME in the last message are taken. */
void main_mode_establish(struct exchange *exchange, const struct main_proof *proof);

/* With signatures, in main_mode_signature.c. */

/* Finds the certificate of ours that a rule and a method call for, whose key is sa->credential from
 * then on. REFUSED and *refusal: there is none, or it has no name of local_id_type. */
enum status main_mode_own_certificate(struct ike_sa *sa, const struct ike_rule *rule,
                                      enum auth_method method, struct refusal *refusal);

/* The name in it that we send, of the SA's rule; type 0: it is gone. */
struct identity main_mode_certificate_identity(const struct ike_sa *sa);

/* "slot 0 <C=US, CN=x>" in the arena. */
const char *main_mode_certificate_text(struct ike_sa *sa);

/* Keys of a half, if there are none yet, and the keyring is asked for our signature under it; false
 * when that cannot be. Parks. */
bool main_mode_sign(struct exchange *exchange, unsigned which, struct effects *effects);

/* CERT payloads of our certificate and its path without the root; CERTREQ for our authorities. */
void main_mode_put_certificates(const struct ike_sa *sa, struct envelope *envelope);
void main_mode_put_requests(const struct ike_sa *sa, struct envelope *envelope);

/* As main_mode_verify, once out->chain is read. */
enum main_verdict main_mode_verify_signature(struct exchange *exchange, struct trigger *trigger,
                                             struct handshake_half *half, struct main_proof *out);

/* Says once an exchange what is wrong with a certificate, here and (one notify in clear, within the
 * budget) to the peer; the exchange waits on: the message may be forged. */
void main_mode_refuse_certificate(struct exchange *exchange, struct trigger *trigger);

/* As responder: message 5 is kept while the keyring works; and once it is proven message 6 goes out
 * and the SA is established. IGNORE without memory, FAIL when message 6 cannot be made. */
enum status main_mode_keep(struct handshake *handshake, const struct trigger *trigger);
enum step_result main_mode_answer_last(struct exchange *exchange, struct trigger *trigger,
                                       struct effects *effects, const struct message *message,
                                       struct handshake_half *half, const struct main_proof *proof);

/* "ike.preshared:12 (192.0.2.1 - 192.0.2.2)", or our certificate, in the arena. */
const char *main_mode_key_text(struct ike_sa *sa);

/* Says once an exchange that the keys differ. */
void main_mode_hint(struct exchange *exchange, enum event_kind kind, const struct path *path);

/* Message 5 is not of somebody who has the keys of a half: counted, said, and that is all. */
void main_mode_not_proven(struct exchange *exchange, const struct trigger *trigger,
                          enum main_verdict verdict);

/*
 * A refusal about a certificate.
 *
 * line    in the arena: which one, which check, what mends it; NULL without memory.
 * notify  what the peer hears; 0: nothing.
 */
struct refusal main_mode_certificate_refusal(const struct ike_sa *sa, const char *line,
                                             uint16_t notify);

#endif
