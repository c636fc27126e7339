#include "crypto/rsa.h"

#include <stdlib.h>

#include "crypto/rsa_unpad_private.h"
#include "seeded.h"
#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

/* Every length that a plaintext can have. */
#define ANY_BYTES UINT16_MAX

/* The first key of the vectors. */
static struct rsa_private *first_key(void)
{
    struct vectors *vectors = vectors_open("rsa/implicit-rejection.txt");
    struct rsa_private *key = NULL;

    assert_true(vectors_next(vectors));
    assert_int_equal(rsa_private_read(vectors_hex(vectors, "key"), &key), STATUS_OK);
    vectors_close(vectors);
    return key;
}

static void sec_56_bad_padding_decrypts_as_openssl_rejects_it(void **state)
{
    struct vectors *vectors = vectors_open("rsa/implicit-rejection.txt");
    struct rsa_private *key = NULL;
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        const char *name = vectors_text(vectors, "case");
        struct view wanted = {NULL, 0};
        uint8_t out[RSA_MOST_BYTES];
        uint16_t bytes = 0;

        if (vectors_has(vectors, "key")) {
            rsa_private_free(key);
            key = NULL;
            assert_int_equal(rsa_private_read(vectors_hex(vectors, "key"), &key), STATUS_OK);
        }
        struct rsa_block block = {vectors_hex(vectors, "ciphertext"), 0, ANY_BYTES};
        assert_int_equal(rsa_decrypt(*state, key, &block, out, &bytes), STATUS_OK);
        if (vectors_has(vectors, "plaintext"))
            wanted = vectors_hex(vectors, "plaintext");
        assert_int_equal(wanted.bytes, vectors_number(vectors, "bytes"));
        test_view_equal(name, view_of(out, bytes), wanted);
        for (size_t i = bytes; i < rsa_private_public(key)->modulus_bytes; i++)
            if (out[i] != 0)
                fail_msg("%s: octet %zu behind the plaintext is %02x", name, i, out[i]);
    }
    assert_int_equal(count, 80);
    rsa_private_free(key);
    vectors_close(vectors);
}

static void what_is_encrypted_decrypts(void **state)
{
    struct rsa_private *key = first_key();
    struct seeded seeded = {.state = 7};
    struct randomness randomness = seeded_randomness(&seeded);
    const struct rsa_public *public = rsa_private_public(key);
    size_t room_bytes = public->modulus_bytes - RSA_PADDING_LEAST_BYTES;
    uint8_t message[RSA_MOST_BYTES], cipher[RSA_MOST_BYTES], again[RSA_MOST_BYTES];
    uint8_t out[RSA_MOST_BYTES];
    uint16_t bytes = 0;

    memset(message, 0xa5, sizeof message);
    for (size_t length = 0; length <= room_bytes; length++) {
        struct view plain = view_of(message, length);
        struct rsa_block block = {view_of(cipher, public->modulus_bytes), 0, ANY_BYTES};
        assert_int_equal(rsa_encrypt(*state, public, &randomness, 9, plain, cipher), STATUS_OK);
        assert_int_equal(seeded.ike_sa, 9);
        assert_true(rsa_public_fits(public, block.ciphertext));
        assert_int_equal(rsa_decrypt(*state, key, &block, out, &bytes), STATUS_OK);
        test_view_equal("round trip", view_of(out, bytes), plain);
    }
    assert_int_equal(
        rsa_encrypt(*state, public, &randomness, 9, view_of(message, room_bytes + 1), cipher),
        STATUS_LIMIT);
    /* Never the same twice, always the same from one source. */
    assert_int_equal(rsa_encrypt(*state, public, &randomness, 9, view_of(message, 8), cipher),
                     STATUS_OK);
    assert_int_equal(rsa_encrypt(*state, public, &randomness, 9, view_of(message, 8), again),
                     STATUS_OK);
    assert_memory_not_equal(cipher, again, public->modulus_bytes);
    struct seeded first = {.state = 3}, second = {.state = 3};
    struct randomness one = seeded_randomness(&first), two = seeded_randomness(&second);
    assert_int_equal(rsa_encrypt(*state, public, &one, 9, view_of(message, 8), cipher), STATUS_OK);
    assert_int_equal(rsa_encrypt(*state, public, &two, 9, view_of(message, 8), again), STATUS_OK);
    assert_memory_equal(cipher, again, public->modulus_bytes);
    rsa_private_free(key);
}

static void zeros_fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    (void)arg;
    (void)ike_sa;
    memset(out, 0, bytes);
}

static void a_source_of_zeros_gives_no_padding(void **state)
{
    struct rsa_private *key = first_key();
    struct randomness randomness = {NULL, zeros_fill};
    uint8_t cipher[RSA_MOST_BYTES];

    assert_int_equal(
        rsa_encrypt(*state, rsa_private_public(key), &randomness, 0, view_of_text("abc"), cipher),
        STATUS_CRYPTO);
    rsa_private_free(key);
}

/* A plaintext outside of the bounds is bad padding, and so is what cannot be a ciphertext. */
static void sec_57_another_length_is_bad_padding(void **state)
{
    static const struct {
        const char *name;
        uint16_t plain_bytes, least_bytes, most_bytes;
        bool is_kept;
    } cases[] = {
        {"shortest", 8, 8, 256, true},      {"one less", 7, 8, 256, false},
        {"empty", 0, 8, 256, false},        {"all that fits", 117, 8, 256, true},
        {"longest", 40, 8, 40, true},       {"one more", 41, 8, 40, false},
        {"the only one", 16, 16, 16, true}, {"not the only one", 17, 16, 16, false},
    };
    struct rsa_private *key = first_key();
    struct seeded seeded = {.state = 11};
    struct randomness randomness = seeded_randomness(&seeded);
    const struct rsa_public *public = rsa_private_public(key);
    uint8_t message[RSA_MOST_BYTES], cipher[RSA_MOST_BYTES];
    uint8_t out[RSA_MOST_BYTES], again[RSA_MOST_BYTES];
    uint16_t bytes = 0, again_bytes = 0;

    memset(message, 0x77, sizeof message);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct view plain = view_of(message, cases[i].plain_bytes);
        struct rsa_block block = {view_of(cipher, public->modulus_bytes), cases[i].least_bytes,
                                  cases[i].most_bytes};
        assert_int_equal(rsa_encrypt(*state, public, &randomness, 9, plain, cipher), STATUS_OK);
        assert_int_equal(rsa_decrypt(*state, key, &block, out, &bytes), STATUS_OK);
        if (view_equal(view_of(out, bytes), plain) != cases[i].is_kept)
            fail_msg("%s: %u octets", cases[i].name, bytes);
        if (bytes < cases[i].least_bytes || bytes > cases[i].most_bytes)
            fail_msg("%s: a replacement of %u octets", cases[i].name, bytes);
        assert_int_equal(rsa_decrypt(*state, key, &block, again, &again_bytes), STATUS_OK);
        test_view_equal("a repeat", view_of(again, again_bytes), view_of(out, bytes));
    }
    struct rsa_block impossible = {view_of(cipher, public->modulus_bytes), 200, 256};
    assert_int_equal(rsa_decrypt(*state, key, &impossible, out, &bytes), STATUS_LIMIT);
    rsa_private_free(key);
}

static void sec_56_what_is_no_ciphertext_decrypts_too(void **state)
{
    struct rsa_private *key = first_key();
    const struct rsa_public *public = rsa_private_public(key);
    uint8_t cipher[RSA_MOST_BYTES + 1] = {0}, out[RSA_MOST_BYTES];
    size_t k = public->modulus_bytes;
    uint16_t bytes = 0;

    const struct view views[] = {
        {NULL, 0}, view_of(cipher, k - 1), view_of(cipher, k + 1), view_of(public->modulus, k)};
    for (size_t i = 0; i < COUNT(views); i++) {
        struct rsa_block block = {views[i], 8, 100};
        assert_false(rsa_public_fits(public, views[i]));
        assert_int_equal(rsa_decrypt(*state, key, &block, out, &bytes), STATUS_OK);
        assert_in_range(bytes, 8, 100);
    }
    assert_true(rsa_public_fits(public, view_of(cipher, k)));
    rsa_private_free(key);
}

static void decoys_follow_from_their_seed(void **state)
{
    struct rsa_public one, two, other;

    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    assert_int_equal(rsa_public_decoy(*state, view_of_text("east"), 256, &one), STATUS_OK);
    assert_int_equal(rsa_public_decoy(*state, view_of_text("east"), 256, &two), STATUS_OK);
    assert_int_equal(rsa_public_decoy(*state, view_of_text("west"), 256, &other), STATUS_OK);
    assert_memory_equal(one.modulus, two.modulus, 256);
    assert_memory_not_equal(one.modulus, other.modulus, 256);
    assert_true(one.modulus[0] & 0x80);
    assert_true(one.modulus[255] & 1);
    assert_int_equal(one.exponent, 65537);
    assert_int_equal(rsa_public_decoy(*state, view_of_text("x"), RSA_LEAST_BYTES - 1, &one),
                     STATUS_LIMIT);
    assert_int_equal(rsa_public_decoy(*state, view_of_text("x"), RSA_MOST_BYTES + 1, &one),
                     STATUS_LIMIT);
}

static void octets_that_are_no_key_are_refused(void **state)
{
    struct rsa_private *private = NULL;
    struct rsa_public public;

    assert_int_equal(rsa_private_read(view_of_text("no key"), &private), STATUS_MALFORMED);
    assert_int_equal(rsa_public_read(*state, view_of_text("no key"), &public), STATUS_MALFORMED);
    assert_int_equal(rsa_public_read(*state, view_of(NULL, 0), &public), STATUS_MALFORMED);
    assert_null(private);
}

/* Bounds of one octet to many: each candidate falls into the range, and all of it is reached. */
static void replacements_have_every_length_of_the_range(void **state)
{
    static const struct rsa_bounds ranges[] = {{8, 8}, {8, 9}, {8, 11}, {0, 116}, {5, 245}};
    struct seeded seeded = {.state = 5};
    uint8_t candidates[2 * RSA_LENGTH_CANDIDATES];

    (void)state;
    for (size_t r = 0; r < COUNT(ranges); r++) {
        uint32_t hits[256] = {0};
        uint32_t count = ranges[r].most_bytes - ranges[r].least_bytes + 1;
        for (size_t i = 0; i < (size_t)100 * count; i++) {
            seeded_fill(&seeded, 0, candidates, sizeof candidates);
            uint32_t bytes = rsa_replacement_bytes(candidates, &ranges[r]);
            assert_in_range(bytes, ranges[r].least_bytes, ranges[r].most_bytes);
            hits[bytes - ranges[r].least_bytes]++;
        }
        for (size_t i = 0; i < count; i++)
            assert_in_range(hits[i], 40, 180); /* of 100: six standard deviations */
    }
    memset(candidates, 0xff, sizeof candidates);
    assert_int_equal(rsa_replacement_bytes(candidates, &(struct rsa_bounds){8, 12}), 8);
}

/* Against a plain reading of RFC 8017 section 7.2.2: every separator in a block, each bound. */
static void unpadding_agrees_with_the_rfc(void **state)
{
    enum {
        BYTES = 40
    };
    const struct rsa_bounds bounds = {3, 20};
    uint8_t replacement[BYTES], block[BYTES];

    (void)state;
    for (size_t separator = 0; separator <= BYTES; separator++) {
        memset(replacement, 0xee, sizeof replacement);
        for (size_t i = 0; i < BYTES; i++)
            block[i] = (uint8_t)(i == 0 ? 0 : i == 1 ? 2 : i == separator ? 0 : 0x10 + i);
        if (separator < 2)
            block[separator] = 9; /* bad beginnings */
        size_t plain_bytes = BYTES - 1 - separator;
        bool is_good =
            separator >= 10 && separator < BYTES && plain_bytes >= 3 && plain_bytes <= 20;
        uint32_t bytes = rsa_unpad(block, BYTES, &bounds, replacement, 7);
        assert_int_equal(bytes, is_good ? plain_bytes : 7);
        for (size_t i = 0; i < BYTES; i++) {
            uint8_t wanted = is_good ? (uint8_t)(0x10 + separator + 1 + i) : 0xee;
            assert_int_equal(block[i], i < bytes ? wanted : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_56_bad_padding_decrypts_as_openssl_rejects_it),
        cmocka_unit_test(what_is_encrypted_decrypts),
        cmocka_unit_test(a_source_of_zeros_gives_no_padding),
        cmocka_unit_test(sec_57_another_length_is_bad_padding),
        cmocka_unit_test(sec_56_what_is_no_ciphertext_decrypts_too),
        cmocka_unit_test(decoys_follow_from_their_seed),
        cmocka_unit_test(octets_that_are_no_key_are_refused),
        cmocka_unit_test(replacements_have_every_length_of_the_range),
        cmocka_unit_test(unpadding_agrees_with_the_rfc),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
