#include "keystore/keystore.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "keystore/object.h"
#include "support/test.h"

#define KEYS "/etc/inet/secret/ike.privatekeys"
#define CERTIFICATES "/etc/inet/ike/publickeys"
#define CRLS "/etc/inet/ike/crls"

/* A root of its own, what was said, and what was read. */
struct scene {
    char root[64];
    char said[8192];
    struct text lines;
    struct keystore keystore;
};

/* Runs a command of the shell, for which $R is the root. */
static void run(const char *command)
{
    assert_int_equal(system(command), 0);
}

static int scene_begin(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    (void)snprintf(scene->root, sizeof scene->root, "/tmp/keystore.XXXXXX");
    assert_non_null(mkdtemp(scene->root));
    assert_int_equal(setenv("R", scene->root, 1), 0);
    run("mkdir -p $R" CERTIFICATES " $R" CRLS " $R/etc/inet/secret && mkdir -m 700 $R" KEYS);
    scene->lines = text_over(scene->said, sizeof scene->said);
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;

    keystore_clear(&scene->keystore);
    run("rm -rf $R");
    free(scene);
    return 0;
}

static void hear(void *arg, const char *line)
{
    struct scene *scene = arg;

    text_add(&scene->lines, "%s\n", line);
}

static enum status reread(struct scene *scene)
{
    scene->lines = text_over(scene->said, sizeof scene->said);
    return keystore_read(scene->root,
                         BIT(KEYSTORE_KEY) | BIT(KEYSTORE_CERTIFICATE) | BIT(KEYSTORE_CRL), hear,
                         scene, &scene->keystore);
}

static char *path_of(const struct scene *scene, const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s%s", scene->root, name);
    return path;
}

static void put(const struct scene *scene, const char *name, mode_t mode, struct view octets)
{
    int fd = open(path_of(scene, name), O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, octets.data, octets.bytes), (ssize_t)octets.bytes);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

/* A new key: PKCS#8 in *key, its public half in *spki. */
static void make_key(struct bytes *key, struct bytes *spki)
{
    EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    assert_non_null(made);
    assert_int_equal(object_key_encode(made, key), STATUS_OK);
    assert_int_equal(object_spki_encode(made, spki), STATUS_OK);
    EVP_PKEY_free(made);
}

static const uint8_t small_sequence[] = {0x30, 0x03, 0x02, 0x01, 0x05};

static void slots_are_read_by_number_and_other_names_are_nothing(void **state)
{
    struct scene *scene = *state;
    static const char *const foreign[] = {"/01", "/x", "/-1", "/1000000", "/.5.new", "/2.bak"};
    const struct view der = view_of(small_sequence, sizeof small_sequence);
    char name[128];
    size_t at = 0;

    put(scene, CERTIFICATES "/10", 0644, der);
    put(scene, CERTIFICATES "/2", 0644, der);
    put(scene, CRLS "/0", 0644, der);
    for (size_t i = 0; i < COUNT(foreign); i++) {
        (void)snprintf(name, sizeof name, CERTIFICATES "%s", foreign[i]);
        put(scene, name, 0644, der);
    }
    assert_int_equal(reread(scene), STATUS_OK);
    assert_string_equal(scene->said, "");
    assert_int_equal(scene->keystore.count, 3);
    assert_string_equal(keystore_next(&scene->keystore, KEYSTORE_CERTIFICATE, &at)->name, "2");
    assert_string_equal(keystore_next(&scene->keystore, KEYSTORE_CERTIFICATE, &at)->name, "10");
    assert_null(keystore_next(&scene->keystore, KEYSTORE_CERTIFICATE, &at));
}

static void a_key_is_found_by_its_public_half(void **state)
{
    struct scene *scene = *state;
    struct bytes key = {0};
    struct bytes spki = {0};
    struct bytes other = {0};
    char *pem;

    make_key(&key, &other);
    put(scene, KEYS "/3", 0600, bytes_view(&key));
    make_key(&key, &spki);
    pem = object_pem("PRIVATE KEY", bytes_view(&key));
    put(scene, KEYS "/7", 0600, view_of_text(pem));
    assert_int_equal(reread(scene), STATUS_OK);
    assert_string_equal(scene->said, "");
    assert_string_equal(keystore_key_of(&scene->keystore, bytes_view(&spki))->name, "7");
    assert_string_equal(keystore_key_of(&scene->keystore, bytes_view(&other))->name, "3");
    test_view_equal("PKCS#8",
                    bytes_view(&keystore_key_of(&scene->keystore, bytes_view(&spki))->object_own),
                    bytes_view(&key));
    spki.data_own[spki.bytes - 1] ^= 1;
    assert_null(keystore_key_of(&scene->keystore, bytes_view(&spki)));
    free(pem);
    bytes_wipe(&key);
    bytes_clear(&spki);
    bytes_clear(&other);
}

/* Each spoils slot 0 of the keys in one way; it is left out with a line, and slot 1 is read. */
static void sec_138_a_key_that_others_reach_is_left_out_with_its_cure(void **state)
{
    static const struct {
        const char *name, *spoil, *line;
    } cases[] = {
        {"group may read", "chmod 640 $R" KEYS "/0", "others may read or change it"},
        {"others may write", "chmod 602 $R" KEYS "/0", "chmod 600 "},
        {"a link", "mv $R" KEYS "/0 $R/k && ln -s $R/k $R" KEYS "/0", "is a symbolic link"},
        {"a second name", "ln $R" KEYS "/0 $R/k", "has 2 names"},
        {"a FIFO", "rm $R" KEYS "/0 && mkfifo -m 600 $R" KEYS "/0", "is not a regular file"},
        {"a directory", "rm $R" KEYS "/0 && mkdir -m 700 $R" KEYS "/0", "is not a regular file"},
        {"too large", "truncate -s 70000 $R" KEYS "/0", "70000 octets"},
        {"half of it", "truncate -s 20 $R" KEYS "/0", "is damaged or no private key"},
        {"empty", "truncate -s 0 $R" KEYS "/0", "is damaged or no private key"},
        {"an octet more", "echo >>$R" KEYS "/0", "is damaged or no private key"},
    };
    struct scene *scene = *state;
    struct bytes key = {0};
    struct bytes spki = {0};

    make_key(&key, &spki);
    put(scene, KEYS "/1", 0600, bytes_view(&key));
    for (size_t i = 0; i < COUNT(cases); i++) {
        put(scene, KEYS "/0", 0600, bytes_view(&key));
        run(cases[i].spoil);
        assert_int_equal(reread(scene), STATUS_OK);
        if (scene->keystore.count != 1 || scene->keystore.items_own[0].slot != 1 ||
            !strstr(scene->said, cases[i].line) || !strstr(scene->said, KEYS "/0"))
            fail_msg("%s: %zu read, said %s", cases[i].name, scene->keystore.count, scene->said);
        run("rm -rf $R" KEYS "/0 $R/k");
    }
    bytes_wipe(&key);
    bytes_clear(&spki);
}

static void sec_151_a_directory_of_keys_that_others_enter_gives_nothing(void **state)
{
    struct scene *scene = *state;

    run("chmod 750 $R" KEYS);
    assert_int_equal(reread(scene), STATUS_REFUSED);
    assert_non_null(strstr(scene->said, "mode is 0750"));
    assert_non_null(strstr(scene->said, ": chmod 700 "));
    run("chmod 700 $R" KEYS " && chmod 777 $R" CERTIFICATES);
    assert_int_equal(reread(scene), STATUS_REFUSED);
    run("chmod 755 $R" CERTIFICATES);
    assert_int_equal(reread(scene), STATUS_OK);
    run("mv $R" KEYS " $R/k && ln -s $R/k $R" KEYS);
    assert_int_equal(reread(scene), STATUS_SYSTEM);
}

static void what_is_not_there_is_empty(void **state)
{
    struct scene *scene = *state;

    run("rm -rf $R/etc");
    assert_int_equal(reread(scene), STATUS_OK);
    assert_string_equal(scene->said, "");
    assert_int_equal(scene->keystore.count, 0);
}

static void a_change_in_force_is_read_before_it_is_renamed(void **state)
{
    struct scene *scene = *state;
    static const uint8_t newer[] = {0x30, 0x03, 0x02, 0x01, 0x06};

    put(scene, CRLS "/0", 0644, view_of(small_sequence, sizeof small_sequence));
    put(scene, CRLS "/.0.new", 0644, view_of(newer, sizeof newer));
    put(scene, CERTIFICATES "/.4.new", 0644, view_of(newer, sizeof newer));
    assert_int_equal(reread(scene), STATUS_OK);
    assert_int_equal(scene->keystore.count, 1);
    test_view_equal("old CRL", bytes_view(&scene->keystore.items_own[0].object_own),
                    view_of(small_sequence, sizeof small_sequence));
    put(scene, CERTIFICATES "/.commit", 0600, (struct view){0});
    assert_int_equal(reread(scene), STATUS_OK);
    assert_int_equal(scene->keystore.count, 2);
    assert_string_equal(scene->keystore.items_own[0].name, "4");
    test_view_equal("new CRL", bytes_view(&scene->keystore.items_own[1].object_own),
                    view_of(newer, sizeof newer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slots_are_read_by_number_and_other_names_are_nothing,
                                        scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_key_is_found_by_its_public_half, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(sec_138_a_key_that_others_reach_is_left_out_with_its_cure,
                                        scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(sec_151_a_directory_of_keys_that_others_enter_gives_nothing,
                                        scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_empty, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_change_in_force_is_read_before_it_is_renamed, scene_begin,
                                        scene_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
