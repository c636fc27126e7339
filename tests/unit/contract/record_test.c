#include "contract/record.h"

#include <ctype.h>

#include "support/test.h"

static void every_drop_reason_has_its_own_word(void **state)
{
    (void)state;
    for (int i = 0; i < DROP_REASON_COUNT; i++) {
        const char *name = drop_reason_name((enum drop_reason)i);

        assert_non_null(name);
        for (const char *at = name; *at; at++)
            assert_true(islower((unsigned char)*at) || *at == '_'); /* a name in metrics and JSON */
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, drop_reason_name((enum drop_reason)j));
    }
}

static void a_number_outside_the_enum_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(drop_reason_name(DROP_REASON_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_drop_reason_has_its_own_word),
        cmocka_unit_test(a_number_outside_the_enum_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
