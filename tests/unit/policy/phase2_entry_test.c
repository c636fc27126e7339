#include "material.h"
#include "policy/phase2.h"

static const char config[] =
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n"
    "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.0/24}\n";

static const char policy[] =
    "{lport 22 ulp tcp} bypass {}\n"                                    /* 1 */
    "{raddr 198.51.100.7 rport 80 ulp tcp} ipsec {encr_algs aes-gcm}\n" /* 2 */
    "{raddr 198.51.100.0/24} ipsec {encr_algs aes-gcm}\n"               /* 3 */
    "{tunnel t0 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.7 laddr 10.1.0.0/16 raddr "
    "10.2.0.0/16} ipsec {encr_algs aes-gcm}\n" /* 4 */
    "{tunnel t1 negotiate tunnel laddr 10.1.0.0/16 raddr 10.9.0.0/16} ipsec {encr_algs aes-gcm}\n"
    "{raddr 203.0.113.0/24} drop {}\n"
    "{raddr 2001:db8::7} ipsec {encr_algs aes-gcm}\n"; /* 7 */

static const struct {
    const char *name, *local, *remote, *our_ids, *their_ids;
    uint8_t protocol;
    uint16_t local_port, remote_port;
    enum encapsulation encapsulation;
    uint32_t index; /* of the entry found; 0: none */
    uint32_t nearest;
} cases[] = {
    {"host to host", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7", 0, 0, 0,
     ENCAPSULATION_TRANSPORT, 3, 0},
    {"the first in match order that covers it", "192.0.2.1", "198.51.100.7", "192.0.2.1",
     "198.51.100.7", 6, 0, 80, ENCAPSULATION_UDP_TRANSPORT, 2, 0},
    {"the subnet in transport mode", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.0/24", 0,
     0, 0, ENCAPSULATION_TRANSPORT, 0, 3},
    {"somebody else's address in transport mode", "192.0.2.1", "198.51.100.7", "192.0.2.1",
     "198.51.100.8", 0, 0, 0, ENCAPSULATION_TRANSPORT, 0, 3},
    {"host to host in tunnel mode", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7", 0, 0,
     0, ENCAPSULATION_TUNNEL, 0, 3},
    {"the tunnel's subnets", "192.0.2.1", "198.51.100.7", "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0,
     ENCAPSULATION_TUNNEL, 4, 0},
    {"parts of them", "192.0.2.1", "198.51.100.7", "10.1.5.0/24", "10.2.5.5", 6, 0, 25,
     ENCAPSULATION_UDP_TUNNEL, 4, 0},
    {"more than the tunnel's", "192.0.2.1", "198.51.100.7", "10.1.0.0/16", "10.0.0.0/8", 0, 0, 0,
     ENCAPSULATION_TUNNEL, 0, 4},
    {"SEC-172: the tunnel's subnets from another peer", "192.0.2.1", "198.51.100.9", "10.1.0.0/16",
     "10.2.0.0/16", 0, 0, 0, ENCAPSULATION_TUNNEL, 0, 4},
    {"the tunnel's subnets in transport mode", "192.0.2.1", "198.51.100.7", "10.1.0.0/16",
     "10.2.0.0/16", 0, 0, 0, ENCAPSULATION_TRANSPORT, 0, 4},
    {"a tunnel without a far end is nobody's", "192.0.2.1", "198.51.100.7", "10.1.0.0/16",
     "10.9.0.0/16", 0, 0, 0, ENCAPSULATION_TUNNEL, 0, 5},
    {"what is dropped", "192.0.2.1", "203.0.113.1", "192.0.2.1", "203.0.113.1", 0, 0, 0,
     ENCAPSULATION_TRANSPORT, 0, 6},
    {"what goes without IPsec before an entry that covers it", "192.0.2.1", "198.51.100.7",
     "192.0.2.1", "198.51.100.7", 6, 22, 0, ENCAPSULATION_TRANSPORT, 0, 1},
    {"the same with a port of the peer", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7",
     6, 22, 5000, ENCAPSULATION_TRANSPORT, 0, 1},
    {"more than what goes without IPsec", "192.0.2.1", "198.51.100.7", "192.0.2.1", "198.51.100.7",
     6, 0, 0, ENCAPSULATION_TRANSPORT, 3, 0},
    {"that of the host's entries is not about the tunnel's traffic", "192.0.2.1", "198.51.100.7",
     "10.1.0.1", "10.2.0.1", 6, 22, 0, ENCAPSULATION_TUNNEL, 4, 0},
    {"IPv6", "2001:db8::1", "2001:db8::7", "2001:db8::1", "2001:db8::7", 0, 0, 0,
     ENCAPSULATION_TRANSPORT, 7, 0},
};

static void an_entry_is_found_only_when_it_covers_what_the_peer_asks_for(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, policy);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct phase2_request request = {
            .rule = ruleset_rule(rules, 0),
            .local = material_address(cases[i].local),
            .remote = material_address(cases[i].remote),
            .selector = material_selector(cases[i].our_ids, cases[i].their_ids, cases[i].protocol,
                                          cases[i].local_port, cases[i].remote_port),
            .encapsulation = cases[i].encapsulation,
        };
        struct refusal refusal = {0};
        const struct ipsec_entry *entry = phase2_entry(rules, &request, &refusal);

        if ((entry ? entry->index : 0) != cases[i].index)
            fail_msg("%s: entry %u", cases[i].name, entry ? entry->index : 0);
        if (!entry && (refusal.reason != REFUSAL_SELECTORS ||
                       (refusal.entry ? refusal.entry->index : 0) != cases[i].nearest))
            fail_msg("%s: nearest %u", cases[i].name, refusal.entry ? refusal.entry->index : 0);
    }
    ruleset_drop(rules);
}

/* Entries of gateways that overlap: which of them the line of a refusal names. */
static const char overlapping[] =
#define GATE "{tunnel t0 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.7 "
    GATE "laddr 10.1.0.9/32 raddr 10.2.0.200/32} ipsec {encr_algs aes-gcm}\n"   /* 1 */
    GATE "laddr 10.1.0.0/24 raddr 10.2.0.0/24} ipsec {encr_algs aes-gcm}\n"     /* 2 */
    GATE "laddr 10.1.0.0/24 raddr 10.3.0.0/16} ipsec {encr_algs aes-gcm}\n"     /* 3 */
    GATE "laddr 10.1.0.0/24 raddr 10.4.0.0/24 ulp tcp} ipsec {encr_algs aes}\n" /* 4 */
    GATE "laddr 10.1.0.0/24 raddr 10.4.0.0/24} ipsec {encr_algs aes-gcm}\n"     /* 5 */
         "{tunnel t1 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.8 laddr 10.1.0.0/16 raddr "
         "10.5.0.0/16} ipsec {encr_algs aes-gcm}\n"                                     /* 6 */
    GATE "laddr 10.1.0.0/24 raddr 10.5.0.0/25} ipsec {encr_algs aes-gcm}\n"             /* 7 */
    GATE "laddr fd00:1::/64 raddr fd00:2::1/128} ipsec {encr_algs aes-gcm}\n"           /* 8 */
    GATE "laddr fd00:1::/64 raddr fd00:2::/64 ulp tcp rport 1} ipsec {encr_algs aes}\n" /* 9 */
    GATE "laddr fd00:1::/64 raddr fd00:2::/96} ipsec {encr_algs aes-gcm}\n";            /* 10 */

static const struct {
    const char *name, *our_ids, *their_ids;
    uint32_t nearest;
} refused[] = {
    {"of those with our subnet, the one with most of the peer's", "10.1.0.0/24", "10.0.0.0/8", 3},
    {"the peer's subnet is the same", "10.0.0.0/8", "10.2.0.0/24", 2},
    {"the peer's host is the same", "10.1.0.0/16", "10.2.0.200", 1},
    {"one that differs in a protocol comes behind", "10.1.0.0/23", "10.4.0.0/24", 5},
    {"one that covers it, between other ends, comes first", "10.1.0.0/24", "10.5.0.0/24", 6},
    {"nothing is the same: the most addresses in both", "10.1.0.0/23", "10.2.0.0/15", 3},
    {"IPv6", "fd00:1::/64", "fd00:2::/48", 10},
};

static void a_refusal_names_the_entry_that_comes_nearest(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, overlapping);

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct phase2_request request = {
            .rule = ruleset_rule(rules, 0),
            .local = material_address("192.0.2.1"),
            .remote = material_address("198.51.100.7"),
            .selector = material_selector(refused[i].our_ids, refused[i].their_ids, 0, 0, 0),
            .encapsulation = ENCAPSULATION_TUNNEL,
        };
        struct refusal refusal = {0};

        assert_null(phase2_entry(rules, &request, &refusal));
        if ((refusal.entry ? refusal.entry->index : 0) != refused[i].nearest)
            fail_msg("%s: nearest %u", refused[i].name, refusal.entry ? refusal.entry->index : 0);
    }
    ruleset_drop(rules);
}

static const struct {
    const char *name, *local, *remote;
    uint32_t index;
    uint16_t remote_port;
    const char *text; /* of the identities */
} identities[] = {
    {"host entry: the packet's addresses", "192.0.2.1", "198.51.100.9", 3, 99,
     "192.0.2.1 - 198.51.100.9"},
    {"host entry with a port", "192.0.2.1", "198.51.100.7", 2, 80,
     "192.0.2.1 - 198.51.100.7 tcp/80"},
    {"tunnel entry: its own", "10.1.2.3", "10.2.3.4", 4, 99, "10.1.0.0/16 - 10.2.0.0/16"},
};

static void the_identities_sent_are_those_of_section_12(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, policy);

    (void)state;
    for (size_t i = 0; i < COUNT(identities); i++) {
        struct selector packet = material_selector(identities[i].local, identities[i].remote, 6,
                                                   1025, identities[i].remote_port);
        const struct ipsec_entry *entry = ruleset_entry_for(rules, &packet, -1, -1);
        char text[SELECTOR_TEXT_BYTES];
        struct selector ids;

        assert_int_equal(entry->index, identities[i].index);
        assert_true(ipsec_entry_identities(entry, &packet, &ids));
        if (strcmp(selector_text(&ids, text), identities[i].text) != 0)
            fail_msg("%s: %s", identities[i].name, text);
    }
    ruleset_drop(rules);
}

static void unique_sends_the_packets_own_and_a_lone_port_its_protocol(void **state)
{
    struct ruleset *rules = material_ruleset(
        config, NULL,
        "{rport 80} ipsec {encr_algs aes-gcm}\n{rport 81} ipsec {encr_algs aes-gcm sa unique}\n");
    struct selector packet = material_selector("192.0.2.1", "198.51.100.7", 6, 1025, 80);
    char text[SELECTOR_TEXT_BYTES];
    struct selector ids;

    (void)state;
    assert_true(ipsec_entry_identities(ruleset_entry(rules, 0), &packet, &ids));
    assert_string_equal(selector_text(&ids, text), "192.0.2.1 - 198.51.100.7 tcp/80");
    packet.remote_port = 81;
    assert_true(ipsec_entry_identities(ruleset_entry(rules, 1), &packet, &ids));
    assert_true(selector_equal(&ids, &packet));
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_found_only_when_it_covers_what_the_peer_asks_for),
        cmocka_unit_test(a_refusal_names_the_entry_that_comes_nearest),
        cmocka_unit_test(the_identities_sent_are_those_of_section_12),
        cmocka_unit_test(unique_sends_the_packets_own_and_a_lone_port_its_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
