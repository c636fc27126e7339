#include "daemon/options.h"

#include "contract/event.h"
#include "support/test.h"

#define WORDS_MOST 8

/* Parses "in.iked" and the words. */
static enum status parse(const char *const words[WORDS_MOST], struct options *options,
                         char line[512])
{
    struct text error = text_over(line, 512);
    char storage[WORDS_MOST + 1][64];
    char *argv[WORDS_MOST + 2] = {NULL};
    int argc = 0;

    strcpy(storage[0], "in.iked");
    argv[argc++] = storage[0];
    for (size_t i = 0; i < WORDS_MOST && words[i]; i++) {
        strcpy(storage[argc], words[i]);
        argv[argc] = storage[argc];
        argc++;
    }
    *options = (struct options){.action = ACTION_RUN};
    defaults_init(&options->defaults);
    return options_parse(argc, argv, options, &error);
}

static void without_options_the_daemon_runs_by_its_properties(void **state)
{
    static const char *const words[WORDS_MOST] = {NULL};
    struct options options;
    char line[512];

    (void)state;
    assert_int_equal(parse(words, &options, line), STATUS_OK);
    assert_int_equal(options.action, ACTION_RUN);
    assert_string_equal(options.defaults.config_file, "/etc/inet/ike/config");
    assert_false(options.is_foreground);
    assert_int_equal(options.defaults.debug_bits, CATEGORY_OP);
}

static void options_win_over_properties(void **state)
{
    static const char *const words[WORDS_MOST] = {
        "-f", "/tmp/c", "-p", "keymat", "--data-plane=user", "--foreground", "--single-process"};
    struct options options;
    char line[512];

    (void)state;
    assert_int_equal(parse(words, &options, line), STATUS_OK);
    assert_string_equal(options.defaults.config_file, "/tmp/c");
    assert_int_equal(options.defaults.admin_privilege, PRIVILEGE_KEYMAT);
    assert_true(options.sets_privilege);
    assert_int_equal(options.defaults.data_plane, PLANE_USER);
    assert_true(options.is_foreground);
}

static void d_is_all_categories_at_the_terminal(void **state)
{
    static const char *const words[WORDS_MOST] = {"-d"};
    struct options options;
    char line[512];

    (void)state;
    assert_int_equal(parse(words, &options, line), STATUS_OK);
    assert_true(options.is_foreground && options.is_debugging);
    assert_int_equal(options.defaults.debug_bits, CATEGORY_ALL);
}

static void every_action_has_its_option(void **state)
{
    static const struct {
        const char *words[WORDS_MOST];
        enum daemon_action action;
    } cases[] = {
        {{"-c"}, ACTION_CHECK},
        {{"-c", "--strict-solaris"}, ACTION_CHECK},
        {{"-V"}, ACTION_VERSION},
        {{"--help"}, ACTION_HELP},
        {{"--replay", "t"}, ACTION_REPLAY},
        {{"--trace", "t"}, ACTION_RUN},
    };
    struct options options;
    char line[512];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (parse(cases[i].words, &options, line) != STATUS_OK || options.action != cases[i].action)
            fail_msg("%s", cases[i].words[0]);
}

static void mistakes_are_said(void **state)
{
    static const struct {
        const char *words[WORDS_MOST];
        const char *line;
    } cases[] = {
        {{"-x"}, "found \"-x\"; there is no such option"},
        {{"--no-such"}, "found \"--no-such\"; there is no such option"},
        {{"-cx"}, "found \"-x\"; there is no such option"},
        {{"--trace"}, "found \"--trace\"; this option takes a value"},
        {{"-f"}, "found \"-f\"; this option takes a value"},
        {{"-f", ""}, "found \"\"; -f takes the name of a file, shorter than 256 octets"},
        {{"-p", "3"}, "found \"3\"; -p is one of 0, 1, 2, base, modkeys, keymat"},
        {{"--data-plane", "kernel"}, "found \"kernel\"; --data-plane is one of auto, user, xfrm"},
        {{"-c", "config"}, "found \"config\"; in.iked takes options only"},
        {{"--strict-solaris"}, "found \"--strict-solaris\"; it goes with -c"},
    };
    struct options options;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[512] = "";

        assert_int_equal(parse(cases[i].words, &options, line), STATUS_MALFORMED);
        assert_string_equal(line, cases[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_the_daemon_runs_by_its_properties),
        cmocka_unit_test(options_win_over_properties),
        cmocka_unit_test(d_is_all_categories_at_the_terminal),
        cmocka_unit_test(every_action_has_its_option),
        cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
