#include "wire/message.h"

#include "base/reader.h"

static enum status header_error(size_t offset, enum status status, const char *reason,
                                struct wire_error *error)
{
    if (error)
        *error = (struct wire_error){status, PAYLOAD_NONE, offset, reason};
    return status;
}

/* Where the fields stand, for errors. */
enum header_offset {
    OFFSET_INITIATOR_COOKIE = 0,
    OFFSET_RESPONDER_COOKIE = 8,
    OFFSET_VERSION = 17,
    OFFSET_EXCHANGE = 18,
    OFFSET_FLAGS = 19,
    OFFSET_MESSAGE_ID = 20,
    OFFSET_LENGTH = 24,
};

static bool cookie_is_zero(const uint8_t cookie[COOKIE_BYTES])
{
    static const uint8_t zeros[COOKIE_BYTES];

    return view_equal(view_of(cookie, COOKIE_BYTES), view_of(zeros, COOKIE_BYTES));
}

/* What the exchange says of cookies, flags and message ID, whatever the state. */
static enum status header_check(const struct isakmp_header *header, struct wire_error *error)
{
    const struct exchange_kind *exchange = exchange_by_number(header->exchange);
    bool is_fragment = header->first_payload == PAYLOAD_FRAGMENT;
    bool has_responder = !cookie_is_zero(header->responder_cookie);

    if (!exchange || !exchange->is_processed)
        return header_error(OFFSET_EXCHANGE, STATUS_UNEXPECTED, "exchange type not processed",
                            error);
    if (cookie_is_zero(header->initiator_cookie))
        return header_error(OFFSET_INITIATOR_COOKIE, STATUS_MALFORMED, "initiator cookie is zero",
                            error);
    if (is_fragment) /* they carry Main Mode's type and ID 0 whatever they are cut from */
        return STATUS_OK;
    if (exchange->message_id == MESSAGE_ID_ZERO && header->message_id != 0)
        return header_error(OFFSET_MESSAGE_ID, STATUS_MALFORMED, "message ID in Phase 1", error);
    if (exchange->message_id == MESSAGE_ID_NONZERO && header->message_id == 0)
        return header_error(OFFSET_MESSAGE_ID, STATUS_MALFORMED, "message ID 0 in Phase 2", error);
    if (!has_responder && exchange->message_id == MESSAGE_ID_NONZERO)
        return header_error(OFFSET_RESPONDER_COOKIE, STATUS_MALFORMED,
                            "responder cookie is zero in Phase 2", error);
    if (!has_responder && (header->flags & ISAKMP_FLAG_ENCRYPTION))
        return header_error(OFFSET_FLAGS, STATUS_MALFORMED, "encrypted before there is a key",
                            error);
    return STATUS_OK;
}

enum status header_decode(struct view datagram, struct isakmp_header *out, struct wire_error *error)
{
    struct reader reader = reader_over(datagram);
    struct isakmp_header header = {0};
    struct view initiator = reader_take(&reader, COOKIE_BYTES);
    struct view responder = reader_take(&reader, COOKIE_BYTES);
    enum status status;

    header.first_payload = reader_u8(&reader);
    header.version = reader_u8(&reader);
    header.exchange = reader_u8(&reader);
    header.flags = reader_u8(&reader);
    header.message_id = reader_u32(&reader);
    header.length = reader_u32(&reader);
    if (!reader_is_good(&reader))
        return header_error(datagram.bytes, STATUS_MALFORMED, "shorter than a header", error);
    memcpy(header.initiator_cookie, initiator.data, COOKIE_BYTES);
    memcpy(header.responder_cookie, responder.data, COOKIE_BYTES);

    if (header.version >> 4 != ISAKMP_VERSION >> 4) /* a higher minor version is accepted */
        return header_error(OFFSET_VERSION, STATUS_UNEXPECTED, "another major version", error);
    if (header.length < ISAKMP_HEADER_BYTES)
        return header_error(OFFSET_LENGTH, STATUS_MALFORMED, "length below that of a header",
                            error);
    if (header.length > datagram.bytes)
        return header_error(OFFSET_LENGTH, STATUS_MALFORMED, "length past the datagram", error);
    status = header_check(&header, error);
    if (status == STATUS_OK)
        *out = header;
    return status;
}

enum status message_decode(struct view datagram, struct message *out, struct wire_error *error)
{
    struct isakmp_header header;
    enum status status = header_decode(datagram, &header, error);
    struct reader reader = reader_over(datagram);
    struct view octets;
    struct view content;

    if (status != STATUS_OK)
        return status;
    octets = reader_take(&reader, header.length);
    reader = reader_over(octets);
    (void)reader_take(&reader, ISAKMP_HEADER_BYTES);
    content = reader_rest(&reader);
    if ((header.flags & ISAKMP_FLAG_ENCRYPTION) && header.first_payload != PAYLOAD_FRAGMENT) {
        out->chain.count = 0;
        out->chain.present = 0;
        out->chain.repeated = 0;
        out->chain.octets = (struct view){0};
    } else {
        status = chain_decode(header.first_payload, content, ISAKMP_HEADER_BYTES,
                              CHAIN_TAIL_ALIGNMENT, &out->chain, error);
        if (status != STATUS_OK)
            return status;
    }
    out->header = header;
    out->octets = octets;
    out->content = content;
    return STATUS_OK;
}
