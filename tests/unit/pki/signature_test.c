#include "pki/signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "support/authority.h"
#include "support/test.h"

#define NOW_S INT64_C(1800000000)

static const uint8_t hash_octets[64] = {0x5a, 1, 2, 3, [20] = 9, [31] = 7, [63] = 1};

static struct certificate *certificate_of(EVP_PKEY *key)
{
    struct certificate_draft draft = {.subject = "CN=x",
                                      .not_before_s = NOW_S,
                                      .not_after_s = NOW_S + 10,
                                      .serial = 1,
                                      .key = key};
    X509 *x509 = authority_certificate(&draft);
    struct bytes der = authority_der(x509);
    struct certificate *certificate = NULL;

    assert_int_equal(certificate_read(bytes_view(&der), &certificate), STATUS_OK);
    bytes_clear(&der);
    X509_free(x509);
    return certificate;
}

/* The private operation over a whole block, or over a hash with the key's own padding. */
static size_t sign(EVP_PKEY *key, int padding, struct view data, uint8_t out[1024])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t bytes = 1024;

    assert_true(EVP_PKEY_sign_init(context) > 0);
    if (padding != 0)
        assert_true(EVP_PKEY_CTX_set_rsa_padding(context, padding) > 0);
    assert_true(EVP_PKEY_sign(context, out, &bytes, data.data, data.bytes) > 0);
    EVP_PKEY_CTX_free(context);
    return bytes;
}

static void rsa_signatures_of_every_length_of_hash_verify(void **state)
{
    static const size_t lengths[] = {16, 20, 28, 32, 48, 64};
    EVP_PKEY *key = authority_key("rsa2048");
    struct certificate *certificate = certificate_of(key);
    uint8_t signature[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct view hash = view_of(hash_octets, lengths[i]);
        size_t bytes = sign(key, RSA_PKCS1_PADDING, hash, signature);

        assert_int_equal(
            signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, bytes)),
            STATUS_OK);
        signature[bytes / 2] ^= 1;
        assert_int_equal(
            signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, bytes)),
            STATUS_FORGED);
    }
    certificate_drop(certificate);
    EVP_PKEY_free(key);
}

#define BLOCK_BYTES 256u
#define HASH_BYTES 20u

/* 00 01 FF .. 00 HASH, then changed by the case. */
static void block_fill(uint8_t block[BLOCK_BYTES])
{
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] = 0xff;
    block[0] = 0;
    block[1] = 1;
    block[BLOCK_BYTES - HASH_BYTES - 1] = 0;
    for (size_t i = 0; i < HASH_BYTES; i++)
        block[BLOCK_BYTES - HASH_BYTES + i] = hash_octets[i];
}

/* The hash right after eight FF, and garbage of the forger's choice behind it. */
static void garbage_behind(uint8_t block[BLOCK_BYTES])
{
    for (size_t i = 2; i < BLOCK_BYTES; i++)
        block[i] = i < 10 ? 0xff : 0x77;
    block[10] = 0;
    for (size_t i = 0; i < HASH_BYTES; i++)
        block[11 + i] = hash_octets[i];
}

static void block_of_type_two(uint8_t block[BLOCK_BYTES])
{
    block[1] = 2;
}

static void first_octet_set(uint8_t block[BLOCK_BYTES])
{
    block[0] = 0x01; /* still below the modulus, which begins with a one */
    block[1] = 0x00;
}

static void digest_information(uint8_t block[BLOCK_BYTES])
{
    static const uint8_t sha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                   0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};

    for (size_t i = 0; i < sizeof sha1; i++)
        block[BLOCK_BYTES - HASH_BYTES - sizeof sha1 + i] = sha1[i];
    block[BLOCK_BYTES - HASH_BYTES - sizeof sha1 - 1] = 0;
}

static void no_separator(uint8_t block[BLOCK_BYTES])
{
    block[BLOCK_BYTES - HASH_BYTES - 1] = 0xff;
}

static void two_separators(uint8_t block[BLOCK_BYTES])
{
    block[BLOCK_BYTES - HASH_BYTES - 2] = 0;
}

static const struct {
    const char *name;
    void (*change)(uint8_t block[BLOCK_BYTES]);
} forgeries[] = {
    {"garbage behind the hash", garbage_behind}, {"a block of type 2", block_of_type_two},
    {"no zero in front", first_octet_set},       {"a DigestInfo", digest_information},
    {"no zero before the hash", no_separator},   {"two zeros before the hash", two_separators},
};

/* Signed with the true private key: only the block is not the one. */
static void sec_47_any_other_block_is_refused(void **state)
{
    EVP_PKEY *key = authority_key("rsa2048");
    struct certificate *certificate = certificate_of(key);
    struct view hash = view_of(hash_octets, HASH_BYTES);
    uint8_t block[BLOCK_BYTES];
    uint8_t signature[1024];
    size_t bytes;

    (void)state;
    block_fill(block);
    bytes = sign(key, RSA_NO_PADDING, view_of(block, sizeof block), signature);
    assert_int_equal(signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, bytes)),
                     STATUS_OK);
    for (size_t i = 0; i < COUNT(forgeries); i++) {
        block_fill(block);
        forgeries[i].change(block);
        bytes = sign(key, RSA_NO_PADDING, view_of(block, sizeof block), signature);
        if (signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, bytes)) !=
            STATUS_FORGED)
            fail_msg("%s", forgeries[i].name);
    }
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        block_fill(block);
        block[i] ^= i == 0 ? 0x40 : 0x01;
        bytes = sign(key, RSA_NO_PADDING, view_of(block, sizeof block), signature);
        if (signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, bytes)) !=
            STATUS_FORGED)
            fail_msg("octet %zu of the block", i);
    }
    certificate_drop(certificate);
    EVP_PKEY_free(key);
}

/* r | s of what OpenSSL signed. */
static size_t sign_pair(EVP_PKEY *key, struct view hash, size_t part_bytes, uint8_t out[1024])
{
    uint8_t der[1024];
    const uint8_t *next = der;
    size_t bytes = sign(key, 0, hash, der);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &next, (long)bytes);

    assert_non_null(pair);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, (int)part_bytes) > 0);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + part_bytes, (int)part_bytes) > 0);
    ECDSA_SIG_free(pair);
    return 2 * part_bytes;
}

static const struct {
    const char *name, *kind;
    enum auth_method method;
    size_t hash_bytes, part_bytes; /* 0: a signature of RSA */
} methods[] = {
    {"RSA", "rsa2048", METHOD_RSA_SIG, 20, 0},
    {"DSS", "dsa", METHOD_DSS_SIG, 20, 20},
    {"ECDSA on P-256", "p256", METHOD_ECDSA_256, 32, 32},
    {"ECDSA on P-384", "p384", METHOD_ECDSA_384, 48, 48},
    {"ECDSA on P-521", "p521", METHOD_ECDSA_521, 64, 66},
};

static void refuse_variants(const char *name, const struct certificate *certificate,
                            enum auth_method method, struct view hash, struct view signature)
{
    uint8_t other[1024] = {0};
    struct view bad[] = {
        {NULL, 0},
        view_of(other, signature.bytes),                  /* zero */
        view_of(signature.data, signature.bytes - 1),     /* short */
        view_of(signature.data, signature.bytes + 1),     /* long */
        view_of(signature.data + 1, signature.bytes - 1), /* without its first octet */
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        if (signature_verify(certificate, method, hash, bad[i]) != STATUS_FORGED)
            fail_msg("%s, variant %zu", name, i);
    }
    for (size_t i = 0; i < signature.bytes; i++)
        other[i] = 0xff; /* not below modulus or order */
    if (signature_verify(certificate, method, hash, view_of(other, signature.bytes)) !=
        STATUS_FORGED)
        fail_msg("%s: too large", name);
    for (size_t half = 0; half < 2; half++) {
        size_t part = signature.bytes / 2;

        for (size_t i = 0; i < signature.bytes; i++)
            other[i] = i / part == half ? 0 : signature.data[i]; /* r or s is zero */
        if (signature_verify(certificate, method, hash, view_of(other, signature.bytes)) !=
            STATUS_FORGED)
            fail_msg("%s: half %zu zero", name, half);
    }
}

static void sec_48_signatures_out_of_form_are_refused_by_every_method(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(methods); i++) {
        EVP_PKEY *key = authority_key(methods[i].kind);
        struct certificate *certificate = certificate_of(key);
        struct view hash = view_of(hash_octets, methods[i].hash_bytes);
        uint8_t signature[1024] = {0};
        size_t bytes = methods[i].part_bytes == 0
                           ? sign(key, RSA_PKCS1_PADDING, hash, signature)
                           : sign_pair(key, hash, methods[i].part_bytes, signature);

        if (signature_verify(certificate, methods[i].method, hash, view_of(signature, bytes)) !=
            STATUS_OK)
            fail_msg("%s", methods[i].name);
        refuse_variants(methods[i].name, certificate, methods[i].method, hash,
                        view_of(signature, bytes));
        certificate_drop(certificate);
        EVP_PKEY_free(key);
    }
}

static void a_key_serves_its_own_method_alone(void **state)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate *certificate = certificate_of(key);
    struct view hash = view_of(hash_octets, 32);
    uint8_t signature[64] = {1};

    (void)state;
    assert_int_equal(
        signature_verify(certificate, METHOD_RSA_SIG, hash, view_of(signature, sizeof signature)),
        STATUS_UNEXPECTED);
    assert_int_equal(
        signature_verify(certificate, METHOD_ECDSA_384, hash, view_of(signature, sizeof signature)),
        STATUS_UNEXPECTED);
    assert_int_equal(signature_verify(certificate, METHOD_ECDSA_256, view_of(hash_octets, 15),
                                      view_of(signature, sizeof signature)),
                     STATUS_LIMIT);
    assert_true(signature_method_takes(METHOD_ECDSA_256, CERTIFICATE_P256));
    assert_false(signature_method_takes(METHOD_PRESHARED, CERTIFICATE_RSA));
    certificate_drop(certificate);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsa_signatures_of_every_length_of_hash_verify),
        cmocka_unit_test(sec_47_any_other_block_is_refused),
        cmocka_unit_test(sec_48_signatures_out_of_form_are_refused_by_every_method),
        cmocka_unit_test(a_key_serves_its_own_method_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
