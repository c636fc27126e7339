#include "dataplane/policy_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

static char directory[] = "/tmp/policy_file_test.XXXXXX";
static char file[sizeof directory + sizeof "/" POLICY_FILE_NAME];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(file, sizeof file, "%s/%s", directory, POLICY_FILE_NAME);
    return 0;
}

static int remove_directory(void **state)
{
    char lock[sizeof directory + sizeof "/" POLICY_LOCK_NAME];

    (void)state;
    (void)snprintf(lock, sizeof lock, "%s/%s", directory, POLICY_LOCK_NAME);
    (void)unlink(file);
    (void)unlink(lock);
    return rmdir(directory); /* fails when a draft was left */
}

static void what_is_written_is_read(void **state)
{
    struct bytes text = {0};

    (void)state;
    assert_int_equal(policy_file_read(directory, &text), STATUS_ABSENT);
    assert_int_equal(policy_file_write(directory, view_of_text("#PLANE user\n")), STATUS_OK);
    assert_int_equal(policy_file_write(directory, view_of_text("#PLANE xfrm\n")), STATUS_OK);
    assert_int_equal(policy_file_read(directory, &text), STATUS_OK);
    test_view_equal("text", bytes_view(&text), view_of_text("#PLANE xfrm\n"));
    bytes_clear(&text);
    assert_int_equal(policy_file_remove(directory), STATUS_OK);
    assert_int_equal(policy_file_remove(directory), STATUS_OK);
    assert_int_equal(policy_file_read(directory, &text), STATUS_ABSENT);
}

static void every_user_may_read_it_whatever_the_umask(void **state)
{
    struct stat facts;
    mode_t mask = umask(077);

    (void)state;
    assert_int_equal(policy_file_write(directory, view_of_text("x")), STATUS_OK);
    umask(mask);
    assert_int_equal(stat(file, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0644);
}

static void a_file_that_others_may_write_is_refused(void **state)
{
    struct bytes text = {0};

    (void)state;
    assert_int_equal(policy_file_write(directory, view_of_text("x")), STATUS_OK);
    assert_int_equal(chmod(file, 0666), 0);
    assert_int_equal(policy_file_read(directory, &text), STATUS_REFUSED);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/etc/passwd", file), 0);
    assert_int_equal(policy_file_read(directory, &text), STATUS_REFUSED);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(policy_file_read(directory, &text), STATUS_REFUSED);
    assert_int_equal(unlink(file), 0);
}

static void a_huge_file_is_refused_by_its_size(void **state)
{
    struct bytes text = {0};
    int fd = open(file, O_WRONLY | O_CREAT, 0644);

    (void)state;
    assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
    close(fd);
    assert_int_equal(policy_file_read(directory, &text), STATUS_LIMIT);
}

static void the_lock_is_one_at_a_time(void **state)
{
    char lock[sizeof directory + sizeof "/" POLICY_LOCK_NAME];
    int first = policy_file_lock(directory);
    int other;

    (void)state;
    (void)snprintf(lock, sizeof lock, "%s/%s", directory, POLICY_LOCK_NAME);
    other = open(lock, O_RDWR);
    assert_true(first >= 0 && other >= 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    close(first);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_user_may_read_it_whatever_the_umask),
        cmocka_unit_test(a_file_that_others_may_write_is_refused),
        cmocka_unit_test(a_huge_file_is_refused_by_its_size),
        cmocka_unit_test(the_lock_is_one_at_a_time),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
