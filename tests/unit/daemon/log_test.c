#include "daemon/log.h"

#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/test.h"

/* A log into a file that can be read back. */
struct target {
    char path[32];
    struct log log;
};

static void target_open(struct target *target, uint32_t bits)
{
    int fd;

    strcpy(target->path, "/tmp/log_testXXXXXX");
    fd = mkstemp(target->path);
    assert_true(fd >= 0);
    log_init(&target->log, bits);
    log_set_descriptor(&target->log, fd);
}

static void target_close(struct target *target, char out[8192])
{
    int fd = open(target->path, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, out, 8191);

    out[got < 0 ? 0 : got] = '\0';
    close(fd);
    log_clear(&target->log);
    unlink(target->path);
}

static bool matches(const char *text, const char *pattern)
{
    regex_t compiled;
    bool result;

    assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    result = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return result;
}

static void a_line_has_its_time(void **state)
{
    struct target target;
    char out[8192];

    (void)state;
    target_open(&target, CATEGORY_OP);
    log_line(&target.log, SEVERITY_INFO, "hello");
    log_format(&target.log, SEVERITY_INFO, "%d and %s", 7, "more");
    target_close(&target, out);
    assert_true(matches(out, "^20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} hello\n20[-0-9]* [0-9:]* 7 "
                             "and more\n$"));
}

static void sec_161_no_octet_makes_a_second_line(void **state)
{
    struct target target;
    char out[8192];

    (void)state;
    target_open(&target, CATEGORY_OP);
    log_line(&target.log, SEVERITY_INFO, "a\nb\033[2J\x80 \"q\" \\ %n");
    target_close(&target, out);
    assert_non_null(strstr(out, " a\\x0ab\\x1b[2J\\x80 \"q\" \\ %n\n"));
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    struct target target;
    char out[8192], line[8000];

    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    target_open(&target, CATEGORY_OP);
    log_line(&target.log, SEVERITY_INFO, line);
    target_close(&target, out);
    assert_int_equal(strlen(out), 4095);
    assert_int_equal(out[4094], '\n');
}

/* `op` is always said, the others as the level wants. */
static void events_are_said_by_their_category(void **state)
{
    static const struct {
        uint32_t bits;
        enum event_kind kind;
        bool is_said;
    } cases[] = {
        {0, EVENT_MAIN_MODE_ESTABLISHED, true}, {CATEGORY_OP, EVENT_REPEATED, false},
        {CATEGORY_P1, EVENT_REPEATED, true},    {CATEGORY_P2, EVENT_REPEATED, true},
        {CATEGORY_KEY, EVENT_REPEATED, false},  {CATEGORY_P2, EVENT_DROPPED, true},
        {CATEGORY_CERT, EVENT_DROPPED, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target target;
        struct ike_event event = {.kind = cases[i].kind};
        char out[8192];

        target_open(&target, cases[i].bits);
        log_event(&target.log, &event);
        target_close(&target, out);
        if ((*out != '\0') != cases[i].is_said)
            fail_msg("case %zu: %s", i, out);
    }
}

static void a_file_is_made_for_its_owner_only(void **state)
{
    char path[64], line[256] = "";
    struct text error = text_over(line, sizeof line);
    struct log log;

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/log_test.%d", (int)getpid());
    log_init(&log, CATEGORY_OP);
    assert_int_equal(log_open_file(&log, path, &error), STATUS_OK);
    assert_int_equal(log.target, LOG_TARGET_FILE);
    log_clear(&log);
    unlink(path);
    assert_int_equal(log_open_file(&log, "/nonexistent/log", &error), STATUS_SYSTEM);
    assert_string_equal(line, "/nonexistent/log: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_time),
        cmocka_unit_test(sec_161_no_octet_makes_a_second_line),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(events_are_said_by_their_category),
        cmocka_unit_test(a_file_is_made_for_its_owner_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
