#include "crypto/packet_cipher.h"

#include "base/secret.h"
#include "crypto/cipher.h"
#include "seeded.h"
#include "support/crypto_state.h"
#include "support/test.h"
#include "support/vectors.h"

#define ROOM_BYTES 2048u

/* A pair of rows with keys from a seed. */
struct suite {
    const struct transform *encryption;
    const struct transform *integrity;
    unsigned key_bits;
    uint8_t keys[2 * SECRET_MAX_BYTES];
    bool is_esn;
};

static struct packet_cipher_config config_of(const struct suite *suite)
{
    size_t encryption_bytes = transform_keymat_bytes(suite->encryption, suite->key_bits);
    return (struct packet_cipher_config){
        .encryption = suite->encryption,
        .integrity = suite->integrity,
        .key_bits = suite->key_bits,
        .is_esn = suite->is_esn,
        .encryption_key = view_of(suite->keys, encryption_bytes),
        .integrity_key = view_of(suite->keys + SECRET_MAX_BYTES,
                                 suite->integrity ? suite->integrity->fixed_key_bytes : 0),
    };
}

static struct packet_cipher *cipher_of(struct crypto *crypto, const struct suite *suite,
                                       enum packet_direction direction)
{
    struct packet_cipher_config config = config_of(suite);
    struct packet_cipher *cipher = NULL;

    config.direction = direction;
    enum status status = packet_cipher_new(crypto, &config, &cipher);
    if (status != STATUS_OK)
        fail_msg("%s + %s, %u bits: %s", suite->encryption->name,
                 suite->integrity ? suite->integrity->name : "itself", suite->key_bits,
                 status_name(status));
    return cipher;
}

/* Calls `each` with every suite that ESP can have. */
static size_t suites_visit(struct crypto *crypto,
                           void (*each)(struct crypto *crypto, const struct suite *suite))
{
    struct seeded seeded = {.state = 30};
    size_t count = 0;

    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        if (row->kind != TRANSFORM_ENCRYPTION)
            continue;
        for (size_t size = 0; size < 3 && (size == 0 || row->key_bits[size]); size++) {
            for (size_t j = 0; j < transform_count; j++) {
                const struct transform *integrity = &transform_table[j];
                bool is_combined = row->flags & TRANSFORM_AEAD;
                struct suite suite = {
                    row, is_combined ? NULL : integrity, row->key_bits[size], {0}, false};
                if (is_combined ? j > 0 : integrity->kind != TRANSFORM_INTEGRITY)
                    continue;
                seeded_fill(&seeded, 0, suite.keys, sizeof suite.keys);
                each(crypto, &suite);
                count++;
            }
        }
    }
    return count;
}

/* A packet with SPI, number and payload; returns its length when sealed. */
static size_t sealed(struct packet_cipher *cipher, size_t payload_bytes, uint64_t sequence,
                     uint8_t out[ROOM_BYTES])
{
    size_t start = PACKET_HEADER_BYTES + packet_cipher_iv_bytes(cipher);

    for (size_t i = 0; i < ROOM_BYTES; i++)
        out[i] = (uint8_t)i;
    out[4] = (uint8_t)(sequence >> 24);
    out[5] = (uint8_t)(sequence >> 16);
    out[6] = (uint8_t)(sequence >> 8);
    out[7] = (uint8_t)sequence;
    assert_int_equal(packet_cipher_seal(cipher, out, payload_bytes, sequence), STATUS_OK);
    return start + payload_bytes + packet_cipher_icv_bytes(cipher);
}

static void round_trip(struct crypto *crypto, const struct suite *suite)
{
    struct packet_cipher *seal = cipher_of(crypto, suite, PACKET_SEAL);
    struct packet_cipher *open = cipher_of(crypto, suite, PACKET_OPEN);
    size_t block_bytes = packet_cipher_block_bytes(seal);
    size_t start = PACKET_HEADER_BYTES + packet_cipher_iv_bytes(seal);
    bool is_secret = !(suite->encryption->flags & TRANSFORM_PLAIN);

    for (uint32_t n = 1; n < 40; n++) {
        uint8_t packet[ROOM_BYTES];
        size_t payload_bytes = 0;
        size_t bytes = sealed(seal, n * block_bytes, n, packet);
        bool is_plain =
            packet[start] == (uint8_t)start && packet[start + 1] == (uint8_t)(start + 1);
        assert_true(is_plain == !is_secret);
        assert_int_equal(packet_cipher_open(open, packet, bytes, 0, &payload_bytes), STATUS_OK);
        assert_int_equal(payload_bytes, n * block_bytes);
        for (size_t i = start; i < start + payload_bytes; i++)
            assert_int_equal(packet[i], (uint8_t)i);
    }
    packet_cipher_free(seal);
    packet_cipher_free(open);
}

static void every_suite_opens_what_it_sealed(void **state)
{
    assert_int_equal(suites_visit(*state, round_trip), 4 * 5 + 2 * 3 * 5 + 7 * 3);
}

/* Every bit of a short packet, and the same with lengths. */
static void tamper(struct crypto *crypto, const struct suite *suite)
{
    struct packet_cipher *seal = cipher_of(crypto, suite, PACKET_SEAL);
    struct packet_cipher *open = cipher_of(crypto, suite, PACKET_OPEN);
    size_t block_bytes = packet_cipher_block_bytes(seal);
    uint8_t genuine[ROOM_BYTES];
    uint8_t packet[ROOM_BYTES];
    size_t bytes = sealed(seal, 2 * block_bytes, 1, genuine);
    size_t payload_bytes = 99;

    for (size_t bit = 0; bit < bytes * 8; bit++) {
        memcpy(packet, genuine, bytes);
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (packet_cipher_open(open, packet, bytes, 0, &payload_bytes) != STATUS_FORGED)
            fail_msg("%s: bit %zu", suite->encryption->name, bit);
    }
    for (size_t cut = 0; cut < bytes; cut++) {
        memcpy(packet, genuine, bytes);
        enum status status = packet_cipher_open(open, packet, cut, 0, &payload_bytes);
        if (status != STATUS_MALFORMED && status != STATUS_FORGED)
            fail_msg("%s: cut to %zu: %s", suite->encryption->name, cut, status_name(status));
    }
    assert_int_equal(payload_bytes, 99);
    memcpy(packet, genuine, bytes);
    assert_int_equal(packet_cipher_open(open, packet, bytes, 0, &payload_bytes), STATUS_OK);
    packet_cipher_free(seal);
    packet_cipher_free(open);
}

static void sec_191_no_flipped_bit_and_no_shorter_packet_is_accepted(void **state)
{
    assert_true(suites_visit(*state, tamper) > 0);
}

static void sec_180_lengths_that_no_packet_has_are_malformed(void **state)
{
    struct suite suite = {transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
                          transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1"),
                          128,
                          {0},
                          false};
    struct packet_cipher *open = cipher_of(*state, &suite, PACKET_OPEN);
    uint8_t packet[128] = {0};
    size_t payload_bytes;

    for (size_t bytes = 0; bytes < sizeof packet; bytes++) {
        bool is_possible = bytes >= 8 + 16 + 16 + 12 && (bytes - 8 - 16 - 12) % 16 == 0;
        assert_int_equal(packet_cipher_open(open, packet, bytes, 0, &payload_bytes),
                         is_possible ? STATUS_FORGED : STATUS_MALFORMED);
    }
    packet_cipher_free(open);
}

static uint64_t number_of(struct view octets)
{
    uint64_t number = 0;

    for (size_t i = 0; i < octets.bytes; i++)
        number = number << 8 | octets.data[i];
    return number;
}

/* Seals and opens one packet of a file; an extended number is in none of the IVs, so that such a
 * packet is only opened. */
static void combined_vector(struct crypto *crypto, struct vectors *vectors, const char *row)
{
    struct suite suite = {transform_by_name(TRANSFORM_ENCRYPTION, row), NULL, 0, {0}};
    const char *name = vectors_text(vectors, "case");
    struct view key = vectors_hex(vectors, "key");
    struct view salt = vectors_hex(vectors, "salt");
    struct view plain = vectors_hex(vectors, "plaintext_with_trailer");
    struct view wanted = vectors_hex(vectors, "esp_packet");
    uint64_t sequence = number_of(vectors_hex(vectors, "seq"));
    uint8_t packet[ROOM_BYTES];
    size_t payload_bytes = 0;

    suite.is_esn = vectors_number(vectors, "esn") != 0;
    suite.key_bits = (unsigned)key.bytes * 8;
    memcpy(suite.keys, key.data, key.bytes);
    memcpy(suite.keys + key.bytes, salt.data, salt.bytes);
    struct packet_cipher *seal = cipher_of(crypto, &suite, PACKET_SEAL);
    struct packet_cipher *open = cipher_of(crypto, &suite, PACKET_OPEN);
    if (!suite.is_esn) {
        memcpy(packet, wanted.data, PACKET_HEADER_BYTES);
        memcpy(packet + 16, plain.data, plain.bytes);
        assert_int_equal(
            packet_cipher_seal(seal, packet, plain.bytes, number_of(vectors_hex(vectors, "iv"))),
            STATUS_OK);
        test_view_equal(name, view_of(packet, wanted.bytes), wanted);
    }
    memcpy(packet, wanted.data, wanted.bytes);
    assert_int_equal(
        packet_cipher_open(open, packet, wanted.bytes, (uint32_t)(sequence >> 32), &payload_bytes),
        STATUS_OK);
    test_view_equal(name, view_of(packet + 16, payload_bytes), plain);
    packet_cipher_free(seal);
    packet_cipher_free(open);
}

static void combined_packets_match_their_vectors(void **state)
{
    static const struct {
        const char *file, *row;
        size_t count;
    } files[] = {
        {"esp/aes-gcm-esp.txt", "aes-gcm", 9},
        {"esp/aes-ccm-esp.txt", "aes-ccm", 4},
        {"esp/aes-gmac-esp.txt", "aes-gmac", 1},
    };

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vectors *vectors = vectors_open(files[i].file);
        size_t count = 0;

        for (; vectors_next(vectors); count++)
            combined_vector(*state, vectors, files[i].row);
        if (count != files[i].count)
            fail_msg("%s: %zu cases", files[i].file, count);
        vectors_close(vectors);
    }
}

static void aes_ctr_matches_rfc_3686(void **state)
{
    struct vectors *vectors = vectors_open("esp/aes-ctr-rfc3686.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        struct suite suite = {transform_by_name(TRANSFORM_ENCRYPTION, "aes-ctr"),
                              transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256"),
                              0,
                              {0},
                              false};
        struct view key = vectors_hex(vectors, "key");
        struct view salt = vectors_hex(vectors, "salt");
        struct view plain = vectors_hex(vectors, "plaintext");
        uint8_t packet[ROOM_BYTES] = {0};

        suite.key_bits = (unsigned)key.bytes * 8;
        memcpy(suite.keys, key.data, key.bytes);
        memcpy(suite.keys + key.bytes, salt.data, salt.bytes);
        struct packet_cipher *seal = cipher_of(*state, &suite, PACKET_SEAL);
        memcpy(packet + 16, plain.data, plain.bytes);
        assert_int_equal(
            packet_cipher_seal(seal, packet, plain.bytes, number_of(vectors_hex(vectors, "iv"))),
            STATUS_OK);
        test_view_equal(vectors_text(vectors, "case"), view_of(packet + 16, plain.bytes),
                        vectors_hex(vectors, "ciphertext"));
        packet_cipher_free(seal);
    }
    assert_int_equal(count, 6);
    vectors_close(vectors);
}

/* The upper half of an extended number is authenticated in every suite, though it is not sent. */
static void extended(struct crypto *crypto, const struct suite *suite)
{
    struct suite with = *suite;
    uint8_t packet[ROOM_BYTES];
    uint8_t genuine[ROOM_BYTES];
    size_t payload_bytes = 0;

    with.is_esn = true;
    struct packet_cipher *seal = cipher_of(crypto, &with, PACKET_SEAL);
    struct packet_cipher *open = cipher_of(crypto, &with, PACKET_OPEN);
    struct packet_cipher *short_open = cipher_of(crypto, suite, PACKET_OPEN);
    size_t block_bytes = packet_cipher_block_bytes(seal);
    size_t bytes = sealed(seal, 4 * block_bytes, UINT64_C(7) << 32 | 5, genuine);
    for (uint32_t high = 0; high < 12; high++) {
        memcpy(packet, genuine, bytes);
        assert_int_equal(packet_cipher_open(open, packet, bytes, high, &payload_bytes),
                         high == 7 ? STATUS_OK : STATUS_FORGED);
    }
    memcpy(packet, genuine, bytes);
    assert_int_equal(packet_cipher_open(short_open, packet, bytes, 7, &payload_bytes),
                     STATUS_FORGED);
    packet_cipher_free(seal);
    packet_cipher_free(open);
    packet_cipher_free(short_open);
}

static void the_upper_half_of_a_number_is_authenticated(void **state)
{
    assert_true(suites_visit(*state, extended) > 0);
}

static void aes_cbc_with_sha1_opens_a_recorded_packet(void **state)
{
    struct vectors *vectors = vectors_open("esp/aes-cbc-sha1-esp.txt");
    struct suite suite = {transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
                          transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1"),
                          128,
                          {0},
                          false};
    uint8_t packet[ROOM_BYTES];
    size_t payload_bytes = 0;

    assert_true(vectors_next(vectors));
    struct view esp = vectors_hex(vectors, "esp_packet");
    memcpy(suite.keys, vectors_hex(vectors, "key").data, 16);
    memcpy(suite.keys + SECRET_MAX_BYTES, vectors_hex(vectors, "auth_key").data, 20);
    memcpy(packet, esp.data, esp.bytes);
    struct packet_cipher *open = cipher_of(*state, &suite, PACKET_OPEN);
    assert_int_equal(packet_cipher_open(open, packet, esp.bytes, 0, &payload_bytes), STATUS_OK);
    test_view_equal("payload", view_of(packet + 24, payload_bytes),
                    vectors_hex(vectors, "plaintext_with_trailer"));
    packet_cipher_free(open);
    vectors_close(vectors);
}

/* The IV is the encrypted number, and the payload stands behind it as RFC 3602 says. */
static void sec_190_the_iv_of_cbc_is_the_encrypted_number(void **state)
{
    struct suite suite = {transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
                          transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256"),
                          256,
                          {1, 2, 3},
                          false};
    struct packet_cipher *seal = cipher_of(*state, &suite, PACKET_SEAL);
    struct cipher_key key = {suite.encryption, view_of(suite.keys, 32)};
    static const uint8_t zero_iv[16];

    for (uint32_t n = 1; n < 100; n++) {
        uint8_t counter[16] = {[15] = (uint8_t)n};
        uint8_t packet[ROOM_BYTES];
        uint8_t iv[16];
        uint8_t plain[64];
        (void)sealed(seal, sizeof plain, n, packet);
        assert_int_equal(
            cipher_encrypt(*state, &key, view_of(zero_iv, 16), view_of(counter, 16), iv),
            STATUS_OK);
        test_view_equal("IV", view_of(packet + 8, 16), view_of(iv, 16));
        assert_int_equal(
            cipher_decrypt(*state, &key, view_of(iv, 16), view_of(packet + 24, 64), plain),
            STATUS_OK);
        assert_int_equal(plain[0], 24);
        assert_int_equal(plain[63], 87);
    }
    packet_cipher_free(seal);
}

static void suites_that_esp_cannot_have_are_refused(void **state)
{
    static const struct {
        const char *name, *encryption, *integrity;
        unsigned key_bits;
        size_t encryption_bytes, integrity_bytes;
        enum status status;
    } cases[] = {
        {"whole", "aes-cbc", "hmac-sha1", 128, 16, 20, STATUS_OK},
        {"no integrity", "aes-cbc", NULL, 128, 16, 0, STATUS_REFUSED},
        {"nothing at all", "null", NULL, 0, 0, 0, STATUS_REFUSED},
        {"integrity twice", "aes-gcm", "hmac-sha1", 128, 20, 20, STATUS_REFUSED},
        {"salt of CCM", "aes-ccm", NULL, 128, 19, 0, STATUS_OK},
        {"salt of GCM for CCM", "aes-ccm", NULL, 128, 20, 0, STATUS_LIMIT},
        {"no salt", "aes-gcm", NULL, 128, 16, 0, STATUS_LIMIT},
        {"a size between", "aes-cbc", "hmac-sha1", 160, 20, 20, STATUS_LIMIT},
        {"key of another size", "aes-cbc", "hmac-sha1", 256, 16, 20, STATUS_LIMIT},
        {"short integrity key", "aes-cbc", "hmac-sha1", 128, 16, 16, STATUS_LIMIT},
        {"key for NULL", "null", "hmac-sha1", 0, 16, 20, STATUS_LIMIT},
    };
    uint8_t octets[64] = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct packet_cipher *cipher = NULL;
        struct packet_cipher_config config = {
            .encryption = transform_by_name(TRANSFORM_ENCRYPTION, cases[i].encryption),
            .integrity = cases[i].integrity
                             ? transform_by_name(TRANSFORM_INTEGRITY, cases[i].integrity)
                             : NULL,
            .key_bits = cases[i].key_bits,
            .encryption_key = view_of(octets, cases[i].encryption_bytes),
            .integrity_key = view_of(octets, cases[i].integrity_bytes),
        };
        enum status status = packet_cipher_new(*state, &config, &cipher);
        if (status != cases[i].status || (cipher != NULL) != (status == STATUS_OK))
            fail_msg("%s: %s", cases[i].name, status_name(status));
        packet_cipher_free(cipher);
    }
}

static void a_payload_that_is_no_multiple_is_not_sealed(void **state)
{
    struct suite suite = {
        transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm"), NULL, 128, {0}, false};
    struct packet_cipher *seal = cipher_of(*state, &suite, PACKET_SEAL);
    uint8_t packet[ROOM_BYTES] = {0};

    assert_int_equal(packet_cipher_seal(seal, packet, 0, 1), STATUS_LIMIT);
    assert_int_equal(packet_cipher_seal(seal, packet, 30, 1), STATUS_LIMIT);
    assert_int_equal(packet_cipher_seal(seal, packet, 32, 1), STATUS_OK);
    packet_cipher_free(seal);
    packet_cipher_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_opens_what_it_sealed),
        cmocka_unit_test(sec_191_no_flipped_bit_and_no_shorter_packet_is_accepted),
        cmocka_unit_test(sec_180_lengths_that_no_packet_has_are_malformed),
        cmocka_unit_test(combined_packets_match_their_vectors),
        cmocka_unit_test(aes_ctr_matches_rfc_3686),
        cmocka_unit_test(the_upper_half_of_a_number_is_authenticated),
        cmocka_unit_test(aes_cbc_with_sha1_opens_a_recorded_packet),
        cmocka_unit_test(sec_190_the_iv_of_cbc_is_the_encrypted_number),
        cmocka_unit_test(suites_that_esp_cannot_have_are_refused),
        cmocka_unit_test(a_payload_that_is_no_multiple_is_not_sealed),
    };
    return cmocka_run_group_tests(tests, crypto_setup_legacy, crypto_teardown);
}
