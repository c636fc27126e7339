#ifndef ENTENTE_CONFIG_IPSEC_DRAFT_PRIVATE_H
#define ENTENTE_CONFIG_IPSEC_DRAFT_PRIVATE_H

#include "config/lexer_private.h"
#include "policy/ipsec_policy.h"
#include "policy/resolver.h"

/* solaris.md 3.1 */
#define IPSEC_LINE_MOST_OCTETS 1023u  /* without its newline */
#define IPSEC_ENTRY_MOST_OCTETS 8191u /* from its first brace to its last */
#define IPSEC_WORDS_MOST 20u          /* in a pair of braces */

/* What a pattern may say. */
enum pattern_field {
    FIELD_LADDR,
    FIELD_RADDR,
    FIELD_LPORT,
    FIELD_RPORT,
    FIELD_SADDR,
    FIELD_DADDR,
    FIELD_SPORT,
    FIELD_DPORT,
    FIELD_SMASK,
    FIELD_DMASK,
    FIELD_ULP,
    FIELD_TYPE,
    FIELD_CODE,
    FIELD_TUNNEL,
    FIELD_NEGOTIATE,
    FIELD_DIR,
    FIELD_TSRC,
    FIELD_TDST,
    FIELD_INTERFACE,
    FIELD_COUNT,
};

enum action_word {
    ACTION_IPSEC,
    ACTION_APPLY,
    ACTION_PERMIT,
    ACTION_BYPASS,
    ACTION_DROP,
};

/* One typed entry: its words, before names are looked up. */
struct ipsec_draft {
    struct position at;
    size_t offset, end; /* of its text in the file */
    size_t pattern_end; /* just past its '}'; 0: the pattern has a mistake */
    bool is_given[FIELD_COUNT];
    struct position field_at[FIELD_COUNT]; /* of the keyword */
    struct token values[FIELD_COUNT];
    bool has_dir_property; /* dir among the properties: old style */
    struct position or_at; /* of the first `or`; line 0: none */
    enum action_word actions[IPSEC_ALTERNATIVES_MOST];
    struct ipsec_alternative alternatives[IPSEC_ALTERNATIVES_MOST];
    size_t alternative_count;
};

struct ipsec_parser {
    struct lexer lexer;
    enum config_dialect dialect;
    const struct resolver *names; /* never NULL */
    struct ipsec_policy *policy;  /* being made */
    uint32_t index;               /* #INDEX of the entry in work */
    uint32_t spd_index;           /* of the next SPD entry */
    bool has_duplicates;          /* the entry in work; they were said */
    bool is_salvaging;            /* mistakes become drops: ipsecinit_salvage */
    bool drops_all;               /* a pattern could not be read */
    bool is_full;                 /* past IPSEC_ENTRIES_MOST */
    bool is_out_of_memory;
};

/* Reads one entry from its '{' on. Mistakes are said; false when the rest of it cannot be read. */
bool ipsec_draft_parse(struct ipsec_parser *parser, struct ipsec_draft *out);
/* Its pattern, from after the '{' up to the '}' (taken). */
bool ipsec_pattern_parse(struct ipsec_parser *parser, struct ipsec_draft *draft);

/* Counts a word of a pair of braces: says so, once, when there are too many. */
void ipsec_word_count(struct ipsec_parser *parser, const struct token *word, size_t *count);

/* Notes the value of a field, the next token; says so when there is none, or one already. */
void ipsec_field_take(struct ipsec_parser *parser, struct ipsec_draft *draft,
                      enum pattern_field field, const struct token *keyword);

/*
 * Reads an algorithm with its key sizes. solaris.md 3.4
 *
 * keyword  "encr_algs" and so on, for messages.
 *
 * False after a mistake, which was said. Leaves *out empty for `none`.
 */
bool ipsec_algorithm_parse(struct ipsec_parser *parser, const struct token *token,
                           const char *keyword, enum transform_kind kind,
                           struct ipsec_algorithm *out);

/* ICMP types and codes: a keyword, a number or "n-m". False after a mistake, which was said. */
bool icmp_type_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                     struct icmp_range *out);
bool icmp_code_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                     struct icmp_range *out);

/* What an address word may stand for. */
struct ipsec_addresses {
    struct address_range ranges[RESOLVER_ADDRESSES_MOST];
    size_t count; /* 0: the word was not given */
};

/* Looks up one address word, with the mask of old style beside it (NULL: none). */
bool ipsec_address_parse(struct ipsec_parser *parser, const struct token *token,
                         const struct token *mask, struct ipsec_addresses *out);
bool ipsec_port_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                      uint16_t *out);
bool ipsec_protocol_parse(struct ipsec_parser *parser, const struct token *token, uint8_t *out);

/* Copies a device's name; says so when it cannot be one. `out` is zeros. */
bool ipsec_device_parse(struct ipsec_parser *parser, const struct token *token, const char *what,
                        char *out, size_t out_bytes);

/* What the words tunnel, negotiate, tsrc and tdst say. */
struct ipsec_tunnel {
    bool is_waiting;      /* negotiate transport, and no outer addresses yet: nothing in force */
    uint8_t protocols[3]; /* negotiate transport: of the outer packets; 0: no more */
};

/* Fills the entry's tunnel fields and, for negotiate transport, its pattern. False after a mistake,
 * which was said. Without a tunnel it does nothing. */
bool ipsec_tunnel_parse(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                        struct ipsec_entry *entry, struct ipsec_tunnel *out);

/*
 * Makes the draft one SPD entry, or several where names have several addresses, and hands each to
 * `each`. Mistakes are said. `each` returns false to stop.
 */
typedef bool ipsec_entry_fn(struct ipsec_parser *parser, const struct ipsec_entry *entry);
void ipsec_draft_resolve(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         ipsec_entry_fn *each);

/* Adds an entry under the next numbers; a pattern that is there already is said and left out. */
ipsec_entry_fn ipsec_entry_add;

/* Keeps what was typed, of that tunnel or "", unless nothing but duplicates came of it. */
void ipsec_typed_add(struct ipsec_parser *parser, const char *tunnel, struct view text);

/* The name after `tunnel`, or "". */
const char *ipsec_draft_tunnel(const struct ipsec_draft *draft, char out[TOKEN_WORD_BYTES]);

/* A draft with a mistake: its pattern is dropped, or, when that cannot be read, drops_all is set.
 */
void ipsec_draft_salvage(struct ipsec_parser *parser, const struct ipsec_draft *draft);

/* What drops_all stands for: every packet of this host and every forwarded one. */
void ipsec_drop_all_add(struct ipsec_parser *parser);

/* Warns of entries that can never match: others hold all of theirs and come first. */
void ipsec_shadow_check(struct ipsec_parser *parser);

/* Whether anything is wrong across entries, and what -c notes (ipsec_check.c). */
void ipsec_policy_check(struct ipsec_parser *parser);

#endif
