#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/event.h"

/*
 * Prints a manual page with the table of events in place of the line @EVENTS@: the page cannot say
 * anything else than the daemon.
 */

static const struct {
    enum event_severity severity;
    const char *name;
} severities[] = {
    {SEVERITY_DEBUG, "debug"},     {SEVERITY_INFO, "info"},   {SEVERITY_NOTICE, "notice"},
    {SEVERITY_WARNING, "warning"}, {SEVERITY_ERROR, "error"}, {SEVERITY_ALERT, "alert"},
};

static const char *severity_name(enum event_severity severity)
{
    for (size_t i = 0; i < COUNT(severities); i++)
        if (severities[i].severity == severity)
            return severities[i].name;
    return "";
}

/* A sentence with its {fields} in italics. */
static void print_sentence(const char *sentence)
{
    for (const char *at = sentence; *at; at++) {
        switch (*at) {
        case '{':
            fputs("\\fI", stdout);
            break;
        case '}':
            fputs("\\fR", stdout);
            break;
        case '\\':
            fputs("\\e", stdout);
            break;
        case '"':
            fputs("\\(dq", stdout);
            break;
        default:
            putchar(*at);
        }
    }
    putchar('\n');
}

static void print_event(const struct event_row *row)
{
    printf(".TP\n.BR %s \" (%s;", row->name, severity_name(row->severity));
    for (size_t i = 0; i < category_count; i++)
        if (row->category & category_table[i].bit)
            printf(" %s", category_table[i].words[0]);
    puts(")\"");
    print_sentence(row->sentence);
}

int main(int argc, char **argv)
{
    FILE *page = argc == 2 ? fopen(argv[1], "re") : NULL;
    char line[1024];

    if (!page) {
        fputs("usage: event_page TEMPLATE\n", stderr);
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, page)) {
        if (strcmp(line, "@EVENTS@\n") != 0)
            fputs(line, stdout);
        else
            for (size_t i = 0; i < EVENT_KIND_COUNT; i++)
                print_event(&event_table[i]);
    }
    fclose(page);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
