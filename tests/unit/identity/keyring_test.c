#include "identity/keyring.h"

#include "crypto/crypto.h"
#include "support/test.h"
#include "support/vectors.h"

/* RFC 2202 section 3, test case 2: HMAC-SHA-1 with the key "Jefe". */
static void an_answer_is_the_prf_of_key_and_data(void **state)
{
    const struct transform *sha1 = transform_by_name(TRANSFORM_HASH, "sha1");
    struct keyring *keyring = keyring_new();
    struct bytes wanted = test_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    struct crypto *crypto = NULL;
    struct secret answer = {0};

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_int_equal(keyring_add(keyring, 3, view_of_text("other")), STATUS_OK);
    assert_int_equal(keyring_add(keyring, 7, view_of_text("Jefe")), STATUS_OK);
    assert_int_equal(keyring_answer(keyring, crypto, 7, sha1,
                                    view_of_text("what do ya want for nothing?"), &answer),
                     STATUS_OK);
    test_view_equal("SKEYID", secret_view(&answer), bytes_view(&wanted));
    secret_clear(&answer);
    assert_int_equal(keyring_answer(keyring, crypto, 4, sha1, view_of_text("x"), &answer),
                     STATUS_ABSENT);
    assert_int_equal(answer.used_bytes, 0);
    bytes_clear(&wanted);
    keyring_free(keyring);
    crypto_free(crypto);
}

static void handles_ascend_and_keys_have_1_to_1024_octets(void **state)
{
    static const uint8_t octets[PRESHARED_KEY_MOST_BYTES + 1];
    struct keyring *keyring = keyring_new();

    (void)state;
    assert_int_equal(keyring_add(keyring, 0, view_of_text("a")), STATUS_LIMIT);
    assert_int_equal(keyring_add(keyring, 5, view_of(octets, 0)), STATUS_LIMIT);
    assert_int_equal(keyring_add(keyring, 5, view_of(octets, sizeof octets)), STATUS_LIMIT);
    assert_int_equal(keyring_add(keyring, 5, view_of(octets, sizeof octets - 1)), STATUS_OK);
    assert_int_equal(keyring_add(keyring, 5, view_of_text("a")), STATUS_EXISTS);
    assert_int_equal(keyring_add(keyring, 4, view_of_text("a")), STATUS_EXISTS);
    for (uint32_t handle = 6; handle < 100; handle++)
        assert_int_equal(keyring_add(keyring, handle, view_of(octets, handle)), STATUS_OK);
    for (uint32_t handle = 6; handle < 100; handle++)
        assert_int_equal(keyring_key_view(keyring, handle).bytes, handle);
    assert_int_equal(keyring_key_view(keyring, 100).bytes, 0);
    assert_int_equal(keyring_count(keyring), 95);
    keyring_free(keyring);
    keyring_free(NULL);
}

static void private_keys_have_handles_of_their_own(void **state)
{
    struct keyring *keyring = keyring_new();
    struct bytes pkcs8 = test_file("pki/east-p256.key"), signature = {0};
    struct view hash = view_of_text("12345678901234567890123456789012");
    struct private_key *key = NULL;

    (void)state;
    assert_int_equal(private_key_read(bytes_view(&pkcs8), PRIVATE_KEY_SIGNS, &key), STATUS_OK);
    assert_int_equal(keyring_add(keyring, 9, view_of_text("Jefe")), STATUS_OK);
    assert_int_equal(keyring_add_private_take(keyring, 0, key), STATUS_LIMIT);
    assert_int_equal(keyring_add_private_take(keyring, 5, key), STATUS_OK);
    assert_int_equal(keyring_add_private_take(keyring, 5, key), STATUS_EXISTS);
    assert_int_equal(keyring_sign(keyring, 9, METHOD_ECDSA_256, hash, &signature), STATUS_ABSENT);
    assert_int_equal(keyring_sign(keyring, 5, METHOD_ECDSA_256, hash, &signature), STATUS_OK);
    assert_int_equal(signature.bytes, 64);
    assert_int_equal(keyring_private_count(keyring), 1);
    assert_int_equal(keyring_count(keyring), 1);
    bytes_clear(&signature);
    bytes_wipe(&pkcs8);
    keyring_free(keyring);
}

static void sec_58_a_key_that_decrypts_never_signs(void **state)
{
    struct vectors *vectors = vectors_open("rsa/implicit-rejection.txt");
    struct keyring *keyring = keyring_new();
    struct private_key *decrypts = NULL, *signs = NULL;
    struct crypto *crypto = NULL;
    struct bytes out = {0};

    (void)state;
    assert_int_equal(crypto_new(&crypto), STATUS_OK);
    assert_true(vectors_next(vectors));
    struct view pkcs8 = vectors_hex(vectors, "key"), plain = vectors_hex(vectors, "plaintext");
    struct view ciphertext = vectors_hex(vectors, "ciphertext");
    const struct rsa_block blocks[] = {
        {ciphertext, 8, 256}, {{NULL, 0}, 0, 0}, {ciphertext, 40, 50}};
    assert_int_equal(private_key_read(pkcs8, PRIVATE_KEY_DECRYPTS, &decrypts), STATUS_OK);
    assert_int_equal(private_key_read(pkcs8, PRIVATE_KEY_SIGNS, &signs), STATUS_OK);
    assert_int_equal(keyring_add_private_take(keyring, 1, decrypts), STATUS_OK);
    assert_int_equal(keyring_add_private_take(keyring, 2, signs), STATUS_OK);

    assert_int_equal(keyring_sign(keyring, 1, METHOD_RSA_SIG, view_of(pkcs8.data, 20), &out),
                     STATUS_REFUSED);
    assert_int_equal(keyring_decrypt(keyring, crypto, 2, blocks, COUNT(blocks), &out),
                     STATUS_REFUSED);
    assert_int_equal(keyring_decrypt(keyring, crypto, 3, blocks, COUNT(blocks), &out),
                     STATUS_ABSENT);
    assert_null(out.data_own);

    assert_int_equal(keyring_decrypt(keyring, crypto, 1, blocks, COUNT(blocks), &out), STATUS_OK);
    assert_int_equal(out.bytes, 2 * (2 + ciphertext.bytes));
    assert_int_equal(out.data_own[0] << 8 | out.data_own[1], plain.bytes);
    test_view_equal("plaintext", view_of(out.data_own + 2, plain.bytes), plain);
    const uint8_t *second = out.data_own + 2 + ciphertext.bytes; /* 32 octets are too few there */
    assert_in_range(second[0] << 8 | second[1], 40, 50);
    bytes_wipe(&out);
    vectors_close(vectors);
    keyring_free(keyring);
    crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_the_prf_of_key_and_data),
        cmocka_unit_test(handles_ascend_and_keys_have_1_to_1024_octets),
        cmocka_unit_test(private_keys_have_handles_of_their_own),
        cmocka_unit_test(sec_58_a_key_that_decrypts_never_signs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
