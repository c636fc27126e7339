#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/ipsecconf_private.h"

#define ERROR_BYTES 4096u

static const char usage[] =
    "Usage: ipsecconf\n"
    "       ipsecconf -a FILE [-q]\n"
    "       ipsecconf -a FILE -f [-q] | -F -a FILE [-q]\n"
    "       ipsecconf -a FILE -f --boot\n"
    "       ipsecconf -c FILE [--strict-solaris] [-q]\n"
    "       ipsecconf -r FILE [-q]\n"
    "       ipsecconf -d INDEX [-i TUNNEL] | -d TUNNEL,INDEX\n"
    "       ipsecconf -f [-i TUNNEL]\n"
    "       ipsecconf -F\n"
    "       ipsecconf -l [-i TUNNEL] [-n]\n"
    "       ipsecconf -L [-n]\n"
    "       ipsecconf [-c FILE] explain PACKET [--json] [-n]\n"
    "PACKET is [in|out] [PROTOCOL] FROM[:PORT] [to] TO[:PORT] [type N] [code N]\n"
    "[dev DEVICE], FROM and TO as in the packet.\n"
    "FILE - is the standard input.\n";

void ipsecconf_complain(const char *format, ...)
{
    va_list arguments;

    fputs("ipsecconf: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* The letters given, before they are made one command. */
struct letters {
    const char *add_file;
    const char *check_file;
    const char *remove_file;
    const char *delete_index;
    const char *tunnel;
    bool flush, flush_all, list, list_all;
    bool quiet, numeric, strict, boot, json;
    char **packet; /* the words after explain */
    size_t packet_count;
    bool explain;
};

enum {
    OPTION_STRICT = 256,
    OPTION_BOOT,
    OPTION_JSON,
};

static const struct option long_options[] = {
    {"strict-solaris", no_argument, NULL, OPTION_STRICT},
    {"boot", no_argument, NULL, OPTION_BOOT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Where a letter's argument goes, or the fact that it was given. */
static void letter_take(int letter, struct letters *letters)
{
    const struct {
        int letter;
        const char **argument;
        bool *flag;
    } table[] = {
        {'a', &letters->add_file, NULL},     {'c', &letters->check_file, NULL},
        {'r', &letters->remove_file, NULL},  {'d', &letters->delete_index, NULL},
        {'i', &letters->tunnel, NULL},       {'f', NULL, &letters->flush},
        {'F', NULL, &letters->flush_all},    {'l', NULL, &letters->list},
        {'L', NULL, &letters->list_all},     {'n', NULL, &letters->numeric},
        {'q', NULL, &letters->quiet},        {OPTION_STRICT, NULL, &letters->strict},
        {OPTION_BOOT, NULL, &letters->boot}, {OPTION_JSON, NULL, &letters->json},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        if (table[i].letter != letter)
            continue;
        if (table[i].argument)
            *table[i].argument = optarg;
        else
            *table[i].flag = true;
    }
}

static bool letters_read(int argc, char **argv, struct letters *letters)
{
    int letter;

    while ((letter = getopt_long(argc, argv, "a:c:d:fFhi:lLnqr:", long_options, NULL)) != -1) {
        if (letter == '?')
            return false;
        if (letter == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        }
        letter_take(letter, letters);
    }
    if (optind < argc && strcmp(argv[optind], "explain") == 0) {
        letters->explain = true;
        letters->packet = argv + optind + 1;
        letters->packet_count = (size_t)(argc - optind - 1);
        return letters->packet_count > 0;
    }
    return optind == argc;
}

/* Options that go with some commands only. */
static bool letters_fit(const struct letters *letters, enum ipsecconf_verb verb)
{
    bool is_list = verb == IPSECCONF_LIST || verb == IPSECCONF_LIST_ALL;
    bool takes_tunnel =
        verb == IPSECCONF_LIST || verb == IPSECCONF_FLUSH || verb == IPSECCONF_DELETE;

    return (!letters->numeric || is_list || verb == IPSECCONF_EXPLAIN) &&
           (!letters->tunnel || takes_tunnel) && (!letters->strict || verb == IPSECCONF_CHECK) &&
           (!letters->boot || verb == IPSECCONF_REPLACE) &&
           (!letters->json || verb == IPSECCONF_EXPLAIN);
}

/* "INDEX" or "TUNNEL,INDEX". */
static bool index_of(const struct letters *letters, struct ipsecconf_request *request)
{
    const char *comma = strrchr(letters->delete_index, ',');
    const char *digits = comma ? comma + 1 : letters->delete_index;
    unsigned long long index = 0;
    char *end = NULL;

    if (digits[0] >= '1' && digits[0] <= '9')
        index = strtoull(digits, &end, 10);
    if (index == 0 || index > UINT32_MAX || *end != '\0' || (comma && letters->tunnel) ||
        comma == letters->delete_index) {
        ipsecconf_complain("Invalid index");
        return false;
    }
    request->index = (uint32_t)index;
    if (comma)
        (void)snprintf(request->index_tunnel, sizeof request->index_tunnel, "%.*s",
                       (int)(comma - letters->delete_index), letters->delete_index);
    if (comma)
        request->tunnel = request->index_tunnel;
    return true;
}

enum request_status {
    REQUEST_OK,
    REQUEST_SAID,  /* what is wrong was said */
    REQUEST_USAGE, /* nothing that can be meant */
};

static enum request_status request_of(const struct letters *letters,
                                      struct ipsecconf_request *request)
{
    bool is_replacing = letters->add_file && (letters->flush || letters->flush_all);
    const struct {
        bool is_given;
        enum ipsecconf_verb verb;
    } commands[] = {
        {letters->check_file && !letters->explain, IPSECCONF_CHECK},
        {is_replacing, IPSECCONF_REPLACE},
        {letters->add_file && !is_replacing, IPSECCONF_ADD},
        {letters->remove_file != NULL, IPSECCONF_REMOVE},
        {letters->delete_index != NULL, IPSECCONF_DELETE},
        {!letters->add_file && letters->flush, IPSECCONF_FLUSH},
        {!letters->add_file && letters->flush_all, IPSECCONF_FLUSH_ALL},
        {letters->list, IPSECCONF_LIST},
        {letters->list_all, IPSECCONF_LIST_ALL},
        {letters->explain, IPSECCONF_EXPLAIN},
    };
    size_t given = 0;

    request->verb = IPSECCONF_SHOW;
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (!commands[i].is_given)
            continue;
        request->verb = commands[i].verb;
        given++;
    }
    if (given > 1) {
        ipsecconf_complain("Multiple commands specified");
        return REQUEST_USAGE;
    }
    if (!letters_fit(letters, request->verb))
        return REQUEST_USAGE;
    request->file = letters->check_file    ? letters->check_file
                    : letters->remove_file ? letters->remove_file
                                           : letters->add_file;
    request->tunnel = letters->tunnel ? letters->tunnel : "";
    request->dialect = letters->strict ? CONFIG_STRICT_SOLARIS : CONFIG_ENTENTE;
    request->is_quiet = letters->quiet;
    request->is_numeric = letters->numeric;
    request->is_boot = letters->boot;
    request->keeps_copy = request->verb == IPSECCONF_REPLACE && strcmp(letters->add_file, "-") != 0;
    request->is_json = letters->json;
    request->packet = letters->packet;
    request->packet_count = letters->packet_count;
    if (request->verb == IPSECCONF_DELETE && !index_of(letters, request))
        return REQUEST_SAID;
    return REQUEST_OK;
}

static int run(const struct ipsecconf_request *request)
{
    switch (request->verb) {
    case IPSECCONF_ADD:
    case IPSECCONF_REPLACE:
    case IPSECCONF_REMOVE:
    case IPSECCONF_DELETE:
    case IPSECCONF_FLUSH:
    case IPSECCONF_FLUSH_ALL:
        if (geteuid() == 0)
            return request->is_boot ? ipsecconf_boot(request) : ipsecconf_change(request);
        ipsecconf_complain("Insufficient privileges to change the IPsec policy: run it as root.");
        return EXIT_FAILURE;
    case IPSECCONF_CHECK:
        return ipsecconf_check(request);
    case IPSECCONF_EXPLAIN:
        return ipsecconf_explain(request);
    case IPSECCONF_SHOW:
    case IPSECCONF_LIST:
    case IPSECCONF_LIST_ALL:
        break;
    }
    return ipsecconf_list(request);
}

int main(int argc, char **argv)
{
    struct letters letters = {0};
    struct ipsecconf_request request = {0};
    enum request_status status = REQUEST_USAGE;
    char buffer[ERROR_BYTES] = "";
    struct text error = text_over(buffer, sizeof buffer);

    if (letters_read(argc, argv, &letters))
        status = request_of(&letters, &request);
    if (status == REQUEST_USAGE)
        fputs(usage, stderr);
    if (status != REQUEST_OK)
        return EXIT_FAILURE;
    defaults_init(&request.defaults);
    /* A check says what is wrong with one file only, whatever this machine is set to. */
    if (!letters.check_file &&
        defaults_read(DEFAULTS_FILE, &request.defaults, &error) != STATUS_OK) {
        ipsecconf_complain("%s", buffer);
        return EXIT_FAILURE;
    }
    return run(&request);
}
