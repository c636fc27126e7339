#include "base/address.h"
#include "support/test.h"

static struct address parsed(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    return address;
}

static struct address_range range_of(const char *first, const char *last)
{
    return (struct address_range){parsed(first), parsed(last)};
}

static void a_prefix_is_the_range_that_it_spans(void **state)
{
    static const struct {
        const char *address;
        unsigned bits;
        const char *first, *last, *text;
    } cases[] = {
        {"192.0.2.77", 24, "192.0.2.0", "192.0.2.255", "192.0.2.0/24"},
        {"192.0.2.77", 32, "192.0.2.77", "192.0.2.77", "192.0.2.77"},
        {"192.0.2.77", 0, "0.0.0.0", "255.255.255.255", "0.0.0.0/0"},
        {"192.0.2.77", 31, "192.0.2.76", "192.0.2.77", "192.0.2.76/31"},
        {"192.0.2.77", 1, "128.0.0.0", "255.255.255.255", "128.0.0.0/1"},
        {"2001:db8::1", 32, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
         "2001:db8::/32"},
        {"2001:db8::1", 128, "2001:db8::1", "2001:db8::1", "2001:db8::1"},
        {"2001:db8::1", 0, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address address = parsed(cases[i].address);
        struct address_range wanted = range_of(cases[i].first, cases[i].last);
        struct address_range range;
        char text[ADDRESS_TEXT_BYTES];

        assert_int_equal(address_range_prefix(&address, cases[i].bits, &range), STATUS_OK);
        if (!address_range_equal(&range, &wanted))
            fail_msg("%s/%u: %s", cases[i].address, cases[i].bits,
                     address_range_text(&range, text));
        assert_int_equal(address_range_prefix_bits(&range), cases[i].bits);
        assert_string_equal(address_range_text(&range, text), cases[i].text);
    }
}

static void too_many_bits_or_no_family_are_no_prefix(void **state)
{
    struct address ipv4 = parsed("192.0.2.1");
    struct address ipv6 = parsed("2001:db8::1");
    struct address none = {0};
    struct address_range range;

    (void)state;
    assert_int_equal(address_range_prefix(&ipv4, 33, &range), STATUS_MALFORMED);
    assert_int_equal(address_range_prefix(&ipv6, 129, &range), STATUS_MALFORMED);
    assert_int_equal(address_range_prefix(&none, 0, &range), STATUS_MALFORMED);
}

static void sec_30_a_mask_with_holes_is_refused(void **state)
{
    static const struct {
        const char *mask;
        int bits; /* -1: refused */
    } cases[] = {
        {"255.255.255.0", 24}, {"0.0.0.0", 0},        {"255.255.255.255", 32},
        {"255.255.254.0", 23}, {"255.0.255.0", -1},   {"0.0.0.1", -1},
        {"255.255.0.255", -1}, {"127.255.255.0", -1}, {"ffff::", -1},
        {"255.255.253.0", -1},
    };
    struct address address = parsed("192.0.2.77");

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address mask = parsed(cases[i].mask);
        struct address_range range;
        enum status status = address_range_mask(&address, &mask, &range);
        enum status wanted = cases[i].bits < 0 ? STATUS_MALFORMED : STATUS_OK;

        if (status != wanted)
            fail_msg("%s: %s", cases[i].mask, status_name(status));
        if (status == STATUS_OK)
            assert_int_equal(address_range_prefix_bits(&range), cases[i].bits);
    }
}

static void what_is_no_prefix_is_printed_as_a_range(void **state)
{
    struct address_range range = range_of("192.0.2.1", "192.0.2.9");
    struct address_range halves = range_of("192.0.2.127", "192.0.2.128");
    struct address_range upside_down = range_of("192.0.2.255", "192.0.2.0");
    struct address_range longest = range_of("2001:db8:1111:1111:1111:1111:1111:1111",
                                            "2001:db8:2222:2222:2222:2222:2222:2222");
    char text[ADDRESS_TEXT_BYTES];

    (void)state;
    assert_string_equal(address_range_text(&range, text), "192.0.2.1-192.0.2.9");
    assert_int_equal(address_range_prefix_bits(&halves), -1);
    assert_int_equal(address_range_prefix_bits(&upside_down), -1);
    assert_string_equal(
        address_range_text(&longest, text),
        "2001:db8:1111:1111:1111:1111:1111:1111-2001:db8:2222:2222:2222:2222:2222:2222");
}

static void ranges_hold_cover_and_overlap(void **state)
{
    struct address_range outer = range_of("192.0.2.0", "192.0.2.255");
    struct address_range inner = range_of("192.0.2.10", "192.0.2.20");
    struct address_range beside = range_of("192.0.3.0", "192.0.3.255");
    struct address_range across = range_of("192.0.2.200", "192.0.3.10");
    struct address_range ipv6 = range_of("::", "ffff::");
    struct address first = parsed("192.0.2.10");
    struct address last = parsed("192.0.2.20");
    struct address after = parsed("192.0.2.21");
    struct address other = parsed("2001:db8::1");
    struct address_range host = address_range_host(&first);

    (void)state;
    assert_true(address_range_holds(&inner, &first));
    assert_true(address_range_holds(&inner, &last));
    assert_false(address_range_holds(&inner, &after));
    assert_false(address_range_holds(&outer, &other));
    assert_false(address_range_holds(&ipv6, &first));
    assert_true(address_range_covers(&outer, &inner));
    assert_true(address_range_covers(&inner, &host));
    assert_true(address_range_covers(&outer, &outer));
    assert_false(address_range_covers(&inner, &outer));
    assert_false(address_range_covers(&outer, &across));
    assert_false(address_range_covers(&ipv6, &inner));
    assert_true(address_range_overlaps(&outer, &across));
    assert_true(address_range_overlaps(&across, &beside));
    assert_false(address_range_overlaps(&outer, &beside));
    assert_false(address_range_overlaps(&outer, &ipv6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_is_the_range_that_it_spans),
        cmocka_unit_test(too_many_bits_or_no_family_are_no_prefix),
        cmocka_unit_test(sec_30_a_mask_with_holes_is_refused),
        cmocka_unit_test(what_is_no_prefix_is_printed_as_a_range),
        cmocka_unit_test(ranges_hold_cover_and_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
