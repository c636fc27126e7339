#ifndef ENTENTE_IKEV1_HANDSHAKE_H
#define ENTENTE_IKEV1_HANDSHAKE_H

#include "crypto/key_exchange.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "ikev1/ike_keys.h"
#include "ikev1/nat_detection.h"
#include "policy/phase1.h"
#include "registry/vendor.h"

/* How often g^xy may be computed for one negotiation: forged messages before the genuine one must
 * not make us compute without bound. */
#define HANDSHAKE_MOST_DERIVATIONS 8u
/* How many signatures of an unproven peer are verified for one negotiation in a second, each with
 * one path at most (SEC-122). Not in all: who alters message 5 on its way must not use up what the
 * genuine one needs; it is repeated. */
#define HANDSHAKE_MOST_PROOFS 4u

/*
 * What a message 3 (or 4) of the peer brought, and the keys that follow from it once they are
 * computed. Neither message is authenticated, so the first one that came is kept and the newest
 * other beside it: a forged one, before or after, cannot displace the genuine one alone.
 */
struct handshake_half {
    struct bytes nonce_own; /* wiped */
    struct bytes public_own;
    struct bytes sealed_own;       /* encryption: the message until its plaintexts have come */
    struct bytes identity_own;     /* encryption: the peer's ID body that stood in it; wiped */
    struct ike_keys *keys_own;     /* NULL until derived */
    struct bytes skeyid_own;       /* wiped */
    struct bytes signature_own;    /* ours under this half; empty until the keyring gave it */
    uint64_t digest;               /* of the message; 0: the half is empty */
    uint8_t iv[EXCHANGE_IV_BYTES]; /* of message 5 */
    uint8_t last_block[EXCHANGE_IV_BYTES]; /* initiator: of message 5 as sent under this half */
    struct nat_verdict nat;
    bool is_bad;            /* a value of it cannot be right */
    bool wants_certificate; /* a CERTREQ stood in the message */
    bool is_cisco;          /* encryption: SKEYID without the hash around the nonces */
};

/* Our own values and the peer's; made when message 3 is due. */
struct handshake_secrets {
    struct key_exchange key_exchange;
    struct bytes nonce_own;
    struct handshake_half halves[2];
    uint8_t active;      /* half that an ask is open for, or that message 5 was built on */
    uint8_t derivations; /* so far */
};

/* Phase 1 until it is established; hangs off the main mode exchange. */
struct handshake {
    struct bytes sa_body_own;              /* SAi_b as the initiator sent it */
    struct handshake_secrets *secrets_own; /* NULL before message 3 */
    struct bytes kept_own;                 /* responder: message 5 while the keyring works;
                                            * initiator: another message 4, to be tried at the next repeat */
    struct bytes other_sa_own;             /* initiator: another message 2, likewise */
    struct bytes this_sa_own;              /* initiator: the message 2 in use */
    struct path kept_path;
    uint64_t proofs_s;                  /* a second of monotonic time */
    uint64_t offered_s;                 /* lifetime that the initiator offered; 0: none */
    const struct ike_rule *proven_rule; /* responder: settled, while our signature is made */
    uint16_t noted_notify;              /* that came without authentication; 0: none */
    uint8_t nat_vendor;                 /* enum vendor: the NAT traversal both speak */
    uint8_t restarts;
    /* encryption: whose key it is, of the store; NULL: doomed */
    const struct certificate *peer_view;
    uint8_t proofs; /* signatures of the peer that were verified in `proofs_s` */
    bool peer_has_dpd;
    bool peer_has_esn;
    bool wants_certificate;  /* a CERTREQ stood in message 1 or 2 */
    bool is_initial_contact; /* initiator: there was no SA with this peer at the start */
    bool is_shortened;       /* RESPONDER-LIFETIME is due */
    bool is_hinted;          /* the line about what is wrong with the keys has been said */
};

struct handshake *handshake_of(const struct exchange *exchange);
struct handshake *handshake_new(void);
void handshake_free(struct handshake *handshake); /* wipes; NULL is harmless */

/* Draws nonce and key exchange for `sa`; OK, NO_MEMORY or CRYPTO (then there are no secrets). */
enum status handshake_begin_secrets(struct ike_sa *sa, struct handshake *handshake);
void handshake_drop_secrets(struct handshake *handshake);

/* The cheap check of a message 3 or 4, before anything is computed: lengths of KE and nonce. */
bool handshake_values_fit(const struct ike_sa *sa, const struct payload_chain *chain);

/* The half for a message with this digest: an empty one, or the second, emptied. */
struct handshake_half *handshake_half_for(struct handshake_secrets *secrets, uint64_t digest);

/* Reads KE and nonce of a checked message 3 or 4 into a half. MALFORMED: lengths are wrong;
 * UNEXPECTED: they are our own, reflected (SEC-74); NO_MEMORY. Then the half is empty. */
enum status handshake_half_read(struct ike_sa *sa, struct handshake *handshake,
                                const struct trigger *trigger, struct handshake_half *half);
void handshake_half_clear(struct handshake_half *half);

/* Asks the keyring for SKEYID of a half; 0 without memory. */
uint64_t handshake_ask(struct ike_sa *sa, struct handshake *handshake, unsigned half,
                       struct effects *effects);

/*
 * SKEYID, g^xy, keys and IV of the active half. A half whose public value fails a check is marked
 * bad. OK, MALFORMED (bad), LIMIT (too many), NO_MEMORY, CRYPTO.
 *
 * skeyid  that the keyring gave, with pre-shared keys; else empty: it is made here, by the method.
 */
enum status handshake_derive(struct ike_sa *sa, struct handshake *handshake, struct view skeyid);

/* HASH_I or HASH_R of `sender` over its ID body, with the values of a half and the hash that the
 * method is bound to. */
enum status handshake_hash(struct ike_sa *sa, const struct handshake *handshake,
                           const struct handshake_half *half, enum ike_role sender,
                           struct view id_body, struct secret *out);

/* The row of the SA's method; never NULL once there is a suite. */
enum method_class handshake_class(const struct ike_sa *sa);

/* What phase1 functions of policy want to know, without an identity. */
struct evidence handshake_evidence(const struct ike_sa *sa);

#endif
