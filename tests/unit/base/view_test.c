#include "base/view.h"

#include <stdlib.h>

#include "support/test.h"

static void equality_is_of_content_and_length(void **state)
{
    (void)state;
    assert_true(view_equal(view_of_text("abc"), view_of("abcd", 3)));
    assert_false(view_equal(view_of_text("abc"), view_of_text("abd")));
    assert_false(view_equal(view_of_text("abc"), view_of_text("ab")));
    assert_true(view_equal((struct view){0}, view_of("x", 0)));
}

static void order_puts_a_prefix_first(void **state)
{
    (void)state;
    assert_true(view_compare(view_of_text("ab"), view_of_text("abc")) < 0);
    assert_true(view_compare(view_of_text("abc"), view_of_text("ab")) > 0);
    assert_true(view_compare(view_of_text("b"), view_of_text("abc")) > 0);
    assert_int_equal(view_compare(view_of_text("abc"), view_of_text("abc")), 0);
    assert_true(view_compare((struct view){0}, view_of_text("a")) < 0);
    assert_true(view_compare(view_of("\xff", 1), view_of("\x01", 1)) > 0);
}

static void a_copy_is_its_own_and_may_be_of_a_part_of_the_old(void **state)
{
    struct bytes bytes = {0};

    (void)state;
    assert_int_equal(bytes_copy(view_of_text("whole text"), &bytes), STATUS_OK);
    assert_int_equal(bytes_copy(view_of(bytes.data_own + 6, 4), &bytes), STATUS_OK);
    test_view_equal("part", bytes_view(&bytes), view_of_text("text"));
    assert_int_equal(bytes_copy((struct view){0}, &bytes), STATUS_OK);
    assert_int_equal(bytes.bytes, 0);
    bytes_wipe(&bytes);
    bytes_clear(&bytes); /* cleared twice is cleared */
}

static void text_of_a_view_ends_where_the_view_does(void **state)
{
    char *whole = view_to_text(view_of("entente", 3));
    char *none = view_to_text(view_of(NULL, 0));

    (void)state;
    assert_string_equal(whole, "ent");
    assert_string_equal(none, "");
    free(whole);
    free(none);
}

static void every_status_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = STATUS_OK; i <= STATUS_SYSTEM; i++) {
        for (unsigned j = STATUS_OK; j < i; j++)
            assert_string_not_equal(status_name((enum status)i), status_name((enum status)j));
        assert_string_not_equal(status_name((enum status)i), "unknown status");
    }
    assert_string_equal(status_name((enum status)(STATUS_SYSTEM + 1)), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_is_of_content_and_length),
        cmocka_unit_test(order_puts_a_prefix_first),
        cmocka_unit_test(a_copy_is_its_own_and_may_be_of_a_part_of_the_old),
        cmocka_unit_test(text_of_a_view_ends_where_the_view_does),
        cmocka_unit_test(every_status_has_a_word_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
