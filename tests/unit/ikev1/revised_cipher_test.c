#include "ikev1/revised_cipher.h"

#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

static void begin(struct crypto *crypto, struct vectors *vectors, struct revised_cipher *out)
{
    const struct transform *hash = transform_by_name(TRANSFORM_HASH, vectors_text(vectors, "hash"));
    const struct transform *cipher =
        transform_by_name(TRANSFORM_ENCRYPTION, vectors_text(vectors, "cipher"));

    assert_non_null(hash);
    assert_non_null(cipher);
    const struct prf_key nonce = {hash, vectors_hex(vectors, "nonce")};
    assert_int_equal(revised_cipher_begin(crypto, &nonce, vectors_hex(vectors, "cookie"), cipher,
                                          (unsigned)vectors_number(vectors, "bits"), out),
                     STATUS_OK);
}

static void v1_48_keys_and_bodies_match_the_rfc(void **state)
{
    static const char *const bodies[] = {"body1", "body2"};
    static const char *const sealed[] = {"sealed1", "sealed2"};
    struct vectors *vectors = vectors_open("kdf/revised-encryption.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        const char *name = vectors_text(vectors, "case");
        struct revised_cipher sender, receiver;
        uint8_t out[512], back[512];

        begin(*state, vectors, &sender);
        begin(*state, vectors, &receiver);
        test_view_equal(name, secret_view(&sender.key), vectors_hex(vectors, "ke"));
        for (size_t i = 0; i < COUNT(bodies); i++) {
            struct view body = vectors_hex(vectors, bodies[i]);
            struct view wanted = vectors_hex(vectors, sealed[i]);
            size_t bytes = revised_cipher_bytes(sender.transform, body.bytes), back_bytes = 0;
            assert_int_equal(revised_cipher_seal(*state, &sender, body, out), STATUS_OK);
            test_view_equal(name, view_of(out, bytes), wanted);
            assert_int_equal(
                revised_cipher_open(*state, &receiver, view_of(out, bytes), back, &back_bytes),
                STATUS_OK);
            test_view_equal(name, view_of(back, back_bytes), body);
        }
        revised_cipher_clear(&sender);
        revised_cipher_clear(&receiver);
    }
    assert_int_equal(count, 15);
    vectors_close(vectors);
}

/* What the padding may be, against every end of a block: zeros and their count, below a block. */
static void sec_57_padding_is_zeros_and_their_count(void **state)
{
    struct vectors *vectors = vectors_open("kdf/revised-encryption.txt");
    uint8_t body[31], sealed[32], out[32];
    size_t bytes = 0;

    struct revised_cipher start;
    assert_true(vectors_next(vectors));
    begin(*state, vectors, &start);
    for (unsigned zeros = 0; zeros < 16; zeros++) {
        for (unsigned count = 0; count < 256; count++) {
            struct revised_cipher sender = start, receiver = start;

            /* a body that ends as a padding does; a block of padding follows */
            memset(body, 0x11, sizeof body);
            memset(body + 15 - zeros, 0, zeros);
            body[15] = (uint8_t)count;
            assert_int_equal(revised_cipher_seal(*state, &sender, view_of(body, 16), sealed),
                             STATUS_OK);
            bool is_sound = count <= zeros;
            enum status status =
                revised_cipher_open(*state, &receiver, view_of(sealed, 16), out, &bytes);
            assert_int_equal(status, is_sound ? STATUS_OK : STATUS_MALFORMED);
            assert_int_equal(bytes, is_sound ? 15 - count : 16);
            /* the chain goes on as if nothing had been */
            assert_int_equal(
                revised_cipher_open(*state, &receiver, view_of(sealed + 16, 16), out, &bytes),
                STATUS_OK);
            assert_int_equal(bytes, 0);
            revised_cipher_clear(&sender);
            revised_cipher_clear(&receiver);
        }
    }
    assert_int_equal(revised_cipher_open(*state, &start, view_of(sealed, 0), out, &bytes),
                     STATUS_LIMIT);
    assert_int_equal(revised_cipher_open(*state, &start, view_of(sealed, 17), out, &bytes),
                     STATUS_LIMIT);
    revised_cipher_clear(&start);
    vectors_close(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_48_keys_and_bodies_match_the_rfc),
        cmocka_unit_test(sec_57_padding_is_zeros_and_their_count),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
