#include "base/secret.h"
#include "crypto/hash.h"
#include "esp/esp.h"
#include "pair.h"
#include "support/test.h"

static int reset(void **state)
{
    pair_reset(*state);
    return 0;
}

/* What of ESP is inside; NULL: AH alone. */
static const struct {
    const char *encryption, *integrity;
    unsigned key_bits;
} insides[] = {
    {NULL, NULL, 0},
    {"aes-gcm", NULL, 128},
    {"aes-ccm12", NULL, 256},
    {"aes-ctr", "hmac-sha1", 128},
    {"aes-gmac", NULL, 192},
    {"aes-cbc", "hmac-sha512", 256}, /* all that can stand in front, at its longest */
    {"null", "hmac-md5", 0},
};

/* One SA from east to west. */
struct shape {
    size_t inside;
    const char *ah;
    enum child_mode mode;
    uint8_t family; /* outer */
    bool is_esn;
};

static void shape_add(struct pair *pair, const struct shape *shape)
{
    bool is_ipv4 = shape->family == ADDRESS_IPV4;
    struct path *path = &pair->config.path;

    pair_reset(pair);
    path->local.address = address_of(is_ipv4 ? "192.0.2.2" : "2001:db8::2");
    path->remote.address = address_of(is_ipv4 ? "192.0.2.1" : "2001:db8::1");
    if (shape->mode == CHILD_TRANSPORT)
        pair_transport(pair, shape->family);
    if (insides[shape->inside].encryption) {
        pair_suite(pair, insides[shape->inside].encryption, insides[shape->inside].key_bits,
                   insides[shape->inside].integrity);
        pair_bundle(pair, shape->ah);
    } else
        pair_ah_alone(pair, shape->ah);
    pair->config.is_esn = shape->is_esn;
    pair_add(pair);
}

static void shape_packet(const struct shape *shape, struct pair_packet *packet, size_t data_bytes)
{
    if (shape->mode == CHILD_TUNNEL)
        packet_tunnelled(packet, data_bytes);
    else if (shape->family == ADDRESS_IPV4)
        packet_between(packet, "192.0.2.1", "192.0.2.2", data_bytes);
    else
        packet_between(packet, "2001:db8::1", "2001:db8::2", data_bytes);
}

static void shape_text(const struct shape *shape, char text[96])
{
    (void)snprintf(text, 96, "%s(%s) mode %d IPv%u%s", shape->ah,
                   insides[shape->inside].encryption ? insides[shape->inside].encryption : "alone",
                   (int)shape->mode, shape->family, shape->is_esn ? " ESN" : "");
}

static size_t shapes_visit(struct pair *pair,
                           void (*each)(struct pair *pair, const struct shape *shape))
{
    static const char *const integrity[] = {"hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sha384",
                                            "hmac-sha512"};
    static const enum child_mode modes[] = {CHILD_TRANSPORT, CHILD_TUNNEL};
    static const uint8_t families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
    size_t count = 0;

    for (size_t i = 0; i < COUNT(insides) * COUNT(integrity); i++) {
        for (size_t j = 0; j < 2 * COUNT(modes) * COUNT(families); j++) {
            struct shape shape = {i % COUNT(insides), integrity[i / COUNT(insides)], modes[j % 2],
                                  families[j / 2 % 2], j >= 4};
            shape_add(pair, &shape);
            each(pair, &shape);
            count++;
        }
    }
    return count;
}

/* The payload is the same octet for octet, and so is the header in tunnel mode. */
static void carry(struct pair *pair, const struct shape *shape)
{
    size_t skip = shape->mode == CHILD_TUNNEL ? 0 : shape->family == ADDRESS_IPV4 ? 20 : 40;
    char text[96];

    shape_text(shape, text);
    for (size_t bytes = 0; bytes < 70; bytes++) {
        struct pair_packet packet;
        uint8_t before[PAIR_ROOM_BYTES];
        shape_packet(shape, &packet, bytes);
        size_t whole = packet.packet.bytes;
        memcpy(before, packet.buffer + packet.packet.offset, whole);
        pair_seal(pair, &packet);
        assert_true(packet.packet.is_ah);
        if (pair_open(pair, &packet) != ESP_DROP_NONE)
            fail_msg("%s, %zu octets: %s", text, bytes, esp_drop_name(packet.packet.reason));
        assert_int_equal(packet.packet.bytes, whole);
        test_view_equal(text, view_of(packet.buffer + packet.packet.offset + skip, whole - skip),
                        view_of(before + skip, whole - skip));
    }
}

static void every_shape_carries_packets_of_every_length(void **state)
{
    assert_int_equal(shapes_visit(*state, carry), 7 * 5 * 8);
}

/* TOS, flags and fragment offset, TTL, checksum. RFC 4302 section 3.3.3.1.1 */
static bool is_mutable(size_t octet)
{
    return octet == 1 || (octet >= 6 && octet <= 8) || octet == 10 || octet == 11;
}

static void flip(struct pair *pair, const struct shape *shape)
{
    struct pair_packet genuine;
    char text[96];

    shape_text(shape, text);
    shape_packet(shape, &genuine, 3);
    pair_seal(pair, &genuine);
    size_t start = genuine.packet.offset - genuine.packet.outer_bytes;
    size_t bytes = genuine.packet.bytes + genuine.packet.outer_bytes;
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        bool is_free = bit / 8 < genuine.packet.outer_bytes && is_mutable(bit / 8);
        struct pair_packet packet = genuine;
        packet.packet.buffer = packet.buffer;
        packet.buffer[start + bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (is_free)
            continue; /* below, for it may be received once only */
        if (pair_open(pair, &packet) == ESP_DROP_NONE)
            fail_msg("%s: bit %zu", text, bit);
    }
    for (size_t cut = 0; cut < genuine.packet.bytes; cut++) {
        struct pair_packet packet = genuine;
        packet.packet.buffer = packet.buffer;
        packet.packet.bytes = cut;
        assert_int_not_equal(pair_open(pair, &packet), ESP_DROP_NONE);
    }
    for (size_t i = 0; i < genuine.packet.outer_bytes; i++)
        genuine.buffer[start + i] ^= is_mutable(i) ? 0xff : 0;
    assert_int_equal(pair_open(pair, &genuine), ESP_DROP_NONE);
}

static void what_no_router_may_change_is_authenticated_bit_for_bit(void **state)
{
    assert_true(shapes_visit(*state, flip) > 0);
}

/* The addresses, though a NAT would have changed them everywhere alike. */
static void the_addresses_are_authenticated(void **state)
{
    static const uint8_t families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
    struct pair *pair = *state;

    for (size_t i = 0; i < COUNT(families); i++) {
        struct shape shape = {0, "hmac-sha256", CHILD_TUNNEL, families[i], false};
        struct pair_packet packet;
        shape_add(pair, &shape);
        shape_packet(&shape, &packet, 10);
        pair_seal(pair, &packet);
        packet.packet.path = pair->config.path;
        packet.packet.path.remote.address.octets[3] ^= 1;
        if (families[i] == ADDRESS_IPV4)
            packet.buffer[packet.packet.offset - 5] ^= 1;
        assert_int_equal(esp_open(&pair->west, 1, &packet.packet, 1), 0);
        assert_int_equal(packet.packet.reason, ESP_DROP_FORGED);
    }
}

/* A packet whose AH is computed here, step by step as RFC 4302 tells it, by the HMAC of crypto/. */
static void by_hand(struct pair *pair, struct view options, size_t ah_bytes, uint8_t next_header,
                    struct view payload, uint64_t sequence, struct pair_packet *out)
{
    size_t header_bytes = 20 + options.bytes;
    size_t bytes = header_bytes + ah_bytes + payload.bytes;
    uint8_t octets[PAIR_ROOM_BYTES] = {(uint8_t)(0x40 + header_bytes / 4)};
    uint8_t high[4] = {(uint8_t)(sequence >> 56), (uint8_t)(sequence >> 48),
                       (uint8_t)(sequence >> 40), (uint8_t)(sequence >> 32)};
    uint8_t *ah = octets + header_bytes;
    const struct transform *row = pair->config.ah_integrity;
    struct prf_key key = {row, pair->config.ah_key};
    struct secret icv;

    octets[2] = (uint8_t)(bytes >> 8);
    octets[3] = (uint8_t)bytes;
    octets[5] = 99; /* identification */
    octets[9] = 51;
    memcpy(octets + 12, pair->config.path.remote.address.octets, 4);
    memcpy(octets + 16, pair->config.path.local.address.octets, 4);
    if (options.bytes > 0)
        memcpy(octets + 20, options.data, options.bytes);
    ah[0] = next_header;
    ah[1] = (uint8_t)(ah_bytes / 4 - 2);
    for (size_t i = 0; i < 4; i++) {
        ah[4 + i] = (uint8_t)(PAIR_AH_SPI >> (24 - 8 * i));
        ah[8 + i] = (uint8_t)(sequence >> (24 - 8 * i));
    }
    memset(ah + 12 + row->icv_bytes, 0xdd, ah_bytes - 12 - row->icv_bytes);
    memcpy(ah + ah_bytes, payload.data, payload.bytes);
    const struct view parts[] = {view_of(octets, bytes), view_of(high, sizeof high)};
    assert_int_equal(prf_compute(pair->crypto_own, &key, parts, pair->config.is_esn ? 2 : 1, &icv),
                     STATUS_OK);
    memcpy(ah + 12, icv.bytes, row->icv_bytes);
    packet_of_octets(out, view_of(octets, bytes));
    out->packet.is_ah = true;
    out->packet.outer_bytes = (uint8_t)header_bytes;
    out->packet.offset += header_bytes;
    out->packet.bytes -= header_bytes;
}

static const uint8_t udp[] = {3, 232, 7, 208, 0, 9, 0, 0, 'x'};

/* Some senders pad AH over IPv4 to 64 bits (Linux by default), the RFC to 32. */
static void both_paddings_over_ipv4_are_taken_and_no_third(void **state)
{
    static const struct {
        size_t ah_bytes;
        enum esp_drop reason;
    } cases[] = {
        {28, ESP_DROP_NONE},
        {32, ESP_DROP_NONE},
        {36, ESP_DROP_MALFORMED},
        {40, ESP_DROP_MALFORMED},
    };
    struct pair *pair = *state;
    struct shape shape = {0, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, false};
    struct pair_packet packet;

    shape_add(pair, &shape);
    for (size_t i = 0; i < COUNT(cases); i++) {
        by_hand(pair, (struct view){0}, cases[i].ah_bytes, 17, view_of(udp, sizeof udp), i + 1,
                &packet);
        assert_int_equal(pair_open(pair, &packet), cases[i].reason);
    }
}

static void ipv4_options_are_authenticated_where_no_router_changes_them(void **state)
{
    static const struct {
        const char *name, *sent, *authenticated, *received;
        enum esp_drop reason;
    } cases[] = {
        {"router alert", "94 04 0000", "94 04 0000", "94 04 0000", ESP_DROP_NONE},
        {"router alert, changed", "94 04 0000", "94 04 0000", "94 04 0001", ESP_DROP_FORGED},
        {"route recorded on the way", "07 07 04 00000000 01", "00 00 00 00000000 01",
         "07 07 08 c0000201 01", ESP_DROP_NONE},
        {"type of a recorded route changed to security", "07 07 04 00000000 01",
         "00 00 00 00000000 01", "82 07 08 c0000201 01", ESP_DROP_FORGED},
        {"unknown option", "1e 04 aaaa", "00 00 0000", "1e 04 bbbb", ESP_DROP_NONE},
        {"octets behind the end", "00 aa bb cc", "00 aa bb cc", "00 aa bb cc", ESP_DROP_NONE},
        {"octets behind the end, changed", "00 aa bb cc", "00 aa bb cc", "00 aa bb cd",
         ESP_DROP_FORGED},
        {"loose source route", "83 07 04 c0000209 00", "83 07 04 c0000209 00",
         "83 07 04 c0000209 00", ESP_DROP_MALFORMED},
        {"strict source route", "89 07 04 c0000209 00", "89 07 04 c0000209 00",
         "89 07 04 c0000209 00", ESP_DROP_MALFORMED},
        {"option of one octet", "94 01 0000", "94 01 0000", "94 01 0000", ESP_DROP_MALFORMED},
        {"option past the end", "94 05 0000", "94 05 0000", "94 05 0000", ESP_DROP_MALFORMED},
        {"length past the end", "01 01 01 94", "01 01 01 94", "01 01 01 94", ESP_DROP_MALFORMED},
    };
    struct pair *pair = *state;
    struct shape shape = {0, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, false};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes authenticated = test_hex(cases[i].authenticated);
        struct bytes received = test_hex(cases[i].received);
        struct pair_packet packet;
        shape_add(pair, &shape);
        by_hand(pair, bytes_view(&authenticated), 28, 17, view_of(udp, sizeof udp), 1, &packet);
        memcpy(packet.buffer + packet.packet.offset - received.bytes, received.data_own,
               received.bytes);
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].name, esp_drop_name(reason));
        bytes_clear(&authenticated);
        bytes_clear(&received);
    }
}

/* An SA of both takes neither alone. */
static void esp_without_its_ah_is_dropped_and_so_is_ah_around_else(void **state)
{
    struct pair *pair = *state;
    struct shape shape = {1, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, false};
    struct pair_packet packet;

    shape_add(pair, &shape);
    shape_packet(&shape, &packet, 20);
    pair_seal(pair, &packet);
    struct pair_packet naked = packet;
    naked.packet.buffer = naked.buffer;
    naked.packet.offset += 28;
    naked.packet.bytes -= 28;
    naked.packet.is_ah = false;
    assert_int_equal(pair_open(pair, &naked), ESP_DROP_BUNDLE);
    by_hand(pair, (struct view){0}, 28, 17, view_of(udp, sizeof udp), 1, &packet);
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_BUNDLE);
    by_hand(pair, (struct view){0}, 28, 50, view_of(udp, sizeof udp), 2, &packet);
    assert_int_equal(pair_open(pair, &packet), ESP_DROP_BUNDLE); /* another SPI */
}

static void both_numbers_of_a_bundle_are_watched(void **state)
{
    struct pair *pair = *state;
    struct shape shape = {1, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, false};
    struct pair_packet first;
    struct pair_packet again;

    shape_add(pair, &shape);
    shape_packet(&shape, &first, 20);
    pair_seal(pair, &first);
    again = first;
    again.packet.buffer = again.buffer;
    struct view inside = view_of(again.buffer + again.packet.offset + 28, again.packet.bytes - 28);
    struct pair_packet wrapped;
    by_hand(pair, (struct view){0}, 28, 50, inside, 2, &wrapped);
    assert_int_equal(pair_open(pair, &first), ESP_DROP_NONE);
    assert_int_equal(pair_open(pair, &again), ESP_DROP_REPLAY);   /* of AH */
    assert_int_equal(pair_open(pair, &wrapped), ESP_DROP_REPLAY); /* of the ESP in a new AH */
}

/* Numbers beyond 32 bits, whose upper half the receiver must know. SEC-183 */
static void sec_183_an_extended_number_goes_on_past_32_bits(void **state)
{
    struct pair *pair = *state;
    struct shape shape = {0, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, true};
    static const struct {
        uint64_t sequence;
        enum esp_drop reason;
    } cases[] = {
        {0xfffffff0, ESP_DROP_NONE},    {0x100000003, ESP_DROP_NONE},
        {0xfffffff1, ESP_DROP_NONE},    {0xfffffff1, ESP_DROP_REPLAY},
        {0x100000003, ESP_DROP_REPLAY}, {0x100000100, ESP_DROP_NONE},
        {0x0fffffff2, ESP_DROP_FORGED}, /* of a round that is over */
        {0x100000010, ESP_DROP_FORGED}, /* left of the window: taken for the next round */
        {0x17fffffff, ESP_DROP_NONE},   {0x1f0000000, ESP_DROP_NONE},
        {0x200000001, ESP_DROP_NONE},
    };

    shape_add(pair, &shape);
    pair->config.sequence = 0xffffff00;
    assert_int_equal(sad_remove(pair->west_own, sad_next(pair->west_own, NULL)), STATUS_OK);
    uint64_t handle;
    assert_int_equal(sad_add(pair->west_own, &pair->config, &handle), STATUS_OK);
    pair->config.sequence = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_packet packet;
        by_hand(pair, (struct view){0}, 28, 17, view_of(udp, sizeof udp), cases[i].sequence,
                &packet);
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != cases[i].reason)
            fail_msg("%zu: %s", i, esp_drop_name(reason));
    }
}

static void ah_is_installed_or_refused(void **state)
{
    struct pair *pair = *state;
    struct shape shape = {1, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV4, false};
    uint64_t handle;

    shape_add(pair, &shape);
    struct esp_sa_config config = pair->config;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_EXISTS);
    config.spi = PAIR_AH_SPI;
    assert_int_equal(sad_add(pair->west_own, &config, &handle),
                     STATUS_EXISTS); /* its AH is there */
    config.ah_spi = PAIR_SPI;        /* numbers of AH and ESP are apart */
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_OK);
    struct esp_sa *sa = sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_AH, PAIR_SPI);
    assert_ptr_equal(sa, sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_ESP, PAIR_AH_SPI));
    assert_int_equal(sad_remove(pair->west_own, sa), STATUS_OK);
    assert_null(sad_find_inbound(pair->west_own, IPSEC_PROTOCOL_AH, PAIR_SPI));
    config.path.is_encapsulated = true;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config.path.is_encapsulated = false;
    config.ah_spi = 255;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config.ah_spi = 0;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    config.ah_integrity = NULL;
    config.ah_spi = 4711;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    pair_reset(pair);
    pair_ah_alone(pair, "hmac-sha256");
    config = pair->config;
    config.ah_key.bytes = 20;
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_LIMIT);
    config.mode = CHILD_TUNNEL;
    config.path.local.address = address_of("2001:db8::2");
    assert_int_equal(sad_add(pair->west_own, &config, &handle), STATUS_MALFORMED);
    assert_int_equal(sad_count(pair->west_own), 0);
}

/* Behind AH, options may change which only a router could tell apart. */
static void transport_mode_with_ah_refuses_options_behind_it(void **state)
{
    struct pair *pair = *state;
    struct shape shape = {0, "hmac-sha256", CHILD_TRANSPORT, ADDRESS_IPV6, false};
    struct pair_packet packet;

    shape_add(pair, &shape);
    packet_between(&packet, "2001:db8::1", "2001:db8::2", 40);
    uint8_t *octets = packet.buffer + packet.packet.offset;
    octets[6] = 60; /* destination options, then nothing known */
    memcpy(octets + 40, (const uint8_t[]){253, 0, 1, 4, 0, 0, 0, 0}, 8);
    assert_int_equal(esp_seal(&pair->east, 1, &packet.packet, 1), 0);
    assert_int_equal(packet.packet.reason, ESP_DROP_TRANSPORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_shape_carries_packets_of_every_length, reset),
        cmocka_unit_test_setup(what_no_router_may_change_is_authenticated_bit_for_bit, reset),
        cmocka_unit_test_setup(the_addresses_are_authenticated, reset),
        cmocka_unit_test_setup(both_paddings_over_ipv4_are_taken_and_no_third, reset),
        cmocka_unit_test_setup(ipv4_options_are_authenticated_where_no_router_changes_them, reset),
        cmocka_unit_test_setup(esp_without_its_ah_is_dropped_and_so_is_ah_around_else, reset),
        cmocka_unit_test_setup(both_numbers_of_a_bundle_are_watched, reset),
        cmocka_unit_test_setup(sec_183_an_extended_number_goes_on_past_32_bits, reset),
        cmocka_unit_test_setup(ah_is_installed_or_refused, reset),
        cmocka_unit_test_setup(transport_mode_with_ah_refuses_options_behind_it, reset),
    };
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
