#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "config/lexer_private.h"

#define FOUND_MOST_OCTETS 60u

bool token_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && view_equal(token->text, view_of_text(word));
}

const char *token_word(const struct token *token, char out[TOKEN_WORD_BYTES])
{
    size_t bytes = token->text.bytes < TOKEN_WORD_BYTES ? token->text.bytes : TOKEN_WORD_BYTES - 1;

    if (bytes > 0)
        memcpy(out, token->text.data, bytes);
    out[bytes] = '\0';
    return out;
}

const char *token_found(const struct token *token, char out[TOKEN_FOUND_BYTES])
{
    struct view shown = token->text;
    struct text text = text_over(out, TOKEN_FOUND_BYTES);

    if (token->kind == TOKEN_END) {
        text_add(&text, "end of file");
        return out;
    }
    if (shown.bytes > FOUND_MOST_OCTETS)
        shown.bytes = FOUND_MOST_OCTETS;
    text_add(&text, "\"");
    text_add_escaped(&text, shown);
    text_add(&text, shown.bytes < token->text.bytes ? "...\"" : "\"");
    return out;
}

void token_error(const struct lexer *lexer, const struct token *token, const char *format, ...)
{
    char found[TOKEN_FOUND_BYTES];
    char sentence[CONFIG_ERROR_LINE_BYTES];
    va_list arguments;

    if (lexer->errors->count >= CONFIG_ERRORS_MOST) {
        /* It is only counted: a file of 16 MiB of mistakes must not cost their sentences. */
        config_errors_add(lexer->errors, CONFIG_ERROR, token->at, "%s", "");
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    config_errors_add(lexer->errors, CONFIG_ERROR, token->at, "found %s; %s",
                      token_found(token, found), sentence);
}

const char *string_value(const struct token *token, struct arena *arena)
{
    char *value = arena_take(arena, token->text.bytes + 1);
    size_t bytes = 0;

    if (!value)
        return NULL;
    for (size_t i = 0; i < token->text.bytes; i++) {
        uint8_t octet = token->text.data[i];

        if (octet == '\\' && i + 1 < token->text.bytes &&
            (token->text.data[i + 1] == '\\' || token->text.data[i + 1] == '"'))
            octet = token->text.data[++i];
        value[bytes++] = (char)octet;
    }
    value[bytes] = '\0';
    return value;
}
