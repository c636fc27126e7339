#ifndef ENTENTE_CONFIG_CHOICE_PRIVATE_H
#define ENTENTE_CONFIG_CHOICE_PRIVATE_H

#include "base/text.h"
#include "config/lexer_private.h"

/*
 * The words that may stand in a place, gathered from a table: for "Y is one of A, B, C (did you
 * mean "B"?)", so that the choices cannot be stale.
 */
struct choices {
    struct text text;
    char buffer[480];
    const char *word; /* what was found */
    const char *nearest;
    unsigned distance;
};

void choices_init(struct choices *choices, const char *word);
/* Adds a word (a constant); NULL is passed over. */
void choices_add(struct choices *choices, const char *word);
/* Weighs a word for "did you mean" without naming it in the list: synonyms. */
void choices_weigh(struct choices *choices, const char *word);
/* Says "found X; WHAT is one of A, B, C (did you mean "B"?)" at the token. */
void choices_error(const struct choices *choices, const struct lexer *lexer,
                   const struct token *token, const char *what);

#endif
