#ifndef ENTENTE_POLICY_PHASE2_H
#define ENTENTE_POLICY_PHASE2_H

#include "policy/ruleset.h"

/* What a Quick Mode is to offer. */
struct phase2_want {
    const struct ike_rule *rule;      /* of the ISAKMP SA */
    const struct ipsec_entry *entry;  /* of the policy */
    enum encapsulation encapsulation; /* of every transform: the mode, or its UDP variant */
    uint32_t spi;                     /* our inbound one, host order */
};

/*
 * The SA payload of Quick Mode message 1: a proposal for each alternative of the entry in order
 * (numbers from 1, protocol ESP, our SPI), in it a transform for each cipher, key size (largest
 * first) and integrity; `any` as solaris.md 12 expands it. Group with PFS, life in seconds, and in
 * kilobytes where the rule has one. Everything lies in the arena.
 *
 * Returns STATUS_OK, STATUS_NO_MEMORY, or STATUS_REFUSED when nothing is left to offer.
 */
enum status phase2_offer(const struct phase2_want *want, struct arena *arena,
                         struct sa_payload *out);

/* What both ends agree on in Phase 2. */
struct phase2_agreed {
    const struct sa_proposal *proposal;
    const struct sa_transform *transform; /* responder: to be sent back as it is */
    const struct transform *cipher;
    uint16_t cipher_bits;              /* 0: fixed size */
    const struct transform *integrity; /* NULL: combined mode */
    const struct group *pfs_group;     /* NULL: no KE payloads */
    enum encapsulation encapsulation;
    enum child_mode mode;
    uint32_t peer_spi; /* host order */
    uint32_t hard_s;   /* the smaller of both */
    uint32_t soft_s;   /* 0: no soft expiry */
    uint32_t idle_s;   /* ours; 0: none */
    uint64_t hard_kb;  /* the smaller of both and of what the cipher bears; 0: none */
    uint64_t soft_kb;
    bool is_shortened; /* ours is smaller than offered: RESPONDER-LIFETIME is due */
    uint32_t notify_s; /* what that notify says; 0: nothing about seconds */
    uint32_t notify_kb;
};

/* "aes-gcm16(256), no pfs" or "aes-cbc(128), hmac-sha1, pfs modp2048" */
#define PHASE2_SUITE_TEXT_BYTES 96u
const char *phase2_suite_text(const struct phase2_agreed *agreed,
                              char out[PHASE2_SUITE_TEXT_BYTES]);

/*
 * Mode and UDP variant that all sound transforms of an offer say; an absent attribute reads as
 * tunnel. MALFORMED when they differ.
 */
enum status phase2_offered_encapsulation(const struct sa_payload *offer, enum encapsulation *out);
enum child_mode encapsulation_mode(enum encapsulation encapsulation);
bool encapsulation_is_udp(enum encapsulation encapsulation);
enum encapsulation encapsulation_of(enum child_mode mode, bool is_udp);

/* What a peer asks for. */
struct phase2_request {
    const struct ike_rule *rule;  /* of the ISAKMP SA */
    struct address local, remote; /* outer: IKE endpoints */
    struct selector selector;     /* local: IDcr, remote: IDci, as ranges; absent: the endpoints.
                                   * Transport mode behind NAT: the endpoints in their place */
    enum encapsulation encapsulation; /* what this path calls for, mode as offered */
};

/*
 * Finds as responder the policy entry that protects exactly or more than the peer's identities, in
 * match order: host entries for transport mode (identities must be the endpoints), tunnel entries
 * for tunnel mode (ends must be the endpoints). Never wider than the entry.
 *
 * Returns the entry, or NULL and *refusal (SELECTORS, INVALID-ID-INFORMATION).
 */
const struct ipsec_entry *phase2_entry(const struct ruleset *ruleset,
                                       const struct phase2_request *request,
                                       struct refusal *refusal);

/*
 * Chooses as responder, in the peer's order, the first transform that an alternative of the entry
 * holds. PFS: with p2_pfs N the peer must offer group N; with 0 an offered group must be known and
 * not weak. Lifetimes: the smaller, offered ones below the floor are refused. Proposals with
 * several protocols under one number are passed over.
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase2_choose(const struct ruleset *ruleset, const struct phase2_request *request,
                          const struct ipsec_entry *entry, const struct sa_payload *offer,
                          struct phase2_agreed *out, struct refusal *refusal);

/*
 * Checks the reply as initiator against what phase2_offer gave for `want`: one proposal of ESP with
 * one transform whose attribute set is that of an offered one. refusal->local and peer are the
 * caller's, and stay as he has set them.
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase2_check_reply(const struct phase2_want *want, const struct sa_payload *reply,
                               struct phase2_agreed *out, struct refusal *refusal);

#endif
