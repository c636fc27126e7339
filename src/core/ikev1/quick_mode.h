#ifndef ENTENTE_IKEV1_QUICK_MODE_H
#define ENTENTE_IKEV1_QUICK_MODE_H

#include "crypto/key_exchange.h"
#include "engine/child_sa.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "ikev1/envelope.h"
#include "policy/phase2.h"

/* States of Quick Mode. RFC 2409 section 5.5 */
enum quick_state {
    QUICK_NEW = 0,
    QUICK_SENT,      /* initiator: message 1 */
    QUICK_ANSWERED,  /* responder: message 2 */
    QUICK_IN_ASKED,  /* either: the inbound SA is being installed */
    QUICK_SETTLING,  /* initiator: message 3 is out, the peer installs its inbound SA */
    QUICK_OUT_ASKED, /* either: the outbound one */
};

extern const struct row quick_mode_rows[];

/* One Quick Mode; hangs off its exchange. */
struct quick_mode {
    struct bytes initiator_nonce_own, responder_nonce_own;
    struct key_exchange key_exchange;   /* with PFS; used for this pair of SAs alone */
    struct bytes public_own, reply_own; /* responder: KE and SA of message 2 */
    struct secret keymat_in, keymat_out;
    struct secret ah_keymat_in, ah_keymat_out; /* of the AH around ESP */
    struct phase2_agreed agreed; /* its proposal and transform pointers are not kept */
    struct selector selector;
    struct path path; /* outer ends of the SAs */
    uint32_t reqid;
    struct child_spis spis; /* initiator, before message 2: of ESP, and of AH if it is offered */
    bool is_in_asked, is_out_asked; /* asks that are open: what they make must go again */
    bool is_in_installed;
};

struct quick_mode *quick_mode_of(const struct exchange *exchange);
struct quick_mode *quick_mode_new(void);
void quick_mode_free(struct quick_mode *quick); /* wipes; NULL is harmless */

/* Begins ours for a want; takes it. */
void quick_mode_begin(struct ike_sa *sa, struct want *want_take);

/* True when the peer's exchange makes what is wanted. */
bool quick_mode_makes(const struct exchange *exchange, const struct want *want);

/* Deletes in the data plane what this Quick Mode has installed or asked for and no child owns. */
void quick_mode_take_back(struct exchange *exchange);

/* The end without success. */
void quick_mode_ended(struct exchange *exchange, enum step_result result, struct trigger *trigger);

/* An authenticated error notify names the SPI of ours (0: none given); true when a Quick Mode of
 * ours ended by it. */
bool quick_mode_peer_refused(struct ike_sa *sa, uint32_t spi, uint16_t type);

/* The peer has deleted an SA that a Quick Mode of ours is about to use; true when one ended by it.
 */
bool quick_mode_peer_deleted(struct ike_sa *sa, enum ipsec_protocol protocol, uint32_t spi);

/*
 * The HASH that the next message of this exchange must carry: HASH(1), (2) or (3) by role and
 * state. RFC 2409 section 5.5
 */
enum status quick_mode_hash_wanted(const struct exchange *exchange, struct view rest,
                                   struct secret *out);

step_fn quick_mode_send_offer;     /* initiator: message 1 */
step_fn quick_mode_receive_choice; /* initiator: message 2 */
step_fn quick_mode_send_last;      /* initiator: inbound SA stands: message 3 */
step_fn quick_mode_settled;        /* initiator: the peer had its time */
step_fn quick_mode_answer;         /* responder: message 1 */
step_fn quick_mode_send_choice;    /* responder: inbound SA stands: message 2 */
step_fn quick_mode_receive_last;   /* responder: message 3 */
step_fn quick_mode_installed_pair; /* either: outbound too */
step_fn quick_mode_unanswered;     /* either */

/* Shared by both roles. */

/* prf, message ID and nonces of this Quick Mode. */
struct exchange_values quick_mode_values(const struct exchange *exchange);

/* Reads the KE and nonce of the peer; with `agreed.pfs_group` there must be a KE of its length,
 * without none. The nonce is kept. STATUS_OK, or MALFORMED, UNEXPECTED (reflected), NO_MEMORY. */
enum status quick_mode_take_nonce(struct exchange *exchange, const struct payload_chain *chain);

/* Both identities of a message to a selector as this host sees it; absent: the endpoints.
 * STATUS_MALFORMED for one alone, or for what is no address. */
enum status quick_mode_selector(const struct exchange *exchange, const struct payload_chain *chain,
                                struct selector *out);

/* Puts IDci and IDcr, and NAT-OA where the mode calls for them. */
void quick_mode_put_ids(const struct exchange *exchange, struct envelope *envelope);

/* Takes the peer's SPIs and what of ours goes with them from what was agreed on. */
void quick_mode_take_spis(struct quick_mode *quick);

/* Computes the keys of both directions and protocols; `peer_public` is used with PFS. */
enum status quick_mode_derive(struct exchange *exchange, struct view peer_public);

/* Asks for one direction to be installed; false without memory. */
bool quick_mode_install(struct exchange *exchange, enum sa_direction direction,
                        struct effects *effects);

/* The pair stands: it becomes a child of the peer. NO_MEMORY: both directions are deleted. */
enum status quick_mode_establish(struct exchange *exchange);

/* Ends of the IPsec SAs that this IKE SA makes. */
struct path quick_mode_path(const struct ike_sa *sa);

/* How a mode is said on this path: plain, in UDP, in UDP by a draft's number. */
enum encapsulation quick_mode_encapsulation(const struct ike_sa *sa, enum child_mode mode);

/* Fills the HASH in front (with the initiator's nonce for message 2), encrypts and sends. */
enum status quick_mode_seal(struct exchange *exchange, struct effects *effects,
                            struct envelope *envelope, bool is_repeated);

/* True when the data plane has done what it was asked; else trigger->why says what it answered. */
bool quick_mode_is_installed(struct exchange *exchange, struct trigger *trigger);

/* What a message that was refused or unreadable is answered with: a refusal made of a few words. */
void quick_mode_refuse(const struct exchange *exchange, struct trigger *trigger, const char *detail,
                       uint16_t notify);

/* "aes-cbc(128), hmac-sha1, no pfs" in the arena. */
const char *quick_mode_suite(struct exchange *exchange);

#endif
