#include "crypto/cipher.h"

#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

static void expect_both_ways(struct crypto *crypto, const struct cipher_key *key, struct view iv,
                             const struct view plain_and_cipher[2], const char *name)
{
    uint8_t out[256];
    size_t bytes = plain_and_cipher[0].bytes;

    assert_true(bytes <= sizeof out);
    assert_int_equal(cipher_encrypt(crypto, key, iv, plain_and_cipher[0], out), STATUS_OK);
    test_view_equal(name, view_of(out, bytes), plain_and_cipher[1]);
    /* in place */
    assert_int_equal(cipher_decrypt(crypto, key, iv, view_of(out, bytes), out), STATUS_OK);
    test_view_equal(name, view_of(out, bytes), plain_and_cipher[0]);
}

static void aes_cbc_matches_rfc_3602(void **state)
{
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct vectors *vectors = vectors_open("esp/aes-cbc-rfc3602.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        const char *plain =
            vectors_has(vectors, "plaintext") ? "plaintext" : "plaintext_with_trailer";
        struct cipher_key key = {aes, vectors_hex(vectors, "key")};
        struct view texts[2] = {vectors_hex(vectors, plain), vectors_hex(vectors, "ciphertext")};
        expect_both_ways(*state, &key, vectors_hex(vectors, "iv"), texts,
                         vectors_text(vectors, "case"));
    }
    assert_int_equal(count, 6);
    vectors_close(vectors);
}

static void packets_of_real_hosts_decrypt(void **state)
{
    struct vectors *vectors = vectors_open("esp/real-esp-tcpdump.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        bool is_aes = strncmp(vectors_text(vectors, "alg"), "aes", 3) == 0;
        struct cipher_key key = {
            transform_by_name(TRANSFORM_ENCRYPTION, is_aes ? "aes-cbc" : "3des-cbc"),
            vectors_hex(vectors, "key")};
        struct view packet = vectors_hex(vectors, "esp_packet");
        struct view plain = vectors_hex(vectors, "plaintext_with_trailer");
        struct view cipher = view_of(packet.data + 8 + (is_aes ? 16 : 8), plain.bytes);
        uint8_t out[2048];

        assert_true(plain.bytes <= sizeof out);
        assert_int_equal(cipher_decrypt(*state, &key, vectors_hex(vectors, "iv"), cipher, out),
                         STATUS_OK);
        test_view_equal(vectors_text(vectors, "case"), view_of(out, plain.bytes), plain);
    }
    assert_int_equal(count, 16);
    vectors_close(vectors);
}

static void legacy_ciphers_match_their_authors(void **state)
{
    static const struct {
        const char *name, *key, *iv, *plain, *cipher;
    } cases[] = {
        /* FIPS 81 appendix C: "Now is the time for all " in CBC mode */
        {"des-cbc", "0123456789abcdef", "1234567890abcdef",
         "4e6f77206973207468652074696d6520666f7220616c6c20",
         "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
        /* Schneier's set: "7654321 Now is the time for " and padding, in CBC mode */
        {"blowfish-cbc", "0123456789abcdeff0e1d2c3b4a59687", "fedcba9876543210",
         "37363534333231204e6f77206973207468652074696d6520666f722000000000",
         "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes key_bytes = test_hex(cases[i].key);
        struct bytes iv = test_hex(cases[i].iv);
        struct bytes plain = test_hex(cases[i].plain);
        struct bytes cipher = test_hex(cases[i].cipher);
        struct cipher_key key = {transform_by_name(TRANSFORM_ENCRYPTION, cases[i].name),
                                 bytes_view(&key_bytes)};
        struct view texts[2] = {bytes_view(&plain), bytes_view(&cipher)};

        expect_both_ways(*state, &key, bytes_view(&iv), texts, cases[i].name);
        bytes_clear(&key_bytes);
        bytes_clear(&iv);
        bytes_clear(&plain);
        bytes_clear(&cipher);
    }
}

static void lengths_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *name, *transform;
        size_t key_bytes, iv_bytes, in_bytes;
        enum status status;
    } cases[] = {
        {"whole", "aes-cbc", 24, 16, 32, STATUS_OK},
        {"key of no size", "aes-cbc", 20, 16, 32, STATUS_LIMIT},
        {"empty key", "aes-cbc", 0, 16, 32, STATUS_LIMIT},
        {"short IV", "aes-cbc", 16, 8, 32, STATUS_LIMIT},
        {"half a block", "aes-cbc", 16, 16, 24, STATUS_LIMIT},
        {"nothing", "aes-cbc", 16, 16, 0, STATUS_LIMIT},
        {"two keys of three", "3des-cbc", 16, 8, 32, STATUS_LIMIT},
        {"no CBC mode", "aes-gcm", 16, 12, 32, STATUS_LIMIT},
        {"no cipher", "null", 0, 0, 32, STATUS_LIMIT},
        {"no encryption", "hmac-sha1", 20, 16, 32, STATUS_CRYPTO},
    };
    uint8_t octets[64] = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cipher_key key = {
            transform_by_name(TRANSFORM_ENCRYPTION, cases[i].transform),
            view_of(octets, cases[i].key_bytes),
        };
        uint8_t out[64];
        enum status status = cipher_encrypt(*state, &key, view_of(octets, cases[i].iv_bytes),
                                            view_of(octets, cases[i].in_bytes), out);
        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].name, status_name(status));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_cbc_matches_rfc_3602),
        cmocka_unit_test(packets_of_real_hosts_decrypt),
        cmocka_unit_test(legacy_ciphers_match_their_authors),
        cmocka_unit_test(lengths_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, crypto_setup_legacy, crypto_teardown);
}
