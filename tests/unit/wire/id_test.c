#include "wire/id.h"

#include <stdlib.h>

#include "support/test.h"

static const struct {
    const char *name, *hex;
    enum status status;
} cases[] = {
    {"IPv4", "01000000 c0000201", STATUS_OK},
    {"IPv4 of 3 octets", "01000000 c00002", STATUS_MALFORMED},
    {"IPv4 of 5 octets", "01000000 c000020100", STATUS_MALFORMED},
    {"IPv4 of 16 octets", "01000000 20010db8000000000000000000000001", STATUS_MALFORMED},
    {"IPv6", "05000000 20010db8000000000000000000000001", STATUS_OK},
    {"IPv6 of 4 octets", "05000000 c0000201", STATUS_MALFORMED},
    {"subnet", "04000000 c0000200 ffffff00", STATUS_OK},
    {"subnet with host bits", "04000000 c0000263 ffffff00", STATUS_OK},
    {"subnet of everything", "04000000 00000000 00000000", STATUS_OK},
    {"mask with a hole", "04000000 c0000200 ff00ff00", STATUS_MALFORMED},
    {"mask missing", "04000000 c0000200", STATUS_MALFORMED},
    {"mask and an octet", "04000000 c0000200 ffffff00 00", STATUS_MALFORMED},
    {"IPv6 subnet with a prefix length", "06000000 20010db8000000000000000000000000 40",
     STATUS_MALFORMED},
    {"IPv6 subnet", "06000000 20010db8000000000000000000000000 ffffffffffffffff0000000000000000",
     STATUS_OK},
    {"range", "07000000 c0000201 c0000209", STATUS_OK},
    {"range of one", "07000000 c0000201 c0000201", STATUS_OK},
    {"range upside down", "07000000 c0000209 c0000201", STATUS_MALFORMED},
    {"IPv6 range upside down",
     "08000000 20010db8000000000000000000000002 20010db8000000000000000000000001",
     STATUS_MALFORMED},
    {"FQDN", "02000000 612e6578616d706c65", STATUS_OK},
    {"empty FQDN", "02000000", STATUS_MALFORMED},
    {"FQDN with NUL", "02000000 612e00", STATUS_MALFORMED},
    {"NUL in the middle of a mailbox", "03000000 61400062", STATUS_MALFORMED},
    {"DN", "09000000 3000", STATUS_OK},
    {"empty DN", "09000000", STATUS_MALFORMED},
    {"key id with NUL", "0b000000 0000", STATUS_OK},
    {"unknown type", "c8000000", STATUS_OK},
    {"type 0", "00000000 c0000201", STATUS_OK},
    {"half of the fixed fields", "010000", STATUS_MALFORMED},
    {"nothing", "", STATUS_MALFORMED},
};

static void sec_30_identity_data_is_what_its_type_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes body = test_hex(cases[i].hex);
        struct payload payload = payload_of(PAYLOAD_ID, bytes_view(&body));
        uint8_t buffer[64];
        struct writer writer = writer_over(buffer, sizeof buffer);
        struct wire_error error = {0};
        struct id_payload id;
        enum status status = id_decode(&payload, &id, &error);

        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].name, status_name(status));
        if (status == STATUS_OK) {
            id_encode(&writer, &id);
            test_view_equal(cases[i].name, writer_view_written(&writer), bytes_view(&body));
        } else {
            assert_int_equal(error.payload_type, PAYLOAD_ID);
            assert_non_null(error.reason);
        }
        bytes_clear(&body);
    }
}

static void sec_30_a_name_may_be_long_and_is_not_copied(void **state)
{
    size_t bytes = UINT16_MAX - GENERIC_HEADER_BYTES;
    uint8_t *body = malloc(bytes);
    struct payload payload = payload_of(PAYLOAD_ID, view_of(body, bytes));
    struct id_payload id;

    (void)state;
    assert_non_null(body);
    memset(body, 'a', bytes);
    memset(body, 0, 4);
    body[0] = IDENTITY_FQDN;
    assert_int_equal(id_decode(&payload, &id, NULL), STATUS_OK);
    assert_ptr_equal(id.data.data, body + 4);
    assert_int_equal(id.data.bytes, bytes - 4);
    free(body);
}

static void v1_39_phase_1_carries_five_pairs_of_protocol_and_port(void **state)
{
    unsigned count = 0;

    (void)state;
    for (unsigned protocol = 0; protocol <= UINT8_MAX; protocol++) {
        for (unsigned port = 0; port <= UINT16_MAX; port++) {
            struct id_payload id = {.protocol = (uint8_t)protocol, .port = (uint16_t)port};

            count += id_port_fits_phase_1(&id);
        }
    }
    assert_int_equal(count, 5);
    assert_true(id_port_fits_phase_1(&(struct id_payload){.protocol = 0, .port = 0}));
    assert_true(id_port_fits_phase_1(&(struct id_payload){.protocol = 17, .port = 500}));
    assert_true(id_port_fits_phase_1(&(struct id_payload){.protocol = 17, .port = 0}));
    assert_true(id_port_fits_phase_1(&(struct id_payload){.protocol = 0, .port = 500}));
    assert_true(id_port_fits_phase_1(&(struct id_payload){.protocol = 17, .port = 4500}));
}

static struct address parsed(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    return address;
}

static void a_range_goes_out_as_host_subnet_or_range_and_comes_back(void **state)
{
    static const struct {
        const char *first, *last;
        uint8_t type;
        const char *data;
    } ranges[] = {
        {"192.0.2.1", "192.0.2.1", IDENTITY_IPV4, "c0000201"},
        {"192.0.2.0", "192.0.2.255", IDENTITY_IPV4_SUBNET, "c0000200 ffffff00"},
        {"0.0.0.0", "255.255.255.255", IDENTITY_IPV4_SUBNET, "00000000 00000000"},
        {"192.0.2.1", "192.0.2.9", IDENTITY_IPV4_RANGE, "c0000201 c0000209"},
        {"2001:db8::1", "2001:db8::1", IDENTITY_IPV6, "20010db8000000000000000000000001"},
        {"2001:db8::", "2001:db8::ffff", IDENTITY_IPV6_SUBNET,
         "20010db8000000000000000000000000 ffffffffffffffffffffffffffff0000"},
        {"2001:db8::1", "2001:db8::2", IDENTITY_IPV6_RANGE,
         "20010db8000000000000000000000001 20010db8000000000000000000000002"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ranges); i++) {
        struct address_range range = {parsed(ranges[i].first), parsed(ranges[i].last)};
        struct bytes wanted = test_hex(ranges[i].data);
        uint8_t storage[ID_ADDRESS_DATA_BYTES];
        struct id_payload id = id_of_range(&range, 6, 80, storage);
        struct address_range back;

        assert_int_equal(id.type, ranges[i].type);
        assert_int_equal(id.protocol, 6);
        assert_int_equal(id.port, 80);
        test_view_equal(ranges[i].first, id.data, bytes_view(&wanted));
        assert_int_equal(id_range(&id, &back), STATUS_OK);
        assert_true(address_range_equal(&range, &back));
        bytes_clear(&wanted);
    }
}

static void host_bits_of_a_subnet_are_masked_off(void **state)
{
    struct id_payload id = {.type = IDENTITY_IPV4_SUBNET,
                            .data = view_of("\xc0\x00\x02\x63\xff\xff\xff\x00", 8)};
    struct address_range range;
    char text[ADDRESS_TEXT_BYTES];

    (void)state;
    assert_int_equal(id_range(&id, &range), STATUS_OK);
    assert_string_equal(address_range_text(&range, text), "192.0.2.0/24");
    id.type = IDENTITY_FQDN;
    assert_int_equal(id_range(&id, &range), STATUS_UNEXPECTED);
    id.type = 200;
    assert_int_equal(id_range(&id, &range), STATUS_UNEXPECTED);
}

static void two_identities_make_a_selector_or_none(void **state)
{
    struct id_payload local = {IDENTITY_IPV4, 6, 1024, view_of("\xc0\x00\x02\x01", 4)};
    struct id_payload remote = {IDENTITY_IPV4_SUBNET, 6, 80,
                                view_of("\xc6\x33\x64\x00\xff\xff\xff\x00", 8)};
    struct id_payload ipv6 = {IDENTITY_IPV6, 6, 80,
                              view_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16)};
    struct id_payload name = {IDENTITY_FQDN, 6, 80, view_of_text("a.example")};
    struct selector selector = {0};
    char text[SELECTOR_TEXT_BYTES];

    (void)state;
    assert_int_equal(selector_of_ids(&local, &remote, &selector), STATUS_OK);
    assert_string_equal(selector_text(&selector, text),
                        "192.0.2.1 - 198.51.100.0/24 tcp from/1024 to/80");
    assert_int_equal(selector_of_ids(&local, &ipv6, &selector), STATUS_UNEXPECTED);
    assert_int_equal(selector_of_ids(&name, &remote, &selector), STATUS_UNEXPECTED);
    remote.protocol = 17;
    assert_int_equal(selector_of_ids(&local, &remote, &selector), STATUS_UNEXPECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_30_identity_data_is_what_its_type_says),
        cmocka_unit_test(sec_30_a_name_may_be_long_and_is_not_copied),
        cmocka_unit_test(v1_39_phase_1_carries_five_pairs_of_protocol_and_port),
        cmocka_unit_test(a_range_goes_out_as_host_subnet_or_range_and_comes_back),
        cmocka_unit_test(host_bits_of_a_subnet_are_masked_off),
        cmocka_unit_test(two_identities_make_a_selector_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
