#include "policy/refusal.h"

#include "material.h"
#include "policy/ruleset.h"

static const char config[] =
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128..256)}\n"
    "\n"
    "{label \"branch\" local_addr 192.0.2.1\n"
    "  remote_addr 198.51.100.7\n"
    "  p2_pfs 14}\n";

static const char policy[] = "{raddr 198.51.100.7} ipsec {encr_algs aes-gcm(256)}\n";

static const char key[] = "# keys\n{localid 192.0.2.1 remoteid 198.51.100.7 key "
                          "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20}";

/* Whatever a reason needs, beside what every case has. */
struct case_row {
    const char *name;
    enum refusal_reason reason;
    bool has_rule, has_entry, has_credential, has_index, has_edit;
    enum ipsec_protocol protocol; /* 0: ESP */
    enum attribute attribute;
    enum attribute also; /* ATTRIBUTE_COUNT: none */
    uint64_t wanted, offered;
    uint16_t wanted_high;
    const char *cipher, *detail, *identity;
    const char *line;
};

#define QUICK "refused 198.51.100.7 quick mode: "
#define MAIN "refused 198.51.100.7 main mode: "
#define ENTRY                                                                                      \
    "policy entry 1 { raddr 198.51.100.7/32 dir both } ipsec { encr_algs aes-gcm(256) sa shared }"

static const struct case_row cases[] = {
    {.name = "group",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .has_edit = true,
     .attribute = ATTRIBUTE_GROUP,
     .also = ATTRIBUTE_COUNT,
     .wanted = 14,
     .offered = 2,
     .line = MAIN "rule \"branch\" (config:3:1) wants oakley_group 14 (modp2048), peer offers 2 "
                  "(modp1024); edit config:3:2 or the peer"},
    {.name = "group, and the hash too",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .attribute = ATTRIBUTE_GROUP,
     .also = ATTRIBUTE_HASH,
     .wanted = 14,
     .offered = 0,
     .line = MAIN "rule \"branch\" (config:3:1) wants oakley_group 14 (modp2048), peer offers none "
                  "(auth_alg also differs); edit the peer"},
    {.name = "cipher",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .attribute = ATTRIBUTE_ENCRYPTION,
     .also = ATTRIBUTE_COUNT,
     .wanted = 7,
     .offered = 99,
     .line =
         MAIN "rule \"branch\" (config:3:1) wants encr_alg aes-cbc, peer offers number 99; edit "
              "the peer"},
    {.name = "key size",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .attribute = ATTRIBUTE_KEY_BITS,
     .also = ATTRIBUTE_COUNT,
     .wanted = 192,
     .wanted_high = 256,
     .offered = 128,
     .cipher = "aes-cbc",
     .line = MAIN "rule \"branch\" (config:3:1) wants encr_alg aes-cbc(192..256), peer offers "
                  "aes-cbc(128); edit the peer"},
    {.name = "method",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .attribute = ATTRIBUTE_METHOD,
     .also = ATTRIBUTE_COUNT,
     .wanted = 1,
     .offered = 3,
     .line = MAIN "rule \"branch\" (config:3:1) wants auth_method preshared, peer offers rsa_sig; "
                  "edit the peer"},
    {.name = "ESP cipher",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .has_entry = true,
     .attribute = ATTRIBUTE_ENCRYPTION,
     .also = ATTRIBUTE_INTEGRITY,
     .wanted = 20,
     .offered = 12,
     .line = QUICK ENTRY " wants encr_algs aes-gcm, peer offers aes-cbc (encr_auth_algs also "
                         "differs); edit that entry of the IPsec policy or the peer"},
    {.name = "mode",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .has_entry = true,
     .attribute = ATTRIBUTE_ENCAPSULATION,
     .also = ATTRIBUTE_COUNT,
     .wanted = 4,
     .offered = 2,
     .line = QUICK ENTRY " wants ESP encapsulation UDP transport, peer offers transport; edit that "
                         "entry of the IPsec policy or the peer"},
    {.name = "AH, integrity",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .has_entry = true,
     .protocol = IPSEC_PROTOCOL_AH,
     .attribute = ATTRIBUTE_INTEGRITY,
     .also = ATTRIBUTE_ENCAPSULATION,
     .wanted = 5,
     .offered = 2,
     .line = QUICK ENTRY " wants AH auth_algs hmac-sha256, peer offers hmac-sha1 (encapsulation "
                         "also differs); edit that entry of the IPsec policy or the peer"},
    {.name = "AH, sequence numbers",
     .reason = REFUSAL_ATTRIBUTE,
     .has_rule = true,
     .has_entry = true,
     .protocol = IPSEC_PROTOCOL_AH,
     .attribute = ATTRIBUTE_ESN,
     .also = ATTRIBUTE_COUNT,
     .wanted = 0,
     .offered = 1,
     .line = QUICK ENTRY " wants AH 64-bit sequence numbers off, peer offers on; edit that "
                         "entry of the IPsec policy or the peer"},
    {.name = "protocols",
     .reason = REFUSAL_PROTOCOLS,
     .has_rule = true,
     .has_entry = true,
     .wanted = BIT(1u << IPSEC_PROTOCOL_ESP),
     .offered =
         BIT(1u << IPSEC_PROTOCOL_AH) | BIT(1u << IPSEC_PROTOCOL_AH | 1u << IPSEC_PROTOCOL_ESP),
     .line = QUICK ENTRY " wants ESP alone, peer offers AH alone or AH and ESP together; edit that "
                         "entry of the IPsec policy or the peer"},
    {.name = "AH where there is a NAT",
     .reason = REFUSAL_NAT,
     .has_rule = true,
     .has_entry = true,
     .line = QUICK ENTRY " wants AH, which no NAT lets pass, and there is one on this path, or UDP "
                         "is forced (nat_traversal); use ESP with encr_auth_algs"},
    {.name = "nothing to offer",
     .reason = REFUSAL_NOTHING,
     .has_rule = true,
     .has_entry = true,
     .line = QUICK ENTRY " has no algorithm that can be offered"},
    {.name = "PFS",
     .reason = REFUSAL_PFS,
     .has_rule = true,
     .has_entry = true,
     .has_edit = true,
     .attribute = ATTRIBUTE_GROUP,
     .also = ATTRIBUTE_COUNT,
     .wanted = 14,
     .offered = 0,
     .line =
         QUICK "rule \"branch\" (config:3:1) wants p2_pfs 14 (modp2048), peer offers none; edit "
               "config:3:2 or the peer"},
    {.name = "weak PFS",
     .reason = REFUSAL_PFS,
     .has_rule = true,
     .has_entry = true,
     .attribute = ATTRIBUTE_GROUP,
     .also = ATTRIBUTE_COUNT,
     .wanted = 0,
     .offered = 2,
     .line =
         QUICK "rule \"branch\" (config:3:1) has no p2_pfs, and peer's PFS group 2 (modp1024) is "
               "weak or unknown; add p2_pfs to that rule or edit the peer"},
    {.name = "no rule",
     .reason = REFUSAL_NO_RULE,
     .line = MAIN "no rule of config holds local_addr 192.0.2.1 and remote_addr 198.51.100.7; add "
                  "one"},
    {.name = "no rule, one near",
     .reason = REFUSAL_NO_RULE,
     .has_rule = true,
     .has_edit = true,
     .line = MAIN "no rule of config holds local_addr 192.0.2.1 and remote_addr 198.51.100.7; "
                  "nearest is rule \"branch\" (config:3:1): edit config:3:2 or add a rule"},
    {.name = "a policy entry without a rule",
     .reason = REFUSAL_NO_RULE,
     .has_entry = true,
     .line = MAIN ENTRY " wants an SA, but no rule of config holds local_addr 192.0.2.1 and "
                        "remote_addr 198.51.100.7; add one"},
    {.name = "no key",
     .reason = REFUSAL_NO_KEY,
     .has_rule = true,
     .has_index = true,
     .line = MAIN "rule \"branch\" (config:3:1) needs a pre-shared key, and ike.preshared has none "
                  "for localid 192.0.2.1, remoteid 198.51.100.7; add one"},
    {.name = "another identity",
     .reason = REFUSAL_IDENTITY,
     .has_rule = true,
     .has_index = true,
     .has_credential = true,
     .identity = "203.0.113.9",
     .line =
         MAIN "peer says that it is 203.0.113.9, but the key at ike.preshared:2 is for remoteid "
              "198.51.100.7; edit ike.preshared:2 or the peer's identity"},
    {.name = "an identity within the entry, from elsewhere",
     .reason = REFUSAL_IDENTITY,
     .has_rule = true,
     .has_index = true,
     .has_credential = true,
     .identity = "198.51.100.7",
     .line = MAIN "peer says that it is 198.51.100.7, but it comes from another address and no NAT "
                  "is between; its identity must be its address for the key at ike.preshared:2"},
    {.name = "selectors",
     .reason = REFUSAL_SELECTORS,
     .has_rule = true,
     .has_entry = true,
     .detail = "which is more than, or other than, what that entry protects",
     .line =
         QUICK "peer asks for 192.0.2.1 - 198.51.100.0/24, which is more than, or other than, "
               "what that entry protects; nearest is " ENTRY "; edit the IPsec policy or the peer"},
    {.name = "lifetime",
     .reason = REFUSAL_LIFETIME,
     .has_rule = true,
     .attribute = ATTRIBUTE_LIFE_SECONDS,
     .wanted = 60,
     .offered = 5,
     .line =
         MAIN "rule \"branch\" (config:3:1) takes lifetimes from 60 seconds, peer offers 5; edit "
              "the peer"},
    {.name = "reply",
     .reason = REFUSAL_REPLY,
     .has_rule = true,
     .detail = "the answer is none of the transforms that we offered",
     .line = MAIN "the answer is none of the transforms that we offered for rule \"branch\" "
                  "(config:3:1); the peer is at fault"},
    {.name = "no policy",
     .reason = REFUSAL_NO_POLICY,
     .line = MAIN "the policy entry that wanted an SA is no longer loaded"},
};

static void every_no_is_one_line_that_says_what_to_edit(void **state)
{
    struct ruleset *rules = material_ruleset(config, key, policy);
    const struct ike_rule *rule = ruleset_rule(rules, 0);
    const struct credential_index *index = ruleset_credentials(rules);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct case_row *row = &cases[i];
        struct address address = material_address(row->identity ? row->identity : "192.0.2.1");
        bool is_main = strncmp(row->line, MAIN, strlen(MAIN)) == 0;
        struct refusal refusal = {
            .reason = row->reason,
            .local = material_address("192.0.2.1"),
            .peer = material_address("198.51.100.7"),
            .exchange_view = is_main ? "main mode" : "quick mode",
            .config_view = "/etc/inet/ike/config",
            .nearest = row->has_rule ? rule : NULL,
            .entry = row->has_entry ? ruleset_entry(rules, 0) : NULL,
            .index = row->has_index ? index : NULL,
            .credential = row->has_credential ? credential_index_at(index, 0) : NULL,
            .protocol = row->protocol,
            .attribute = row->attribute,
            .differing = (uint16_t)(BIT(row->attribute) | BIT(row->also)),
            .wanted = row->wanted,
            .wanted_high = row->wanted_high,
            .offered = row->offered,
            .cipher = row->cipher ? transform_by_name(TRANSFORM_ENCRYPTION, row->cipher) : NULL,
            .identity = identity_of_address(&address),
            .selector = material_selector("192.0.2.1", "198.51.100.0/24", 0, 0, 0),
            .has_selector = true,
            .detail_view = row->detail,
        };
        char buffer[REFUSAL_TEXT_BYTES];
        struct text text = text_over(buffer, sizeof buffer);

        if (row->has_edit)
            refusal.edit = (struct position){"/etc/inet/ike/config", 3, 2};
        refusal_text(&refusal, &text);
        if (strcmp(buffer, row->line) != 0)
            fail_msg("%s: %s", row->name, buffer);
    }
    ruleset_drop(rules);
}

static void sec_161_what_a_peer_says_it_is_stays_on_the_line(void **state)
{
    struct ruleset *rules = material_ruleset(config, key, policy);
    struct refusal refusal = {
        .reason = REFUSAL_IDENTITY,
        .peer = material_address("198.51.100.7"),
        .exchange_view = "main mode",
        .config_view = "config",
        .index = ruleset_credentials(rules),
        .credential = credential_index_at(ruleset_credentials(rules), 0),
        .identity = {2, view_of_text("a\nb\x1b[2J\"%n\\")},
    };
    char buffer[REFUSAL_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    refusal_text(&refusal, &text);
    assert_string_equal(buffer,
                        MAIN "peer says that it is a\\x0ab\\x1b[2J\\x22%n\\x5c, but the key "
                             "at ike.preshared:2 is for remoteid 198.51.100.7; edit "
                             "ike.preshared:2 or the peer's identity");
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_no_is_one_line_that_says_what_to_edit),
        cmocka_unit_test(sec_161_what_a_peer_says_it_is_stays_on_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
