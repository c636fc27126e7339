#include "wire/attribute.h"

#include "support/test.h"

static void attributes_are_read_one_by_one_up_to_what_does_not_fit(void **state)
{
    struct bytes octets = test_hex("80010005 000c00040000 0e10 000c0000 000c0002ff");
    struct reader reader = reader_over(bytes_view(&octets));
    struct data_attribute attribute;

    (void)state;
    assert_true(attribute_read(&reader, &attribute));
    assert_int_equal(attribute.type, 1);
    assert_true(attribute.is_basic);
    test_view_equal("TV", attribute.value, view_of("\x00\x05", 2));
    assert_true(attribute_read(&reader, &attribute));
    assert_int_equal(attribute.type, 12);
    assert_false(attribute.is_basic);
    test_view_equal("TLV", attribute.value, view_of("\x00\x00\x0e\x10", 4));
    assert_true(attribute_read(&reader, &attribute));
    assert_int_equal(attribute.value.bytes, 0);
    attribute.type = 77;
    assert_false(attribute_read(&reader, &attribute));
    assert_int_equal(attribute.type, 77); /* written on success only */
    bytes_clear(&octets);
}

/* V1-11: 1 to 8 octets, leading zeros allowed. */
static void v1_11_numbers_have_1_to_8_octets_that_count(void **state)
{
    static const struct {
        const char *hex;
        enum status status;
        uint64_t value;
    } cases[] = {
        {"", STATUS_MALFORMED, 0},
        {"00", STATUS_OK, 0},
        {"ff", STATUS_OK, 255},
        {"0100000000", STATUS_OK, UINT64_C(0x100000000)},
        {"ffffffffffffffff", STATUS_OK, UINT64_MAX},
        {"00ffffffffffffffff", STATUS_OK, UINT64_MAX},
        {"000000000000000000000000000000000000003c", STATUS_OK, 60},
        {"010000000000000000", STATUS_LIMIT, 0},
        {"000100000000000000000000", STATUS_LIMIT, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes value = test_hex(cases[i].hex);
        struct data_attribute attribute = {.value = bytes_view(&value)};
        uint64_t number = 0;

        if (attribute_number(&attribute, &number) != cases[i].status || number != cases[i].value)
            fail_msg("%s: %llu", cases[i].hex, (unsigned long long)number);
        bytes_clear(&value);
    }
}

static void a_value_is_written_in_the_shortest_form(void **state)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } cases[] = {
        {0, "800c0000"},
        {65535, "800cffff"},
        {65536, "000c000400010000"},
        {UINT32_MAX, "000c0004ffffffff"},
        {UINT64_C(0x100000000), "000c00080000000100000000"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes wanted = test_hex(cases[i].hex);
        uint8_t buffer[16];
        struct writer writer = writer_over(buffer, sizeof buffer);

        attribute_write(&writer, 12, cases[i].value);
        test_view_equal(cases[i].hex, writer_view_written(&writer), bytes_view(&wanted));
        bytes_clear(&wanted);
    }
}

static void no_phase_has_a_number_twice(void **state)
{
    static const enum sa_phase phases[] = {SA_PHASE_1, SA_PHASE_2};

    (void)state;
    for (size_t p = 0; p < COUNT(phases); p++) {
        for (unsigned i = 0; i < ATTRIBUTE_LIFE_KILOBYTES; i++) {
            uint16_t type = attribute_type(phases[p], (enum attribute)i);

            assert_non_null(attribute_name((enum attribute)i));
            for (unsigned j = 0; j < i && type != 0; j++)
                assert_int_not_equal(attribute_type(phases[p], (enum attribute)j), type);
        }
        assert_int_equal(attribute_type(phases[p], ATTRIBUTE_LIFE_SECONDS),
                         attribute_type(phases[p], ATTRIBUTE_LIFE_KILOBYTES));
    }
}

/* The data of RESPONDER-LIFETIME; V1-73 */
static void lifetimes_are_pairs_in_any_number(void **state)
{
    static const struct {
        const char *name, *hex;
        enum status status;
        uint64_t seconds, kilobytes;
    } cases[] = {
        {"none", "", STATUS_OK, 0, 0},
        {"seconds", "80010001 80020e10", STATUS_OK, 3600, 0},
        {"kilobytes", "80010002 0002000400465000", STATUS_OK, 0, 4608000},
        {"both", "80010001 80020e10 80010002 80020400", STATUS_OK, 3600, 1024},
        {"no type", "80020e10", STATUS_OK, 3600, 0},
        {"unknown type", "8001f000 80020e10", STATUS_OK, 0, 0},
        {"something else between", "80010001 80060080 80020e10", STATUS_OK, 3600, 0},
        {"longer than 64 bits", "80010001 00020009ffffffffffffffffff", STATUS_OK, UINT64_MAX, 0},
        {"no octets", "80010001 00020000", STATUS_MALFORMED, 7, 7},
        {"cut", "80010001 8002", STATUS_MALFORMED, 7, 7},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes octets = test_hex(cases[i].hex);
        uint64_t seconds = 7;
        uint64_t kilobytes = 7;
        enum status status =
            lifetimes_decode(SA_PHASE_2, bytes_view(&octets), &seconds, &kilobytes);

        if (status != cases[i].status || seconds != cases[i].seconds ||
            kilobytes != cases[i].kilobytes)
            fail_msg("%s: %s, %llu s, %llu kB", cases[i].name, status_name(status),
                     (unsigned long long)seconds, (unsigned long long)kilobytes);
        bytes_clear(&octets);
    }
}

static void lifetimes_are_written_type_before_duration(void **state)
{
    struct bytes wanted = test_hex("800b0001 000c000400015180 800b0002 800c0400");
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    lifetimes_encode(&writer, SA_PHASE_1, 86400, 1024);
    test_view_equal("both", writer_view_written(&writer), bytes_view(&wanted));
    writer = writer_over(buffer, sizeof buffer);
    lifetimes_encode(&writer, SA_PHASE_1, 0, 0);
    assert_int_equal(writer.bytes, 0);
    bytes_clear(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_read_one_by_one_up_to_what_does_not_fit),
        cmocka_unit_test(v1_11_numbers_have_1_to_8_octets_that_count),
        cmocka_unit_test(a_value_is_written_in_the_shortest_form),
        cmocka_unit_test(no_phase_has_a_number_twice),
        cmocka_unit_test(lifetimes_are_pairs_in_any_number),
        cmocka_unit_test(lifetimes_are_written_type_before_duration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
