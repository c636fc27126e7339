#include "config/ike_draft_private.h"
#include "policy/ike_rule.h"

#define FILE_AND_RULE (SCOPE_FILE | SCOPE_RULE)

static const struct ike_word mode_words[] = {
    {"main", IKE_MODE_MAIN},
    {"aggressive", IKE_MODE_AGGRESSIVE},
    {"both", IKE_MODE_BOTH},
    {NULL, 0},
};

static const struct ike_word nat_words[] = {
    {"auto", RULE_NAT_AUTO},
    {"force", RULE_NAT_FORCE},
    {"off", RULE_NAT_OFF},
    {NULL, 0},
};

static const struct ike_word dpd_words[] = {
    {"clear", DPD_ACTION_CLEAR},
    {"hold", DPD_ACTION_HOLD},
    {"restart", DPD_ACTION_RESTART},
    {NULL, 0},
};

static const struct ike_word start_words[] = {{"at_load", 1}, {NULL, 0}};
static const struct ike_word skeyid_words[] = {{"rfc", 0}, {"cisco", 1}, {NULL, 0}};
static const struct ike_word discovery_words[] = {{"dnssec", 1}, {NULL, 0}};

/*
 * Every keyword of ike/config: where it may stand, what follows, where it goes. solaris.md 1.5 to
 * 1.10 and 12.
 */
const struct ike_keyword ike_keyword_table[] = {
    {
        .word = "cert_root",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_selectors,
        .setting = LIST_CERT_ROOT,
    },
    {
        .word = "cert_trust",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_selectors,
        .setting = LIST_CERT_TRUST,
    },
    {
        .word = "expire_timer",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_EXPIRE_TIMER,
        .low = 1,
        .high = 86400,
        .unit = "seconds",
    },
    {
        .word = "ignore_crls",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_flag,
        .setting = SETTING_IGNORE_CRLS,
    },
    {
        .word = "ldap_server",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_string,
        .setting = SETTING_LDAP_SERVER,
        .flags = KEYWORD_UNUSED,
    },
    {
        .word = "ldap-list",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_string,
        .setting = SETTING_LDAP_SERVER,
        .flags = KEYWORD_UNUSED | KEYWORD_ALIAS,
    },
    {
        .word = "pkcs11_path",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_string,
        .setting = SETTING_PKCS11_PATH,
        .flags = KEYWORD_UNUSED,
    },
    {
        .word = "retry_limit",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_RETRY_LIMIT,
        .high = 1000,
        .unit = "repeats",
    },
    {
        .word = "retry_timer_init",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_seconds,
        .setting = SETTING_RETRY_TIMER_INIT,
        .low = 10000,
        .high = UINT64_C(3600000000),
        .unit = "0.01 to 3600 seconds",
    },
    {
        .word = "retry_timer_max",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_seconds,
        .setting = SETTING_RETRY_TIMER_MAX,
        .low = 10000,
        .high = UINT64_C(3600000000),
        .unit = "0.01 to 3600 seconds",
    },
    {
        .word = "proxy",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_string,
        .setting = SETTING_PROXY,
        .flags = KEYWORD_UNUSED,
    },
    {
        .word = "socks",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_string,
        .setting = SETTING_SOCKS,
        .flags = KEYWORD_UNUSED,
    },
    {
        .word = "use_http",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_flag,
        .setting = SETTING_USE_HTTP,
        .flags = KEYWORD_UNUSED,
    },
    {
        .word = "use_ocsp",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_flag,
        .setting = SETTING_USE_OCSP,
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "key_discovery",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_choice,
        .setting = SETTING_KEY_DISCOVERY,
        .words = discovery_words,
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "max_certs",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_MAX_CERTS,
        .low = 1,
        .high = 1000000,
        .unit = "certificates",
    },
    {
        .word = "p1_lifetime_secs",
        .scopes = SCOPE_FILE | SCOPE_XFORM,
        .parse = ike_parse_number,
        .setting = SETTING_P1_LIFETIME,
        .low = P1_LIFETIME_LEAST_S,
        .high = UINT32_MAX,
        .unit = "seconds",
    },
    {
        .word = "p1_nonce_len",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_P1_NONCE,
        .low = NONCE_LEAST_BYTES,
        .high = NONCE_MOST_BYTES,
        .unit = "octets",
    },
    {
        .word = "p2_lifetime_secs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_LIFETIME,
        .low = P2_LIFETIME_LEAST_S,
        .high = UINT32_MAX,
        .unit = "seconds",
    },
    {
        .word = "p2_softlife_secs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_SOFTLIFE,
        .low = P2_SOFTLIFE_LEAST_S,
        .high = UINT32_MAX,
        .unit = "seconds",
    },
    {
        .word = "p2_idletime_secs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_IDLETIME,
        .low = P2_IDLETIME_LEAST_S,
        .high = UINT32_MAX,
        .unit = "seconds",
        .flags = KEYWORD_ZERO | KEYWORD_UNUSED,
    },
    {
        .word = "p2_lifetime_kb",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_LIFETIME_KB,
        .low = P2_LIFETIME_LEAST_KB,
        .high = UINT32_MAX,
        .unit = "kilobytes",
        .flags = KEYWORD_ZERO,
    },
    {
        .word = "p2_softlife_kb",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_SOFTLIFE_KB,
        .low = 1,
        .high = UINT32_MAX,
        .unit = "kilobytes",
        .flags = KEYWORD_ZERO,
    },
    {
        .word = "p2_nonce_len",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_NONCE,
        .low = NONCE_LEAST_BYTES,
        .high = NONCE_MOST_BYTES,
        .unit = "octets",
    },
    {
        .word = "p2_pfs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_pfs,
        .setting = SETTING_P2_PFS,
    },
    {
        .word = "local_id_type",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_id_type,
        .setting = SETTING_LOCAL_ID_TYPE,
        .flags = KEYWORD_ONCE,
    },
    {
        .word = "p1_xform",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_xform,
        .setting = LIST_XFORM,
    },
    {
        .word = "label",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_label,
        .setting = SETTING_LABEL,
        .flags = KEYWORD_ONCE,
    },
    {
        .word = "local_addr",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_addresses,
        .setting = LIST_LOCAL_ADDR,
    },
    {
        .word = "remote_addr",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_addresses,
        .setting = LIST_REMOTE_ADDR,
    },
    {
        .word = "local_id",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_selectors,
        .setting = LIST_LOCAL_ID,
    },
    {
        .word = "remote_id",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_selectors,
        .setting = LIST_REMOTE_ID,
    },
    {
        .word = "ike_mode",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_choice,
        .setting = SETTING_IKE_MODE,
        .words = mode_words,
        .flags = KEYWORD_EXTENSION | KEYWORD_ONCE,
    },
    {
        .word = "nat_traversal",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_choice,
        .setting = SETTING_NAT_TRAVERSAL,
        .words = nat_words,
        .flags = KEYWORD_EXTENSION | KEYWORD_ONCE,
    },
    {
        .word = "dpd_interval_secs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_DPD_INTERVAL,
        .low = 1,
        .high = 86400,
        .unit = "seconds",
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "dpd_timeout_secs",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_number,
        .setting = SETTING_DPD_TIMEOUT,
        .low = 1,
        .high = 86400,
        .unit = "seconds",
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "dpd_action",
        .scopes = FILE_AND_RULE,
        .parse = ike_parse_choice,
        .setting = SETTING_DPD_ACTION,
        .words = dpd_words,
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "p2_replay_window",
        .scopes = SCOPE_FILE,
        .parse = ike_parse_number,
        .setting = SETTING_P2_REPLAY_WINDOW,
        .low = REPLAY_WINDOW_LEAST,
        .high = REPLAY_WINDOW_MOST,
        .unit = "packets",
        .flags = KEYWORD_EXTENSION,
    },
    {
        .word = "start",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_choice,
        .setting = SETTING_START,
        .words = start_words,
        .flags = KEYWORD_EXTENSION | KEYWORD_UNUSED,
    },
    {
        .word = "rsa_encrypt_skeyid",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_choice,
        .setting = SETTING_SKEYID,
        .words = skeyid_words,
        .flags = KEYWORD_EXTENSION,
    },
    {
        .word = "interface",
        .scopes = SCOPE_RULE,
        .parse = ike_parse_interface,
        .setting = SETTING_INTERFACE,
        .flags = KEYWORD_EXTENSION | KEYWORD_ONCE,
    },
    {
        .word = "auth_method",
        .scopes = SCOPE_XFORM,
        .parse = ike_parse_method,
        .setting = SETTING_AUTH_METHOD,
        .flags = KEYWORD_ONCE,
    },
    {
        .word = "oakley_group",
        .scopes = SCOPE_XFORM,
        .parse = ike_parse_group,
        .setting = SETTING_OAKLEY_GROUP,
        .flags = KEYWORD_ONCE,
    },
    {
        .word = "auth_alg",
        .scopes = SCOPE_XFORM,
        .parse = ike_parse_hash,
        .setting = SETTING_AUTH_ALG,
        .flags = KEYWORD_ONCE,
    },
    {
        .word = "encr_alg",
        .scopes = SCOPE_XFORM,
        .parse = ike_parse_cipher,
        .setting = SETTING_ENCR_ALG,
        .flags = KEYWORD_ONCE,
    },
};

const size_t ike_keyword_count = COUNT(ike_keyword_table);

const struct ike_keyword *ike_keyword_find(const struct token *token)
{
    for (size_t i = 0; i < ike_keyword_count; i++) {
        if (token_is(token, ike_keyword_table[i].word))
            return &ike_keyword_table[i];
    }
    return NULL;
}
