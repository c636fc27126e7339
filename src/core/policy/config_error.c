#include "policy/config_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

void config_errors_init(struct config_errors *errors)
{
    *errors = (struct config_errors){0};
}

void config_errors_clear(struct config_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        free(errors->items_own[i].text_own);
    free(errors->items_own);
    config_errors_init(errors);
}

static bool errors_grow(struct config_errors *errors)
{
    size_t capacity = errors->capacity > 0 ? 2 * errors->capacity : 8;
    struct config_error *items;

    if (errors->count < errors->capacity)
        return true;
    items = realloc(errors->items_own, capacity * sizeof *items);
    if (!items)
        return false;
    errors->items_own = items;
    errors->capacity = capacity;
    return true;
}

/* The sentence and, after its NUL, the file's name: one piece, which outlives the parser. */
static char *text_with_file(const char *text, const char *file)
{
    size_t text_bytes = strlen(text) + 1;
    size_t file_bytes = strlen(file) + 1;
    char *both = malloc(text_bytes + file_bytes);

    if (!both)
        return NULL;
    memcpy(both, text, text_bytes);
    memcpy(both + text_bytes, file, file_bytes);
    return both;
}

void config_errors_add(struct config_errors *errors, enum config_severity severity,
                       struct position position, const char *format, ...)
{
    char text[CONFIG_ERROR_LINE_BYTES];
    char *text_own = NULL;
    va_list arguments;

    if (severity == CONFIG_ERROR)
        errors->error_count++;
    if (errors->count < CONFIG_ERRORS_MOST && errors_grow(errors)) {
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        text_own = text_with_file(text, position.file_view);
    }
    if (!text_own) {
        errors->left_out++;
        return;
    }
    position.file_view = text_own + strlen(text_own) + 1;
    errors->items_own[errors->count++] = (struct config_error){severity, position, text_own};
}

static int position_compare(const void *a, const void *b)
{
    const struct position *left = &((const struct config_error *)a)->position;
    const struct position *right = &((const struct config_error *)b)->position;

    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    if (left->column != right->column)
        return left->column < right->column ? -1 : 1;
    return 0;
}

/* Insertion sort: stable, and there are at most CONFIG_ERRORS_MOST. */
void config_errors_sort(struct config_errors *errors)
{
    for (size_t i = 1; i < errors->count; i++) {
        struct config_error item = errors->items_own[i];
        size_t j = i;

        for (; j > 0 && position_compare(&errors->items_own[j - 1], &item) > 0; j--)
            errors->items_own[j] = errors->items_own[j - 1];
        errors->items_own[j] = item;
    }
}

const char *config_error_line(const struct config_error *error, char out[CONFIG_ERROR_LINE_BYTES])
{
    static const char *const prefixes[] = {
        [CONFIG_ERROR] = "",
        [CONFIG_WARNING] = "warning: ",
        [CONFIG_NOTE] = "note: ",
    };
    struct text text = text_over(out, CONFIG_ERROR_LINE_BYTES);

    text_add(&text, "%s:", error->position.file_view);
    if (error->position.line > 0)
        text_add(&text, "%u:%u:", error->position.line, error->position.column);
    text_add(&text, " %s%s", prefixes[error->severity], error->text_own);
    return out;
}
