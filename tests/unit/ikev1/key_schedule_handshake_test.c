#include "key_schedule_case.h"
#include "registry/protocol_number.h"
#include "support/test.h"

/* KE body of message 3 or 4 in the recorded handshakes: header 28, KE first. */
static struct view ke_of(struct view message)
{
    assert_true(message.bytes > 32);
    size_t payload_bytes = (size_t)message.data[30] << 8 | message.data[31];
    assert_true(payload_bytes > 4 && payload_bytes <= message.bytes - 28);
    return view_of(message.data + 32, payload_bytes - 4);
}

/* Every value of a recorded Phase 1 but SKEYID. */
static void expect_phase1(struct crypto *crypto, struct vectors *vectors,
                          struct phase1_values *values, struct phase1_keys *keys)
{
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct view skeyid = vectors_hex(vectors, "skeyid");
    struct secret got = {0};

    case_expect_keys(crypto, vectors, values, keys);
    if (vectors_has(vectors, "ka")) {
        struct prf_key skeyid_e = {values->hash, secret_view(&keys->skeyid_e)};
        assert_int_equal(phase1_cipher_key(crypto, &skeyid_e, aes, 128, &got), STATUS_OK);
        case_expect(vectors, "ka", &got);
        assert_int_equal(phase1_iv(crypto, values, 16, &got), STATUS_OK);
        case_expect(vectors, "iv_phase1", &got);
    }
    if (vectors_has(vectors, "idii_b")) {
        assert_int_equal(
            phase1_hash_i(crypto, values, skeyid, vectors_hex(vectors, "idii_b"), &got), STATUS_OK);
        case_expect(vectors, "hash_i", &got);
    }
    assert_int_equal(phase1_hash_r(crypto, values, skeyid, vectors_hex(vectors, "idir_b"), &got),
                     STATUS_OK);
    case_expect(vectors, "hash_r", &got);
}

static void expect_keymat(struct crypto *crypto, struct vectors *vectors,
                          const struct phase1_keys *keys, const char *const spi_and_keymat[2])
{
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    const struct transform *sha1 = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1");
    struct view spi = vectors_hex(vectors, spi_and_keymat[0]);
    struct keymat_values values = {
        .skeyid_d = {transform_by_name(TRANSFORM_HASH, "sha1"), secret_view(&keys->skeyid_d)},
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = (uint32_t)spi.data[0] << 24 | (uint32_t)spi.data[1] << 16 |
               (uint32_t)spi.data[2] << 8 | spi.data[3],
        .initiator_nonce = vectors_hex(vectors, "quick_ni"),
        .responder_nonce = vectors_hex(vectors, "quick_nr"),
    };
    struct secret keymat = {0};
    struct keymat_keys split;

    assert_int_equal(keymat_bytes(aes, 128, sha1), 36);
    assert_int_equal(keymat_derive(crypto, &values, 36, &keymat), STATUS_OK);
    assert_int_equal(keymat_split(&keymat, aes, 128, sha1, &split), STATUS_OK);
    assert_int_equal(split.encryption.bytes, 16);
    assert_ptr_equal(split.integrity.data, split.encryption.data + 16);
    case_expect(vectors, spi_and_keymat[1], &keymat);
}

/* HASH(1) to HASH(3) and both KEYMATs of a recorded Quick Mode. */
static void expect_quick_mode(struct crypto *crypto, struct vectors *vectors,
                              const struct phase1_values *values, const struct phase1_keys *keys)
{
    static const char *const keymats[][2] = {
        {"spi_chosen_by_i", "keymat_for_spi_of_i"},
        {"spi_chosen_by_r", "keymat_for_spi_of_r"},
    };
    struct view id = vectors_hex(vectors, "message_id_quick");
    struct view message6 = vectors_hex(vectors, "msg6_from_r");
    struct exchange_values quick = {
        .skeyid_a = {values->hash, secret_view(&keys->skeyid_a)},
        .message_id = (uint32_t)id.data[0] << 24 | (uint32_t)id.data[1] << 16 |
                      (uint32_t)id.data[2] << 8 | id.data[3],
        .initiator_nonce = vectors_hex(vectors, "quick_ni"),
        .responder_nonce = vectors_hex(vectors, "quick_nr"),
    };
    struct secret got = {0};

    assert_int_equal(exchange_iv(crypto, values->hash,
                                 view_of(message6.data + message6.bytes - 16, 16), quick.message_id,
                                 &got),
                     STATUS_OK);
    case_expect(vectors, "iv_quick", &got);
    assert_int_equal(exchange_hash_3(crypto, &quick, &got), STATUS_OK);
    case_expect(vectors, "hash3", &got);
    for (size_t i = 0; i < COUNT(keymats); i++)
        expect_keymat(crypto, vectors, keys, keymats[i]);
}

/* The octets after the HASH payload up to the end of the chain: what HASH(1) and (2) cover. */
static struct view rest_of(struct view plain)
{
    size_t hash_bytes = (size_t)plain.data[2] << 8 | plain.data[3];
    size_t offset = hash_bytes;

    for (uint8_t next = plain.data[0]; next != 0;) {
        assert_true(offset + 4 <= plain.bytes);
        next = plain.data[offset];
        offset += (size_t)plain.data[offset + 2] << 8 | plain.data[offset + 3];
    }
    assert_true(offset <= plain.bytes);
    return view_of(plain.data + hash_bytes, offset - hash_bytes);
}

static void expect_quick_hashes(struct crypto *crypto, struct vectors *vectors,
                                const struct phase1_values *values, const struct phase1_keys *keys)
{
    struct view id = vectors_hex(vectors, "message_id_quick");
    struct exchange_values quick = {
        .skeyid_a = {values->hash, secret_view(&keys->skeyid_a)},
        .message_id = (uint32_t)id.data[0] << 24 | (uint32_t)id.data[1] << 16 |
                      (uint32_t)id.data[2] << 8 | id.data[3],
        .initiator_nonce = vectors_hex(vectors, "quick_ni"),
    };
    struct secret got = {0};

    assert_int_equal(exchange_hash_1(crypto, &quick, rest_of(vectors_hex(vectors, "plain7")), &got),
                     STATUS_OK);
    case_expect(vectors, "hash1", &got);
    assert_int_equal(exchange_hash_2(crypto, &quick, rest_of(vectors_hex(vectors, "plain8")), &got),
                     STATUS_OK);
    case_expect(vectors, "hash2", &got);
}

static void recorded_handshake(struct crypto *crypto, const char *file)
{
    struct vectors *vectors = vectors_open(file);
    struct phase1_keys keys = {0};

    assert_true(vectors_next(vectors));
    struct phase1_values values = case_values(vectors);
    values.initiator_public = ke_of(vectors_hex(vectors, "msg3_from_i"));
    values.responder_public = ke_of(vectors_hex(vectors, "msg4_from_r"));
    expect_phase1(crypto, vectors, &values, &keys);
    expect_quick_mode(crypto, vectors, &values, &keys);
    expect_quick_hashes(crypto, vectors, &values, &keys);
    phase1_keys_clear(&keys);
    vectors_close(vectors);
}

static void preshared_handshake_gives_every_recorded_value(void **state)
{
    recorded_handshake(*state, "handshakes/ikev1-main-psk.txt");
}

static void encryption_handshake_with_cisco_gives_every_recorded_value(void **state)
{
    recorded_handshake(*state, "handshakes/ikev1-main-pke-cisco.txt");
}

static void cisco_leaves_the_hash_around_the_nonces_out(void **state)
{
    struct vectors *vectors = vectors_open("handshakes/ikev1-main-pke-cisco.txt");
    struct secret got = {0};

    assert_true(vectors_next(vectors));
    struct phase1_values values = case_values(vectors);
    assert_int_equal(skeyid_encryption(*state, &values, &got), STATUS_OK);
    case_expect(vectors, "skeyid_rfc2409", &got);
    assert_int_equal(skeyid_encryption_cisco(*state, &values, &got), STATUS_OK);
    case_expect(vectors, "skeyid", &got);
    vectors_close(vectors);
}

static void preshared_secrets_of_real_peers_are_met(void **state)
{
    static const char *const keymats[][2] = {
        {"spi_inbound", "keymat_inbound"},
        {"spi_outbound", "keymat_outbound"},
    };
    struct vectors *vectors = vectors_open("handshakes/ikev1-psk-secrets.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct phase1_values values = case_values(vectors);
        struct phase1_keys keys = {0};
        struct secret skeyid = {0};

        assert_int_equal(skeyid_preshared(*state, &values, vectors_hex(vectors, "psk"), &skeyid),
                         STATUS_OK);
        case_expect(vectors, "skeyid", &skeyid);
        expect_phase1(*state, vectors, &values, &keys);
        for (size_t i = 0; vectors_has(vectors, "quick_ni") && i < COUNT(keymats); i++)
            expect_keymat(*state, vectors, &keys, keymats[i]);
        phase1_keys_clear(&keys);
    }
    assert_int_equal(count, 2);
    vectors_close(vectors);
}

static void hash_r_of_check_point_is_met(void **state)
{
    struct vectors *vectors = vectors_open("handshakes/ikev1-hash-r.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct phase1_values values = case_values(vectors);
        struct secret got = {0};

        assert_int_equal(skeyid_preshared(*state, &values, vectors_hex(vectors, "psk"), &got),
                         STATUS_OK);
        case_expect(vectors, "skeyid", &got);
        assert_int_equal(phase1_hash_r(*state, &values, vectors_hex(vectors, "skeyid"),
                                       vectors_hex(vectors, "idir_b"), &got),
                         STATUS_OK);
        case_expect(vectors, "hash_r", &got);
    }
    assert_int_equal(count, 2);
    vectors_close(vectors);
}

static void g_xy_is_used_at_full_length(void **state)
{
    struct vectors *vectors = vectors_open("handshakes/ikev1-main-psk.txt");
    struct phase1_keys keys = {0};

    assert_true(vectors_next(vectors));
    struct phase1_values values = case_values(vectors);
    assert_int_equal(values.shared.bytes, 128);
    assert_int_equal(values.shared.data[0], 0); /* the capture is one in 256 */
    values.shared = view_of(values.shared.data + 1, 127);
    assert_int_equal(phase1_keys_derive(*state, &values, vectors_hex(vectors, "skeyid"), &keys),
                     STATUS_OK);
    assert_false(view_equal(secret_view(&keys.skeyid_d), vectors_hex(vectors, "skeyid_d")));
    phase1_keys_clear(&keys);
    vectors_close(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preshared_handshake_gives_every_recorded_value),
        cmocka_unit_test(encryption_handshake_with_cisco_gives_every_recorded_value),
        cmocka_unit_test(cisco_leaves_the_hash_around_the_nonces_out),
        cmocka_unit_test(preshared_secrets_of_real_peers_are_met),
        cmocka_unit_test(hash_r_of_check_point_is_met),
        cmocka_unit_test(g_xy_is_used_at_full_length),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
