#include "daemon/material.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/event.h"
#include "crypto/crypto.h"
#include "identity/keyring.h"
#include "policy/ruleset.h"
#include "support/test.h"

#define CONFIG                                                                                     \
    "p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128) }\n"       \
    "{ label \"pair\" local_addr 192.0.2.1 remote_addr 192.0.2.2 }\n"
#define KEY                                                                                        \
    "{ localidtype IP localid 192.0.2.1 remoteidtype IP remoteid 192.0.2.2\n"                      \
    "  key 6f2d8c1fb3a7594e0d1b62c8f7a09e53 }\n"
#define POLICY                                                                                     \
    "#PLANE user\n#INDEX 1\n{raddr 192.0.2.2} ipsec {encr_algs aes encr_auth_algs sha256}\n"       \
    "#SPD 1 { raddr 192.0.2.2/32 dir both } ipsec { encr_algs aes-cbc(128..256) encr_auth_algs "   \
    "hmac-sha256(256) sa shared }\n"

/* A directory with the three files, and what was said about them. */
struct place {
    char directory[32];
    char config[64], preshared[64], policy[64];
    char said[8192];
    size_t errors;
};

static void place_write(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void place_init(struct place *place)
{
    *place = (struct place){.directory = "/tmp/material_XXXXXX"};
    assert_non_null(mkdtemp(place->directory));
    (void)snprintf(place->config, sizeof place->config, "%s/config", place->directory);
    (void)snprintf(place->preshared, sizeof place->preshared, "%s/ike.preshared", place->directory);
    (void)snprintf(place->policy, sizeof place->policy, "%s/ipsecpolicy.conf", place->directory);
    place_write(place->config, CONFIG, 0644);
    place_write(place->preshared, KEY, 0600);
    place_write(place->policy, POLICY, 0644);
}

static void place_clear(struct place *place)
{
    unlink(place->config);
    unlink(place->preshared);
    unlink(place->policy);
    assert_int_equal(rmdir(place->directory), 0);
}

static void say(void *arg, int severity, const char *line)
{
    struct place *place = arg;
    size_t bytes = strlen(place->said);

    (void)snprintf(place->said + bytes, sizeof place->said - bytes, "%s\n", line);
    place->errors += severity <= SEVERITY_ERROR;
}

static enum status load(struct place *place, struct material_sources sources,
                        struct material *material)
{
    struct crypto *crypto = NULL;
    enum status status;

    place->said[0] = '\0';
    place->errors = 0;
    sources.config_file = place->config;
    sources.preshared_file = place->preshared;
    if (!sources.is_check)
        sources.run_dir = place->directory;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    status = material_load(&sources, sources.is_check ? NULL : crypto, say, place, material);
    crypto_free(crypto);
    return status;
}

static void three_good_files_make_one_rule_set(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    if (load(&place, (struct material_sources){0}, &material) != STATUS_OK)
        fail_msg("%s", place.said);
    assert_int_equal(ruleset_rule_count(material.rules_ref), 1);
    assert_int_equal(ruleset_entry_count(material.rules_ref), 1);
    assert_int_equal(keyring_count(material.keyring_own), 1);
    assert_string_equal(ruleset_policy(material.rules_ref)->plane, "user");
    assert_int_equal(material.config_own.bytes, strlen(CONFIG));
    assert_true(material.credentials_own.bytes > 0);
    material_clear(&material);
    place_clear(&place);
}

static void without_keys_or_policy_there_is_a_rule_set_too(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    unlink(place.preshared);
    unlink(place.policy);
    assert_int_equal(load(&place, (struct material_sources){0}, &material), STATUS_OK);
    assert_int_equal(ruleset_entry_count(material.rules_ref), 0);
    assert_null(material.keyring_own);
    material_clear(&material);
    place_clear(&place);
}

/* Every file is bad in its own way: each is said in the same run, and nothing comes of them. */
static void every_mistake_of_every_file_is_said_at_once(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    place_write(place.config, "nonsense\n", 0644);
    place_write(place.preshared, "{ localid }\n", 0600);
    place_write(place.policy, "#SPD x\n", 0644);
    assert_int_not_equal(load(&place, (struct material_sources){0}, &material), STATUS_OK);
    assert_non_null(strstr(place.said, "/config:1:1: found \"nonsense\""));
    assert_non_null(strstr(place.said, "/ike.preshared:1:"));
    assert_non_null(strstr(place.said, "ipsecpolicy.conf:1:"));
    assert_null(material.rules_ref);
    place_clear(&place);
}

static void one_bad_file_is_enough(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        place_init(&place);
        if (i == 0)
            place_write(place.config, CONFIG "{ label }\n", 0644);
        else if (i == 1)
            place_write(place.preshared, KEY, 0640);
        else
            place_write(place.policy, POLICY, 0666);
        assert_int_not_equal(load(&place, (struct material_sources){0}, &material), STATUS_OK);
        assert_int_equal(place.errors > 0, 1);
        assert_null(material.rules_ref);
        place_clear(&place);
    }
}

static void sec_151_the_line_says_how_to_mend_the_mode(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    place_write(place.preshared, KEY, 0644);
    assert_int_equal(load(&place, (struct material_sources){0}, &material), STATUS_REFUSED);
    assert_non_null(strstr(place.said, "mode is 0644"));
    assert_non_null(strstr(place.said, "chmod 600 /tmp/material_"));
    place_clear(&place);
}

static void ignore_errors_goes_on_without_rules(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    place_write(place.config, "nonsense\n", 0644);
    assert_int_equal(load(&place, (struct material_sources){.ignores_errors = true}, &material),
                     STATUS_OK);
    assert_int_equal(ruleset_rule_count(material.rules_ref), 0);
    assert_non_null(strstr(place.said, "found \"nonsense\""));
    material_clear(&material);
    place_clear(&place);
}

static void a_check_says_that_there_are_no_keys(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    unlink(place.preshared);
    assert_int_equal(load(&place, (struct material_sources){.is_check = true}, &material),
                     STATUS_OK);
    assert_non_null(strstr(place.said, "note: "));
    assert_int_equal(place.errors, 0);
    material_clear(&material);
    place_clear(&place);
}

/* Only who is not root can be kept out: so in a process that has become somebody else. */
static void a_check_without_rights_says_that_it_did_not_see_the_keys(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    if (geteuid() != 0)
        skip();
    place_init(&place);
    assert_int_equal(chmod(place.directory, 0755), 0);
    assert_int_equal(seteuid(65534), 0);
    assert_int_equal(load(&place, (struct material_sources){.is_check = true}, &material),
                     STATUS_OK);
    assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(place.said, "Permission denied: keys were not checked"));
    material_clear(&material);
    place_clear(&place);
}

static void a_missing_configuration_is_an_error(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    unlink(place.config);
    assert_int_equal(load(&place, (struct material_sources){0}, &material), STATUS_ABSENT);
    assert_non_null(strstr(place.said, "/config: No such file or directory"));
    place_clear(&place);
}

/* DES is in OpenSSL's legacy provider: it is loaded when a rule names it. */
static void a_weak_algorithm_loads_with_one_warning(void **state)
{
    struct place place;
    struct material material = {0};

    (void)state;
    place_init(&place);
    place_write(place.config,
                "p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg des }\n"
                "{ label \"pair\" local_addr 192.0.2.1 remote_addr 192.0.2.2 }\n",
                0644);
    if (load(&place, (struct material_sources){0}, &material) != STATUS_OK)
        fail_msg("%s", place.said);
    assert_non_null(strstr(place.said, "warning: "));
    assert_int_equal(place.errors, 0);
    material_clear(&material);
    place_clear(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_good_files_make_one_rule_set),
        cmocka_unit_test(without_keys_or_policy_there_is_a_rule_set_too),
        cmocka_unit_test(every_mistake_of_every_file_is_said_at_once),
        cmocka_unit_test(one_bad_file_is_enough),
        cmocka_unit_test(sec_151_the_line_says_how_to_mend_the_mode),
        cmocka_unit_test(ignore_errors_goes_on_without_rules),
        cmocka_unit_test(a_check_says_that_there_are_no_keys),
        cmocka_unit_test(a_check_without_rights_says_that_it_did_not_see_the_keys),
        cmocka_unit_test(a_missing_configuration_is_an_error),
        cmocka_unit_test(a_weak_algorithm_loads_with_one_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
