#include "config/preshared.h"

#include <stdlib.h>
#include <strings.h>

#include "base/secret.h"
#include "config/address_syntax_private.h"
#include "config/choice_private.h"
#include "config/preshared_key_private.h"
#include "config/vector_private.h"
#include "registry/identity_type.h"

#define PRESHARED_ENTRIES_MOST 100000u
#define STRENGTH_LEAST_BITS 80u

enum preshared_name {
    NAME_LOCAL_ID_TYPE,
    NAME_LOCAL_ID,
    NAME_REMOTE_ID_TYPE,
    NAME_REMOTE_ID,
    NAME_KEY,
    NAME_IKE_MODE,
    NAME_COUNT,
};

struct preshared_parser {
    struct lexer lexer;
    struct keyring *keyring;
    struct vector rows; /* struct credential */
    bool is_out_of_memory;
};

/* One entry while it is read: the value's token of each name, and where the name stands. */
struct preshared_draft {
    struct position at;
    struct token values[NAME_COUNT];
    struct position name_at[NAME_COUNT];
    bool is_given[NAME_COUNT];
};

static const struct {
    const char *word;
    bool is_required;
} names[NAME_COUNT] = {
    [NAME_LOCAL_ID_TYPE] = {"localidtype", false},
    [NAME_LOCAL_ID] = {"localid", true},
    [NAME_REMOTE_ID_TYPE] = {"remoteidtype", false},
    [NAME_REMOTE_ID] = {"remoteid", true},
    [NAME_KEY] = {"key", true},
    [NAME_IKE_MODE] = {"ike_mode", false},
};

/* Words of this file are never repeated in a message: any of them may be a key in a wrong place. */
static void say(const struct preshared_parser *parser, struct position at, const char *sentence)
{
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, at, "%s", sentence);
}

static int name_find(const struct token *token)
{
    char word[TOKEN_WORD_BYTES];

    if (token->kind != TOKEN_WORD || token->text.bytes >= sizeof word)
        return -1;
    (void)token_word(token, word);
    for (int i = 0; i < NAME_COUNT; i++) {
        if (strcasecmp(word, names[i].word) == 0)
            return i;
    }
    return -1;
}

static void unknown_name(const struct preshared_parser *parser, const struct token *token)
{
    char word[TOKEN_WORD_BYTES];
    const char *nearest = NULL;

    (void)token_word(token, word);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (text_distance(word, names[i].word) <= 2 && strlen(word) > 3)
            nearest = names[i].word;
    }
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, token->at,
                      "found an unknown word; a name is one of localidtype, localid, remoteidtype, "
                      "remoteid, key, ike_mode%s%s%s",
                      nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                      nearest ? "\"?)" : "");
}

static bool is_value(const struct token *token)
{
    return token->kind == TOKEN_STRING || (token->kind == TOKEN_WORD && name_find(token) < 0);
}

static void pair_parse(struct preshared_parser *parser, struct preshared_draft *draft)
{
    struct token token = lexer_take(&parser->lexer);
    int name = name_find(&token);

    if (name < 0) {
        unknown_name(parser, &token);
        while (is_value(lexer_peek(&parser->lexer)))
            (void)lexer_take(&parser->lexer);
        return;
    }
    if (draft->is_given[name])
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, token.at,
                          "%s stands once in an entry, and line %u has one", names[name].word,
                          draft->name_at[name].line);
    if (!is_value(lexer_peek(&parser->lexer))) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, token.at, "%s has no value",
                          names[name].word);
        return;
    }
    draft->is_given[name] = true;
    draft->name_at[name] = token.at;
    draft->values[name] = lexer_take(&parser->lexer);
}

/* The kind of identity that a type names; NULL after an error. Absent: IP. */
static const struct identity_kind *type_of(const struct preshared_parser *parser,
                                           const struct preshared_draft *draft,
                                           enum preshared_name name, bool *is_either)
{
    const struct identity_kind *kind = identity_by_number(IDENTITY_IPV4);
    char word[TOKEN_WORD_BYTES];

    *is_either = true;
    if (!draft->is_given[name])
        return kind;
    (void)token_word(&draft->values[name], word);
    kind = identity_by_preshared_word(word);
    *is_either = identity_word_is_of_either_family(word);
    if (!kind) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, draft->values[name].at,
                          "%s is one of ip, ipv4, ipv6, prefix, ipv4-prefix, ipv6-prefix, "
                          "ipv4-range, ipv6-range, fqdn, user_fqdn, dn, gn, keyid",
                          names[name].word);
        return NULL;
    }
    if (kind->address_bytes > 0)
        return kind;
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, draft->values[name].at,
                      "a key for a name (%s) is found in aggressive mode only, which this version "
                      "does not negotiate yet; it does addresses",
                      kind->preshared_words[0]);
    return NULL;
}

static bool form_fits(enum identity_form form, const struct address_syntax *address)
{
    if (form == IDENTITY_FORM_RANGE)
        return address->form == ADDRESS_FORM_RANGE;
    return address->form != ADDRESS_FORM_RANGE; /* an `ip` with a prefix: as later releases do */
}

static bool id_parse(const struct preshared_parser *parser, const struct preshared_draft *draft,
                     enum preshared_name type, enum preshared_name id, struct address_range *out)
{
    const struct token *value = &draft->values[id];
    struct address_syntax address;
    bool is_either;
    const struct identity_kind *kind = type_of(parser, draft, type, &is_either);

    if (!kind || !draft->is_given[id])
        return false;
    if (address_syntax_parse(value->text, &address) != STATUS_OK) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, value->at, "%s takes %s, not a name",
                          names[id].word, address.fault);
        return false;
    }
    if (!form_fits(kind->form, &address)) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, value->at,
                          "%s is not what its %s says", names[id].word, names[type].word);
        return false;
    }
    if (!is_either && address_bytes(&address.range.first) != kind->address_bytes) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, value->at,
                          "%s is not of the family of its %s", names[id].word, names[type].word);
        return false;
    }
    *out = address.range;
    return true;
}

static const struct {
    const char *word;
    enum credential_mode mode;
} modes[] = {
    {"main", CREDENTIAL_MAIN},
    {"aggressive", CREDENTIAL_AGGRESSIVE},
    {"both", CREDENTIAL_BOTH},
};

static bool mode_parse(const struct preshared_parser *parser, const struct preshared_draft *draft,
                       enum credential_mode *out)
{
    const struct token *value = &draft->values[NAME_IKE_MODE];

    *out = CREDENTIAL_MAIN;
    if (!draft->is_given[NAME_IKE_MODE])
        return true;
    for (size_t i = 0; i < COUNT(modes); i++) {
        if (!token_is(value, modes[i].word))
            continue;
        *out = modes[i].mode;
        if (*out != CREDENTIAL_AGGRESSIVE)
            return true;
        say(parser, value->at,
            "aggressive mode is not negotiated by this version yet; it does main");
        return false;
    }
    say(parser, value->at, "ike_mode is one of main, aggressive, both");
    return false;
}

static void warn_key(const struct preshared_parser *parser, const struct preshared_draft *draft,
                     const struct credential *row)
{
    if (row->strength_bits < STRENGTH_LEAST_BITS)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, draft->values[NAME_KEY].at,
                          "the key has about %u bits of strength and can be guessed off line; make "
                          "one of 256 with: openssl rand -hex 32",
                          row->strength_bits);
    if (address_range_prefix_bits(&row->remote) == 0)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, draft->values[NAME_REMOTE_ID].at,
                          "remoteid is every address: whoever has this key can be any peer");
}

static void entry_add(struct preshared_parser *parser, const struct preshared_draft *draft,
                      struct credential *row, const struct preshared_key *key)
{
    row->handle = (uint32_t)parser->rows.count + 1;
    row->line = draft->at.line;
    row->column = draft->at.column;
    row->key_bits = (uint32_t)(8 * key->used_bytes);
    row->strength_bits = preshared_key_strength(key);
    warn_key(parser, draft, row);
    if (keyring_add(parser->keyring, row->handle, view_of(key->octets, key->used_bytes)) !=
            STATUS_OK ||
        !vector_add(&parser->rows, row, sizeof *row))
        parser->is_out_of_memory = true;
}

static bool lacks_a_name(const struct preshared_parser *parser, const struct preshared_draft *draft)
{
    char list[64];
    struct text text = text_over(list, sizeof list);

    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (names[i].is_required && !draft->is_given[i])
            text_add(&text, "%s%s", text.bytes > 0 ? ", " : "", names[i].word);
    }
    if (text.bytes > 0)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, draft->at, "the entry lacks %s",
                          list);
    return text.bytes > 0;
}

static void entry_finish(struct preshared_parser *parser, const struct preshared_draft *draft,
                         bool is_sound)
{
    struct preshared_key key = {0};
    struct credential row = {0};
    const char *fault = NULL;
    bool ids_good = id_parse(parser, draft, NAME_LOCAL_ID_TYPE, NAME_LOCAL_ID, &row.local);

    ids_good =
        id_parse(parser, draft, NAME_REMOTE_ID_TYPE, NAME_REMOTE_ID, &row.remote) && ids_good;
    ids_good = mode_parse(parser, draft, &row.mode) && ids_good;
    if (is_sound && lacks_a_name(parser, draft))
        return;
    if (ids_good && row.local.first.family != row.remote.first.family) {
        say(parser, draft->values[NAME_REMOTE_ID].at,
            "localid and remoteid are of different families");
        ids_good = false;
    }
    if (draft->is_given[NAME_KEY])
        fault = preshared_key_parse(&draft->values[NAME_KEY], &key);
    if (!fault && preshared_key_is_published(&key))
        fault = "that key is printed in manuals; make one with: openssl rand -hex 32";
    if (fault)
        say(parser, draft->values[NAME_KEY].at, fault);
    else if (ids_good && is_sound)
        entry_add(parser, draft, &row, &key);
    secret_wipe_memory(&key, sizeof key);
}

static void entry_parse(struct preshared_parser *parser)
{
    struct token brace = lexer_take(&parser->lexer);
    struct preshared_draft draft = {.at = brace.at};
    size_t errors_before = parser->lexer.errors->error_count;
    const struct token *next = lexer_peek(&parser->lexer);

    while (next->kind != TOKEN_END && next->kind != TOKEN_CLOSE) {
        if (next->kind == TOKEN_WORD) {
            pair_parse(parser, &draft);
            continue;
        }
        say(parser, next->at, "a name stands here, as localid");
        if (lexer_take(&parser->lexer).kind == TOKEN_OPEN)
            lexer_skip_block(&parser->lexer);
    }
    if (next->kind == TOKEN_END && !parser->lexer.is_given_up)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, next->at,
                          "the entry of line %u is not closed", draft.at.line);
    (void)lexer_take(&parser->lexer);
    entry_finish(parser, &draft, parser->lexer.errors->error_count == errors_before);
}

static void file_parse(struct preshared_parser *parser)
{
    const struct token *next = lexer_peek(&parser->lexer);

    while (next->kind != TOKEN_END) {
        if (next->kind == TOKEN_OPEN && parser->rows.count < PRESHARED_ENTRIES_MOST) {
            entry_parse(parser);
            continue;
        }
        if (next->kind == TOKEN_OPEN) {
            config_errors_add(parser->lexer.errors, CONFIG_ERROR, next->at,
                              "there are %u entries at most: the rest is not read",
                              PRESHARED_ENTRIES_MOST);
            return;
        }
        say(parser, next->at, "an entry in braces stands here");
        while (next->kind != TOKEN_END && next->kind != TOKEN_OPEN)
            (void)lexer_take(&parser->lexer);
    }
}

static int pair_compare(const void *a, const void *b)
{
    const struct credential *left = a;
    const struct credential *right = b;
    const struct address *pairs[][2] = {
        {&left->local.first, &right->local.first},
        {&left->local.last, &right->local.last},
        {&left->remote.first, &right->remote.first},
        {&left->remote.last, &right->remote.last},
    };

    for (size_t i = 0; i < COUNT(pairs); i++) {
        int order = address_compare(pairs[i][0], pairs[i][1]);

        if (order != 0)
            return order;
    }
    return left->handle < right->handle ? -1 : left->handle > right->handle;
}

static bool same_pair(const struct credential *a, const struct credential *b)
{
    return address_range_equal(&a->local, &b->local) && address_range_equal(&a->remote, &b->remote);
}

/* The first entry of a pair counts: the same key again is harmless, another one is a mistake. */
static void check_duplicates(const struct preshared_parser *parser)
{
    size_t count = parser->rows.count;
    struct credential *sorted = count > 0 ? malloc(count * sizeof *sorted) : NULL;
    size_t first = 0;

    if (!sorted)
        return;
    memcpy(sorted, parser->rows.rows_own, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, pair_compare);
    for (size_t i = 1; i < count; i++) {
        struct position at = {parser->lexer.at.file_view, sorted[i].line, sorted[i].column};

        if (!same_pair(&sorted[first], &sorted[i])) {
            first = i;
            continue;
        }
        if (secret_equal(keyring_key_view(parser->keyring, sorted[first].handle),
                         keyring_key_view(parser->keyring, sorted[i].handle)))
            config_errors_add(parser->lexer.errors, CONFIG_WARNING, at,
                              "the same entry stands at line %u, which counts", sorted[first].line);
        else
            config_errors_add(parser->lexer.errors, CONFIG_ERROR, at,
                              "the same addresses have another key at line %u", sorted[first].line);
    }
    free(sorted);
}

static enum status parse_all(struct preshared_parser *parser, const char *file,
                             size_t errors_before, struct credential_index **index)
{
    file_parse(parser);
    check_duplicates(parser);
    config_errors_sort(parser->lexer.errors);
    if (parser->is_out_of_memory)
        return STATUS_NO_MEMORY;
    if (parser->lexer.errors->error_count > errors_before)
        return STATUS_MALFORMED;
    *index = credential_index_new(file, parser->rows.rows_own, parser->rows.count);
    return *index ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status preshared_parse(struct view text, const char *file, enum config_dialect dialect,
                            struct keyring **keyring, struct credential_index **index,
                            struct config_errors *errors)
{
    struct preshared_parser parser = {.keyring = keyring_new()};
    size_t errors_before = errors->error_count; /* the lexer reads one token ahead */
    enum status status;

    (void)dialect; /* nothing of this file is an extension */
    if (!parser.keyring)
        return STATUS_NO_MEMORY;
    if (text.bytes > CONFIG_FILE_MOST_BYTES) {
        config_errors_add(errors, CONFIG_ERROR, (struct position){.file_view = file},
                          "the file has over %u octets", CONFIG_FILE_MOST_BYTES);
        keyring_free(parser.keyring);
        return STATUS_LIMIT;
    }
    lexer_init(&parser.lexer, text, file, LEXER_STRINGS | LEXER_CONTINUATION, errors);
    status = parse_all(&parser, file, errors_before, index);
    vector_clear(&parser.rows);
    if (status == STATUS_OK && keyring)
        *keyring = parser.keyring;
    else
        keyring_free(parser.keyring);
    return status;
}
