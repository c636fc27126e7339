#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "pki/certificate_private.h"

#define RSA_LEAST_BITS 1024
#define RSA_MOST_BITS 8192
#define RSA_EXPONENT_MOST_BITS 64
#define DSA_LEAST_BITS 1024
#define DSA_MOST_BITS 3072
#define POINT_UNCOMPRESSED 0x04

static enum status rsa_check(const EVP_PKEY *key);
static enum status dsa_check(const EVP_PKEY *key);

/* Of a point, OpenSSL has seen that it lies on its curve. */
static const struct key_row {
    const char *type;
    int curve;
    enum certificate_key_kind kind;
    enum status (*check)(const EVP_PKEY *key); /* NULL: nothing more to see */
} key_table[] = {
    {.type = "RSA", .kind = CERTIFICATE_RSA, .check = rsa_check},
    {.type = "DSA", .kind = CERTIFICATE_DSA, .check = dsa_check},
    {.type = "EC", .curve = NID_X9_62_prime256v1, .kind = CERTIFICATE_P256},
    {.type = "EC", .curve = NID_secp384r1, .kind = CERTIFICATE_P384},
    {.type = "EC", .curve = NID_secp521r1, .kind = CERTIFICATE_P521},
    {.type = "ED25519", .kind = CERTIFICATE_ED25519},
    {.type = "ED448", .kind = CERTIFICATE_ED448},
};

static enum status rsa_check(const EVP_PKEY *key)
{
    enum status status = STATUS_LIMIT;
    BIGNUM *modulus = NULL;
    BIGNUM *exponent = NULL;
    int bits;

    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) ||
        !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent)) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    bits = BN_num_bits(modulus);
    if (bits >= RSA_LEAST_BITS && bits <= RSA_MOST_BITS && BN_is_odd(modulus) &&
        BN_is_odd(exponent) && !BN_is_one(exponent) && !BN_is_negative(exponent) &&
        BN_num_bits(exponent) <= RSA_EXPONENT_MOST_BITS)
        status = STATUS_OK;
out:
    BN_free(modulus);
    BN_free(exponent);
    return status;
}

static enum status dsa_check(const EVP_PKEY *key)
{
    enum status status = STATUS_LIMIT;
    BIGNUM *prime = NULL;
    BIGNUM *order = NULL;
    int bits;
    int order_bits;

    /* Numbers that a certificate leaves to its issuer's are not there. */
    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &prime) ||
        !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &order)) {
        status = STATUS_UNEXPECTED;
        goto out;
    }
    bits = BN_num_bits(prime);
    order_bits = BN_num_bits(order);
    if (bits >= DSA_LEAST_BITS && bits <= DSA_MOST_BITS && BN_is_odd(prime) &&
        (order_bits == 160 || order_bits == 224 || order_bits == 256))
        status = STATUS_OK;
out:
    BN_free(prime);
    BN_free(order);
    return status;
}

/* The object that names the curve; NID_undef when it is spelled out, or the point is not whole. */
static int named_curve(const struct certificate *certificate, const EVP_PKEY *key)
{
    size_t field_bytes = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    const unsigned char *point = NULL;
    int point_bytes = 0;
    X509_ALGOR *algorithm = NULL;
    const void *parameter = NULL;
    int type = V_ASN1_UNDEF;

    if (!X509_PUBKEY_get0_param(NULL, &point, &point_bytes, &algorithm,
                                X509_get_X509_PUBKEY(certificate->x509_own)))
        return NID_undef;
    X509_ALGOR_get0(NULL, &type, &parameter, algorithm);
    if (type != V_ASN1_OBJECT || point_bytes <= 0 || point[0] != POINT_UNCOMPRESSED ||
        (size_t)point_bytes != 1 + 2 * field_bytes)
        return NID_undef;
    return OBJ_obj2nid(parameter);
}

enum status certificate_key_read(struct certificate *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate->x509_own);

    if (!key)
        return STATUS_UNEXPECTED;
    for (size_t i = 0; i < COUNT(key_table); i++) {
        const struct key_row *row = &key_table[i];

        if (!EVP_PKEY_is_a(key, row->type) ||
            (row->curve != NID_undef && named_curve(certificate, key) != row->curve))
            continue;
        certificate->key_kind = row->kind;
        certificate->key_bits = (unsigned)EVP_PKEY_get_bits(key);
        return row->check ? row->check(key) : STATUS_OK;
    }
    return STATUS_UNEXPECTED;
}
