#include "wire/mode_config.h"

enum status mode_config_decode(const struct payload *payload, struct mode_config_payload *out,
                               struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct mode_config_payload config = {0};

    config.type = reader_u8(&reader);
    (void)reader_u8(&reader); /* reserved */
    config.identifier = reader_u16(&reader);
    if (!reader_is_good(&reader))
        return payload_error(payload, 0, STATUS_MALFORMED, "shorter than its fixed fields", error);
    config.attributes = reader_rest(&reader);
    reader = reader_over(config.attributes);
    while (reader_left(&reader) > 0) {
        size_t offset = payload->body.bytes - reader_left(&reader);
        struct data_attribute attribute;

        if (!attribute_read(&reader, &attribute))
            return payload_error(payload, offset, STATUS_MALFORMED, "attribute past the payload",
                                 error);
    }
    *out = config;
    return STATUS_OK;
}

void mode_config_encode(struct writer *writer, const struct mode_config_payload *config)
{
    writer_u8(writer, config->type);
    writer_u8(writer, 0);
    writer_u16(writer, config->identifier);
    writer_view(writer, config->attributes);
}
