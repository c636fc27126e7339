#include <stdlib.h>

#include "registry/payload.h"
#include "support/rewrite_v1.h"
#include "support/test.h"
#include "support/vectors.h"
#include "wire/sa_v1.h"

#define ARENA_BYTES 65536u

/* The message without its alignment padding, which the decoder leaves out and nobody writes. */
static void chain_comes_out_as_it_went_in(const char *name, const struct isakmp_header *header,
                                          const struct payload_chain *chain)
{
    uint8_t *buffer = malloc(MESSAGE_MOST_BYTES);
    struct arena arena;
    struct view written;

    assert_non_null(buffer);
    arena_init(&arena, ARENA_BYTES);
    written = rewrite_v1(header, chain, &arena, buffer, MESSAGE_MOST_BYTES);
    if (written.bytes < ISAKMP_HEADER_BYTES)
        fail_msg("%s: not written", name);
    test_view_equal(
        name, view_of(written.data + ISAKMP_HEADER_BYTES, written.bytes - ISAKMP_HEADER_BYTES),
        chain->octets);
    arena_clear(&arena);
    free(buffer);
}

/* The payload numbers as tshark lists them: those of proposals and transforms behind their SA. */
static void payloads_append(char *text, size_t bytes, unsigned number)
{
    size_t used = strlen(text);

    (void)snprintf(text + used, bytes - used, "%s%u", used ? " " : "", number);
}

static void payloads_list(const struct message *message, char *text, size_t bytes)
{
    struct arena arena;

    arena_init(&arena, ARENA_BYTES);
    text[0] = '\0';
    for (size_t i = 0; i < message->chain.count; i++) {
        const struct payload *payload = &message->chain.payloads[i];
        struct sa_payload sa = {0};

        payloads_append(text, bytes, payload->type);
        if (payload->type != PAYLOAD_SA)
            continue;
        assert_int_equal(sa_v1_decode(payload, rewrite_phase(&message->header), &arena, &sa, NULL),
                         STATUS_OK);
        for (size_t j = 0; j < sa.proposal_count; j++) {
            payloads_append(text, bytes, PAYLOAD_PROPOSAL);
            for (size_t k = 0; k < sa.proposals[j].transform_count; k++)
                payloads_append(text, bytes, PAYLOAD_TRANSFORM);
        }
    }
    arena_clear(&arena);
}

static void every_recorded_message_is_read_and_written_back_octet_for_octet(void **state)
{
    struct vectors *vectors = vectors_open("messages/ikev1.txt");
    struct message *message = malloc(sizeof *message);
    unsigned count = 0;

    (void)state;
    assert_non_null(message);
    while (vectors_next(vectors)) {
        const char *name = vectors_text(vectors, "case");
        struct wire_error error = {0};
        enum status status = message_decode(vectors_hex(vectors, "bytes"), message, &error);
        char payloads[256];

        if (status != STATUS_OK)
            fail_msg("%s: %s at %zu: %s", name, status_name(status), error.offset, error.reason);
        assert_int_equal(message->header.version, vectors_number(vectors, "version"));
        assert_int_equal(message->header.exchange, vectors_number(vectors, "exchange"));
        assert_int_equal(message->header.flags, vectors_number(vectors, "flags"));
        if (vectors_has(vectors, "payloads")) {
            payloads_list(message, payloads, sizeof payloads);
            assert_string_equal(payloads, vectors_text(vectors, "payloads"));
        } else {
            assert_true(message->header.flags & ISAKMP_FLAG_ENCRYPTION);
            assert_int_equal(message->chain.count, 0);
        }
        chain_comes_out_as_it_went_in(name, &message->header, &message->chain);
        count++;
    }
    assert_int_equal(count, 37);
    free(message);
    vectors_close(vectors);
}

static void what_is_no_version_1_message_is_refused(void **state)
{
    static const char *const files[] = {"messages/ikev2.txt", "messages/odd.txt"};
    struct message *message = malloc(sizeof *message);
    unsigned count = 0;

    (void)state;
    assert_non_null(message);
    for (size_t i = 0; i < COUNT(files); i++) {
        struct vectors *vectors = vectors_open(files[i]);

        for (; vectors_next(vectors); count++) {
            struct wire_error error = {0};
            enum status status = message_decode(vectors_hex(vectors, "bytes"), message, &error);

            if (status == STATUS_OK)
                fail_msg("%s was taken for a message", vectors_text(vectors, "case"));
            assert_int_equal(error.status, status);
            assert_non_null(error.reason);
        }
        vectors_close(vectors);
    }
    assert_int_equal(count, 105);
    free(message);
}

/* The message's own next payload begins the decrypted chain; what follows the chain is padding. */
static void handshake_message(struct vectors *vectors, unsigned number, struct message *message)
{
    char key[32];
    char plain[32];
    enum status status;

    (void)snprintf(key, sizeof key, "msg%u_from_%c", number, number % 2 ? 'i' : 'r');
    (void)snprintf(plain, sizeof plain, "plain%u", number);
    status = message_decode(vectors_hex(vectors, key), message, NULL);
    assert_int_equal(status, STATUS_OK);
    if (vectors_has(vectors, plain)) {
        assert_true(message->header.flags & ISAKMP_FLAG_ENCRYPTION);
        status = chain_decode(message->header.first_payload, vectors_hex(vectors, plain),
                              ISAKMP_HEADER_BYTES, CHAIN_TAIL_PADDING, &message->chain, NULL);
        assert_int_equal(status, STATUS_OK);
    }
    assert_true(message->chain.count > 0);
    chain_comes_out_as_it_went_in(key, &message->header, &message->chain);
}

static void every_message_of_the_open_handshakes_is_written_back(void **state)
{
    static const char *const files[] = {"handshakes/ikev1-main-psk.txt",
                                        "handshakes/ikev1-main-pke-cisco.txt"};
    struct message *message = malloc(sizeof *message);

    (void)state;
    assert_non_null(message);
    for (size_t i = 0; i < COUNT(files); i++) {
        struct vectors *vectors = vectors_open(files[i]);

        assert_true(vectors_next(vectors));
        for (unsigned number = 1; number <= 9; number++)
            handshake_message(vectors, number, message);
        vectors_close(vectors);
    }
    free(message);
}

/* V1-26: what HASH_I and HASH_R cover is the body of the SA as it came. */
static void v1_26_the_sa_body_is_the_octets_that_both_hashes_cover(void **state)
{
    struct vectors *vectors = vectors_open("handshakes/ikev1-main-psk.txt");
    struct message *message = malloc(sizeof *message);

    (void)state;
    assert_non_null(message);
    assert_true(vectors_next(vectors));
    handshake_message(vectors, 1, message);
    test_view_equal("SAi_b", chain_find(&message->chain, PAYLOAD_SA, 0)->body,
                    vectors_hex(vectors, "sai_b"));
    handshake_message(vectors, 5, message);
    test_view_equal("IDii_b", chain_find(&message->chain, PAYLOAD_ID, 0)->body,
                    vectors_hex(vectors, "idii_b"));
    test_view_equal("HASH_I", chain_find(&message->chain, PAYLOAD_HASH, 0)->body,
                    vectors_hex(vectors, "hash_i"));
    free(message);
    vectors_close(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_message_is_read_and_written_back_octet_for_octet),
        cmocka_unit_test(what_is_no_version_1_message_is_refused),
        cmocka_unit_test(every_message_of_the_open_handshakes_is_written_back),
        cmocka_unit_test(v1_26_the_sa_body_is_the_octets_that_both_hashes_cover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
