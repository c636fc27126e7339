#include "config/choice_private.h"
#include "config/ike_draft_private.h"
#include "config/number_private.h"

void ike_parse_method(struct ike_parser *parser, const struct ike_keyword *keyword,
                      struct ike_draft *draft, const struct token *token)
{
    char text[TOKEN_WORD_BYTES];
    const struct method *method;
    struct choices choices;
    struct token word;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "a method", &word))
        return;
    method = method_by_word(token_word(&word, text));
    if (!method) {
        choices_init(&choices, text);
        for (size_t i = 0; i < method_count; i++)
            choices_add(&choices, method_table[i].words[0]);
        choices_error(&choices, &parser->lexer, &word, keyword->word);
        draft->is_broken = true;
        return;
    }
    if (method->is_extension && parser->dialect == CONFIG_STRICT_SOLARIS)
        token_error(&parser->lexer, &word, "that method is an extension");
    ike_value_set(parser, keyword, draft, token)->number = method->number;
}

/* Groups that can be negotiated, by number. */
static void group_error(struct ike_parser *parser, const struct ike_keyword *keyword,
                        const struct token *word, bool has_none)
{
    char list[160];
    struct text text = text_over(list, sizeof list);

    for (size_t i = 0; i < group_count; i++) {
        if (group_table[i].kind == GROUP_REFUSED)
            continue;
        text_add(&text, "%s%u", text.bytes > 0 ? ", " : "", group_table[i].number);
    }
    token_error(&parser->lexer, word, "%s is one of %s%s", keyword->word,
                has_none ? "0 (none), " : "", list);
}

static const struct group *take_group(struct ike_parser *parser, const struct ike_keyword *keyword,
                                      struct token *word, bool has_none, bool *is_none)
{
    const struct group *group = NULL;
    uint64_t number;

    *is_none = false;
    if (!ike_take_value(parser, keyword, TOKEN_WORD, "the number of a group", word))
        return NULL;
    if (number_parse(word->text, &number) == STATUS_OK && number <= UINT16_MAX) {
        *is_none = has_none && number == 0;
        group = group_by_number((unsigned)number);
    }
    if (*is_none || (group && group->kind != GROUP_REFUSED))
        return group;
    group_error(parser, keyword, word, has_none);
    return NULL;
}

void ike_parse_group(struct ike_parser *parser, const struct ike_keyword *keyword,
                     struct ike_draft *draft, const struct token *token)
{
    struct token word;
    bool is_none;
    const struct group *group = take_group(parser, keyword, &word, false, &is_none);

    if (group)
        ike_value_set(parser, keyword, draft, token)->row = group;
    else
        draft->is_broken = true;
}

void ike_parse_pfs(struct ike_parser *parser, const struct ike_keyword *keyword,
                   struct ike_draft *draft, const struct token *token)
{
    struct token word;
    bool is_none;
    const struct group *group = take_group(parser, keyword, &word, true, &is_none);

    if (!group && !is_none)
        return;
    ike_value_set(parser, keyword, draft, token)->row = group;
    if (group && group->flags & GROUP_WEAK)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, word.at,
                          "p2_pfs %u (%s) is weak; use %s", group->number, group->name,
                          group->instead);
}

/* A row of ike/config's words, or NULL after an error. */
static const struct transform *take_algorithm(struct ike_parser *parser,
                                              const struct ike_keyword *keyword,
                                              enum transform_kind kind, struct token *word)
{
    char text[TOKEN_WORD_BYTES];
    const struct transform *row;
    struct choices choices;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "an algorithm", word))
        return NULL;
    row = transform_by_ike_word(kind, token_word(word, text));
    if (row && row->ike1 != 0)
        return row;
    choices_init(&choices, text);
    for (size_t i = 0; i < transform_count; i++) {
        if (transform_table[i].kind != kind || transform_table[i].ike1 == 0)
            continue;
        choices_add(&choices, transform_table[i].ike_words[0]);
        for (size_t j = 1; j < COUNT(transform_table[i].ike_words); j++)
            choices_weigh(&choices, transform_table[i].ike_words[j]);
    }
    choices_error(&choices, &parser->lexer, word, keyword->word);
    return NULL;
}

void ike_parse_hash(struct ike_parser *parser, const struct ike_keyword *keyword,
                    struct ike_draft *draft, const struct token *token)
{
    struct token word;
    const struct transform *row = take_algorithm(parser, keyword, TRANSFORM_HASH, &word);

    if (row)
        ike_value_set(parser, keyword, draft, token)->row = row;
    else
        draft->is_broken = true;
}

/* Joins what stands between the parentheses: "128..256", "128 .. 256", "256". */
static bool take_parens(struct ike_parser *parser, struct token *at, struct text *out)
{
    *at = lexer_take(&parser->lexer); /* the opening one */
    while (lexer_peek(&parser->lexer)->kind == TOKEN_WORD &&
           !ike_keyword_find(lexer_peek(&parser->lexer))) {
        struct token word = lexer_take(&parser->lexer);

        text_add(out, "%.*s", (int)word.text.bytes, (const char *)word.text.data);
    }
    if (lexer_peek(&parser->lexer)->kind != TOKEN_PAREN_CLOSE) {
        token_error(&parser->lexer, lexer_peek(&parser->lexer), "a key size ends in \")\"");
        return false;
    }
    (void)lexer_take(&parser->lexer);
    return true;
}

static bool bits_parse(const char *text, uint16_t *low, uint16_t *high)
{
    struct view whole = view_of_text(text);
    struct view before = whole;
    struct view after = whole;
    uint64_t low_bits;
    uint64_t high_bits;

    (void)view_split(whole, "..", &before, &after);
    if (!number_decimal(before, UINT16_MAX, &low_bits) ||
        !number_decimal(after, UINT16_MAX, &high_bits) || low_bits > high_bits || low_bits == 0)
        return false;
    *low = (uint16_t)low_bits;
    *high = (uint16_t)high_bits;
    return true;
}

/* "128, 192, 256" */
static void sizes_text(const struct transform *row, struct text *out)
{
    for (size_t i = 0; i < COUNT(row->key_bits) && row->key_bits[i] > 0; i++)
        text_add(out, "%s%u", i > 0 ? ", " : "", row->key_bits[i]);
}

/* The optional key size after a cipher; false after an error. */
static bool take_bits(struct ike_parser *parser, const struct transform *row, uint16_t *low,
                      uint16_t *high)
{
    char buffer[32];
    char sizes_buffer[32];
    struct text text = text_over(buffer, sizeof buffer);
    struct text sizes = text_over(sizes_buffer, sizeof sizes_buffer);
    uint16_t fitting[3];
    struct token at;

    *low = 0;
    *high = 0;
    if (lexer_peek(&parser->lexer)->kind != TOKEN_PAREN_OPEN)
        return true;
    if (!take_parens(parser, &at, &text))
        return false;
    if (row->key_bits[1] == 0) {
        token_error(&parser->lexer, &at, "encr_alg %s has one key size, which is not written",
                    row->ike_words[0]);
        return false;
    }
    sizes_text(row, &sizes);
    if (text.is_cut || !bits_parse(buffer, low, high) ||
        key_sizes(row, *low, *high, fitting) == 0) {
        token_error(&parser->lexer, &at, "a key size is (LOW..HIGH) in bits, of %s: %s",
                    row->ike_words[0], sizes_buffer);
        return false;
    }
    return true;
}

void ike_parse_cipher(struct ike_parser *parser, const struct ike_keyword *keyword,
                      struct ike_draft *draft, const struct token *token)
{
    struct token word;
    const struct transform *row = take_algorithm(parser, keyword, TRANSFORM_ENCRYPTION, &word);
    struct ike_value *value;
    uint16_t low;
    uint16_t high;

    if (!row) {
        draft->is_broken = true;
        if (lexer_peek(&parser->lexer)->kind == TOKEN_PAREN_OPEN) {
            char ignored[32];
            struct text text = text_over(ignored, sizeof ignored);

            (void)take_parens(parser, &word, &text);
        }
        return;
    }
    if (!take_bits(parser, row, &low, &high)) {
        draft->is_broken = true;
        return;
    }
    value = ike_value_set(parser, keyword, draft, token);
    value->row = row;
    value->number = (uint64_t)low << 16 | high;
}

static const enum ike_setting required[] = {
    SETTING_AUTH_METHOD,
    SETTING_OAKLEY_GROUP,
    SETTING_AUTH_ALG,
    SETTING_ENCR_ALG,
};

static const char *setting_word(enum ike_setting setting, enum ike_scope scope)
{
    for (size_t i = 0; i < ike_keyword_count; i++) {
        if (ike_keyword_table[i].scopes & scope && ike_keyword_table[i].setting == setting)
            return ike_keyword_table[i].word;
    }
    return "?";
}

/* Says all that lacks in one line. */
static bool is_whole(struct ike_parser *parser, const struct ike_draft *xform)
{
    char list[80];
    struct text text = text_over(list, sizeof list);

    for (size_t i = 0; i < COUNT(required); i++) {
        if (!xform->values[required[i]].is_given)
            text_add(&text, "%s%s", text.bytes > 0 ? ", " : "",
                     setting_word(required[i], SCOPE_XFORM));
    }
    if (text.bytes == 0)
        return true;
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, xform->at, "p1_xform lacks %s", list);
    return false;
}

static void add_transform(struct ike_parser *parser, struct ike_draft *draft,
                          const struct ike_draft *xform)
{
    const struct ike_value *cipher = &xform->values[SETTING_ENCR_ALG];
    const struct ike_value *lifetime = &xform->values[SETTING_P1_LIFETIME];
    struct ike_transform transform = {
        .cipher = cipher->row,
        .hash = xform->values[SETTING_AUTH_ALG].row,
        .group = xform->values[SETTING_OAKLEY_GROUP].row,
        .method = (uint16_t)xform->values[SETTING_AUTH_METHOD].number,
        .low_bits = (uint16_t)(cipher->number >> 16),
        .high_bits = (uint16_t)(cipher->number & UINT16_MAX),
        .lifetime_s = (uint32_t)lifetime->number, /* 0: the file's, in ike_resolve */
        .at = xform->at,
        .cipher_at = cipher->at,
        .hash_at = xform->values[SETTING_AUTH_ALG].at,
        .group_at = xform->values[SETTING_OAKLEY_GROUP].at,
        .method_at = xform->values[SETTING_AUTH_METHOD].at,
        .lifetime_at = lifetime->at,
    };

    ike_warn_weak(parser, &transform);
    if (!vector_add(&draft->lists[LIST_XFORM], &transform, sizeof transform))
        parser->is_out_of_memory = true;
}

void ike_parse_xform(struct ike_parser *parser, const struct ike_keyword *keyword,
                     struct ike_draft *draft, const struct token *token)
{
    struct ike_draft xform = {.scope = SCOPE_XFORM, .at = token->at};
    size_t errors_before = parser->lexer.errors->error_count;

    if (lexer_peek(&parser->lexer)->kind != TOKEN_OPEN) {
        token_error(&parser->lexer, lexer_peek(&parser->lexer), "%s takes a block in braces",
                    keyword->word);
        draft->is_broken = true;
        return;
    }
    (void)lexer_take(&parser->lexer);
    ike_scope_parse(parser, &xform);
    if (draft->lists[LIST_XFORM].count == 0)
        draft->list_at[LIST_XFORM] = token->at;
    if (parser->lexer.errors->error_count == errors_before && is_whole(parser, &xform))
        add_transform(parser, draft, &xform);
    else
        draft->is_broken = true; /* its transforms are not known: nothing is said of them later */
    ike_draft_clear(&xform);
}
