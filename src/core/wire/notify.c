#include "wire/notify.h"

#include "base/reader.h"

enum status notify_decode(const struct payload *payload, struct notify_payload *out,
                          struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct notify_payload notify = {0};
    size_t spi_bytes;

    notify.doi = reader_u32(&reader);
    notify.protocol = reader_u8(&reader);
    spi_bytes = reader_u8(&reader);
    notify.type = reader_u16(&reader);
    notify.spi = reader_take(&reader, spi_bytes);
    notify.data = reader_rest(&reader);
    if (!reader_at_end(&reader))
        return payload_error(payload, 0, STATUS_MALFORMED, "SPI past the notify", error);
    *out = notify;
    return STATUS_OK;
}

void notify_encode(struct writer *writer, const struct notify_payload *notify)
{
    if (notify->spi.bytes > UINT8_MAX)
        writer->has_failed = true;
    writer_u32(writer, notify->doi);
    writer_u8(writer, notify->protocol);
    writer_u8(writer, (uint8_t)notify->spi.bytes);
    writer_u16(writer, notify->type);
    writer_view(writer, notify->spi);
    writer_view(writer, notify->data);
}
