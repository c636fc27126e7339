#include "dataplane/fragment_private.h"
#include "support/test.h"

#define PAYLOAD_BYTES 3000u

/* A packet of a pattern, and the same cut as a kernel would. */
struct sample {
    uint8_t version;
    uint8_t payload[PAYLOAD_BYTES];
};

static struct sample sample_of(uint8_t version)
{
    struct sample sample = {.version = version};

    for (size_t i = 0; i < PAYLOAD_BYTES; i++)
        sample.payload[i] = (uint8_t)(i * 7 + i / 251);
    return sample;
}

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void ipv4_header(uint8_t *out, size_t payload_bytes, size_t offset, bool is_last)
{
    static const uint8_t header[20] = {0x45, 0, 0,   0, 0xab, 0xcd, 0,   0, 64, 17,
                                       0,    0, 192, 0, 2,    1,    192, 0, 2,  2};
    uint32_t sum = 0;

    memcpy(out, header, sizeof header);
    put_u16(out + 2, sizeof header + payload_bytes);
    put_u16(out + 6, offset / 8 | (is_last ? 0 : 0x2000));
    for (size_t i = 0; i < sizeof header; i += 2)
        sum += (uint32_t)out[i] << 8 | out[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put_u16(out + 10, ~(sum + (sum >> 16)) & 0xffff);
}

static size_t ipv6_header(uint8_t *out, size_t payload_bytes, bool is_fragment, size_t offset,
                          bool is_last)
{
    size_t extra = is_fragment ? 8 : 0;

    memset(out, 0, 48);
    out[0] = 0x60;
    put_u16(out + 4, payload_bytes + extra);
    out[6] = is_fragment ? 44 : 17;
    out[7] = 64;
    out[8] = 0xfd;
    out[24] = 0xfd;
    out[39] = 2;
    if (is_fragment) {
        out[40] = 17;
        put_u16(out + 42, offset | (is_last ? 0 : 1));
        put_u16(out + 46, 0x1234);
    }
    return 40 + extra;
}

static size_t piece_of(const struct sample *sample, size_t offset, size_t bytes, bool is_last,
                       uint8_t *out)
{
    size_t header = 20;

    if (sample->version == 4)
        ipv4_header(out, bytes, offset, is_last);
    else
        header = ipv6_header(out, bytes, true, offset, is_last);
    memcpy(out + header, sample->payload + offset, bytes);
    return header + bytes;
}

static enum fragment_result give(struct fragments *fragments, const struct sample *sample,
                                 size_t offset, size_t bytes, bool is_last, struct view *whole)
{
    uint8_t packet[PAYLOAD_BYTES + 64];
    size_t packet_bytes = piece_of(sample, offset, bytes, is_last, packet);

    return fragments_take(fragments, 0, view_of(packet, packet_bytes), whole);
}

static void check_whole(const struct sample *sample, struct view whole)
{
    uint8_t wanted[PAYLOAD_BYTES + 64];
    size_t header = 20;

    if (sample->version == 4)
        ipv4_header(wanted, PAYLOAD_BYTES, 0, true);
    else
        header = ipv6_header(wanted, PAYLOAD_BYTES, false, 0, true);
    memcpy(wanted + header, sample->payload, PAYLOAD_BYTES);
    test_view_equal("packet", whole, view_of(wanted, header + PAYLOAD_BYTES));
}

static void whole_packets_are_left_alone(void **state)
{
    struct fragments *fragments = fragments_new();
    uint8_t packet[PAYLOAD_BYTES + 64] = {0};
    struct view whole = {0};

    (void)state;
    ipv4_header(packet, 100, 0, true);
    assert_int_equal(fragments_take(fragments, 0, view_of(packet, 120), &whole), FRAGMENT_NONE);
    (void)ipv6_header(packet, 100, false, 0, true);
    assert_int_equal(fragments_take(fragments, 0, view_of(packet, 140), &whole), FRAGMENT_NONE);
    assert_int_equal(fragments_count(fragments), 0);
    fragments_free(fragments);
}

static void fragments_of_any_order_make_the_packet(void **state)
{
    static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t version = 4; version <= 6; version += 2) {
        struct sample sample = sample_of((uint8_t)version);
        for (size_t i = 0; i < COUNT(orders); i++) {
            struct fragments *fragments = fragments_new();
            struct view whole = {0};
            for (size_t j = 0; j < 3; j++) {
                size_t offset = orders[i][j] * 1304;
                bool is_last = orders[i][j] == 2;
                size_t bytes = is_last ? PAYLOAD_BYTES - offset : 1304;
                assert_int_equal(give(fragments, &sample, offset, bytes, is_last, &whole),
                                 j < 2 ? FRAGMENT_KEPT : FRAGMENT_WHOLE);
            }
            check_whole(&sample, whole);
            assert_int_equal(fragments_count(fragments), 0);
            fragments_free(fragments);
        }
    }
}

/* SEC-193, RFC 5722 */
static void an_overlap_ends_the_packet(void **state)
{
    struct fragments *fragments = fragments_new();
    struct sample sample = sample_of(4);
    struct view whole;

    (void)state;
    assert_int_equal(give(fragments, &sample, 0, 1304, false, &whole), FRAGMENT_KEPT);
    assert_int_equal(give(fragments, &sample, 1296, 1304, false, &whole), FRAGMENT_BAD);
    assert_int_equal(fragments_count(fragments), 0);
    fragments_free(fragments);
}

static void lengths_that_lie_are_bad(void **state)
{
    struct fragments *fragments = fragments_new();
    struct sample sample = sample_of(4);
    uint8_t packet[64];
    struct view whole;

    (void)state;
    assert_int_equal(give(fragments, &sample, 0, 1301, false, &whole), FRAGMENT_BAD);
    assert_int_equal(give(fragments, &sample, 0, 0, false, &whole), FRAGMENT_BAD);
    ipv4_header(packet, 44, 65528, true);
    assert_int_equal(fragments_take(fragments, 0, view_of(packet, 64), &whole), FRAGMENT_BAD);
    for (size_t bytes = 0; bytes < 20; bytes++)
        assert_int_equal(fragments_take(fragments, 0, view_of(packet, bytes), &whole),
                         FRAGMENT_BAD);
    (void)ipv6_header(packet, 8, true, 0, false);
    for (size_t bytes = 1; bytes < 48; bytes++)
        assert_int_equal(fragments_take(fragments, 0, view_of(packet, bytes), &whole),
                         FRAGMENT_BAD);
    assert_int_equal(fragments_count(fragments), 0);
    fragments_free(fragments);
}

static void memory_is_bounded_and_comes_free_in_time(void **state)
{
    struct fragments *fragments = fragments_new();
    uint8_t packet[64] = {0};
    struct view whole;

    (void)state;
    for (unsigned i = 0; i < FRAGMENT_SETS_MOST + 1; i++) {
        ipv4_header(packet, 8, 0, false);
        packet[5] = (uint8_t)i;
        assert_int_equal(fragments_take(fragments, 5, view_of(packet, 28), &whole),
                         i < FRAGMENT_SETS_MOST ? FRAGMENT_KEPT : FRAGMENT_BAD);
    }
    fragments_expire(fragments, FRAGMENT_LIFE_US + 4);
    assert_int_equal(fragments_count(fragments), FRAGMENT_SETS_MOST);
    fragments_expire(fragments, FRAGMENT_LIFE_US + 5);
    assert_int_equal(fragments_count(fragments), 0);
    fragments_free(fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_packets_are_left_alone),
        cmocka_unit_test(fragments_of_any_order_make_the_packet),
        cmocka_unit_test(an_overlap_ends_the_packet),
        cmocka_unit_test(lengths_that_lie_are_bad),
        cmocka_unit_test(memory_is_bounded_and_comes_free_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
