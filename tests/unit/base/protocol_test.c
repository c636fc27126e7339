#include "base/protocol.h"

#include "support/test.h"

static void every_name_leads_back_to_its_number(void **state)
{
    unsigned named = 0;

    (void)state;
    for (unsigned number = 0; number <= UINT8_MAX; number++) {
        const char *name = protocol_name((uint8_t)number);

        if (!name)
            continue;
        named++;
        assert_int_equal(protocol_number(view_of_text(name)), (int)number);
    }
    assert_true(named >= 10);
}

static void an_alias_is_understood_and_not_shown(void **state)
{
    (void)state;
    assert_int_equal(protocol_number(view_of_text("icmpv6")), 58);
    assert_string_equal(protocol_name(58), "ipv6-icmp");
}

static void other_words_and_numbers_have_none(void **state)
{
    static const char *const words[] = {"", "tc", "tcpx", "TCP", "6"};

    (void)state;
    assert_null(protocol_name(0));
    assert_null(protocol_name(200));
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(protocol_number(view_of_text(words[i])), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_leads_back_to_its_number),
        cmocka_unit_test(an_alias_is_understood_and_not_shown),
        cmocka_unit_test(other_words_and_numbers_have_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
