#include "pair.h"
#include "support/test.h"

static int reset(void **state)
{
    pair_reset(*state);
    return 0;
}

/* A payload of `bytes` octets (a multiple of 4) that ends in padding and next header as given. */
struct payload {
    uint8_t octets[256];
    size_t bytes;
};

/* An inner IPv4 packet of 40 octets, `padding` as 1, 2, 3 ..., then pad length and next header. */
static struct payload payload_of(size_t padding, uint8_t pad_length, uint8_t next_header)
{
    struct payload payload = {.bytes = 40};
    struct pair_packet packet;

    packet_tunnelled(&packet, 12);
    memcpy(payload.octets, packet.buffer + packet.packet.offset, 40);
    for (size_t i = 0; i < padding; i++)
        payload.octets[payload.bytes++] = (uint8_t)(i + 1);
    payload.octets[payload.bytes++] = pad_length;
    payload.octets[payload.bytes++] = next_header;
    return payload;
}

static void sec_184_padding_and_next_header_are_checked_after_the_icv(void **state)
{
    static const struct {
        const char *name;
        size_t padding;
        uint8_t pad_length, next_header;
        enum esp_drop reason;
    } cases[] = {
        {"right", 2, 2, 4, ESP_DROP_NONE},
        {"more than needed", 62, 62, 4, ESP_DROP_NONE},
        {"longer than the packet", 2, 200, 4, ESP_DROP_PADDING},
        {"one longer than the packet", 2, 43, 4, ESP_DROP_PADDING},
        {"octets of the packet as padding", 2, 4, 4, ESP_DROP_PADDING},
        {"padding in the packet", 2, 0, 4, ESP_DROP_INNER},
        {"dummy", 2, 2, 59, ESP_DROP_DUMMY},
        {"IPv6 said, IPv4 inside", 2, 2, 41, ESP_DROP_INNER},
        {"UDP in tunnel mode", 2, 2, 17, ESP_DROP_INNER},
        {"nonsense", 2, 2, 255, ESP_DROP_INNER},
    };
    struct pair *pair = *state;
    uint32_t sequence = 1;

    pair_add(pair);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct payload payload =
            payload_of(cases[i].padding, cases[i].pad_length, cases[i].next_header);
        struct pair_packet packet;
        pair_forge(pair, view_of(payload.octets, payload.bytes), sequence++, &packet);
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].name, esp_drop_name(reason));
    }
    /* 2 to 40 octets of nothing but trailer */
    for (size_t bytes = 4; bytes < 44; bytes += 4) {
        uint8_t octets[44];
        struct pair_packet packet;
        for (size_t i = 0; i < bytes; i++)
            octets[i] = (uint8_t)(i + 1);
        octets[bytes - 2] = (uint8_t)(bytes - 2);
        octets[bytes - 1] = 4;
        pair_forge(pair, view_of(octets, bytes), sequence++, &packet);
        assert_int_equal(pair_open(pair, &packet), ESP_DROP_INNER);
    }
}

static void wrong_octets_of_padding_are_refused(void **state)
{
    struct pair *pair = *state;
    uint32_t sequence = 1;

    pair_add(pair);
    for (size_t at = 40; at < 50; at++) {
        struct payload payload = payload_of(10, 10, 4);
        struct pair_packet packet;
        payload.octets[at] ^= 0x80;
        pair_forge(pair, view_of(payload.octets, payload.bytes), sequence++, &packet);
        assert_int_equal(pair_open(pair, &packet), ESP_DROP_PADDING);
    }
}

static void sec_180_every_length_is_a_drop(void **state)
{
    static const struct {
        const char *encryption, *integrity;
        unsigned key_bits;
    } suites[] = {
        {"aes-gcm", NULL, 128},
        {"aes-cbc", "hmac-sha256", 256},
        {"3des-cbc", "hmac-md5", 0},
        {"null", "hmac-sha1", 0},
    };
    struct pair *pair = *state;

    for (size_t i = 0; i < COUNT(suites); i++) {
        pair_reset(pair);
        pair_suite(pair, suites[i].encryption, suites[i].key_bits, suites[i].integrity);
        pair_add(pair);
        for (size_t bytes = 0; bytes < 120; bytes++) {
            uint8_t octets[120] = {0x00, 0xc0, 0xff, 0xee, 0, 0, 0, 1};
            struct pair_packet packet;
            packet_of_octets(&packet, view_of(octets, bytes));
            enum esp_drop reason = pair_open(pair, &packet);
            if (reason != ESP_DROP_MALFORMED && reason != ESP_DROP_FORGED)
                fail_msg("%s: %zu octets: %s", suites[i].encryption, bytes, esp_drop_name(reason));
        }
        assert_int_equal(
            sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_ESP, PAIR_SPI)->replay.highest, 0);
    }
}

static void sec_181_a_forged_number_far_ahead_moves_nothing(void **state)
{
    struct pair *pair = *state;
    struct pair_packet first;
    struct pair_packet second;
    struct pair_packet forged;

    pair_add(pair);
    packet_tunnelled(&first, 1);
    packet_tunnelled(&second, 2);
    pair_seal(pair, &first);
    pair_seal(pair, &second);
    forged = second;
    forged.packet.buffer = forged.buffer;
    forged.buffer[forged.packet.offset + 4] = 0x80; /* number + 2^31 */
    assert_int_equal(pair_open(pair, &forged), ESP_DROP_FORGED);
    struct pair_packet copy = first;
    copy.packet.buffer = copy.buffer;
    assert_int_equal(pair_open(pair, &second), ESP_DROP_NONE);
    assert_int_equal(pair_open(pair, &first), ESP_DROP_NONE);
    struct pair_packet spoiled = copy;
    spoiled.packet.buffer = spoiled.buffer;
    spoiled.buffer[spoiled.packet.offset + 20] ^= 1;
    assert_int_equal(pair_open(pair, &copy), ESP_DROP_REPLAY);
    /* asked before the ICV: an old number costs no cryptography */
    assert_int_equal(pair_open(pair, &spoiled), ESP_DROP_REPLAY);
}

static void sec_196_unknown_spis_are_dropped(void **state)
{
    struct pair *pair = *state;
    uint64_t random = 1;

    pair_add(pair);
    for (size_t i = 0; i < 1000000; i++) {
        uint8_t octets[64] = {0};
        struct pair_packet packet;
        random = random * UINT64_C(6364136223846793005) + 1;
        uint32_t spi = (uint32_t)(random >> 32);
        if (spi == PAIR_SPI)
            continue;
        packet.packet = (struct esp_packet){
            .buffer = octets, .capacity_bytes = 64, .bytes = 64, .path = pair->config.path};
        for (size_t octet = 0; octet < 4; octet++)
            octets[octet] = (uint8_t)(spi >> (24 - 8 * octet));
        (void)esp_open(&pair->west, 1, &packet.packet, 1);
        assert_int_equal(packet.packet.reason, ESP_DROP_NO_SA);
    }
    assert_true(sad_dropped(pair->west_own, ESP_DROP_NO_SA) >= 999000);
}

static void the_form_on_the_wire_must_be_the_agreed_one(void **state)
{
    struct pair *pair = *state;
    struct pair_packet packet;

    pair_add(pair);
    packet_tunnelled(&packet, 1);
    pair_seal(pair, &packet);
    packet.packet.path = pair->config.path;
    packet.packet.path.is_encapsulated = false;
    assert_int_equal(esp_open(&pair->west, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_ENCAPSULATION);
}

/* West's selectors of sec_185. */
enum selector_kind {
    SELECT_PREFIX,
    SELECT_UDP,
    SELECT_TCP,
    SELECT_PORT,
    SELECT_OTHER_PORT,
};

static void selector_narrow(struct pair *pair, enum selector_kind kind)
{
    pair->selector.protocol = kind == SELECT_PREFIX ? PROTOCOL_ANY : kind == SELECT_TCP ? 6 : 17;
    pair->selector.remote_port = kind == SELECT_PORT         ? 1000
                                 : kind == SELECT_OTHER_PORT ? 1001
                                                             : PORT_ANY;
}

/* The payload of an inner packet, with padding to 4 and trailer. */
static void forge_packet(struct pair *pair, const struct pair_packet *inner, uint32_t sequence,
                         struct pair_packet *out)
{
    uint8_t octets[512];
    size_t bytes = inner->packet.bytes;
    const uint8_t *start = inner->buffer + inner->packet.offset;

    memcpy(octets, start, bytes);
    for (uint8_t pad = 0;; pad++) {
        if ((bytes + 2) % 4 == 0) {
            octets[bytes++] = pad;
            break;
        }
        octets[bytes++] = (uint8_t)(pad + 1);
    }
    octets[bytes++] = start[0] >> 4 == 4 ? 4 : 41;
    pair_forge(pair, view_of(octets, bytes), sequence, out);
}

static void sec_185_what_is_inside_must_be_of_the_selectors(void **state)
{
    static const struct {
        const char *name, *source, *destination;
        enum selector_kind kind;
        bool is_later_fragment;
        enum esp_drop reason;
    } cases[] = {
        {"of the prefixes", "10.1.0.1", "10.2.0.1", SELECT_PREFIX, false, ESP_DROP_NONE},
        {"last of the prefixes", "10.1.255.255", "10.2.255.255", SELECT_PREFIX, false,
         ESP_DROP_NONE},
        {"source before", "10.0.255.255", "10.2.0.1", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"source behind", "10.2.0.0", "10.2.0.1", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"destination before", "10.1.0.1", "10.1.255.255", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"destination behind", "10.1.0.1", "10.3.0.0", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"turned round", "10.2.0.1", "10.1.0.1", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"the other family", "2001:db8::1", "2001:db8::2", SELECT_PREFIX, false, ESP_DROP_SELECTOR},
        {"protocol", "10.1.0.1", "10.2.0.1", SELECT_UDP, false, ESP_DROP_NONE},
        {"other protocol", "10.1.0.1", "10.2.0.1", SELECT_TCP, false, ESP_DROP_SELECTOR},
        {"port", "10.1.0.1", "10.2.0.1", SELECT_PORT, false, ESP_DROP_NONE},
        {"other port", "10.1.0.1", "10.2.0.1", SELECT_OTHER_PORT, false, ESP_DROP_SELECTOR},
        {"fragment by protocol", "10.1.0.1", "10.2.0.1", SELECT_UDP, true, ESP_DROP_NONE},
        {"fragment without ports", "10.1.0.1", "10.2.0.1", SELECT_PORT, true, ESP_DROP_SELECTOR},
    };
    struct pair *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_packet inner;
        struct pair_packet packet;
        pair_reset(pair);
        selector_narrow(pair, cases[i].kind);
        pair_add(pair);
        packet_between(&inner, cases[i].source, cases[i].destination, 10);
        if (cases[i].is_later_fragment)
            inner.buffer[inner.packet.offset + 7] = 1;
        forge_packet(pair, &inner, 1, &packet);
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].name, esp_drop_name(reason));
    }
}

static void sec_185_the_event_comes_once_in_ten_seconds(void **state)
{
    static const struct {
        uint64_t now_us;
        bool is_told;
    } steps[] = {{1, true}, {2, false}, {9999999, false}, {10000001, true}, {10000002, false}};
    struct pair *pair = *state;
    struct esp_event event;

    pair_add(pair);
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct pair_packet inner;
        struct pair_packet packet;
        packet_between(&inner, "10.9.0.1", "10.2.0.1", 10);
        forge_packet(pair, &inner, (uint32_t)i + 1, &packet);
        packet.packet.path = pair->config.path;
        (void)esp_open(&pair->west, steps[i].now_us, &packet.packet, 1);
        assert_int_equal(packet.packet.reason, ESP_DROP_SELECTOR);
        assert_int_equal(sad_event(pair->west_own, &event), steps[i].is_told);
        if (steps[i].is_told)
            assert_int_equal(event.kind, ESP_EVENT_SELECTOR);
    }
}

static void sec_187_special_addresses_need_a_selector_of_their_own(void **state)
{
    static const struct {
        const char *name, *source, *destination;
        enum esp_drop reason;
    } cases[] = {
        {"ordinary", "10.1.0.1", "10.2.0.1", ESP_DROP_NONE},
        {"from loopback", "127.0.0.1", "10.2.0.1", ESP_DROP_ADDRESS},
        {"to loopback", "10.1.0.1", "127.0.0.1", ESP_DROP_ADDRESS},
        {"from nowhere", "0.0.0.0", "10.2.0.1", ESP_DROP_ADDRESS},
        {"to multicast", "10.1.0.1", "224.0.0.5", ESP_DROP_ADDRESS},
        {"to all", "10.1.0.1", "255.255.255.255", ESP_DROP_ADDRESS},
        {"from link-local", "169.254.1.1", "10.2.0.1", ESP_DROP_ADDRESS},
        {"from ourselves", "192.0.2.2", "10.2.0.1", ESP_DROP_ADDRESS},
        {"to our outer address", "10.1.0.1", "192.0.2.2", ESP_DROP_ADDRESS},
        {"from IPv6 loopback", "::1", "2001:db8::2", ESP_DROP_SELECTOR},
    };
    struct pair *pair = *state;
    struct address any = address_of("0.0.0.0");

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_packet inner;
        struct pair_packet packet;
        pair_reset(pair);
        assert_int_equal(address_range_prefix(&any, 0, &pair->selector.local), STATUS_OK);
        pair->selector.remote = pair->selector.local;
        pair_add(pair);
        packet_between(&inner, cases[i].source, cases[i].destination, 10);
        forge_packet(pair, &inner, 1, &packet);
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].name, esp_drop_name(reason));
    }
    /* and with one of their own */
    struct address group = address_of("224.0.0.0");
    struct pair_packet inner;
    struct pair_packet packet;
    pair_reset(pair);
    assert_int_equal(address_range_prefix(&group, 4, &pair->selector.local), STATUS_OK);
    pair_add(pair);
    packet_between(&inner, "10.1.0.1", "224.0.0.5", 10);
    forge_packet(pair, &inner, 1, &packet);
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_NONE);
}

static void a_packet_that_policy_gives_to_another_sa_is_dropped(void **state)
{
    static const struct {
        enum spd_action action;
        uint32_t reqid;
        enum esp_drop reason;
    } cases[] = {
        {SPD_PROTECT, PAIR_REQID, ESP_DROP_NONE},
        {SPD_PROTECT, PAIR_REQID + 1, ESP_DROP_POLICY},
        {SPD_DROP, 0, ESP_DROP_POLICY},
        {SPD_BYPASS, 0, ESP_DROP_NONE},
    };
    struct pair *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_packet packet;
        struct spd *spd = NULL;
        pair_reset(pair);
        pair_add(pair);
        struct spd_entry entry = {.selector = pair->selector,
                                  .action = cases[i].action,
                                  .direction = SPD_IN,
                                  .reqid = cases[i].reqid};
        assert_int_equal(spd_new(&entry, 1, &spd), STATUS_OK);
        pair->west.spd_view = spd;
        packet_tunnelled(&packet, 10);
        pair_seal(pair, &packet);
        assert_int_equal(pair_open(pair, &packet), cases[i].reason);
        spd_free(spd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sec_184_padding_and_next_header_are_checked_after_the_icv, reset),
        cmocka_unit_test_setup(wrong_octets_of_padding_are_refused, reset),
        cmocka_unit_test_setup(sec_180_every_length_is_a_drop, reset),
        cmocka_unit_test_setup(sec_181_a_forged_number_far_ahead_moves_nothing, reset),
        cmocka_unit_test_setup(sec_196_unknown_spis_are_dropped, reset),
        cmocka_unit_test_setup(the_form_on_the_wire_must_be_the_agreed_one, reset),
        cmocka_unit_test_setup(sec_185_what_is_inside_must_be_of_the_selectors, reset),
        cmocka_unit_test_setup(sec_185_the_event_comes_once_in_ten_seconds, reset),
        cmocka_unit_test_setup(sec_187_special_addresses_need_a_selector_of_their_own, reset),
        cmocka_unit_test_setup(a_packet_that_policy_gives_to_another_sa_is_dropped, reset),
    };
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
