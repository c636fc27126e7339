#include "control/defaults.h"

#include <stdlib.h>
#include <unistd.h>

#include "contract/event.h"
#include "support/test.h"

static enum status parse(const char *text, struct defaults *defaults, char line[1024])
{
    struct text error = text_over(line, 1024);

    return defaults_parse(view_of_text(text), "ike", defaults, &error);
}

static void built_in_values_are_those_of_the_manual(void **state)
{
    struct defaults defaults;

    (void)state;
    defaults_init(&defaults);
    assert_string_equal(defaults.config_file, "/etc/inet/ike/config");
    assert_string_equal(defaults.run_dir, "/run");
    assert_string_equal(defaults.debug_logfile, "");
    assert_int_equal(defaults.debug_bits, CATEGORY_OP);
    assert_int_equal(defaults.admin_privilege, PRIVILEGE_BASE);
    assert_int_equal(defaults.data_plane, PLANE_AUTO);
    assert_int_equal(defaults.nat_traversal, NAT_AUTO);
    assert_false(defaults.ignores_errors);
}

static void every_key_is_read(void **state)
{
    struct defaults defaults;
    char line[1024];

    (void)state;
    defaults_init(&defaults);
    assert_int_equal(parse("# properties\r\n\n  config_file=/a/b  \nadmin_privilege=keymat\n"
                           "debug_level=\"p1+p2\"\ndebug_logfile=/var/log/in.iked.log\n"
                           "ignore_errors=true\ndata_plane='user'\nnat_traversal=off\n"
                           "run_dir=/run/ike",
                           &defaults, line),
                     STATUS_OK);
    assert_string_equal(defaults.config_file, "/a/b");
    assert_int_equal(defaults.admin_privilege, PRIVILEGE_KEYMAT);
    assert_int_equal(defaults.debug_bits, CATEGORY_P1 | CATEGORY_P2);
    assert_string_equal(defaults.debug_logfile, "/var/log/in.iked.log");
    assert_true(defaults.ignores_errors);
    assert_int_equal(defaults.data_plane, PLANE_USER);
    assert_int_equal(defaults.nat_traversal, NAT_OFF);
    assert_string_equal(defaults.run_dir, "/run/ike");
}

static void every_mistake_is_said_and_nothing_is_applied(void **state)
{
    struct defaults defaults;
    char line[1024];

    (void)state;
    defaults_init(&defaults);
    assert_int_equal(parse("config_file=/other\nrun_dir=run\nnonsense\ndata_plan=user\n"
                           "data_plane=kernel\nignore_errors=yes\ndebug_level=oops\n"
                           "nat_traversal=on\nadmin_privilege=root\n",
                           &defaults, line),
                     STATUS_MALFORMED);
    assert_string_equal(defaults.config_file, "/etc/inet/ike/config");
    assert_string_equal(
        line, "ike:2: found \"run\"; run_dir is an absolute path\n"
              "ike:3: found \"nonsense\"; a line is KEY=VALUE\n"
              "ike:4: found \"data_plan\"; a key is one of config_file, admin_privilege, "
              "debug_level, debug_logfile, ignore_errors, data_plane, nat_traversal, run_dir\n"
              "ike:5: found \"kernel\"; data_plane is one of auto, user, xfrm\n"
              "ike:6: found \"yes\"; ignore_errors is true or false\n"
              "ike:7: found \"oops\"; debug_level is a debug level such as op or all-op\n"
              "ike:8: found \"on\"; nat_traversal is one of auto, force, off\n"
              "ike:9: found \"root\"; admin_privilege is one of base, modkeys, keymat");
}

static void long_lines_and_nul_are_mistakes(void **state)
{
    struct defaults defaults;
    char long_line[2000], line[1024] = "";
    struct text error = text_over(line, sizeof line);

    (void)state;
    defaults_init(&defaults);
    memset(long_line, 'a', sizeof long_line - 1);
    long_line[sizeof long_line - 1] = '\0';
    (void)snprintf(long_line, sizeof "run_dir=/", "%s", "run_dir=/");
    long_line[sizeof "run_dir=/" - 1] = 'a';
    assert_int_equal(defaults_parse(view_of_text(long_line), "ike", &defaults, &error),
                     STATUS_MALFORMED);
    assert_int_equal(defaults_parse(view_of("run_dir=/\0x", 11), "ike", &defaults, &error),
                     STATUS_MALFORMED);
    assert_int_equal(defaults_parse(view_of(long_line, 9 + 300), "ike", &defaults, &error),
                     STATUS_MALFORMED); /* fits a line, not a path */
    assert_string_equal(defaults.run_dir, "/run");
}

static void an_absent_file_changes_nothing(void **state)
{
    struct defaults defaults;
    char line[1024] = "";
    struct text error = text_over(line, sizeof line);

    (void)state;
    defaults_init(&defaults);
    assert_int_equal(defaults_read("/nonexistent/ike", &defaults, &error), STATUS_OK);
    assert_string_equal(defaults.run_dir, "/run");
    assert_int_equal(defaults_read("/", &defaults, &error), STATUS_SYSTEM);
    assert_string_equal(line, "/: Is a directory");
}

static void a_file_is_read(void **state)
{
    char path[] = "/tmp/defaults_testXXXXXX";
    int fd = mkstemp(path);
    struct defaults defaults;
    char line[1024] = "";
    struct text error = text_over(line, sizeof line);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "run_dir=/run/x\n", 15), 15);
    close(fd);
    defaults_init(&defaults);
    assert_int_equal(defaults_read(path, &defaults, &error), STATUS_OK);
    assert_string_equal(defaults.run_dir, "/run/x");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_values_are_those_of_the_manual),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(every_mistake_is_said_and_nothing_is_applied),
        cmocka_unit_test(long_lines_and_nul_are_mistakes),
        cmocka_unit_test(an_absent_file_changes_nothing),
        cmocka_unit_test(a_file_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
