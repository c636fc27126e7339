#ifndef ENTENTE_POLICY_PHASE2_PRIVATE_H
#define ENTENTE_POLICY_PHASE2_PRIVATE_H

#include "policy/ipsec_suite_private.h"
#include "policy/phase2.h"

/* A refusal of Phase 2 before its reason is known. */
struct refusal phase2_refusal(const struct ike_rule *rule, const struct ipsec_entry *entry);

/* True when the i-th alternative of the entry may be agreed on over this path: it protects, AH goes
 * without UDP, and the data plane can hold it. */
bool phase2_is_usable(const struct ipsec_entry *entry, size_t i, enum encapsulation encapsulation,
                      const struct phase2_means *means);

/* The same for any alternative; else *refusal says that AH is in the way (reason NAT). */
bool phase2_has_usable(const struct ipsec_entry *entry, enum encapsulation encapsulation,
                       const struct phase2_means *means, struct refusal *refusal);

/* The transforms that we offer for an alternative in one protocol; numbers from 1. Returns how
 * many. */
size_t phase2_offer_transforms(const struct phase2_want *want,
                               const struct ipsec_alternative *alternative,
                               enum ipsec_protocol protocol,
                               struct sa_transform out[PHASE2_TRANSFORMS_MOST]);

/* A protection suite: the proposals of one number, at most one for each protocol. */
struct phase2_set {
    const struct sa_proposal *esp, *ah; /* NULL: not in it */
    unsigned protocols;                 /* IPSEC_PROTOCOL_BIT of each */
    const char *flaw;                   /* why nobody can take it; NULL: sound */
    uint16_t notify;                    /* that goes with the flaw */
};

/* The set that begins with the i-th proposal, read into *out. Returns the index after it. */
size_t phase2_set_at(const struct sa_payload *offer, size_t i, struct phase2_set *out);

/* What one transform of each protocol of a set is; `esp` or `ah` may be NULL. */
struct phase2_pair {
    const struct sa_transform *esp, *ah;
};

/* Group, encapsulation and sequence numbers are those of the pair as a whole. */
bool phase2_pair_agrees(const struct phase2_pair *pair);

/* True when the offered lifetime is below the floor, and below ours. */
bool phase2_lifetime_is_too_short(const struct p2_lifetime *own, const struct sa_transform *offered,
                                  enum attribute *attribute);

/* Fills in all of *out from transforms that were agreed on. The SPIs have been checked. */
void phase2_agree(const struct ike_rule *rule, const struct phase2_set *set,
                  const struct phase2_pair *pair, struct phase2_agreed *out);

/* A choice in work: what is asked, what we hold, and how near the offer came. */
struct phase2_choosing {
    const struct phase2_request *request;
    const struct ipsec_entry *entry;
    struct refusal *refusal;
};

/* The encapsulation mode that a transform says; absent reads as tunnel. */
uint64_t phase2_encapsulation(const struct sa_transform *offered);

/* Keeps in the refusal that the transform differs from a suite of ours in these attributes (BIT of
 * each), if that is less than the least so far. */
void phase2_note_difference(const struct phase2_choosing *choosing, const struct ipsec_suite *suite,
                            const struct sa_transform *offered, uint16_t differing);

/* The same for a lifetime below the floor. */
void phase2_note_lifetime(const struct phase2_choosing *choosing, enum attribute attribute,
                          const struct sa_transform *offered);

/* Nothing was near: that the protocols differ, or that nothing can be read. */
void phase2_note_protocols(const struct phase2_choosing *choosing, const struct sa_payload *offer);

#endif
