#include "support/vectors.h"

#include <stdlib.h>

#include "support/test.h"

#define MOST_LINES 256u

struct line {
    const char *key;
    const char *value;
};

/* The file is one text; its lines are cut in place as the cases go by. */
struct vectors {
    struct bytes text;
    char *next; /* where the case after the current one begins */
    struct line lines[MOST_LINES];
    size_t line_count;
    struct bytes octets[MOST_LINES]; /* what vectors_hex has given out */
    size_t octets_count;
};

struct vectors *vectors_open(const char *name)
{
    struct vectors *vectors = calloc(1, sizeof *vectors);

    assert_non_null(vectors);
    vectors->text = test_file(name);
    vectors->next = (char *)vectors->text.data_own;
    return vectors;
}

static void vectors_forget(struct vectors *vectors)
{
    for (size_t i = 0; i < vectors->octets_count; i++)
        bytes_clear(&vectors->octets[i]);
    vectors->octets_count = 0;
    vectors->line_count = 0;
}

void vectors_close(struct vectors *vectors)
{
    if (!vectors)
        return;
    vectors_forget(vectors);
    bytes_clear(&vectors->text);
    free(vectors);
}

static void line_add(struct vectors *vectors, char *line)
{
    char *equals = strstr(line, " =");
    char *value;

    if (!equals)
        fail_msg("no \"key = value\": %.60s", line);
    assert_true(vectors->line_count < MOST_LINES);
    value = equals + 2;
    *equals = '\0';
    while (*value == ' ')
        value++;
    vectors->lines[vectors->line_count++] = (struct line){line, value};
}

bool vectors_next(struct vectors *vectors)
{
    char *line = vectors->next;

    vectors_forget(vectors);
    while (*line) {
        char *end = strchr(line, '\n');
        char *next = end ? end + 1 : line + strlen(line);
        bool is_blank = line == end;

        if (end)
            *end = '\0';
        if (is_blank && vectors->line_count > 0) {
            line = next;
            break;
        }
        if (!is_blank && *line != '#')
            line_add(vectors, line);
        line = next;
    }
    vectors->next = line;
    return vectors->line_count > 0;
}

const char *vectors_text(const struct vectors *vectors, const char *key)
{
    for (size_t i = 0; i < vectors->line_count; i++) {
        if (strcmp(vectors->lines[i].key, key) == 0)
            return vectors->lines[i].value;
    }
    return NULL;
}

bool vectors_has(const struct vectors *vectors, const char *key)
{
    return vectors_text(vectors, key) != NULL;
}

static const char *vectors_needed(const struct vectors *vectors, const char *key)
{
    const char *text = vectors_text(vectors, key);

    if (!text)
        fail_msg("no \"%s\" in case \"%s\"", key, vectors->lines[0].value);
    return text;
}

struct view vectors_hex(struct vectors *vectors, const char *key)
{
    struct bytes *octets = &vectors->octets[vectors->octets_count];

    assert_true(vectors->octets_count < MOST_LINES);
    *octets = test_hex(vectors_needed(vectors, key));
    vectors->octets_count++;
    return bytes_view(octets);
}

unsigned long vectors_number(const struct vectors *vectors, const char *key)
{
    const char *text = vectors_needed(vectors, key);
    char *end;
    unsigned long number = strtoul(text, &end, 0);

    if (end == text || *end)
        fail_msg("%s = %.40s is no number", key, text);
    return number;
}
