#include "dataplane/guard.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/mark.h"
#include "policy/ipsec_policy.h"
#include "support/test.h"

static struct address_range prefix(const char *text, unsigned bits)
{
    struct address address;
    struct address_range range;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    assert_int_equal(address_range_prefix(&address, bits, &range), STATUS_OK);
    return range;
}

static struct ipsec_entry host_entry(enum ipsec_action action)
{
    return (struct ipsec_entry){
        .reqid = 1,
        .mode = CHILD_TRANSPORT,
        .alternatives = {{.action = action,
                          .esp_cipher.row = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc")}},
        .alternative_count = 1,
    };
}

static struct ipsec_entry tunnel_entry(enum ipsec_action action)
{
    struct ipsec_entry entry = host_entry(action);

    entry.mode = CHILD_TUNNEL;
    memcpy(entry.tunnel, "net", sizeof "net");
    entry.pattern.local = prefix("10.1.0.0", 16);
    entry.pattern.remote = prefix("10.2.0.0", 16);
    return entry;
}

/* The script for one entry; the caller frees it. */
static char *text_of(const struct ipsec_entry *entries, size_t count)
{
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct bytes text = {0};
    char *copy;

    for (size_t i = 0; i < count; i++)
        assert_int_equal(ipsec_policy_add_entry(policy, &entries[i]), STATUS_OK);
    assert_int_equal(guard_text(policy, GUARD_LASTING, &text), STATUS_OK);
    copy = strndup((const char *)text.data_own, text.bytes);
    bytes_clear(&text);
    ipsec_policy_free(policy);
    return copy;
}

/* The lines of one chain. */
static char *chain_of(const char *text, const char *chain)
{
    char head[64];
    const char *start;
    const char *end;

    (void)snprintf(head, sizeof head, "    chain %s {\n", chain);
    start = strstr(text, head);
    assert_non_null(start);
    end = strstr(start, "\n    }\n");
    assert_non_null(end);
    return strndup(start, (size_t)(end - start) + 1);
}

/* Fails unless the chain holds (or not) the line. */
static void check_line(const char *text, const char *chain, const char *line, bool is_there)
{
    char *body = chain_of(text, chain);
    bool found = strstr(body, line) != NULL;

    if (found != is_there)
        fail_msg("chain %s: \"%s\" is %s\n%s", chain, line, found ? "there" : "not there", body);
    free(body);
}

static void a_host_entry_marks_what_goes_out_and_drops_what_comes_in(void **state)
{
    struct ipsec_entry entry = host_entry(IPSEC_PROTECT);
    char *text;

    (void)state;
    entry.pattern.remote = prefix("192.0.2.9", 32);
    entry.pattern.protocol = 6;
    entry.pattern.remote_port = 23;
    text = text_of(&entry, 1);
    check_line(text, "output",
               "meta nfproto ipv4 ip daddr 192.0.2.9 meta l4proto 6 th dport 23 goto protect",
               true);
    check_line(text, "input",
               "meta nfproto ipv4 ip saddr 192.0.2.9 meta l4proto 6 th sport 23 counter drop",
               true);
    check_line(text, "output", "nfproto ipv6", false);
    /* Solaris: forwarded packets are not subject to host policy. */
    check_line(text, "prerouting", "192.0.2.9", false);
    check_line(text, "forward", "192.0.2.9", false);
    free(text);
}

static void a_tunnel_entry_holds_for_what_is_forwarded_too(void **state)
{
    struct ipsec_entry entry = tunnel_entry(IPSEC_PROTECT);
    char *text = text_of(&entry, 1);

    (void)state;
    check_line(text, "prerouting", "ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 goto protect", true);
    check_line(text, "forward", "ip daddr 10.1.0.0/16 ip saddr 10.2.0.0/16 counter drop", true);
    check_line(text, "output", "ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 goto protect", true);
    check_line(text, "input", "ip daddr 10.1.0.0/16 ip saddr 10.2.0.0/16 counter drop", true);
    free(text);
}

static void fragments_without_ports_do_not_slip_through(void **state)
{
    struct ipsec_entry entry = tunnel_entry(IPSEC_PROTECT);
    char *text;

    (void)state;
    entry.pattern.protocol = 17;
    entry.pattern.local_port = 53;
    text = text_of(&entry, 1);
    check_line(text, "prerouting", "meta l4proto 17 ip frag-off & 0x1fff != 0 counter drop", true);
    check_line(text, "forward", "meta l4proto 17 ip frag-off & 0x1fff != 0 counter drop", true);
    check_line(text, "input", "ip frag-off", false); /* whole by then */
    /* IPv6 is not; ESP in UDP may come in pieces. */
    check_line(text, "input", "meta l4proto udp frag frag-off != 0 accept", true);
    free(text);
}

static void bypass_comes_first_wherever_it_was_written(void **state)
{
    struct ipsec_entry entries[2] = {host_entry(IPSEC_PROTECT), host_entry(IPSEC_BYPASS)};
    char *text;
    char *body;

    (void)state;
    entries[1].pattern.protocol = 58;
    entries[1].icmp_type = (struct icmp_range){true, 133, 137};
    text = text_of(entries, 2);
    check_line(text, "output", "meta nfproto ipv6 meta l4proto 58 icmpv6 type 133-137 goto pass",
               true);
    body = chain_of(text, "output");
    assert_true(strstr(body, "133-137") < strstr(body, "goto protect"));
    free(body);
    free(text);
}

static void one_direction_is_one_direction(void **state)
{
    struct ipsec_entry entry = host_entry(IPSEC_DROP);
    char *text;

    (void)state;
    entry.pattern.local_port = 23;
    entry.direction = IPSEC_IN;
    text = text_of(&entry, 1);
    check_line(text, "input", "{ 6, 17, 33, 132, 136 } th dport 23 counter drop", true);
    check_line(text, "output", "23", false);
    free(text);
}

static void an_interface_is_its_device_and_an_address_that_it_has(void **state)
{
    struct ipsec_entry entry = host_entry(IPSEC_PROTECT);
    char *text;

    (void)state;
    memcpy(entry.interface, "eth0", sizeof "eth0");
    entry.pattern.remote = prefix("10.9.0.0", 16);
    text = text_of(&entry, 1);
    check_line(text, "output",
               "meta nfproto ipv4 oifname \"eth0\" fib saddr . oif type local ip daddr 10.9.0.0/16 "
               "goto protect\n",
               true);
    check_line(text, "input",
               "meta nfproto ipv4 iifname \"eth0\" fib daddr . iif type local ip saddr 10.9.0.0/16 "
               "counter drop\n",
               true);
    free(text);
}

/* Two addresses are known, and a third that comes is held until it is. */
static void
beside_the_kernels_policies_a_tunnels_device_carries_what_an_entry_lets_pass(void **state)
{
    struct ipsec_entry entries[] = {tunnel_entry(IPSEC_BYPASS), tunnel_entry(IPSEC_PROTECT)};
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct bytes text = {0};
    char error[256] = "";
    char *copy;

    (void)state;
    entries[0].pattern.protocol = 6;
    for (size_t i = 0; i < COUNT(entries); i++)
        assert_int_equal(ipsec_policy_add_entry(policy, &entries[i]), STATUS_OK);
    assert_int_equal(guard_text(policy, GUARD_DEVICES, &text), STATUS_OK);
    copy = strndup((const char *)text.data_own, text.bytes);
    check_line(copy, "output",
               "        meta nfproto ipv4 ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 meta l4proto 6 "
               "accept\n        oifname { \"net\" } counter drop\n",
               true);
    check_line(copy, "input", "accept\n        iifname { \"net\" } counter drop\n", true);
    check_line(copy, "forward", "oifname { \"net\" } counter drop\n", true);
    check_line(copy, "forward", "iifname { \"net\" } counter drop\n", true);
    free(copy);
    bytes_clear(&text);
    if (unshare(CLONE_NEWNET) == 0 && guard_devices_load(policy, error, sizeof error) != STATUS_OK)
        fail_msg("%s", error);
    ipsec_policy_free(policy);
}

static void beside_the_kernels_policies_an_unknown_address_of_an_interface_is_held(void **state)
{
    struct ipsec_entry entries[5] = {host_entry(IPSEC_BYPASS), host_entry(IPSEC_PROTECT),
                                     host_entry(IPSEC_PROTECT), host_entry(IPSEC_PROTECT),
                                     host_entry(IPSEC_PROTECT)};
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct bytes text = {0};
    char error[256] = "";
    char *copy;

    (void)state;
    entries[0].pattern.remote = prefix("10.9.0.1", 32);
    entries[0].reqid = 2;
    for (size_t i = 1; i <= 3; i++) {
        memcpy(entries[i].interface, "eth0", sizeof "eth0");
        entries[i].local_is_of_interface = i < 3;
        entries[i].pattern.remote = prefix("10.9.0.0", 16);
    }
    entries[1].pattern.local = prefix("10.1.0.1", 32);
    entries[2].pattern.local = prefix("10.1.0.2", 32);
    entries[4].reqid = 3;
    for (size_t i = 0; i < COUNT(entries); i++)
        assert_int_equal(ipsec_policy_add_entry(policy, &entries[i]), STATUS_OK);
    assert_int_equal(guard_text(policy, GUARD_DEVICES, &text), STATUS_OK);
    copy = strndup((const char *)text.data_own, text.bytes);
    check_line(copy, "output",
               "        udp sport { 500, 4500 } accept\n"
               "        meta nfproto ipv4 ip daddr 10.9.0.1 accept\n"
               "        meta nfproto ipv4 oifname \"eth0\" fib saddr . oif type local ip daddr "
               "10.9.0.0/16 ip saddr != { 10.1.0.2, 10.1.0.1 } counter drop\n",
               true);
    check_line(copy, "input", "ip daddr != { 10.1.0.2, 10.1.0.1 } counter drop\n", true);
    check_line(copy, "output", "counter drop\n        meta", false); /* once, and no other entry */
    free(copy);
    bytes_clear(&text);
    if (unshare(CLONE_NEWNET) == 0 && guard_devices_load(policy, error, sizeof error) != STATUS_OK)
        fail_msg("%s", error);
    ipsec_policy_flush(policy, NULL);
    policy->entry_count = 0;
    assert_int_equal(guard_devices_load(policy, error, sizeof error), STATUS_OK);
    ipsec_policy_free(policy);
}

static void what_no_entry_of_a_tunnel_holds_does_not_go_through_its_device(void **state)
{
    struct ipsec_entry entries[] = {tunnel_entry(IPSEC_PROTECT), tunnel_entry(IPSEC_BYPASS),
                                    tunnel_entry(IPSEC_DROP)};
    char *text;

    (void)state;
    entries[1].pattern.protocol = 6;
    memcpy(entries[2].tunnel, "longer-than-any-device", sizeof "longer-than-any-device");
    text = text_of(entries, COUNT(entries));
    check_line(text, "output", "oifname { \"net\" } counter drop\n        goto pass\n", true);
    check_line(text, "input", "iifname { \"net\" } counter drop\n", true);
    check_line(text, "forward", "iifname { \"net\" } counter drop\n", true);
    check_line(text, "forward",
               "ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 meta l4proto 6 goto pass\n"
               "        oifname { \"net\" } counter drop\n",
               true);
    free(text);
}

static void outer_packets_of_a_tunnel_are_the_hosts_own(void **state)
{
    struct ipsec_entry entry = host_entry(IPSEC_PROTECT);
    char *text;

    (void)state;
    memcpy(entry.tunnel, "net", sizeof "net");
    entry.pattern.local = prefix("192.0.2.1", 32);
    entry.pattern.remote = prefix("192.0.2.2", 32);
    entry.pattern.protocol = 47;
    text = text_of(&entry, 1);
    check_line(text, "output", "meta l4proto 47 goto protect\n", true);
    check_line(text, "output", "\"net\"", false); /* all inside it is protected */
    check_line(text, "forward", "47", false);
    free(text);
}

static void an_empty_policy_is_an_empty_table(void **state)
{
    char *text = text_of(NULL, 0);

    (void)state;
    assert_string_equal(text, "add table inet entente\ndelete table inet entente\n"
                              "table inet entente {\n}\n");
    free(text);
}

static void what_is_made_is_what_nftables_takes(void **state)
{
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct ipsec_entry entries[] = {host_entry(IPSEC_BYPASS),    host_entry(IPSEC_PROTECT),
                                    tunnel_entry(IPSEC_PROTECT), tunnel_entry(IPSEC_DROP),
                                    host_entry(IPSEC_PROTECT),   tunnel_entry(IPSEC_BYPASS)};
    char error[256] = "";
    int watch;

    (void)state;
    if (unshare(CLONE_NEWNET) < 0)
        skip();
    entries[4].pattern.remote_port = 25;
    memcpy(entries[4].interface, "eth0", sizeof "eth0");
    entries[0].pattern.protocol = 1;
    entries[0].icmp_type = (struct icmp_range){true, 3, 3};
    entries[0].icmp_code = (struct icmp_range){true, 4, 4};
    entries[2].pattern.protocol = 6;
    entries[2].pattern.remote_port = 80;
    entries[3].pattern.local = prefix("fd00::", 8);
    entries[3].pattern.remote = prefix("2001:db8::", 32);
    entries[3].pattern.local_port = 9;
    for (size_t i = 0; i < COUNT(entries); i++)
        assert_int_equal(ipsec_policy_add_entry(policy, &entries[i]), STATUS_OK);
    watch = guard_watch_open();
    assert_true(watch >= 0);
    assert_false(guard_is_loaded());
    if (guard_load(policy, error, sizeof error) != STATUS_OK)
        fail_msg("%s", error);
    assert_true(guard_is_loaded());
    assert_int_equal(guard_load(policy, error, sizeof error), STATUS_OK);
    assert_false(guard_watch_read(watch)); /* replaced, not removed */
    assert_int_equal(guard_remove(error, sizeof error), STATUS_OK);
    assert_int_equal(guard_remove(error, sizeof error), STATUS_OK);
    assert_true(guard_watch_read(watch));
    assert_false(guard_is_loaded());
    ipsec_policy_free(policy);
}

/* Runs nft with these words, quietly; true when it succeeds. */
static bool nft(const char *const *words)
{
    const char *argv[8] = {"nft"};
    int status = -1;
    pid_t child;

    for (size_t i = 0; words[i]; i++)
        argv[i + 1] = words[i];
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(126);
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return status == 0;
}

static bool held_chain_is_there(void)
{
    const char *const words[] = {"list", "chain", "inet", GUARD_HELD_TABLE, "postrouting", NULL};

    return nft(words);
}

/* A foreign flush takes everybody's tables, but not one that a living process owns. */
static void what_is_held_stands_a_foreign_flush(void **state)
{
    const struct ipsec_entry entry = host_entry(IPSEC_PROTECT);
    const char *const flush[] = {"flush", "ruleset", NULL};
    const char *const delete[] = {"delete", "table", "inet", GUARD_HELD_TABLE, NULL};
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct guard_hold *hold = guard_hold_new();
    char error[256] = "";

    (void)state;
    if (unshare(CLONE_NEWNET) < 0)
        skip();
    assert_non_null(hold);
    guard_release(hold);
    hold = guard_hold_new(); /* its socket is of this namespace */
    assert_int_equal(ipsec_policy_add_entry(policy, &entry), STATUS_OK);
    assert_int_equal(guard_load(policy, error, sizeof error), STATUS_OK);
    for (size_t i = 0; i < 2; i++) /* made, then replaced */
        if (guard_hold_load(hold, policy, error, sizeof error) != STATUS_OK)
            fail_msg("%s", error);
    assert_true(nft(flush));
    assert_false(guard_is_loaded());
    assert_true(held_chain_is_there());
    assert_false(nft(delete));
    guard_release(hold);
    assert_false(held_chain_is_there());
    ipsec_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_entry_marks_what_goes_out_and_drops_what_comes_in),
        cmocka_unit_test(a_tunnel_entry_holds_for_what_is_forwarded_too),
        cmocka_unit_test(fragments_without_ports_do_not_slip_through),
        cmocka_unit_test(bypass_comes_first_wherever_it_was_written),
        cmocka_unit_test(one_direction_is_one_direction),
        cmocka_unit_test(an_interface_is_its_device_and_an_address_that_it_has),
        cmocka_unit_test(
            beside_the_kernels_policies_a_tunnels_device_carries_what_an_entry_lets_pass),
        cmocka_unit_test(beside_the_kernels_policies_an_unknown_address_of_an_interface_is_held),
        cmocka_unit_test(what_no_entry_of_a_tunnel_holds_does_not_go_through_its_device),
        cmocka_unit_test(outer_packets_of_a_tunnel_are_the_hosts_own),
        cmocka_unit_test(an_empty_policy_is_an_empty_table),
        cmocka_unit_test(what_is_made_is_what_nftables_takes),
        cmocka_unit_test(what_is_held_stands_a_foreign_flush),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
