#include "wire/message.h"

#include "support/test.h"

/* Fields of a header in the order of the wire, so that a case changes one of them. */
#define COOKIE_I "1122334455667788"
#define COOKIE_R "99aabbccddeeff00"
#define NO_COOKIE "0000000000000000"

static struct wire_error error_of(const char *hex, struct isakmp_header *header)
{
    struct bytes octets = test_hex(hex);
    struct wire_error error = {0};
    enum status status = header_decode(bytes_view(&octets), header, &error);

    assert_int_equal(error.status, status);
    bytes_clear(&octets);
    return error;
}

static const struct {
    const char *name, *hex;
    enum status status;
    size_t offset;
} cases[] = {
    {"message 1", COOKIE_I NO_COOKIE "00 10 02 00 00000000 0000001c", STATUS_OK, 0},
    {"message 3", COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001c", STATUS_OK, 0},
    {"octets after the length", COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001c ffffffff",
     STATUS_OK, 0},
    {"a higher minor version", COOKIE_I COOKIE_R "00 1f 02 00 00000000 0000001c", STATUS_OK, 0},
    {"unknown flags", COOKIE_I COOKIE_R "00 10 02 f8 00000000 0000001c", STATUS_OK, 0},
    {"quick mode", COOKIE_I COOKIE_R "00 10 20 01 00000001 0000001c", STATUS_OK, 0},
    {"a clear informational", COOKIE_I NO_COOKIE "00 10 05 00 00000000 0000001c", STATUS_OK, 0},
    {"a fragment of quick mode", COOKIE_I COOKIE_R "84 10 20 00 00000000 0000001c", STATUS_OK, 0},
    {"a fragment of message 1", COOKIE_I NO_COOKIE "84 10 02 01 00000000 0000001c", STATUS_OK, 0},
    {"27 octets", COOKIE_I COOKIE_R "00 10 02 00 00000000 000000", STATUS_MALFORMED, 27},
    {"nothing", "", STATUS_MALFORMED, 0},
    {"length 0", COOKIE_I COOKIE_R "00 10 02 00 00000000 00000000", STATUS_MALFORMED, 24},
    {"length 27", COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001b", STATUS_MALFORMED, 24},
    {"length 29 of 28", COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001d", STATUS_MALFORMED, 24},
    {"length 2^31", COOKIE_I COOKIE_R "00 10 02 00 00000000 80000000", STATUS_MALFORMED, 24},
    {"length 2^32-1", COOKIE_I COOKIE_R "00 10 02 00 00000000 ffffffff", STATUS_MALFORMED, 24},
    {"version 2", COOKIE_I COOKIE_R "00 20 02 00 00000000 0000001c", STATUS_UNEXPECTED, 17},
    {"version 0", COOKIE_I COOKIE_R "00 00 02 00 00000000 0000001c", STATUS_UNEXPECTED, 17},
    {"no initiator", NO_COOKIE COOKIE_R "00 10 02 00 00000000 0000001c", STATUS_MALFORMED, 0},
    {"quick mode of nobody", COOKIE_I NO_COOKIE "00 10 20 00 00000001 0000001c", STATUS_MALFORMED,
     8},
    {"encrypted message 1", COOKIE_I NO_COOKIE "00 10 02 01 00000000 0000001c", STATUS_MALFORMED,
     19},
    {"message ID in main mode", COOKIE_I COOKIE_R "00 10 02 00 00000001 0000001c", STATUS_MALFORMED,
     20},
    {"no message ID in quick mode", COOKIE_I COOKIE_R "00 10 20 01 00000000 0000001c",
     STATUS_MALFORMED, 20},
};

/* V1-1 to V1-4 */
static void sec_01_and_02_a_header_is_whole_or_refused_at_its_offset(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct isakmp_header header = {0};
        struct wire_error error = error_of(cases[i].hex, &header);

        if (error.status != cases[i].status || error.offset != cases[i].offset)
            fail_msg("%s: %s at %zu", cases[i].name, status_name(error.status), error.offset);
        if (error.status == STATUS_OK)
            assert_int_equal(header.length, ISAKMP_HEADER_BYTES);
        else
            assert_int_equal(header.length, 0); /* outputs are written on success only */
    }
}

static void sec_01_every_runt_is_refused(void **state)
{
    struct bytes octets = test_hex(COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001c");

    (void)state;
    for (size_t bytes = 0; bytes <= ISAKMP_HEADER_BYTES; bytes++) {
        struct isakmp_header header;
        enum status status = header_decode(view_of(octets.data_own, bytes), &header, NULL);

        assert_int_equal(status, bytes == ISAKMP_HEADER_BYTES ? STATUS_OK : STATUS_MALFORMED);
    }
    bytes_clear(&octets);
}

static void sec_03_only_major_version_1_is_read(void **state)
{
    struct bytes octets = test_hex(COOKIE_I COOKIE_R "00 10 02 00 00000000 0000001c");

    (void)state;
    for (unsigned version = 0; version <= UINT8_MAX; version++) {
        struct isakmp_header header;
        enum status wanted = version >> 4 == 1 ? STATUS_OK : STATUS_UNEXPECTED;

        octets.data_own[17] = (uint8_t)version;
        assert_int_equal(header_decode(bytes_view(&octets), &header, NULL), wanted);
    }
    bytes_clear(&octets);
}

/* V1-10 */
static void sec_04_only_known_exchanges_are_read(void **state)
{
    static const uint8_t processed[] = {2, 4, 5, 6, 32, 33};
    struct bytes octets = test_hex(COOKIE_I COOKIE_R "00 10 00 00 00000000 0000001c");

    (void)state;
    for (unsigned exchange = 0; exchange <= UINT8_MAX; exchange++) {
        struct isakmp_header header;
        bool is_processed = memchr(processed, (int)exchange, sizeof processed) != NULL;

        octets.data_own[18] = (uint8_t)exchange;
        octets.data_own[23] = exchange >= 6 ? 1 : 0; /* message ID of Phase 2 */
        assert_int_equal(header_decode(bytes_view(&octets), &header, NULL),
                         is_processed ? STATUS_OK : STATUS_UNEXPECTED);
    }
    bytes_clear(&octets);
}

static void fields_are_read_where_they_stand(void **state)
{
    struct bytes octets = test_hex(COOKIE_I COOKIE_R "08 10 20 03 01020304 00000020 0000000400");
    struct message message;

    (void)state;
    assert_int_equal(message_decode(bytes_view(&octets), &message, NULL), STATUS_OK);
    assert_memory_equal(message.header.initiator_cookie, octets.data_own, COOKIE_BYTES);
    assert_memory_equal(message.header.responder_cookie, octets.data_own + 8, COOKIE_BYTES);
    assert_int_equal(message.header.first_payload, PAYLOAD_HASH);
    assert_int_equal(message.header.version, ISAKMP_VERSION);
    assert_int_equal(message.header.exchange, EXCHANGE_QUICK);
    assert_int_equal(message.header.flags, ISAKMP_FLAG_ENCRYPTION | ISAKMP_FLAG_COMMIT);
    assert_int_equal(message.header.message_id, 0x01020304);
    assert_int_equal(message.header.length, 32);
    test_view_equal("octets", message.octets, view_of(octets.data_own, 32));
    test_view_equal("content", message.content, view_of(octets.data_own + 28, 4));
    assert_int_equal(message.chain.count, 0); /* ciphertext is no chain */
    bytes_clear(&octets);
}

/* V1-81: racoon sets the E flag on fragments, whose content is not encrypted as such. */
static void v1_81_a_fragment_is_read_whatever_its_flag_says(void **state)
{
    static const char *const flags[] = {"00", "01"};

    (void)state;
    for (size_t i = 0; i < COUNT(flags); i++) {
        char hex[128];
        struct bytes octets;
        struct message message;

        (void)snprintf(hex, sizeof hex, COOKIE_I COOKIE_R "84 10 02 %s 00000000 00000026 %s",
                       flags[i], "0000000a 0001 01 01 aabb");
        octets = test_hex(hex);
        assert_int_equal(message_decode(bytes_view(&octets), &message, NULL), STATUS_OK);
        assert_int_equal(message.chain.count, 1);
        assert_true(message.chain.present == payload_bit(PAYLOAD_FRAGMENT));
        bytes_clear(&octets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_01_and_02_a_header_is_whole_or_refused_at_its_offset),
        cmocka_unit_test(sec_01_every_runt_is_refused),
        cmocka_unit_test(sec_03_only_major_version_1_is_read),
        cmocka_unit_test(sec_04_only_known_exchanges_are_read),
        cmocka_unit_test(fields_are_read_where_they_stand),
        cmocka_unit_test(v1_81_a_fragment_is_read_whatever_its_flag_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
