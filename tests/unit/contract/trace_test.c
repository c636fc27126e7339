#include "contract/trace.h"

#include "support/test.h"

#define IPV4(a, b, c, d)                                                                           \
    {                                                                                              \
        ADDRESS_IPV4,                                                                              \
        {                                                                                          \
            (a), (b), (c), (d)                                                                     \
        }                                                                                          \
    }
#define RANGE(a, b, c, d)                                                                          \
    {                                                                                              \
        IPV4(a, b, c, d), IPV4(a, b, c, d)                                                         \
    }
#define PATH                                                                                       \
    {                                                                                              \
        .local = {IPV4(192, 0, 2, 1), 4500}, .remote = {IPV4(198, 51, 100, 7), 4501},              \
        .is_encapsulated = true,                                                                   \
    }
#define SELECTOR                                                                                   \
    {                                                                                              \
        .local = RANGE(192, 0, 2, 1), .remote = {IPV4(10, 0, 0, 0), IPV4(10, 0, 0, 255)},          \
        .protocol = 6, .local_port = 80, .remote_port = 65535,                                     \
    }

static const struct instant instant = {UINT64_C(0x0102030405060708), -5};

static struct view octets(void)
{
    return view_of("\x00\x01\xff octets", 10);
}

/* One of every kind, with no field that could hide behind a zero. */
static size_t inputs(struct input out[INPUT_KIND_COUNT])
{
    const struct input all[] = {
        {.kind = IN_DATAGRAM, .datagram = {.path = PATH, .bytes_view = octets()}},
        {.kind = IN_TIMER},
        {
            .kind = IN_ACQUIRE,
            .acquire = {7, 8, SELECTOR, IPV4(192, 0, 2, 1), {ADDRESS_IPV6, {0x20, 1, [15] = 9}}},
        },
        {.kind = IN_EXPIRE, .expire = {SA_OUTBOUND, IPSEC_PROTOCOL_ESP, 0xdeadbeef, EXPIRE_HARD}},
        {
            .kind = IN_ANSWER,
            .answer = {UINT64_C(1) << 63, STATUS_EXISTS, octets()},
        },
        {.kind = IN_COMMAND, .command = {COMMAND_DEBUG, CATEGORY_ALL}},
    };
    memcpy(out, all, sizeof all);
    return COUNT(all);
}

#define EFFECT_COUNT 10

static size_t effects(struct effect out[EFFECT_COUNT])
{
    const struct effect
        all[] =
            {
                {.kind = FX_SEND, .send = {.path = PATH, .bytes_view = octets()}},
                {
                    .kind = FX_ASK,
                    .ask = {.ticket = 3, .kind = ASK_PSK, .psk = {9, NULL, octets()}},
                },
                {
                    .kind = FX_ASK,
                    .ask =
                        {
                            .ticket = 4,
                            .kind = ASK_SA_ADD,
                            .sa_add =
                                {
                                    .direction = SA_OUTBOUND,
                                    .protocol = IPSEC_PROTOCOL_ESP,
                                    .spi = 0x11111111,
                                    .pair_spi = 0x22222222,
                                    .ah_spi = 0x33333333,
                                    .mode = CHILD_TUNNEL,
                                    .path = PATH,
                                    .selector = SELECTOR,
                                    .cipher_bits = 256,
                                    .cipher_key_view = octets(),
                                    .integrity_key_view = octets(),
                                    .ah_key_view = octets(),
                                    .is_esn = true,
                                    .reqid = 1,
                                    .replay_window = 64,
                                    .soft_bytes = 2,
                                    .hard_bytes = 3,
                                    .hard_packets = 4,
                                    .hard_s = 5,
                                    .acquire_sequence = 6,
                                },
                        },
                },
                {
                    .kind = FX_ASK,
                    .ask = {.ticket = 4,
                            .kind = ASK_DECRYPT,
                            .decrypt = {8, {{octets(), 5, 245}, {octets(), 8, 256}}}},
                },
                {
                    .kind = FX_ASK,
                    .ask = {.ticket = 5, .kind = ASK_SIGN, .sign = {6, 7, octets()}},
                },
                {.kind = FX_CANCEL, .cancel = {5}},
                {.kind = FX_SA_DELETE,
                 .sa_delete = {SA_OUTBOUND, IPSEC_PROTOCOL_ESP, 77, IPV4(192, 0, 2, 1)}},
                {
                    .kind = FX_EVENT,
                    .event =
                        {
                            .kind = EVENT_MAIN_MODE_ESTABLISHED,
                            .path = PATH,
                            .ike_sa = 1,
                            .cookies = {1, [15] = 16},
                            .label_view = "branch",
                            .exchange_view = NULL,
                            .word_view = "",
                            .text_view = "a \"text\"",
                            .octets_view = octets(),
                            .identity_view = "gw.example.com",
                            .suite_view = "aes-cbc(128)",
                            .selector = SELECTOR,
                            .spi_in = 1,
                            .spi_out = 2,
                            .number = 3,
                            .seconds = 4,
                            .suppressed = 5,
                        },
                },
            };
    memcpy(out, all, sizeof all);
    out[1].ask.psk.prf = transform_by_name(TRANSFORM_HASH, "sha256");
    out[2].ask.sa_add.cipher = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    out[2].ask.sa_add.integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1");
    assert_non_null(out[1].ask.psk.prf);
    assert_non_null(out[2].ask.sa_add.cipher);
    out[2].ask.sa_add.ah_integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256");
    assert_non_null(out[2].ask.sa_add.integrity);
    assert_non_null(out[2].ask.sa_add.ah_integrity);
    return COUNT(all);
}

static struct view encoded_input(const struct input *input, uint8_t *buffer, size_t bytes)
{
    struct writer writer = writer_over(buffer, bytes);

    assert_int_equal(trace_encode_input(&writer, instant, input), STATUS_OK);
    return writer_view_written(&writer);
}

static struct view encoded_effect(const struct effect *effect, uint8_t *buffer, size_t bytes)
{
    struct writer writer = writer_over(buffer, bytes);

    assert_int_equal(trace_encode_effect(&writer, effect), STATUS_OK);
    return writer_view_written(&writer);
}

static void every_kind_of_input_comes_back(void **state)
{
    struct input all[INPUT_KIND_COUNT];
    size_t count = inputs(all);

    (void)state;
    assert_int_equal(count, INPUT_KIND_COUNT - 1); /* IN_RULES is a TRACE_CONFIG */
    for (size_t i = 0; i < count; i++) {
        uint8_t first[2048], second[2048];
        struct view once = encoded_input(&all[i], first, sizeof first);
        struct input back;
        struct instant now;

        assert_int_equal(trace_decode_input(once, &now, &back), STATUS_OK);
        assert_int_equal(back.kind, all[i].kind);
        assert_true(now.mono_us == instant.mono_us && now.wall_s == instant.wall_s);
        test_view_equal("input", encoded_input(&back, second, sizeof second), once);
    }
}

static void decoded_input_has_the_values(void **state)
{
    struct input all[INPUT_KIND_COUNT], back;
    uint8_t buffer[2048];
    struct instant now;

    (void)state;
    inputs(all);
    assert_int_equal(trace_decode_input(encoded_input(&all[0], buffer, sizeof buffer), &now, &back),
                     STATUS_OK);
    assert_true(path_equal(&back.datagram.path, &all[0].datagram.path));
    test_view_equal("datagram", back.datagram.bytes_view, octets());
    assert_int_equal(trace_decode_input(encoded_input(&all[2], buffer, sizeof buffer), &now, &back),
                     STATUS_OK);
    assert_true(selector_equal(&back.acquire.packet, &all[2].acquire.packet));
    assert_true(address_equal(&back.acquire.remote, &all[2].acquire.remote));
    assert_int_equal(back.acquire.reqid, 8);
}

static void every_kind_of_effect_comes_back(void **state)
{
    struct effect all[EFFECT_COUNT];
    size_t count = effects(all);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        uint8_t first[2048], second[2048];
        struct view once = encoded_effect(&all[i], first, sizeof first);
        struct arena arena;
        struct effect back;

        arena_init(&arena, 65536);
        assert_int_equal(trace_decode_effect(once, &arena, &back), STATUS_OK);
        assert_int_equal(back.kind, all[i].kind);
        test_view_equal("effect", encoded_effect(&back, second, sizeof second), once);
        arena_clear(&arena);
    }
}

static void decoded_effects_have_the_values(void **state)
{
    struct effect all[EFFECT_COUNT], back;
    uint8_t buffer[2048];
    struct arena arena;

    (void)state;
    effects(all);
    arena_init(&arena, 65536);
    assert_int_equal(
        trace_decode_effect(encoded_effect(&all[2], buffer, sizeof buffer), &arena, &back),
        STATUS_OK);
    assert_ptr_equal(back.ask.sa_add.cipher, all[2].ask.sa_add.cipher);
    assert_ptr_equal(back.ask.sa_add.integrity, all[2].ask.sa_add.integrity);
    assert_ptr_equal(back.ask.sa_add.ah_integrity, all[2].ask.sa_add.ah_integrity);
    assert_int_equal(back.ask.sa_add.ah_spi, 0x33333333);
    assert_true(back.ask.sa_add.is_esn);
    assert_int_equal(back.ask.sa_add.mode, CHILD_TUNNEL);
    assert_int_equal(back.ask.sa_add.acquire_sequence, 6);
    assert_int_equal(
        trace_decode_effect(encoded_effect(&all[7], buffer, sizeof buffer), &arena, &back),
        STATUS_OK);
    assert_string_equal(back.event.label_view, "branch");
    assert_null(back.event.exchange_view);
    assert_string_equal(back.event.word_view, "");
    arena_clear(&arena);
}

/* Whatever is accepted encodes to the octets that were read: there is one form only. */
static void check_input(struct view body)
{
    uint8_t buffer[4096];
    struct instant now;
    struct input input;
    struct writer writer = writer_over(buffer, sizeof buffer);

    if (trace_decode_input(body, &now, &input) != STATUS_OK)
        return;
    assert_int_equal(trace_encode_input(&writer, now, &input), STATUS_OK);
    test_view_equal("accepted input", writer_view_written(&writer), body);
}

static void check_effect(struct view body)
{
    uint8_t buffer[4096];
    struct arena arena;
    struct effect effect;
    struct writer writer = writer_over(buffer, sizeof buffer);

    arena_init(&arena, 65536);
    if (trace_decode_effect(body, &arena, &effect) == STATUS_OK) {
        assert_int_equal(trace_encode_effect(&writer, &effect), STATUS_OK);
        test_view_equal("accepted effect", writer_view_written(&writer), body);
    }
    arena_clear(&arena);
}

static void mutate(struct view body, void (*check)(struct view body))
{
    uint8_t copy[2048];

    for (size_t length = 0; length < body.bytes; length++)
        check(view_of(body.data, length));
    for (size_t bit = 0; bit < body.bytes * 8; bit++) {
        memcpy(copy, body.data, body.bytes);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check(view_of(copy, body.bytes));
    }
}

static void every_truncation_and_bit_flip_is_refused_or_canonical(void **state)
{
    struct input in[INPUT_KIND_COUNT];
    struct effect fx[EFFECT_COUNT];
    size_t in_count = inputs(in), fx_count = effects(fx);
    uint8_t buffer[2048];

    (void)state;
    for (size_t i = 0; i < in_count; i++)
        mutate(encoded_input(&in[i], buffer, sizeof buffer), check_input);
    for (size_t i = 0; i < fx_count; i++)
        mutate(encoded_effect(&fx[i], buffer, sizeof buffer), check_effect);
}

static void a_truncated_body_is_malformed(void **state)
{
    struct input all[INPUT_KIND_COUNT], back;
    struct instant now;
    uint8_t buffer[2048];
    struct view body;

    (void)state;
    inputs(all);
    body = encoded_input(&all[2], buffer, sizeof buffer);
    for (size_t length = 0; length < body.bytes; length++)
        assert_int_equal(trace_decode_input(view_of(body.data, length), &now, &back),
                         STATUS_MALFORMED);
}

static void rules_are_not_an_input_of_a_trace(void **state)
{
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct input input = {.kind = IN_RULES};

    (void)state;
    assert_int_equal(trace_encode_input(&writer, instant, &input), STATUS_UNEXPECTED);
}

static void a_small_writer_is_a_limit(void **state)
{
    struct input all[INPUT_KIND_COUNT];
    uint8_t buffer[40];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    inputs(all);
    assert_int_equal(trace_encode_input(&writer, instant, &all[0]), STATUS_LIMIT);
}

static void records_follow_one_another(void **state)
{
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct view rest, body;
    enum trace_record kind;

    (void)state;
    assert_int_equal(trace_encode_record(&writer, TRACE_RANDOM, octets()), STATUS_OK);
    assert_int_equal(trace_encode_record(&writer, TRACE_DIGEST, (struct view){NULL, 0}), STATUS_OK);
    rest = writer_view_written(&writer);
    assert_int_equal(trace_decode_record(&rest, &kind, &body), STATUS_OK);
    assert_int_equal(kind, TRACE_RANDOM);
    test_view_equal("body", body, octets());
    assert_int_equal(trace_decode_record(&rest, &kind, &body), STATUS_OK);
    assert_int_equal(kind, TRACE_DIGEST);
    assert_int_equal(trace_decode_record(&rest, &kind, &body), STATUS_ABSENT);
}

static void bad_record_headers_are_malformed(void **state)
{
    static const struct {
        const char *name, *hex;
    } cases[] = {
        {"half a header", "03 02 0000"},
        {"kind 0", "00 02 00000000"},
        {"kind past the last", "06 02 00000000"},
        {"another version", "03 01 00000000"},
        {"length past the end", "03 02 00000002 aa"},
        {"length of all bits", "03 02 ffffffff aa"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes record = test_hex(cases[i].hex);
        struct view rest = bytes_view(&record), body;
        enum trace_record kind;

        if (trace_decode_record(&rest, &kind, &body) != STATUS_MALFORMED)
            fail_msg("%s is accepted", cases[i].name);
        bytes_clear(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_input_comes_back),
        cmocka_unit_test(decoded_input_has_the_values),
        cmocka_unit_test(every_kind_of_effect_comes_back),
        cmocka_unit_test(decoded_effects_have_the_values),
        cmocka_unit_test(every_truncation_and_bit_flip_is_refused_or_canonical),
        cmocka_unit_test(a_truncated_body_is_malformed),
        cmocka_unit_test(rules_are_not_an_input_of_a_trace),
        cmocka_unit_test(a_small_writer_is_a_limit),
        cmocka_unit_test(records_follow_one_another),
        cmocka_unit_test(bad_record_headers_are_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
