#include "keystore/bundle.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "keystore/object.h"

#define PASSWORD_BYTES 1024
#define MOST_ROUNDS 10000000L
#define EXPECTED "expected a certificate, CRL or private key in PEM or DER, PKCS#7 or PKCS#12"

/* A reading under way. */
struct unpacking {
    struct bundle *out;
    struct text *error;
    bundle_password_fn *ask;
    void *arg;
    char password[PASSWORD_BYTES + 1];
    bool has_asked;
};

static enum status add(struct unpacking *unpacking, struct bundle_item *item)
{
    struct bundle *out = unpacking->out;

    if (out->count == BUNDLE_MOST_ITEMS) {
        text_add(unpacking->error, "more than %u objects at once", BUNDLE_MOST_ITEMS);
        bytes_wipe(&item->object_own);
        bytes_clear(&item->spki_own);
        return STATUS_LIMIT;
    }
    out->items[out->count++] = *item;
    return STATUS_OK;
}

static enum status add_key(struct unpacking *unpacking, EVP_PKEY *key)
{
    struct bundle_item item = {.kind = KEYSTORE_KEY};
    enum status status = object_key_check(key, unpacking->error);

    if (status != STATUS_OK)
        return status;
    if (object_key_encode(key, &item.object_own) != STATUS_OK ||
        object_spki_encode(key, &item.spki_own) != STATUS_OK) {
        bytes_wipe(&item.object_own);
        text_add(unpacking->error, "the private key is of a kind that cannot be stored");
        return STATUS_UNEXPECTED;
    }
    return add(unpacking, &item);
}

static enum status add_certificate(struct unpacking *unpacking, const X509 *certificate)
{
    struct bundle_item item = {.kind = KEYSTORE_CERTIFICATE};
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    unsigned char *der = NULL;
    int bytes = i2d_X509(certificate, &der);
    enum status status =
        bytes > 0 ? bytes_copy(view_of(der, (size_t)bytes), &item.object_own) : STATUS_NO_MEMORY;

    OPENSSL_free(der);
    if (status == STATUS_OK && !key) {
        text_add(unpacking->error, "the public key of the certificate is of an unknown kind");
        status = STATUS_UNEXPECTED;
    }
    if (status == STATUS_OK)
        status = object_spki_encode(key, &item.spki_own);
    if (status == STATUS_OK)
        return add(unpacking, &item);
    bytes_clear(&item.object_own);
    return status;
}

static enum status add_crl(struct unpacking *unpacking, const X509_CRL *crl)
{
    struct bundle_item item = {.kind = KEYSTORE_CRL};
    unsigned char *der = NULL;
    int bytes = i2d_X509_CRL(crl, &der);
    enum status status =
        bytes > 0 ? bytes_copy(view_of(der, (size_t)bytes), &item.object_own) : STATUS_NO_MEMORY;

    OPENSSL_free(der);
    return status == STATUS_OK ? add(unpacking, &item) : status;
}

/* The password, asked for when it was not yet; NULL: there is none. */
static const char *password_of(struct unpacking *unpacking)
{
    int bytes = -1;

    if (!unpacking->has_asked) {
        unpacking->has_asked = true;
        if (unpacking->ask)
            bytes = unpacking->ask(unpacking->arg, unpacking->password, PASSWORD_BYTES);
        unpacking->password[bytes > 0 && bytes <= PASSWORD_BYTES ? bytes : 0] = '\0';
        if (bytes < 0)
            unpacking->ask = NULL;
    }
    return unpacking->ask ? unpacking->password : NULL;
}

static enum status say_password(struct unpacking *unpacking, const char *what)
{
    text_add(unpacking->error,
             unpacking->ask ? "%s: the password is wrong, or it is damaged"
                            : "%s: is under a password, and none was given",
             what);
    return STATUS_FORGED;
}

/* What PEM_read_bio_PrivateKey and d2i_PKCS8PrivateKey_bio ask. */
static int give_password(char *buffer, int bytes, int is_writing, void *arg)
{
    struct unpacking *unpacking = arg;
    const char *password = password_of(unpacking);
    size_t length = password ? strlen(password) : 0;

    (void)is_writing;
    unpacking->out->was_encrypted = true;
    if (!password || length > (size_t)bytes)
        return -1;
    for (size_t i = 0; i < length; i++) /* no NUL after it */
        buffer[i] = password[i];
    return (int)length;
}

static enum status take_key(struct unpacking *unpacking, EVP_PKEY *key, const char *what)
{
    enum status status;

    if (!key && unpacking->out->was_encrypted)
        return say_password(unpacking, what);
    if (!key) {
        text_add(unpacking->error, "%s: is damaged or of an unknown kind", what);
        return STATUS_MALFORMED;
    }
    status = add_key(unpacking, key);
    EVP_PKEY_free(key);
    return status;
}

static enum status unpack_pkcs7(struct unpacking *unpacking, const PKCS7 *envelope)
{
    STACK_OF(X509) *certificates = NULL;
    STACK_OF(X509_CRL) *crls = NULL;
    enum status status = STATUS_OK;

    unpacking->out->form = "PKCS#7";
    if (OBJ_obj2nid(envelope->type) == NID_pkcs7_signed && envelope->d.sign) {
        certificates = envelope->d.sign->cert;
        crls = envelope->d.sign->crl;
    }
    for (int i = 0; status == STATUS_OK && i < sk_X509_num(certificates); i++)
        status = add_certificate(unpacking, sk_X509_value(certificates, i));
    for (int i = 0; status == STATUS_OK && i < sk_X509_CRL_num(crls); i++)
        status = add_crl(unpacking, sk_X509_CRL_value(crls, i));
    if (status == STATUS_OK && unpacking->out->count == 0) {
        text_add(unpacking->error, "PKCS#7: has neither certificates nor CRLs in it");
        status = STATUS_UNEXPECTED;
    }
    return status;
}

/* How often the key of the MAC is hashed is the file's to say, up to a bound: a minute, not a year.
 */
static bool is_costly(const PKCS12 *envelope)
{
    const ASN1_INTEGER *rounds = NULL;

    PKCS12_get0_mac(NULL, NULL, NULL, &rounds, envelope);
    return rounds && (ASN1_INTEGER_get(rounds) < 0 || ASN1_INTEGER_get(rounds) > MOST_ROUNDS);
}

/* An empty password is written in two ways; then the true one. */
static const char *pkcs12_password(struct unpacking *unpacking, PKCS12 *envelope, bool *is_right)
{
    const char *password = "";

    *is_right = !PKCS12_mac_present(envelope) || PKCS12_verify_mac(envelope, "", 0);
    if (!*is_right && PKCS12_verify_mac(envelope, NULL, 0)) {
        *is_right = true;
        return NULL;
    }
    if (!*is_right) {
        unpacking->out->was_encrypted = true;
        password = password_of(unpacking);
        *is_right = password && PKCS12_verify_mac(envelope, password, -1);
    }
    return password;
}

static enum status unpack_pkcs12(struct unpacking *unpacking, PKCS12 *envelope)
{
    EVP_PKEY *key = NULL;
    X509 *own = NULL;
    STACK_OF(X509) *others = NULL;
    bool is_right;
    const char *password;
    enum status status = STATUS_OK;

    unpacking->out->form = "PKCS#12";
    if (is_costly(envelope)) {
        text_add(unpacking->error, "PKCS#12: wants more than %ld rounds of hashing", MOST_ROUNDS);
        return STATUS_LIMIT;
    }
    password = pkcs12_password(unpacking, envelope, &is_right);
    if (!is_right || !PKCS12_parse(envelope, password, &key, &own, &others))
        return say_password(unpacking, "PKCS#12");
    if (key)
        status = add_key(unpacking, key);
    if (status == STATUS_OK && own)
        status = add_certificate(unpacking, own);
    for (int i = 0; status == STATUS_OK && i < sk_X509_num(others); i++)
        status = add_certificate(unpacking, sk_X509_value(others, i));
    EVP_PKEY_free(key);
    X509_free(own);
    sk_X509_pop_free(others, X509_free);
    return status;
}

/* Nothing may follow. */
static bool is_all(const unsigned char *end, struct view der)
{
    return end == der.data + der.bytes;
}

/* Each tries one form of DER. STATUS_ABSENT: it is something else. */
static enum status try_certificate(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.bytes);
    enum status status =
        certificate && is_all(at, der) ? add_certificate(unpacking, certificate) : STATUS_ABSENT;

    X509_free(certificate);
    return status;
}

static enum status try_crl(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.bytes);
    enum status status = crl && is_all(at, der) ? add_crl(unpacking, crl) : STATUS_ABSENT;

    X509_CRL_free(crl);
    return status;
}

static enum status try_key(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der.bytes);

    if (key && is_all(at, der))
        return take_key(unpacking, key, "private key");
    EVP_PKEY_free(key);
    return STATUS_ABSENT;
}

static enum status try_pkcs7(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    PKCS7 *envelope = d2i_PKCS7(NULL, &at, (long)der.bytes);
    enum status status =
        envelope && is_all(at, der) ? unpack_pkcs7(unpacking, envelope) : STATUS_ABSENT;

    PKCS7_free(envelope);
    return status;
}

static enum status try_pkcs12(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    PKCS12 *envelope = d2i_PKCS12(NULL, &at, (long)der.bytes);
    enum status status =
        envelope && is_all(at, der) ? unpack_pkcs12(unpacking, envelope) : STATUS_ABSENT;

    PKCS12_free(envelope);
    return status;
}

/* Encrypted PKCS#8. */
static enum status try_locked_key(struct unpacking *unpacking, struct view der)
{
    const unsigned char *at = der.data;
    X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)der.bytes);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    const char *password;
    enum status status = STATUS_ABSENT;

    if (locked && is_all(at, der)) {
        unpacking->out->was_encrypted = true;
        password = password_of(unpacking);
        if (password)
            info = PKCS8_decrypt(locked, password, (int)strlen(password));
        status = take_key(unpacking, info ? EVP_PKCS82PKEY(info) : NULL, "private key");
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(locked);
    return status;
}

static enum status unpack_der(struct unpacking *unpacking, struct view der)
{
    static enum status (*const tries[])(struct unpacking *, struct view) = {
        try_certificate, try_crl, try_key, try_pkcs7, try_pkcs12, try_locked_key,
    };
    enum status status = STATUS_ABSENT;

    for (size_t i = 0; status == STATUS_ABSENT && i < COUNT(tries); i++)
        status = tries[i](unpacking, der);
    return status;
}

/* One PEM block. Keys go back through the PEM reader, which knows the old encrypted form. */
static enum status unpack_block(struct unpacking *unpacking, const char *label, const char *header,
                                struct view der)
{
    enum keystore_kind kind;

    if (strstr(header, "ENCRYPTED")) {
        EVP_CIPHER_INFO cipher;
        struct bytes plain = {0};
        long bytes = (long)der.bytes;
        char *text = (char *)(uintptr_t)header; /* OpenSSL reads it only */
        enum status status = STATUS_MALFORMED;

        if (PEM_get_EVP_CIPHER_INFO(text, &cipher) && bytes_copy(der, &plain) == STATUS_OK) {
            if (PEM_do_header(&cipher, plain.data_own, &bytes, give_password, unpacking) &&
                bytes > 0)
                status = try_key(unpacking, view_of(plain.data_own, (size_t)bytes));
            else
                status = STATUS_ABSENT;
        }
        bytes_wipe(&plain);
        return status == STATUS_ABSENT ? say_password(unpacking, label) : status;
    }
    if (strcmp(label, PEM_STRING_X509_REQ) == 0 || strcmp(label, PEM_STRING_X509_REQ_OLD) == 0) {
        text_add(unpacking->error, "a certificate request; its issuer makes a certificate of it");
        return STATUS_UNEXPECTED;
    }
    if (object_label_kind(label, &kind)) {
        const enum status status = kind == KEYSTORE_CERTIFICATE ? try_certificate(unpacking, der)
                                   : kind == KEYSTORE_CRL       ? try_crl(unpacking, der)
                                                                : try_key(unpacking, der);
        if (status == STATUS_ABSENT)
            text_add(unpacking->error, "%s: is damaged or of an unknown kind", label);
        return status == STATUS_ABSENT ? STATUS_MALFORMED : status;
    }
    if (strcmp(label, PEM_STRING_PKCS8) == 0)
        return try_locked_key(unpacking, der);
    if (strcmp(label, PEM_STRING_PKCS7) == 0 || strcmp(label, "CMS") == 0)
        return try_pkcs7(unpacking, der);
    return STATUS_ABSENT; /* parameters and the like lie beside keys */
}

static enum status unpack_pem(struct unpacking *unpacking, BIO *bio)
{
    enum status status = STATUS_OK;
    char *label = NULL;
    char *header = NULL;
    unsigned char *data = NULL;
    long bytes = 0;

    while (status == STATUS_OK && PEM_read_bio(bio, &label, &header, &data, &bytes)) {
        status = unpack_block(unpacking, label, header, view_of(data, (size_t)bytes));
        if (status == STATUS_ABSENT)
            status = STATUS_OK;
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)bytes);
    }
    /* A block that began and cannot be read is not left out in silence. */
    if (status == STATUS_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        text_add(unpacking->error, "a PEM block is damaged or not whole");
        status = STATUS_MALFORMED;
    }
    return status;
}

enum status bundle_read(struct view input, bundle_password_fn *password, void *arg,
                        struct bundle *out, struct text *error)
{
    struct unpacking unpacking = {.out = out, .error = error, .ask = password, .arg = arg};
    BIO *bio = NULL;
    enum status status = STATUS_ABSENT;

    ERR_clear_error();
    if (input.bytes > 0 && input.bytes <= INT_MAX) {
        out->form = "DER";
        status = unpack_der(&unpacking, input);
        ERR_clear_error();
    }
    if (status == STATUS_ABSENT && input.bytes > 0 && input.bytes <= INT_MAX &&
        (bio = BIO_new_mem_buf(input.data, (int)input.bytes)) != NULL) {
        out->form = "PEM";
        status = unpack_pem(&unpacking, bio);
        if (status == STATUS_OK && out->count == 0)
            status = STATUS_ABSENT;
    }
    if (status == STATUS_ABSENT) {
        text_add(error, input.bytes == 0 ? "nothing came; " EXPECTED : EXPECTED);
        status = STATUS_MALFORMED;
    }
    BIO_free(bio);
    secret_wipe_memory(unpacking.password, sizeof unpacking.password);
    ERR_clear_error();
    return status;
}

void bundle_clear(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        bytes_wipe(&bundle->items[i].object_own);
        bytes_clear(&bundle->items[i].spki_own);
    }
    bundle->count = 0;
}

size_t bundle_count(const struct bundle *bundle, enum keystore_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < bundle->count; i++)
        count += bundle->items[i].kind == kind;
    return count;
}
