#ifndef ENTENTE_POLICY_IKE_RULE_H
#define ENTENTE_POLICY_IKE_RULE_H

#include "base/address.h"
#include "base/arena.h"
#include "base/position.h"
#include "pki/cert_selector.h"
#include "registry/group.h"
#include "registry/method.h"
#include "registry/transform.h"

/* ike/config as values: defaults are resolved into every rule. solaris.md 1 and 12 */

/* Bounds and defaults of section 12. */
#define P1_LIFETIME_DEFAULT_S 14400u
#define P1_LIFETIME_LEAST_S 60u
#define P2_LIFETIME_DEFAULT_S 28800u
#define P2_SOFTLIFE_DEFAULT_S 24000u
#define P2_LIFETIME_LEAST_S 10u      /* of our own file */
#define P2_LIFETIME_SHORT_S 60u      /* -c warns below */
#define P2_PEER_LIFETIME_LEAST_S 30u /* of a peer's offer, unless our rule is as short */
#define P2_SOFTLIFE_LEAST_S 5u
#define P2_DELTA_LEAST_S 3u /* hard less soft */
#define P2_IDLETIME_LEAST_S 30u
#define P2_LIFETIME_LEAST_KB 128u
#define NONCE_DEFAULT_BYTES 32u
#define NONCE_LEAST_BYTES 8u
#define NONCE_MOST_BYTES 256u
#define REPLAY_WINDOW_DEFAULT 256u /* packets */
#define REPLAY_WINDOW_LEAST 64u
#define REPLAY_WINDOW_MOST 4096u
#define RETRY_LIMIT_DEFAULT 5u
#define RETRY_TIMER_INIT_DEFAULT_US UINT64_C(500000)
#define RETRY_TIMER_MAX_DEFAULT_US UINT64_C(30000000)
#define EXPIRE_TIMER_DEFAULT_S 300u
#define MAX_CERTS_DEFAULT 1024u
#define RULE_LABEL_MOST_BYTES 255u

enum ike_mode {
    IKE_MODE_MAIN,
    IKE_MODE_AGGRESSIVE,
    IKE_MODE_BOTH,
};

/* nat_traversal of a rule; the default is what the data plane and /etc/default/ike say. */
enum rule_nat {
    RULE_NAT_DEFAULT,
    RULE_NAT_AUTO,
    RULE_NAT_FORCE,
    RULE_NAT_OFF,
};

enum dpd_action {
    DPD_ACTION_CLEAR,   /* SAs go; the next packet negotiates anew */
    DPD_ACTION_HOLD,    /* the same, and traffic waits */
    DPD_ACTION_RESTART, /* negotiate anew at once */
};

/* One p1_xform. A range of key sizes is inclusive, in steps of 64; 0 and 0: a fixed size. */
struct ike_transform {
    const struct transform *cipher; /* TRANSFORM_ENCRYPTION row */
    const struct transform *hash;   /* TRANSFORM_HASH row */
    const struct group *group;
    uint16_t method; /* enum auth_method */
    uint16_t low_bits;
    uint16_t high_bits;
    uint32_t lifetime_s;
    /* Where each element stands, for "edit config:17:5"; lifetime_at may be the file's default. */
    struct position at, cipher_at, hash_at, group_at, method_at, lifetime_at;
};

/* 0: none. A soft value of 0 means that there is no soft expiry. */
struct p2_lifetime {
    uint32_t hard_s;
    uint32_t soft_s;
    uint32_t idle_s;
    uint32_t hard_kb;
    uint32_t soft_kb;
};

struct address_ranges {
    const struct address_range *items;
    size_t count;
    struct position at; /* of the first one's keyword */
};

struct ike_rule {
    const char *label; /* unique in the file */
    uint32_t cookie;   /* from 1, in file order */
    struct position at;
    struct address_ranges local;
    struct address_ranges remote;
    uint8_t local_id_type; /* RFC 2407 4.6.2.1; 0: address, family from context */
    struct cert_selectors local_id;
    struct cert_selectors remote_id;
    const struct ike_transform
        *transforms; /* in order of preference; the file's when it has none */
    size_t transform_count;
    struct p2_lifetime p2;
    const struct group *p2_pfs; /* NULL: no PFS */
    struct position p2_pfs_at, p2_lifetime_at;
    enum ike_mode mode;
    enum rule_nat nat_traversal;
    uint32_t dpd_interval_s; /* 0: none */
    uint32_t dpd_timeout_s;
    enum dpd_action dpd_action;
    bool starts_at_load;   /* start at_load */
    bool skeyid_is_cisco;  /* rsa_encrypt_skeyid cisco */
    const char *interface; /* in place of local_addr: what that device has; NULL: not given */
    size_t interface_offset, interface_end; /* of `interface "NAME"` in the text of the file */
};

struct ike_globals {
    uint32_t retry_limit; /* repeats */
    uint64_t retry_timer_init_us;
    uint64_t retry_timer_max_us;
    uint32_t expire_timer_s;
    uint16_t p1_nonce_bytes;
    uint16_t p2_nonce_bytes;
    uint16_t p2_replay_window; /* packets that may come late: REPLAY_WINDOW_* */
    uint32_t p1_lifetime_s;    /* file level, for `get defaults`; rules have theirs resolved */
    struct p2_lifetime p2;
    const struct group *p2_pfs;
    uint32_t max_certs;
    struct cert_selectors cert_root;
    struct cert_selectors cert_trust;
    bool ignores_crls, uses_http, uses_ocsp, discovers_dnssec_keys;
    const char *ldap_server, *proxy, *socks, *pkcs11_path; /* NULL: not given */
};

/* All of one ike/config, in an arena of its own. */
struct ike_rules {
    struct arena arena;
    const char *file; /* as opened */
    struct ike_globals globals;
    const struct ike_rule *rules; /* file order */
    size_t rule_count;
};

/* An empty set with default globals (no configuration: no SA); NULL without memory. */
struct ike_rules *ike_rules_new(const char *file);
void ike_rules_free(struct ike_rules *rules);

bool ike_rule_holds_local(const struct ike_rule *rule, const struct address *local);
bool ike_rule_holds_remote(const struct ike_rule *rule, const struct address *remote);
/* True when the rule's addresses hold both. */
bool ike_rule_holds(const struct ike_rule *rule, const struct address *local,
                    const struct address *remote);

/* The label with what is not printable ASCII escaped, cut to fit, for messages (SEC-161). */
#define RULE_LABEL_TEXT_BYTES 256u
const char *ike_rule_label_text(const struct ike_rule *rule, char out[RULE_LABEL_TEXT_BYTES]);

/* True when the one key size of a transform lies within low..high; 0 and 0 hold any. */
bool key_bits_hold(const struct transform *fixed, unsigned low_bits, unsigned high_bits);

/* Key sizes of a transform of this cipher within low..high, largest first, at most 3; a fixed size
 * gives one 0. Returns their number. */
size_t key_sizes(const struct transform *cipher, unsigned low_bits, unsigned high_bits,
                 uint16_t out[3]);

#endif
