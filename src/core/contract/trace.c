#include "contract/trace.h"

#include <assert.h>

#include "contract/trace_field_private.h"

/* Tags of a body: what it is, its shape's fields from there on. */
enum tag {
    TAG_KIND = 1,
    TAG_FIRST = 16,
};

/* `type` is that of the union's struct inside input or effect, so offsets count from the whole. */
#define FIELD_OF(whole, kind_, member)                                                             \
    {                                                                                              \
        .type = (kind_), .offset = offsetof(struct whole, member)                                  \
    }
#define ENUM_OF(whole, member, least_, most_)                                                      \
    {                                                                                              \
        .type = FIELD_ENUM, .offset = offsetof(struct whole, member), .least = (least_),           \
        .most = (most_),                                                                           \
    }
#define TRANSFORM_OF(whole, member, transform_kind_)                                               \
    {                                                                                              \
        .type = FIELD_TRANSFORM, .offset = offsetof(struct whole, member),                         \
        .least = (transform_kind_),                                                                \
    }
#define SHAPE(rows)                                                                                \
    {                                                                                              \
        .fields = (rows), .field_count = COUNT(rows)                                               \
    }

static const struct field instant_fields[] = {
    FIELD_OF(instant, FIELD_U64, mono_us),
    FIELD_OF(instant, FIELD_U64, wall_s),
};
static const struct shape instant_shape = SHAPE(instant_fields);

static const struct field datagram_fields[] = {
    FIELD_OF(input, FIELD_PATH, datagram.path),
    FIELD_OF(input, FIELD_VIEW, datagram.bytes_view),
};
static const struct field acquire_fields[] = {
    FIELD_OF(input, FIELD_U32, acquire.sequence),    FIELD_OF(input, FIELD_U32, acquire.reqid),
    FIELD_OF(input, FIELD_SELECTOR, acquire.packet), FIELD_OF(input, FIELD_ADDRESS, acquire.local),
    FIELD_OF(input, FIELD_ADDRESS, acquire.remote),
};
static const struct field expire_fields[] = {
    ENUM_OF(input, expire.direction, SA_INBOUND, SA_OUTBOUND),
    ENUM_OF(input, expire.protocol, IPSEC_PROTOCOL_ISAKMP, IPSEC_PROTOCOL_IPCOMP),
    FIELD_OF(input, FIELD_U32, expire.spi),
    ENUM_OF(input, expire.kind, EXPIRE_SOFT, EXPIRE_HARD),
};
static const struct field answer_fields[] = {
    FIELD_OF(input, FIELD_U64, answer.ticket),
    ENUM_OF(input, answer.status, STATUS_OK, STATUS_SYSTEM),
    FIELD_OF(input, FIELD_VIEW, answer.result_view),
};
static const struct field command_fields[] = {
    ENUM_OF(input, command.verb, 0, COMMAND_VERB_COUNT - 1),
    FIELD_OF(input, FIELD_U32, command.argument),
};

/* IN_RULES has none: it is a TRACE_CONFIG. */
static const struct shape input_shapes[IN_RULES] = {
    [IN_DATAGRAM] = SHAPE(datagram_fields), [IN_TIMER] = {.field_count = 0},
    [IN_ACQUIRE] = SHAPE(acquire_fields),   [IN_EXPIRE] = SHAPE(expire_fields),
    [IN_ANSWER] = SHAPE(answer_fields),     [IN_COMMAND] = SHAPE(command_fields),
};

static const struct field send_fields[] = {
    FIELD_OF(effect, FIELD_PATH, send.path),
    FIELD_OF(effect, FIELD_VIEW, send.bytes_view),
};
static const struct field ask_fields[] = {
    FIELD_OF(effect, FIELD_U64, ask.ticket),
    ENUM_OF(effect, ask.kind, 0, ASK_KIND_COUNT - 1),
};
static const struct field cancel_fields[] = {
    FIELD_OF(effect, FIELD_U64, cancel.ticket),
};
static const struct field sa_delete_fields[] = {
    ENUM_OF(effect, sa_delete.direction, SA_INBOUND, SA_OUTBOUND),
    ENUM_OF(effect, sa_delete.protocol, IPSEC_PROTOCOL_ISAKMP, IPSEC_PROTOCOL_IPCOMP),
    FIELD_OF(effect, FIELD_U32, sa_delete.spi),
    FIELD_OF(effect, FIELD_ADDRESS, sa_delete.destination),
};
static const struct field event_fields[] = {
    ENUM_OF(effect, event.kind, 0, EVENT_KIND_COUNT - 1),
    FIELD_OF(effect, FIELD_PATH, event.path),
    FIELD_OF(effect, FIELD_U64, event.ike_sa),
    FIELD_OF(effect, FIELD_COOKIES, event.cookies),
    FIELD_OF(effect, FIELD_TEXT, event.label_view),
    FIELD_OF(effect, FIELD_TEXT, event.exchange_view),
    FIELD_OF(effect, FIELD_TEXT, event.word_view),
    FIELD_OF(effect, FIELD_TEXT, event.text_view),
    FIELD_OF(effect, FIELD_VIEW, event.octets_view),
    FIELD_OF(effect, FIELD_TEXT, event.identity_view),
    FIELD_OF(effect, FIELD_TEXT, event.suite_view),
    FIELD_OF(effect, FIELD_SELECTOR, event.selector),
    FIELD_OF(effect, FIELD_U32, event.spi_in),
    FIELD_OF(effect, FIELD_U32, event.spi_out),
    FIELD_OF(effect, FIELD_U64, event.number),
    FIELD_OF(effect, FIELD_U64, event.seconds),
    FIELD_OF(effect, FIELD_U32, event.suppressed),
};

static const struct shape effect_shapes[EFFECT_KIND_COUNT] = {
    [FX_SEND] = SHAPE(send_fields),           [FX_ASK] = SHAPE(ask_fields),
    [FX_CANCEL] = SHAPE(cancel_fields),       [FX_EVENT] = SHAPE(event_fields),
    [FX_SA_DELETE] = SHAPE(sa_delete_fields),
};

static const struct field psk_fields[] = {
    FIELD_OF(effect, FIELD_U32, ask.psk.credential),
    TRANSFORM_OF(effect, ask.psk.prf, TRANSFORM_HASH),
    FIELD_OF(effect, FIELD_VIEW, ask.psk.data_view),
};
static const struct field sign_fields[] = {
    FIELD_OF(effect, FIELD_U32, ask.sign.key_handle),
    FIELD_OF(effect, FIELD_U16, ask.sign.method),
    FIELD_OF(effect, FIELD_VIEW, ask.sign.hash_view),
};
#define BLOCK_OF(i)                                                                                \
    FIELD_OF(effect, FIELD_VIEW, ask.decrypt.blocks[i].ciphertext_view),                           \
        FIELD_OF(effect, FIELD_U16, ask.decrypt.blocks[i].least_bytes),                            \
        FIELD_OF(effect, FIELD_U16, ask.decrypt.blocks[i].most_bytes)
static const struct field decrypt_fields[] = {
    FIELD_OF(effect, FIELD_U32, ask.decrypt.key_handle),
    BLOCK_OF(0),
    BLOCK_OF(1),
};
static_assert(ASK_DECRYPT_MOST_BLOCKS == 2, "a field for each");
static const struct field sa_add_fields[] = {
    ENUM_OF(effect, ask.sa_add.direction, SA_INBOUND, SA_OUTBOUND),
    ENUM_OF(effect, ask.sa_add.protocol, IPSEC_PROTOCOL_ISAKMP, IPSEC_PROTOCOL_IPCOMP),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.spi),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.pair_spi),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.ah_spi),
    ENUM_OF(effect, ask.sa_add.mode, CHILD_TRANSPORT, CHILD_TUNNEL),
    FIELD_OF(effect, FIELD_PATH, ask.sa_add.path),
    FIELD_OF(effect, FIELD_SELECTOR, ask.sa_add.selector),
    TRANSFORM_OF(effect, ask.sa_add.cipher, TRANSFORM_ENCRYPTION),
    FIELD_OF(effect, FIELD_U16, ask.sa_add.cipher_bits),
    TRANSFORM_OF(effect, ask.sa_add.integrity, TRANSFORM_INTEGRITY),
    FIELD_OF(effect, FIELD_VIEW, ask.sa_add.cipher_key_view),
    FIELD_OF(effect, FIELD_VIEW, ask.sa_add.integrity_key_view),
    TRANSFORM_OF(effect, ask.sa_add.ah_integrity, TRANSFORM_INTEGRITY),
    FIELD_OF(effect, FIELD_VIEW, ask.sa_add.ah_key_view),
    FIELD_OF(effect, FIELD_BOOL, ask.sa_add.is_esn),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.reqid),
    FIELD_OF(effect, FIELD_U16, ask.sa_add.replay_window),
    FIELD_OF(effect, FIELD_U64, ask.sa_add.soft_bytes),
    FIELD_OF(effect, FIELD_U64, ask.sa_add.hard_bytes),
    FIELD_OF(effect, FIELD_U64, ask.sa_add.hard_packets),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.hard_s),
    FIELD_OF(effect, FIELD_U32, ask.sa_add.acquire_sequence),
};

static const struct shape ask_shapes[ASK_KIND_COUNT] = {
    [ASK_PSK] = SHAPE(psk_fields),
    [ASK_SIGN] = SHAPE(sign_fields),
    [ASK_DECRYPT] = SHAPE(decrypt_fields),
    [ASK_SA_ADD] = SHAPE(sa_add_fields),
};

static enum status written(const struct writer *writer)
{
    return writer_is_good(writer) ? STATUS_OK : STATUS_LIMIT;
}

static void encode_kind(struct writer *writer, unsigned kind)
{
    writer_u8(writer, TAG_KIND);
    writer_u32(writer, 1);
    writer_u8(writer, (uint8_t)kind);
}

/* The kind, `count` when it is none. */
static unsigned decode_kind(struct reader *reader, unsigned count)
{
    uint8_t tag = reader_u8(reader);
    uint32_t bytes = reader_u32(reader);
    uint8_t kind = reader_u8(reader);

    if (!reader_is_good(reader) || tag != TAG_KIND || bytes != 1 || kind >= count)
        return count;
    return kind;
}

enum status trace_encode_input(struct writer *writer, struct instant now, const struct input *input)
{
    if (input->kind >= IN_RULES)
        return STATUS_UNEXPECTED;
    encode_kind(writer, input->kind);
    shape_encode(&instant_shape, &now, TAG_KIND + 1, writer);
    shape_encode(&input_shapes[input->kind], input, TAG_FIRST, writer);
    return written(writer);
}

enum status trace_decode_input(struct view body, struct instant *now, struct input *out)
{
    struct reader reader = reader_over(body);
    struct instant at = {0};
    struct input input = {0};
    unsigned kind = decode_kind(&reader, IN_RULES);
    enum status status;

    if (kind >= IN_RULES)
        return STATUS_MALFORMED;
    input.kind = (enum input_kind)kind;
    status = shape_decode(&instant_shape, &reader, TAG_KIND + 1, NULL, &at);
    if (status == STATUS_OK)
        status = shape_decode(&input_shapes[kind], &reader, TAG_FIRST, NULL, &input);
    if (status != STATUS_OK)
        return status;
    if (!reader_at_end(&reader))
        return STATUS_MALFORMED;
    *now = at;
    *out = input;
    return STATUS_OK;
}

enum status trace_encode_effect(struct writer *writer, const struct effect *effect)
{
    encode_kind(writer, effect->kind);
    shape_encode(&effect_shapes[effect->kind], effect, TAG_FIRST, writer);
    if (effect->kind == FX_ASK)
        shape_encode(&ask_shapes[effect->ask.kind], effect,
                     (uint8_t)(TAG_FIRST + COUNT(ask_fields)), writer);
    return written(writer);
}

enum status trace_decode_effect(struct view body, struct arena *arena, struct effect *out)
{
    struct reader reader = reader_over(body);
    struct effect effect = {0};
    unsigned kind = decode_kind(&reader, EFFECT_KIND_COUNT);
    enum status status;

    if (kind >= EFFECT_KIND_COUNT)
        return STATUS_MALFORMED;
    effect.kind = (enum effect_kind)kind;
    status = shape_decode(&effect_shapes[kind], &reader, TAG_FIRST, arena, &effect);
    if (status == STATUS_OK && effect.kind == FX_ASK)
        status = shape_decode(&ask_shapes[effect.ask.kind], &reader,
                              (uint8_t)(TAG_FIRST + COUNT(ask_fields)), arena, &effect);
    if (status != STATUS_OK)
        return status;
    if (!reader_at_end(&reader))
        return STATUS_MALFORMED;
    *out = effect;
    return STATUS_OK;
}

enum status trace_encode_record(struct writer *writer, enum trace_record kind, struct view body)
{
    if (body.bytes > TRACE_MOST_BYTES)
        return STATUS_LIMIT;
    writer_u8(writer, (uint8_t)kind);
    writer_u8(writer, TRACE_VERSION);
    writer_u32(writer, (uint32_t)body.bytes);
    writer_view(writer, body);
    return written(writer);
}

enum status trace_decode_record(struct view *rest, enum trace_record *kind, struct view *body)
{
    struct reader reader = reader_over(*rest);
    uint8_t record, version;
    uint32_t bytes;
    struct view taken;

    if (view_is_empty(*rest))
        return STATUS_ABSENT;
    record = reader_u8(&reader);
    version = reader_u8(&reader);
    bytes = reader_u32(&reader);
    taken = reader_take(&reader, bytes);
    if (!reader_is_good(&reader) || version != TRACE_VERSION || bytes > TRACE_MOST_BYTES ||
        record < TRACE_CONFIG || record > TRACE_DIGEST)
        return STATUS_MALFORMED;
    *kind = (enum trace_record)record;
    *body = taken;
    *rest = reader_rest(&reader);
    return STATUS_OK;
}
