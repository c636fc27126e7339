#include "tools/ikeadm_line.h"

#include <stdlib.h>

#include "support/test.h"

static void a_line_is_cut_at_blanks_outside_quotes(void **state)
{
    static const struct {
        const char *line;
        size_t count;
        const char *words[4];
    } cases[] = {
        {"get stats", 2, {"get", "stats"}},
        {"  get \t p1   a b ", 4, {"get", "p1", "a", "b"}},
        {"get rule \"two words\"", 3, {"get", "rule", "two words"}},
        {"get rule a\"b c\"d", 3, {"get", "rule", "ab cd"}},
        {"get rule \"\"", 3, {"get", "rule", ""}},
        {"", 0, {NULL}},
        {" \t ", 0, {NULL}},
        {"get \"rule", LINE_UNBALANCED, {NULL}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[64];
        char *words[COMMAND_WORDS_MOST];

        strcpy(line, cases[i].line);
        if (line_split(line, words) != cases[i].count)
            fail_msg("%s", cases[i].line);
        for (size_t k = 0; k < 4 && cases[i].words[k]; k++)
            assert_string_equal(words[k], cases[i].words[k]);
    }
}

static void more_words_than_there_is_room_for_are_refused(void **state)
{
    char line[LINE_MOST_BYTES] = "";
    char *words[COMMAND_WORDS_MOST];

    (void)state;
    for (size_t i = 0; i < COMMAND_WORDS_MOST; i++)
        strcat(line, "a ");
    assert_int_equal(line_split(line, words), COMMAND_WORDS_MOST);
    *line = '\0';
    for (size_t i = 0; i <= COMMAND_WORDS_MOST; i++)
        strcat(line, "a ");
    assert_int_equal(line_split(line, words), LINE_UNBALANCED);
}

static FILE *input_of(const char *text, size_t bytes)
{
    FILE *in = tmpfile();

    assert_non_null(in);
    assert_int_equal(fwrite(text, 1, bytes, in), bytes);
    rewind(in);
    return in;
}

static void a_backslash_joins_the_next_line(void **state)
{
    static const char text[] = "get \\\ndebug\nset\\\\\nlast";
    FILE *in = input_of(text, sizeof text - 1);
    char line[LINE_MOST_BYTES];

    (void)state;
    assert_true(line_read(in, stderr, line));
    assert_string_equal(line, "get debug");
    assert_true(line_read(in, stderr, line));
    assert_string_equal(line, "set\\last"); /* the second backslash joins */
    assert_false(line_read(in, stderr, line));
    fclose(in);
}

static void a_line_over_4095_octets_is_left_out(void **state)
{
    char *text = malloc(10000);
    FILE *in, *messages = tmpfile();
    char line[LINE_MOST_BYTES];

    (void)state;
    memset(text, 'a', 9999);
    text[9990] = '\n';
    in = input_of(text, 9999);
    assert_true(line_read(in, messages, line));
    assert_string_equal(line, "");
    assert_true(ftell(messages) > 0);
    assert_true(line_read(in, messages, line));
    assert_string_equal(line, "aaaaaaaa");
    fclose(in);
    fclose(messages);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cut_at_blanks_outside_quotes),
        cmocka_unit_test(more_words_than_there_is_room_for_are_refused),
        cmocka_unit_test(a_backslash_joins_the_next_line),
        cmocka_unit_test(a_line_over_4095_octets_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
