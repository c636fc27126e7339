#include "base/writer.h"
#include "esp/checksum_private.h"
#include "esp/ip_header_private.h"

#define IPV4_DONT_FRAGMENT 0x4000u

size_t ip_header_bytes(uint8_t family)
{
    return family == ADDRESS_IPV4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

static void ipv4_write(const struct ip_header *header, uint8_t *out)
{
    struct writer writer = writer_over(out, IPV4_HEADER_BYTES);

    writer_u8(&writer, 0x45);
    writer_u8(&writer, header->tos);
    writer_u16(&writer, (uint16_t)(IPV4_HEADER_BYTES + header->payload_bytes));
    writer_u16(&writer, header->identification);
    writer_u16(&writer, header->identification ? 0 : IPV4_DONT_FRAGMENT);
    writer_u8(&writer, header->ttl);
    writer_u8(&writer, header->next_header);
    writer_u16(&writer, 0);
    writer_view(&writer, address_view(header->source_view));
    writer_view(&writer, address_view(header->destination_view));
    writer_patch_u16(&writer, 10, checksum_of(checksum_add(0, view_of(out, IPV4_HEADER_BYTES))));
}

static void ipv6_write(const struct ip_header *header, uint8_t *out)
{
    struct writer writer = writer_over(out, IPV6_HEADER_BYTES);

    writer_u32(&writer, UINT32_C(6) << 28 | (uint32_t)header->tos << 20);
    writer_u16(&writer, (uint16_t)header->payload_bytes);
    writer_u8(&writer, header->next_header);
    writer_u8(&writer, header->ttl);
    writer_view(&writer, address_view(header->source_view));
    writer_view(&writer, address_view(header->destination_view));
}

void ip_header_write(const struct ip_header *header, uint8_t *out)
{
    if (header->source_view->family == ADDRESS_IPV4)
        ipv4_write(header, out);
    else
        ipv6_write(header, out);
}
