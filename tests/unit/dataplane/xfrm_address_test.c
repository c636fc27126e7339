#include "dataplane/xfrm_address.h"

#include "support/test.h"

static struct address address_of(const char *text)
{
    struct address out;

    assert_int_equal(address_parse(view_of_text(text), &out), STATUS_OK);
    return out;
}

static void a_range_becomes_the_smallest_prefix_around_it(void **state)
{
    static const struct {
        const char *first, *last;
        uint8_t bits;
        const char *prefix;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", 32, "192.0.2.1"},
        {"192.0.2.1", "192.0.2.2", 30, "192.0.2.0"},
        {"192.0.2.4", "192.0.2.7", 30, "192.0.2.4"},
        {"127.255.255.255", "128.0.0.0", 0, "0.0.0.0"},
        {"0.0.0.0", "255.255.255.255", 0, "0.0.0.0"},
        {"2001:db8::1", "2001:db8::1:0", 111, "2001:db8::"},
        {"fd00::", "fd00::", 128, "fd00::"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct selector selector = {
            .local = {address_of(cases[i].first), address_of(cases[i].last)},
            .remote = {address_of(cases[i].first), address_of(cases[i].last)},
        };
        struct address want = address_of(cases[i].prefix);
        struct xfrm_selector got;
        struct address prefix;
        xfrm_selector_set(&got, &selector, true);
        prefix = xfrm_address_back(&got.saddr, got.family);
        if (got.prefixlen_s != cases[i].bits || !address_equal(&prefix, &want))
            fail_msg("%s - %s: /%u", cases[i].first, cases[i].last, (unsigned)got.prefixlen_s);
    }
}

static void a_packet_is_read_as_it_was_sent(void **state)
{
    static const struct {
        uint8_t protocol;
        uint16_t local_port, remote_port; /* as we read them */
    } cases[] = {
        {IPPROTO_TCP, 1000, 2000},
        {IPPROTO_UDP, 1000, 2000},
        {IPPROTO_ICMP, 0, 0}, /* its type and code stand there */
        {IPPROTO_ICMPV6, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address local = address_of("192.0.2.1"), remote = address_of("198.51.100.2");
        struct xfrm_selector packet = {
            .daddr = xfrm_address_of(&remote),
            .saddr = xfrm_address_of(&local),
            .dport = htons(2000),
            .dport_mask = 0xffff,
            .sport = htons(1000),
            .sport_mask = 0xffff,
            .family = AF_INET,
            .prefixlen_d = 32,
            .prefixlen_s = 32,
            .proto = cases[i].protocol,
        };
        struct selector got = xfrm_selector_back(&packet);
        assert_true(address_range_holds(&got.local, &local));
        assert_true(address_range_holds(&got.remote, &remote));
        assert_int_equal(address_range_prefix_bits(&got.local), 32);
        assert_int_equal(got.protocol, cases[i].protocol);
        assert_int_equal(got.local_port, cases[i].local_port);
        assert_int_equal(got.remote_port, cases[i].remote_port);
    }
}

static void what_is_of_no_family_is_no_address(void **state)
{
    xfrm_address_t octets = {.a6 = {1, 2, 3, 4}};
    struct xfrm_selector odd = {.family = 77, .prefixlen_s = 200, .prefixlen_d = 200};
    struct selector selector = xfrm_selector_back(&odd);

    (void)state;
    assert_int_equal(xfrm_address_back(&octets, AF_UNSPEC).family, ADDRESS_NONE);
    assert_int_equal(selector.local.first.family, ADDRESS_NONE);
    odd.family = AF_INET; /* a prefix longer than the address is the address */
    selector = xfrm_selector_back(&odd);
    assert_int_equal(address_range_prefix_bits(&selector.remote), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_becomes_the_smallest_prefix_around_it),
        cmocka_unit_test(a_packet_is_read_as_it_was_sent),
        cmocka_unit_test(what_is_of_no_family_is_no_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
