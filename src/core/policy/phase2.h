#ifndef ENTENTE_POLICY_PHASE2_H
#define ENTENTE_POLICY_PHASE2_H

#include "policy/ruleset.h"

/* What the data plane can carry, and the peer too. */
struct phase2_means {
    bool holds_one_set; /* a template of the kernel: all alternatives with the first one's protocols
                         */
    bool has_esn;       /* 64-bit sequence numbers (RFC 4304) */
};

/* Those of the plane that the rule set's policy is loaded into. */
struct phase2_means phase2_means_of(const struct ruleset *ruleset);

/* What a Quick Mode is to offer. */
struct phase2_want {
    const struct ike_rule *rule;      /* of the ISAKMP SA */
    const struct ipsec_entry *entry;  /* of the policy */
    enum encapsulation encapsulation; /* of every transform: the mode, or its UDP variant */
    struct phase2_means means;
    uint32_t spi, ah_spi; /* our inbound ones of ESP and of AH, host order */
};

/*
 * The SA payload of Quick Mode message 1: for each alternative of the entry that can be used, in
 * order and with numbers from 1, a proposal of AH, of ESP, or one of each under the same number
 * (both or neither: RFC 2408 section 4.2). In it a transform for each cipher, key size (largest
 * first) and integrity; `any` as solaris.md 12 expands it; those with 64-bit sequence numbers stand
 * before the plain ones. Group with PFS, life in seconds, and in kilobytes where the rule has one.
 * Everything lies in the arena.
 *
 * Returns STATUS_OK, STATUS_NO_MEMORY, or STATUS_REFUSED with *refusal when nothing can be offered
 * (refusal->local and peer are the caller's, and stay as he has set them).
 */
enum status phase2_offer(const struct phase2_want *want, struct arena *arena,
                         struct sa_payload *out, struct refusal *refusal);

/* Bounds of an offer: what a peer of our kind still reads, and what one datagram holds. */
#define PHASE2_PROPOSALS_MOST 32u
#define PHASE2_TRANSFORMS_MOST 64u

/* What both ends agree on in Phase 2: ESP, AH, or ESP inside AH as a bundle. */
struct phase2_agreed {
    enum ipsec_protocol protocol; /* of what follows: AH has no cipher */
    const struct sa_proposal *proposal;
    const struct sa_transform *transform; /* responder: to be sent back as it is */
    const struct transform *cipher;
    uint16_t cipher_bits;                  /* 0: fixed size */
    const struct transform *integrity;     /* NULL: combined mode */
    const struct sa_proposal *ah_proposal; /* of the AH around ESP; NULL: no bundle */
    const struct sa_transform *ah_transform;
    const struct transform *ah_integrity;
    bool is_esn;                   /* 64-bit sequence numbers, in both of a bundle */
    const struct group *pfs_group; /* NULL: no KE payloads */
    enum encapsulation encapsulation;
    enum child_mode mode;
    uint32_t peer_spi;    /* host order */
    uint32_t peer_ah_spi; /* of a bundle's AH */
    uint32_t hard_s;      /* the smaller of both */
    uint32_t soft_s;      /* 0: no soft expiry */
    uint32_t idle_s;      /* ours; 0: none */
    uint64_t hard_kb;     /* the smaller of both and of what the cipher bears; 0: none */
    uint64_t soft_kb;
    bool is_shortened; /* ours is smaller than offered: RESPONDER-LIFETIME is due */
    uint32_t notify_s; /* what that notify says; 0: nothing about seconds */
    uint32_t notify_kb;
};

/* "aes-gcm16(256), no pfs" or "aes-cbc(128), hmac-sha1, pfs modp2048", and with AH "ah hmac-sha256,
 * no pfs" or "esp aes-cbc(256), hmac-sha256 in ah hmac-sha256, no pfs"; 64-bit sequence numbers are
 * named as esn. */
#define PHASE2_SUITE_TEXT_BYTES 128u
const char *phase2_suite_text(const struct phase2_agreed *agreed,
                              char out[PHASE2_SUITE_TEXT_BYTES]);

/* What a pair of SAs is protected with, in the words of struct phase2_agreed. */
struct phase2_protection {
    enum ipsec_protocol protocol;
    const struct transform *cipher;
    uint16_t cipher_bits;
    const struct transform *integrity;
    const struct transform *ah_integrity; /* of a bundle; else NULL */
};

/* True when an alternative of the entry is exactly that. */
bool phase2_is_held(const struct ipsec_entry *entry, const struct phase2_protection *protection);

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
    struct phase2_means means;
};

/*
 * Finds as responder the policy entry that protects exactly or more than the peer's identities, in
 * match order: host entries for transport mode (identities must be the endpoints), tunnel entries
 * for tunnel mode (ends must be the endpoints). Never wider than the entry, and nothing of which
 * every packet meets a bypass or drop entry first.
 *
 * Returns the entry, or NULL and *refusal (SELECTORS, INVALID-ID-INFORMATION).
 */
const struct ipsec_entry *phase2_entry(const struct ruleset *ruleset,
                                       const struct phase2_request *request,
                                       struct refusal *refusal);

/*
 * Chooses as responder, in the peer's order, the first transform that an alternative of the entry
 * holds; proposals of one number are taken whole, one transform of each, or not at all, and their
 * protocols must be exactly the alternative's. PFS: with p2_pfs N the peer must offer group N; with
 * 0 an offered group must be known and not weak. Lifetimes: the smaller, offered ones below the
 * floor are refused.
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase2_choose(const struct ruleset *ruleset, const struct phase2_request *request,
                          const struct ipsec_entry *entry, const struct sa_payload *offer,
                          struct phase2_agreed *out, struct refusal *refusal);

/*
 * Checks the reply as initiator against what phase2_offer gave for `want`: the protocols of one
 * alternative, for each one proposal with one transform whose attribute set is that of an offered
 * one. refusal->local and peer are the caller's, and stay as he has set them.
 *
 * Returns STATUS_OK, or STATUS_REFUSED with *refusal filled in.
 */
enum status phase2_check_reply(const struct phase2_want *want, const struct sa_payload *reply,
                               struct phase2_agreed *out, struct refusal *refusal);

#endif
