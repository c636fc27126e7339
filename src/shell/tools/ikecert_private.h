#ifndef ENTENTE_TOOLS_IKECERT_PRIVATE_H
#define ENTENTE_TOOLS_IKECERT_PRIVATE_H

#include <jansson.h>

#include "keystore/describe.h"
#include "keystore/issue.h"
#include "keystore/keystore.h"

struct change;

#define IKECERT_ERROR_BYTES 4096u

enum ikecert_form {
    FORM_DEFAULT,
    FORM_PEM,
    FORM_DER, /* "ber", and "pkcs8" of a key */
};

/* One command line, read. */
struct ikecert_request {
    enum keystore_kind kind; /* certlocal, certdb, certrldb */
    const char *root;        /* before every path; "" */
    const char *password_file;
    enum ikecert_form form;
    bool is_verbose;
    bool is_json;
    struct issue issue; /* -t -D -A -S -F -u */
    unsigned key_bits;  /* -m; 0: as the kind has it */
    const char *start;  /* -S; NULL: now */
    const char *end;    /* -F; NULL: four years after the start */
    char **words;       /* certspec or slot */
    size_t word_count;
};

/* Each does a command whole and returns the exit status; what is wrong has been said. */
int ikecert_make_certificate(struct ikecert_request *request); /* -ks */
int ikecert_make_request(struct ikecert_request *request);     /* -kc */
int ikecert_add(struct ikecert_request *request);              /* -a */
int ikecert_extract(struct ikecert_request *request);          /* -e */
int ikecert_list(struct ikecert_request *request);             /* -l */
int ikecert_remove(struct ikecert_request *request);           /* -r */

/* One line to standard error, with the program's name before it. */
void ikecert_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a warning or a note: the command goes on. */
void ikecert_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* keystore_read of some kinds (BIT), its lines said. */
enum status ikecert_read(const struct ikecert_request *request, uint64_t kinds,
                         struct keystore *out);
/* change_read, likewise. */
enum status ikecert_reread(const struct change *change, uint64_t kinds, struct keystore *out);
/* change_begin, its line said. */
enum status ikecert_begin(const struct ikecert_request *request, struct change **out);

/* Prints DER as PEM of this label, or as it is; wiped if it is secret. False: it has been said. */
bool ikecert_print_object(enum ikecert_form form, const char *label, struct view der);
/* Prints a JSON object as one line and lets it go. False as above. */
bool ikecert_print_json(json_t *record_taken);
/* Whether all of standard output was written; else it has been said. */
bool ikecert_flush(void);

/* Asks for a password, or takes that of --password-file: bundle_password_fn of a request. */
int ikecert_password(void *request, char *buffer, int buffer_bytes);

/* What a kind is called: "private key", "certificate", "CRL"; and its PEM label. */
const char *ikecert_noun(enum keystore_kind kind);
const char *ikecert_label(enum keystore_kind kind);

/* Fills a description by kind. */
enum status ikecert_describe(const struct keystore_item *item, struct description *out);
/* The members that listings and answers have: record, slot, names, key, times. */
json_t *ikecert_record(const struct keystore_item *item, const struct description *description);

/*
 * What a certspec names (solaris.md 5.4): every word must hold, '!' says that it must not. Of CRLs
 * the slot and the issuer are named, of keys the slot.
 */
#define CERTSPEC_MOST_WORDS 32u

/* Checks the words; false: it has been said what was expected. */
bool certspec_check(const struct ikecert_request *request);
/* The next item from *at on that all words name; NULL at the end. */
const struct keystore_item *certspec_next(const struct ikecert_request *request,
                                          const struct keystore *keystore, size_t *at);
/* A certspec that is one slot and nothing else. */
bool certspec_slot(const struct ikecert_request *request, uint32_t *out);

/*
 * A time of -S or -F: "+" or "-" and parts like 2d12h, counted from `now_s`, or a date
 * (solaris.md 5.3) in local time.
 *
 * Returns STATUS_OK, or STATUS_MALFORMED after a line in `error`. A line in `note` warns.
 */
enum status validity_parse(const char *text, int64_t now_s, int64_t *out, struct text *error,
                           struct text *note);
/* By the calendar; what is no day runs over into the next month. */
int64_t validity_after_years(int64_t from_s, int years);

#endif
