#include "wire/nat.h"

#include "base/reader.h"
#include "registry/identity_type.h"

enum status nat_original_decode(const struct payload *payload, struct address *out,
                                struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    uint8_t type = reader_u8(&reader);
    struct view octets;

    (void)reader_take(&reader, 3); /* reserved */
    octets = reader_take(&reader, type == IDENTITY_IPV4 ? 4 : 16);
    if ((type != IDENTITY_IPV4 && type != IDENTITY_IPV6) || !reader_at_end(&reader))
        return payload_error(payload, 0, STATUS_MALFORMED, "no address of type 1 or 5", error);
    return address_from_view(octets, out);
}

void nat_original_encode(struct writer *writer, const struct address *address)
{
    writer_u8(writer, address->family == ADDRESS_IPV4 ? IDENTITY_IPV4 : IDENTITY_IPV6);
    writer_zeros(writer, 3);
    writer_view(writer, address_view(address));
}
