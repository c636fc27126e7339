#include <stdlib.h>

#include "support/rewrite_v1.h"
#include "support/test.h"
#include "support/vectors.h"

/*
 * Every recorded message, damaged in every way that one octet or one length allows: the decoder
 * says no with a reason inside the message, or what it read can be written and read again. Memory
 * checkers see the rest, as each mutant stands in a block of its own size.
 */
struct tally {
    unsigned accepted;
    unsigned refused;
};

static void mutant_is_read_or_refused(const char *name, struct view octets, struct tally *tally)
{
    uint8_t *copy = malloc(octets.bytes ? octets.bytes : 1);
    uint8_t *written = malloc(MESSAGE_MOST_BYTES);
    struct message *message = malloc(sizeof *message);
    struct wire_error error = {0};
    struct arena arena;
    enum status status;

    assert_true(copy && written && message);
    if (octets.bytes > 0)
        memcpy(copy, octets.data, octets.bytes);
    arena_init(&arena, 1u << 20);
    status = message_decode(view_of(copy, octets.bytes), message, &error);
    if (status == STATUS_OK) {
        struct view again =
            rewrite_v1(&message->header, &message->chain, &arena, written, MESSAGE_MOST_BYTES);

        if (again.bytes != ISAKMP_HEADER_BYTES + message->chain.octets.bytes)
            fail_msg("%s: a mutant changes its size", name);
        tally->accepted++;
    } else {
        if (!error.reason || error.offset > octets.bytes || error.status != status)
            fail_msg("%s: refused without reason or place", name);
        tally->refused++;
    }
    arena_clear(&arena);
    free(message);
    free(written);
    free(copy);
}

static void message_is_mutated(const char *name, struct view octets, struct tally *tally)
{
    static const uint16_t lengths[] = {0, 1, 0x7fff, 0xffff};
    struct bytes mutant = {0};

    assert_int_equal(bytes_copy(octets, &mutant), STATUS_OK);
    for (size_t bytes = 0; bytes < octets.bytes; bytes++)
        mutant_is_read_or_refused(name, view_of(octets.data, bytes), tally);
    for (size_t bit = 0; bit < 8 * octets.bytes; bit++) {
        mutant.data_own[bit / 8] = (uint8_t)(octets.data[bit / 8] ^ 1u << bit % 8);
        mutant_is_read_or_refused(name, bytes_view(&mutant), tally);
        mutant.data_own[bit / 8] = octets.data[bit / 8];
    }
    for (size_t at = 0; at + 2 <= octets.bytes; at++) {
        for (size_t i = 0; i < COUNT(lengths); i++) {
            mutant.data_own[at] = (uint8_t)(lengths[i] >> 8);
            mutant.data_own[at + 1] = (uint8_t)lengths[i];
            mutant_is_read_or_refused(name, bytes_view(&mutant), tally);
        }
        memcpy(mutant.data_own + at, octets.data + at, 2);
    }
    bytes_clear(&mutant);
}

static void sec_13_every_truncation_bit_and_length_of_every_message_is_survived(void **state)
{
    struct vectors *vectors = vectors_open("messages/ikev1.txt");
    struct tally tally = {0};

    (void)state;
    while (vectors_next(vectors)) {
        /* Ciphertext has nothing to read: its header is that of the messages in clear. */
        if (vectors_has(vectors, "payloads"))
            message_is_mutated(vectors_text(vectors, "case"), vectors_hex(vectors, "bytes"),
                               &tally);
    }
    vectors_close(vectors);
    assert_true(tally.accepted > 1000 && tally.refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_13_every_truncation_bit_and_length_of_every_message_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
