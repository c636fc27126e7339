#include "wire/nonce.h"

enum status nonce_decode(const struct payload *payload, struct view *out, struct wire_error *error)
{
    if (payload->body.bytes < NONCE_LEAST_BYTES)
        return payload_error(payload, 0, STATUS_MALFORMED, "nonce shorter than 8 octets", error);
    if (payload->body.bytes > NONCE_MOST_BYTES)
        return payload_error(payload, 0, STATUS_MALFORMED, "nonce longer than 256 octets", error);
    *out = payload->body;
    return STATUS_OK;
}
