#include <stdlib.h>
#include <unistd.h>

#include "dataplane/policy_file.h"
#include "xfrm_plane.h"

/* What the kernel's SPD is in these tests. */
static struct {
    bool is_loaded;
    enum status answer;
    size_t loads;
} spd;

static enum status spd_load(const struct ipsec_policy *policy, char *line, size_t line_bytes)
{
    (void)policy;
    (void)snprintf(line, line_bytes, "as the test wants it");
    spd.loads++;
    spd.is_loaded = spd.answer == STATUS_OK;
    return spd.answer;
}

static bool spd_is_loaded(const struct ipsec_policy *policy)
{
    (void)policy;
    return spd.is_loaded;
}

static const struct policy_plane plane_of_tests = {
    .name = "xfrm", .load = spd_load, .is_loaded = spd_is_loaded};

static void record(const char *run_dir, const char *text)
{
    assert_int_equal(policy_file_write(run_dir, view_of_text(text)), STATUS_OK);
}

static char *run_dir_make(void)
{
    char *run_dir = strdup("/tmp/entente-audit.XXXXXX");

    assert_non_null(run_dir);
    assert_non_null(mkdtemp(run_dir));
    return run_dir;
}

static void run_dir_remove(char *run_dir)
{
    char path[256];

    (void)policy_file_remove(run_dir);
    (void)snprintf(path, sizeof path, "%s/" POLICY_LOCK_NAME, run_dir);
    (void)unlink(path);
    assert_int_equal(rmdir(run_dir), 0);
    free(run_dir);
}

static void open_plane(struct plane *plane, const char *run_dir)
{
    spd.is_loaded = true;
    spd.answer = STATUS_OK;
    spd.loads = 0;
    *plane = (struct plane){.spd = &plane_of_tests};
    plane_open_over(plane, fake_kernel_new(), run_dir);
}

static void sec_175_a_policy_that_was_taken_away_is_put_back(void **state)
{
    char *run_dir = run_dir_make();
    struct plane plane;

    (void)state;
    record(run_dir, "#PLANE xfrm\n");
    open_plane(&plane, run_dir);
    xfrm_audit(plane.backend);
    assert_int_equal(spd.loads, 0); /* it is whole: nothing is touched */
    assert_int_equal(plane.alert_count, 0);
    spd.is_loaded = false;
    xfrm_audit(plane.backend);
    assert_int_equal(spd.loads, 1);
    assert_true(spd.is_loaded);
    assert_int_equal(plane.alert_count, 1);
    plane_close(&plane);
    run_dir_remove(run_dir);
}

static void what_cannot_be_put_back_is_said_and_tried_again(void **state)
{
    struct plane plane;

    (void)state;
    open_plane(&plane, NULL);
    spd.is_loaded = false;
    spd.answer = STATUS_SYSTEM;
    xfrm_audit(plane.backend);
    assert_int_equal(plane.alert_count, 1);
    spd.answer = STATUS_OK;
    xfrm_audit(plane.backend);
    assert_int_equal(spd.loads, 2);
    assert_true(spd.is_loaded);
    plane_close(&plane);
}

/* An administrator's change must not be undone by a daemon that has not heard of it yet. */
static void a_policy_that_ipsecconf_changes_is_left_alone(void **state)
{
    char *run_dir = run_dir_make();
    struct plane plane;
    int lock;

    (void)state;
    record(run_dir, "#PLANE xfrm\n");
    open_plane(&plane, run_dir);
    spd.is_loaded = false;
    lock = policy_file_lock(run_dir);
    assert_true(lock >= 0);
    xfrm_audit(plane.backend); /* ipsecconf has the lock */
    assert_int_equal(spd.loads, 0);
    record(run_dir, "#PLANE xfrm\n#INDEX 1\n");
    close(lock);
    xfrm_audit(plane.backend); /* it has written another record */
    assert_int_equal(spd.loads, 0);
    assert_int_equal(backend_xfrm.policy(plane.backend, plane.rules), STATUS_OK); /* SIGHUP */
    xfrm_audit(plane.backend);
    assert_int_equal(spd.loads, 1);
    plane_close(&plane);
    run_dir_remove(run_dir);
}

static void only_one_holds_the_lock(void **state)
{
    char *run_dir = run_dir_make();
    int lock = policy_file_try_lock(run_dir);

    (void)state;
    assert_true(lock >= 0);
    assert_int_equal(policy_file_try_lock(run_dir), -1);
    close(lock);
    lock = policy_file_try_lock(run_dir);
    assert_true(lock >= 0);
    close(lock);
    run_dir_remove(run_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_175_a_policy_that_was_taken_away_is_put_back),
        cmocka_unit_test(what_cannot_be_put_back_is_said_and_tried_again),
        cmocka_unit_test(a_policy_that_ipsecconf_changes_is_left_alone),
        cmocka_unit_test(only_one_holds_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
