#include "config/ike_config.h"

#include <stdlib.h>

#include "config/choice_private.h"
#include "config/ike_draft_private.h"

void ike_draft_clear(struct ike_draft *draft)
{
    for (size_t i = 0; i < LIST_COUNT; i++)
        vector_clear(&draft->lists[i]);
}

static const char *scope_name(unsigned scopes)
{
    if (scopes & SCOPE_FILE)
        return "at the top of the file";
    return scopes & SCOPE_RULE ? "in a rule" : "in p1_xform { }";
}

static const char *scope_noun(enum ike_scope scope)
{
    if (scope == SCOPE_FILE)
        return "a keyword outside rules";
    return scope == SCOPE_RULE ? "a keyword of a rule" : "an element of p1_xform";
}

/* Passes over what may have been the value of a word that is not understood. */
static void skip_values(struct ike_parser *parser, const struct token *word)
{
    const struct token *next = lexer_peek(&parser->lexer);

    while ((next->kind == TOKEN_WORD && !ike_keyword_find(next)) || next->kind == TOKEN_STRING ||
           next->kind == TOKEN_PAREN_OPEN || next->kind == TOKEN_PAREN_CLOSE)
        (void)lexer_take(&parser->lexer);
    if (next->kind == TOKEN_OPEN && next->at.line == word->at.line) {
        (void)lexer_take(&parser->lexer);
        lexer_skip_block(&parser->lexer);
    }
}

static void unknown_word(struct ike_parser *parser, const struct ike_draft *draft,
                         const struct token *word)
{
    char text[TOKEN_WORD_BYTES];
    struct choices choices;

    choices_init(&choices, token_word(word, text));
    for (size_t i = 0; i < ike_keyword_count; i++) {
        const struct ike_keyword *keyword = &ike_keyword_table[i];

        if (keyword->scopes & draft->scope && !(keyword->flags & KEYWORD_ALIAS) &&
            !(parser->dialect == CONFIG_STRICT_SOLARIS && keyword->flags & KEYWORD_EXTENSION))
            choices_add(&choices, keyword->word);
    }
    choices_error(&choices, &parser->lexer, word, scope_noun(draft->scope));
    skip_values(parser, word);
}

static void say_flags(struct ike_parser *parser, const struct ike_draft *draft,
                      const struct ike_keyword *keyword, const struct token *word)
{
    struct config_errors *errors = parser->lexer.errors;

    if (keyword->flags & KEYWORD_EXTENSION && parser->dialect == CONFIG_STRICT_SOLARIS)
        token_error(&parser->lexer, word, "that is an extension, not a keyword of Solaris");
    else if (keyword->flags & KEYWORD_UNBUILT)
        token_error(&parser->lexer, word, "%s is not built in this version", keyword->word);
    else if (keyword->flags & KEYWORD_UNUSED)
        config_errors_add(errors, CONFIG_WARNING, word->at, "%s has no effect in this version",
                          keyword->word);
    if (keyword->flags & KEYWORD_ALIAS)
        config_errors_add(errors, CONFIG_WARNING, word->at, "%s is read as ldap_server",
                          keyword->word);
    if (draft->scope == SCOPE_FILE && keyword->scopes & (SCOPE_RULE | SCOPE_XFORM) &&
        parser->drafts.count > 0)
        config_errors_add(errors, CONFIG_NOTE, word->at,
                          "%s stands after a rule, and is a default for that rule too",
                          keyword->word);
}

static void keyword_parse(struct ike_parser *parser, struct ike_draft *draft)
{
    struct token word = lexer_take(&parser->lexer);
    const struct ike_keyword *keyword = ike_keyword_find(&word);

    if (!keyword) {
        draft->is_broken = true;
        unknown_word(parser, draft, &word);
    } else if (!(keyword->scopes & draft->scope)) {
        token_error(&parser->lexer, &word, "%s stands %s", keyword->word,
                    scope_name(keyword->scopes));
        draft->is_broken = true;
        skip_values(parser, &word);
    } else {
        say_flags(parser, draft, keyword, &word);
        keyword->parse(parser, keyword, draft, &word);
    }
}

static void rule_parse(struct ike_parser *parser, const struct token *brace)
{
    struct ike_draft *draft;

    if (parser->drafts.count >= IKE_RULES_MOST) {
        token_error(&parser->lexer, brace, "there are %u rules at most: the rest is not read",
                    IKE_RULES_MOST);
        parser->lexer.is_given_up = true;
        parser->lexer.next.kind = TOKEN_END;
        return;
    }
    draft = calloc(1, sizeof *draft);
    if (!draft || !vector_add(&parser->drafts, &draft, sizeof draft)) {
        free(draft);
        parser->is_out_of_memory = true;
        lexer_skip_block(&parser->lexer);
        return;
    }
    draft->scope = SCOPE_RULE;
    draft->at = brace->at;
    ike_scope_parse(parser, draft);
}

static void brace_open(struct ike_parser *parser, struct ike_draft *draft)
{
    struct token brace = lexer_take(&parser->lexer);

    if (draft->scope == SCOPE_FILE) {
        rule_parse(parser, &brace);
        return;
    }
    token_error(&parser->lexer, &brace, "the block of line %u is not closed yet", draft->at.line);
    draft->is_broken = true;
    lexer_skip_block(&parser->lexer);
}

void ike_scope_parse(struct ike_parser *parser, struct ike_draft *draft)
{
    const struct token *next = lexer_peek(&parser->lexer);

    while (next->kind != TOKEN_END) {
        if (next->kind == TOKEN_CLOSE && draft->scope != SCOPE_FILE) {
            (void)lexer_take(&parser->lexer);
            return;
        }
        if (next->kind == TOKEN_OPEN) {
            brace_open(parser, draft);
        } else if (next->kind == TOKEN_WORD) {
            keyword_parse(parser, draft);
        } else {
            token_error(&parser->lexer, next, "%s stands here",
                        next->kind == TOKEN_CLOSE ? "no block is open: a keyword or a rule"
                                                  : scope_noun(draft->scope));
            (void)lexer_take(&parser->lexer);
        }
    }
    if (draft->scope == SCOPE_FILE || parser->lexer.is_given_up)
        return;
    token_error(&parser->lexer, next, "the block of line %u is not closed", draft->at.line);
    draft->is_broken = true;
}

static void parser_clear(struct ike_parser *parser)
{
    struct ike_draft **drafts = parser->drafts.rows_own;

    for (size_t i = 0; i < parser->drafts.count; i++) {
        ike_draft_clear(drafts[i]);
        free(drafts[i]);
    }
    vector_clear(&parser->drafts);
    ike_draft_clear(&parser->file);
}

enum status ike_config_parse(struct view text, const char *file, enum config_dialect dialect,
                             struct ike_rules **out, struct config_errors *errors)
{
    struct ike_parser parser = {.dialect = dialect, .rules = ike_rules_new(file)};
    size_t errors_before = errors->error_count;
    enum status status = STATUS_OK;

    if (!parser.rules)
        return STATUS_NO_MEMORY;
    if (text.bytes > CONFIG_FILE_MOST_BYTES) {
        config_errors_add(errors, CONFIG_ERROR, (struct position){.file_view = file},
                          "the file has over %u octets", CONFIG_FILE_MOST_BYTES);
        ike_rules_free(parser.rules);
        return STATUS_LIMIT;
    }
    parser.file = (struct ike_draft){.scope = SCOPE_FILE};
    lexer_init(&parser.lexer, text, parser.rules->file,
               LEXER_SLASH_COMMENTS | LEXER_HASH_ANYWHERE | LEXER_STRINGS | LEXER_PARENS |
                   LEXER_CONTINUATION,
               errors);
    ike_scope_parse(&parser, &parser.file);
    ike_resolve(&parser);
    parser_clear(&parser);
    config_errors_sort(errors);
    if (parser.is_out_of_memory)
        status = STATUS_NO_MEMORY;
    else if (errors->error_count > errors_before)
        status = STATUS_MALFORMED;
    if (status != STATUS_OK) {
        ike_rules_free(parser.rules);
        return status;
    }
    *out = parser.rules;
    return STATUS_OK;
}
