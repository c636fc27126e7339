#include "keystore/issue.h"

#include <limits.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "keystore/issue_names_private.h"
#include "pki/distinguished_name.h"

#define SERIAL_BITS 127 /* random: RFC 5280 section 4.1.2.2; at most 20 octets */

static EVP_PKEY *make_dsa(unsigned key_bits)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY_CTX *maker = NULL;
    EVP_PKEY *parameters = NULL;
    EVP_PKEY *key = NULL;
    /* FIPS 186-4 section 4.2; 160 is what IKE calls DSS */
    int q_bits = key_bits <= 1024 ? 160 : 256;

    if (context && EVP_PKEY_paramgen_init(context) > 0 &&
        EVP_PKEY_CTX_set_dsa_paramgen_bits(context, (int)key_bits) > 0 &&
        EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, q_bits) > 0 &&
        EVP_PKEY_paramgen(context, &parameters) > 0)
        maker = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
    if (maker && EVP_PKEY_keygen_init(maker) > 0)
        (void)EVP_PKEY_keygen(maker, &key);
    EVP_PKEY_CTX_free(maker);
    EVP_PKEY_free(parameters);
    EVP_PKEY_CTX_free(context);
    return key;
}

enum status issue_key(const struct signature_kind *kind, unsigned key_bits, EVP_PKEY **key)
{
    EVP_PKEY *made = NULL;

    switch (kind->family) {
    case KEY_RSA:
        made = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)key_bits);
        break;
    case KEY_DSA:
        made = make_dsa(key_bits);
        break;
    case KEY_EC:
        made = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind->group);
        break;
    case KEY_EDWARDS:
        made = EVP_PKEY_Q_keygen(NULL, NULL, kind->group);
        break;
    }
    ERR_clear_error();
    if (!made)
        return STATUS_CRYPTO;
    *key = made;
    return STATUS_OK;
}

static X509_NAME *subject_of(const struct issue *issue, struct text *error)
{
    struct bytes der = {0};
    X509_NAME *name = NULL;
    enum status status = distinguished_name_encode(view_of_text(issue->subject), &der);

    if (status == STATUS_OK) {
        const unsigned char *at = der.data_own;

        name = d2i_X509_NAME(NULL, &at, (long)der.bytes);
    }
    if (!name)
        text_add(error,
                 "subject \"%s\": expected a distinguished name, for example \"C=US, "
                 "O=Organization, OU=Unit, CN=Name\"; a comma in a value is \\,",
                 issue->subject);
    bytes_clear(&der);
    ERR_clear_error();
    return name;
}

enum status issue_check(const struct issue *issue, struct text *error)
{
    X509_NAME *subject = subject_of(issue, error);
    GENERAL_NAMES *names = subject ? issue_names_make(issue, error) : NULL;
    enum status status = subject && names ? STATUS_OK : STATUS_MALFORMED;

    GENERAL_NAMES_free(names);
    X509_NAME_free(subject);
    return status;
}

/* Bits of keyUsage, RFC 5280 section 4.2.1.3. */
enum {
    USAGE_DIGITAL_SIGNATURE = 0,
    USAGE_KEY_ENCIPHERMENT = 2,
    USAGE_DATA_ENCIPHERMENT = 3, /* IKEv1 encrypts identities and nonces themselves */
};

static bool add_extension(STACK_OF(X509_EXTENSION) * *extensions, int nid, void *value,
                          int is_critical)
{
    return X509V3_add1_i2d(extensions, nid, value, is_critical, X509V3_ADD_DEFAULT) > 0;
}

static bool add_usage(const struct issue *issue, STACK_OF(X509_EXTENSION) * *extensions)
{
    bool signs = issue->use != ISSUE_USE_ENCRYPT;
    bool encrypts = issue->use != ISSUE_USE_SIGN && issue->signature->family == KEY_RSA;
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool is_done = bits != NULL;

    if (is_done && signs)
        is_done = ASN1_BIT_STRING_set_bit(bits, USAGE_DIGITAL_SIGNATURE, 1) > 0;
    if (is_done && encrypts)
        is_done = ASN1_BIT_STRING_set_bit(bits, USAGE_KEY_ENCIPHERMENT, 1) > 0;
    if (is_done && issue->use == ISSUE_USE_ENCRYPT)
        is_done = ASN1_BIT_STRING_set_bit(bits, USAGE_DATA_ENCIPHERMENT, 1) > 0;
    is_done = is_done && add_extension(extensions, NID_key_usage, bits, 0);
    ASN1_BIT_STRING_free(bits);
    return is_done;
}

/* SHA-1 of the public key's bits: RFC 5280 section 4.2.1.2 (1). An index, no proof. */
static bool add_key_id(const EVP_PKEY *key, STACK_OF(X509_EXTENSION) * *extensions)
{
    X509_PUBKEY *holder = NULL;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    const unsigned char *bits = NULL;
    int bytes = 0;
    unsigned char digest[SHA_DIGEST_LENGTH];
    bool is_done = id && X509_PUBKEY_set(&holder, (EVP_PKEY *)(uintptr_t)key) &&
                   X509_PUBKEY_get0_param(NULL, &bits, &bytes, NULL, holder) &&
                   EVP_Q_digest(NULL, "SHA1", NULL, bits, (size_t)bytes, digest, NULL) &&
                   ASN1_OCTET_STRING_set(id, digest, sizeof digest) &&
                   add_extension(extensions, NID_subject_key_identifier, id, 0);

    ASN1_OCTET_STRING_free(id);
    X509_PUBKEY_free(holder);
    return is_done;
}

/* The extensions of both; NULL after a line, or when OpenSSL fails. */
static STACK_OF(X509_EXTENSION) *
    extensions_of(const struct issue *issue, const EVP_PKEY *key, struct text *error)
{
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    GENERAL_NAMES *names = issue_names_make(issue, error);
    bool is_done = names && add_usage(issue, &extensions) && add_key_id(key, &extensions);

    if (is_done && issue->name_count > 0)
        is_done = add_extension(&extensions, NID_subject_alt_name, names, 0);
    GENERAL_NAMES_free(names);
    if (is_done)
        return extensions;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return NULL;
}

static const EVP_MD *digest_of(const struct issue *issue)
{
    return issue->signature->digest ? EVP_get_digestbyname(issue->signature->digest) : NULL;
}

/* A copy of OpenSSL's encoding, which is freed. */
static enum status take_encoding(unsigned char *der, int bytes, struct bytes *out)
{
    enum status status = bytes > 0 ? bytes_copy(view_of(der, (size_t)bytes), out) : STATUS_CRYPTO;

    OPENSSL_free(der);
    ERR_clear_error();
    return status;
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool is_done = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));

    BN_free(number);
    return is_done;
}

enum status issue_certificate(const struct issue *issue, EVP_PKEY *key, struct bytes *out,
                              struct text *error)
{
    X509_NAME *subject = subject_of(issue, error);
    STACK_OF(X509_EXTENSION) *extensions = subject ? extensions_of(issue, key, error) : NULL;
    X509 *certificate = extensions ? X509_new() : NULL;
    unsigned char *der = NULL;
    int bytes = -1;
    bool is_done = certificate && X509_set_version(certificate, X509_VERSION_3) &&
                   set_serial(certificate) && X509_set_subject_name(certificate, subject) &&
                   X509_set_issuer_name(certificate, subject) &&
                   X509_set_pubkey(certificate, key) &&
                   ASN1_TIME_set(X509_getm_notBefore(certificate), issue->not_before_s) &&
                   ASN1_TIME_set(X509_getm_notAfter(certificate), issue->not_after_s);

    for (int i = 0; is_done && i < sk_X509_EXTENSION_num(extensions); i++)
        is_done = X509_add_ext(certificate, sk_X509_EXTENSION_value(extensions, i), -1) > 0;
    if (is_done && X509_sign(certificate, key, digest_of(issue)) > 0)
        bytes = i2d_X509(certificate, &der);
    X509_free(certificate);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_NAME_free(subject);
    return take_encoding(der, bytes, out);
}

enum status issue_request(const struct issue *issue, EVP_PKEY *key, struct bytes *out,
                          struct text *error)
{
    X509_NAME *subject = subject_of(issue, error);
    STACK_OF(X509_EXTENSION) *extensions = subject ? extensions_of(issue, key, error) : NULL;
    X509_REQ *request = extensions ? X509_REQ_new() : NULL;
    unsigned char *der = NULL;
    int bytes = -1;

    if (request && X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
        X509_REQ_set_subject_name(request, subject) && X509_REQ_set_pubkey(request, key) &&
        X509_REQ_add_extensions(request, extensions) &&
        X509_REQ_sign(request, key, digest_of(issue)) > 0)
        bytes = i2d_X509_REQ(request, &der);
    X509_REQ_free(request);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_NAME_free(subject);
    return take_encoding(der, bytes, out);
}
