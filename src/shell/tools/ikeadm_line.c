#include "tools/ikeadm_line.h"

#include <string.h>

size_t line_split(char *line, char *words[COMMAND_WORDS_MOST])
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
            return LINE_UNBALANCED;
        words[count++] = to;
        for (; *from && (is_quoted || (*from != ' ' && *from != '\t')); from++) {
            if (*from == '"')
                is_quoted = !is_quoted;
            else
                *to++ = *from;
        }
        if (is_quoted)
            return LINE_UNBALANCED;
        if (*from)
            from++;
        *to++ = '\0';
    }
}

bool line_read(FILE *in, FILE *messages, char line[LINE_MOST_BYTES])
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
            fprintf(messages, "ikeadm: Error: a line has at most %u octets\n", LINE_MOST_BYTES - 1);
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
