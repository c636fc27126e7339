#include "ikev1/key_schedule.h"

#include "ikev1/key_schedule_private.h"
#include "key_schedule_case.h"
#include "registry/protocol_number.h"
#include "support/test.h"

static void skeyids_of_signatures_match_nist(void **state)
{
    struct vectors *vectors = vectors_open("kdf/ikev1-sig-cavs.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct phase1_values values = case_values(vectors);
        struct phase1_keys keys = {0};
        struct secret skeyid = {0};

        assert_non_null(values.hash);
        assert_int_equal(skeyid_signature(*state, &values, &skeyid), STATUS_OK);
        case_expect(vectors, "skeyid", &skeyid);
        case_expect_keys(*state, vectors, &values, &keys);
        phase1_keys_clear(&keys);
    }
    assert_int_equal(count, 170);
    vectors_close(vectors);
}

static void skeyids_of_preshared_keys_match_nist(void **state)
{
    struct vectors *vectors = vectors_open("kdf/ikev1-psk-cavs.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct phase1_values values = case_values(vectors);
        struct phase1_keys keys = {0};
        struct secret skeyid = {0};

        assert_int_equal(skeyid_preshared(*state, &values, vectors_hex(vectors, "psk"), &skeyid),
                         STATUS_OK);
        case_expect(vectors, "skeyid", &skeyid);
        case_expect_keys(*state, vectors, &values, &keys);
        phase1_keys_clear(&keys);
    }
    assert_int_equal(count, 170);
    vectors_close(vectors);
}

static void skeyids_of_encryption_match_nist(void **state)
{
    struct vectors *vectors = vectors_open("kdf/ikev1-pke-acvp.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct phase1_values values = case_values(vectors);
        struct secret skeyid = {0};

        assert_int_equal(skeyid_encryption(*state, &values, &skeyid), STATUS_OK);
        case_expect(vectors, "skeyid", &skeyid);
    }
    assert_int_equal(count, 9);
    vectors_close(vectors);
}

/* Ka of a length; a row of our own, as the registry has no cipher with a key of 15 octets. */
static void nss_cipher_key(struct crypto *crypto, const struct prf_key *key, size_t bytes,
                           struct secret *out)
{
    struct transform cipher = {.fixed_key_bytes = (uint16_t)bytes};
    assert_int_equal(phase1_cipher_key(crypto, key, &cipher, 0, out), STATUS_OK);
}

/* KEYMAT over a seed that is shorter than any SPI. */
static void nss_keymat(struct crypto *crypto, const struct prf_key *key, struct view seed,
                       size_t bytes, struct secret *out)
{
    struct view parts[] = {{NULL, 0}, seed};
    out->used_bytes = (uint16_t)bytes;
    assert_int_equal(prf_chain(crypto, key, parts, COUNT(parts), out), STATUS_OK);
}

static void key_expansion_and_keymat_match_nss(void **state)
{
    struct vectors *vectors = vectors_open("kdf/prf-steps-nss.txt");
    size_t count = 0;

    while (vectors_next(vectors)) {
        const char *op = vectors_text(vectors, "op");
        struct prf_key key = {case_hash(vectors_text(vectors, "prf")), case_hex(vectors, "secret")};
        struct secret got = {0};

        if (!key.hash || !vectors_has(vectors, "length"))
            continue; /* AES-XCBC is no prf of IKEv1; steps without length are in the other tests */
        size_t bytes = vectors_number(vectors, "length");
        bytes = bytes < SECRET_MAX_BYTES ? bytes : SECRET_MAX_BYTES;
        if (strncmp(op, "RFC 2409 appendix B", 19) == 0)
            nss_cipher_key(*state, &key, bytes, &got);
        else if (strncmp(op, "quick mode", 10) == 0)
            nss_keymat(*state, &key, vectors_hex(vectors, "seed"), bytes, &got);
        else
            continue; /* prf+ of IKEv2 */
        struct view wanted = vectors_hex(vectors, "okm");
        test_view_equal(vectors_text(vectors, "case"), secret_view(&got),
                        view_of(wanted.data, bytes));
        secret_clear(&got);
        count++;
    }
    assert_int_equal(count, 12);
    vectors_close(vectors);
}

static void keymat_with_pfs_begins_each_block_with_g_xy(void **state)
{
    const struct transform *sha1 = transform_by_name(TRANSFORM_HASH, "sha1");
    struct bytes skeyid_d = test_hex("b24528d5c7857890c540b0bb67d472fcadb26133");
    struct bytes shared = test_hex("0001020304050607");
    struct bytes tail = test_hex("03 0badcafe aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb");
    struct keymat_values values = {
        .skeyid_d = {sha1, bytes_view(&skeyid_d)},
        .shared = bytes_view(&shared),
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = 0x0badcafe,
        .initiator_nonce = view_of(tail.data_own + 5, 8),
        .responder_nonce = view_of(tail.data_own + 13, 8),
    };
    struct view parts[] = {bytes_view(&shared), bytes_view(&tail)};
    struct secret first = {0};
    struct secret second = {0};
    struct secret keymat = {0};

    assert_int_equal(prf_compute(*state, &values.skeyid_d, parts, 2, &first), STATUS_OK);
    struct view next[] = {secret_view(&first), bytes_view(&shared), bytes_view(&tail)};
    assert_int_equal(prf_compute(*state, &values.skeyid_d, next, 3, &second), STATUS_OK);
    assert_int_equal(keymat_derive(*state, &values, 36, &keymat), STATUS_OK);
    test_view_equal("K1", view_of(keymat.bytes, 20), secret_view(&first));
    test_view_equal("K2", view_of(keymat.bytes + 20, 16), view_of(second.bytes, 16));
    secret_clear(&keymat);
    bytes_clear(&skeyid_d);
    bytes_clear(&shared);
    bytes_clear(&tail);
}

static void keymat_of_wrong_length_is_refused(void **state)
{
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    const struct transform *gcm = transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm");
    const struct transform *null = transform_by_name(TRANSFORM_ENCRYPTION, "null");
    const struct transform *sha512 = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha512");
    struct keymat_values values = {
        .skeyid_d = {transform_by_name(TRANSFORM_HASH, "sha1"),
                     view_of("12345678901234567890", 20)},
    };
    struct secret keymat = {.used_bytes = 36};
    struct keymat_keys split;

    assert_int_equal(keymat_derive(*state, &values, 0, &keymat), STATUS_LIMIT);
    assert_int_equal(keymat_derive(*state, &values, SECRET_MAX_BYTES + 1, &keymat), STATUS_LIMIT);
    assert_int_equal(keymat_bytes(aes, 129, sha512), 0);
    assert_int_equal(keymat_bytes(aes, 256, sha512), 96);
    assert_int_equal(keymat_bytes(gcm, 128, NULL), 20); /* salt inside */
    assert_int_equal(keymat_bytes(null, 0, sha512), 64);
    assert_int_equal(keymat_split(&keymat, aes, 256, sha512, &split), STATUS_LIMIT);
    assert_int_equal(keymat_split(&keymat, aes, 1, sha512, &split), STATUS_LIMIT);
    keymat.used_bytes = 64;
    assert_int_equal(keymat_split(&keymat, null, 0, sha512, &split), STATUS_OK);
    assert_int_equal(split.encryption.bytes, 0);
    assert_int_equal(split.integrity.bytes, 64);
}

static void triple_des_key_comes_of_the_expansion(void **state)
{
    /* SKEYID_e of 20 octets, 24 wanted: K1 = prf(SKEYID_e, 0) begins it, not SKEYID_e. */
    struct bytes skeyid_e = test_hex("63e81194946ebd05df7df5ebf5d8750056bf1f1d");
    struct bytes wanted = test_hex("933347a07de5782247dd36d1562ffe0eecade1eb41341652");
    struct prf_key key = {transform_by_name(TRANSFORM_HASH, "sha1"), bytes_view(&skeyid_e)};
    const struct transform *cipher = transform_by_name(TRANSFORM_ENCRYPTION, "3des-cbc");
    struct secret got = {0};

    assert_int_equal(phase1_cipher_key(*state, &key, cipher, 0, &got), STATUS_OK);
    test_view_equal("Ka", secret_view(&got), bytes_view(&wanted));
    cipher = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    assert_int_equal(phase1_cipher_key(*state, &key, cipher, 256, &got), STATUS_OK);
    assert_int_equal(got.used_bytes, 32);
    test_view_equal("Ka", view_of(got.bytes, 24), bytes_view(&wanted));
    assert_int_equal(phase1_cipher_key(*state, &key, cipher, 160, &got), STATUS_LIMIT);
    secret_clear(&got);
    bytes_clear(&skeyid_e);
    bytes_clear(&wanted);
}

static void weak_des_keys_end_the_negotiation(void **state)
{
    static const struct {
        const char *name, *hex;
        enum status status;
    } cases[] = {
        {"weak", "0101010101010101", STATUS_REFUSED},
        {"weak, parity aside", "0000000000000000", STATUS_REFUSED},
        {"weak", "1f1f1f1f0e0e0e0e", STATUS_REFUSED},
        {"weak", "e0e0e0e0f1f1f1f1", STATUS_REFUSED},
        {"semi-weak", "e0fee0fef1fef1fe", STATUS_REFUSED},
        {"semi-weak", "fe1ffe1ffe0efe0e", STATUS_REFUSED},
        {"one bit away", "0101010101010103", STATUS_OK},
        {"ordinary", "0123456789abcdef", STATUS_OK},
    };
    const struct transform *des = transform_by_name(TRANSFORM_ENCRYPTION, "des-cbc");

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes skeyid_e = test_hex(cases[i].hex);
        struct prf_key key = {transform_by_name(TRANSFORM_HASH, "md5"), bytes_view(&skeyid_e)};
        struct secret got = {0};
        enum status status = phase1_cipher_key(*state, &key, des, 0, &got);

        if (status != cases[i].status || (status != STATUS_OK && got.used_bytes != 0))
            fail_msg("%s %s: %s", cases[i].name, cases[i].hex, status_name(status));
        bytes_clear(&skeyid_e);
    }
}

static void iv_and_nonces_have_bounds(void **state)
{
    uint8_t octets[300] = {0};
    struct phase1_values values = {
        .hash = transform_by_name(TRANSFORM_HASH, "md5"),
        .initiator_nonce = view_of(octets, 300),
        .responder_nonce = view_of(octets, 300),
        .shared = view_of(octets, 8),
    };
    struct secret got = {0};

    assert_int_equal(skeyid_signature(*state, &values, &got), STATUS_LIMIT);
    assert_int_equal(skeyid_encryption_cisco(*state, &values, &got), STATUS_LIMIT);
    assert_int_equal(phase1_iv(*state, &values, 17, &got), STATUS_LIMIT);
    assert_int_equal(got.used_bytes, 0);
    assert_int_equal(phase1_iv(*state, &values, 16, &got), STATUS_OK);
    assert_int_equal(got.used_bytes, 16);
}

static void missing_hash_is_an_error_not_a_key(void **state)
{
    struct phase1_values values = {.hash = NULL};
    struct phase1_keys keys = {0};

    assert_int_equal(phase1_keys_derive(*state, &values, view_of("x", 1), &keys), STATUS_CRYPTO);
    assert_int_equal(keys.skeyid_d.used_bytes, 0);
    assert_int_equal(keys.skeyid_e.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skeyids_of_signatures_match_nist),
        cmocka_unit_test(skeyids_of_preshared_keys_match_nist),
        cmocka_unit_test(skeyids_of_encryption_match_nist),
        cmocka_unit_test(key_expansion_and_keymat_match_nss),
        cmocka_unit_test(keymat_with_pfs_begins_each_block_with_g_xy),
        cmocka_unit_test(keymat_of_wrong_length_is_refused),
        cmocka_unit_test(triple_des_key_comes_of_the_expansion),
        cmocka_unit_test(weak_des_keys_end_the_negotiation),
        cmocka_unit_test(iv_and_nonces_have_bounds),
        cmocka_unit_test(missing_hash_is_an_error_not_a_key),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
