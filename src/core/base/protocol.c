#include "base/protocol.h"

/* Where a number has two names, the first is the one that is shown. */
static const struct {
    const char *name;
    uint8_t number;
} protocols[] = {
    {"icmp", 1},    {"igmp", 2},  {"ipip", 4},   {"tcp", 6}, {"udp", 17},
    {"ipv6", 41},   {"gre", 47},  {"esp", 50},   {"ah", 51}, {"ipv6-icmp", 58},
    {"icmpv6", 58}, {"ospf", 89}, {"sctp", 132},
};

const uint8_t protocols_with_ports[PROTOCOLS_WITH_PORTS] = {
    6,   /* TCP */
    17,  /* UDP */
    33,  /* DCCP */
    132, /* SCTP */
    136, /* UDP-Lite */
};

const char *protocol_name(uint8_t number)
{
    for (size_t i = 0; i < COUNT(protocols); i++) {
        if (protocols[i].number == number)
            return protocols[i].name;
    }
    return NULL;
}

int protocol_number(struct view name)
{
    for (size_t i = 0; i < COUNT(protocols); i++) {
        if (view_equal(name, view_of_text(protocols[i].name)))
            return protocols[i].number;
    }
    return -1;
}
