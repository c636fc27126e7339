#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/defaults.h"
#include "tools/ikeadm_command.h"
#include "tools/ikeadm_line.h"

#define ERROR_BYTES 4096u
#define PROMPT "ikeadm> "

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Until end of file, exit or quit; a mistake only ends its own command. */
static int interact(const struct session *session, FILE *in)
{
    char line[LINE_MOST_BYTES];
    char *words[COMMAND_WORDS_MOST];

    (void)signal(SIGINT, SIG_IGN);
    for (;;) {
        size_t count;

        fputs(PROMPT, session->layout.out);
        (void)fflush(session->layout.out);
        if (!line_read(in, session->messages, line))
            break;
        if (line[strspn(line, " \t")] == '#')
            continue;
        count = line_split(line, words);
        if (count == LINE_UNBALANCED)
            fputs("ikeadm: Error: unbalanced quotes, or too many words\n", session->messages);
        if (count == 0 || count == LINE_UNBALANCED)
            continue;
        if (!strcmp(words[0], "exit") || !strcmp(words[0], "quit"))
            return EXIT_SUCCESS;
        (void)command_run(session, count, words);
    }
    fputc('\n', session->layout.out);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct defaults defaults;
    struct session session = {.layout = {.out = stdout}, .messages = stderr};
    char line[ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    int option;

    defaults_init(&defaults);
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+hnp", long_options, NULL)) != -1) {
        if (option == 'h')
            return command_help(&session, NULL);
        if (option == 'n')
            session.layout.is_numeric = true;
        else if (option == 'p')
            session.layout.is_paranoid = true;
        else if (option == 'j')
            session.is_json = true;
        else {
            command_usage(&session);
            return EXIT_FAILURE;
        }
    }
    if (defaults_read(DEFAULTS_FILE, &defaults, &error) != STATUS_OK) {
        fprintf(stderr, "ikeadm: %s\n", line);
        return EXIT_FAILURE;
    }
    session.run_dir = defaults.run_dir;
    if (optind == argc) {
        session.is_interactive = true;
        return interact(&session, stdin);
    }
    return command_run(&session, (size_t)(argc - optind), argv + optind);
}
