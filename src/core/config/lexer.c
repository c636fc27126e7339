#include "config/lexer_private.h"
#include "config/utf8_private.h"

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

static int octet_at(const struct lexer *lexer, size_t ahead)
{
    size_t offset = lexer->offset + ahead;

    return offset < lexer->source.bytes ? lexer->source.data[offset] : -1;
}

static void step(struct lexer *lexer)
{
    if (lexer->source.data[lexer->offset] == '\n') {
        lexer->at.line++;
        lexer->at.column = 1;
    } else {
        lexer->at.column++;
    }
    lexer->offset++;
}

static bool is_control(int octet)
{
    return (octet >= 0 && octet < 0x20 && !is_blank((uint8_t)octet)) || octet == 0x7f;
}

static void say_octet(const struct lexer *lexer, int octet)
{
    config_errors_add(lexer->errors, CONFIG_ERROR, lexer->at,
                      "found octet 0x%02x, which no text of this file may hold", (unsigned)octet);
}

static void skip_comment(struct lexer *lexer)
{
    for (int octet = octet_at(lexer, 0); octet >= 0 && octet != '\n'; octet = octet_at(lexer, 0)) {
        if (is_control(octet))
            say_octet(lexer, octet);
        step(lexer);
    }
}

static bool comment_begins(const struct lexer *lexer)
{
    if (octet_at(lexer, 0) == '#')
        return true;
    return lexer->flags & LEXER_SLASH_COMMENTS && octet_at(lexer, 0) == '/' &&
           octet_at(lexer, 1) == '/';
}

/* Octets that the backslash and the newline after it take up; 0: no continuation here. */
static size_t continuation_octets(const struct lexer *lexer)
{
    if (!(lexer->flags & LEXER_CONTINUATION) || octet_at(lexer, 0) != '\\')
        return 0;
    if (octet_at(lexer, 1) == '\n')
        return 2;
    return octet_at(lexer, 1) == '\r' && octet_at(lexer, 2) == '\n' ? 3 : 0;
}

/* To the next token; true when a line was begun on the way. */
static bool skip_blanks(struct lexer *lexer)
{
    bool is_new_line = lexer->offset == 0;

    for (;;) {
        int octet = octet_at(lexer, 0);
        size_t continuation = continuation_octets(lexer);

        if (octet < 0)
            return is_new_line;
        if (comment_begins(lexer)) {
            skip_comment(lexer);
        } else if (continuation > 0) {
            for (size_t i = 0; i < continuation; i++)
                step(lexer);
        } else if (is_blank((uint8_t)octet)) {
            is_new_line = is_new_line || octet == '\n';
            step(lexer);
        } else if (is_control(octet)) {
            say_octet(lexer, octet);
            step(lexer);
        } else {
            return is_new_line;
        }
    }
}

static const struct {
    char octet;
    unsigned flag; /* 0: always a token */
    enum token_kind kind;
} single_tokens[] = {
    {'{', 0, TOKEN_OPEN},
    {'}', 0, TOKEN_CLOSE},
    {'(', LEXER_PARENS, TOKEN_PAREN_OPEN},
    {')', LEXER_PARENS, TOKEN_PAREN_CLOSE},
};

static bool single_token(const struct lexer *lexer, int octet, enum token_kind *kind)
{
    for (size_t i = 0; i < COUNT(single_tokens); i++) {
        if (single_tokens[i].octet == octet &&
            (single_tokens[i].flag == 0 || lexer->flags & single_tokens[i].flag)) {
            *kind = single_tokens[i].kind;
            return true;
        }
    }
    return false;
}

static bool word_ends(const struct lexer *lexer)
{
    int octet = octet_at(lexer, 0);
    enum token_kind kind;

    if (octet < 0 || is_blank((uint8_t)octet) || single_token(lexer, octet, &kind))
        return true;
    if (lexer->flags & LEXER_STRINGS && octet == '"')
        return true;
    if (octet == '#' && lexer->flags & LEXER_HASH_ANYWHERE)
        return true;
    return octet != '#' && comment_begins(lexer);
}

static void scan_word(struct lexer *lexer)
{
    while (!word_ends(lexer)) {
        int octet = octet_at(lexer, 0);

        if (continuation_octets(lexer) > 0)
            return;
        if (is_control(octet) || octet >= 0x80)
            say_octet(lexer, octet);
        step(lexer);
    }
}

static void check_utf8(const struct lexer *lexer, const struct token *token)
{
    if (!utf8_is_valid(token->text))
        config_errors_add(lexer->errors, CONFIG_ERROR, token->at,
                          "found a string that is not UTF-8");
}

/* From the opening quote on; a string ends on its line. */
static void scan_string(struct lexer *lexer, struct token *token)
{
    size_t start;

    step(lexer);
    start = lexer->offset;
    for (int octet = octet_at(lexer, 0); octet != '"'; octet = octet_at(lexer, 0)) {
        if (octet < 0 || octet == '\n') {
            config_errors_add(lexer->errors, CONFIG_ERROR, token->at,
                              "found a string without its closing '\"' on the line");
            token->text = view_of(lexer->source.data + start, lexer->offset - start);
            return;
        }
        if (is_control(octet))
            say_octet(lexer, octet);
        step(lexer);
        if (octet == '\\' && (octet_at(lexer, 0) == '"' || octet_at(lexer, 0) == '\\'))
            step(lexer);
    }
    token->text = view_of(lexer->source.data + start, lexer->offset - start);
    step(lexer);
    check_utf8(lexer, token);
}

static void count_nesting(struct lexer *lexer, const struct token *token)
{
    if (token->kind == TOKEN_CLOSE && lexer->nesting > 0)
        lexer->nesting--;
    if (token->kind != TOKEN_OPEN || ++lexer->nesting <= LEXER_NESTING_MOST)
        return;
    config_errors_add(lexer->errors, CONFIG_ERROR, token->at,
                      "found \"{\"; braces are nested %u deep at most: the rest is not read",
                      LEXER_NESTING_MOST);
    lexer->is_given_up = true;
}

static struct token scan_token(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_END};
    int octet;

    token.is_first_on_line = skip_blanks(lexer);
    token.at = lexer->at;
    token.offset = lexer->offset;
    token.end = lexer->offset;
    octet = octet_at(lexer, 0);
    if (octet < 0)
        return token;
    if (single_token(lexer, octet, &token.kind)) {
        step(lexer);
        count_nesting(lexer, &token);
    } else if (lexer->flags & LEXER_STRINGS && octet == '"') {
        token.kind = TOKEN_STRING;
        scan_string(lexer, &token);
    } else {
        token.kind = TOKEN_WORD;
        scan_word(lexer);
    }
    token.end = lexer->offset;
    if (token.kind != TOKEN_STRING)
        token.text = view_of(lexer->source.data + token.offset, token.end - token.offset);
    if (lexer->is_given_up)
        token.kind = TOKEN_END;
    return token;
}

void lexer_init_at(struct lexer *lexer, struct view source, struct position at, unsigned flags,
                   struct config_errors *errors)
{
    *lexer = (struct lexer){.source = source, .at = at, .flags = flags, .errors = errors};
    lexer->next = scan_token(lexer);
}

void lexer_init(struct lexer *lexer, struct view source, const char *file, unsigned flags,
                struct config_errors *errors)
{
    lexer_init_at(lexer, source, (struct position){file, 1, 1}, flags, errors);
}

const struct token *lexer_peek(const struct lexer *lexer)
{
    return &lexer->next;
}

struct token lexer_take(struct lexer *lexer)
{
    struct token token = lexer->next;

    if (token.kind != TOKEN_END)
        lexer->next = scan_token(lexer);
    return token;
}

void lexer_skip_block(struct lexer *lexer)
{
    unsigned depth = 1;

    while (depth > 0 && lexer_peek(lexer)->kind != TOKEN_END) {
        struct token token = lexer_take(lexer);

        if (token.kind == TOKEN_OPEN)
            depth++;
        else if (token.kind == TOKEN_CLOSE)
            depth--;
    }
}
