#include "wire/sa_v1.h"

#include "support/test.h"

#define HEAD "00000001 00000001"
#define T_3DES "00000010 01 01 0000 80010005 80020002"
#define T_3DES_MORE "03000010 01 01 0000 80010005 80020002"

static const struct {
    const char *name, *hex;
    enum status status;
    size_t offset; /* of the fault within the body */
} cases[] = {
    {"one proposal, one transform", HEAD "00000018 01010001" T_3DES, STATUS_OK, 0},
    {"two transforms", HEAD "00000028 01010002" T_3DES_MORE T_3DES, STATUS_OK, 0},
    {"two proposals", HEAD "02000018 01010001" T_3DES "00000018 01010001" T_3DES, STATUS_OK, 0},
    {"phase 1 SPI of 16 octets, ignored",
     HEAD "00000028 01011001 00112233445566778899aabbccddeeff" T_3DES, STATUS_OK, 0},
    {"unknown protocol", HEAD "0000001b 01990301 aabbcc" T_3DES, STATUS_OK, 0},
    {"transform without attributes", HEAD "00000010 01010001 00000008 01010000", STATUS_OK, 0},
    {"nothing", "", STATUS_MALFORMED, 0},
    {"DOI alone", "00000001", STATUS_MALFORMED, 0},
    {"DOI 0", "00000000 00000001 00000018 01010001" T_3DES, STATUS_UNEXPECTED, 0},
    {"DOI GDOI", "00000002 00000001 00000018 01010001" T_3DES, STATUS_UNEXPECTED, 0},
    {"situation secrecy", "00000001 00000003 00000018 01010001" T_3DES, STATUS_UNEXPECTED, 0},
    {"no proposal", HEAD, STATUS_MALFORMED, 8},
    {"half a proposal", HEAD "0000", STATUS_MALFORMED, 8},
    {"proposal of length 0", HEAD "00000000 01010001" T_3DES, STATUS_MALFORMED, 8},
    {"proposal of length 7", HEAD "00000007 01010001" T_3DES, STATUS_MALFORMED, 8},
    {"proposal past the SA", HEAD "00000019 01010001" T_3DES, STATUS_MALFORMED, 8},
    {"SA past the proposal", HEAD "00000018 01010001" T_3DES "00", STATUS_MALFORMED, 32},
    {"no transform", HEAD "00000008 01010000", STATUS_MALFORMED, 16},
    {"count 2, one there", HEAD "00000018 01010002" T_3DES, STATUS_MALFORMED, 32},
    {"count 255, one there", HEAD "00000018 010100ff" T_3DES, STATUS_LIMIT, 16},
    {"count 1, two there", HEAD "00000028 01010001" T_3DES_MORE T_3DES, STATUS_MALFORMED, 32},
    {"count 1, octets after it", HEAD "0000001c 01010001" T_3DES "00000000", STATUS_MALFORMED, 32},
    {"transform past its proposal", HEAD "00000018 01010001 00000011 01010000 80010005 80020002",
     STATUS_MALFORMED, 16},
    {"transform of length 7", HEAD "00000018 01010001 00000007 01010000 80010005 80020002",
     STATUS_MALFORMED, 16},
    {"last transform promises another", HEAD "00000018 01010001" T_3DES_MORE, STATUS_MALFORMED, 32},
    {"SPI of no protocol past its proposal, within the SA",
     HEAD "02000014 01630d01" T_3DES "00000018 01010001" T_3DES, STATUS_MALFORMED, 12},
    {"SPI of no protocol past the SA", HEAD "0000000c 0163ff01 aabbccdd", STATUS_MALFORMED, 12},
    {"more proposals promised", HEAD "02000018 01010001" T_3DES, STATUS_MALFORMED, 32},
    {"proposals after the last", HEAD "00000018 01010001" T_3DES "00000018 01010001" T_3DES,
     STATUS_MALFORMED, 32},
    {"next payload of a proposal is KE", HEAD "04000018 01010001" T_3DES, STATUS_MALFORMED, 8},
    {"next payload of a transform is P",
     HEAD "00000018 01010001 02000010 01010000 80010005 80020002", STATUS_MALFORMED, 16},
    {"numbers that decrease", HEAD "02000018 02010001" T_3DES "00000018 01010001" T_3DES,
     STATUS_MALFORMED, 32},
    {"SPI past the proposal", HEAD "0000000c 0101ff01 aabbccdd", STATUS_MALFORMED, 12},
    {"ESP SPI of 8 octets", HEAD "00000020 01030801 0011223344556677" T_3DES, STATUS_MALFORMED, 12},
    {"ESP without SPI", HEAD "00000018 01030001" T_3DES, STATUS_MALFORMED, 12},
    {"AH SPI of 3 octets", HEAD "0000001b 01020301 aabbcc" T_3DES, STATUS_MALFORMED, 12},
    {"IPCOMP CPI of 2 octets", HEAD "0000001a 01040201 aabb" T_3DES, STATUS_OK, 0},
    {"IPCOMP CPI of 3 octets", HEAD "0000001b 01040301 aabbcc" T_3DES, STATUS_MALFORMED, 12},
    {"phase 1 SPI of 17 octets", HEAD "00000029 01011101 00112233445566778899aabbccddeeff00" T_3DES,
     STATUS_MALFORMED, 12},
    {"attribute cut in its value", HEAD "00000013 01010001 0000000b 01010000 800100",
     STATUS_MALFORMED, 24},
    {"attribute value past the transform",
     HEAD "00000018 01010001 00000010 01010000 000c0005 00015180", STATUS_MALFORMED, 24},
    {"attribute value of 65535 octets",
     HEAD "00000018 01010001 00000010 01010000 000cffff 00015180", STATUS_MALFORMED, 24},
};

static void sec_22_an_sa_is_whole_or_refused_at_its_offset(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 65536);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes body = test_hex(cases[i].hex);
        struct payload payload = payload_of(PAYLOAD_SA, bytes_view(&body));
        struct sa_payload sa = {.proposal_count = 77};
        struct wire_error error = {0};
        enum status status = sa_v1_decode(&payload, SA_PHASE_1, &arena, &sa, &error);

        if (status != cases[i].status || error.status != status || error.offset != cases[i].offset)
            fail_msg("%s: %s at %zu (%s)", cases[i].name, status_name(status), error.offset,
                     error.reason ? error.reason : "no reason");
        if (status == STATUS_MALFORMED || status == STATUS_LIMIT)
            assert_int_equal(sa.proposal_count, 77); /* SEC-38: nothing half-filled */
        arena_reset(&arena);
        bytes_clear(&body);
    }
    arena_clear(&arena);
}

/* V1-8: the notify needs to know which of the two it was. */
static void sec_27_every_doi_and_situation_but_ours_is_reported(void **state)
{
    struct bytes body = test_hex(HEAD "00000018 01010001" T_3DES);
    struct payload payload = payload_of(PAYLOAD_SA, bytes_view(&body));
    struct arena arena;

    (void)state;
    arena_init(&arena, 65536);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct sa_payload sa = {0};
        uint8_t *octet = &body.data_own[bit / 8];

        *octet = (uint8_t)(*octet ^ 0x80u >> bit % 8);
        assert_int_equal(sa_v1_decode(&payload, SA_PHASE_1, &arena, &sa, NULL), STATUS_UNEXPECTED);
        assert_int_equal(sa.doi != DOI_IPSEC, bit < 32);
        assert_int_equal(sa.situation != SITUATION_IDENTITY_ONLY, bit >= 32);
        assert_int_equal(sa.proposal_count, 0);
        *octet = (uint8_t)(*octet ^ 0x80u >> bit % 8);
    }
    arena_clear(&arena);
    bytes_clear(&body);
}

/* An SA of `proposals` proposals of `transforms` transforms of `attributes` attributes each. */
static enum status sa_of(unsigned proposals, unsigned transforms, unsigned attributes)
{
    static uint8_t octets[400000];
    struct writer writer = writer_over(octets, sizeof octets);
    size_t transform_bytes = 8u + 4u * attributes;
    struct sa_payload sa;
    struct payload payload;
    struct arena arena;
    enum status status;

    writer_u32(&writer, DOI_IPSEC);
    writer_u32(&writer, SITUATION_IDENTITY_ONLY);
    for (unsigned i = 0; i < proposals; i++) {
        writer_u16(&writer, i + 1 < proposals ? PAYLOAD_PROPOSAL << 8 : 0);
        writer_u16(&writer, (uint16_t)(8u + transforms * transform_bytes));
        writer_u32(&writer, 0x01010000u | transforms);
        for (unsigned j = 0; j < transforms; j++) {
            writer_u16(&writer, j + 1 < transforms ? PAYLOAD_TRANSFORM << 8 : 0);
            writer_u16(&writer, (uint16_t)transform_bytes);
            writer_u32(&writer, 0x01010000u);
            for (unsigned k = 0; k < attributes; k++)
                writer_u32(&writer, 0x80010005u);
        }
    }
    assert_true(writer_is_good(&writer));
    arena_init(&arena, 1u << 22);
    payload = payload_of(PAYLOAD_SA, writer_view_written(&writer));
    status = sa_v1_decode(&payload, SA_PHASE_1, &arena, &sa, NULL);
    arena_clear(&arena);
    return status;
}

/* V1-9; SEC-26: what is bounded here cannot be multiplied later. */
static void sec_22_and_26_proposals_transforms_and_attributes_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(sa_of(32, 1, 1), STATUS_OK);
    assert_int_equal(sa_of(33, 1, 1), STATUS_LIMIT);
    assert_int_equal(sa_of(255, 1, 1), STATUS_LIMIT);
    assert_int_equal(sa_of(1, 64, 1), STATUS_OK);
    assert_int_equal(sa_of(1, 65, 1), STATUS_LIMIT);
    assert_int_equal(sa_of(1, 255, 1), STATUS_LIMIT);
    assert_int_equal(sa_of(1, 1, 32), STATUS_OK);
    assert_int_equal(sa_of(1, 1, 33), STATUS_LIMIT);
    assert_int_equal(sa_of(32, 64, 32), STATUS_OK);
}

static void memory_that_runs_out_is_a_status(void **state)
{
    struct bytes body = test_hex(HEAD "00000028 01010002" T_3DES_MORE T_3DES);
    struct payload payload = payload_of(PAYLOAD_SA, bytes_view(&body));
    struct sa_payload sa = {.proposal_count = 77};
    enum status status = STATUS_NO_MEMORY;
    size_t limit;

    (void)state;
    for (limit = 0; status == STATUS_NO_MEMORY; limit++) {
        struct arena arena;

        arena_init(&arena, limit);
        status = sa_v1_decode(&payload, SA_PHASE_1, &arena, &sa, NULL);
        assert_int_equal(sa.proposal_count, status == STATUS_OK ? 1 : 77);
        arena_clear(&arena);
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(limit - 1, sizeof(struct sa_proposal) + 2 * sizeof(struct sa_transform));
    bytes_clear(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_22_an_sa_is_whole_or_refused_at_its_offset),
        cmocka_unit_test(sec_27_every_doi_and_situation_but_ours_is_reported),
        cmocka_unit_test(sec_22_and_26_proposals_transforms_and_attributes_are_bounded),
        cmocka_unit_test(memory_that_runs_out_is_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
