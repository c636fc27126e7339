#include "keystore/change.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keystore/slot_dir_private.h"
#include "support/test.h"

#define KINDS (BIT(KEYSTORE_CERTIFICATE) | BIT(KEYSTORE_CRL))
#define MOST_CALLS 2000

/* DER of one octet: what stands for an object, told apart by that octet. */
struct stub {
    uint8_t octets[5];
};

static struct stub stub(uint8_t octet)
{
    return (struct stub){{0x30, 0x03, 0x02, 0x01, octet}};
}

static void run(const char *command)
{
    assert_int_equal(system(command), 0);
}

static void ignore_line(void *arg, const char *line)
{
    (void)arg;
    (void)line;
}

/* What is in the store, as text: "certificate 0=05 CRL 0=06 ". */
static void view_store(const char *root, char *out, size_t out_bytes)
{
    struct keystore keystore = {0};
    struct text text = text_over(out, out_bytes);

    assert_int_equal(keystore_read(root, KINDS, ignore_line, NULL, &keystore), STATUS_OK);
    for (size_t i = 0; i < keystore.count; i++)
        text_add(&text, "%s %s=%02x ",
                 keystore.items_own[i].kind == KEYSTORE_CRL ? "CRL" : "certificate",
                 keystore.items_own[i].name,
                 keystore.items_own[i].object_own.data_own[sizeof(struct stub) - 1]);
    keystore_clear(&keystore);
}

static enum status put(struct change *change, enum keystore_kind kind, uint32_t slot, uint8_t octet,
                       struct text *error)
{
    struct stub object = stub(octet);

    return change_put(change, kind, slot, view_of(object.octets, sizeof object.octets), error);
}

/* Changes of all shapes, each whole. */
static enum status add_one(const char *root)
{
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    enum status status = change_begin(root, &change, &error);

    if (status == STATUS_OK)
        status = put(change, KEYSTORE_CERTIFICATE, 5, 0x55, &error);
    if (status == STATUS_OK)
        status = change_commit(change, &error);
    change_end(change);
    return status;
}

static enum status replace_one(const char *root)
{
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    enum status status = change_begin(root, &change, &error);

    if (status == STATUS_OK)
        status = put(change, KEYSTORE_CRL, 0, 0x77, &error);
    if (status == STATUS_OK)
        status = change_commit(change, &error);
    change_end(change);
    return status;
}

static enum status add_many(const char *root)
{
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    enum status status = change_begin(root, &change, &error);

    for (uint32_t i = 1; status == STATUS_OK && i < 4; i++)
        status = put(change, KEYSTORE_CERTIFICATE, i, (uint8_t)i, &error);
    if (status == STATUS_OK)
        status = put(change, KEYSTORE_CRL, 0, 0x77, &error);
    if (status == STATUS_OK)
        status = change_commit(change, &error);
    change_end(change);
    return status;
}

static enum status remove_one(const char *root)
{
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    enum status status = change_begin(root, &change, &error);

    if (status == STATUS_OK)
        status = change_remove(change, KEYSTORE_CERTIFICATE, 0, &error);
    change_end(change);
    return status;
}

static const struct {
    const char *name;
    enum status (*change)(const char *root);
    const char *after;
} changes[] = {
    {"one certificate", add_one, "certificate 0=01 certificate 5=55 CRL 0=02 "},
    {"a newer CRL", replace_one, "certificate 0=01 CRL 0=77 "},
    {"certificates and a CRL at once", add_many,
     "certificate 0=01 certificate 1=01 certificate 2=02 certificate 3=03 CRL 0=77 "},
    {"a certificate less", remove_one, "CRL 0=02 "},
};

static const char before[] = "certificate 0=01 CRL 0=02 ";

/* A root with what `before` says. */
static void store_make(char *root)
{
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;

    /* In memory, where there is such a place: syncing is called all the same, and costs nothing. */
    (void)snprintf(root, 64, "%s/change.XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(root));
    assert_int_equal(setenv("R", root, 1), 0);
    assert_int_equal(change_begin(root, &change, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CERTIFICATE, 0, 1, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CRL, 0, 2, &error), STATUS_OK);
    assert_int_equal(change_commit(change, &error), STATUS_OK);
    change_end(change);
}

static void store_remove(void)
{
    run("rm -rf $R");
}

/* Makes the change in a process that ends at the entry of its system call number `calls`. False
 * when it made fewer, and then it was done. */
static bool change_killed_at(enum status (*change)(const char *), const char *root, int calls)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
            _exit(2);
        _exit(change(root) == STATUS_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status));
    /* Entry and return each stop it. */
    for (int stops = 0; stops < 2 * calls - 1; stops++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return false;
        }
        assert_true(WIFSTOPPED(status));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return true;
}

/* The next command finishes or takes back what was left, and leaves no other name behind. */
static void recover(const char *root)
{
    char line[KEYSTORE_LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;

    if (change_begin(root, &change, &error) != STATUS_OK)
        fail_msg("%s", line);
    change_end(change);
    run("test -z \"$(find $R -name '.*')\"");
}

static void sec_138_a_change_that_is_killed_at_any_system_call_is_whole_or_not_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        bool seen_old = false;
        bool seen_new = false;

        for (int calls = 1;; calls++) {
            char root[64];
            char first[512];
            char second[512];
            bool was_killed;

            assert_true(calls < MOST_CALLS);
            store_make(root);
            was_killed = change_killed_at(changes[i].change, root, calls);
            view_store(root, first, sizeof first);
            recover(root);
            view_store(root, second, sizeof second);
            seen_old |= strcmp(first, before) == 0;
            seen_new |= strcmp(first, changes[i].after) == 0;
            if (strcmp(first, second) != 0 ||
                (strcmp(first, before) != 0 && strcmp(first, changes[i].after) != 0))
                fail_msg("%s, killed at call %d: first \"%s\", after the next command \"%s\"",
                         changes[i].name, calls, first, second);
            store_remove();
            if (!was_killed)
                break;
        }
        if (!seen_old || !seen_new)
            fail_msg("%s: one of the two states was never seen", changes[i].name);
    }
}

static void a_change_that_is_not_committed_leaves_nothing(void **state)
{
    char root[64];
    char line[KEYSTORE_LINE_BYTES];
    char seen[512];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;

    (void)state;
    store_make(root);
    assert_int_equal(change_begin(root, &change, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CERTIFICATE, 1, 9, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CRL, 1, 9, &error), STATUS_OK);
    change_end(change);
    run("test -z \"$(find $R -name '.*')\"");
    view_store(root, seen, sizeof seen);
    assert_string_equal(seen, before);
    store_remove();
}

static void a_slot_that_is_taken_is_not_overwritten(void **state)
{
    char root[64];
    char line[KEYSTORE_LINE_BYTES];
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    uint32_t slot = 0;

    (void)state;
    store_make(root);
    assert_int_equal(change_begin(root, &change, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CERTIFICATE, 0, 9, &error), STATUS_EXISTS);
    assert_non_null(strstr(line, "publickeys/0: is taken"));
    assert_int_equal(put(change, KEYSTORE_CERTIFICATE, 1, 9, &error), STATUS_OK);
    assert_int_equal(put(change, KEYSTORE_CERTIFICATE, 1, 9, &error), STATUS_EXISTS);
    assert_int_equal(change_free_slot(change, BIT(KEYSTORE_CERTIFICATE), &slot), STATUS_OK);
    assert_int_equal(slot, 2);
    assert_int_equal(change_free_slot(change, BIT(KEYSTORE_KEY), &slot), STATUS_OK);
    assert_int_equal(slot, 0);
    change_end(change);
    store_remove();
}

static void sec_151_the_directory_of_keys_is_made_for_root_alone(void **state)
{
    char root[64];

    (void)state;
    store_make(root);
    run("test $(stat -c %a $R/etc/inet/secret/ike.privatekeys) = 700");
    run("test $(stat -c %a $R/etc/inet/secret) = 700");
    run("test $(stat -c %a $R/etc/inet/ike/publickeys) = 755");
    store_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_138_a_change_that_is_killed_at_any_system_call_is_whole_or_not_there),
        cmocka_unit_test(a_change_that_is_not_committed_leaves_nothing),
        cmocka_unit_test(a_slot_that_is_taken_is_not_overwritten),
        cmocka_unit_test(sec_151_the_directory_of_keys_is_made_for_root_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
