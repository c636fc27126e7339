#include "base/reader.h"

#include "support/test.h"

static void numbers_are_read_in_network_order(void **state)
{
    struct bytes octets = test_hex("01 0203 04050607 08090a0b0c0d0e0f");
    struct reader reader = reader_over(bytes_view(&octets));

    (void)state;
    assert_int_equal(reader_u8(&reader), 0x01);
    assert_int_equal(reader_u16(&reader), 0x0203);
    assert_int_equal(reader_u32(&reader), 0x04050607);
    assert_true(reader_u64(&reader) == UINT64_C(0x08090a0b0c0d0e0f));
    assert_true(reader_at_end(&reader));
    bytes_clear(&octets);
}

static void a_read_past_the_end_fails_for_good(void **state)
{
    struct bytes octets = test_hex("0102 03");
    struct reader reader = reader_over(bytes_view(&octets));

    (void)state;
    assert_int_equal(reader_u16(&reader), 0x0102);
    assert_int_equal(reader_u16(&reader), 0);
    assert_false(reader_is_good(&reader));
    /* One octet is left, but a failed reader gives nothing any more. */
    assert_int_equal(reader_u8(&reader), 0);
    assert_int_equal(reader_left(&reader), 0);
    assert_true(view_is_empty(reader_rest(&reader)));
    assert_false(reader_at_end(&reader));
    bytes_clear(&octets);
}

static void lengths_near_the_largest_do_not_wrap(void **state)
{
    struct bytes octets = test_hex("0102030405");
    struct reader reader = reader_over(bytes_view(&octets));

    (void)state;
    (void)reader_u16(&reader);
    assert_true(view_is_empty(reader_take(&reader, SIZE_MAX)));
    assert_false(reader_is_good(&reader));

    reader = reader_over(bytes_view(&octets));
    (void)reader_u16(&reader);
    assert_true(view_is_empty(reader_take(&reader, SIZE_MAX - 1)));
    assert_false(reader_is_good(&reader));
    bytes_clear(&octets);
}

static void views_point_into_the_octets(void **state)
{
    struct bytes octets = test_hex("aabbccdd");
    struct reader reader = reader_over(bytes_view(&octets));
    struct view middle;
    struct view rest;

    (void)state;
    (void)reader_u8(&reader);
    middle = reader_take(&reader, 2);
    rest = reader_rest(&reader);
    assert_ptr_equal(middle.data, octets.data_own + 1);
    assert_int_equal(middle.bytes, 2);
    assert_ptr_equal(rest.data, octets.data_own + 3);
    assert_int_equal(rest.bytes, 1);
    assert_true(reader_at_end(&reader));
    bytes_clear(&octets);
}

static void the_empty_view_can_be_read_to_its_end(void **state)
{
    struct reader reader = reader_over((struct view){0});

    (void)state;
    assert_true(reader_at_end(&reader));
    assert_true(view_is_empty(reader_take(&reader, 0)));
    assert_true(view_is_empty(reader_rest(&reader)));
    assert_true(reader_at_end(&reader));
    assert_int_equal(reader_u8(&reader), 0);
    assert_false(reader_at_end(&reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_network_order),
        cmocka_unit_test(a_read_past_the_end_fails_for_good),
        cmocka_unit_test(lengths_near_the_largest_do_not_wrap),
        cmocka_unit_test(views_point_into_the_octets),
        cmocka_unit_test(the_empty_view_can_be_read_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
