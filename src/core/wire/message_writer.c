#include "wire/message.h"

/* The octets of the header that are known only afterwards. */
#define OFFSET_FIRST_PAYLOAD 16u
#define OFFSET_LENGTH 24u

struct message_writer message_begin(void *buffer, size_t capacity_bytes,
                                    const struct isakmp_header *header)
{
    struct message_writer message = {
        .writer = writer_over(buffer, capacity_bytes),
        .next_offset = OFFSET_FIRST_PAYLOAD,
    };
    struct writer *writer = &message.writer;

    writer_view(writer, view_of(header->initiator_cookie, COOKIE_BYTES));
    writer_view(writer, view_of(header->responder_cookie, COOKIE_BYTES));
    writer_u8(writer, PAYLOAD_NONE);
    writer_u8(writer, header->version);
    writer_u8(writer, header->exchange);
    writer_u8(writer, header->flags);
    writer_u32(writer, header->message_id);
    writer_u32(writer, 0);
    return message;
}

void payload_begin(struct message_writer *message, uint8_t type)
{
    struct writer *writer = &message->writer;

    writer_patch_u8(writer, message->next_offset, type);
    message->payload_offset = writer->bytes;
    message->next_offset = writer->bytes;
    writer_u8(writer, PAYLOAD_NONE);
    writer_u8(writer, 0);
    writer_u16(writer, 0);
}

void payload_end(struct message_writer *message)
{
    struct writer *writer = &message->writer;
    size_t length = writer->bytes - message->payload_offset;

    /* What does not fit makes the message longer than message_end lets go. */
    writer_patch_u16(writer, message->payload_offset + 2, (uint16_t)length);
}

void payload_put(struct message_writer *message, uint8_t type, struct view body)
{
    payload_begin(message, type);
    writer_view(&message->writer, body);
    payload_end(message);
}

uint8_t *payload_reserve(struct message_writer *message, uint8_t type, size_t bytes)
{
    uint8_t *body;

    payload_begin(message, type);
    body = writer_reserve(&message->writer, bytes);
    if (body)
        memset(body, 0, bytes);
    payload_end(message);
    return writer_is_good(&message->writer) ? body : NULL;
}

struct view message_end(struct message_writer *message, size_t block_bytes)
{
    struct writer *writer = &message->writer;
    size_t over;

    if (!writer_is_good(writer))
        return (struct view){0};
    over = (writer->bytes - ISAKMP_HEADER_BYTES) % block_bytes;
    if (over > 0)
        writer_zeros(writer, block_bytes - over);
    if (writer->bytes > MESSAGE_MOST_BYTES)
        writer->has_failed = true;
    writer_patch_u32(writer, OFFSET_LENGTH, (uint32_t)writer->bytes);
    return writer_view_written(writer);
}
