#include "ikev1/envelope.h"

#include "engine/engine_state.h"

static struct envelope begin(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                             uint32_t message_id, size_t capacity_bytes)
{
    struct envelope envelope = {.capacity_bytes = capacity_bytes};
    struct isakmp_header header = {
        .version = ISAKMP_VERSION,
        .exchange = exchange,
        .flags = flags,
        .message_id = message_id,
    };

    memcpy(header.initiator_cookie, sa->cookies, COOKIE_BYTES);
    memcpy(header.responder_cookie, sa->cookies + COOKIE_BYTES, COOKIE_BYTES);
    envelope.buffer = arena_take(&sa->engine_back->effects.arena, capacity_bytes);
    envelope.message =
        message_begin(envelope.buffer, envelope.buffer ? capacity_bytes : 0, &header);
    return envelope;
}

struct envelope envelope_begin(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                               uint32_t message_id)
{
    return begin(sa, exchange, flags, message_id, ENVELOPE_BYTES);
}

struct envelope envelope_begin_offer(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                                     uint32_t message_id)
{
    return begin(sa, exchange, flags, message_id, ENVELOPE_OFFER_BYTES);
}

struct envelope envelope_begin_certificates(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                                            uint32_t message_id)
{
    return begin(sa, exchange, flags, message_id, ENVELOPE_CERTIFICATES_BYTES);
}

void envelope_hash(struct envelope *envelope, const struct transform *hash)
{
    envelope->hash = payload_reserve(&envelope->message, PAYLOAD_HASH, hash->hash_bytes);
    envelope->rest_offset = envelope->message.writer.bytes;
}

void envelope_vendor(struct envelope *envelope, enum vendor vendor)
{
    const struct vendor_id *id = vendor_by_number(vendor);

    payload_put(&envelope->message, PAYLOAD_VENDOR, view_of(id->octets, id->bytes));
}

struct view envelope_rest(const struct envelope *envelope)
{
    struct view written = writer_view_written(&envelope->message.writer);

    if (view_is_empty(written))
        return written;
    return view_of(written.data + envelope->rest_offset, written.bytes - envelope->rest_offset);
}

struct view envelope_close(struct envelope *envelope)
{
    return message_end(&envelope->message, 1);
}

struct view envelope_seal(struct ike_sa *sa, struct envelope *envelope, struct view key,
                          uint8_t *iv)
{
    size_t block_bytes = sa->cipher_view->block_bytes;
    struct view datagram = message_end(&envelope->message, block_bytes);
    struct cipher_key cipher = {sa->cipher_view, key};

    if (view_is_empty(datagram))
        return datagram;
    uint8_t *content = envelope->buffer + ISAKMP_HEADER_BYTES;
    struct view plain = view_of(content, datagram.bytes - ISAKMP_HEADER_BYTES);
    if (cipher_encrypt(sa->engine_back->options.crypto_back, &cipher, view_of(iv, block_bytes),
                       plain, content) != STATUS_OK) {
        secret_wipe_memory(envelope->buffer, envelope->capacity_bytes);
        return view_of(NULL, 0);
    }
    envelope_last_block(sa, plain, iv);
    return datagram;
}

enum status envelope_open(struct ike_sa *sa, const struct message *message, struct view key,
                          const uint8_t *iv, struct payload_chain *out)
{
    size_t block_bytes = sa->cipher_view->block_bytes;
    struct cipher_key cipher = {sa->cipher_view, key};
    struct view content = message->content;

    if (view_is_empty(content) || content.bytes % block_bytes != 0)
        return STATUS_MALFORMED;
    uint8_t *plain = arena_take(&sa->engine_back->effects.arena, content.bytes);
    if (!plain)
        return STATUS_NO_MEMORY;
    enum status status = cipher_decrypt(sa->engine_back->options.crypto_back, &cipher,
                                        view_of(iv, block_bytes), content, plain);
    if (status != STATUS_OK)
        return status;
    return chain_decode(message->header.first_payload, view_of(plain, content.bytes),
                        ISAKMP_HEADER_BYTES, CHAIN_TAIL_PADDING, out, NULL) == STATUS_OK
               ? STATUS_OK
               : STATUS_MALFORMED;
}

void envelope_last_block(const struct ike_sa *sa, struct view content, uint8_t *out)
{
    size_t block_bytes = sa->cipher_view->block_bytes;

    memcpy(out, content.data + content.bytes - block_bytes, block_bytes);
}
