#include <stdlib.h>

#include "support/rewrite_v1.h"
#include "support/test.h"
#include "wire/cert.h"
#include "wire/delete.h"
#include "wire/fragment.h"
#include "wire/mode_config.h"
#include "wire/nat.h"
#include "wire/nonce.h"
#include "wire/notify.h"

/* The small bodies: one row a case, decoded by the decoder of its type. */
typedef enum status decode_body(const struct payload *payload, struct wire_error *error);

static enum status decode_notify(const struct payload *payload, struct wire_error *error)
{
    struct notify_payload notify;

    return notify_decode(payload, &notify, error);
}

static enum status decode_delete(const struct payload *payload, struct wire_error *error)
{
    struct delete_payload delete;

    return delete_decode(payload, &delete, error);
}

static enum status decode_nat_original(const struct payload *payload, struct wire_error *error)
{
    struct address address;

    return nat_original_decode(payload, &address, error);
}

static enum status decode_cert(const struct payload *payload, struct wire_error *error)
{
    struct cert_payload cert;

    return cert_decode(payload, &cert, error);
}

static enum status decode_fragment(const struct payload *payload, struct wire_error *error)
{
    struct fragment_payload fragment;

    return fragment_decode(payload, &fragment, error);
}

static enum status decode_mode_config(const struct payload *payload, struct wire_error *error)
{
    struct mode_config_payload config;

    return mode_config_decode(payload, &config, error);
}

static const struct {
    const char *name;
    uint8_t type;
    decode_body *decode;
    const char *hex;
    enum status status;
    size_t offset;
} cases[] = {
    {"notify", PAYLOAD_NOTIFY, decode_notify, "00000001 03 04 000e deadbeef", STATUS_OK, 0},
    {"notify with data", PAYLOAD_NOTIFY, decode_notify, "00000001 01 00 6002 aabb", STATUS_OK, 0},
    {"notify of cookies", PAYLOAD_NOTIFY, decode_notify,
     "00000001 01 10 8d28 00112233445566778899aabbccddeeff 00000001", STATUS_OK, 0},
    {"notify of any protocol", PAYLOAD_NOTIFY, decode_notify, "00000001 ff 00 ffff", STATUS_OK, 0},
    {"notify SPI past the end", PAYLOAD_NOTIFY, decode_notify, "00000001 03 05 000e deadbeef",
     STATUS_MALFORMED, 0},
    {"notify SPI of 255", PAYLOAD_NOTIFY, decode_notify, "00000001 03 ff 000e", STATUS_MALFORMED,
     0},
    {"half a notify", PAYLOAD_NOTIFY, decode_notify, "00000001 03 04 00", STATUS_MALFORMED, 0},
    {"delete", PAYLOAD_DELETE, decode_delete, "00000001 03 04 0001 deadbeef", STATUS_OK, 0},
    {"delete of two", PAYLOAD_DELETE, decode_delete, "00000001 03 04 0002 deadbeef deadbeef",
     STATUS_OK, 0},
    {"delete of none", PAYLOAD_DELETE, decode_delete, "00000001 03 04 0000", STATUS_OK, 0},
    {"delete of an ISAKMP SA", PAYLOAD_DELETE, decode_delete,
     "00000001 01 10 0001 00112233445566778899aabbccddeeff", STATUS_OK, 0},
    {"delete with an octet more", PAYLOAD_DELETE, decode_delete, "00000001 03 04 0001 deadbeef 00",
     STATUS_MALFORMED, 6},
    {"delete with an SPI less", PAYLOAD_DELETE, decode_delete, "00000001 03 04 0002 deadbeef",
     STATUS_MALFORMED, 6},
    {"delete of 65535", PAYLOAD_DELETE, decode_delete, "00000001 03 04 ffff deadbeef",
     STATUS_MALFORMED, 6},
    {"delete of 65535 times 255", PAYLOAD_DELETE, decode_delete, "00000001 03 ff ffff deadbeef",
     STATUS_MALFORMED, 6},
    {"delete of size 0", PAYLOAD_DELETE, decode_delete, "00000001 03 00 ffff", STATUS_MALFORMED, 5},
    {"delete of size 0 of no protocol", PAYLOAD_DELETE, decode_delete, "00000001 63 00 ffff",
     STATUS_MALFORMED, 5},
    {"delete of an ESP SPI of 8", PAYLOAD_DELETE, decode_delete,
     "00000001 03 08 0001 deadbeefdeadbeef", STATUS_MALFORMED, 5},
    {"delete of one cookie", PAYLOAD_DELETE, decode_delete, "00000001 01 08 0001 deadbeefdeadbeef",
     STATUS_MALFORMED, 5},
    {"NAT-OA of IPv4", PAYLOAD_NAT_OA, decode_nat_original, "01000000 c0000201", STATUS_OK, 0},
    {"NAT-OA of IPv6", PAYLOAD_NAT_OA_DRAFT, decode_nat_original,
     "05000000 20010db8000000000000000000000001", STATUS_OK, 0},
    {"NAT-OA of a name", PAYLOAD_NAT_OA, decode_nat_original, "02000000 61616161", STATUS_MALFORMED,
     0},
    {"NAT-OA of a name of 16 octets", PAYLOAD_NAT_OA, decode_nat_original,
     "02000000 61616161616161616161616161616161", STATUS_MALFORMED, 0},
    {"NAT-OA of 5 octets", PAYLOAD_NAT_OA, decode_nat_original, "01000000 c000020100",
     STATUS_MALFORMED, 0},
    {"NAT-OA of 3 octets", PAYLOAD_NAT_OA, decode_nat_original, "01000000 c00002", STATUS_MALFORMED,
     0},
    {"certificate", PAYLOAD_CERT, decode_cert, "04 3000", STATUS_OK, 0},
    {"certificate of unknown encoding", PAYLOAD_CERT, decode_cert, "ff 00", STATUS_OK, 0},
    {"no certificate", PAYLOAD_CERT, decode_cert, "04", STATUS_MALFORMED, 1},
    {"nothing of a certificate", PAYLOAD_CERT, decode_cert, "", STATUS_MALFORMED, 0},
    {"request of any authority", PAYLOAD_CERTREQ, decode_cert, "04", STATUS_OK, 0},
    {"empty request", PAYLOAD_CERTREQ, decode_cert, "", STATUS_MALFORMED, 0},
    {"fragment", PAYLOAD_FRAGMENT, decode_fragment, "0001 01 00 aa", STATUS_OK, 0},
    {"last fragment", PAYLOAD_FRAGMENT, decode_fragment, "0001 40 01 aa", STATUS_OK, 0},
    {"fragment number 0", PAYLOAD_FRAGMENT, decode_fragment, "0001 00 00 aa", STATUS_MALFORMED, 2},
    {"fragment number 65", PAYLOAD_FRAGMENT, decode_fragment, "0001 41 00 aa", STATUS_LIMIT, 2},
    {"fragment of nothing", PAYLOAD_FRAGMENT, decode_fragment, "0001 01 01", STATUS_MALFORMED, 0},
    {"half a fragment", PAYLOAD_FRAGMENT, decode_fragment, "0001 01", STATUS_MALFORMED, 0},
    {"mode config", PAYLOAD_ATTRIBUTES, decode_mode_config, "01 00 1234 00010000 80020001",
     STATUS_OK, 0},
    {"mode config without attributes", PAYLOAD_ATTRIBUTES, decode_mode_config, "01 00 1234",
     STATUS_OK, 0},
    {"mode config attribute past the end", PAYLOAD_ATTRIBUTES, decode_mode_config,
     "01 00 1234 00010000 00020001", STATUS_MALFORMED, 8},
    {"half a mode config", PAYLOAD_ATTRIBUTES, decode_mode_config, "01 00 12", STATUS_MALFORMED, 0},
};

/* The whole payload in a chain of its own, written back: what was read is what was there. */
static void body_comes_back(const char *name, uint8_t type, struct view body)
{
    const struct isakmp_header header = {.version = ISAKMP_VERSION, .exchange = EXCHANGE_QUICK};
    struct payload_chain *chain = calloc(1, sizeof *chain);
    uint8_t buffer[128];
    struct arena arena;
    struct view written;

    assert_non_null(chain);
    arena_init(&arena, 4096);
    chain->payloads[0] = payload_of(type, body);
    chain->count = 1;
    written = rewrite_v1(&header, chain, &arena, buffer, sizeof buffer);
    assert_int_equal(written.bytes, ISAKMP_HEADER_BYTES + GENERIC_HEADER_BYTES + body.bytes);
    test_view_equal(name, view_of(buffer + ISAKMP_HEADER_BYTES + GENERIC_HEADER_BYTES, body.bytes),
                    body);
    arena_clear(&arena);
    free(chain);
}

static void sec_28_29_33_and_34_a_body_is_whole_or_refused_at_its_offset(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes body = test_hex(cases[i].hex);
        struct payload payload = payload_of(cases[i].type, bytes_view(&body));
        struct wire_error error = {0};
        enum status status = cases[i].decode(&payload, &error);

        if (status != cases[i].status || error.status != status || error.offset != cases[i].offset)
            fail_msg("%s: %s at %zu", cases[i].name, status_name(status), error.offset);
        if (status == STATUS_OK)
            body_comes_back(cases[i].name, cases[i].type, bytes_view(&body));
        else
            assert_int_equal(error.payload_type, cases[i].type);
        bytes_clear(&body);
    }
}

/* V1-34 */
static void sec_20_a_nonce_has_8_to_256_octets(void **state)
{
    static const size_t lengths[] = {0, 7, 8, 15, 32, 256, 257, 65000};
    uint8_t *octets = calloc(1, 65000);

    (void)state;
    assert_non_null(octets);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct payload payload = payload_of(PAYLOAD_NONCE, view_of(octets, lengths[i]));
        bool fits = lengths[i] >= 8 && lengths[i] <= 256;
        struct view nonce = {0};

        assert_int_equal(nonce_decode(&payload, &nonce, NULL), fits ? STATUS_OK : STATUS_MALFORMED);
        assert_int_equal(nonce.bytes, fits ? lengths[i] : 0);
    }
    free(octets);
}

static void fields_are_read_where_they_stand(void **state)
{
    struct bytes notify_body = test_hex("00000001 03 04 6000 deadbeef 80010001 80020e10");
    struct bytes delete_body = test_hex("00000001 03 04 0002 11111111 22222222");
    struct bytes fragment_body = test_hex("0102 03 01 aabb");
    struct payload payload = payload_of(PAYLOAD_NOTIFY, bytes_view(&notify_body));
    struct notify_payload notify;
    struct delete_payload delete;
    struct fragment_payload fragment;

    (void)state;
    assert_int_equal(notify_decode(&payload, &notify, NULL), STATUS_OK);
    assert_int_equal(notify.doi, DOI_IPSEC);
    assert_int_equal(notify.protocol, IPSEC_PROTOCOL_ESP);
    assert_int_equal(notify.type, NOTIFY_RESPONDER_LIFETIME);
    test_view_equal("SPI", notify.spi, view_of("\xde\xad\xbe\xef", 4));
    assert_int_equal(notify.data.bytes, 8);

    payload = payload_of(PAYLOAD_DELETE, bytes_view(&delete_body));
    assert_int_equal(delete_decode(&payload, &delete, NULL), STATUS_OK);
    assert_int_equal(delete.spi_count, 2);
    test_view_equal("first", delete_spi(&delete, 0), view_of("\x11\x11\x11\x11", 4));
    test_view_equal("second", delete_spi(&delete, 1), view_of("\x22\x22\x22\x22", 4));

    payload = payload_of(PAYLOAD_FRAGMENT, bytes_view(&fragment_body));
    assert_int_equal(fragment_decode(&payload, &fragment, NULL), STATUS_OK);
    assert_int_equal(fragment.id, 0x0102);
    assert_int_equal(fragment.number, 3);
    assert_true(fragment.is_last);
    test_view_equal("data", fragment.data, view_of("\xaa\xbb", 2));
    bytes_clear(&notify_body);
    bytes_clear(&delete_body);
    bytes_clear(&fragment_body);
}

static void sec_36_an_spi_longer_than_its_length_octet_is_not_written(void **state)
{
    uint8_t spi[256] = {0};
    uint8_t buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct notify_payload notify = {.spi = view_of(spi, 255)};

    (void)state;
    notify_encode(&writer, &notify);
    assert_true(writer_is_good(&writer));
    notify.spi.bytes = 256;
    writer = writer_over(buffer, sizeof buffer);
    notify_encode(&writer, &notify);
    assert_false(writer_is_good(&writer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_28_29_33_and_34_a_body_is_whole_or_refused_at_its_offset),
        cmocka_unit_test(sec_20_a_nonce_has_8_to_256_octets),
        cmocka_unit_test(fields_are_read_where_they_stand),
        cmocka_unit_test(sec_36_an_spi_longer_than_its_length_octet_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
