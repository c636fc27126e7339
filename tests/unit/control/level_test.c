#include "control/level.h"

#include "contract/event.h"
#include "support/test.h"

static void debug_levels_are_numbers_or_joined_nicknames(void **state)
{
    static const struct {
        const char *level;
        uint32_t bits;
    } cases[] = {
        {"phase1+phase2+policy", 0x58},
        {"all-op", 0x7fb},
        {"op", 0x4},
        {"OPERATOR", 0x4},
        {"+cert", 0x1},
        {"-op", 0},
        {"-op+op", 0x4},
        {"0x58", 0x58},
        {"88", 0x58},
        {"0130", 0x58},
        {"0", 0},
        {"all", 0x7ff},
        {"p1+p2-p1", 0x10},
        {"pol+policy", 0x40},
        {"pfkey+prop+door", 0x1a0},
        {"config+label+key", 0x602},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256] = "";
        struct text error = text_over(line, sizeof line);
        uint32_t bits = 0xffff;

        if (debug_level_parse(cases[i].level, &bits, &error) != STATUS_OK || bits != cases[i].bits)
            fail_msg("%s: 0x%x %s", cases[i].level, bits, line);
    }
}

static void anything_else_is_refused_with_the_choices(void **state)
{
    static const char *const cases[] = {"",
                                        "opp",
                                        "op+",
                                        "op++p1",
                                        "0x",
                                        "0x800",
                                        "12x",
                                        "op p1",
                                        "+",
                                        "-",
                                        "99999999999999999999999",
                                        "al",
                                        "phase1,phase2"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256] = "";
        struct text error = text_over(line, sizeof line);
        uint32_t bits = 7;

        if (debug_level_parse(cases[i], &bits, &error) != STATUS_MALFORMED)
            fail_msg("\"%s\" is accepted", cases[i]);
        assert_int_equal(bits, 7);
        assert_non_null(strstr(line, "a debug level is a number or some of all, cert, key"));
    }
}

static void privileges_are_words_or_numbers(void **state)
{
    enum privilege privilege = PRIVILEGE_BASE;

    (void)state;
    assert_int_equal(privilege_parse("keymat", &privilege), STATUS_OK);
    assert_int_equal(privilege, PRIVILEGE_KEYMAT);
    assert_int_equal(privilege_parse("1", &privilege), STATUS_OK);
    assert_int_equal(privilege, PRIVILEGE_MODKEYS);
    assert_int_equal(privilege_parse("3", &privilege), STATUS_MALFORMED);
    assert_int_equal(privilege_parse("Base", &privilege), STATUS_MALFORMED);
    assert_int_equal(privilege, PRIVILEGE_MODKEYS);
    assert_string_equal(privilege_name(PRIVILEGE_BASE), "base");
    assert_string_equal(privilege_text(PRIVILEGE_KEYMAT), "access to keying material");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debug_levels_are_numbers_or_joined_nicknames),
        cmocka_unit_test(anything_else_is_refused_with_the_choices),
        cmocka_unit_test(privileges_are_words_or_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
