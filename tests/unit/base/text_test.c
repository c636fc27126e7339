#include "base/text.h"

#include "support/test.h"

static void text_is_cut_at_the_buffers_end_and_says_so(void **state)
{
    char buffer[8];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    text_add(&text, "%s", "abc");
    assert_false(text.is_cut);
    assert_int_equal(text.bytes, 3);
    text_add(&text, "%s", "defgh");
    assert_true(text.is_cut);
    assert_string_equal(buffer, "abcdefg");
    text_add(&text, "x");
    assert_string_equal(buffer, "abcdefg");
    text = text_over(NULL, 0);
    text_add(&text, "x");
    assert_true(text.is_cut);
}

static void sec_161_octets_from_outside_stay_on_one_line(void **state)
{
    char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    text_add_escaped(&text, view_of("a\n\r\0\x1b[31m\\\"\xc3\xa9\x7f", 14));
    assert_string_equal(buffer, "a\\x0a\\x0d\\x00\\x1b[31m\\x5c\\x22\\xc3\\xa9\\x7f");
    text = text_over(buffer, sizeof buffer);
    text_add_hex(&text, view_of("\x00\xff\x1a", 3));
    assert_string_equal(buffer, "00ff1a");
}

static void distance_counts_edits(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"aes", "aes", 0},
        {"aes-gmc", "aes-gcm", 2},
        {"des", "3des", 1},
        {"sha256", "sha512", 3},
        {"kitten", "sitting", 3},
        {"", "abc", 3},
        {"saturday", "sunday", 3},
        {"0123456789012345678901234567890123456789", "a", 99},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(text_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(text_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_at_the_buffers_end_and_says_so),
        cmocka_unit_test(sec_161_octets_from_outside_stay_on_one_line),
        cmocka_unit_test(distance_counts_edits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
