#include "config/choice_private.h"

#define DISTANCE_NONE 99u

void choices_init(struct choices *choices, const char *word)
{
    *choices = (struct choices){.word = word, .distance = DISTANCE_NONE};
    choices->text = text_over(choices->buffer, sizeof choices->buffer);
}

void choices_weigh(struct choices *choices, const char *word)
{
    unsigned distance = word ? text_distance(choices->word, word) : DISTANCE_NONE;

    if (distance < choices->distance) {
        choices->distance = distance;
        choices->nearest = word;
    }
}

void choices_add(struct choices *choices, const char *word)
{
    if (!word)
        return;
    text_add(&choices->text, "%s%s", choices->text.bytes > 0 ? ", " : "", word);
    choices_weigh(choices, word);
}

/* A third of the letters may be wrong, two at most: else it is no misspelling. */
static bool is_near(const struct choices *choices)
{
    size_t letters = strlen(choices->word);

    return choices->nearest && choices->distance <= 2 && (size_t)choices->distance * 3 <= letters;
}

void choices_error(const struct choices *choices, const struct lexer *lexer,
                   const struct token *token, const char *what)
{
    if (is_near(choices))
        token_error(lexer, token, "%s is one of %s (did you mean \"%s\"?)", what, choices->buffer,
                    choices->nearest);
    else
        token_error(lexer, token, "%s is one of %s", what, choices->buffer);
}
