#include "identity/private_key.h"

#include <openssl/bn.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "support/test.h"

static struct private_key *key_of(const char *file, enum private_key_use use)
{
    struct bytes pkcs8 = test_file(file);
    struct private_key *key = NULL;

    assert_int_equal(private_key_read(bytes_view(&pkcs8), use, &key), STATUS_OK);
    bytes_wipe(&pkcs8);
    return key;
}

static EVP_PKEY *public_of(const char *file)
{
    struct bytes der = test_file(file);
    const uint8_t *at = der.data_own;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.bytes);
    EVP_PKEY *key = X509_get_pubkey(certificate);

    assert_non_null(key);
    X509_free(certificate);
    bytes_clear(&der);
    return key;
}

static struct view hash_of(size_t bytes)
{
    static uint8_t octets[65];

    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i + 1);
    return view_of(octets, bytes);
}

/* The block that the public key gives is 00 01 FF.. 00 HASH and nothing else. RFC 2409 5.1 */
static void an_rsa_signature_is_block_type_1_over_the_bare_hash(void **state)
{
    static const size_t sizes[] = {16, 20, 32, 48, 64};
    struct private_key *key = key_of("pki/east-rsa.key", PRIVATE_KEY_SIGNS);
    EVP_PKEY *public = public_of("pki/east-rsa.crt");
    uint8_t block[256], wanted[256];

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct bytes signature = {0};
        struct view hash = hash_of(sizes[i]);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(public, NULL);
        size_t bytes = sizeof block;

        assert_int_equal(private_key_sign(key, METHOD_RSA_SIG, hash, &signature), STATUS_OK);
        assert_int_equal(signature.bytes, sizeof block);
        assert_true(EVP_PKEY_verify_recover_init(context) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0);
        assert_true(EVP_PKEY_verify_recover(context, block, &bytes, signature.data_own,
                                            signature.bytes) > 0);
        memset(wanted, 0xff, sizeof wanted);
        wanted[0] = 0;
        wanted[1] = 1;
        wanted[sizeof wanted - hash.bytes - 1] = 0;
        memcpy(wanted + sizeof wanted - hash.bytes, hash.data, hash.bytes);
        test_view_equal("block", view_of(block, bytes), view_of(wanted, sizeof wanted));
        EVP_PKEY_CTX_free(context);
        bytes_clear(&signature);
    }
    EVP_PKEY_free(public);
    private_key_free(key);
}

/* r | s as DER, for OpenSSL to verify over the hash as it is. */
static bool verifies(const char *file, struct view hash, const struct bytes *signature, bool is_dsa)
{
    int half = (int)signature->bytes / 2;
    BIGNUM *r = BN_bin2bn(signature->data_own, half, NULL);
    BIGNUM *s = BN_bin2bn(signature->data_own + half, half, NULL);
    EVP_PKEY *public = public_of(file);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(public, NULL);
    unsigned char *der = NULL;
    int bytes;
    bool is_right;

    if (is_dsa) {
        DSA_SIG *pair = DSA_SIG_new();
        DSA_SIG_set0(pair, r, s);
        bytes = i2d_DSA_SIG(pair, &der);
        DSA_SIG_free(pair);
    } else {
        ECDSA_SIG *pair = ECDSA_SIG_new();
        ECDSA_SIG_set0(pair, r, s);
        bytes = i2d_ECDSA_SIG(pair, &der);
        ECDSA_SIG_free(pair);
    }
    assert_true(EVP_PKEY_verify_init(context) > 0);
    is_right = EVP_PKEY_verify(context, der, (size_t)bytes, hash.data, hash.bytes) == 1;
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(public);
    return is_right;
}

/* V1-41: each of r and s has its full width, and the hash is not hashed again. */
static void dss_and_ecdsa_signatures_are_r_and_s_at_full_width(void **state)
{
    static const struct {
        const char *key, *certificate;
        enum auth_method method;
        size_t hash_bytes, bytes;
    } cases[] = {
        {"pki/east-dsa.key", "pki/east-dsa.crt", METHOD_DSS_SIG, 20, 64},
        {"pki/east-p256.key", "pki/east-p256.crt", METHOD_ECDSA_256, 32, 64},
        {"pki/east-p384.key", "pki/east-p384.crt", METHOD_ECDSA_384, 48, 96},
        {"pki/east-p521.key", "pki/east-p521.crt", METHOD_ECDSA_521, 64, 132},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct private_key *key = key_of(cases[i].key, PRIVATE_KEY_SIGNS);
        struct view hash = hash_of(cases[i].hash_bytes);

        /* often enough for an r or s with a leading zero to come */
        for (unsigned round = 0; round < 64; round++) {
            struct bytes signature = {0};

            assert_int_equal(private_key_sign(key, cases[i].method, hash, &signature), STATUS_OK);
            assert_int_equal(signature.bytes, cases[i].bytes);
            if (!verifies(cases[i].certificate, hash, &signature, i == 0))
                fail_msg("%s", cases[i].key);
            bytes_clear(&signature);
        }
        private_key_free(key);
    }
}

static void a_key_signs_by_its_own_method_alone(void **state)
{
    static const struct {
        const char *file;
        enum private_key_use use;
        enum auth_method method;
        size_t hash_bytes;
        enum status wanted;
    } cases[] = {
        {"pki/east-rsa.key", PRIVATE_KEY_DECRYPTS, METHOD_RSA_SIG, 20, STATUS_REFUSED},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_DSS_SIG, 20, STATUS_UNEXPECTED},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_PRESHARED, 20, STATUS_UNEXPECTED},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_RSA_ENCRYPT, 20, STATUS_UNEXPECTED},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_RSA_SIG, 0, STATUS_LIMIT},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_RSA_SIG, 35, STATUS_LIMIT},
        {"pki/east-rsa.key", PRIVATE_KEY_SIGNS, METHOD_RSA_SIG, 65, STATUS_LIMIT},
        {"pki/east-dsa.key", PRIVATE_KEY_SIGNS, METHOD_DSS_SIG, 32, STATUS_LIMIT},
        {"pki/east-dsa.key", PRIVATE_KEY_SIGNS, METHOD_RSA_SIG, 20, STATUS_UNEXPECTED},
        {"pki/east-p256.key", PRIVATE_KEY_SIGNS, METHOD_ECDSA_384, 48, STATUS_UNEXPECTED},
        {"pki/east-p256.key", PRIVATE_KEY_SIGNS, METHOD_ECDSA_256, 20, STATUS_LIMIT},
        {"pki/east-p521.key", PRIVATE_KEY_SIGNS, METHOD_ECDSA_521, 48, STATUS_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct private_key *key = key_of(cases[i].file, cases[i].use);
        struct bytes signature = {0};
        enum status status =
            private_key_sign(key, cases[i].method, hash_of(cases[i].hash_bytes), &signature);

        if (status != cases[i].wanted || signature.data_own)
            fail_msg("case %zu: %s", i, status_name(status));
        assert_int_equal(private_key_use(key), cases[i].use);
        private_key_free(key);
    }
}

static void what_is_no_key_is_not_read(void **state)
{
    struct bytes pkcs8 = test_file("pki/east-p256.key");
    struct bytes certificate = test_file("pki/east-p256.crt");
    static uint8_t large[PRIVATE_KEY_MOST_BYTES + 1];
    struct private_key *key = NULL;

    (void)state;
    for (size_t bytes = 0; bytes < pkcs8.bytes; bytes++)
        assert_int_equal(private_key_read(view_of(pkcs8.data_own, bytes), PRIVATE_KEY_SIGNS, &key),
                         STATUS_MALFORMED);
    assert_int_equal(private_key_read(view_of(pkcs8.data_own, pkcs8.bytes + 1), PRIVATE_KEY_SIGNS,
                                      &key), /* test_file puts a NUL behind */
                     STATUS_MALFORMED);
    assert_int_equal(private_key_read(bytes_view(&certificate), PRIVATE_KEY_SIGNS, &key),
                     STATUS_MALFORMED);
    assert_int_equal(private_key_read(view_of(large, sizeof large), PRIVATE_KEY_SIGNS, &key),
                     STATUS_LIMIT);
    assert_null(key);
    private_key_free(NULL);
    bytes_wipe(&pkcs8);
    bytes_clear(&certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rsa_signature_is_block_type_1_over_the_bare_hash),
        cmocka_unit_test(dss_and_ecdsa_signatures_are_r_and_s_at_full_width),
        cmocka_unit_test(a_key_signs_by_its_own_method_alone),
        cmocka_unit_test(what_is_no_key_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
