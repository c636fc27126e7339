/*
 * Finding the entry of a packet among many, beside the same among ten, in one run. The policies
 * have the same mix of entries: pairs of hosts, pairs of subnets, services of a host, one service
 * from everywhere. Packets of all entries come by turns, more of them than a cache remembers.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "esp/inner_packet.h"
#include "esp/spd.h"

#define PACKETS 4096u
#define PACKET_BYTES 28u
#define FEW 10u

/* A policy and packets that each match an entry of it. */
struct policy {
    struct spd *spd_own;
    uint8_t octets[PACKETS][PACKET_BYTES];
    struct inner_packet packets[PACKETS];
    size_t next;
};

struct bench {
    struct policy many;
    struct policy few;
};

static struct address_range prefix_of(uint32_t address, unsigned bits)
{
    const uint8_t octets[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16),
                               (uint8_t)(address >> 8), (uint8_t)address};
    struct address from;
    struct address_range range;

    if (address_from_view(view_of(octets, sizeof octets), &from) != STATUS_OK ||
        address_range_prefix(&from, bits, &range) != STATUS_OK)
        abort();
    return range;
}

/* The number of an entry makes addresses of its own. */
static struct spd_entry entry_of(uint32_t number)
{
    static const struct {
        unsigned local_bits, remote_bits;
        uint8_t protocol;
        uint16_t local_port, remote_port;
    } mix[] = {
        {32, 32, 0, 0, 0},    {32, 32, 0, 0, 0},   {32, 32, 0, 0, 0},  {24, 24, 0, 0, 0},
        {24, 24, 0, 0, 0},    {32, 32, 6, 0, 443}, {32, 32, 6, 22, 0}, {0, 32, 17, 0, 53},
        {32, 24, 6, 5432, 0}, {0, 24, 0, 0, 0},
    };
    size_t kind = number % COUNT(mix);

    return (struct spd_entry){
        .selector =
            {
                .local = prefix_of(UINT32_C(0x0a000000) | number << 8 | 1, mix[kind].local_bits),
                .remote = prefix_of(UINT32_C(0x0b000000) | number << 8 | 2, mix[kind].remote_bits),
                .protocol = mix[kind].protocol,
                .local_port = mix[kind].local_port,
                .remote_port = mix[kind].remote_port,
            },
        .direction = SPD_BOTH,
        .reqid = number + 1,
    };
}

/* A UDP or TCP packet of the entry, as it leaves. */
static void packet_of(const struct spd_entry *entry, uint8_t octets[PACKET_BYTES])
{
    const struct selector *selector = &entry->selector;
    const uint8_t header[PACKET_BYTES] = {
        0x45, 0, 0, PACKET_BYTES, 0, 0, 0, 0, 64, selector->protocol ? selector->protocol : 17};
    uint16_t source_port = selector->local_port ? selector->local_port : 40000;
    uint16_t destination_port = selector->remote_port ? selector->remote_port : 4711;

    memcpy(octets, header, sizeof header);
    memcpy(octets + 12, selector->local.first.octets, 4);
    memcpy(octets + 16, selector->remote.last.octets, 4);
    if (octets[12] == 0)
        octets[12] = 10; /* from everywhere */
    octets[20] = (uint8_t)(source_port >> 8);
    octets[21] = (uint8_t)source_port;
    octets[22] = (uint8_t)(destination_port >> 8);
    octets[23] = (uint8_t)destination_port;
}

static void policy_init(struct policy *policy, uint32_t entry_count)
{
    struct spd_entry *entries = calloc(entry_count, sizeof *entries);
    uint64_t random = 4;

    if (!entries)
        abort();
    for (uint32_t i = 0; i < entry_count; i++)
        entries[i] = entry_of(i);
    if (spd_new(entries, entry_count, &policy->spd_own) != STATUS_OK)
        abort();
    for (size_t i = 0; i < PACKETS; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        packet_of(&entries[(random >> 33) % entry_count], policy->octets[i]);
        if (inner_packet_parse(view_of(policy->octets[i], PACKET_BYTES), &policy->packets[i]) !=
            STATUS_OK)
            abort();
    }
    free(entries);
}

static void find(struct policy *policy)
{
    const struct inner_packet *packet = &policy->packets[policy->next++ % PACKETS];

    if (!spd_find(policy->spd_own, PACKET_OUTBOUND, packet))
        abort();
}

/* What the data path does with a packet of the device. */
static void read_and_find(struct policy *policy)
{
    struct view octets = view_of(policy->octets[policy->next++ % PACKETS], PACKET_BYTES);
    struct inner_packet packet;

    if (inner_packet_parse(octets, &packet) != STATUS_OK ||
        !spd_find(policy->spd_own, PACKET_OUTBOUND, &packet))
        abort();
}

static void find_many(void *arg)
{
    find(&((struct bench *)arg)->many);
}

static void find_few(void *arg)
{
    find(&((struct bench *)arg)->few);
}

static void read_and_find_many(void *arg)
{
    read_and_find(&((struct bench *)arg)->many);
}

static void read_and_find_few(void *arg)
{
    read_and_find(&((struct bench *)arg)->few);
}

int main(void)
{
    static const uint32_t counts[] = {10, 1000, 10000};
    struct bench *bench = calloc(1, sizeof *bench);
    char name[64];

    if (!bench)
        return 1;
    policy_init(&bench->few, FEW);
    bench_header("entry of a packet, beside 10 entries");
    for (size_t i = 0; i < COUNT(counts); i++) {
        policy_init(&bench->many, counts[i]);
        (void)snprintf(name, sizeof name, "look-up, %u entries", (unsigned)counts[i]);
        bench_compare(name, find_many, find_few, bench, 20000);
        (void)snprintf(name, sizeof name, "read and look-up, %u entries", (unsigned)counts[i]);
        bench_compare(name, read_and_find_many, read_and_find_few, bench, 20000);
        spd_free(bench->many.spd_own);
    }
    spd_free(bench->few.spd_own);
    free(bench);
    return 0;
}
