#include "config/choice_private.h"
#include "config/ipsec_draft_private.h"

static const struct {
    const char *word;
    enum action_word action;
} actions[] = {
    {"ipsec", ACTION_IPSEC},   {"apply", ACTION_APPLY}, {"permit", ACTION_PERMIT},
    {"bypass", ACTION_BYPASS}, {"pass", ACTION_BYPASS}, {"drop", ACTION_DROP},
};

static const enum ipsec_action action_of[] = {
    [ACTION_IPSEC] = IPSEC_PROTECT, [ACTION_APPLY] = IPSEC_PROTECT, [ACTION_PERMIT] = IPSEC_PROTECT,
    [ACTION_BYPASS] = IPSEC_BYPASS, [ACTION_DROP] = IPSEC_DROP,
};

/* An alternative while its properties are read. */
struct properties {
    struct ipsec_alternative alternative;
    bool has_ah, has_cipher, has_esp_auth, has_sa;
    struct token action;
};

static void take_algorithm(struct ipsec_parser *parser, const struct token *keyword,
                           enum transform_kind kind, bool *is_given, struct ipsec_algorithm *out)
{
    char word[TOKEN_WORD_BYTES];
    const struct token *next = lexer_peek(&parser->lexer);
    struct token value;

    (void)token_word(keyword, word);
    if (*is_given)
        token_error(&parser->lexer, keyword, "%s stands once in an alternative", word);
    if (next->kind != TOKEN_WORD) {
        token_error(&parser->lexer, next, "%s takes an algorithm", word);
        return;
    }
    value = lexer_take(&parser->lexer);
    *is_given = true;
    (void)ipsec_algorithm_parse(parser, &value, word, kind, out);
}

static void take_sa(struct ipsec_parser *parser, const struct token *keyword,
                    struct properties *properties)
{
    struct token value = *lexer_peek(&parser->lexer);

    if (properties->has_sa)
        token_error(&parser->lexer, keyword, "sa stands once in an alternative");
    properties->has_sa = true;
    if (value.kind == TOKEN_WORD)
        (void)lexer_take(&parser->lexer);
    if (token_is(&value, "unique"))
        properties->alternative.is_unique = true;
    else if (!token_is(&value, "shared"))
        token_error(&parser->lexer, &value, "sa is one of shared, unique");
}

static void unknown_property(struct ipsec_parser *parser, const struct token *token)
{
    static const char *const words[] = {"auth_algs", "encr_algs", "encr_auth_algs", "sa", "dir"};
    char word[TOKEN_WORD_BYTES];
    struct choices choices;
    bool is_property = false;

    choices_init(&choices, token_word(token, word));
    for (size_t i = 0; i < COUNT(words); i++)
        choices_add(&choices, words[i]);
    choices_error(&choices, &parser->lexer, token, "a property");
    for (size_t i = 0; i < COUNT(words); i++)
        is_property = is_property || token_is(lexer_peek(&parser->lexer), words[i]);
    if (lexer_peek(&parser->lexer)->kind == TOKEN_WORD && !is_property)
        (void)lexer_take(&parser->lexer);
}

static void property_parse(struct ipsec_parser *parser, struct ipsec_draft *draft,
                           struct properties *properties)
{
    struct token token = lexer_take(&parser->lexer);
    struct ipsec_alternative *alternative = &properties->alternative;

    if (token_is(&token, "auth_algs")) {
        take_algorithm(parser, &token, TRANSFORM_INTEGRITY, &properties->has_ah,
                       &alternative->ah_auth);
    } else if (token_is(&token, "encr_algs")) {
        take_algorithm(parser, &token, TRANSFORM_ENCRYPTION, &properties->has_cipher,
                       &alternative->esp_cipher);
    } else if (token_is(&token, "encr_auth_algs")) {
        take_algorithm(parser, &token, TRANSFORM_INTEGRITY, &properties->has_esp_auth,
                       &alternative->esp_auth);
    } else if (token_is(&token, "sa")) {
        take_sa(parser, &token, properties);
    } else if (token_is(&token, "dir")) {
        draft->has_dir_property = true;
        ipsec_field_take(parser, draft, FIELD_DIR, &token);
    } else {
        unknown_property(parser, &token);
    }
}

static void check_protect(struct ipsec_parser *parser, struct properties *properties)
{
    struct ipsec_alternative *alternative = &properties->alternative;
    const struct transform *cipher = alternative->esp_cipher.row;
    bool is_combined = cipher && cipher->flags & TRANSFORM_AEAD;

    if (!ipsec_algorithm_is_given(&alternative->ah_auth) &&
        !ipsec_algorithm_is_given(&alternative->esp_cipher) &&
        !ipsec_algorithm_is_given(&alternative->esp_auth))
        token_error(&parser->lexer, &properties->action,
                    "No IPsec algorithms given: auth_algs, encr_algs or encr_auth_algs");
    if (is_combined && ipsec_algorithm_is_given(&alternative->esp_auth))
        token_error(&parser->lexer, &properties->action,
                    "Combined mode and esp authentication not supported together");
    if (!ipsec_algorithm_is_given(&alternative->esp_cipher) &&
        ipsec_algorithm_is_given(&alternative->esp_auth))
        alternative->esp_cipher.row = transform_by_name(TRANSFORM_ENCRYPTION, "null");
    if (ipsec_algorithm_is_given(&alternative->esp_cipher) && !is_combined &&
        !ipsec_algorithm_is_given(&alternative->esp_auth)) {
        if (!ipsec_algorithm_is_given(&alternative->ah_auth))
            config_errors_add(parser->lexer.errors, CONFIG_WARNING, properties->action.at,
                              "DANGER:  Rule on line %u has encryption with no authentication; "
                              "encr_auth_algs any is added",
                              properties->action.at.line);
        alternative->esp_auth.is_any = true;
    }
}

static void check_alternative(struct ipsec_parser *parser, struct properties *properties)
{
    char word[TOKEN_WORD_BYTES];

    if (properties->alternative.action == IPSEC_PROTECT) {
        check_protect(parser, properties);
        return;
    }
    (void)token_word(&properties->action, word);
    if (properties->has_ah || properties->has_cipher || properties->has_esp_auth)
        token_error(&parser->lexer, &properties->action, "Algorithms found for %s policy", word);
    if (properties->has_sa)
        token_error(&parser->lexer, &properties->action, "sa is not for %s", word);
}

/* The block after an action; what it lacks is said only when all before it was understood. */
static bool properties_parse(struct ipsec_parser *parser, struct ipsec_draft *draft,
                             const struct token *action, size_t errors_before)
{
    const struct token *next = lexer_peek(&parser->lexer);
    enum action_word word = draft->actions[draft->alternative_count];
    struct properties properties = {.action = *action};
    size_t word_count = 0;

    properties.alternative.action = action_of[word];
    while (next->kind == TOKEN_WORD) {
        ipsec_word_count(parser, next, &word_count);
        property_parse(parser, draft, &properties);
        word_count++; /* its value */
    }
    if (next->kind != TOKEN_CLOSE) {
        token_error(&parser->lexer, next, "the properties of line %u are not closed yet",
                    action->at.line);
        return false;
    }
    draft->end = lexer_take(&parser->lexer).end;
    if (parser->lexer.errors->error_count == errors_before)
        check_alternative(parser, &properties);
    draft->alternatives[draft->alternative_count++] = properties.alternative;
    return true;
}

/* The action before a block of properties; false after a mistake. */
static bool action_parse(struct ipsec_parser *parser, struct ipsec_draft *draft,
                         struct token *action)
{
    char word[TOKEN_WORD_BYTES];
    struct choices choices;

    *action = *lexer_peek(&parser->lexer);
    if (action->kind != TOKEN_WORD) {
        token_error(&parser->lexer, action,
                    "an action stands after the pattern: ipsec, apply, "
                    "permit, bypass, pass or drop");
        return false;
    }
    if (action->is_first_on_line)
        token_error(&parser->lexer, action, "the action stands on the line of the \"}\" before it");
    (void)lexer_take(&parser->lexer);
    choices_init(&choices, token_word(action, word));
    for (size_t i = 0; i < COUNT(actions); i++) {
        if (token_is(action, actions[i].word)) {
            draft->actions[draft->alternative_count] = actions[i].action;
            return true;
        }
        choices_add(&choices, actions[i].word);
    }
    choices_error(&choices, &parser->lexer, action, "an action");
    return lexer_peek(&parser->lexer)->kind == TOKEN_OPEN; /* what follows can be read */
}

/* After a '}': is there another alternative on this line? */
static bool take_or(struct ipsec_parser *parser, struct ipsec_draft *draft)
{
    const struct token *next = lexer_peek(&parser->lexer);

    if (!token_is(next, "or"))
        return false;
    if (next->is_first_on_line)
        token_error(&parser->lexer, next, "\"or\" follows the \"}\" on its line");
    if (draft->or_at.line == 0)
        draft->or_at = next->at;
    (void)lexer_take(&parser->lexer);
    return true;
}

static bool alternative_parse(struct ipsec_parser *parser, struct ipsec_draft *draft)
{
    size_t errors_before = parser->lexer.errors->error_count;
    struct token action;

    if (draft->alternative_count == IPSEC_ALTERNATIVES_MOST) {
        token_error(&parser->lexer, lexer_peek(&parser->lexer),
                    "an entry has %u alternatives at most", IPSEC_ALTERNATIVES_MOST);
        return false;
    }
    if (!action_parse(parser, draft, &action))
        return false;
    if (lexer_peek(&parser->lexer)->kind != TOKEN_OPEN) {
        token_error(&parser->lexer, lexer_peek(&parser->lexer),
                    "properties in braces stand here, {} when there are none");
        return false;
    }
    (void)lexer_take(&parser->lexer);
    return properties_parse(parser, draft, &action, errors_before);
}

bool ipsec_draft_parse(struct ipsec_parser *parser, struct ipsec_draft *out)
{
    size_t errors_before = parser->lexer.errors->error_count;
    struct token brace = lexer_take(&parser->lexer);

    *out = (struct ipsec_draft){.at = brace.at, .offset = brace.offset, .end = brace.end};
    if (!ipsec_pattern_parse(parser, out))
        return false;
    if (parser->lexer.errors->error_count == errors_before)
        out->pattern_end = out->end;
    do {
        if (!alternative_parse(parser, out))
            return false;
    } while (take_or(parser, out));
    if (out->end - out->offset > IPSEC_ENTRY_MOST_OCTETS) {
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, out->at,
                          "Too many tokens in single policy entry: it has over %u octets",
                          IPSEC_ENTRY_MOST_OCTETS);
        return false;
    }
    return true;
}
