#include "crypto/hash.h"

#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

static void hmac_matches_the_rfcs(void **state)
{
    static const char *const cuts[] = {"mac_96", "mac_128", "mac_192", "mac_256"};
    struct vectors *vectors = vectors_open("hmac/hmac.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        const char *name = vectors_text(vectors, "case");
        const struct transform *row =
            transform_by_name(TRANSFORM_INTEGRITY, vectors_text(vectors, "alg"));
        struct prf_key key = {row, vectors_hex(vectors, "key")};
        struct view data = {NULL, 0};
        struct secret mac = {0};

        if (!row)
            fail_msg("%s: no row", name);
        if (vectors_has(vectors, "data"))
            data = vectors_hex(vectors, "data");
        assert_int_equal(prf_compute(*state, &key, &data, 1, &mac), STATUS_OK);
        if (vectors_has(vectors, "mac"))
            test_view_equal(name, secret_view(&mac), vectors_hex(vectors, "mac"));
        for (size_t i = 0; i < COUNT(cuts); i++) {
            if (!vectors_has(vectors, cuts[i]))
                continue;
            struct view wanted = vectors_hex(vectors, cuts[i]);
            test_view_equal(name, view_of(mac.bytes, wanted.bytes), wanted);
        }
    }
    assert_int_equal(count, 60);
    vectors_close(vectors);
}

static void hashes_of_abc_match_fips_180(void **state)
{
    static const struct {
        const char *name, *hex;
    } cases[] = {
        {"md5", "900150983cd24fb0d6963f7d28e17f72"},
        {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                   "8086072ba1e7cc2358baeca134c825a7"},
        {"sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    /* The same octets, cut in every way: parts are one string. */
    struct view parts[] = {view_of("a", 1), {NULL, 0}, view_of("bc", 2)};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct transform *row = transform_by_name(TRANSFORM_HASH, cases[i].name);
        struct bytes wanted = test_hex(cases[i].hex);
        struct secret got = {0};

        assert_int_equal(hash_compute(*state, row, parts, COUNT(parts), &got), STATUS_OK);
        test_view_equal(cases[i].name, secret_view(&got), bytes_view(&wanted));
        bytes_clear(&wanted);
    }
}

static void parts_and_key_may_lie_in_the_output(void **state)
{
    const struct transform *sha256 = transform_by_name(TRANSFORM_HASH, "sha256");
    struct secret key = {0};
    struct secret chain = {0};
    struct secret apart = {0};

    assert_int_equal(secret_set(&key, view_of("key", 3)), STATUS_OK);
    assert_int_equal(secret_set(&chain, view_of("data", 4)), STATUS_OK);
    struct view data = view_of("data", 4);
    struct prf_key prf = {sha256, secret_view(&key)};
    assert_int_equal(prf_compute(*state, &prf, &data, 1, &apart), STATUS_OK);
    struct view own = secret_view(&chain);
    assert_int_equal(prf_compute(*state, &prf, &own, 1, &chain), STATUS_OK);
    test_view_equal("data in out", secret_view(&chain), secret_view(&apart));
    assert_int_equal(prf_compute(*state, &prf, &data, 1, &key), STATUS_OK);
    test_view_equal("key in out", secret_view(&key), secret_view(&apart));
}

static void an_empty_key_is_not_the_key_of_the_call_before(void **state)
{
    const struct transform *sha256 = transform_by_name(TRANSFORM_HASH, "sha256");
    struct bytes wanted =
        test_hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    struct prf_key before = {sha256, view_of("the key before", 14)};
    struct prf_key empty = {sha256, {NULL, 0}};
    struct secret got = {0};

    assert_int_equal(prf_compute(*state, &before, NULL, 0, &got), STATUS_OK);
    assert_int_equal(prf_compute(*state, &empty, NULL, 0, &got), STATUS_OK);
    test_view_equal("HMAC-SHA-256 of nothing", secret_view(&got), bytes_view(&wanted));
    bytes_clear(&wanted);
}

static void rows_without_a_hash_are_refused(void **state)
{
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct prf_key key = {aes, view_of("k", 1)};
    struct secret got = {.used_bytes = 3, .bytes = "old"};

    assert_int_equal(hash_compute(*state, aes, NULL, 0, &got), STATUS_CRYPTO);
    assert_int_equal(hash_compute(*state, NULL, NULL, 0, &got), STATUS_CRYPTO);
    assert_int_equal(prf_compute(*state, &key, NULL, 0, &got), STATUS_CRYPTO);
    test_view_equal("untouched", secret_view(&got), view_of("old", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_matches_the_rfcs),
        cmocka_unit_test(hashes_of_abc_match_fips_180),
        cmocka_unit_test(parts_and_key_may_lie_in_the_output),
        cmocka_unit_test(an_empty_key_is_not_the_key_of_the_call_before),
        cmocka_unit_test(rows_without_a_hash_are_refused),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
