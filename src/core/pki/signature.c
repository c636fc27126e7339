#include "pki/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/secret.h"

#define HASH_LEAST_BYTES 16u
#define HASH_MOST_BYTES 64u
#define RSA_MOST_BYTES 1024u /* 8192 bits, the bound of certificate.h */
#define PART_MOST_BYTES 66u  /* r or s on P-521 */
/* SEQUENCE of two INTEGERs, each with a zero before it. */
#define DER_MOST_BYTES (2u * (PART_MOST_BYTES + 3u) + 4u)

typedef enum status method_verify(EVP_PKEY *key, struct view hash, struct view signature);

static method_verify rsa_verify, dss_verify, ecdsa_verify;

static const struct {
    enum auth_method method;
    enum certificate_key_kind kind;
    method_verify *verify; /* NULL: the method encrypts */
} method_rows[] = {
    {METHOD_RSA_SIG, CERTIFICATE_RSA, rsa_verify},
    {METHOD_DSS_SIG, CERTIFICATE_DSA, dss_verify},
    {METHOD_RSA_ENCRYPT, CERTIFICATE_RSA, NULL},
    {METHOD_RSA_ENCRYPT_REVISED, CERTIFICATE_RSA, NULL},
    {METHOD_ECDSA_256, CERTIFICATE_P256, ecdsa_verify},
    {METHOD_ECDSA_384, CERTIFICATE_P384, ecdsa_verify},
    {METHOD_ECDSA_521, CERTIFICATE_P521, ecdsa_verify},
};

/* 00 01 FF .. FF 00 HASH, as long as the modulus: at least eight FF fit, for it has 1024 bits. */
static void block_make(struct view hash, uint8_t *block, size_t block_bytes)
{
    size_t hash_at = block_bytes - hash.bytes;

    for (size_t i = 0; i < block_bytes; i++)
        block[i] = i < hash_at ? 0xff : hash.data[i - hash_at];
    block[0] = 0x00;
    block[1] = 0x01;
    block[hash_at - 1] = 0x00;
}

static enum status rsa_verify(EVP_PKEY *key, struct view hash, struct view signature)
{
    uint8_t block[RSA_MOST_BYTES];
    uint8_t raised[RSA_MOST_BYTES];
    size_t bytes = (size_t)EVP_PKEY_get_size(key);
    size_t raised_bytes = sizeof raised;
    EVP_PKEY_CTX *context = NULL;
    enum status status = STATUS_FORGED;

    if (EVP_PKEY_get_bits(key) < (int)SIGNATURE_LEAST_RSA_BITS)
        return STATUS_REFUSED;
    if (bytes > sizeof block || signature.bytes != bytes)
        return STATUS_FORGED;
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!context || EVP_PKEY_verify_recover_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) <= 0) {
        status = STATUS_CRYPTO;
        goto out;
    }
    /* This fails for what is not below the modulus, too. */
    if (EVP_PKEY_verify_recover(context, raised, &raised_bytes, signature.data, signature.bytes) !=
        1)
        goto out;
    block_make(hash, block, bytes);
    if (secret_equal(view_of(block, bytes), view_of(raised, raised_bytes)))
        status = STATUS_OK;
out:
    EVP_PKEY_CTX_free(context);
    return status;
}

/* DER of the signature that r | s is; 0 octets when it cannot be. */
static size_t pair_encode(struct view signature, uint8_t out[DER_MOST_BYTES])
{
    size_t half = signature.bytes / 2;
    BIGNUM *r = BN_bin2bn(signature.data, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, (int)half, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new(); /* DSS has the same form */
    int bytes = 0;

    if (r && s && pair && ECDSA_SIG_set0(pair, r, s)) {
        r = NULL;
        s = NULL;
        if (i2d_ECDSA_SIG(pair, NULL) <= (int)DER_MOST_BYTES)
            bytes = i2d_ECDSA_SIG(pair, &out);
    }
    ECDSA_SIG_free(pair);
    BN_free(r);
    BN_free(s);
    return bytes > 0 ? (size_t)bytes : 0;
}

/* OpenSSL refuses r and s that are zero or not below the order. */
static enum status pair_verify(EVP_PKEY *key, struct view hash, struct view signature)
{
    uint8_t der[DER_MOST_BYTES];
    size_t der_bytes = pair_encode(signature, der);
    EVP_PKEY_CTX *context = NULL;
    enum status status = STATUS_CRYPTO;

    if (der_bytes == 0)
        return STATUS_CRYPTO;
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context && EVP_PKEY_verify_init(context) == 1)
        status = EVP_PKEY_verify(context, der, der_bytes, hash.data, hash.bytes) == 1
                     ? STATUS_OK
                     : STATUS_FORGED;
    EVP_PKEY_CTX_free(context);
    return status;
}

static enum status dss_verify(EVP_PKEY *key, struct view hash, struct view signature)
{
    BIGNUM *order = NULL;
    size_t part_bytes;

    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &order))
        return STATUS_CRYPTO;
    part_bytes = (size_t)BN_num_bytes(order);
    BN_free(order);
    return signature.bytes == 2 * part_bytes ? pair_verify(key, hash, signature) : STATUS_FORGED;
}

static enum status ecdsa_verify(EVP_PKEY *key, struct view hash, struct view signature)
{
    size_t part_bytes = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;

    return signature.bytes == 2 * part_bytes ? pair_verify(key, hash, signature) : STATUS_FORGED;
}

bool signature_method_takes(enum auth_method method, enum certificate_key_kind kind)
{
    for (size_t i = 0; i < COUNT(method_rows); i++) {
        if (method_rows[i].method == method)
            return method_rows[i].kind == kind;
    }
    return false;
}

enum status signature_verify(const struct certificate *signer, enum auth_method method,
                             struct view hash, struct view signature)
{
    enum status status = STATUS_UNEXPECTED;

    if (hash.bytes < HASH_LEAST_BYTES || hash.bytes > HASH_MOST_BYTES)
        return STATUS_LIMIT;
    for (size_t i = 0; i < COUNT(method_rows); i++) {
        if (method_rows[i].method == method && method_rows[i].verify &&
            method_rows[i].kind == certificate_key_kind(signer))
            status = method_rows[i].verify(certificate_public_key(signer), hash, signature);
    }
    ERR_clear_error();
    return status;
}
