#include "esp/spd.h"

#include <stdlib.h>

#include "support/test.h"

#define POLICIES 1000u
#define PACKETS 120u /* of each policy */
#define ENTRIES_MAX 400u

struct drawing {
    uint64_t state;
    uint32_t octets; /* different ones in addresses: few make entries overlap, many part them */
};

static uint32_t draw(struct drawing *random)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random->state >> 32);
}

/* The list as it is read: the first entry that matches. Nothing of it is from the look-up. */
static bool range_holds(const struct address_range *range, const struct address *address)
{
    return range->first.family == address->family &&
           memcmp(address->octets, range->first.octets, sizeof address->octets) >= 0 &&
           memcmp(address->octets, range->last.octets, sizeof address->octets) <= 0;
}

static bool number_holds(const struct spd_icmp_range *range, uint8_t number)
{
    return !range->is_set || (number >= range->first && number <= range->last);
}

static bool entry_matches(const struct spd_entry *entry, enum packet_way way,
                          const struct inner_packet *packet)
{
    const struct selector *selector = &entry->selector;
    bool is_out = way == PACKET_OUTBOUND;
    uint16_t local_port = is_out ? packet->source_port : packet->destination_port;
    uint16_t remote_port = is_out ? packet->destination_port : packet->source_port;

    if (!(entry->direction & (is_out ? SPD_OUT : SPD_IN)))
        return false;
    if (!range_holds(&selector->local, is_out ? &packet->source : &packet->destination) ||
        !range_holds(&selector->remote, is_out ? &packet->destination : &packet->source))
        return false;
    if (selector->protocol && selector->protocol != packet->protocol)
        return false;
    if ((selector->local_port || selector->remote_port) && !packet->has_ports)
        return false;
    if ((selector->local_port && selector->local_port != local_port) ||
        (selector->remote_port && selector->remote_port != remote_port))
        return false;
    if ((entry->icmp_type.is_set || entry->icmp_code.is_set) && !packet->has_icmp)
        return false;
    return number_holds(&entry->icmp_type, packet->icmp_type) &&
           number_holds(&entry->icmp_code, packet->icmp_code);
}

static struct address address_drawn(struct drawing *random, uint8_t family)
{
    struct address address = {.family = family};
    size_t bytes = family == ADDRESS_IPV4 ? 4 : 16;

    for (size_t i = 0; i < bytes; i++)
        address.octets[i] = (uint8_t)(draw(random) % random->octets * (255 / random->octets));
    return address;
}

/* A prefix mostly, now and then a range that is none. */
static struct address_range range_drawn(struct drawing *random, uint8_t family)
{
    static const uint8_t bits_ipv4[] = {0, 8, 9, 16, 24, 31, 32};
    static const uint8_t bits_ipv6[] = {0, 7, 32, 48, 63, 64, 65, 127, 128};
    struct address address = address_drawn(random, family);
    unsigned bits = family == ADDRESS_IPV4 ? bits_ipv4[draw(random) % COUNT(bits_ipv4)]
                                           : bits_ipv6[draw(random) % COUNT(bits_ipv6)];
    struct address_range range;

    assert_int_equal(address_range_prefix(&address, bits, &range), STATUS_OK);
    if (draw(random) % 16 == 0) {
        struct address other = address_drawn(random, family);
        bool is_less = address_compare(&address, &other) < 0;
        range = (struct address_range){is_less ? address : other, is_less ? other : address};
    }
    return range;
}

static struct spd_icmp_range icmp_drawn(struct drawing *random)
{
    uint8_t first = (uint8_t)(draw(random) % 4);
    return (struct spd_icmp_range){draw(random) % 2, first, (uint8_t)(first + draw(random) % 3)};
}

static struct spd_entry entry_drawn(struct drawing *random)
{
    static const uint8_t protocols[] = {PROTOCOL_ANY, PROTOCOL_ANY, 1, 6, 17, 58, 50};
    uint8_t family = draw(random) % 3 ? ADDRESS_IPV4 : ADDRESS_IPV6;
    struct spd_entry entry = {
        .selector =
            {
                .local = range_drawn(random, family),
                .remote = range_drawn(random, family),
                .protocol = protocols[draw(random) % COUNT(protocols)],
            },
        .direction = (enum spd_direction)(1 + draw(random) % 3),
    };

    if (entry.selector.protocol != 1 && entry.selector.protocol != 58) {
        entry.selector.local_port = (uint16_t)(draw(random) % 3);
        entry.selector.remote_port = (uint16_t)(draw(random) % 3);
    } else {
        entry.icmp_type = icmp_drawn(random);
        entry.icmp_code = icmp_drawn(random);
    }
    return entry;
}

/* Any packet, or one that begins with the ends of an entry. */
static struct inner_packet packet_drawn(struct drawing *random, enum packet_way way,
                                        const struct spd_entry *entry)
{
    static const uint8_t protocols[] = {1, 6, 17, 58, 50, 0};
    const struct selector *selector = &entry->selector;
    struct inner_packet packet = {
        .source = draw(random) % 2 ? selector->local.first : selector->local.last,
        .destination = draw(random) % 2 ? selector->remote.first : selector->remote.last,
        .protocol =
            selector->protocol ? selector->protocol : protocols[draw(random) % COUNT(protocols)],
        .source_port = (uint16_t)(draw(random) % 3),
        .destination_port = (uint16_t)(draw(random) % 3),
        .icmp_type = (uint8_t)(draw(random) % 6),
        .icmp_code = (uint8_t)(draw(random) % 6),
    };
    if (draw(random) % 2) {
        bool is_out = way == PACKET_OUTBOUND;
        packet.source_port = is_out ? selector->local_port : selector->remote_port;
        packet.destination_port = is_out ? selector->remote_port : selector->local_port;
        packet.icmp_type = entry->icmp_type.last;
        packet.icmp_code = entry->icmp_code.first;
    }
    bool is_icmp = packet.protocol == 1 || packet.protocol == 58;

    if (draw(random) % 4 == 0) {
        packet.source = address_drawn(random, packet.source.family);
        packet.destination = address_drawn(random, packet.source.family);
    }
    if (way == PACKET_INBOUND) {
        struct address source = packet.source;
        packet.source = packet.destination;
        packet.destination = source;
    }
    packet.has_icmp = is_icmp && draw(random) % 8;
    packet.has_ports = (packet.protocol == 6 || packet.protocol == 17) && draw(random) % 8;
    return packet;
}

static const struct spd_entry *list_find(const struct spd_entry *entries, size_t count,
                                         enum packet_way way, const struct inner_packet *packet)
{
    for (size_t i = 0; i < count; i++) {
        if (entry_matches(&entries[i], way, packet))
            return &entries[i];
    }
    return NULL;
}

static void the_look_up_finds_what_the_list_has_first(void **state)
{
    struct spd_entry *entries = calloc(ENTRIES_MAX, sizeof *entries);
    size_t found = 0;
    size_t not_first = 0;

    (void)state;
    assert_non_null(entries);
    for (uint64_t seed = 1; seed <= POLICIES; seed++) {
        struct drawing random = {seed, seed % 3 == 0 ? 85 : 3};
        size_t count = 1 + draw(&random) % (seed % 4 == 0 ? ENTRIES_MAX : 20);
        struct spd *spd;
        for (size_t i = 0; i < count; i++) {
            entries[i] = entry_drawn(&random);
            entries[i].reqid = (uint32_t)i;
        }
        assert_int_equal(spd_new(entries, count, &spd), STATUS_OK);
        for (size_t i = 0; i < PACKETS; i++) {
            enum packet_way way = draw(&random) % 2 ? PACKET_OUTBOUND : PACKET_INBOUND;
            struct inner_packet packet =
                packet_drawn(&random, way, &entries[draw(&random) % count]);
            const struct spd_entry *wanted = list_find(entries, count, way, &packet);
            const struct spd_entry *got = spd_find(spd, way, &packet);
            if (!got != !wanted || (got && got->reqid != wanted->reqid))
                fail_msg("seed %llu, packet %zu: entry %d, wanted %d", (unsigned long long)seed, i,
                         got ? (int)got->reqid : -1, wanted ? (int)wanted->reqid : -1);
            found += wanted != NULL;
            not_first += wanted && wanted != entries;
        }
        spd_free(spd);
    }
    free(entries);
    /* It must not be that hardly any packet matches, or always the first entry. */
    assert_in_range(found, POLICIES * PACKETS / 4, POLICIES * PACKETS * 3 / 4);
    assert_in_range(not_first, POLICIES * PACKETS / 8, POLICIES * PACKETS);
}

static void an_spd_without_entries_finds_nothing(void **state)
{
    struct inner_packet packet = {.source.family = ADDRESS_IPV4,
                                  .destination.family = ADDRESS_IPV4};
    struct spd *spd = NULL;

    (void)state;
    assert_int_equal(spd_new(NULL, 0, &spd), STATUS_OK);
    assert_null(spd_find(spd, PACKET_OUTBOUND, &packet));
    assert_null(spd_find(spd, PACKET_INBOUND, &packet));
    spd_free(spd);
    spd_free(NULL);
    assert_int_equal(spd_new(NULL, SPD_ENTRIES_MAX, &spd), STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_look_up_finds_what_the_list_has_first),
        cmocka_unit_test(an_spd_without_entries_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
