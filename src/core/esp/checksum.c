#include "esp/checksum_private.h"

uint64_t checksum_add(uint64_t sum, struct view octets)
{
    size_t at = 0;

    /* Four octets at a time; the sum has room for 2^32 of them before it wraps. */
    for (; at + 4 <= octets.bytes; at += 4)
        sum += (uint32_t)octets.data[at] << 24 | (uint32_t)octets.data[at + 1] << 16 |
               (uint32_t)octets.data[at + 2] << 8 | octets.data[at + 3];
    for (; at < octets.bytes; at++)
        sum += (uint32_t)octets.data[at] << (at % 2 == 0 ? 8 : 0);
    return sum;
}

uint16_t checksum_of(uint64_t sum)
{
    while (sum > 0xffffu)
        sum = (sum & 0xffffu) + (sum >> 16);
    return (uint16_t)~sum;
}
