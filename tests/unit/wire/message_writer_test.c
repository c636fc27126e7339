#include <stdlib.h>

#include "support/test.h"
#include "wire/message.h"

static const struct isakmp_header header = {
    .initiator_cookie = {1, 2, 3, 4, 5, 6, 7, 8},
    .responder_cookie = {9, 10, 11, 12, 13, 14, 15, 16},
    .version = ISAKMP_VERSION,
    .exchange = EXCHANGE_QUICK,
    .flags = ISAKMP_FLAG_ENCRYPTION,
    .message_id = 0x01020304,
};

static void payloads_are_chained_and_lengths_set(void **state)
{
    struct bytes wanted = test_hex("0102030405060708 090a0b0c0d0e0f10 08102001 01020304 0000002c"
                                   "0a000007aabbcc 0d000005dd 00000004");
    uint8_t buffer[64];
    struct message_writer message = message_begin(buffer, sizeof buffer, &header);
    uint8_t *hash = payload_reserve(&message, PAYLOAD_HASH, 3);

    (void)state;
    payload_begin(&message, PAYLOAD_NONCE);
    writer_u8(&message.writer, 0xdd);
    payload_end(&message);
    payload_put(&message, PAYLOAD_VENDOR, (struct view){0});
    assert_non_null(hash);
    for (uint8_t i = 0; i < 3; i++)
        hash[i] = (uint8_t)(0xaa + 0x11 * i); /* over what followed it */
    test_view_equal("message", message_end(&message, 4), bytes_view(&wanted));
    bytes_clear(&wanted);
}

static void a_message_without_payloads_is_a_header(void **state)
{
    uint8_t buffer[ISAKMP_HEADER_BYTES];
    struct message_writer message = message_begin(buffer, sizeof buffer, &header);
    struct isakmp_header read;

    (void)state;
    assert_int_equal(message_end(&message, 16).bytes, ISAKMP_HEADER_BYTES);
    assert_int_equal(header_decode(view_of(buffer, sizeof buffer), &read, NULL), STATUS_OK);
    assert_int_equal(read.first_payload, PAYLOAD_NONE);
    assert_int_equal(read.length, ISAKMP_HEADER_BYTES);
}

/* V1-31: zeros to the block, none when it is full. */
static void v1_31_the_content_is_padded_with_zeros_to_the_block(void **state)
{
    (void)state;
    for (size_t body = 1; body <= 40; body++) {
        uint8_t buffer[128];
        uint8_t octets[40];
        struct message_writer message;
        size_t content = GENERIC_HEADER_BYTES + body;
        struct view written;

        memset(octets, 0xff, sizeof octets);
        memset(buffer, 0xee, sizeof buffer);
        message = message_begin(buffer, sizeof buffer, &header);
        payload_put(&message, PAYLOAD_HASH, view_of(octets, body));
        written = message_end(&message, 16);
        assert_int_equal(written.bytes, ISAKMP_HEADER_BYTES + (content + 15) / 16 * 16);
        for (size_t i = ISAKMP_HEADER_BYTES + content; i < written.bytes; i++)
            assert_int_equal(written.data[i], 0);
    }
}

static void sec_36_what_does_not_fit_is_no_message(void **state)
{
    uint8_t body[16] = {0};
    uint8_t buffer[64];

    (void)state;
    for (size_t room = 0; room < 48; room++) {
        struct message_writer message = message_begin(buffer, room, &header);

        payload_put(&message, PAYLOAD_HASH, view_of(body, sizeof body));
        assert_true(view_is_empty(message_end(&message, 1)));
        message = message_begin(buffer, room, &header);
        assert_true(payload_reserve(&message, PAYLOAD_HASH, 17) == NULL);
    }
}

static void sec_36_nothing_is_longer_than_its_length_field(void **state)
{
    size_t capacity = (size_t)3 * MESSAGE_MOST_BYTES;
    uint8_t *buffer = malloc(capacity);
    uint8_t *body = calloc(1, MESSAGE_MOST_BYTES);
    struct message_writer message;

    (void)state;
    assert_non_null(buffer);
    assert_non_null(body);
    message = message_begin(buffer, capacity, &header);
    payload_put(&message, PAYLOAD_VENDOR, view_of(body, UINT16_MAX - GENERIC_HEADER_BYTES + 1));
    assert_true(view_is_empty(message_end(&message, 1)));

    message = message_begin(buffer, capacity, &header);
    payload_put(&message, PAYLOAD_VENDOR, view_of(body, 40000));
    payload_put(&message, PAYLOAD_VENDOR, view_of(body, 25499));
    assert_int_equal(message_end(&message, 1).bytes, MESSAGE_MOST_BYTES);

    message = message_begin(buffer, capacity, &header);
    payload_put(&message, PAYLOAD_VENDOR, view_of(body, 40000));
    payload_put(&message, PAYLOAD_VENDOR, view_of(body, 25500));
    assert_true(view_is_empty(message_end(&message, 1)));
    free(body);
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_are_chained_and_lengths_set),
        cmocka_unit_test(a_message_without_payloads_is_a_header),
        cmocka_unit_test(v1_31_the_content_is_padded_with_zeros_to_the_block),
        cmocka_unit_test(sec_36_what_does_not_fit_is_no_message),
        cmocka_unit_test(sec_36_nothing_is_longer_than_its_length_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
