#include "material.h"
#include "policy/phase2.h"
#include "registry/notify.h"

/* SEC-100: an authenticated peer asks for what is not his. Nothing of it is given, and the line
 * names what was asked for. */

#define US "192.0.2.1"
#define HIM "198.51.100.7"
#define US6 "2001:db8::1"
#define HIM6 "2001:db8:7::7"

static const char config[] =
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n"
    "{label \"a\" local_addr 192.0.2.1 local_addr 2001:db8::1 remote_addr 198.51.100.0/24 "
    "remote_addr 2001:db8:7::/48}\n";

/* Ours: a LAN 10.1.0.0/16 and fd00:1::/32. His: 10.2.0.0/16, fd00:2::/32, and TCP to our mail.
 * Another client, .9, has 10.9.0.0/16. */
static const char policy[] =
    "{lport 22 ulp tcp} bypass {}\n"
    "{laddr 192.0.2.1 raddr 198.51.100.7 ulp tcp lport 25} ipsec {encr_algs aes-gcm}\n"
    "{laddr 2001:db8::1 raddr 2001:db8:7::7 ulp udp} ipsec {encr_algs aes-gcm}\n"
    "{tunnel t0 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.7 laddr 10.1.0.0/16 raddr "
    "10.2.0.0/16} ipsec {encr_algs aes-gcm}\n"
    "{tunnel t1 negotiate tunnel tsrc 192.0.2.1 tdst 198.51.100.9 laddr 10.1.0.0/16 raddr "
    "10.9.0.0/16} ipsec {encr_algs aes-gcm}\n"
    "{tunnel t2 negotiate tunnel tsrc 2001:db8::1 tdst 2001:db8:7::7 laddr fd00:1::/32 raddr "
    "fd00:2::/32 ulp tcp rport 443} ipsec {encr_algs aes-gcm}\n"
    "{raddr 203.0.113.0/24} drop {}\n";

#define TRANSPORT ENCAPSULATION_TRANSPORT
#define TUNNEL ENCAPSULATION_TUNNEL
#define UDP_TUNNEL ENCAPSULATION_UDP_TUNNEL
#define UDP_TRANSPORT ENCAPSULATION_UDP_TRANSPORT

static const struct {
    const char *us, *him, *ours, *his; /* IKE endpoints, and what he asks for */
    uint8_t protocol;
    uint16_t our_port, his_port;
    enum encapsulation encapsulation;
} greedy[] = {
    /* everything */
    {US, HIM, "0.0.0.0/0", "0.0.0.0/0", 0, 0, 0, TUNNEL},
    {US, HIM, "0.0.0.0/0", "0.0.0.0/0", 0, 0, 0, TRANSPORT},
    {US, HIM, "0.0.0.0/0", "0.0.0.0/0", 0, 0, 0, UDP_TUNNEL},
    {US, HIM, "0.0.0.0/0", "0.0.0.0/0", 6, 25, 0, TUNNEL},
    {US, HIM, "0.0.0.0/0", HIM, 0, 0, 0, TUNNEL},
    {US, HIM, US, "0.0.0.0/0", 0, 0, 0, TUNNEL},
    {US6, HIM6, "::/0", "::/0", 0, 0, 0, TUNNEL},
    {US6, HIM6, "::/0", "::/0", 6, 0, 443, TUNNEL},
    {US6, HIM6, "::/0", HIM6, 17, 0, 0, TRANSPORT},
    /* our LAN for himself, or he as our LAN */
    {US, HIM, "10.1.0.0/16", HIM, 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "0.0.0.0/0", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "10.1.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.2.0.0/16", "10.1.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "0.0.0.0/0", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.0.0.0/8", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/15", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.0.0.0/15", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, US, "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "127.0.0.1", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "127.0.0.0/8", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "224.0.0.0/4", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "10.2.0.0/15", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "10.3.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.255.255", "10.3.0.0", 0, 0, 0, TUNNEL},
    {US, HIM, "10.2.0.0", "10.2.0.0", 0, 0, 0, TUNNEL},
    /* another client's addresses, and another client asking for his */
    {US, HIM, "10.1.0.0/16", "10.9.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "10.9.1.2", 0, 0, 0, TUNNEL},
    {US, HIM, "10.1.0.0/16", "10.9.1.2", 6, 80, 0, UDP_TUNNEL},
    {US, "198.51.100.9", "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, "198.51.100.9", "10.1.0.0/16", "10.2.1.2", 0, 0, 0, TUNNEL},
    {US, "198.51.100.8", "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    {US, "198.51.100.8", "10.1.0.0/16", "10.9.0.0/16", 0, 0, 0, TUNNEL},
    {US, HIM, US, "198.51.100.9", 6, 25, 0, TRANSPORT},
    {US, "198.51.100.9", US, HIM, 6, 25, 0, TRANSPORT},
    {US, "198.51.100.9", US, "198.51.100.9", 6, 25, 0, TRANSPORT},
    {"192.0.2.2", HIM, "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0, TUNNEL},
    /* the other mode */
    {US, HIM, "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0, TRANSPORT},
    {US, HIM, "10.1.0.1", "10.2.0.1", 0, 0, 0, TRANSPORT},
    {US, HIM, "10.1.0.1", "10.2.0.1", 0, 0, 0, UDP_TRANSPORT},
    {US, HIM, US, HIM, 6, 25, 0, TUNNEL},
    {US, HIM, US, HIM, 6, 25, 0, UDP_TUNNEL},
    {US6, HIM6, US6, HIM6, 17, 0, 0, TUNNEL},
    {US6, HIM6, "fd00:1::/32", "fd00:2::/32", 6, 0, 443, TRANSPORT},
    /* more of the host than the entry */
    {US, HIM, US, HIM, 0, 0, 0, TRANSPORT},
    {US, HIM, US, HIM, 6, 0, 0, TRANSPORT},
    {US, HIM, US, HIM, 17, 25, 0, TRANSPORT},
    {US, HIM, US, HIM, 6, 26, 0, TRANSPORT},
    {US, HIM, US, HIM, 6, 22, 0, TRANSPORT},
    {US, HIM, US, HIM, 6, 0, 25, TRANSPORT},
    {US, HIM, US, HIM, 1, 0, 0, TRANSPORT},
    {US, HIM, "192.0.2.0/24", HIM, 6, 25, 0, TRANSPORT},
    {US, HIM, US, "198.51.100.0/24", 6, 25, 0, TRANSPORT},
    {US, HIM, "192.0.2.2", HIM, 6, 25, 0, TRANSPORT},
    {US6, HIM6, US6, HIM6, 0, 0, 0, TRANSPORT},
    {US6, HIM6, US6, HIM6, 6, 0, 0, TRANSPORT},
    {US6, HIM6, US6, "2001:db8:7::/48", 17, 0, 0, TRANSPORT},
    /* more of the tunnel than the entry */
    {US6, HIM6, "fd00:1::/32", "fd00:2::/32", 0, 0, 0, TUNNEL},
    {US6, HIM6, "fd00:1::/32", "fd00:2::/32", 6, 0, 0, TUNNEL},
    {US6, HIM6, "fd00:1::/32", "fd00:2::/32", 6, 443, 0, TUNNEL},
    {US6, HIM6, "fd00:1::/32", "fd00::/16", 6, 0, 443, TUNNEL},
    {US6, HIM6, "fd00::/16", "fd00:2::/32", 6, 0, 443, TUNNEL},
    {US6, "2001:db8:7::9", "fd00:1::/32", "fd00:2::/32", 6, 0, 443, TUNNEL},
    /* what the policy drops */
    {US, "203.0.113.5", US, "203.0.113.5", 0, 0, 0, TRANSPORT},
    {US, HIM, US, "203.0.113.5", 0, 0, 0, TUNNEL},
};

_Static_assert(COUNT(greedy) >= 60, "sixty requests");

static void sec_100_sixty_greedy_requests_get_nothing(void **state)
{
    struct ruleset *rules = material_ruleset(config, NULL, policy);

    (void)state;
    for (size_t i = 0; i < COUNT(greedy); i++) {
        struct phase2_request request = {
            .rule = ruleset_rule(rules, 0),
            .local = material_address(greedy[i].us),
            .remote = material_address(greedy[i].him),
            .selector = material_selector(greedy[i].ours, greedy[i].his, greedy[i].protocol,
                                          greedy[i].our_port, greedy[i].his_port),
            .encapsulation = greedy[i].encapsulation,
        };
        struct refusal refusal = {0};
        const struct ipsec_entry *entry = phase2_entry(rules, &request, &refusal);
        char asked[SELECTOR_TEXT_BYTES], line[REFUSAL_TEXT_BYTES];
        struct text text = text_over(line, sizeof line);

        if (entry)
            fail_msg("row %zu gets entry %u", i, entry->index);
        refusal_text(&refusal, &text);
        if (refusal.notify != NOTIFY_INVALID_ID_INFORMATION ||
            !strstr(line, selector_text(&request.selector, asked)))
            fail_msg("row %zu: %s", i, line);
    }
    ruleset_drop(rules);
}

/* The same peer gets what is his: each refusal above is for what differs from these. */
static void what_is_his_he_gets(void **state)
{
    static const struct {
        const char *us, *him, *ours, *his;
        uint8_t protocol;
        uint16_t our_port, his_port;
        enum encapsulation encapsulation;
        uint32_t index;
    } cases[] = {
        {US, HIM, US, HIM, 6, 25, 0, TRANSPORT, 2},
        {US, HIM, US, HIM, 6, 25, 40000, UDP_TRANSPORT, 2},
        {US6, HIM6, US6, HIM6, 17, 0, 0, TRANSPORT, 3},
        {US, HIM, "10.1.0.0/16", "10.2.0.0/16", 0, 0, 0, TUNNEL, 4},
        {US, HIM, "10.1.7.0/24", "10.2.0.1", 17, 53, 0, UDP_TUNNEL, 4},
        {US, "198.51.100.9", "10.1.0.0/16", "10.9.0.0/16", 0, 0, 0, TUNNEL, 5},
        {US6, HIM6, "fd00:1::/32", "fd00:2::/32", 6, 0, 443, TUNNEL, 6},
        {US6, HIM6, "fd00:1::5", "fd00:2::/64", 6, 1025, 443, TUNNEL, 6},
    };
    struct ruleset *rules = material_ruleset(config, NULL, policy);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct phase2_request request = {
            .rule = ruleset_rule(rules, 0),
            .local = material_address(cases[i].us),
            .remote = material_address(cases[i].him),
            .selector = material_selector(cases[i].ours, cases[i].his, cases[i].protocol,
                                          cases[i].our_port, cases[i].his_port),
            .encapsulation = cases[i].encapsulation,
        };
        struct refusal refusal = {0};
        const struct ipsec_entry *entry = phase2_entry(rules, &request, &refusal);

        if (!entry || entry->index != cases[i].index)
            fail_msg("row %zu: entry %u", i, entry ? entry->index : 0);
    }
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_100_sixty_greedy_requests_get_nothing),
        cmocka_unit_test(what_is_his_he_gets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
