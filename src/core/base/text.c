#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#define DISTANCE_MAX_CHARACTERS 32u

struct text text_over(char *buffer, size_t capacity_bytes)
{
    if (capacity_bytes > 0)
        buffer[0] = '\0';
    return (struct text){.buffer = buffer, .capacity_bytes = capacity_bytes};
}

void text_add(struct text *text, const char *format, ...)
{
    size_t left = text->capacity_bytes - text->bytes;
    va_list arguments;
    int length;

    if (text->is_cut || left == 0) {
        text->is_cut = true;
        return;
    }
    va_start(arguments, format);
    length = vsnprintf(text->buffer + text->bytes, left, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->buffer[text->bytes] = '\0';
        text->is_cut = true;
    } else if ((size_t)length >= left) {
        text->bytes = text->capacity_bytes - 1;
        text->is_cut = true;
    } else {
        text->bytes += (size_t)length;
    }
}

void text_add_escaped(struct text *text, struct view octets)
{
    for (size_t i = 0; i < octets.bytes && !text->is_cut; i++) {
        uint8_t octet = octets.data[i];

        if (octet >= 0x20 && octet < 0x7f && octet != '\\' && octet != '"')
            text_add(text, "%c", octet);
        else
            text_add(text, "\\x%02x", octet);
    }
}

void text_add_hex(struct text *text, struct view octets)
{
    for (size_t i = 0; i < octets.bytes && !text->is_cut; i++)
        text_add(text, "%02x", octets.data[i]);
}

unsigned text_distance(const char *a, const char *b)
{
    size_t a_bytes = strlen(a);
    size_t b_bytes = strlen(b);
    unsigned row[DISTANCE_MAX_CHARACTERS + 1];

    if (a_bytes > DISTANCE_MAX_CHARACTERS || b_bytes > DISTANCE_MAX_CHARACTERS)
        return 99;
    for (size_t j = 0; j <= b_bytes; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_bytes; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_bytes; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_bytes];
}
