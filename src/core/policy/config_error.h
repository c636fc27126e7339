#ifndef ENTENTE_POLICY_CONFIG_ERROR_H
#define ENTENTE_POLICY_CONFIG_ERROR_H

#include "base/position.h"
#include "base/view.h"

/*
 * What is wrong with a file, all of it in one run: values that are printed one a line,
 * "FILE:LINE:COLUMN: found "X"; Y is one of A, B, C (did you mean "B"?)".
 */
enum config_severity {
    CONFIG_ERROR,   /* nothing of the file is applied */
    CONFIG_WARNING, /* applied; said once at load */
    CONFIG_NOTE,    /* said by -c only */
};

struct config_error {
    enum config_severity severity;
    struct position position; /* its file_view lies in text_own */
    char *text_own;           /* the sentence, without position */
};

/* Most messages that are kept of one run; the rest is counted. */
#define CONFIG_ERRORS_MOST 200u

struct config_errors {
    struct config_error *items_own;
    size_t count;
    size_t capacity;
    size_t error_count;    /* of severity CONFIG_ERROR, kept or not */
    size_t broken_entries; /* ipsecinit.conf: "N policy rule(s) contained errors." */
    size_t left_out;       /* past CONFIG_ERRORS_MOST, or without memory */
};

void config_errors_init(struct config_errors *errors);
void config_errors_clear(struct config_errors *errors);

/* Adds one message; the text is printf's. Octets of the file go in through text_add_escaped. */
void config_errors_add(struct config_errors *errors, enum config_severity severity,
                       struct position position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sorts by line and column; parsers call it before they return. */
void config_errors_sort(struct config_errors *errors);

/* Longest line of config_error_line with NUL; longer ones are cut. */
#define CONFIG_ERROR_LINE_BYTES 640u

/* "FILE:LINE:COLUMN: SENTENCE", warnings with "warning: " and notes with "note: " before the
 * sentence; without newline. Returns `out`. */
const char *config_error_line(const struct config_error *error, char out[CONFIG_ERROR_LINE_BYTES]);

#endif
