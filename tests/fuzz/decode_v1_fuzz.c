/*
 * A datagram to the decoder of version 1: what is refused is refused with a reason inside the
 * datagram, what is read is written back and reads the same again. The octets after the header are
 * also read as decrypted content, where padding may follow.
 */
#include <assert.h>
#include <stdlib.h>

#include "registry/vendor.h"
#include "support/rewrite_v1.h"
#include "wire/attribute.h"
#include "wire/id.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

#define ARENA_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void error_is_sound(enum status status, const struct wire_error *error, size_t bytes)
{
    assert(error->status == status);
    assert(error->reason != NULL);
    assert(error->offset <= bytes);
}

/* What the engine and policy ask of single payloads. */
static void payload_is_walked(const struct payload *payload, struct arena *arena)
{
    struct notify_payload notify;
    struct sa_payload sa;
    struct id_payload id;
    uint64_t seconds;
    uint64_t kilobytes;

    if (payload->type == PAYLOAD_VENDOR)
        (void)vendor_match(payload->body);
    if (payload->type == PAYLOAD_NOTIFY && notify_decode(payload, &notify, NULL) == STATUS_OK)
        (void)lifetimes_decode(SA_PHASE_2, notify.data, &seconds, &kilobytes);
    if (payload->type == PAYLOAD_ID && id_decode(payload, &id, NULL) == STATUS_OK) {
        struct address_range range;

        if (id_range(&id, &range) == STATUS_OK) {
            uint8_t storage[ID_ADDRESS_DATA_BYTES];
            struct id_payload again = id_of_range(&range, id.protocol, id.port, storage);
            struct address_range range_again;

            assert(id_range(&again, &range_again) == STATUS_OK);
            assert(address_range_equal(&range, &range_again));
        }
    }
    for (unsigned phase = SA_PHASE_1; payload->type == PAYLOAD_SA && phase <= SA_PHASE_2; phase++) {
        struct wire_error error = {0};
        enum status status = sa_v1_decode(payload, (enum sa_phase)phase, arena, &sa, &error);

        if (status != STATUS_OK)
            error_is_sound(status, &error, payload->offset + payload->whole.bytes);
        arena_reset(arena);
    }
}

static void chain_is_written_back(const struct isakmp_header *header,
                                  const struct payload_chain *chain, struct arena *arena)
{
    static uint8_t first[MESSAGE_MOST_BYTES];
    static uint8_t second[MESSAGE_MOST_BYTES];
    struct view written = rewrite_v1(header, chain, arena, first, sizeof first);
    struct payload_chain again;
    struct view written_again;
    struct view content;

    for (size_t i = 0; i < chain->count; i++)
        payload_is_walked(&chain->payloads[i], arena);
    if (view_is_empty(written)) {
        /* A header and content of more than 65,535 octets: no datagram is that long. */
        assert(chain->octets.bytes > MESSAGE_MOST_BYTES - ISAKMP_HEADER_BYTES);
        return;
    }
    content = view_of(first + ISAKMP_HEADER_BYTES, written.bytes - ISAKMP_HEADER_BYTES);
    assert(content.bytes == chain->octets.bytes);
    assert(chain_decode(first[16], content, ISAKMP_HEADER_BYTES, CHAIN_TAIL_ALIGNMENT, &again,
                        NULL) == STATUS_OK);
    assert(again.count == chain->count && again.present == chain->present);
    written_again = rewrite_v1(header, &again, arena, second, sizeof second);
    assert(view_equal(written, written_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    /* A copy of exactly its size: a read past the end is seen. */
    uint8_t *copy = malloc(bytes ? bytes : 1);
    struct view datagram = view_of(copy, bytes);
    struct wire_error error = {0};
    struct payload_chain chain;
    struct message message;
    struct arena arena;
    enum status status;

    if (!copy)
        return 0;
    if (bytes > 0)
        memcpy(copy, data, bytes);
    arena_init(&arena, ARENA_BYTES);
    status = message_decode(datagram, &message, &error);
    if (status != STATUS_OK) {
        error_is_sound(status, &error, bytes);
    } else {
        chain_is_written_back(&message.header, &message.chain, &arena);
        status = chain_decode(message.header.first_payload, message.content, ISAKMP_HEADER_BYTES,
                              CHAIN_TAIL_PADDING, &chain, &error);
        if (status != STATUS_OK)
            error_is_sound(status, &error, bytes);
        else
            chain_is_written_back(&message.header, &chain, &arena);
    }
    arena_clear(&arena);
    free(copy);
    return 0;
}
