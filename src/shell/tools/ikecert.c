#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/ikecert_private.h"

static const char usage[] = "Usage: ikecert { certdb | certrldb | certlocal | tokens } <options> \n"
                            "       Use '-h' after one of the cert-commands for more details.\n";

static const char *const helps[KEYSTORE_KIND_COUNT] = {
    [KEYSTORE_KEY] =
        "Usage: ikecert certlocal -ks | -kc  -D subject [-m bits] [-t type] [-A name]...\n"
        "                         [-S start] [-F end] [-u sign|encrypt] [-f pem|ber]\n"
        "       ikecert certlocal -a                        (a private key from standard input)\n"
        "       ikecert certlocal -e [-f pkcs8|pem] slot    (to standard output)\n"
        "       ikecert certlocal -l [-v] [slot]\n"
        "       ikecert certlocal -r slot\n"
        "All take --json, --root DIRECTORY; -a takes --password-file FILE.\n"
        "bits: 1024 to 8192 for RSA; type: rsa-sha256, rsa-sha384, rsa-sha512, rsa-sha1, rsa-md5,\n"
        "dsa-sha256, dsa-sha1, ecdsa-sha256, ecdsa-sha384, ecdsa-sha512, ed25519, ed448;\n"
        "name: IP= DNS= EMAIL= URI= DN= RID=; start, end: \"12/31/2030 12:00:00\" or -1d2h, "
        "+3y2M.\n",
    [KEYSTORE_CERTIFICATE] =
        "Usage: ikecert certdb -a                           (certificates from standard input)\n"
        "       ikecert certdb -e [-f pem|ber] certspec     (the first match to standard output)\n"
        "       ikecert certdb -l [-v] [certspec]\n"
        "       ikecert certdb -r certspec                  (the first match)\n"
        "All take --json, --root DIRECTORY; -a takes --password-file FILE.\n"
        "certspec: words that all hold; SUBJECT= ISSUER= SLOT= IP= DNS= EMAIL= URI= DN= RID=,\n"
        "a slot number, a subject or an alternative name; '!' before a word: it must not hold.\n",
    [KEYSTORE_CRL] =
        "Usage: ikecert certrldb -a                         (a CRL from standard input)\n"
        "       ikecert certrldb -e [-f pem|ber] certspec   (the first match to standard output)\n"
        "       ikecert certrldb -l [-v] [certspec]\n"
        "       ikecert certrldb -r certspec\n"
        "All take --json, --root DIRECTORY.\n"
        "certspec: SLOT= or a slot number, ISSUER= or the issuer's name; '!' before a word.\n",
};

static const struct {
    const char *word;
    enum keystore_kind kind;
} databases[] = {
    {"certlocal", KEYSTORE_KEY},
    {"certdb", KEYSTORE_CERTIFICATE},
    {"certrldb", KEYSTORE_CRL},
};

#define KEYS BIT(KEYSTORE_KEY)
#define CERTIFICATES BIT(KEYSTORE_CERTIFICATE)
#define CRLS BIT(KEYSTORE_CRL)

/* What can be done, where, and which options it takes. */
static const struct action {
    const char *option;
    int letter;
    uint64_t kinds;
    const char *takes;
    size_t least_words, most_words;
    int (*run)(struct ikecert_request *request);
} actions[] = {
    {"-ks", 's', KEYS, "mtDASFuf", 0, 0, ikecert_make_certificate},
    {"-kc", 'c', KEYS, "mtDASFuf", 0, 0, ikecert_make_request},
    {"-a", 'a', KEYS | CERTIFICATES | CRLS, "w", 0, 0, ikecert_add},
    {"-e", 'e', KEYS, "f", 1, 1, ikecert_extract},
    {"-e", 'e', CERTIFICATES | CRLS, "f", 1, CERTSPEC_MOST_WORDS, ikecert_extract},
    {"-l", 'l', KEYS, "v", 0, 1, ikecert_list},
    {"-l", 'l', CERTIFICATES | CRLS, "v", 0, CERTSPEC_MOST_WORDS, ikecert_list},
    {"-r", 'r', KEYS, "", 1, 1, ikecert_remove},
    {"-r", 'r', CERTIFICATES | CRLS, "", 1, CERTSPEC_MOST_WORDS, ikecert_remove},
};

void ikecert_complain(const char *format, ...)
{
    va_list arguments;

    (void)fflush(stdout);
    fputs("ikecert: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void ikecert_note(const char *format, ...)
{
    va_list arguments;

    (void)fflush(stdout);
    fputs("ikecert: warning: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

enum {
    OPTION_JSON = 256,
    OPTION_ROOT,
};

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"password-file", required_argument, NULL, 'w'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* A command line under way. */
struct reading {
    struct ikecert_request *request;
    int action;       /* letter; 0: none yet */
    char given[32];   /* letters of the options that not every action takes */
    const char *type; /* -t */
    const char *bits; /* -m */
    const char *use;  /* -u */
    const char *form; /* -f */
    bool wants_help;
    bool wants_token;
};

static bool set_action(struct reading *reading, int letter)
{
    if (reading->action && reading->action != letter) {
        ikecert_complain("more than one of -a -e -l -r -ks -kc was given; expected one");
        return false;
    }
    reading->action = letter;
    return true;
}

static bool set_name(struct issue *issue, const char *name)
{
    if (issue->name_count == ISSUE_MOST_NAMES) {
        ikecert_complain("expected at most %u alternative names", ISSUE_MOST_NAMES);
        return false;
    }
    issue->names[issue->name_count++] = name;
    return true;
}

/* Long options have numbers that are no letters, and 0 ends a string. */
static bool is_one_of(int letter, const char *letters)
{
    return letter > 0 && letter < OPTION_JSON && strchr(letters, letter) != NULL;
}

/* Options with a value, and where it goes. */
static void set_value(struct reading *reading, int letter)
{
    struct ikecert_request *request = reading->request;
    const struct {
        int letter;
        const char **value;
    } values[] = {
        {'t', &reading->type}, {'m', &reading->bits},          {'u', &reading->use},
        {'f', &reading->form}, {'D', &request->issue.subject}, {'S', &request->start},
        {'F', &request->end},  {OPTION_ROOT, &request->root},  {'w', &request->password_file},
    };

    for (size_t i = 0; i < COUNT(values); i++)
        if (values[i].letter == letter)
            *values[i].value = optarg;
}

static bool take_option(struct reading *reading, int letter)
{
    size_t count = strlen(reading->given);

    if (letter == '?')
        return false;
    if (is_one_of(letter, "mtDASFufvw") && count + 1 < sizeof reading->given)
        reading->given[count] = (char)letter;
    if (is_one_of(letter, "aelr"))
        return set_action(reading, letter);
    if (letter == 'k') {
        if (strcmp(optarg, "s") == 0 || strcmp(optarg, "c") == 0)
            return set_action(reading, optarg[0]);
        ikecert_complain("found \"-k%s\"; expected -ks or -kc", optarg);
        return false;
    }
    if (letter == 'A')
        return set_name(&reading->request->issue, optarg);
    set_value(reading, letter);
    reading->request->is_verbose |= letter == 'v';
    reading->request->is_json |= letter == OPTION_JSON;
    reading->wants_help |= letter == 'h';
    reading->wants_token |= is_one_of(letter, "TpUCL");
    return true;
}

static bool set_type(struct reading *reading)
{
    struct ikecert_request *request = reading->request;
    char known[256] = "";
    struct text text = text_over(known, sizeof known);

    request->issue.signature =
        reading->type ? signature_kind_find(reading->type) : &signature_kinds[0];
    if (request->issue.signature)
        return true;
    for (size_t i = 0; i < signature_kind_count; i++)
        text_add(&text, "%s%s", i ? ", " : "", signature_kinds[i].word);
    ikecert_complain("-t: found \"%s\"; expected one of %s", reading->type, known);
    return false;
}

/* Which sizes there are depends on the kind of key. */
static bool set_bits(struct reading *reading)
{
    struct ikecert_request *request = reading->request;
    const struct signature_kind *kind = request->issue.signature;
    const struct key_limits *sizes = key_limits(kind->family);
    char *end = NULL;
    unsigned long bits = kind->key_bits;

    if (reading->bits)
        bits = reading->bits[0] >= '0' && reading->bits[0] <= '9' ? strtoul(reading->bits, &end, 10)
                                                                  : 0;
    if (reading->bits && (bits == 0 || *end != '\0'))
        bits = 0;
    if (kind->group && bits != kind->key_bits) {
        ikecert_complain("-m: found \"%s\"; a key of %s has %u bits", reading->bits, kind->word,
                         kind->key_bits);
        return false;
    }
    if (kind->family == KEY_DSA && bits % 1024 != 0)
        bits = 0;
    if (bits < sizes->least_bits || bits > sizes->most_bits || (!kind->group && bits % 8 != 0)) {
        ikecert_complain("-m: found \"%s\"; expected %u to %u for %s%s", reading->bits,
                         sizes->least_bits, sizes->most_bits, sizes->word,
                         kind->family == KEY_DSA ? ", in steps of 1024" : ", a multiple of 8");
        return false;
    }
    request->key_bits = (unsigned)bits;
    return true;
}

static bool set_use(struct reading *reading)
{
    struct issue *issue = &reading->request->issue;

    if (!reading->use)
        return true;
    if (strcmp(reading->use, "sign") == 0) {
        issue->use = ISSUE_USE_SIGN;
        return true;
    }
    if (strcmp(reading->use, "encrypt") != 0) {
        ikecert_complain("-u: found \"%s\"; expected sign or encrypt", reading->use);
        return false;
    }
    if (issue->signature->family != KEY_RSA) {
        ikecert_complain("-u encrypt: a key of %s cannot encrypt; expected one of rsa-sha256, "
                         "rsa-sha384, rsa-sha512 after -t",
                         issue->signature->word);
        return false;
    }
    issue->use = ISSUE_USE_ENCRYPT;
    return true;
}

static bool set_form(struct reading *reading)
{
    struct ikecert_request *request = reading->request;
    bool is_key = request->kind == KEYSTORE_KEY && reading->action == 'e';
    const char *binary = is_key ? "pkcs8" : "ber";

    if (!reading->form || strcmp(reading->form, "pem") == 0) {
        request->form = reading->form ? FORM_PEM : FORM_DEFAULT;
        return true;
    }
    if (strcmp(reading->form, binary) == 0 || strcmp(reading->form, "ber") == 0) {
        request->form = FORM_DER;
        return true;
    }
    ikecert_complain("-f: found \"%s\"; expected pem or %s", reading->form, binary);
    return false;
}

/* The row of what was asked; NULL after a line. */
static const struct action *action_of(const struct reading *reading, const char *database)
{
    const struct ikecert_request *request = reading->request;
    const struct action *found = NULL;

    for (size_t i = 0; i < COUNT(actions); i++)
        if (actions[i].letter == reading->action && (actions[i].kinds & BIT(request->kind)))
            found = &actions[i];
    if (!found) {
        ikecert_complain("%s: expected one of %s", database,
                         request->kind == KEYSTORE_KEY ? "-a -e -h -kc -ks -l -r"
                                                       : "-a -e -h -l -r");
        return NULL;
    }
    for (const char *letter = reading->given; *letter; letter++) {
        if (!strchr(found->takes, *letter)) {
            ikecert_complain("%s %s does not take %s%c; 'ikecert %s -h' shows what it does",
                             database, found->option, *letter == 'w' ? "--password-file, -" : "-",
                             *letter, database);
            return NULL;
        }
    }
    if (request->word_count < found->least_words || request->word_count > found->most_words) {
        ikecert_complain("%s %s: expected %s", database, found->option,
                         found->most_words == 0                    ? "no further words"
                         : request->kind == KEYSTORE_KEY           ? "one slot number"
                         : request->word_count > found->most_words ? "fewer words"
                                                                   : "a certspec");
        return NULL;
    }
    return found;
}

static int run(const char *database, struct reading *reading)
{
    const struct action *action;

    if (reading->wants_help) {
        fputs(helps[reading->request->kind], stdout);
        return ikecert_flush() ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (reading->wants_token) {
        ikecert_complain("no token library is configured: keys and certificates are in files, and "
                         "-T -p -C -L -U are not taken");
        return EXIT_FAILURE;
    }
    action = action_of(reading, database);
    if (!action || !set_type(reading) || !set_bits(reading) || !set_use(reading) ||
        !set_form(reading))
        return EXIT_FAILURE;
    return action->run(reading->request);
}

int main(int argc, char **argv)
{
    struct ikecert_request request = {.root = ""};
    struct reading reading = {.request = &request};
    const char *database = argc > 1 ? argv[1] : "";
    char name[] = "ikecert";
    bool is_known = false;
    int letter;

    if (strcmp(database, "tokens") == 0) {
        ikecert_complain("no token library is configured: keys and certificates are in files");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < COUNT(databases); i++) {
        if (strcmp(database, databases[i].word) == 0) {
            request.kind = databases[i].kind;
            is_known = true;
        }
    }
    if (!is_known) {
        fputs(usage, stdout);
        return EXIT_FAILURE;
    }
    argv[1] = name; /* getopt's messages begin with it */
    while ((letter = getopt_long(argc - 1, argv + 1, "aehlrk:t:m:D:A:S:F:f:vu:T:pUCL", long_options,
                                 NULL)) != -1)
        if (!take_option(&reading, letter))
            return EXIT_FAILURE;
    request.words = argv + 1 + optind;
    request.word_count = (size_t)(argc - 1 - optind);
    return run(database, &reading);
}
