#include "config/address_syntax_private.h"
#include "config/cert_selector.h"
#include "config/choice_private.h"
#include "config/ike_draft_private.h"
#include "config/number_private.h"
#include "registry/identity_type.h"

struct ike_value *ike_value_set(struct ike_parser *parser, const struct ike_keyword *keyword,
                                struct ike_draft *draft, const struct token *token)
{
    struct ike_value *value = &draft->values[keyword->setting];

    if (value->is_given && keyword->flags & KEYWORD_ONCE) {
        token_error(&parser->lexer, token, "%s stands once, and line %u has one", keyword->word,
                    value->at.line);
        draft->is_broken = true;
    } else if (value->is_given) {
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, token->at,
                          "%s stands at line %u already; this one counts", keyword->word,
                          value->at.line);
    }
    *value = (struct ike_value){.is_given = true, .at = token->at};
    return value;
}

bool ike_take_value(struct ike_parser *parser, const struct ike_keyword *keyword,
                    enum token_kind kind, const char *what, struct token *out)
{
    const struct token *next = lexer_peek(&parser->lexer);

    if (next->kind == kind && !(kind == TOKEN_WORD && ike_keyword_find(next))) {
        *out = lexer_take(&parser->lexer);
        return true;
    }
    token_error(&parser->lexer, next, "%s takes %s", keyword->word, what);
    /* A string for a word or the other way round was meant as the value; anything else was not. */
    if ((next->kind == TOKEN_WORD && !ike_keyword_find(next)) || next->kind == TOKEN_STRING)
        (void)lexer_take(&parser->lexer);
    return false;
}

static void range_error(struct ike_parser *parser, const struct ike_keyword *keyword,
                        const struct token *token)
{
    token_error(&parser->lexer, token, "%s is a number of %s from %s%llu to %llu", keyword->word,
                keyword->unit, keyword->flags & KEYWORD_ZERO ? "0 (none) or " : "",
                (unsigned long long)keyword->low, (unsigned long long)keyword->high);
}

void ike_parse_number(struct ike_parser *parser, const struct ike_keyword *keyword,
                      struct ike_draft *draft, const struct token *token)
{
    struct token word;
    uint64_t number;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "a number", &word))
        return;
    if (number_parse(word.text, &number) != STATUS_OK || number > keyword->high ||
        (number < keyword->low && !(number == 0 && keyword->flags & KEYWORD_ZERO))) {
        range_error(parser, keyword, &word);
        return;
    }
    ike_value_set(parser, keyword, draft, token)->number = number;
}

void ike_parse_seconds(struct ike_parser *parser, const struct ike_keyword *keyword,
                       struct ike_draft *draft, const struct token *token)
{
    struct token word;
    uint64_t microseconds;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "seconds, as 5 or 0.5", &word))
        return;
    if (number_seconds(word.text, &microseconds) != STATUS_OK || microseconds < keyword->low ||
        microseconds > keyword->high) {
        token_error(&parser->lexer, &word, "%s is %s, as 5 or 0.5", keyword->word, keyword->unit);
        return;
    }
    ike_value_set(parser, keyword, draft, token)->number = microseconds;
}

void ike_parse_flag(struct ike_parser *parser, const struct ike_keyword *keyword,
                    struct ike_draft *draft, const struct token *token)
{
    ike_value_set(parser, keyword, draft, token)->number = 1;
}

void ike_parse_string(struct ike_parser *parser, const struct ike_keyword *keyword,
                      struct ike_draft *draft, const struct token *token)
{
    struct token string;
    struct ike_value *value;

    if (!ike_take_value(parser, keyword, TOKEN_STRING, "a string in quotes", &string))
        return;
    value = ike_value_set(parser, keyword, draft, token);
    value->text = string_value(&string, &parser->rules->arena);
    parser->is_out_of_memory = parser->is_out_of_memory || !value->text;
}

/* Linux' IFNAMSIZ: 15 octets and a NUL. */
#define INTERFACE_NAME_MOST_BYTES 15u

void ike_parse_interface(struct ike_parser *parser, const struct ike_keyword *keyword,
                         struct ike_draft *draft, const struct token *token)
{
    struct token string = *lexer_peek(&parser->lexer);

    if (string.kind == TOKEN_STRING &&
        (string.text.bytes == 0 || string.text.bytes > INTERFACE_NAME_MOST_BYTES ||
         memchr(string.text.data, '/', string.text.bytes)))
        token_error(&parser->lexer, &string,
                    "the name of an interface has 1 to %u octets, no \"/\"",
                    INTERFACE_NAME_MOST_BYTES);
    draft->interface_offset = token->offset;
    draft->interface_end = string.end;
    ike_parse_string(parser, keyword, draft, token);
}

void ike_parse_label(struct ike_parser *parser, const struct ike_keyword *keyword,
                     struct ike_draft *draft, const struct token *token)
{
    ike_parse_string(parser, keyword, draft, token);
    if (draft->values[SETTING_LABEL].text &&
        (draft->values[SETTING_LABEL].text[0] == '\0' ||
         strlen(draft->values[SETTING_LABEL].text) > RULE_LABEL_MOST_BYTES))
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, token->at,
                          "found a label that is empty or too long; a label has 1 to %u octets",
                          RULE_LABEL_MOST_BYTES);
}

void ike_parse_choice(struct ike_parser *parser, const struct ike_keyword *keyword,
                      struct ike_draft *draft, const struct token *token)
{
    char text[TOKEN_WORD_BYTES];
    struct choices choices;
    struct token word;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "a word", &word))
        return;
    choices_init(&choices, token_word(&word, text));
    for (const struct ike_word *row = keyword->words; row->word; row++) {
        if (token_is(&word, row->word)) {
            ike_value_set(parser, keyword, draft, token)->number = row->number;
            return;
        }
        choices_add(&choices, row->word);
    }
    choices_error(&choices, &parser->lexer, &word, keyword->word);
}

static bool is_config_word(const struct token *word, const struct identity_kind *kind)
{
    for (size_t i = 0; i < COUNT(kind->config_words) && kind->config_words[i]; i++) {
        if (token_is(word, kind->config_words[i]))
            return true;
    }
    return false;
}

void ike_parse_id_type(struct ike_parser *parser, const struct ike_keyword *keyword,
                       struct ike_draft *draft, const struct token *token)
{
    char text[TOKEN_WORD_BYTES];
    struct choices choices;
    struct token word;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "a type of identity", &word))
        return;
    choices_init(&choices, token_word(&word, text));
    for (size_t i = 0; i < identity_count; i++) {
        const struct identity_kind *kind = &identity_table[i];
        bool is_either;

        if (is_config_word(&word, kind)) {
            is_either = identity_word_is_of_either_family(text);
            ike_value_set(parser, keyword, draft, token)->number = is_either ? 0 : kind->number;
            return;
        }
        choices_add(&choices, kind->config_words[0]);
        for (size_t j = 1; j < COUNT(kind->config_words); j++)
            choices_weigh(&choices, kind->config_words[j]);
    }
    choices_error(&choices, &parser->lexer, &word, keyword->word);
}

/* A list's first keyword gives the list its position. */
static void list_add(struct ike_parser *parser, struct ike_draft *draft, unsigned list,
                     const void *row, size_t row_bytes, struct position at)
{
    if (draft->lists[list].count == 0)
        draft->list_at[list] = at;
    if (!vector_add(&draft->lists[list], row, row_bytes))
        parser->is_out_of_memory = true;
}

/* True when the octet ends the text so far, or begins the next word: "10.0.0.0 / 8". */
static bool address_goes_on(const char *text, size_t bytes, const struct token *next)
{
    if (next->kind != TOKEN_WORD || next->text.bytes == 0 || bytes == 0)
        return false;
    return text[bytes - 1] == '/' || text[bytes - 1] == '-' || next->text.data[0] == '/' ||
           next->text.data[0] == '-';
}

#define ADDRESS_JOINED_BYTES 160u

/* Joins the words of one address; too long ones are cut and are no address then. */
static size_t take_address(struct ike_parser *parser, const struct token *first,
                           char out[ADDRESS_JOINED_BYTES])
{
    struct text text = text_over(out, ADDRESS_JOINED_BYTES);

    text_add(&text, "%.*s", (int)first->text.bytes, (const char *)first->text.data);
    while (!text.is_cut && address_goes_on(out, text.bytes, lexer_peek(&parser->lexer))) {
        struct token word = lexer_take(&parser->lexer);

        text_add(&text, "%.*s", (int)word.text.bytes, (const char *)word.text.data);
    }
    return text.bytes;
}

void ike_parse_addresses(struct ike_parser *parser, const struct ike_keyword *keyword,
                         struct ike_draft *draft, const struct token *token)
{
    char text[ADDRESS_JOINED_BYTES];
    struct address_syntax address;
    struct token word;
    size_t bytes;

    if (!ike_take_value(parser, keyword, TOKEN_WORD, "an address, prefix or range", &word)) {
        draft->is_broken = true;
        return;
    }
    bytes = take_address(parser, &word, text);
    if (address_syntax_parse(view_of(text, bytes), &address) != STATUS_OK) {
        token_error(&parser->lexer, &word, "%s takes %s", keyword->word, address.fault);
        draft->is_broken = true;
        return;
    }
    if (address.has_host_bits)
        config_errors_add(parser->lexer.errors, CONFIG_NOTE, word.at,
                          "%s has bits set below its prefix; they are ignored", text);
    if (parser->dialect == CONFIG_STRICT_SOLARIS && address.form == ADDRESS_FORM_RANGE &&
        address.range.first.family == ADDRESS_IPV6)
        token_error(&parser->lexer, &word, "IPv6 ranges are an extension");
    list_add(parser, draft, keyword->setting, &address.range, sizeof address.range, token->at);
}

static void add_selector(struct ike_parser *parser, const struct ike_keyword *keyword,
                         struct ike_draft *draft, const struct token *value, bool is_excluded)
{
    const char *text = string_value(value, &parser->rules->arena);
    struct cert_selector selector;
    const char *fault;

    if (!text) {
        parser->is_out_of_memory = true;
        return;
    }
    fault = cert_selector_parse(text, &selector);
    if (fault) {
        token_error(&parser->lexer, value, "%s takes %s", keyword->word, fault);
        return;
    }
    selector.is_excluded = selector.is_excluded || is_excluded;
    selector.at = value->at;
    list_add(parser, draft, keyword->setting, &selector, sizeof selector, selector.at);
}

static bool is_slot(const struct token *token)
{
    uint64_t slot;

    return token->kind == TOKEN_WORD && number_decimal(token->text, UINT32_MAX, &slot);
}

void ike_parse_selectors(struct ike_parser *parser, const struct ike_keyword *keyword,
                         struct ike_draft *draft, const struct token *token)
{
    size_t taken = 0;

    (void)token;
    for (;; taken++) {
        const struct token *next = lexer_peek(&parser->lexer);
        bool is_excluded = token_is(next, "!");
        struct token value;

        if (is_excluded)
            (void)lexer_take(&parser->lexer);
        if (next->kind != TOKEN_STRING && !is_slot(next))
            break;
        value = lexer_take(&parser->lexer);
        add_selector(parser, keyword, draft, &value, is_excluded);
    }
    if (taken == 0)
        token_error(&parser->lexer, lexer_peek(&parser->lexer),
                    "%s takes a certificate selector in quotes", keyword->word);
}
