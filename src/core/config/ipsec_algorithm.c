#include <strings.h>

#include "config/choice_private.h"
#include "config/ipsec_draft_private.h"
#include "config/number_private.h"
#include "policy/ike_rule.h"

#define BITS_OPEN UINT16_MAX

/* "n", "n..", "..m" or "n..m" */
static bool bits_parse(struct view text, uint16_t *low, uint16_t *high)
{
    struct view before = text;
    struct view after = text;
    uint64_t low_bits = 1;
    uint64_t high_bits = BITS_OPEN;

    (void)view_split(text, "..", &before, &after);
    if (before.bytes == 0 && after.bytes == 0)
        return false;
    if (before.bytes > 0 && !number_decimal(before, BITS_OPEN, &low_bits))
        return false;
    if (after.bytes > 0 && !number_decimal(after, BITS_OPEN, &high_bits))
        return false;
    *low = (uint16_t)low_bits;
    *high = (uint16_t)high_bits;
    return low_bits > 0 && low_bits <= high_bits;
}

/* Splits "aes(128..256)"; false when the parentheses are not as they should be. */
static bool split_bits(struct view text, struct view *name, struct view *bits)
{
    struct view inside;
    struct view rest;

    *name = text;
    *bits = (struct view){0};
    if (!view_split(text, "(", name, &inside))
        return true;
    return view_split(inside, ")", bits, &rest) && rest.bytes == 0 && bits->bytes > 0;
}

static const struct transform *row_find(struct view name, enum transform_kind kind)
{
    char word[TOKEN_WORD_BYTES];
    struct token token = {.kind = TOKEN_WORD, .text = name};
    uint64_t number;

    if (number_decimal(name, 255, &number))
        return transform_by_policy_id(kind, (unsigned)number);
    return name.bytes < sizeof word ? transform_by_word(kind, token_word(&token, word)) : NULL;
}

static void unknown_algorithm(struct ipsec_parser *parser, const struct token *token,
                              const char *keyword, enum transform_kind kind, struct view name)
{
    char word[TOKEN_WORD_BYTES];
    struct token name_token = {.kind = TOKEN_WORD, .text = name};
    struct choices choices;

    choices_init(&choices, token_word(&name_token, word));
    for (size_t i = 0; i < transform_count; i++) {
        if (transform_table[i].kind != kind || transform_table[i].policy_id == 0)
            continue;
        choices_add(&choices, transform_table[i].name);
        for (size_t j = 0; j < COUNT(transform_table[i].words); j++)
            choices_weigh(&choices, transform_table[i].words[j]);
    }
    choices_add(&choices, "any");
    choices_error(&choices, &parser->lexer, token, keyword);
}

/* Ends of a range as the algorithm has them: "(..192)" of AES is 128..192. */
static void clip(const struct transform *row, struct ipsec_algorithm *out)
{
    uint16_t sizes[3];
    size_t count = key_sizes(row, out->low_bits, out->high_bits, sizes);

    if (!(row->flags & TRANSFORM_KEY_LENGTH)) {
        out->low_bits = 0;
        out->high_bits = 0;
        return;
    }
    out->low_bits = sizes[count - 1];
    out->high_bits = sizes[0];
}

static bool range_fits(const struct transform *row, const struct ipsec_algorithm *range)
{
    uint16_t sizes[3];

    if (row->fixed_key_bytes == 0 && !(row->flags & TRANSFORM_KEY_LENGTH))
        return false; /* null: no key at all */
    return key_sizes(row, range->low_bits, range->high_bits, sizes) > 0;
}

static void range_error(struct ipsec_parser *parser, const struct token *token,
                        const struct transform *row)
{
    char sizes[48];
    struct text text = text_over(sizes, sizeof sizes);

    for (size_t i = 0; i < COUNT(row->key_bits) && row->key_bits[i] > 0; i++)
        text_add(&text, "%s%u", i > 0 ? ", " : "", row->key_bits[i]);
    if (text.bytes == 0)
        text_add(&text, "%u", row->fixed_key_bytes * 8u);
    token_error(&parser->lexer, token, "the key sizes of %s are: %s", row->name, sizes);
}

static void say_weak(struct ipsec_parser *parser, const struct token *token, const char *keyword,
                     const struct transform *row)
{
    if (row->flags & TRANSFORM_WEAK)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, token->at, "%s %s is weak; use %s",
                          keyword, row->name, row->instead);
}

/* Names of algorithms are of either case. */
static bool is_word(struct view text, const char *word)
{
    return text.bytes == strlen(word) &&
           strncasecmp((const char *)text.data, word, text.bytes) == 0;
}

bool ipsec_algorithm_parse(struct ipsec_parser *parser, const struct token *token,
                           const char *keyword, enum transform_kind kind,
                           struct ipsec_algorithm *out)
{
    struct ipsec_algorithm algorithm = {0};
    const struct transform *row;
    struct view name;
    struct view bits;

    *out = algorithm;
    if (!split_bits(token->text, &name, &bits) ||
        (bits.bytes > 0 && !bits_parse(bits, &algorithm.low_bits, &algorithm.high_bits))) {
        token_error(&parser->lexer, token,
                    "key sizes are written NAME(n), NAME(n..), NAME(..m) or NAME(n..m)");
        return false;
    }
    if (is_word(name, "none") && bits.bytes == 0)
        return true;
    if (is_word(name, "any")) {
        algorithm.is_any = true;
        *out = algorithm;
        return true;
    }
    row = row_find(name, kind);
    if (!row) {
        unknown_algorithm(parser, token, keyword, kind, name);
        return false;
    }
    if (bits.bytes > 0 && !range_fits(row, &algorithm)) {
        range_error(parser, token, row);
        return false;
    }
    say_weak(parser, token, keyword, row);
    algorithm.row = row;
    if (bits.bytes > 0)
        clip(row, &algorithm);
    *out = algorithm;
    return true;
}
