#ifndef ENTENTE_POLICY_PHASE1_H
#define ENTENTE_POLICY_PHASE1_H

#include "policy/ruleset.h"

/* What both ends agree on in Phase 1, lifetime apart. */
struct phase1_suite {
    const struct transform *cipher;
    uint16_t cipher_bits; /* 0: fixed size */
    const struct transform *hash;
    const struct group *group;
    uint16_t method; /* enum auth_method */
};

/* "aes-cbc(128), sha1, modp2048, preshared" */
#define PHASE1_SUITE_TEXT_BYTES 96u
const char *phase1_suite_text(const struct phase1_suite *suite, char out[PHASE1_SUITE_TEXT_BYTES]);

/*
 * What is known of a negotiation as responder so far. The candidate set is a function of it: rules
 * in file order that hold everything known; nothing has to be kept but the evidence.
 */
struct evidence {
    struct address local;
    struct address remote;
    int64_t wall_s;                  /* UTC, for certificates */
    struct phase1_suite suite;       /* cipher NULL: not chosen yet */
    const struct identity *identity; /* the peer's, once it can be read; NULL before */
    enum peer_place place;           /* with identity */
};

/* The next candidate after `after` (NULL: the first); NULL: no more. */
const struct ike_rule *phase1_candidate(const struct ruleset *ruleset,
                                        const struct evidence *evidence,
                                        const struct ike_rule *after);

/*
 * The methods that we can prove ourselves by to this peer under a rule: BIT of each enum
 * auth_method. With a pre-shared key, that the index has one for the pair of addresses; else that
 * there is a certificate of ours (phase1_own_certificate).
 */
uint32_t phase1_methods(const struct ruleset *ruleset, const struct ike_rule *rule,
                        const struct evidence *evidence);

/* How many transforms phase1_offer makes of the rule with these methods; the parser keeps it within
 * 64 with all of them (METHODS_ALL). */
size_t phase1_offer_count(const struct ike_rule *rule, uint32_t methods);

/*
 * The SA payload that the rule offers: one proposal of protocol ISAKMP without SPI, the rule's
 * transforms in order, each key size a transform, largest first, life in seconds. Numbers from 1.
 * Everything lies in the arena. `ecdsa_sig` is a transform for each curve.
 *
 * methods  that may be offered, of phase1_methods; others are left out.
 *
 * Returns STATUS_OK, STATUS_ABSENT when nothing is left, or NO_MEMORY.
 */
enum status phase1_offer(const struct ike_rule *rule, uint32_t methods, struct arena *arena,
                         struct sa_payload *out);

/* A choice of the responder. */
struct phase1_choice {
    const struct sa_proposal *proposal;   /* of the peer's offer */
    const struct sa_transform *transform; /* to be sent back as it is */
    struct phase1_suite suite;
    const struct ike_rule *rule; /* first candidate */
    uint32_t lifetime_s;         /* the smaller of both */
    bool is_shortened;           /* ours is smaller: RESPONDER-LIFETIME is due */
    uint64_t lifetime_kb;        /* the peer's wish; 0: none */
};

/*
 * Chooses as responder: the first transform of the peer's order that any candidate holds, method,
 * group, hash, cipher and key size alike. Transforms with a flaw, or a lifetime below
 * P1_LIFETIME_LEAST_S, are passed over. evidence->suite is not read. A preshared transform also
 * needs a key for the pair (REFUSAL_NO_KEY otherwise), any other a certificate of ours
 * (REFUSAL_NO_CERTIFICATE).
 *
 * offer  decoded; more than one proposal: the first one only (ikev1.md 3.2).
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase1_choose(const struct ruleset *ruleset, const struct evidence *evidence,
                          const struct sa_payload *offer, struct phase1_choice *out,
                          struct refusal *refusal);

/*
 * Checks the reply as initiator against what phase1_offer gave for the rule: one proposal, one
 * transform, its attribute set that of an offered one, whatever order and number. A lifetime may
 * differ: the smaller one is used.
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase1_check_reply(const struct ruleset *ruleset, const struct ike_rule *rule,
                               const struct evidence *evidence, const struct sa_payload *reply,
                               struct phase1_choice *out, struct refusal *refusal);

/* Lifetime for a rule that the identity settled on: the smaller of the rule's and the offered one
 * (0: not offered). */
uint32_t phase1_lifetime(const struct ike_rule *rule, const struct phase1_suite *suite,
                         uint64_t offered_s);

/* The key for this pair; or NULL and *refusal (NO_KEY, with the file to edit). */
const struct credential *phase1_credential(const struct ruleset *ruleset,
                                           const struct ike_rule *rule,
                                           const struct evidence *evidence,
                                           struct refusal *refusal);

/*
 * After authentication: the first candidate that the proven identity fits; evidence->identity is
 * set. Initiators give their rule as `only`. NULL and *refusal (IDENTITY) when the identity does
 * not fit the credential's remoteid or no candidate.
 */
const struct ike_rule *phase1_settle(const struct ruleset *ruleset, const struct evidence *evidence,
                                     const struct ike_rule *only,
                                     const struct credential *credential, struct refusal *refusal);

/*
 * The certificate of ours for a rule and a method: local_id names it, and its private key is ours.
 * NULL: none, and with `refusal` (may be NULL) NO_CERTIFICATE.
 */
const struct cert_row *phase1_own_certificate(const struct ruleset *ruleset,
                                              const struct ike_rule *rule,
                                              const struct evidence *evidence,
                                              enum auth_method method, struct refusal *refusal);

/*
 * The same as phase1_settle with a certificate whose path and ID are proven: the first candidate
 * whose remote_id takes it, and for which we have a certificate of the negotiated method
 * (evidence->suite). NULL and *refusal (REMOTE_ID) when there is none.
 *
 * text  names the certificate in the refusal; as long as that is used.
 */
const struct ike_rule *phase1_settle_certificate(const struct ruleset *ruleset,
                                                 const struct evidence *evidence,
                                                 const struct ike_rule *only,
                                                 const struct certificate *certificate,
                                                 const char *text, struct refusal *refusal);

#endif
