#ifndef ENTENTE_POLICY_REFUSAL_H
#define ENTENTE_POLICY_REFUSAL_H

#include "base/selector.h"
#include "base/text.h"
#include "identity/credential.h"
#include "policy/ike_rule.h"
#include "policy/ipsec_entry.h"
#include "wire/sa.h"

enum refusal_reason {
    REFUSAL_NONE = 0,
    REFUSAL_NO_RULE,        /* no rule holds these addresses (nearest: the one that misses least) */
    REFUSAL_ATTRIBUTE,      /* nearest rule or entry differs in `attribute`: wanted, offered */
    REFUSAL_MALFORMED,      /* `detail` says what about the offer */
    REFUSAL_NO_KEY,         /* a preshared rule, and ike.preshared has no entry for the pair */
    REFUSAL_IDENTITY,       /* the peer's identity does not fit the entry or the rule */
    REFUSAL_PFS,            /* wanted, offered: group numbers, 0: none */
    REFUSAL_SELECTORS,      /* no policy entry protects what the peer asks for */
    REFUSAL_LIFETIME,       /* offered below the floor: seconds or kilobytes by `attribute` */
    REFUSAL_REPLY,          /* the peer's answer is not one of our offers; `detail` */
    REFUSAL_NO_POLICY,      /* the policy entry that wanted an SA is gone */
    REFUSAL_PROTOCOLS,      /* ESP, AH or both: sets, BIT of each; wanted, offered */
    REFUSAL_NAT,            /* the entry wants AH, and ESP goes in UDP on this path */
    REFUSAL_NO_CERTIFICATE, /* none of ours for the rule and the method in `wanted` */
    REFUSAL_CERTIFICATE,    /* of the peer; `detail`: which, which check, what mends it */
    REFUSAL_REMOTE_ID,      /* a proven certificate (`detail`), and no remote_id takes it */
    REFUSAL_NOTHING,        /* the entry has nothing that this version can offer */
    REFUSAL_REASON_COUNT,
};

/* A "no" as a value. Pointers live in the rule set, identity_view in the peer's message. */
struct refusal {
    enum refusal_reason reason;
    struct address local;
    struct address peer;
    const char *exchange_view;      /* "main mode", "quick mode" */
    const char *config_view;        /* file of ike/config; NULL: not to be named */
    const struct ike_rule *nearest; /* NULL: none comes near */
    const struct ipsec_entry *entry;
    const struct credential_index *index; /* where `credential` stands, or where one is missing */
    const struct credential *credential;
    enum ipsec_protocol protocol; /* Phase 2: of the transform that is nearest */
    enum attribute attribute;     /* the first one that differs */
    uint16_t differing;           /* BIT of every one that does */
    uint64_t wanted, offered; /* registry numbers; KEY_BITS and lifetimes: the figures. 0: none */
    const struct transform *cipher; /* KEY_BITS: of which cipher */
    uint16_t wanted_high;           /* KEY_BITS: end of the wanted range */
    struct position edit;           /* line 0: none */
    struct identity identity;       /* IDENTITY: what the peer says it is */
    struct selector selector;       /* SELECTORS, NO_RULE for a policy entry: the traffic */
    bool has_selector;
    const char *detail_view; /* a constant; of certificates: in the arena of the input */
    uint16_t notify;         /* all that the peer learns; 0: nothing */
};

/*
 * One line: refused 198.51.100.7 main mode: rule "branch" (config:14:3) wants oakley_group 14
 * (modp2048), peer offers 2 (modp1024); edit config:17:5 or the peer
 */
#define REFUSAL_TEXT_BYTES 1024u
void refusal_text(const struct refusal *refusal, struct text *out);

#endif
