#include "config/loaded_policy.h"

#include <stdlib.h>

#include "config/ipsecinit.h"
#include "material.h"

/* Names as a host would know them. */
static size_t host(void *arg, const char *name, struct address *out)
{
    (void)arg;
    if (strcmp(name, "spiderweb") != 0)
        return 0;
    out[0] = material_address("192.0.2.1");
    out[1] = material_address("192.0.2.2");
    out[2] = material_address("2001:db8::1");
    return 3;
}

static bool network(void *arg, const char *name, struct address *out)
{
    (void)arg;
    *out = material_address("10.9.0.0");
    return strcmp(name, "network-B") == 0;
}

static int service(void *arg, const char *name, uint8_t protocol)
{
    (void)arg;
    (void)protocol;
    return strcmp(name, "telnet") == 0 ? 23 : -1;
}

static bool tunnel(void *arg, const char *name, struct tunnel_device *out)
{
    (void)arg;
    out->source = material_address("198.51.100.1");
    out->destination = material_address("198.51.100.2");
    out->protocols[0] = 47;
    return strcmp(name, "ip.tun0") == 0;
}

static const struct resolver names = {
    .host = host,
    .network = network,
    .service = service,
    .tunnel = tunnel,
};

static struct ipsec_policy *typed_policy(const char *text)
{
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = ipsecinit_parse(view_of_text(text), "f", CONFIG_ENTENTE, &names, &policy, &errors);
    assert_int_equal(status, STATUS_OK);
    config_errors_clear(&errors);
    return policy;
}

static struct ipsec_policy *loaded_policy(struct view text)
{
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;
    char line[CONFIG_ERROR_LINE_BYTES];

    config_errors_init(&errors);
    if (loaded_policy_parse(text, "f", &policy, &errors) != STATUS_OK)
        fail_msg("%s", config_error_line(&errors.items_own[0], line));
    assert_int_equal(errors.count, 0);
    config_errors_clear(&errors);
    return policy;
}

static const char typed_text[] =
    "# hosts\n"
    "{raddr spiderweb rport telnet} ipsec {encr_algs aes encr_auth_algs sha1} # to the web\n"
    "{raddr network-B/16 dir in} ipsec {encr_algs NULL encr_auth_algs sha256(256) sa unique}\n"
    "{tunnel ip.tun0 negotiate tunnel laddr 10.1.2.0/24\n"
    "#INDEX 99\n"
    "  raddr 10.2.3.0/24} ipsec {encr_algs any(192..) encr_auth_algs any} or ipsec\n"
    "  {encr_algs aes-gcm8(128)}\n"
    "{ulp ipv6-icmp type 133-137 code 0} pass {}\n"
    "{laddr 10.0.0.1 lport 23 ulp tcp dir in} drop {}\n";

static const char loaded_text[] =
    "#PLANE user\n"
    "#INDEX 1\n"
    "{raddr spiderweb rport telnet} ipsec {encr_algs aes encr_auth_algs sha1} # to the web\n"
    "#SPD 1 { raddr 192.0.2.1/32 rport 23 dir both } ipsec { encr_algs aes-cbc(128..256) "
    "encr_auth_algs hmac-sha1(160) sa shared }\n"
    "#SPD 2 { raddr 192.0.2.2/32 rport 23 dir both } ipsec { encr_algs aes-cbc(128..256) "
    "encr_auth_algs hmac-sha1(160) sa shared }\n"
    "#SPD 3 { raddr 2001:db8::1/128 rport 23 dir both } ipsec { encr_algs aes-cbc(128..256) "
    "encr_auth_algs hmac-sha1(160) sa shared }\n"
    "#INDEX 4\n"
    "{raddr network-B/16 dir in} ipsec {encr_algs NULL encr_auth_algs sha256(256) sa unique}\n"
    "#SPD 4 { raddr 10.9.0.0/16 dir in } ipsec { encr_algs null encr_auth_algs hmac-sha256(256) sa "
    "unique }\n"
    "#INDEX 5\n"
    "{tunnel ip.tun0 negotiate tunnel laddr 10.1.2.0/24\n"
    " #INDEX 99\n" /* the blank keeps it from being a line of ours */
    "  raddr 10.2.3.0/24} ipsec {encr_algs any(192..) encr_auth_algs any} or ipsec\n"
    "  {encr_algs aes-gcm8(128)}\n"
    "#SPD 5 { tunnel ip.tun0 negotiate tunnel tsrc 198.51.100.1 tdst 198.51.100.2 laddr "
    "10.1.2.0/24 raddr 10.2.3.0/24 dir both } ipsec { encr_algs any(192..) encr_auth_algs any sa "
    "shared } or ipsec { encr_algs aes-gcm8(128) sa shared }\n"
    "#INDEX 6\n"
    "{ulp ipv6-icmp type 133-137 code 0} pass {}\n"
    "#SPD 6 { ulp 58 type 133-137 code 0 dir both } pass { }\n"
    "#INDEX 7\n"
    "{laddr 10.0.0.1 lport 23 ulp tcp dir in} drop {}\n"
    "#SPD 7 { ulp 6 laddr 10.0.0.1/32 lport 23 dir in } drop { }\n";

static void what_was_typed_becomes_canonical_lines_that_read_back(void **state)
{
    struct ipsec_policy *policy;
    struct ipsec_policy *again;
    struct bytes text = {0};
    struct bytes text_again = {0};

    (void)state;
    policy = typed_policy(typed_text);
    (void)snprintf(policy->plane, sizeof policy->plane, "user");
    assert_int_equal(loaded_policy_text(policy, &text), STATUS_OK);
    test_view_equal("written", bytes_view(&text), view_of_text(loaded_text));
    again = loaded_policy(bytes_view(&text));
    assert_string_equal(again->plane, "user");
    assert_int_equal(again->entry_count, 7);
    assert_int_equal(again->entries_own[6].index, 7);
    assert_int_equal(again->entries_own[2].spd_index, 3);
    assert_int_equal(loaded_policy_text(again, &text_again), STATUS_OK);
    test_view_equal("written again", bytes_view(&text_again), bytes_view(&text));
    ipsec_policy_free(policy);
    ipsec_policy_free(again);
    bytes_clear(&text);
    bytes_clear(&text_again);
}

static const struct {
    const char *name, *text, *line;
} cases[] = {
    {"no index", "#SPD 1 { dir both } drop { }\n",
     "f:1:1: found no entry of an #INDEX; #SPD takes a number and an entry"},
    {"index 0", "#INDEX 0\n", "f:1:1: found no number; #INDEX takes one"},
    {"no plane", "#PLANE \n", "f:1:1: found no plane that can be; #PLANE takes user or xfrm"},
    {"reqid 0", "#INDEX 1\n#SPD 0 { dir both } drop { }\n",
     "f:2:1: found no entry of an #INDEX; #SPD takes a number and an entry"},
    {"no entry", "#INDEX 1\n#SPD 1 drop\n",
     "f:2:1: found no entry; #SPD takes a number and an entry"},
    {"two entries", "#INDEX 1\n#SPD 1 { dir both } drop { } { dir in } drop { }\n",
     "f:2:1: found more than one entry after #SPD"},
    {"a mistake in an entry", "#INDEX 1\n{}drop{}\n#SPD 1 { dirr both } drop { }\n",
     "f:3:10: found \"dirr\"; a word of a pattern is one of laddr, raddr, lport, rport, saddr, "
     "daddr, dest, sport, dport, smask, dmask, ulp, type, code, tunnel, negotiate, dir, tsrc, "
     "tdst, interface (did you mean \"dir\"?)"},
    {"a name", "#INDEX 1\n#SPD 1 { laddr host dir both } drop { }\n",
     "f:2:16: found \"host\"; Could not resolve address."},
};

static void a_loaded_policy_that_was_damaged_is_refused_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ipsec_policy *policy = NULL;
        struct config_errors errors;
        char line[CONFIG_ERROR_LINE_BYTES];

        config_errors_init(&errors);
        assert_int_equal(loaded_policy_parse(view_of_text(cases[i].text), "f", &policy, &errors),
                         STATUS_MALFORMED);
        (void)config_error_line(&errors.items_own[0], line);
        if (strcmp(line, cases[i].line) != 0)
            fail_msg("%s: %s", cases[i].name, line);
        config_errors_clear(&errors);
    }
}

static void an_empty_file_is_no_policy(void **state)
{
    struct ipsec_policy *policy = loaded_policy((struct view){0});
    struct bytes text = {0};

    (void)state;
    assert_int_equal(policy->entry_count, 0);
    assert_int_equal(loaded_policy_text(policy, &text), STATUS_OK);
    assert_int_equal(text.bytes, 0);
    ipsec_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_typed_becomes_canonical_lines_that_read_back),
        cmocka_unit_test(a_loaded_policy_that_was_damaged_is_refused_with_its_line),
        cmocka_unit_test(an_empty_file_is_no_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
