#include "keystore/object.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "keystore/signature_kind.h"

#define PEM_BEGIN "-----BEGIN "

static const struct {
    const char *label;
    enum keystore_kind kind;
} labels[] = {
    {PEM_STRING_X509, KEYSTORE_CERTIFICATE},     /* CERTIFICATE */
    {PEM_STRING_X509_OLD, KEYSTORE_CERTIFICATE}, /* X509 CERTIFICATE, that of Solaris */
    {PEM_STRING_X509_CRL, KEYSTORE_CRL},         /* X509 CRL */
    {"CRL", KEYSTORE_CRL},                       /* that of Solaris */
    {PEM_STRING_PKCS8INF, KEYSTORE_KEY},         /* PRIVATE KEY */
    {PEM_STRING_RSA, KEYSTORE_KEY},              /* RSA PRIVATE KEY */
    {PEM_STRING_DSA, KEYSTORE_KEY},              /* DSA PRIVATE KEY */
    {PEM_STRING_ECPRIVATEKEY, KEYSTORE_KEY},     /* EC PRIVATE KEY */
};

bool object_label_kind(const char *label, enum keystore_kind *out)
{
    for (size_t i = 0; i < COUNT(labels); i++) {
        if (strcmp(label, labels[i].label) == 0) {
            *out = labels[i].kind;
            return true;
        }
    }
    return false;
}

/* One SEQUENCE of definite length that is all of it. */
static bool is_framed(struct view der)
{
    const unsigned char *at = der.data;
    long bytes = 0;
    int tag = 0;
    int class = 0;
    int kind;

    if (der.bytes == 0 || der.bytes > INT_MAX)
        return false;
    kind = ASN1_get_object(&at, &bytes, &tag, &class, (long)der.bytes);
    ERR_clear_error();
    return kind == V_ASN1_CONSTRUCTED && tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL &&
           (size_t)(at - der.data) + (size_t)bytes == der.bytes;
}

static BIO *bio_over(struct view file)
{
    return file.bytes > 0 && file.bytes <= INT_MAX ? BIO_new_mem_buf(file.data, (int)file.bytes)
                                                   : NULL;
}

/* The first PEM block of this kind. */
static enum status first_block(enum keystore_kind kind, struct view file, struct bytes *out)
{
    BIO *bio = bio_over(file);
    enum status status = STATUS_MALFORMED;
    char *label = NULL;
    char *header = NULL;
    unsigned char *data = NULL;
    long bytes = 0;

    while (bio && status == STATUS_MALFORMED && PEM_read_bio(bio, &label, &header, &data, &bytes)) {
        enum keystore_kind found = kind;
        struct view der = view_of(data, (size_t)bytes);

        if (object_label_kind(label, &found) && found == kind && is_framed(der))
            status = bytes_copy(der, out);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)bytes);
    }
    BIO_free(bio);
    ERR_clear_error();
    return status;
}

enum status object_read_der(enum keystore_kind kind, struct view file, struct bytes *out)
{
    if (is_framed(file))
        return bytes_copy(file, out);
    return first_block(kind, file, out);
}

/* Stands where OpenSSL would ask at the terminal; remembers that it was called. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the shape is OpenSSL's */
static int refuse_password(char *buffer, int bytes, int is_writing, void *arg)
{
    bool *was_asked = arg;

    (void)buffer;
    (void)bytes;
    (void)is_writing;
    *was_asked = true;
    return -1;
}

enum status object_read_key(struct view file, EVP_PKEY **key)
{
    const unsigned char *at = file.data;
    EVP_PKEY *found = NULL;
    bool was_asked = false;

    if (is_framed(file)) {
        found = d2i_AutoPrivateKey(NULL, &at, (long)file.bytes);
    } else {
        BIO *bio = bio_over(file);

        if (bio)
            found = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, &was_asked);
        BIO_free(bio);
    }
    ERR_clear_error();
    if (!found)
        return was_asked ? STATUS_UNEXPECTED : STATUS_MALFORMED;
    *key = found;
    return STATUS_OK;
}

void object_key_free(EVP_PKEY *key)
{
    EVP_PKEY_free(key);
}

/* Curves are judged by name: others of the same size exist. */
static bool is_known_group(const EVP_PKEY *key)
{
    char name[64] = "";
    int nid;

    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
        return true;
    if (!EVP_PKEY_get_group_name(key, name, sizeof name, NULL))
        return false;
    nid = OBJ_txt2nid(name);
    return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
}

static enum status check_size(const EVP_PKEY *key, struct text *error)
{
    const struct key_limits *sizes = key_limits_of_id(EVP_PKEY_get_base_id(key));
    unsigned bits = (unsigned)EVP_PKEY_get_bits(key);

    if (sizes && is_known_group(key)) {
        if (sizes == key_limits(KEY_EDWARDS) ||
            (bits >= sizes->least_bits && bits <= sizes->most_bits))
            return STATUS_OK;
        text_add(error, "the key has %u bits; expected %u to %u for %s", bits, sizes->least_bits,
                 sizes->most_bits, sizes->word);
        return STATUS_LIMIT;
    }
    text_add(error,
             "the key is of a kind that is not used here; expected RSA, DSA, ECDSA on P-256, "
             "P-384 or P-521, Ed25519 or Ed448");
    return STATUS_UNEXPECTED;
}

enum status object_key_check(EVP_PKEY *key, struct text *error)
{
    enum status status = check_size(key, error);
    EVP_PKEY_CTX *context = NULL;

    if (status != STATUS_OK)
        return status;
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!context || EVP_PKEY_pairwise_check(context) <= 0) {
        text_add(error, "the halves of the key do not belong together: it is damaged");
        status = STATUS_MALFORMED;
    }
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return status;
}

enum status object_key_encode(const EVP_PKEY *key, struct bytes *out)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    int bytes = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    enum status status = STATUS_NO_MEMORY;

    if (bytes > 0) {
        bytes_wipe(out);
        status = bytes_copy(view_of(der, (size_t)bytes), out);
        OPENSSL_clear_free(der, (size_t)bytes);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    return status;
}

enum status object_spki_encode(const EVP_PKEY *key, struct bytes *out)
{
    unsigned char *der = NULL;
    int bytes = i2d_PUBKEY(key, &der);
    enum status status = STATUS_NO_MEMORY;

    if (bytes > 0)
        status = bytes_copy(view_of(der, (size_t)bytes), out);
    OPENSSL_free(der);
    ERR_clear_error();
    return status;
}

char *object_pem(const char *label, struct view der)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *data = NULL;
    char *text = NULL;
    long bytes;

    if (bio && PEM_write_bio(bio, label, "", der.data, (long)der.bytes) > 0) {
        bytes = BIO_get_mem_data(bio, &data);
        if (bytes > 0)
            text = view_to_text(view_of(data, (size_t)bytes));
    }
    BIO_free(bio);
    ERR_clear_error();
    return text;
}
