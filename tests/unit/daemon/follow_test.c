#include "daemon/follow.h"

#include "config/ike_config.h"
#include "config/ipsecinit.h"
#include "dataplane/tunnel_device.h"
#include "policy/ruleset.h"
#include "support/test.h"

static struct interface_address row(const char *name, const char *address)
{
    struct interface_address made = {0};

    (void)snprintf(made.name, sizeof made.name, "%s", name);
    assert_int_equal(address_parse(view_of_text(address), &made.address), STATUS_OK);
    return made;
}

static void a_rule_has_the_addresses_of_its_interface(void **state)
{
    static const char text[] = "p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 "
                               "encr_alg aes }\n"
                               "{ label \"a\" interface # which\n \"eth0\" remote_addr 10.0.0.1 }\n"
                               "{ label \"b\" local_addr 10.9.0.1 remote_addr 10.0.0.1 }\n"
                               "{ label \"c\" remote_addr 10.0.0.1 interface \"ppp0\" } # end";
    static const char wanted[] = "p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 "
                                 "encr_alg aes }\n"
                                 "{ label \"a\" local_addr 10.1.0.1 local_addr 2001:db8::1  "
                                 "remote_addr 10.0.0.1 }\n"
                                 "{ label \"b\" local_addr 10.9.0.1 remote_addr 10.0.0.1 }\n"
                                 "{ label \"c\" remote_addr 10.0.0.1 local_addr 255.255.255.255 "
                                 "local_addr 100::  } # end";
    struct interface_address rows[] = {row("eth0", "10.1.0.1"), row("eth0", "2001:db8::1"),
                                       row("eth01", "10.2.0.1")};
    const struct interface_addresses addresses = {rows, COUNT(rows)};
    struct ike_rules *rules = NULL;
    struct bytes made = {0};
    struct config_errors errors;

    (void)state;
    config_errors_init(&errors);
    assert_int_equal(ike_config_parse(view_of_text(text), "f", CONFIG_ENTENTE, &rules, &errors),
                     STATUS_OK);
    assert_true(follow_config_names_any(rules));
    assert_int_equal(follow_config_text(view_of_text(text), rules, &addresses, &made), STATUS_OK);
    test_view_equal("text", bytes_view(&made), view_of_text(wanted));
    ike_rules_free(rules);
    rules = NULL;
    assert_int_equal(ike_config_parse(bytes_view(&made), "f", CONFIG_ENTENTE, &rules, &errors),
                     STATUS_OK);
    assert_false(follow_config_names_any(rules));
    assert_int_equal(rules->rules[0].local.count, 2);
    ike_rules_free(rules);
    bytes_clear(&made);
    config_errors_clear(&errors);
}

static const struct {
    const char *name, *text, *entries;
} cases[] = {
    {"both families", "{interface eth0 rport 25} drop {}\n",
     "1 { interface eth0 laddr 10.1.0.1/32 rport 25 dir both } drop { }\n"
     "1 { interface eth0 laddr 10.1.0.2/32 rport 25 dir both } drop { }\n"
     "1 { interface eth0 laddr 2001:db8::1/128 rport 25 dir both } drop { }\n"
     "1 { interface eth0 rport 25 dir both } drop { }\n"},
    {"the family of the other side", "{interface eth0 raddr 10.0.0.1} drop {}\n",
     "1 { interface eth0 laddr 10.1.0.1/32 raddr 10.0.0.1/32 dir both } drop { }\n"
     "1 { interface eth0 laddr 10.1.0.2/32 raddr 10.0.0.1/32 dir both } drop { }\n"
     "1 { interface eth0 raddr 10.0.0.1/32 dir both } drop { }\n"},
    {"within what is written", "{interface eth0 laddr 10.1.0.2/31} drop {}\n",
     "1 { interface eth0 laddr 10.1.0.2/32 dir both } drop { }\n"
     "1 { interface eth0 laddr 10.1.0.2/31 dir both } drop { }\n"},
    {"a device without addresses", "{interface ppp0} pass {}\n",
     "1 { interface ppp0 dir both } pass { }\n"},
    {"others stay as they are", "{rport 1} drop {}\n{interface eth1 rport 2} drop {}\n",
     "1 { rport 1 dir both } drop { }\n"
     "2 { interface eth1 laddr 2001:db8::2/128 rport 2 dir both } drop { }\n"
     "2 { interface eth1 rport 2 dir both } drop { }\n"},
};

/* Takes the policy: of what names an interface the rule set has addresses alone. */
static void check_ruleset(const char *name, struct ipsec_policy *policy)
{
    struct ruleset *rules = ruleset_new_take(ike_rules_new("f"), policy, NULL);

    for (size_t i = 0; i < ruleset_entry_count(rules); i++) {
        const struct ipsec_entry *entry = ruleset_entry(rules, i);

        if (entry->interface[0] != '\0' && !entry->local_is_of_interface)
            fail_msg("%s: an entry without address is among the rules", name);
    }
    ruleset_drop(rules);
}

static void an_entry_becomes_one_an_address_of_one_reqid(void **state)
{
    struct interface_address rows[] = {row("eth0", "10.1.0.1"), row("eth0", "10.1.0.2"),
                                       row("eth0", "2001:db8::1"), row("eth1", "2001:db8::2")};
    const struct interface_addresses addresses = {rows, COUNT(rows)};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char buffer[2048];
        struct text text = text_over(buffer, sizeof buffer);
        struct ipsec_policy *policy = NULL;
        struct ipsec_policy *expanded = NULL;
        struct ipsec_policy *again = NULL;
        struct config_errors errors;

        config_errors_init(&errors);
        assert_int_equal(ipsecinit_parse(view_of_text(cases[i].text), "f", CONFIG_ENTENTE, NULL,
                                         &policy, &errors),
                         STATUS_OK);
        assert_int_equal(interface_policy_expand(policy, &addresses, &expanded), STATUS_OK);
        for (size_t k = 0; k < expanded->entry_count; k++) {
            text_add(&text, "%u ", expanded->entries_own[k].reqid);
            ipsec_entry_text(&expanded->entries_own[k], NULL, &text);
            text_add(&text, "\n");
        }
        if (strcmp(buffer, cases[i].entries) != 0)
            fail_msg("%s: %s", cases[i].name, buffer);
        assert_int_equal(interface_policy_expand(expanded, &addresses, &again), STATUS_OK);
        assert_int_equal(again->entry_count, expanded->entry_count);
        check_ruleset(cases[i].name, again);
        ipsec_policy_free(policy);
        ipsec_policy_free(expanded);
        config_errors_clear(&errors);
    }
}

static struct address address_of(const char *text)
{
    return row("", text).address;
}

static bool find_device(const char *name, struct tunnel_device *out)
{
    *out = (struct tunnel_device){0};
    if (strcmp(name, "t0") == 0)
        *out = (struct tunnel_device){.source = address_of("192.0.2.1"),
                                      .destination = address_of("198.51.100.7")};
    if (strcmp(name, "far") == 0)
        out->destination = address_of("198.51.100.8");
    if (strcmp(name, "any") == 0) /* a device that sends to whoever asks */
        out->source = address_of("192.0.2.1");
    return out->source.family != ADDRESS_NONE || out->destination.family != ADDRESS_NONE;
}

static const struct {
    const char *name, *text, *entry;
    bool waits; /* still */
} tunnels[] = {
    {"its device is there", "{tunnel t0 negotiate tunnel rport 1} drop {}\n",
     "{ tunnel t0 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.7 rport 1 dir both } drop { }",
     false},
    {"no device of that name", "{tunnel t1 negotiate tunnel} drop {}\n",
     "{ tunnel t1 negotiate tunnel dir both } drop { }", true},
    {"a device without a far end", "{tunnel any negotiate tunnel} drop {}\n",
     "{ tunnel any negotiate tunnel dir both } drop { }", true},
    {"what is typed goes before what the device says",
     "{tunnel t0 negotiate tunnel tsrc 192.0.2.99} drop {}\n",
     "{ tunnel t0 negotiate tunnel tsrc 192.0.2.99 tdst 198.51.100.7 dir both } drop { }", false},
    {"ends of two families are none", "{tunnel t0 negotiate tunnel tsrc 2001:db8::1} drop {}\n",
     "{ tunnel t0 negotiate tunnel tsrc 2001:db8::1 dir both } drop { }", true},
    {"one that has its ends keeps them",
     "{tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2} drop {}\n",
     "{ tunnel t0 negotiate tunnel tsrc 10.0.0.1 tdst 10.0.0.2 dir both } drop { }", false},
    {"only the far end", "{tunnel far negotiate tunnel} drop {}\n",
     "{ tunnel far negotiate tunnel tdst 198.51.100.8 dir both } drop { }", false},
};

static void a_tunnel_that_waits_gets_the_ends_of_its_device(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tunnels); i++) {
        char buffer[512];
        struct text text = text_over(buffer, sizeof buffer);
        struct ipsec_policy *policy = NULL;
        struct config_errors errors;
        bool was_waiting;

        config_errors_init(&errors);
        assert_int_equal(ipsecinit_parse(view_of_text(tunnels[i].text), "f", CONFIG_ENTENTE, NULL,
                                         &policy, &errors),
                         STATUS_OK);
        was_waiting = tunnel_policy_waits(policy);
        assert_int_equal(tunnel_policy_attach(policy, find_device),
                         was_waiting && !tunnels[i].waits);
        assert_int_equal(tunnel_policy_waits(policy), tunnels[i].waits);
        ipsec_entry_text(&policy->entries_own[0], NULL, &text);
        if (strcmp(buffer, tunnels[i].entry) != 0)
            fail_msg("%s: %s", tunnels[i].name, buffer);
        ipsec_policy_free(policy);
        config_errors_clear(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_has_the_addresses_of_its_interface),
        cmocka_unit_test(a_tunnel_that_waits_gets_the_ends_of_its_device),
        cmocka_unit_test(an_entry_becomes_one_an_address_of_one_reqid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
