#include "esp/esp.h"

#include "pair.h"
#include "support/test.h"
#include "support/vectors.h"

static int reset(void **state)
{
    pair_reset(*state);
    return 0;
}

/* Seals and opens, and the inner packet is the same octet for octet. */
static void expect_same(struct pair *pair, struct pair_packet *packet, const char *what)
{
    uint8_t before[PAIR_ROOM_BYTES];
    size_t bytes = packet->packet.bytes;

    memcpy(before, packet->buffer + packet->packet.offset, bytes);
    pair_seal(pair, packet);
    assert_true(packet->packet.bytes > bytes || pair->config.mode == CHILD_TRANSPORT);
    enum esp_drop reason = pair_open(pair, packet);
    if (reason != ESP_DROP_NONE)
        fail_msg("%s: %s", what, esp_drop_name(reason));
    test_view_equal(what, view_of(packet->buffer + packet->packet.offset, packet->packet.bytes),
                    view_of(before, bytes));
}

static void every_suite_carries_packets_of_every_length(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        if (row->kind != TRANSFORM_ENCRYPTION)
            continue;
        for (size_t size = 0; size < 3 && (size == 0 || row->key_bits[size]); size++) {
            for (size_t j = 0; j < transform_count; j++) {
                const struct transform *integrity = &transform_table[j];
                bool is_combined = row->flags & TRANSFORM_AEAD;
                if (is_combined ? j > 0 : integrity->kind != TRANSFORM_INTEGRITY)
                    continue;
                pair_reset(pair);
                pair_suite(pair, row->name, row->key_bits[size],
                           is_combined ? NULL : integrity->name);
                pair_add(pair);
                for (size_t bytes = 0; bytes < 70; bytes++) {
                    packet_tunnelled(&packet, bytes);
                    expect_same(pair, &packet, row->name);
                }
            }
        }
    }
}

static void tunnel_mode_carries_both_families(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;
    struct address first = address_of("2001:db8:1::");
    struct address second = address_of("2001:db8:2::");

    assert_int_equal(address_range_prefix(&first, 48, &pair->selector.remote), STATUS_OK);
    assert_int_equal(address_range_prefix(&second, 48, &pair->selector.local), STATUS_OK);
    pair_add(pair); /* IPv6 within IPv4 */
    packet_between(&packet, "2001:db8:1::1", "2001:db8:2::1", 100);
    expect_same(pair, &packet, "IPv6");
}

static void transport_mode_rebuilds_the_header(void **state)
{
    struct pair *pair = *state;
    static const uint8_t families[] = {ADDRESS_IPV4, ADDRESS_IPV6};

    for (size_t i = 0; i < COUNT(families); i++) {
        bool is_ipv4 = families[i] == ADDRESS_IPV4;
        struct pair_packet packet;
        uint8_t before[PAIR_ROOM_BYTES];
        size_t header_bytes = is_ipv4 ? 20 : 40;
        pair_reset(pair);
        pair_transport(pair, families[i]);
        pair_suite(pair, "null", 0, "hmac-sha256"); /* no IV: the least room in front */
        pair_add(pair);
        packet_between(&packet, is_ipv4 ? "192.0.2.1" : "2001:db8::1",
                       is_ipv4 ? "192.0.2.2" : "2001:db8::2", 64);
        size_t bytes = packet.packet.bytes;
        memcpy(before, packet.buffer + packet.packet.offset, bytes);
        pair_seal(pair, &packet);
        packet.packet.ttl = 7;
        packet.packet.tos = 0xb8;
        assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE);
        const uint8_t *after = packet.buffer + packet.packet.offset;
        assert_int_equal(packet.packet.bytes, bytes);
        test_view_equal("UDP", view_of(after + header_bytes, bytes - header_bytes),
                        view_of(before + header_bytes, bytes - header_bytes));
        assert_int_equal(after[is_ipv4 ? 8 : 7], 7);
        assert_int_equal(packet.packet.inner.tos, 0xb8);
        assert_true(address_equal(&packet.packet.inner.source, &pair->config.path.remote.address));
    }
}

static void a_checksum_is_made_anew_where_a_nat_changed_the_addresses(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;
    uint8_t checksum[2];

    pair_transport(pair, ADDRESS_IPV4);
    pair_add(pair);
    packet_between(&packet, "192.0.2.1", "192.0.2.2", 9);
    memcpy(checksum, packet.buffer + packet.packet.offset + 26, 2);
    packet.buffer[packet.packet.offset + 26] ^= 0x5a; /* as if over private addresses */
    pair_seal(pair, &packet);
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE);
    test_view_equal("checksum", view_of(packet.buffer + packet.packet.offset + 26, 2),
                    view_of(checksum, 2));
}

static void transport_mode_refuses_what_it_cannot_carry(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_transport(pair, ADDRESS_IPV4);
    pair_add(pair);
    packet_between(&packet, "192.0.2.1", "192.0.2.2", 40);
    packet.buffer[packet.packet.offset + 6] = 0x20; /* more fragments */
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_TRANSPORT);
    packet_between(&packet, "192.0.2.1", "192.0.2.2", 40);
    packet.buffer[packet.packet.offset] = 0x46; /* the UDP header as options */
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_TRANSPORT);
}

static void a_recorded_packet_opens(void **state)
{
    struct pair *pair = *state;
    struct vectors *vectors = vectors_open("esp/aes-cbc-sha1-esp.txt");
    struct pair_packet packet;

    assert_true(vectors_next(vectors));
    pair_suite(pair, "aes-cbc", 128, "hmac-sha1");
    memcpy(pair->key, vectors_hex(vectors, "key").data, 16);
    memcpy(pair->key + 64, vectors_hex(vectors, "auth_key").data, 20);
    pair->config.spi = 0xc6494f61;
    struct address first = address_of("10.0.0.0");
    assert_int_equal(address_range_prefix(&first, 8, &pair->selector.local), STATUS_OK);
    pair->selector.remote = pair->selector.local;
    pair_add(pair);
    packet_of_octets(&packet, vectors_hex(vectors, "esp_packet"));
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE);
    test_view_equal("inner", view_of(packet.buffer + packet.packet.offset, packet.packet.bytes),
                    vectors_hex(vectors, "inner_packet"));
    vectors_close(vectors);
}

static void congestion_reaches_the_inner_header(void **state)
{
    static const struct {
        uint8_t inner, outer, result;
        enum esp_drop reason;
    } cases[] = {
        {0, 0, 0, ESP_DROP_NONE},       {0, 1, 0, ESP_DROP_NONE}, {0, 2, 0, ESP_DROP_NONE},
        {0, 3, 0, ESP_DROP_CONGESTION}, {1, 0, 1, ESP_DROP_NONE}, {1, 2, 1, ESP_DROP_NONE},
        {1, 3, 3, ESP_DROP_NONE},       {2, 0, 2, ESP_DROP_NONE}, {2, 1, 1, ESP_DROP_NONE},
        {2, 3, 3, ESP_DROP_NONE},       {3, 0, 3, ESP_DROP_NONE}, {3, 3, 3, ESP_DROP_NONE},
    };
    struct pair *pair = *state;

    pair_add(pair);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_packet packet;
        packet_tunnelled(&packet, 10);
        packet.buffer[packet.packet.offset + 1] = (uint8_t)(0xb8 | cases[i].inner);
        pair_seal(pair, &packet);
        assert_int_equal(packet.packet.tos, 0xb8 | cases[i].inner);
        packet.packet.tos = cases[i].outer;
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%u in %u: %s", cases[i].inner, cases[i].outer, esp_drop_name(reason));
        if (reason == ESP_DROP_NONE)
            assert_int_equal(packet.buffer[packet.packet.offset + 1], 0xb8 | cases[i].result);
    }
}

static void many_packets_in_one_call_are_judged_one_by_one(void **state)
{
    struct pair *pair = *state;
    struct pair_packet buffers[3];
    struct esp_packet packets[3];

    pair_add(pair);
    for (size_t i = 0; i < COUNT(buffers); i++) {
        packet_tunnelled(&buffers[i], i);
        packets[i] = buffers[i].packet;
    }
    assert_int_equal(esp_seal(&pair->east, 1, packets, 3), 3);
    for (size_t i = 0; i < COUNT(buffers); i++)
        packets[i].path = pair->config.path;
    packets[1].buffer[packets[1].offset + 20] ^= 1;
    assert_int_equal(esp_open(&pair->west, 1, packets, 3), 2);
    assert_int_equal(packets[1].reason, ESP_DROP_FORGED);
    assert_true(sad_dropped(pair->west_own, ESP_DROP_FORGED) == 1);
}

static void a_packet_without_an_sa_asks_for_one(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    packet_tunnelled(&packet, 10);
    size_t bytes = packet.packet.bytes;
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.verdict, ESP_ACQUIRE);
    assert_int_equal(packet.packet.entry->reqid, PAIR_REQID);
    assert_int_equal(packet.packet.bytes, bytes);
    pair_add(pair);
    expect_same(pair, &packet, "kept packet");
}

static void policy_lets_pass_or_drops(void **state)
{
    static const struct {
        enum spd_action action;
        enum esp_verdict verdict;
        enum esp_drop reason;
    } cases[] = {
        {SPD_BYPASS, ESP_BYPASS, ESP_DROP_NONE},
        {SPD_DROP, ESP_DROPPED, ESP_DROP_POLICY},
    };
    struct pair *pair = *state;
    struct pair_packet packet;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct spd_entry entry = {
            .selector = {.local = pair->selector.remote, .remote = pair->selector.local},
            .action = cases[i].action,
            .direction = SPD_BOTH};
        struct spd *spd = NULL;
        assert_int_equal(spd_new(&entry, 1, &spd), STATUS_OK);
        struct esp esp = {pair->east_own, spd};
        packet_tunnelled(&packet, 10);
        assert_int_equal(esp_seal(&esp, 1, &packet.packet, 1), 0);
        assert_int_equal(packet.packet.verdict, cases[i].verdict);
        assert_int_equal(packet.packet.reason, cases[i].reason);
        packet_between(&packet, "10.9.0.1", "10.2.0.1", 10); /* no entry */
        assert_int_equal(esp_seal(&esp, 1, &packet.packet, 1), 0);
        assert_int_equal(packet.packet.reason, ESP_DROP_POLICY);
        spd_free(spd);
    }
}

static void a_buffer_without_room_is_no_overflow(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_suite(pair, "aes-cbc", 256, "hmac-sha512");
    pair_add(pair);
    packet_tunnelled(&packet, 10);
    packet.packet.capacity_bytes = packet.packet.offset + packet.packet.bytes + 20;
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_ROOM);
    packet_tunnelled(&packet, 10);
    packet.packet.buffer += ESP_HEADROOM;
    packet.packet.capacity_bytes -= ESP_HEADROOM;
    packet.packet.offset = 0;
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_suite_carries_packets_of_every_length, reset),
        cmocka_unit_test_setup(tunnel_mode_carries_both_families, reset),
        cmocka_unit_test_setup(transport_mode_rebuilds_the_header, reset),
        cmocka_unit_test_setup(a_checksum_is_made_anew_where_a_nat_changed_the_addresses, reset),
        cmocka_unit_test_setup(transport_mode_refuses_what_it_cannot_carry, reset),
        cmocka_unit_test_setup(a_recorded_packet_opens, reset),
        cmocka_unit_test_setup(congestion_reaches_the_inner_header, reset),
        cmocka_unit_test_setup(many_packets_in_one_call_are_judged_one_by_one, reset),
        cmocka_unit_test_setup(a_packet_without_an_sa_asks_for_one, reset),
        cmocka_unit_test_setup(policy_lets_pass_or_drops, reset),
        cmocka_unit_test_setup(a_buffer_without_room_is_no_overflow, reset),
    };
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
