#include "daemon/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

static char directory[32];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/file_testXXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static const char *path_of(char path[64], const char *name)
{
    (void)snprintf(path, 64, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void sec_151_modes_of_a_secret_are_judged(void **state)
{
    static const struct {
        mode_t mode;
        enum file_trust trust;
        enum status status;
    } cases[] = {
        {0600, FILE_SECRET, STATUS_OK},      {0400, FILE_SECRET, STATUS_OK},
        {0700, FILE_SECRET, STATUS_OK},      {0640, FILE_SECRET, STATUS_REFUSED},
        {0620, FILE_SECRET, STATUS_REFUSED}, {0610, FILE_SECRET, STATUS_REFUSED},
        {0604, FILE_SECRET, STATUS_REFUSED}, {0602, FILE_SECRET, STATUS_REFUSED},
        {0601, FILE_SECRET, STATUS_REFUSED}, {0666, FILE_SECRET, STATUS_REFUSED},
        {0644, FILE_POLICY, STATUS_OK},      {0444, FILE_POLICY, STATUS_OK},
        {0664, FILE_POLICY, STATUS_REFUSED}, {0646, FILE_POLICY, STATUS_REFUSED},
    };
    char path[64];

    (void)state;
    (void)path_of(path, "key");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes text = {0};
        char line[256] = "", wanted[96];
        struct text error = text_over(line, sizeof line);

        write_file(path, "secret", cases[i].mode);
        if (file_read(path, cases[i].trust, &text, &error) != cases[i].status)
            fail_msg("mode %04o: %s", cases[i].mode, line);
        (void)snprintf(wanted, sizeof wanted, "chmod %s %s",
                       cases[i].trust == FILE_SECRET ? "600" : "644", path);
        assert_true(cases[i].status == STATUS_OK ? text.bytes == 6 : !!strstr(line, wanted));
        bytes_wipe(&text);
    }
    unlink(path);
}

static void sec_151_a_link_leads_to_no_secret(void **state)
{
    char path[64], link_path[64], line[256] = "";
    struct text error = text_over(line, sizeof line);
    struct bytes text = {0};

    (void)state;
    write_file(path_of(path, "key"), "x", 0600);
    assert_int_equal(symlink(path, path_of(link_path, "link")), 0);
    assert_int_equal(file_read(link_path, FILE_SECRET, &text, &error), STATUS_REFUSED);
    assert_non_null(strstr(line, "is a symbolic link"));
    assert_int_equal(file_read(link_path, FILE_POLICY, &text, &error), STATUS_OK);
    bytes_clear(&text);
    unlink(link_path);
    unlink(path);
}

static void sec_151_what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    char path[64];
    struct bytes text = {0};

    (void)state;
    assert_int_equal(mkfifo(path_of(path, "fifo"), 0600), 0);
    for (int i = 0; i < 3; i++) {
        static const char *const others[] = {NULL, "/tmp", "/dev/zero"};
        char line[256] = "";
        struct text error = text_over(line, sizeof line);

        assert_int_equal(file_read(others[i] ? others[i] : path, FILE_POLICY, &text, &error),
                         STATUS_REFUSED);
        assert_non_null(strstr(line, "is not a regular file"));
    }
    unlink(path);
}

static void sec_151_a_strangers_file_is_refused(void **state)
{
    char path[64], line[256] = "";
    struct text error = text_over(line, sizeof line);
    struct bytes text = {0};

    (void)state;
    if (geteuid() != 0)
        skip();
    write_file(path_of(path, "key"), "x", 0600);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(file_read(path, FILE_SECRET, &text, &error), STATUS_REFUSED);
    assert_non_null(strstr(line, "belongs to user 65534; it must be root's: chown root"));
    unlink(path);
}

static void a_file_over_16_mib_is_refused_by_its_size(void **state)
{
    char path[64], line[256] = "";
    struct text error = text_over(line, sizeof line);
    struct bytes text = {0};

    (void)state;
    write_file(path_of(path, "big"), "x", 0644);
    assert_int_equal(truncate(path, (16 << 20) + 1), 0);
    assert_int_equal(file_read(path, FILE_POLICY, &text, &error), STATUS_LIMIT);
    assert_non_null(strstr(line, "16777217 octets; a file has at most 16777216"));
    assert_int_equal(truncate(path, 16 << 20), 0);
    assert_int_equal(file_read(path, FILE_POLICY, &text, &error), STATUS_OK);
    assert_int_equal(text.bytes, 16 << 20);
    bytes_clear(&text);
    unlink(path);
}

static void an_absent_file_is_absent_and_an_empty_one_empty(void **state)
{
    char path[64], line[256] = "";
    struct text error = text_over(line, sizeof line);
    struct bytes text = {0};

    (void)state;
    assert_int_equal(file_read(path_of(path, "none"), FILE_SECRET, &text, &error), STATUS_ABSENT);
    write_file(path, "", 0600);
    assert_int_equal(file_read(path, FILE_SECRET, &text, &error), STATUS_OK);
    assert_int_equal(text.bytes, 0);
    bytes_clear(&text);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_151_modes_of_a_secret_are_judged),
        cmocka_unit_test(sec_151_a_link_leads_to_no_secret),
        cmocka_unit_test(sec_151_what_is_no_regular_file_is_refused_without_waiting),
        cmocka_unit_test(sec_151_a_strangers_file_is_refused),
        cmocka_unit_test(a_file_over_16_mib_is_refused_by_its_size),
        cmocka_unit_test(an_absent_file_is_absent_and_an_empty_one_empty),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
