#include "config/choice_private.h"
#include "config/ipsec_draft_private.h"

static const struct {
    const char *words[3]; /* the first one is named in messages */
    enum pattern_field field;
    bool is_extension;
} fields[] = {
    {{"laddr", "local"}, FIELD_LADDR, false},
    {{"raddr", "remote"}, FIELD_RADDR, false},
    {{"lport"}, FIELD_LPORT, false},
    {{"rport"}, FIELD_RPORT, false},
    {{"saddr", "src", "srcaddr"}, FIELD_SADDR, false},
    {{"daddr", "dst", "dstaddr"}, FIELD_DADDR, false},
    {{"dest"}, FIELD_DADDR, true}, /* the manual has it, the Solaris tool does not */
    {{"sport"}, FIELD_SPORT, false},
    {{"dport"}, FIELD_DPORT, false},
    {{"smask"}, FIELD_SMASK, false},
    {{"dmask"}, FIELD_DMASK, false},
    {{"ulp", "proto"}, FIELD_ULP, false},
    {{"type"}, FIELD_TYPE, false},
    {{"code"}, FIELD_CODE, false},
    {{"tunnel"}, FIELD_TUNNEL, false},
    {{"negotiate"}, FIELD_NEGOTIATE, false},
    {{"dir"}, FIELD_DIR, false},
    {{"tsrc"}, FIELD_TSRC, true},
    {{"tdst"}, FIELD_TDST, true},
    {{"interface"}, FIELD_INTERFACE, true},
};

static bool field_find(const struct token *token, size_t *row)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        for (size_t j = 0; j < COUNT(fields[i].words) && fields[i].words[j]; j++) {
            if (token_is(token, fields[i].words[j])) {
                *row = i;
                return true;
            }
        }
    }
    return false;
}

static void unknown_field(struct ipsec_parser *parser, const struct token *token)
{
    char word[TOKEN_WORD_BYTES];
    struct choices choices;

    choices_init(&choices, token_word(token, word));
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (fields[i].is_extension && parser->dialect == CONFIG_STRICT_SOLARIS)
            continue;
        choices_add(&choices, fields[i].words[0]);
        for (size_t j = 1; j < COUNT(fields[i].words); j++)
            choices_weigh(&choices, fields[i].words[j]);
    }
    choices_error(&choices, &parser->lexer, token, "a word of a pattern");
}

void ipsec_word_count(struct ipsec_parser *parser, const struct token *word, size_t *count)
{
    if (++*count == IPSEC_WORDS_MOST + 1)
        token_error(&parser->lexer, word, "Number of Arguments exceeded %u", IPSEC_WORDS_MOST);
}

void ipsec_field_take(struct ipsec_parser *parser, struct ipsec_draft *draft,
                      enum pattern_field field, const struct token *keyword)
{
    char word[TOKEN_WORD_BYTES];
    const struct token *next = lexer_peek(&parser->lexer);

    (void)token_word(keyword, word);
    if (draft->is_given[field])
        token_error(&parser->lexer, keyword, "%s stands once in an entry, and line %u has one",
                    word, draft->field_at[field].line);
    if (next->kind != TOKEN_WORD) {
        token_error(&parser->lexer, next, "%s takes a value", word);
        return;
    }
    draft->is_given[field] = true;
    draft->field_at[field] = keyword->at;
    draft->values[field] = lexer_take(&parser->lexer);
}

/* The value of a word that is not understood, when it cannot be a word of its own. */
static void skip_value(struct ipsec_parser *parser)
{
    size_t row;

    if (lexer_peek(&parser->lexer)->kind == TOKEN_WORD &&
        !field_find(lexer_peek(&parser->lexer), &row))
        (void)lexer_take(&parser->lexer);
}

static void word_parse(struct ipsec_parser *parser, struct ipsec_draft *draft, size_t *count)
{
    struct token token = lexer_take(&parser->lexer);
    size_t row;

    ipsec_word_count(parser, &token, count);
    ++*count; /* its value */
    if (!field_find(&token, &row)) {
        unknown_field(parser, &token);
        skip_value(parser);
        return;
    }
    if (fields[row].is_extension && parser->dialect == CONFIG_STRICT_SOLARIS)
        token_error(&parser->lexer, &token, "that is an extension, not a word of Solaris");
    if (fields[row].field == FIELD_CODE && !draft->is_given[FIELD_TYPE])
        token_error(&parser->lexer, &token, "type stands before code");
    ipsec_field_take(parser, draft, fields[row].field, &token);
}

bool ipsec_pattern_parse(struct ipsec_parser *parser, struct ipsec_draft *draft)
{
    const struct token *next = lexer_peek(&parser->lexer);
    size_t count = 0;

    while (next->kind == TOKEN_WORD)
        word_parse(parser, draft, &count);
    if (next->kind == TOKEN_CLOSE) {
        draft->end = lexer_take(&parser->lexer).end;
        return true;
    }
    token_error(&parser->lexer, next, "the pattern of line %u is not closed yet", draft->at.line);
    return false;
}
