#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/defaults.h"
#include "tools/ikeadm_command.h"

#define LINE_MOST_BYTES 4096u /* with its newline */
#define ERROR_BYTES 4096u
#define PROMPT "ikeadm> "

static const struct option long_options[] = {
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/*
 * Cuts a line into words in place: blanks part them, '"' groups. Returns their number, or
 * COMMAND_WORDS_MOST + 1 for an open quote or too many.
 */
static size_t split(char *line, char *words[COMMAND_WORDS_MOST])
{
    char *from = line, *to = line;
    size_t count = 0;

    for (;;) {
        bool is_quoted = false;

        while (*from == ' ' || *from == '\t')
            from++;
        if (!*from)
            return count;
        if (count == COMMAND_WORDS_MOST)
            return COMMAND_WORDS_MOST + 1;
        words[count++] = to;
        for (; *from && (is_quoted || (*from != ' ' && *from != '\t')); from++) {
            if (*from == '"')
                is_quoted = !is_quoted;
            else
                *to++ = *from;
        }
        if (is_quoted)
            return COMMAND_WORDS_MOST + 1;
        if (*from)
            from++;
        *to++ = '\0';
    }
}

/*
 * Reads one line, joined to the next while it ends in '\'. False at the end of the input; a line
 * that is too long is left out with a message.
 */
static bool read_line(const struct session *session, FILE *in, char line[LINE_MOST_BYTES])
{
    size_t bytes = 0;

    for (;;) {
        char *newline;

        if (!fgets(line + bytes, (int)(LINE_MOST_BYTES - bytes), in))
            return bytes > 0;
        newline = strchr(line + bytes, '\n');
        if (!newline && !feof(in)) {
            int octet;

            while ((octet = fgetc(in)) != EOF && octet != '\n')
                ;
            fprintf(session->messages, "ikeadm: Error: a line has at most %u octets\n",
                    LINE_MOST_BYTES - 1);
            *line = '\0';
            return true;
        }
        if (newline)
            *newline = '\0';
        bytes += strlen(line + bytes);
        if (bytes == 0 || line[bytes - 1] != '\\')
            return true;
        line[--bytes] = '\0';
    }
}

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
        if (!read_line(session, in, line))
            break;
        if (line[strspn(line, " \t")] == '#')
            continue;
        count = split(line, words);
        if (count > COMMAND_WORDS_MOST)
            fputs("ikeadm: Error: unbalanced quotes, or too many words\n", session->messages);
        if (count == 0 || count > COMMAND_WORDS_MOST)
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
