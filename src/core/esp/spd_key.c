#include "esp/spd_key_private.h"

#define PROTOCOL_MASK UINT64_C(0xff)
#define LOCAL_PORT_SHIFT 16u
#define REMOTE_PORT_SHIFT 32u
#define PORT_MASK UINT64_C(0xffff)

static void address_words(const struct address *address, uint64_t words[2])
{
    memcpy(words, address->octets, sizeof address->octets);
}

struct spd_key spd_key_of(enum packet_way way, const struct inner_packet *packet)
{
    bool is_outbound = way == PACKET_OUTBOUND;
    uint64_t local_port = is_outbound ? packet->source_port : packet->destination_port;
    uint64_t remote_port = is_outbound ? packet->destination_port : packet->source_port;
    struct spd_key key;

    address_words(is_outbound ? &packet->source : &packet->destination, &key.words[0]);
    address_words(is_outbound ? &packet->destination : &packet->source, &key.words[2]);
    key.words[4] =
        packet->protocol | local_port << LOCAL_PORT_SHIFT | remote_port << REMOTE_PORT_SHIFT;
    return key;
}

/* Key and mask of a prefix; a mask of zero for a range that is none. */
static void range_words(const struct address_range *range, uint64_t key[2], uint64_t mask[2])
{
    struct address octets = {.family = range->first.family};
    int bits = address_range_prefix_bits(range);

    for (int i = 0; i < bits; i++)
        octets.octets[i / 8] |= (uint8_t)(0x80u >> i % 8);
    address_words(&octets, mask);
    address_words(&range->first, key);
}

struct spd_pattern spd_pattern_of(const struct selector *selector)
{
    struct spd_pattern pattern = {.key = {{0}}};

    range_words(&selector->local, &pattern.key.words[0], &pattern.mask.words[0]);
    range_words(&selector->remote, &pattern.key.words[2], &pattern.mask.words[2]);
    pattern.key.words[4] = selector->protocol | (uint64_t)selector->local_port << LOCAL_PORT_SHIFT |
                           (uint64_t)selector->remote_port << REMOTE_PORT_SHIFT;
    pattern.mask.words[4] =
        (selector->protocol != PROTOCOL_ANY ? PROTOCOL_MASK : 0) |
        (selector->local_port != PORT_ANY ? PORT_MASK << LOCAL_PORT_SHIFT : 0) |
        (selector->remote_port != PORT_ANY ? PORT_MASK << REMOTE_PORT_SHIFT : 0);
    pattern.key = spd_key_masked(&pattern.key, &pattern.mask);
    return pattern;
}

static bool icmp_matches(const struct inner_packet *packet, const struct spd_entry *entry)
{
    const struct spd_icmp_range *type = &entry->icmp_type;
    const struct spd_icmp_range *code = &entry->icmp_code;

    if (!type->is_set && !code->is_set)
        return true;
    return packet->has_icmp &&
           (!type->is_set ||
            (packet->icmp_type >= type->first && packet->icmp_type <= type->last)) &&
           (!code->is_set || (packet->icmp_code >= code->first && packet->icmp_code <= code->last));
}

bool spd_entry_matches(const struct spd_entry *entry, enum packet_way way,
                       const struct inner_packet *packet)
{
    return inner_packet_matches(packet, way, &entry->selector) && icmp_matches(packet, entry);
}

uint32_t spd_slots_for(size_t key_count)
{
    uint32_t slots = 2;

    while (slots < 2 * key_count)
        slots *= 2;
    return slots;
}
