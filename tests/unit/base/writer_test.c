#include "base/writer.h"

#include "support/test.h"

static void numbers_are_written_in_network_order(void **state)
{
    struct bytes wanted = test_hex("01 0203 04050607 08090a0b0c0d0e0f aabb 0000");
    uint8_t buffer[32];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    writer_u8(&writer, 0x01);
    writer_u16(&writer, 0x0203);
    writer_u32(&writer, 0x04050607);
    writer_u64(&writer, UINT64_C(0x08090a0b0c0d0e0f));
    writer_view(&writer, view_of("\xaa\xbb", 2));
    writer_zeros(&writer, 2);
    test_view_equal("numbers", writer_view_written(&writer), bytes_view(&wanted));
    bytes_clear(&wanted);
}

static void sec_36_what_does_not_fit_is_not_written_at_all(void **state)
{
    uint8_t buffer[4] = {0, 0, 0, 0x77};
    struct writer writer = writer_over(buffer, 3);

    (void)state;
    writer_u16(&writer, 0x1122);
    writer_u16(&writer, 0x3344);
    assert_false(writer_is_good(&writer));
    assert_int_equal(buffer[2], 0);
    assert_int_equal(buffer[3], 0x77);
    /* One octet would fit, but a failed writer writes nothing any more. */
    writer_u8(&writer, 0x55);
    assert_int_equal(buffer[2], 0);
    assert_true(view_is_empty(writer_view_written(&writer)));
    assert_null(writer_reserve(&writer, 0));
}

static void sec_36_lengths_near_the_largest_do_not_wrap(void **state)
{
    uint8_t buffer[8];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    writer_u16(&writer, 1);
    assert_null(writer_reserve(&writer, SIZE_MAX));
    assert_false(writer_is_good(&writer));
}

static void a_patch_changes_only_what_was_written(void **state)
{
    struct bytes wanted = test_hex("aa 0102 030405 06");
    uint8_t buffer[16];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    writer_zeros(&writer, 7);
    writer_patch_u8(&writer, 0, 0xaa);
    writer_patch_u16(&writer, 1, 0x0102);
    writer_patch_u32(&writer, 3, 0x03040506);
    test_view_equal("patched", writer_view_written(&writer), bytes_view(&wanted));
    writer_patch_u16(&writer, 6, 1); /* half of it was never written */
    assert_false(writer_is_good(&writer));
    bytes_clear(&wanted);
}

static void a_patch_at_any_offset_stays_inside(void **state)
{
    static const size_t offsets[] = {4, 5, SIZE_MAX, SIZE_MAX - 1};

    (void)state;
    for (size_t i = 0; i < COUNT(offsets); i++) {
        uint8_t buffer[8] = {0};
        struct writer writer = writer_over(buffer, sizeof buffer);

        writer_zeros(&writer, 4);
        writer_patch_u8(&writer, offsets[i], 0xff);
        assert_false(writer_is_good(&writer));
        for (size_t j = 0; j < sizeof buffer; j++)
            assert_int_equal(buffer[j], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_in_network_order),
        cmocka_unit_test(sec_36_what_does_not_fit_is_not_written_at_all),
        cmocka_unit_test(sec_36_lengths_near_the_largest_do_not_wrap),
        cmocka_unit_test(a_patch_changes_only_what_was_written),
        cmocka_unit_test(a_patch_at_any_offset_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
