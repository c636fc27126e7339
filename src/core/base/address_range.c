#include <stdio.h>

#include "base/address.h"

static uint8_t mask_octet(unsigned prefix_bits, size_t index)
{
    unsigned before = (unsigned)index * 8;

    if (prefix_bits >= before + 8)
        return 0xff;
    if (prefix_bits <= before)
        return 0;
    return (uint8_t)(0xffu << (8 - (prefix_bits - before)));
}

struct address_range address_range_host(const struct address *address)
{
    return (struct address_range){*address, *address};
}

enum status address_range_prefix(const struct address *address, unsigned prefix_bits,
                                 struct address_range *out)
{
    struct address_range range = address_range_host(address);
    size_t bytes = address_bytes(address);

    if (bytes == 0 || prefix_bits > bytes * 8)
        return STATUS_MALFORMED;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t mask = mask_octet(prefix_bits, i);

        range.first.octets[i] = (uint8_t)(address->octets[i] & mask);
        range.last.octets[i] = (uint8_t)(address->octets[i] | (uint8_t)~mask);
    }
    *out = range;
    return STATUS_OK;
}

enum status address_range_mask(const struct address *address, const struct address *mask,
                               struct address_range *out)
{
    size_t bytes = address_bytes(address);
    unsigned prefix_bits = 0;

    if (bytes == 0 || mask->family != address->family)
        return STATUS_MALFORMED;
    while (prefix_bits < bytes * 8 && (mask->octets[prefix_bits / 8] << prefix_bits % 8 & 0x80))
        prefix_bits++;
    for (size_t i = 0; i < bytes; i++) {
        if (mask->octets[i] != mask_octet(prefix_bits, i))
            return STATUS_MALFORMED;
    }
    return address_range_prefix(address, prefix_bits, out);
}

int address_range_prefix_bits(const struct address_range *range)
{
    size_t bytes = address_bytes(&range->first);
    struct address_range prefix;
    unsigned bits = 0;

    if (bytes == 0)
        return -1;
    while (bits < bytes * 8 &&
           !((range->first.octets[bits / 8] ^ range->last.octets[bits / 8]) << bits % 8 & 0x80))
        bits++;
    if (address_range_prefix(&range->first, bits, &prefix) != STATUS_OK ||
        !address_range_equal(&prefix, range))
        return -1;
    return (int)bits;
}

const char *address_range_text(const struct address_range *range, char out[ADDRESS_TEXT_BYTES])
{
    char first[ADDRESS_TEXT_BYTES];
    char last[ADDRESS_TEXT_BYTES];
    int bits = address_range_prefix_bits(range);

    (void)address_text(&range->first, first);
    if (bits >= 0 && (size_t)bits == address_bytes(&range->first) * 8)
        (void)snprintf(out, ADDRESS_TEXT_BYTES, "%s", first);
    else if (bits >= 0)
        (void)snprintf(out, ADDRESS_TEXT_BYTES, "%.46s/%d", first, bits);
    else
        (void)snprintf(out, ADDRESS_TEXT_BYTES, "%.46s-%.46s", first,
                       address_text(&range->last, last));
    return out;
}

bool address_range_equal(const struct address_range *a, const struct address_range *b)
{
    return address_equal(&a->first, &b->first) && address_equal(&a->last, &b->last);
}

bool address_range_holds(const struct address_range *range, const struct address *address)
{
    /* Address order is by family first, so a range never holds one of the other family. */
    return address_compare(&range->first, address) <= 0 &&
           address_compare(address, &range->last) <= 0;
}

bool address_range_covers(const struct address_range *outer, const struct address_range *inner)
{
    return address_compare(&outer->first, &inner->first) <= 0 &&
           address_compare(&inner->last, &outer->last) <= 0;
}

bool address_range_overlaps(const struct address_range *a, const struct address_range *b)
{
    return address_compare(&a->first, &b->last) <= 0 && address_compare(&b->first, &a->last) <= 0;
}
