#include "control/level.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "contract/event.h"

#define WORD_BYTES 32u

/* Bits of a nickname in any case; 0: none. */
static uint32_t category_by_word(const char *word)
{
    if (!strcasecmp(word, "all"))
        return CATEGORY_ALL;
    for (size_t i = 0; i < category_count; i++)
        for (size_t j = 0; j < COUNT(category_table[i].words); j++)
            if (category_table[i].words[j] && !strcasecmp(word, category_table[i].words[j]))
                return category_table[i].bit;
    return 0;
}

static void add_choices(struct text *error, const char *word)
{
    text_add(error, "found \"");
    text_add_escaped(error, view_of_text(word));
    text_add(error, "\"; a debug level is a number or some of all");
    for (size_t i = 0; i < category_count; i++)
        text_add(error, ", %s", category_table[i].words[0]);
    text_add(error, " joined by + and -");
}

static bool parse_number(const char *level, uint32_t *bits)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(level, &end, 0);
    if (*end || errno || number > CATEGORY_ALL)
        return false;
    *bits = (uint32_t)number;
    return true;
}

enum status debug_level_parse(const char *level, uint32_t *bits, struct text *error)
{
    const char *at = level;
    uint32_t result = 0;

    if (*level >= '0' && *level <= '9') {
        if (parse_number(level, bits))
            return STATUS_OK;
        add_choices(error, level);
        return STATUS_MALFORMED;
    }
    do {
        bool is_removed = *at == '-';
        char word[WORD_BYTES] = "";
        size_t bytes;
        uint32_t category;

        if (*at == '+' || *at == '-')
            at++;
        bytes = strcspn(at, "+-");
        if (bytes < sizeof word)
            memcpy(word, at, bytes);
        category = category_by_word(word);
        if (!category) {
            add_choices(error, *word ? word : level);
            return STATUS_MALFORMED;
        }
        result = is_removed ? result & ~category : result | category;
        at += bytes;
    } while (*at);
    *bits = result;
    return STATUS_OK;
}

static const struct {
    const char *name, *number, *text;
} privileges[] = {
    [PRIVILEGE_BASE] = {"base", "0", "base privileges"},
    [PRIVILEGE_MODKEYS] = {"modkeys", "1", "access to preshared key information"},
    [PRIVILEGE_KEYMAT] = {"keymat", "2", "access to keying material"},
};

enum status privilege_parse(const char *word, enum privilege *out)
{
    for (size_t i = 0; i < COUNT(privileges); i++) {
        if (!strcmp(word, privileges[i].name) || !strcmp(word, privileges[i].number)) {
            *out = (enum privilege)i;
            return STATUS_OK;
        }
    }
    return STATUS_MALFORMED;
}

const char *privilege_name(enum privilege privilege)
{
    return privileges[privilege].name;
}

const char *privilege_text(enum privilege privilege)
{
    return privileges[privilege].text;
}
