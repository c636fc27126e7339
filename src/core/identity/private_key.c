#include "identity/private_key.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "registry/transform.h"

#define CURVE_NAME_BYTES 32u

struct private_key {
    EVP_PKEY *key_own;
    struct rsa_private *rsa_own; /* of one that decrypts */
    enum private_key_use use;
};

/* How one kind of key makes a SIG body of `hash`, and the hashes that it takes. */
struct signature_form {
    const char *openssl; /* EVP_PKEY type */
    enum status (*sign)(EVP_PKEY *key, struct view hash, struct bytes *out);
};

enum status private_key_read(struct view pkcs8, enum private_key_use use, struct private_key **out)
{
    static const char *const kinds[] = {"RSA", "DSA", "EC"};
    const uint8_t *at = pkcs8.data;
    struct private_key *key = NULL;
    PKCS8_PRIV_KEY_INFO *info = NULL;
    enum status status = STATUS_MALFORMED;

    if (pkcs8.bytes > PRIVATE_KEY_MOST_BYTES)
        return STATUS_LIMIT;
    key = calloc(1, sizeof *key);
    if (!key)
        return STATUS_NO_MEMORY;
    key->use = use;
    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8.bytes);
    if (info && at == pkcs8.data + pkcs8.bytes)
        key->key_own = EVP_PKCS82PKEY(info);
    if (!key->key_own)
        goto out;
    status = STATUS_UNEXPECTED;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (EVP_PKEY_is_a(key->key_own, kinds[i]))
            status = STATUS_OK;
    }
    if (status == STATUS_OK && use == PRIVATE_KEY_DECRYPTS)
        status = rsa_private_read(pkcs8, &key->rsa_own);
    if (status == STATUS_OK) {
        *out = key;
        key = NULL;
    }
out:
    PKCS8_PRIV_KEY_INFO_free(info); /* wipes the key in it */
    private_key_free(key);
    ERR_clear_error();
    return status;
}

void private_key_free(struct private_key *key)
{
    if (!key)
        return;
    rsa_private_free(key->rsa_own);
    EVP_PKEY_free(key->key_own); /* wipes its numbers */
    free(key);
}

enum private_key_use private_key_use(const struct private_key *key)
{
    return key->use;
}

/* What OpenSSL makes of a hash that is signed as it is, verified by the public half before anybody
 * sees it. */
static enum status sign_raw(EVP_PKEY *key, struct view hash, struct bytes *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool is_rsa = EVP_PKEY_is_a(key, "RSA");
    struct bytes signature = {0};
    size_t bytes = 0;
    enum status status = STATUS_CRYPTO;

    if (!context || EVP_PKEY_sign_init(context) <= 0 ||
        (is_rsa && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0) ||
        EVP_PKEY_sign(context, NULL, &bytes, hash.data, hash.bytes) <= 0)
        goto out;
    signature.data_own = malloc(bytes);
    if (!signature.data_own) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    if (EVP_PKEY_sign(context, signature.data_own, &bytes, hash.data, hash.bytes) <= 0)
        goto out;
    signature.bytes = bytes;
    if (EVP_PKEY_verify_init(context) <= 0 ||
        (is_rsa && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0) ||
        EVP_PKEY_verify(context, signature.data_own, bytes, hash.data, hash.bytes) != 1)
        goto out;
    *out = signature;
    signature = (struct bytes){0};
    status = STATUS_OK;
out:
    bytes_wipe(&signature);
    EVP_PKEY_CTX_free(context);
    return status;
}

static enum status sign_rsa(EVP_PKEY *key, struct view hash, struct bytes *out)
{
    struct bytes signature = {0};
    enum status status = sign_raw(key, hash, &signature);

    if (status == STATUS_OK && signature.bytes != (size_t)EVP_PKEY_get_size(key))
        status = STATUS_CRYPTO; /* leading zeros must stand in it */
    if (status != STATUS_OK) {
        bytes_clear(&signature);
        return status;
    }
    bytes_clear(out);
    *out = signature;
    return STATUS_OK;
}

/* r | s, each with leading zeros to `width_bytes`. */
static enum status join(const BIGNUM *r, const BIGNUM *s, size_t width_bytes, struct bytes *out)
{
    struct bytes joined = {.data_own = malloc(2 * width_bytes), .bytes = 2 * width_bytes};

    if (!joined.data_own)
        return STATUS_NO_MEMORY;
    if (BN_bn2binpad(r, joined.data_own, (int)width_bytes) < 0 ||
        BN_bn2binpad(s, joined.data_own + width_bytes, (int)width_bytes) < 0) {
        bytes_clear(&joined);
        return STATUS_CRYPTO;
    }
    bytes_clear(out);
    *out = joined;
    return STATUS_OK;
}

static enum status sign_dsa(EVP_PKEY *key, struct view hash, struct bytes *out)
{
    struct bytes der = {0};
    BIGNUM *order = NULL;
    DSA_SIG *signature = NULL;
    enum status status = sign_raw(key, hash, &der);

    if (status == STATUS_OK) {
        const uint8_t *at = der.data_own;

        const BIGNUM *r = NULL, *s = NULL;

        status = STATUS_CRYPTO;
        signature = d2i_DSA_SIG(NULL, &at, (long)der.bytes);
        if (signature && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_Q, &order) > 0) {
            DSA_SIG_get0(signature, &r, &s);
            status = join(r, s, (size_t)BN_num_bytes(order), out);
        }
    }
    BN_free(order);
    DSA_SIG_free(signature);
    bytes_clear(&der);
    return status;
}

static enum status sign_ecdsa(EVP_PKEY *key, struct view hash, struct bytes *out)
{
    struct bytes der = {0};
    ECDSA_SIG *signature = NULL;
    enum status status = sign_raw(key, hash, &der);

    if (status == STATUS_OK) {
        const uint8_t *at = der.data_own;

        status = STATUS_CRYPTO;
        signature = d2i_ECDSA_SIG(NULL, &at, (long)der.bytes);
        if (signature)
            status = join(ECDSA_SIG_get0_r(signature), ECDSA_SIG_get0_s(signature),
                          ((size_t)EVP_PKEY_get_bits(key) + 7) / 8, out);
    }
    ECDSA_SIG_free(signature);
    bytes_clear(&der);
    return status;
}

static const struct signature_form forms[] = {
    {.openssl = "RSA", .sign = sign_rsa},
    {.openssl = "DSA", .sign = sign_dsa},
    {.openssl = "EC", .sign = sign_ecdsa},
};

/* The form of a method: by its registry row. */
static const struct signature_form *form_of(const struct method *method)
{
    if (method->curve)
        return &forms[2];
    return method->hash ? &forms[1] : &forms[0];
}

static bool is_on_curve(const EVP_PKEY *key, const char *curve)
{
    char name[CURVE_NAME_BYTES];
    size_t bytes = 0;

    return EVP_PKEY_get_group_name(key, name, sizeof name, &bytes) > 0 &&
           view_equal(view_of(name, bytes), view_of_text(curve));
}

/* The output of the bound hash, or of any that can be negotiated. */
static bool is_hash_of(const struct method *method, struct view hash)
{
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        if (row->kind == TRANSFORM_HASH && row->ike1 != 0 && row->hash_bytes == hash.bytes &&
            (method->hash == 0 || method->hash == row->ike1))
            return true;
    }
    return false;
}

enum status private_key_sign(const struct private_key *key, enum auth_method method,
                             struct view hash, struct bytes *out)
{
    const struct method *row = method_by_number(method);
    const struct signature_form *form = NULL;
    enum status status = STATUS_UNEXPECTED;

    if (key->use != PRIVATE_KEY_SIGNS)
        return STATUS_REFUSED;
    if (!row || row->class != METHOD_CLASS_SIGNATURE)
        return STATUS_UNEXPECTED;
    form = form_of(row);
    if (EVP_PKEY_is_a(key->key_own, form->openssl) &&
        (!row->curve || is_on_curve(key->key_own, row->curve)))
        status = is_hash_of(row, hash) ? form->sign(key->key_own, hash, out) : STATUS_LIMIT;
    ERR_clear_error();
    return status;
}

const struct rsa_private *private_key_rsa(const struct private_key *key)
{
    return key->rsa_own;
}
