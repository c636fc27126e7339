#include "wire/delete.h"

#include "base/reader.h"

static bool spi_size_fits(uint8_t protocol, uint8_t bytes)
{
    switch (protocol) {
    case IPSEC_PROTOCOL_ISAKMP:
        return bytes == 2 * COOKIE_BYTES;
    case IPSEC_PROTOCOL_AH:
    case IPSEC_PROTOCOL_ESP:
        return bytes == 4;
    case IPSEC_PROTOCOL_IPCOMP:
        return bytes == 2 || bytes == 4;
    default:
        return bytes > 0;
    }
}

enum status delete_decode(const struct payload *payload, struct delete_payload *out,
                          struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct delete_payload delete = {0};

    delete.doi = reader_u32(&reader);
    delete.protocol = reader_u8(&reader);
    delete.spi_bytes = reader_u8(&reader);
    delete.spi_count = reader_u16(&reader);
    delete.spis = reader_take(&reader, (size_t) delete.spi_bytes * delete.spi_count);
    if (!reader_at_end(&reader))
        return payload_error(payload, 6, STATUS_MALFORMED, "SPIs do not fill the delete", error);
    if (!spi_size_fits(delete.protocol, delete.spi_bytes))
        return payload_error(payload, 5, STATUS_MALFORMED, "SPI size is not the protocol's", error);
    *out = delete;
    return STATUS_OK;
}

void delete_encode(struct writer *writer, const struct delete_payload *delete)
{
    writer_u32(writer, delete->doi);
    writer_u8(writer, delete->protocol);
    writer_u8(writer, delete->spi_bytes);
    writer_u16(writer, delete->spi_count);
    writer_view(writer, delete->spis);
}

struct view delete_spi(const struct delete_payload *delete, size_t nth)
{
    struct reader reader = reader_over(delete->spis);

    (void)reader_take(&reader, nth * delete->spi_bytes);
    return reader_take(&reader, delete->spi_bytes);
}
