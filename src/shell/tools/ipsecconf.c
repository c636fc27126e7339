#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/ipsecconf_private.h"

#define ERROR_BYTES 4096u

static const char usage[] = "Usage: ipsecconf\n"
                            "       ipsecconf -a FILE [-q]\n"
                            "       ipsecconf -a FILE -f [-q] | -F -a FILE [-q]\n"
                            "       ipsecconf -c FILE [--strict-solaris] [-q]\n"
                            "       ipsecconf -f [-i TUNNEL]\n"
                            "       ipsecconf -F\n"
                            "       ipsecconf -l [-i TUNNEL] [-n]\n"
                            "       ipsecconf -L [-n]\n"
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
    const char *tunnel;
    bool flush, flush_all, list, list_all;
    bool quiet, numeric, strict;
};

enum {
    OPTION_STRICT = 256,
};

static const struct option long_options[] = {
    {"strict-solaris", no_argument, NULL, OPTION_STRICT},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool letters_read(int argc, char **argv, struct letters *letters)
{
    int letter;

    while ((letter = getopt_long(argc, argv, "a:c:fFhi:lLnq", long_options, NULL)) != -1) {
        switch (letter) {
        case 'a':
            letters->add_file = optarg;
            break;
        case 'c':
            letters->check_file = optarg;
            break;
        case 'f':
            letters->flush = true;
            break;
        case 'F':
            letters->flush_all = true;
            break;
        case 'i':
            letters->tunnel = optarg;
            break;
        case 'l':
            letters->list = true;
            break;
        case 'L':
            letters->list_all = true;
            break;
        case 'n':
            letters->numeric = true;
            break;
        case 'q':
            letters->quiet = true;
            break;
        case OPTION_STRICT:
            letters->strict = true;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            return false;
        }
    }
    return optind == argc;
}

/* False when the letters are no command, or more than one; that has been said. */
static bool request_of(const struct letters *letters, struct ipsecconf_request *request)
{
    const struct {
        bool is_given;
        enum ipsecconf_verb verb;
    } commands[] = {
        {letters->check_file != NULL, IPSECCONF_CHECK},
        {letters->add_file && (letters->flush || letters->flush_all), IPSECCONF_REPLACE},
        {letters->add_file && !letters->flush && !letters->flush_all, IPSECCONF_ADD},
        {!letters->add_file && letters->flush, IPSECCONF_FLUSH},
        {!letters->add_file && letters->flush_all, IPSECCONF_FLUSH_ALL},
        {letters->list, IPSECCONF_LIST},
        {letters->list_all, IPSECCONF_LIST_ALL},
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
        return false;
    }
    if ((letters->numeric && request->verb != IPSECCONF_LIST &&
         request->verb != IPSECCONF_LIST_ALL) ||
        (letters->tunnel && request->verb != IPSECCONF_LIST && request->verb != IPSECCONF_FLUSH) ||
        (letters->strict && request->verb != IPSECCONF_CHECK))
        return false;
    request->file = letters->check_file ? letters->check_file : letters->add_file;
    request->tunnel = letters->tunnel ? letters->tunnel : "";
    request->dialect = letters->strict ? CONFIG_STRICT_SOLARIS : CONFIG_ENTENTE;
    request->is_quiet = letters->quiet;
    request->is_numeric = letters->numeric;
    return true;
}

static int run(const struct ipsecconf_request *request)
{
    switch (request->verb) {
    case IPSECCONF_ADD:
    case IPSECCONF_REPLACE:
    case IPSECCONF_FLUSH:
    case IPSECCONF_FLUSH_ALL:
        if (geteuid() == 0)
            return ipsecconf_change(request);
        ipsecconf_complain("Insufficient privileges to change the IPsec policy: run it as root.");
        return EXIT_FAILURE;
    case IPSECCONF_CHECK:
        return ipsecconf_check(request);
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
    char buffer[ERROR_BYTES] = "";
    struct text error = text_over(buffer, sizeof buffer);

    if (!letters_read(argc, argv, &letters) || !request_of(&letters, &request)) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    defaults_init(&request.defaults);
    /* A check says what is wrong with one file only, whatever this machine is set to. */
    if (request.verb != IPSECCONF_CHECK &&
        defaults_read(DEFAULTS_FILE, &request.defaults, &error) != STATUS_OK) {
        ipsecconf_complain("%s", buffer);
        return EXIT_FAILURE;
    }
    return run(&request);
}
