#include "policy/ipsec_entry.h"

#include "material.h"

static const char config[] = "";

/* solaris.md 3.6: bypass, AH and ESP, ESP, AH, drop; in a class, the order of addition. */
static void entries_match_by_class_and_then_by_order_of_addition(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL,
                                             "{lport 1} drop {}\n"                   /* 5th */
                                             "{lport 2} ipsec {encr_algs aes-gcm}\n" /* 3rd */
                                             "{lport 3} bypass {}\n"                 /* 1st */
                                             "{lport 4} drop {}\n"                   /* 6th */
                                             "{lport 5} ipsec {encr_auth_algs sha256}\n"
                                             "{lport 6} ipsec {encr_algs aes-gcm} or pass {}\n");
    static const uint16_t ports[] = {3, 6, 2, 5, 1, 4};

    (void)state;
    for (size_t i = 0; i < COUNT(ports); i++)
        assert_int_equal(ruleset_entry(rules, i)->pattern.local_port, ports[i]);
    ruleset_drop(rules);
}

static void classes_with_ah_lie_around_esp(void **state)
{
    const struct transform *sha256 = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256");
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct ipsec_entry entry = {.alternative_count = 1};

    (void)state;
    entry.alternatives[0].ah_auth.row = sha256;
    assert_int_equal(ipsec_entry_precedence(&entry), PRECEDENCE_AH);
    entry.alternatives[0].esp_cipher.row = aes;
    assert_int_equal(ipsec_entry_precedence(&entry), PRECEDENCE_AH_ESP);
    entry.alternatives[0].ah_auth.row = NULL;
    assert_int_equal(ipsec_entry_precedence(&entry), PRECEDENCE_ESP);
    entry.alternatives[0].action = IPSEC_DROP;
    assert_int_equal(ipsec_entry_precedence(&entry), PRECEDENCE_DROP);
    entry.alternatives[1].action = IPSEC_BYPASS;
    entry.alternative_count = 2;
    assert_int_equal(ipsec_entry_precedence(&entry), PRECEDENCE_BYPASS);
    assert_int_equal(ipsec_entry_action(&entry), IPSEC_BYPASS);
}

static const struct {
    const char *name, *pattern, *local, *remote;
    uint8_t protocol;
    uint16_t local_port, remote_port;
    int type, code;
    bool holds;
} cases[] = {
    {"all, IPv4", "", "10.0.0.1", "10.0.0.2", 6, 1, 2, -1, -1, true},
    {"all, IPv6", "", "2001:db8::1", "2001:db8::2", 17, 1, 2, -1, -1, true},
    {"one side given: the other is of its family", "raddr 10.0.0.0/8", "10.0.0.1", "10.0.0.2", 6, 1,
     2, -1, -1, true},
    {"the other family", "raddr 10.0.0.0/8", "2001:db8::1", "2001:db8::2", 6, 1, 2, -1, -1, false},
    {"outside the prefix", "raddr 10.0.0.0/8", "10.0.0.1", "11.0.0.2", 6, 1, 2, -1, -1, false},
    {"the port", "rport 2", "10.0.0.1", "10.0.0.2", 6, 1, 2, -1, -1, true},
    {"another port", "rport 3", "10.0.0.1", "10.0.0.2", 6, 1, 2, -1, -1, false},
    {"another protocol", "ulp tcp", "10.0.0.1", "10.0.0.2", 17, 1, 2, -1, -1, false},
    {"a type in the range", "ulp icmp type 3-5", "10.0.0.1", "10.0.0.2", 1, 0, 0, 4, 9, true},
    {"a type outside", "ulp icmp type 3-5", "10.0.0.1", "10.0.0.2", 1, 0, 0, 6, 9, false},
    {"no type", "ulp icmp type 3-5", "10.0.0.1", "10.0.0.2", 1, 0, 0, -1, -1, false},
    {"the code", "ulp icmp type 3 code 1", "10.0.0.1", "10.0.0.2", 1, 0, 0, 3, 1, true},
    {"another code", "ulp icmp type 3 code 1", "10.0.0.1", "10.0.0.2", 1, 0, 0, 3, 2, false},
};

static void an_entry_holds_what_its_pattern_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[128];
        struct selector packet =
            material_selector(cases[i].local, cases[i].remote, cases[i].protocol,
                              cases[i].local_port, cases[i].remote_port);
        struct ruleset *rules;

        (void)snprintf(text, sizeof text, "{%s} drop {}\n", cases[i].pattern);
        rules = material_ruleset(config, NULL, text);
        if (ipsec_entry_holds(ruleset_entry(rules, 0), &packet, cases[i].type, cases[i].code) !=
            cases[i].holds)
            fail_msg("%s", cases[i].name);
        ruleset_drop(rules);
    }
}

static bool host_name(void *arg, const struct address *address, char out[RESOLVER_NAME_BYTES])
{
    (void)arg;
    (void)snprintf(out, RESOLVER_NAME_BYTES, "enigma");
    return address->octets[3] == 1;
}

static bool service_name(void *arg, uint16_t port, uint8_t protocol, char out[RESOLVER_NAME_BYTES])
{
    (void)arg;
    (void)protocol;
    (void)snprintf(out, RESOLVER_NAME_BYTES, "telnet");
    return port == 23;
}

static bool protocol_name(void *arg, uint8_t protocol, char out[RESOLVER_NAME_BYTES])
{
    (void)arg;
    (void)snprintf(out, RESOLVER_NAME_BYTES, "tcp");
    return protocol == 6;
}

static void names_stand_where_the_resolver_knows_them_and_numbers_with_none(void **state)
{
    static const struct resolver names = {
        .host_name = host_name, .service_name = service_name, .protocol_name = protocol_name};
    struct ruleset *rules = material_ruleset(
        config, NULL, "{ulp tcp laddr 10.0.0.1 lport 23 raddr 10.2.0.0/16 rport 24} drop {}\n");
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    ipsec_entry_text(ruleset_entry(rules, 0), &names, &text);
    assert_string_equal(buffer, "{ ulp tcp laddr enigma/32 lport telnet raddr 10.2.0.0/16 rport 24 "
                                "dir both } drop { }");
    text = text_over(buffer, sizeof buffer);
    ipsec_entry_text(ruleset_entry(rules, 0), NULL, &text);
    assert_string_equal(buffer, "{ ulp 6 laddr 10.0.0.1/32 lport 23 raddr 10.2.0.0/16 rport 24 dir "
                                "both } drop { }");
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_match_by_class_and_then_by_order_of_addition),
        cmocka_unit_test(classes_with_ah_lie_around_esp),
        cmocka_unit_test(an_entry_holds_what_its_pattern_says),
        cmocka_unit_test(names_stand_where_the_resolver_knows_them_and_numbers_with_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
