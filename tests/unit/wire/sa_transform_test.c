#include <stdlib.h>

#include "support/test.h"
#include "wire/sa_v1.h"

#define MOST_BODY_BYTES 1024u

/* Decodes one transform with these attributes; views go into *body, which the caller clears. */
static struct sa_transform transform_of(enum sa_phase phase, const char *attributes,
                                        struct bytes *body)
{
    struct bytes raw = test_hex(attributes);
    uint8_t octets[MOST_BODY_BYTES];
    struct writer writer = writer_over(octets, sizeof octets);
    struct sa_transform transform;
    struct payload payload;
    struct sa_payload sa;
    struct arena arena;

    writer_u32(&writer, DOI_IPSEC);
    writer_u32(&writer, SITUATION_IDENTITY_ONLY);
    writer_u32(&writer, (uint32_t)(16 + raw.bytes));
    writer_u32(&writer, 0x01010001);
    writer_u32(&writer, (uint32_t)(8 + raw.bytes));
    writer_u32(&writer, 0x01010000);
    writer_view(&writer, bytes_view(&raw));
    assert_int_equal(bytes_copy(writer_view_written(&writer), body), STATUS_OK);
    arena_init(&arena, 4096);
    payload = payload_of(PAYLOAD_SA, bytes_view(body));
    assert_int_equal(sa_v1_decode(&payload, phase, &arena, &sa, NULL), STATUS_OK);
    transform = sa.proposals[0].transforms[0];
    test_view_equal("attributes", transform.attributes_view, bytes_view(&raw));
    arena_clear(&arena);
    bytes_clear(&raw);
    return transform;
}

static const struct {
    const char *name;
    enum sa_phase phase;
    const char *attributes;
    enum transform_flaw flaw;
    uint16_t flaw_type;
    enum attribute attribute; /* one that is there */
    uint64_t value;
} cases[] = {
    {"cipher", SA_PHASE_1, "80010005", TRANSFORM_SOUND, 0, ATTRIBUTE_ENCRYPTION, 5},
    {"hash", SA_PHASE_1, "80020002", TRANSFORM_SOUND, 0, ATTRIBUTE_HASH, 2},
    {"method", SA_PHASE_1, "8003fde9", TRANSFORM_SOUND, 0, ATTRIBUTE_METHOD, 65001},
    {"group", SA_PHASE_1, "8004000e", TRANSFORM_SOUND, 0, ATTRIBUTE_GROUP, 14},
    {"key length", SA_PHASE_1, "800e0100", TRANSFORM_SOUND, 0, ATTRIBUTE_KEY_BITS, 256},
    {"PFS group", SA_PHASE_2, "8003000e", TRANSFORM_SOUND, 0, ATTRIBUTE_GROUP, 14},
    {"encapsulation", SA_PHASE_2, "8004f003", TRANSFORM_SOUND, 0, ATTRIBUTE_ENCAPSULATION, 61443},
    {"integrity", SA_PHASE_2, "80050005", TRANSFORM_SOUND, 0, ATTRIBUTE_INTEGRITY, 5},
    {"key length of phase 2", SA_PHASE_2, "80060080", TRANSFORM_SOUND, 0, ATTRIBUTE_KEY_BITS, 128},
    {"ESN", SA_PHASE_2, "800b0001", TRANSFORM_SOUND, 0, ATTRIBUTE_ESN, 1},
    {"the same twice", SA_PHASE_1, "80010005 80010005", TRANSFORM_SOUND, 0, ATTRIBUTE_ENCRYPTION,
     5},
    {"twice and different", SA_PHASE_1, "80010005 80010007", TRANSFORM_CONFLICT, 1,
     ATTRIBUTE_ENCRYPTION, 5},
    {"key length twice", SA_PHASE_2, "80060080 80060100", TRANSFORM_CONFLICT, 6, ATTRIBUTE_KEY_BITS,
     128},
    {"unknown attribute", SA_PHASE_1, "80010005 bfff0001", TRANSFORM_UNKNOWN_ATTRIBUTE, 0x3fff,
     ATTRIBUTE_ENCRYPTION, 5},
    {"type 0", SA_PHASE_1, "80000001 80010005", TRANSFORM_UNKNOWN_ATTRIBUTE, 0,
     ATTRIBUTE_ENCRYPTION, 5},
    {"type 0 of phase 2", SA_PHASE_2, "80000001 80050005", TRANSFORM_UNKNOWN_ATTRIBUTE, 0,
     ATTRIBUTE_INTEGRITY, 5},
    {"PRF", SA_PHASE_1, "800d0001 80010005", TRANSFORM_UNKNOWN_ATTRIBUTE, 13, ATTRIBUTE_ENCRYPTION,
     5},
    {"own group's prime", SA_PHASE_1, "80010005 00060002ffff", TRANSFORM_UNKNOWN_ATTRIBUTE, 6,
     ATTRIBUTE_ENCRYPTION, 5},
    {"the first flaw counts", SA_PHASE_1, "80010005 bfff0001 80010007", TRANSFORM_UNKNOWN_ATTRIBUTE,
     0x3fff, ATTRIBUTE_ENCRYPTION, 5},
    {"basic as variable", SA_PHASE_1, "80020002 000100020005", TRANSFORM_BASIC_AS_TLV, 1,
     ATTRIBUTE_HASH, 2},
    {"basic as variable of 0 octets", SA_PHASE_1, "80020002 00010000", TRANSFORM_BASIC_AS_TLV, 1,
     ATTRIBUTE_HASH, 2},
    {"life type as variable", SA_PHASE_1, "80020002 000b00020001", TRANSFORM_BASIC_AS_TLV, 11,
     ATTRIBUTE_HASH, 2},
    {"life as TV", SA_PHASE_1, "800b0001 800c7080", TRANSFORM_SOUND, 0, ATTRIBUTE_LIFE_SECONDS,
     28800},
    {"life of 1 octet", SA_PHASE_1, "800b0001 000c00013c", TRANSFORM_SOUND, 0,
     ATTRIBUTE_LIFE_SECONDS, 60},
    {"life of 4 octets", SA_PHASE_2, "80010001 0002000400015180", TRANSFORM_SOUND, 0,
     ATTRIBUTE_LIFE_SECONDS, 86400},
    {"life of 8 octets", SA_PHASE_2, "80010002 000200080000000100000000", TRANSFORM_SOUND, 0,
     ATTRIBUTE_LIFE_KILOBYTES, UINT64_C(0x100000000)},
    {"life of 10 octets with zeros first", SA_PHASE_2, "80010001 0002000a00000000000000015180",
     TRANSFORM_SOUND, 0, ATTRIBUTE_LIFE_SECONDS, 86400},
    {"life longer than 64 bits saturates", SA_PHASE_2, "80010001 00020009010000000000000000",
     TRANSFORM_SOUND, 0, ATTRIBUTE_LIFE_SECONDS, UINT64_MAX},
    {"life of no octets", SA_PHASE_1, "80020002 800b0001 000c0000", TRANSFORM_NUMBER_TOO_LONG, 12,
     ATTRIBUTE_HASH, 2},
    {"life without a type", SA_PHASE_1, "800c0e10", TRANSFORM_SOUND, 0, ATTRIBUTE_LIFE_SECONDS,
     3600},
    {"unknown life type", SA_PHASE_1, "80020002 800b0003 800c0e10", TRANSFORM_UNKNOWN_ATTRIBUTE, 12,
     ATTRIBUTE_HASH, 2},
    {"two lives that differ", SA_PHASE_1, "800b0001 800c0e10 800b0001 800c0e11", TRANSFORM_CONFLICT,
     12, ATTRIBUTE_LIFE_SECONDS, 3600},
};

/* V1-11 to V1-13: the transform is flawed, the payload is not. */
static void sec_23_an_attribute_is_read_or_its_transform_flawed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes body = {0};
        struct sa_transform transform = transform_of(cases[i].phase, cases[i].attributes, &body);

        if (transform.flaw != cases[i].flaw || transform.flaw_type != cases[i].flaw_type)
            fail_msg("%s: flaw %u of attribute %u", cases[i].name, (unsigned)transform.flaw,
                     transform.flaw_type);
        if (!(transform.present & BIT(cases[i].attribute)) ||
            transform.values[cases[i].attribute] != cases[i].value)
            fail_msg("%s: value %llu", cases[i].name,
                     (unsigned long long)transform.values[cases[i].attribute]);
        bytes_clear(&body);
    }
}

static void v1_12_seconds_and_kilobytes_stand_together(void **state)
{
    struct bytes body = {0};
    struct sa_transform transform =
        transform_of(SA_PHASE_2, "80010001 0002000400015180 80010002 00020004000186a0", &body);

    (void)state;
    assert_int_equal(transform.flaw, TRANSFORM_SOUND);
    assert_int_equal(transform.values[ATTRIBUTE_LIFE_SECONDS], 86400);
    assert_int_equal(transform.values[ATTRIBUTE_LIFE_KILOBYTES], 100000);
    bytes_clear(&body);
}

/* V1-16: strongSwan and IOS renumber and reorder what they echo. */
static void v1_16_equality_is_of_values_not_of_order_form_or_number(void **state)
{
    static const struct {
        const char *name, *other;
        bool is_equal, is_equal_without_life;
    } pairs[] = {
        {"the same", "80010007 80020002 800e0080 800b0001 000c000400000e10", true, true},
        {"another order", "800b0001 000c000400000e10 800e0080 80020002 80010007", true, true},
        {"life in the other form", "80010007 80020002 800e0080 800b0001 800c0e10", true, true},
        {"another life", "80010007 80020002 800e0080 800b0001 800c0e11", false, true},
        {"no life", "80010007 80020002 800e0080", false, true},
        {"one less", "80010007 80020002 800b0001 800c0e10", false, false},
        {"one more", "80010007 80020002 800e0080 80040002 800b0001 800c0e10", false, false},
        {"another value", "80010007 80020002 800e0100 800b0001 800c0e10", false, false},
        {"flawed", "80010007 80020002 800e0080 800b0001 800c0e10 bfff0001", false, false},
    };
    struct bytes body = {0};
    struct sa_transform transform;

    (void)state;
    transform = transform_of(SA_PHASE_1, pairs[0].other, &body);
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct bytes other_body = {0};
        struct sa_transform other = transform_of(SA_PHASE_1, pairs[i].other, &other_body);

        other.number = 77;
        if (sa_transform_equal(&transform, &other, LIFETIMES_COMPARED) != pairs[i].is_equal ||
            sa_transform_equal(&other, &transform, LIFETIMES_COMPARED) != pairs[i].is_equal ||
            sa_transform_equal(&transform, &other, LIFETIMES_IGNORED) !=
                pairs[i].is_equal_without_life)
            fail_msg("%s", pairs[i].name);
        other.id = 2;
        assert_false(sa_transform_equal(&transform, &other, LIFETIMES_IGNORED));
        bytes_clear(&other_body);
    }
    bytes_clear(&body);
}

static void an_offer_of_ours_is_written_as_peers_expect_it(void **state)
{
    struct bytes wanted = test_hex("00000001 00000001 00000038 0103 04 01 01020304"
                                   "0000002c 07 0c 0000 8003000e 80060100 80050005 80040001"
                                   "80010001 00020004 00015180 80010002 8002ffff");
    const struct sa_transform transform = {
        .number = 7,
        .id = 12,
        .present = BIT(ATTRIBUTE_GROUP) | BIT(ATTRIBUTE_KEY_BITS) | BIT(ATTRIBUTE_INTEGRITY) |
                   BIT(ATTRIBUTE_ENCAPSULATION) | BIT(ATTRIBUTE_LIFE_SECONDS) |
                   BIT(ATTRIBUTE_LIFE_KILOBYTES),
        .values = {[ATTRIBUTE_GROUP] = 14,
                   [ATTRIBUTE_KEY_BITS] = 256,
                   [ATTRIBUTE_INTEGRITY] = 5,
                   [ATTRIBUTE_ENCAPSULATION] = ENCAPSULATION_TUNNEL,
                   [ATTRIBUTE_LIFE_SECONDS] = 86400,
                   [ATTRIBUTE_LIFE_KILOBYTES] = 65535},
    };
    const struct sa_proposal proposal = {1, IPSEC_PROTOCOL_ESP, view_of("\1\2\3\4", 4), &transform,
                                         1};
    const struct sa_payload sa = {DOI_IPSEC, SITUATION_IDENTITY_ONLY, &proposal, 1};
    uint8_t buffer[128];
    struct writer writer = writer_over(buffer, sizeof buffer);

    (void)state;
    sa_v1_encode(&writer, SA_PHASE_2, &sa);
    test_view_equal("offer", writer_view_written(&writer), bytes_view(&wanted));
    bytes_clear(&wanted);
}

static void a_decoded_transform_goes_out_as_it_came(void **state)
{
    /* An order that we would not write, and an attribute that we do not know. */
    struct bytes body = test_hex("00000001 00000001 00000020 01010001"
                                 "00000018 01 01 0000 800b0001 800c0e10 80020002 bfff0001");
    struct payload payload = payload_of(PAYLOAD_SA, bytes_view(&body));
    uint8_t buffer[128];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct sa_payload sa;
    struct arena arena;

    (void)state;
    arena_init(&arena, 4096);
    assert_int_equal(sa_v1_decode(&payload, SA_PHASE_1, &arena, &sa, NULL), STATUS_OK);
    sa_v1_encode(&writer, SA_PHASE_1, &sa);
    test_view_equal("echo", writer_view_written(&writer), bytes_view(&body));
    arena_clear(&arena);
    bytes_clear(&body);
}

static void sec_36_a_transform_longer_than_its_length_field_is_not_written(void **state)
{
    enum {
        ATTRIBUTES = 65520
    };
    uint8_t *attributes = calloc(1, ATTRIBUTES);
    uint8_t *buffer = malloc((size_t)2 * ATTRIBUTES);
    struct sa_transform transform = {.attributes_view = view_of(attributes, ATTRIBUTES - 1)};
    const struct sa_proposal proposal = {
        .protocol = IPSEC_PROTOCOL_ESP, .transforms = &transform, .transform_count = 1};
    const struct sa_payload sa = {DOI_IPSEC, SITUATION_IDENTITY_ONLY, &proposal, 1};

    (void)state;
    assert_true(attributes && buffer);
    for (size_t more = 0; more <= 1; more++) {
        struct writer writer = writer_over(buffer, (size_t)2 * ATTRIBUTES);

        transform.attributes_view.bytes += more;
        sa_v1_encode(&writer, SA_PHASE_2, &sa);
        assert_int_equal(writer_is_good(&writer), more == 0);
    }
    free(buffer);
    free(attributes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_23_an_attribute_is_read_or_its_transform_flawed),
        cmocka_unit_test(v1_12_seconds_and_kilobytes_stand_together),
        cmocka_unit_test(v1_16_equality_is_of_values_not_of_order_form_or_number),
        cmocka_unit_test(an_offer_of_ours_is_written_as_peers_expect_it),
        cmocka_unit_test(a_decoded_transform_goes_out_as_it_came),
        cmocka_unit_test(sec_36_a_transform_longer_than_its_length_field_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
