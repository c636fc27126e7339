#ifndef ENTENTE_BASE_TEXT_H
#define ENTENTE_BASE_TEXT_H

#include "base/view.h"

/*
 * A bounded text builder over a caller's buffer, always NUL-terminated. What does not fit is cut
 * and `is_cut` is set: for messages to people, never for data.
 */
struct text {
    char *buffer;
    size_t capacity_bytes;
    size_t bytes; /* without NUL */
    bool is_cut;
};

struct text text_over(char *buffer, size_t capacity_bytes);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds octets from outside so that one event stays one line (SEC-161): printable ASCII except '\\'
 * and '"' as it is, all else as \xHH.
 */
void text_add_escaped(struct text *text, struct view octets);

/* Adds lower-case hex digits. */
void text_add_hex(struct text *text, struct view octets);

/* Levenshtein distance of two words of up to 32 characters; 99 when longer. For "did you mean". */
unsigned text_distance(const char *a, const char *b);

#endif
