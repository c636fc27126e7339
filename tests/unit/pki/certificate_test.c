#include "pki/certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "pki/crl.h"
#include "support/authority.h"
#include "support/test.h"

#define NOW_S INT64_C(1800000000)

static struct certificate_draft draft_of(EVP_PKEY *key)
{
    return (struct certificate_draft){
        .subject = "C=US, O=Peer, CN=gateway",
        .not_before_s = NOW_S - 10,
        .not_after_s = NOW_S + 10,
        .serial = 0x1234,
        .key = key,
    };
}

static enum status read_draft(const struct certificate_draft *draft, struct certificate **out)
{
    X509 *x509 = authority_certificate(draft);
    struct bytes der = authority_der(x509);
    enum status status = certificate_read(bytes_view(&der), out);

    bytes_clear(&der);
    X509_free(x509);
    return status;
}

static void every_field_is_read(void **state)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = draft_of(key);
    struct certificate *certificate = NULL;
    char buffer[CERTIFICATE_NAME_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    draft_extend(&draft, "subjectAltName",
                 "DNS:gw.example.org,IP:192.0.2.1,email:a@example.org,RID:1.2.3.4,URI:urn:x");
    draft_extend(&draft, "crlDistributionPoints", "URI:http://pki.example.org/x.crl");
    assert_int_equal(read_draft(&draft, &certificate), STATUS_OK);
    certificate_subject_text(certificate, &text);
    assert_string_equal(buffer, "C=US, O=Peer, CN=gateway");
    assert_true(certificate_is_self_issued(certificate));
    test_view_equal("serial", certificate_serial(certificate), view_of("\x12\x34", 2));
    assert_int_equal(certificate_not_before_s(certificate), NOW_S - 10);
    assert_int_equal(certificate_not_after_s(certificate), NOW_S + 10);
    assert_int_equal(certificate_key_kind(certificate), CERTIFICATE_P256);
    assert_int_equal(certificate_key_bits(certificate), 256);
    assert_int_equal(certificate_name_count(certificate), 5);
    assert_int_equal(certificate_name_at(certificate, 0).type, GENERAL_NAME_DNS);
    test_view_equal("DNS", certificate_name_at(certificate, 0).octets,
                    view_of_text("gw.example.org"));
    test_view_equal("IP", certificate_name_at(certificate, 1).octets, view_of("\xc0\0\2\1", 4));
    test_view_equal("RID", certificate_name_at(certificate, 3).octets, view_of_text("1.2.3.4"));
    test_view_equal("list", certificate_crl_url(certificate),
                    view_of_text("http://pki.example.org/x.crl"));
    certificate_drop(certificate);
    EVP_PKEY_free(key);
}

static const struct {
    const char *name, *kind, *usage, *extended;
    bool may_sign, may_encrypt, is_for_ike;
} usages[] = {
    {"none", "rsa2048", "", "", true, true, true},
    {"none, and no RSA", "p256", "", "", true, false, true},
    {"digitalSignature", "rsa2048", "digitalSignature", "", true, false, true},
    {"nonRepudiation", "rsa2048", "nonRepudiation", "", true, false, true},
    {"keyEncipherment", "rsa2048", "keyEncipherment", "", false, true, true},
    {"keyEncipherment of EC", "p256", "keyEncipherment", "", false, false, true},
    {"keyCertSign", "rsa2048", "keyCertSign", "", false, false, true},
    {"for mail", "p256", "", "emailProtection", true, false, false},
    {"for mail and IKE", "p256", "", "emailProtection,1.3.6.1.5.5.7.3.17", true, false, true},
    {"for anything", "p256", "", "anyExtendedKeyUsage", true, false, true},
};

static void usages_say_what_a_key_may_do(void **state)
{
    EVP_PKEY *rsa = authority_key("rsa2048");
    EVP_PKEY *ec = authority_key("p256");

    (void)state;
    for (size_t i = 0; i < COUNT(usages); i++) {
        struct certificate_draft draft = draft_of(usages[i].kind[0] == 'r' ? rsa : ec);
        struct certificate *certificate = NULL;

        draft_extend(&draft, "keyUsage", usages[i].usage);
        draft_extend(&draft, "extendedKeyUsage", usages[i].extended);
        assert_int_equal(read_draft(&draft, &certificate), STATUS_OK);
        if (certificate_may_sign(certificate) != usages[i].may_sign ||
            certificate_may_encrypt(certificate) != usages[i].may_encrypt ||
            certificate_is_for_ike(certificate) != usages[i].is_for_ike ||
            certificate_may_issue(certificate))
            fail_msg("%s", usages[i].name);
        certificate_drop(certificate);
    }
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

/* An RSA public key of chosen numbers; nothing is signed with it. */
static EVP_PKEY *rsa_of(int bits, bool is_odd, const char *exponent)
{
    BIGNUM *modulus = BN_new();
    BIGNUM *number = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    assert_true(BN_set_bit(modulus, bits - 1) && BN_hex2bn(&number, exponent) > 0);
    if (is_odd)
        assert_true(BN_set_bit(modulus, 0));
    assert_true(OSSL_PARAM_BLD_push_BN(builder, "n", modulus) &&
                OSSL_PARAM_BLD_push_BN(builder, "e", number));
    parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_true(EVP_PKEY_fromdata_init(context) > 0 &&
                EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) > 0);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(modulus);
    BN_free(number);
    return key;
}

static const struct {
    const char *name;
    int bits;
    bool is_odd;
    const char *exponent;
    enum status status;
} moduli[] = {
    {"sixty-four bits", 64, true, "10001", STATUS_LIMIT},
    {"a bit short", 1023, true, "10001", STATUS_LIMIT},
    {"the least", 1024, true, "10001", STATUS_OK},
    {"the most", 8192, true, "10001", STATUS_OK},
    {"a bit long", 8193, true, "10001", STATUS_LIMIT},
    {"long", 16384, true, "10001", STATUS_LIMIT},
    {"even", 2048, false, "10001", STATUS_LIMIT},
    {"exponent 3", 2048, true, "3", STATUS_OK},
    {"exponent 1", 2048, true, "1", STATUS_LIMIT},
    {"exponent 0", 2048, true, "0", STATUS_LIMIT},
    {"an even exponent", 2048, true, "10000", STATUS_LIMIT},
    {"an exponent of 64 bits", 2048, true, "8000000000000001", STATUS_OK},
    {"an exponent of 65 bits", 2048, true, "10000000000000001", STATUS_LIMIT},
};

static void sec_49_hostile_rsa_keys_are_refused_when_they_are_read(void **state)
{
    EVP_PKEY *signer = authority_key("p256");

    (void)state;
    for (size_t i = 0; i < COUNT(moduli); i++) {
        EVP_PKEY *key = rsa_of(moduli[i].bits, moduli[i].is_odd, moduli[i].exponent);
        struct certificate_draft draft = draft_of(key);
        struct certificate *certificate = NULL;
        enum status status;

        draft.signer_key = signer;
        status = read_draft(&draft, &certificate);
        if (status != moduli[i].status)
            fail_msg("%s: %s", moduli[i].name, status_name(status));
        certificate_drop(certificate);
        EVP_PKEY_free(key);
    }
    EVP_PKEY_free(signer);
}

/* How an EC key is written, or on which curve. */
static EVP_PKEY *ec_of(const char *curve, const char *encoding, const char *form)
{
    EVP_PKEY *key = EVP_EC_gen(curve);

    assert_non_null(key);
    if (encoding)
        assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding) > 0);
    if (form)
        assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                   form) > 0);
    return key;
}

static const struct {
    const char *name, *curve, *encoding, *form;
    enum status status;
} curves[] = {
    {"named", "P-256", NULL, NULL, STATUS_OK},
    {"P-384", "P-384", NULL, NULL, STATUS_OK},
    {"P-521", "P-521", NULL, NULL, STATUS_OK},
    {"spelled out", "P-256", "explicit", NULL, STATUS_UNEXPECTED},
    {"a compressed point", "P-256", NULL, "compressed", STATUS_UNEXPECTED},
    {"a hybrid point", "P-256", NULL, "hybrid", STATUS_UNEXPECTED},
    {"another curve", "secp256k1", NULL, NULL, STATUS_UNEXPECTED},
    {"a short curve", "P-192", NULL, NULL, STATUS_UNEXPECTED},
};

static void sec_53_only_curves_of_the_table_in_their_plain_form_are_read(void **state)
{
    EVP_PKEY *signer = authority_key("p256");

    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        EVP_PKEY *key = ec_of(curves[i].curve, curves[i].encoding, curves[i].form);
        struct certificate_draft draft = draft_of(key);
        struct certificate *certificate = NULL;
        enum status status;

        draft.signer_key = signer;
        status = read_draft(&draft, &certificate);
        if (status != curves[i].status)
            fail_msg("%s: %s", curves[i].name, status_name(status));
        certificate_drop(certificate);
        EVP_PKEY_free(key);
    }
    EVP_PKEY_free(signer);
}

static void sec_132_every_truncation_and_every_flipped_octet_is_survived(void **state)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = draft_of(key);
    X509 *x509;
    struct bytes der;
    size_t read = 0;

    (void)state;
    draft_extend(&draft, "subjectAltName", "DNS:gw.example.org,IP:192.0.2.1");
    draft_extend(&draft, "keyUsage", "critical,digitalSignature");
    x509 = authority_certificate(&draft);
    der = authority_der(x509);
    for (size_t i = 0; i < der.bytes; i++) {
        struct certificate *certificate = NULL;

        assert_int_equal(certificate_read(view_of(der.data_own, i), &certificate),
                         STATUS_MALFORMED);
        for (unsigned bit = 0; bit < 8; bit++) {
            der.data_own[i] ^= (uint8_t)(1u << bit);
            if (certificate_read(bytes_view(&der), &certificate) == STATUS_OK) {
                test_view_equal("what was read", certificate_der(certificate), bytes_view(&der));
                certificate_drop(certificate);
                read++;
            }
            der.data_own[i] ^= (uint8_t)(1u << bit);
        }
    }
    assert_true(read > 0 && read < 8 * der.bytes);
    bytes_clear(&der);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void sec_132_nothing_follows_and_nothing_is_too_long(void **state)
{
    static uint8_t octets[CERTIFICATE_MOST_BYTES + 1];
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = draft_of(key);
    X509 *x509 = authority_certificate(&draft);
    struct bytes der = authority_der(x509);
    struct certificate *certificate = NULL;

    (void)state;
    for (size_t i = 0; i < der.bytes; i++)
        octets[i] = der.data_own[i];
    assert_int_equal(certificate_read(view_of(octets, der.bytes), &certificate), STATUS_OK);
    certificate_drop(certificate);
    assert_int_equal(certificate_read(view_of(octets, der.bytes + 1), &certificate),
                     STATUS_MALFORMED);
    assert_int_equal(certificate_read(view_of(octets, sizeof octets), &certificate), STATUS_LIMIT);
    assert_int_equal(certificate_read(view_of(octets, 0), &certificate), STATUS_MALFORMED);
    bytes_clear(&der);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void lists_are_read_whole_or_not(void **state)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = draft_of(key);
    X509 *x509 = authority_certificate(&draft);
    struct crl_draft list = {.issuer = x509,
                             .key = key,
                             .this_update_s = NOW_S,
                             .next_update_s = NOW_S + 5,
                             .revoked = 9};
    X509_CRL *made = authority_crl(&list);
    struct bytes der = authority_crl_der(made);
    struct crl *crl = NULL;

    (void)state;
    assert_int_equal(crl_read(bytes_view(&der), &crl), STATUS_OK);
    assert_int_equal(crl_entry_count(crl), 1);
    assert_int_equal(crl_this_update_s(crl), NOW_S);
    assert_true(crl_has_next_update(crl));
    assert_int_equal(crl_next_update_s(crl), NOW_S + 5);
    crl_drop(crl);
    for (size_t i = 0; i < der.bytes; i++) {
        assert_int_equal(crl_read(view_of(der.data_own, i), &crl), STATUS_MALFORMED);
        der.data_own[i] ^= 0x20;
        if (crl_read(bytes_view(&der), &crl) == STATUS_OK)
            crl_drop(crl);
        der.data_own[i] ^= 0x20;
    }
    bytes_clear(&der);
    X509_CRL_free(made);
    X509_free(x509);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(usages_say_what_a_key_may_do),
        cmocka_unit_test(sec_49_hostile_rsa_keys_are_refused_when_they_are_read),
        cmocka_unit_test(sec_53_only_curves_of_the_table_in_their_plain_form_are_read),
        cmocka_unit_test(sec_132_every_truncation_and_every_flipped_octet_is_survived),
        cmocka_unit_test(sec_132_nothing_follows_and_nothing_is_too_long),
        cmocka_unit_test(lists_are_read_whole_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
