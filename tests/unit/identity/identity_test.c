#include "identity/identity.h"

#include "support/test.h"

static const struct {
    const char *name;
    uint8_t type;
    const char *hex;
    enum status range;
    const char *text;
} cases[] = {
    {"IPv4", 1, "c0000201", STATUS_OK, "192.0.2.1"},
    {"IPv4 of 3 octets", 1, "c00002", STATUS_MALFORMED, "type 1: c00002"},
    {"IPv6", 5, "20010db8000000000000000000000001", STATUS_OK, "2001:db8::1"},
    {"subnet", 4, "0a000000 ff000000", STATUS_OK, "10.0.0.0/8"},
    {"subnet, mask with a hole", 4, "0a000000 ff00ff00", STATUS_MALFORMED,
     "type 4: 0a000000ff00ff00"},
    {"range", 7, "c0000201 c0000203", STATUS_OK, "192.0.2.1-192.0.2.3"},
    {"range upside down", 7, "c0000203 c0000201", STATUS_MALFORMED, "type 7: c0000203c0000201"},
    {"name", 2, "682e6578616d706c652e6f7267", STATUS_UNEXPECTED, "h.example.org"},
    {"name with a line feed and a quote", 2, "610a22", STATUS_UNEXPECTED, "a\\x0a\\x22"},
    {"key id", 11, "0001", STATUS_UNEXPECTED, "type 11: 0001"},
    {"unknown type", 200, "01", STATUS_UNEXPECTED, "type 200: 01"},
};

static void identities_have_a_range_or_none_and_a_text_of_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes data = test_hex(cases[i].hex);
        struct identity identity = {cases[i].type, bytes_view(&data)};
        struct address_range range;
        char buffer[128];
        struct text text = text_over(buffer, sizeof buffer);

        if (identity_range(&identity, &range) != cases[i].range)
            fail_msg("%s: wrong range", cases[i].name);
        identity_text(&identity, &text);
        if (strcmp(buffer, cases[i].text) != 0)
            fail_msg("%s: %s", cases[i].name, buffer);
        bytes_clear(&data);
    }
}

static const struct {
    uint8_t type;
    const char *a, *b;
    bool equal;
} equal_cases[] = {
    {2, "Host.Example.ORG", "host.example.org", true},
    {2, "host.example.org", "host.example.com", false},
    {2, "host.example.org", "host.example.org.", false},
    {3, "Root@Example.org", "Root@example.ORG", true},
    {3, "Root@example.org", "root@example.org", false},
    {11, "Key", "key", false},
};

static void names_are_equal_without_regard_to_case_of_the_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(equal_cases); i++) {
        struct identity a = {equal_cases[i].type, view_of_text(equal_cases[i].a)};
        struct identity b = {equal_cases[i].type, view_of_text(equal_cases[i].b)};

        if (identity_equal(&a, &b) != equal_cases[i].equal)
            fail_msg("%s and %s", equal_cases[i].a, equal_cases[i].b);
        b.type = 9;
        assert_false(identity_equal(&a, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_have_a_range_or_none_and_a_text_of_one_line),
        cmocka_unit_test(names_are_equal_without_regard_to_case_of_the_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
