#ifndef ENTENTE_CONFIG_LEXER_PRIVATE_H
#define ENTENTE_CONFIG_LEXER_PRIVATE_H

#include "base/arena.h"
#include "config/ike_config.h"
#include "policy/config_error.h"

/* Nesting past this is an error, whatever the grammar. */
#define LEXER_NESTING_MOST 16u

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_STRING, /* text: what stands between the quotes, escapes as they are */
    TOKEN_OPEN,   /* { */
    TOKEN_CLOSE,  /* } */
    TOKEN_PAREN_OPEN,
    TOKEN_PAREN_CLOSE,
};

struct token {
    enum token_kind kind;
    struct view text;
    struct position at;
    bool is_first_on_line;
    size_t offset; /* of the token in the file */
    size_t end;    /* just past it */
};

/* What the three files do differently. */
enum lexer_flags {
    LEXER_SLASH_COMMENTS = 1, /* "//" begins a comment */
    LEXER_HASH_ANYWHERE = 2,  /* '#' begins one in the midst of a word too */
    LEXER_STRINGS = 4,        /* "..." */
    LEXER_PARENS = 8,         /* '(' and ')' are tokens */
    LEXER_CONTINUATION = 16,  /* '\' before a newline is a blank */
};

struct lexer {
    struct view source;
    size_t offset;
    struct position at; /* of the octet at `offset` */
    unsigned flags;
    unsigned nesting;
    bool is_given_up; /* only TOKEN_END from here on */
    struct token next;
    struct config_errors *errors;
};

/* Starts over the text; `file` lives as long as the messages. */
void lexer_init(struct lexer *lexer, struct view source, const char *file, unsigned flags,
                struct config_errors *errors);

/* The same from a place within a file: one line of it. */
void lexer_init_at(struct lexer *lexer, struct view source, struct position at, unsigned flags,
                   struct config_errors *errors);

/* The token that comes next, left where it is. */
const struct token *lexer_peek(const struct lexer *lexer);
/* Takes it. */
struct token lexer_take(struct lexer *lexer);
/* Takes the rest of a block whose '{' was taken already, nested ones too. */
void lexer_skip_block(struct lexer *lexer);

/* True when the token is that word. */
bool token_is(const struct token *token, const char *word);

/* The token's text with NUL, cut to what fits; for look-ups in tables. */
#define TOKEN_WORD_BYTES 64u
const char *token_word(const struct token *token, char out[TOKEN_WORD_BYTES]);

/* What stands there, for "found ...": "X" in quotes, or "end of file". Escaped, at most 60 octets.
 */
#define TOKEN_FOUND_BYTES 280u
const char *token_found(const struct token *token, char out[TOKEN_FOUND_BYTES]);

/* Says "found X; SENTENCE" at the token. */
void token_error(const struct lexer *lexer, const struct token *token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The string's value: \\ and \" are undone, any other backslash stays (solaris.md 1.1). With NUL,
 * in the arena; NULL without memory.
 */
const char *string_value(const struct token *token, struct arena *arena);

#endif
