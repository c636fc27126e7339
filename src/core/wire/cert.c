#include "wire/cert.h"

#include "base/reader.h"

enum status cert_decode(const struct payload *payload, struct cert_payload *out,
                        struct wire_error *error)
{
    struct reader reader = reader_over(payload->body);
    struct cert_payload cert = {0};

    cert.encoding = reader_u8(&reader);
    cert.data = reader_rest(&reader);
    if (!reader_at_end(&reader))
        return payload_error(payload, 0, STATUS_MALFORMED, "no encoding", error);
    if (payload->type == PAYLOAD_CERT && view_is_empty(cert.data))
        return payload_error(payload, 1, STATUS_MALFORMED, "no certificate", error);
    *out = cert;
    return STATUS_OK;
}

void cert_encode(struct writer *writer, const struct cert_payload *cert)
{
    writer_u8(writer, cert->encoding);
    writer_view(writer, cert->data);
}
