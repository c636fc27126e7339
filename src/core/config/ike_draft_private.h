#ifndef ENTENTE_CONFIG_IKE_DRAFT_PRIVATE_H
#define ENTENTE_CONFIG_IKE_DRAFT_PRIVATE_H

#include "config/lexer_private.h"
#include "config/vector_private.h"
#include "policy/ike_rule.h"

/* Bounds on what a file may make us keep. */
#define IKE_RULES_MOST 10000u
#define IKE_OFFER_MOST 64u /* transforms of an offer: what the wire takes */

enum ike_scope {
    SCOPE_FILE = 1,
    SCOPE_RULE = 2,
    SCOPE_XFORM = 4,
};

/* One value each; which of them a scope may have, its keywords say. */
enum ike_setting {
    SETTING_EXPIRE_TIMER,
    SETTING_RETRY_LIMIT,
    SETTING_RETRY_TIMER_INIT, /* microseconds */
    SETTING_RETRY_TIMER_MAX,
    SETTING_MAX_CERTS,
    SETTING_P1_LIFETIME,
    SETTING_P1_NONCE,
    SETTING_P2_NONCE,
    SETTING_P2_LIFETIME,
    SETTING_P2_SOFTLIFE,
    SETTING_P2_IDLETIME,
    SETTING_P2_LIFETIME_KB,
    SETTING_P2_SOFTLIFE_KB,
    SETTING_P2_REPLAY_WINDOW,
    SETTING_P2_PFS, /* row: group, NULL for 0 */
    SETTING_LOCAL_ID_TYPE,
    SETTING_LABEL,
    SETTING_IKE_MODE,
    SETTING_NAT_TRAVERSAL,
    SETTING_DPD_INTERVAL,
    SETTING_DPD_TIMEOUT,
    SETTING_DPD_ACTION,
    SETTING_START,
    SETTING_SKEYID,
    SETTING_KEY_DISCOVERY,
    SETTING_INTERFACE,
    SETTING_IGNORE_CRLS,
    SETTING_USE_HTTP,
    SETTING_USE_OCSP,
    SETTING_LDAP_SERVER,
    SETTING_PROXY,
    SETTING_SOCKS,
    SETTING_PKCS11_PATH,
    SETTING_AUTH_METHOD,
    SETTING_OAKLEY_GROUP, /* row */
    SETTING_AUTH_ALG,     /* row */
    SETTING_ENCR_ALG,     /* row; number: low << 16 | high bits */
    SETTING_COUNT,
};

enum ike_list {
    LIST_LOCAL_ADDR,
    LIST_REMOTE_ADDR,
    LIST_LOCAL_ID,
    LIST_REMOTE_ID,
    LIST_CERT_ROOT,
    LIST_CERT_TRUST,
    LIST_XFORM,
    LIST_COUNT,
};

struct ike_value {
    bool is_given;
    uint64_t number;
    const void *row;
    const char *text;
    struct position at; /* of the keyword */
};

/* What one scope of the file says: the file's top, a rule, or a p1_xform. */
struct ike_draft {
    enum ike_scope scope;
    struct position at; /* of its brace; line 1 for the file */
    struct ike_value values[SETTING_COUNT];
    struct vector lists[LIST_COUNT];
    struct position list_at[LIST_COUNT];    /* of the first keyword */
    size_t interface_offset, interface_end; /* of `interface "NAME"` in the text */
    bool is_broken; /* had an error of its own: checks that depend are left out */
};

struct ike_parser {
    struct lexer lexer;
    enum config_dialect dialect;
    struct ike_rules *rules; /* being made; its arena holds all texts */
    struct ike_draft file;
    struct vector drafts; /* struct ike_draft *, one a rule */
    bool is_out_of_memory;
};

void ike_draft_clear(struct ike_draft *draft);

/* Parses what follows the keyword `token`, which was taken. */
struct ike_keyword;
typedef void ike_keyword_fn(struct ike_parser *parser, const struct ike_keyword *keyword,
                            struct ike_draft *draft, const struct token *token);

struct ike_word {
    const char *word;
    uint64_t number;
};

enum ike_keyword_flags {
    KEYWORD_EXTENSION = 1, /* not a word of Solaris */
    KEYWORD_UNUSED = 2,    /* kept and shown, without effect in this version: a warning */
    KEYWORD_UNBUILT = 4,   /* leaving it out would do less than the file says: an error */
    KEYWORD_ONCE = 8,      /* a second one in a scope is an error; else the last one counts */
    KEYWORD_ALIAS = 16,    /* a misspelling that guides have: a warning */
    KEYWORD_ZERO = 32,     /* a number below `low` may be 0: none */
};

struct ike_keyword {
    const char *word;
    unsigned scopes; /* enum ike_scope */
    ike_keyword_fn *parse;
    unsigned setting; /* enum ike_setting, or enum ike_list for what adds up */
    uint64_t low, high;
    const char *unit;             /* of a number, in the plural */
    const struct ike_word *words; /* ends in NULL */
    unsigned flags;
};

extern const struct ike_keyword ike_keyword_table[];
extern const size_t ike_keyword_count;

/* The row of a word, any scope; NULL: none. */
const struct ike_keyword *ike_keyword_find(const struct token *token);

/* Parses keywords of the draft's scope up to '}' (taken) or, at file level, to the end. */
void ike_scope_parse(struct ike_parser *parser, struct ike_draft *draft);

/* Parsers of values (ike_value.c, ike_xform.c), for the table. */
ike_keyword_fn ike_parse_number, ike_parse_seconds, ike_parse_flag, ike_parse_string;
ike_keyword_fn ike_parse_interface;
ike_keyword_fn ike_parse_choice, ike_parse_id_type, ike_parse_group, ike_parse_pfs;
ike_keyword_fn ike_parse_method, ike_parse_hash, ike_parse_cipher, ike_parse_label;
ike_keyword_fn ike_parse_addresses, ike_parse_selectors, ike_parse_xform;

/* Notes a value; says so when there was one already. Returns the slot. */
struct ike_value *ike_value_set(struct ike_parser *parser, const struct ike_keyword *keyword,
                                struct ike_draft *draft, const struct token *token);

/* Takes the next token if it can be a value: a word that is no keyword, or a string. Else says
 * "found X; KEYWORD takes WHAT" and leaves it. */
bool ike_take_value(struct ike_parser *parser, const struct ike_keyword *keyword,
                    enum token_kind kind, const char *what, struct token *out);

/* After the whole file was read: defaults, checks and values (ike_resolve.c, ike_check.c). */
void ike_resolve(struct ike_parser *parser);
void ike_check_rule(struct ike_parser *parser, const struct ike_draft *draft,
                    const struct ike_rule *rule);
/* One warning for all weak algorithms of a transform. */
void ike_warn_weak(struct ike_parser *parser, const struct ike_transform *transform);

/* The value of a rule, else of the file; its is_given says whether there is one. */
const struct ike_value *ike_value_of(const struct ike_parser *parser, const struct ike_draft *draft,
                                     enum ike_setting setting);

#endif
