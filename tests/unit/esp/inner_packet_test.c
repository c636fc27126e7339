#include "esp/inner_packet.h"

#include "esp/spd.h"
#include "pair.h"
#include "support/test.h"

#define IPV6_ADDRESSES "20010db8000000000000000000000001 20010db8000000000000000000000002"

/* What a parsed packet must say; the rest is not looked at. */
static const struct {
    const char *name, *hex;
    enum status status;
    uint8_t protocol;
    uint16_t source_port, destination_port;
    size_t header_bytes;
    bool has_ports, has_icmp, is_fragment, has_options;
} cases[] = {
    {"UDP", "4500001c 00000000 40110000 0a010001 0a020001 03e807d0 00080000", STATUS_OK, 17, 1000,
     2000, 20, true, false, false, false},
    {"no protocol's data", "45000014 00000000 40fd0000 0a010001 0a020001", STATUS_OK, 253, 0, 0, 20,
     false, false, false, false},
    {"options", "46000020 00000000 40110000 0a010001 0a020001 01010101 03e807d0 00080000",
     STATUS_OK, 17, 1000, 2000, 24, true, false, false, true},
    {"first fragment", "4500001c 00002000 40110000 0a010001 0a020001 03e807d0 00080000", STATUS_OK,
     17, 1000, 2000, 20, true, false, true, false},
    {"later fragment", "4500001c 00000001 40110000 0a010001 0a020001 03e807d0 00080000", STATUS_OK,
     17, 0, 0, 20, false, false, true, false},
    {"tiny first fragment", "45000016 00002000 40110000 0a010001 0a020001 03e8", STATUS_OK, 17, 0,
     0, 20, false, false, true, false},
    {"ports cut off", "45000016 00000000 40110000 0a010001 0a020001 03e8", STATUS_MALFORMED, 0, 0,
     0, 0, false, false, false, false},
    {"echo", "4500001c 00000000 40010000 0a010001 0a020001 08000000 00010001", STATUS_OK, 1, 0, 0,
     20, false, true, false, false},
    {"ICMPv6 is not ICMP", "45000016 00000000 403a0000 0a010001 0a020001 8000", STATUS_OK, 58, 0, 0,
     20, false, false, false, false},
    {"header shorter than itself", "44000014 00000000 40110000 0a010001 0a020001", STATUS_MALFORMED,
     0, 0, 0, 0, false, false, false, false},
    {"header longer than the packet", "4f000014 00000000 40110000 0a010001 0a020001",
     STATUS_MALFORMED, 0, 0, 0, 0, false, false, false, false},
    {"longer than said", "45000014 00000000 40fd0000 0a010001 0a020001 00", STATUS_MALFORMED, 0, 0,
     0, 0, false, false, false, false},
    {"shorter than said", "45000016 00000000 40fd0000 0a010001 0a020001 00", STATUS_MALFORMED, 0, 0,
     0, 0, false, false, false, false},
    {"version 5", "55000014 00000000 40fd0000 0a010001 0a020001", STATUS_MALFORMED, 0, 0, 0, 0,
     false, false, false, false},
    {"nothing", "", STATUS_MALFORMED, 0, 0, 0, 0, false, false, false, false},
    {"IPv6 UDP", "6000000000081140" IPV6_ADDRESSES "03e807d000080000", STATUS_OK, 17, 1000, 2000,
     40, true, false, false, false},
    {"IPv6 echo", "6000000000043a40" IPV6_ADDRESSES "80000000", STATUS_OK, 58, 0, 0, 40, false,
     true, false, false},
    {"jumbo", "6000000000001140" IPV6_ADDRESSES "03e807d000080000", STATUS_MALFORMED, 0, 0, 0, 0,
     false, false, false, false},
    {"hop-by-hop, then UDP", "6000000000100040" IPV6_ADDRESSES "1100000000000000 03e807d000080000",
     STATUS_OK, 17, 1000, 2000, 48, true, false, false, true},
    {"destination options are protected",
     "6000000000103c40" IPV6_ADDRESSES "1100000000000000 03e807d000080000", STATUS_OK, 17, 1000,
     2000, 40, true, false, false, false},
    {"hop-by-hop twice",
     "6000000000180040" IPV6_ADDRESSES "0000000000000000 1100000000000000 03e807d000080000",
     STATUS_MALFORMED, 0, 0, 0, 0, false, false, false, false},
    {"routing header at its end",
     "6000000000102b40" IPV6_ADDRESSES "1100000000000000 03e807d000080000", STATUS_OK, 17, 1000,
     2000, 48, true, false, false, true},
    {"routing header with a segment left",
     "6000000000102b40" IPV6_ADDRESSES "1100000100000000 03e807d000080000", STATUS_MALFORMED, 0, 0,
     0, 0, false, false, false, false},
    {"IPv6 first fragment", "6000000000102c40" IPV6_ADDRESSES "1100000100000007 03e807d000080000",
     STATUS_OK, 17, 1000, 2000, 48, true, false, true, true},
    {"IPv6 later fragment", "6000000000102c40" IPV6_ADDRESSES "1100000800000007 03e807d000080000",
     STATUS_OK, 17, 0, 0, 48, false, false, true, true},
    {"extension longer than the packet", "6000000000083c40" IPV6_ADDRESSES "11ff000000000000",
     STATUS_MALFORMED, 0, 0, 0, 0, false, false, false, false},
    {"extension cut", "6000000000043c40" IPV6_ADDRESSES "11000000", STATUS_MALFORMED, 0, 0, 0, 0,
     false, false, false, false},
};

static void sec_186_headers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes octets = test_hex(cases[i].hex);
        struct inner_packet packet = {.protocol = 0};
        enum status status = inner_packet_parse(bytes_view(&octets), &packet);
        if (status != cases[i].status || packet.protocol != cases[i].protocol ||
            packet.source_port != cases[i].source_port ||
            packet.destination_port != cases[i].destination_port ||
            packet.header_bytes != cases[i].header_bytes ||
            packet.has_ports != cases[i].has_ports || packet.has_icmp != cases[i].has_icmp ||
            packet.is_fragment != cases[i].is_fragment ||
            packet.has_options != cases[i].has_options)
            fail_msg("%s: %s, protocol %u, header %zu", cases[i].name, status_name(status),
                     packet.protocol, packet.header_bytes);
        bytes_clear(&octets);
    }
}

static void sec_186_an_endless_chain_of_extensions_ends(void **state)
{
    uint8_t octets[40 + 8 * 20] = {0x60};

    (void)state;
    for (size_t count = 0; count <= 20; count++) {
        struct inner_packet packet;
        octets[5] = (uint8_t)(8 * count);
        octets[6] = count > 0 ? 60 : 253;
        for (size_t i = 0; i < count; i++)
            octets[40 + 8 * i] = i + 1 < count ? 60 : 253;
        enum status status = inner_packet_parse(view_of(octets, 40 + 8 * count), &packet);
        assert_int_equal(status, count < INNER_EXTENSIONS_MAX ? STATUS_OK : STATUS_MALFORMED);
    }
}

static void every_cut_of_a_packet_is_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes octets = test_hex(cases[i].hex);
        for (size_t bytes = 0; bytes + 1 < octets.bytes; bytes++) {
            struct inner_packet packet;
            enum status status = inner_packet_parse(view_of(octets.data_own, bytes), &packet);
            if (status != STATUS_MALFORMED && cases[i].status == STATUS_OK)
                fail_msg("%s cut to %zu", cases[i].name, bytes);
        }
        bytes_clear(&octets);
    }
}

static void checksums_are_those_of_the_rfcs(void **state)
{
    /* A UDP datagram of RFC 768 computed by hand: words of pseudo header and datagram. */
    static const struct {
        const char *name, *hex, *wanted;
        size_t offset;
    } checks[] = {
        {"UDP", "4500001d 00000000 40110000 0a010001 0a020001 03e807d0 0009ffff 61", "7f1f", 26},
        {"UDP without one", "4500001d 00000000 40110000 0a010001 0a020001 03e807d0 00090000 61",
         "0000", 26},
        {"a fragment", "4500001d 00002000 40110000 0a010001 0a020001 03e807d0 0009ffff 61", "ffff",
         26},
        {"ICMP has no addresses in it",
         "4500001c 00000000 40010000 0a010001 0a020001 08001234 00010001", "1234", 22},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(checks); i++) {
        struct bytes octets = test_hex(checks[i].hex);
        struct bytes wanted = test_hex(checks[i].wanted);
        struct inner_packet packet;
        assert_int_equal(inner_packet_parse(bytes_view(&octets), &packet), STATUS_OK);
        inner_packet_fix_checksum(&packet, octets.data_own);
        test_view_equal(checks[i].name, view_of(octets.data_own + checks[i].offset, 2),
                        bytes_view(&wanted));
        bytes_clear(&octets);
        bytes_clear(&wanted);
    }
}

static void an_entry_of_icmp_types_takes_packets_that_show_theirs(void **state)
{
    static const struct {
        const char *name, *hex;
        bool is_match;
    } rows[] = {
        {"echo", "4500001c 00000000 40010000 0a010001 0a020001 08000000 00010001", true},
        {"code beyond", "4500001c 00000000 40010000 0a010001 0a020001 08020000 00010001", false},
        {"type beyond", "4500001c 00000000 40010000 0a010001 0a020001 0a000000 00010001", false},
        {"fragment", "4500001c 00000001 40010000 0a010001 0a020001 08000000 00010001", false},
    };
    struct address any = address_of("0.0.0.0");
    struct spd_entry entry = {
        .selector = {.protocol = 1},
        .icmp_type = {true, 8, 9},
        .icmp_code = {true, 0, 1},
        .direction = SPD_OUT,
    };
    struct spd *spd = NULL;

    (void)state;
    assert_int_equal(address_range_prefix(&any, 0, &entry.selector.local), STATUS_OK);
    entry.selector.remote = entry.selector.local;
    assert_int_equal(spd_new(&entry, 1, &spd), STATUS_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bytes octets = test_hex(rows[i].hex);
        struct inner_packet packet;
        assert_int_equal(inner_packet_parse(bytes_view(&octets), &packet), STATUS_OK);
        if ((spd_find(spd, PACKET_OUTBOUND, &packet) != NULL) != rows[i].is_match)
            fail_msg("%s", rows[i].name);
        assert_null(spd_find(spd, PACKET_INBOUND, &packet)); /* an entry for output only */
        bytes_clear(&octets);
    }
    spd_free(spd);
}

static void the_first_entry_that_matches_decides(void **state)
{
    struct pair_packet buffer;
    struct inner_packet packet;
    struct spd_entry entries[3] = {{.reqid = 1}, {.reqid = 2}, {.reqid = 3}};
    struct spd *spd = NULL;

    (void)state;
    packet_tunnelled(&buffer, 1);
    struct view view = view_of(buffer.buffer + buffer.packet.offset, buffer.packet.bytes);
    assert_int_equal(inner_packet_parse(view, &packet), STATUS_OK);
    for (size_t i = 0; i < COUNT(entries); i++) {
        entries[i].selector = inner_packet_selector(&packet, PACKET_INBOUND);
        entries[i].direction = SPD_IN;
    }
    entries[0].selector.local_port = 2001;
    assert_int_equal(spd_new(entries, COUNT(entries), &spd), STATUS_OK);
    assert_int_equal(spd_find(spd, PACKET_INBOUND, &packet)->reqid, 2);
    spd_free(spd);
    spd_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_186_headers_are_read_whole_or_not_at_all),
        cmocka_unit_test(sec_186_an_endless_chain_of_extensions_ends),
        cmocka_unit_test(every_cut_of_a_packet_is_malformed),
        cmocka_unit_test(checksums_are_those_of_the_rfcs),
        cmocka_unit_test(an_entry_of_icmp_types_takes_packets_that_show_theirs),
        cmocka_unit_test(the_first_entry_that_matches_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
