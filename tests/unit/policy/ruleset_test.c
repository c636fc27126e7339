#include "policy/ruleset.h"

#include "base/text.h"
#include "config/ipsecinit.h"
#include "config/preshared.h"
#include "material.h"

#define XFORM "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n"

static const char config[] =
    "p2_lifetime_secs 600\np2_pfs 14\n" XFORM
    "{label \"host\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n"
    "{label \"net\" local_addr 192.0.2.0/24 remote_addr 198.51.100.0/24 p2_pfs 0 "
    "p2_lifetime_secs 900 p1_xform {auth_method preshared oakley_group 19 auth_alg sha1 encr_alg "
    "3des p1_lifetime_secs 60}}\n"
    "p1_lifetime_secs 7200\n";

static const struct {
    const char *local, *remote, *label; /* NULL: refused */
    const char *nearest;                /* NULL: none */
} cases[] = {
    {"192.0.2.1", "198.51.100.7", "host", NULL}, {"192.0.2.2", "198.51.100.7", "net", NULL},
    {"192.0.2.1", "198.51.100.8", "net", NULL},  {"10.0.0.1", "198.51.100.7", NULL, "host"},
    {"192.0.2.9", "203.0.113.1", NULL, "net"},   {"10.0.0.1", "203.0.113.1", NULL, NULL},
    {"2001:db8::1", "2001:db8::2", NULL, NULL},
};

static void an_initiator_takes_the_first_rule_that_holds_both_ends(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address local = material_address(cases[i].local);
        struct address remote = material_address(cases[i].remote);
        struct refusal refusal = {0};
        const struct ike_rule *rule = ruleset_rule_for_initiator(rules, &local, &remote, &refusal);
        const struct ike_rule *named = rule ? rule : refusal.nearest;
        const char *wanted = cases[i].label ? cases[i].label : cases[i].nearest;

        if (!rule != !cases[i].label || !named != !wanted ||
            (named && strcmp(named->label, wanted) != 0))
            fail_msg("%s - %s: %s", cases[i].local, cases[i].remote, named ? named->label : "-");
    }
    ruleset_drop(rules);
}

static void defaults_reach_every_rule_that_does_not_say_otherwise(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, NULL);
    const struct ike_rule *host = ruleset_rule_by_label(rules, "host");
    const struct ike_rule *net = ruleset_rule_by_label(rules, "net");

    (void)state;
    assert_int_equal(host->p2.hard_s, 600);
    assert_int_equal(host->p2.soft_s, 540);
    assert_int_equal(host->p2_pfs->number, 14);
    assert_int_equal(host->transforms[0].lifetime_s, 7200); /* though it stands last */
    assert_int_equal(net->p2.hard_s, 900);
    assert_null(net->p2_pfs);
    assert_int_equal(net->transform_count, 1); /* its own in place of the file's */
    assert_int_equal(net->transforms[0].group->number, 19);
    assert_int_equal(net->transforms[0].lifetime_s, 60);
    assert_int_equal(ruleset_globals(rules)->retry_limit, 5);
    assert_int_equal(ruleset_globals(rules)->expire_timer_s, 300);
    assert_null(ruleset_rule_by_label(rules, "none"));
    ruleset_drop(rules);
}

static void without_values_the_documented_defaults_hold(void **state)
{
    struct ruleset *rules = material_ruleset(
        XFORM "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n", NULL, NULL);
    const struct ike_rule *rule = ruleset_rule(rules, 0);

    (void)state;
    assert_int_equal(rule->transforms[0].lifetime_s, 14400);
    assert_int_equal(rule->p2.hard_s, 28800);
    assert_int_equal(rule->p2.soft_s, 24000);
    assert_int_equal(rule->p2.hard_kb, 0);
    assert_int_equal(rule->p2.idle_s, 0);
    assert_null(rule->p2_pfs);
    assert_int_equal(ruleset_globals(rules)->p1_nonce_bytes, 32);
    assert_int_equal(ruleset_globals(rules)->p2_nonce_bytes, 32);
    assert_int_equal(ruleset_globals(rules)->p2_replay_window, 256);
    assert_int_equal(ruleset_globals(rules)->retry_timer_init_us, 500000);
    assert_int_equal(ruleset_globals(rules)->retry_timer_max_us, 30000000);
    assert_int_equal(ruleset_globals(rules)->max_certs, 1024);
    ruleset_drop(rules);
}

static void a_rule_is_the_same_in_a_new_set_only_when_it_would_make_the_same_sa(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, NULL);
    struct ruleset *same = material_ruleset(config, NULL, NULL);
    struct ruleset *other = material_ruleset(
        XFORM "{label \"host\" local_addr 192.0.2.1 remote_addr 198.51.100.8}\n", NULL, NULL);
    const struct ike_rule *host = ruleset_rule_by_label(rules, "host");

    (void)state;
    assert_ptr_equal(ruleset_equal_rule(same, host), ruleset_rule_by_label(same, "host"));
    assert_null(ruleset_equal_rule(other, host));
    assert_null(ruleset_equal_rule(other, ruleset_rule_by_label(rules, "net")));
    ruleset_drop(rules);
    ruleset_drop(same);
    ruleset_drop(other);
}

static void what_no_single_file_shows_is_said(void **state)
{
    struct ruleset *rules = material_ruleset(
        XFORM "{label \"all\" local_addr 0.0.0.0/0 remote_addr 198.51.100.0/24}\n"
              "{label \"late\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n"
              "{label \"keyless\" local_addr 192.0.2.1 remote_addr 203.0.113.0/24}\n",
        "{localid 192.0.2.1 remoteid 198.51.100.7 key "
        "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20}",
        "{raddr 198.51.100.7} ipsec {encr_algs aes-gcm}\n"
        "{raddr 10.9.0.0/16} ipsec {encr_algs aes-gcm}\n"
        "{tunnel t0 negotiate tunnel} ipsec {encr_algs aes-gcm}\n"
        "{raddr 10.8.0.0/16} drop {}\n");
    static const char *const wanted[] = {
        "/etc/inet/ike/config:3:1: warning: rule \"late\" never begins a negotiation: rule \"all\" "
        "(line 2) stands before it and holds all its addresses",
        "/etc/inet/ike/config:4:1: warning: rule \"keyless\" is for pre-shared keys, and "
        "ike.preshared has none for its addresses",
        "/etc/inet/ipsecinit.conf:2:1: warning: policy entry 2 wants SAs, and no rule of "
        "/etc/inet/ike/config is for its addresses",
        "/etc/inet/ipsecinit.conf:3:1: warning: policy entry 3: no tunnel device t0; say its ends "
        "with tsrc and tdst",
    };
    struct config_errors errors;
    char line[CONFIG_ERROR_LINE_BYTES];

    (void)state;
    config_errors_init(&errors);
    ruleset_check(rules, &errors);
    assert_int_equal(errors.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_string_equal(config_error_line(&errors.items_own[i], line), wanted[i]);
    config_errors_clear(&errors);
    ruleset_drop(rules);
}

/* A store with one certificate of ours. */
static struct cert_store *store_of(const char *file)
{
    struct bytes der = test_file(file);
    struct cert_row row = {.slot = "0", .key_handle = 1};
    struct cert_store *store = NULL;

    assert_int_equal(certificate_read(bytes_view(&der), &row.certificate), STATUS_OK);
    assert_int_equal(cert_store_new(&row, 1, NULL, 0, &store), STATUS_OK);
    certificate_drop(row.certificate);
    bytes_clear(&der);
    return store;
}

static void sec_58_and_v1_53_a_key_for_both_uses_is_refused(void **state)
{
    static const struct {
        const char *file, *method, *line;
    } uses[] = {
        {"pki/east-encrypts.crt", "rsa_encrypt", NULL},
        {"pki/east-both.crt", "rsa_sig", NULL},
        {"pki/east-both.crt", "rsa_encrypt",
         "/etc/inet/ike/config:3:11: rule \"a\" decrypts with a key that signs too: certificate "
         "slot "
         "0 <C=EX, O=Entente, CN=east-both>; make a second key for encryption (ikecert certlocal "
         "-ks "
         "-u encrypt) and name it in local_id"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        struct cert_store *store = store_of(uses[i].file);
        struct config_errors errors;
        char config_text[512], line[CONFIG_ERROR_LINE_BYTES];

        (void)snprintf(config_text, sizeof config_text,
                       "{label \"a\" local_addr 192.0.2.1 remote_addr 192.0.2.2 local_id_type ip\n"
                       "local_id \"\" remote_id \"\"\n"
                       "p1_xform {auth_method %s oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
                       uses[i].method);
        struct ruleset *rules = material_ruleset(config_text, NULL, NULL);
        ruleset_set_certificates(rules, store);
        config_errors_init(&errors);
        ruleset_check(rules, &errors);
        assert_int_equal(errors.error_count, uses[i].line ? 1 : 0);
        for (size_t j = 0; j < errors.count; j++)
            if (errors.items_own[j].severity == CONFIG_ERROR)
                assert_string_equal(config_error_line(&errors.items_own[j], line), uses[i].line);
        config_errors_clear(&errors);
        ruleset_drop(rules);
        cert_store_drop(store);
    }
}

/* Every entry by its reqid, whatever the order that they are matched in; no other number. */
static void an_entry_is_found_by_its_reqid(void **state)
{
    enum {
        ENTRIES = 300,
    };
    char policy[ENTRIES * 64];
    struct text text = text_over(policy, sizeof policy);

    (void)state;
    for (unsigned i = 1; i <= ENTRIES; i++)
        text_add(&text, "{raddr 10.0.%u.%u} %s {%s}\n", i / 200, i % 200 + 1,
                 i % 3 ? "ipsec" : "bypass", i % 3 ? "encr_algs aes-gcm" : "");
    struct ruleset *rules = material_ruleset(config, NULL, policy);
    assert_int_equal(ruleset_entry_count(rules), ENTRIES);
    for (size_t i = 0; i < ENTRIES; i++) {
        const struct ipsec_entry *entry = ruleset_entry(rules, i);
        assert_ptr_equal(ruleset_entry_by_reqid(rules, entry->reqid), entry);
    }
    assert_null(ruleset_entry_by_reqid(rules, 0));
    assert_null(ruleset_entry_by_reqid(rules, ENTRIES + 1));
    assert_null(ruleset_entry_by_reqid(rules, UINT32_MAX));
    ruleset_drop(rules);
    rules = material_ruleset(config, NULL, NULL);
    assert_null(ruleset_entry_by_reqid(rules, 1));
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_58_and_v1_53_a_key_for_both_uses_is_refused),
        cmocka_unit_test(an_entry_is_found_by_its_reqid),
        cmocka_unit_test(an_initiator_takes_the_first_rule_that_holds_both_ends),
        cmocka_unit_test(defaults_reach_every_rule_that_does_not_say_otherwise),
        cmocka_unit_test(without_values_the_documented_defaults_hold),
        cmocka_unit_test(a_rule_is_the_same_in_a_new_set_only_when_it_would_make_the_same_sa),
        cmocka_unit_test(what_no_single_file_shows_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
