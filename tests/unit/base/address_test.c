#include "base/address.h"

#include "support/test.h"

/* SEC-215: 60 spellings; one address has one text, and nothing else is an address. */
static const struct {
    const char *text;
    const char *canonical; /* NULL: refused */
} spellings[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"127.0.0.1", "127.0.0.1"},
    {"010.0.0.1", NULL},
    {"10.00.0.1", NULL},
    {"10.0.0.01", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2", NULL},
    {"192.0.2.", NULL},
    {".192.0.2.1", NULL},
    {"192.0.2.1.1", NULL},
    {"192.0..1", NULL},
    {"192.0.2.1 ", NULL},
    {" 192.0.2.1", NULL},
    {"192.0.2.1\n", NULL},
    {"192.0.2.-1", NULL},
    {"192.0.2.+1", NULL},
    {"0xc0.0.2.1", NULL},
    {"0xc0000201", NULL},
    {"3221225985", NULL},
    {"192.0.513", NULL},
    {"192.0.2.1/32", NULL},
    {"192.0.2.1:500", NULL},
    {"192.0.2.1a", NULL},
    {"192,0,2,1", NULL},
    {"1e1.0.0.1", NULL},
    {"", NULL},
    {".", NULL},
    {"localhost", NULL},
    {"2001:db8::1", "2001:db8::1"},
    {"2001:DB8::1", "2001:db8::1"},
    {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
    {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
    {"::", "::"},
    {"::1", "::1"},
    {"fe80::1", "fe80::1"},
    {"ff02::1", "ff02::1"},
    {"2001:db8::", "2001:db8::"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
    {"::ffff:192.0.2.1", NULL},
    {"::ffff:c000:201", NULL},
    {"::FFFF:192.0.2.1", NULL},
    {"0:0:0:0:0:ffff:c000:201", NULL},
    {"fe80::1%eth0", NULL},
    {"fe80::1%1", NULL},
    {"[2001:db8::1]", NULL},
    {"2001:db8::1/128", NULL},
    {"2001:db8:::1", NULL},
    {"2001:db8::1::2", NULL},
    {"1:2:3:4:5:6:7", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"12345::1", NULL},
    {"2001:db8::g", NULL},
    {":2001:db8::1", NULL},
    {"2001:db8::1:", NULL},
    {":", NULL},
    {"::ffff:010.0.0.1", NULL},
    {"2001:db8:0000:0000:0000:0000:0000:0000000001", NULL},
};

static void sec_215_an_address_has_one_text_and_nothing_else_is_one(void **state)
{
    (void)state;
    assert_int_equal(COUNT(spellings), 60);
    for (size_t i = 0; i < COUNT(spellings); i++) {
        struct address address;
        char text[ADDRESS_TEXT_BYTES];
        enum status status = address_parse(view_of_text(spellings[i].text), &address);

        enum status wanted = spellings[i].canonical ? STATUS_OK : STATUS_MALFORMED;

        if (status != wanted)
            fail_msg("\"%s\": %s", spellings[i].text, status_name(status));
        if (spellings[i].canonical)
            assert_string_equal(address_text(&address, text), spellings[i].canonical);
    }
}

static void sec_215_a_nul_inside_is_no_end(void **state)
{
    struct address address;

    (void)state;
    assert_int_equal(address_parse(view_of("192.0.2.1\0x", 11), &address), STATUS_MALFORMED);
    assert_int_equal(address_parse(view_of("192.0.2.1\0", 10), &address), STATUS_MALFORMED);
    assert_int_equal(address_parse((struct view){0}, &address), STATUS_MALFORMED);
}

static struct address parsed(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    return address;
}

static void addresses_come_from_4_or_16_octets_only(void **state)
{
    uint8_t octets[17] = {192, 0, 2, 1};
    struct address address;
    struct address text = parsed("192.0.2.1");

    (void)state;
    for (size_t bytes = 0; bytes <= sizeof octets; bytes++) {
        enum status wanted = bytes == 4 || bytes == 16 ? STATUS_OK : STATUS_MALFORMED;

        assert_int_equal(address_from_view(view_of(octets, bytes), &address), wanted);
    }
    assert_int_equal(address_from_view(view_of(octets, 4), &address), STATUS_OK);
    assert_true(address_equal(&address, &text));
    assert_int_equal(address_bytes(&address), 4);
    test_view_equal("view", address_view(&address), view_of(octets, 4));
}

static void kinds_of_addresses_are_known(void **state)
{
    static const struct {
        const char *text;
        bool is_unspecified, is_multicast, is_loopback;
    } cases[] = {
        {"0.0.0.0", true, false, false},
        {"::", true, false, false},
        {"224.0.0.1", false, true, false},
        {"239.255.255.255", false, true, false},
        {"255.255.255.255", false, true, false},
        {"ff02::1", false, true, false},
        {"127.0.0.1", false, false, true},
        {"127.255.0.1", false, false, true},
        {"::1", false, false, true},
        {"223.255.255.255", false, false, false},
        {"240.0.0.1", false, false, false},
        {"2001:db8::1", false, false, false},
        {"7f00::", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address address = parsed(cases[i].text);

        if (address_is_unspecified(&address) != cases[i].is_unspecified ||
            address_is_multicast(&address) != cases[i].is_multicast ||
            address_is_loopback(&address) != cases[i].is_loopback)
            fail_msg("%s", cases[i].text);
    }
}

static void order_is_by_family_then_by_octets(void **state)
{
    struct address small = parsed("192.0.2.1");
    struct address large = parsed("192.0.2.2");
    struct address ipv6 = parsed("::");

    (void)state;
    assert_true(address_compare(&small, &large) < 0);
    assert_true(address_compare(&large, &small) > 0);
    assert_true(address_compare(&large, &ipv6) < 0);
    assert_int_equal(address_compare(&small, &small), 0);
    assert_false(address_equal(&small, &ipv6));
}

static void an_endpoint_of_ipv6_has_brackets(void **state)
{
    struct path path = {
        .local = {parsed("192.0.2.1"), 500},
        .remote = {parsed("2001:db8::ffff:ffff:ffff:ffff"), 65535},
    };
    struct path other = path;
    char text[ADDRESS_TEXT_BYTES];
    struct address none = {0};

    (void)state;
    assert_string_equal(endpoint_text(&path.local, text), "192.0.2.1:500");
    assert_string_equal(endpoint_text(&path.remote, text), "[2001:db8::ffff:ffff:ffff:ffff]:65535");
    assert_string_equal(address_text(&none, text), "none");
    assert_true(path_equal(&path, &other));
    other.is_encapsulated = true;
    assert_false(path_equal(&path, &other));
    other = path;
    other.remote.port = 4500;
    assert_false(path_equal(&path, &other));
    assert_false(endpoint_equal(&path.remote, &other.remote));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_215_an_address_has_one_text_and_nothing_else_is_one),
        cmocka_unit_test(sec_215_a_nul_inside_is_no_end),
        cmocka_unit_test(addresses_come_from_4_or_16_octets_only),
        cmocka_unit_test(kinds_of_addresses_are_known),
        cmocka_unit_test(order_is_by_family_then_by_octets),
        cmocka_unit_test(an_endpoint_of_ipv6_has_brackets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
