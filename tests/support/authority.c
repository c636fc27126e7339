#include "support/authority.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "pki/distinguished_name.h"

static void must(bool is_done, const char *what)
{
    if (is_done)
        return;
    fprintf(stderr, "authority: cannot make %s\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY *parameters = NULL;
    EVP_PKEY *key = NULL;

    must(context && EVP_PKEY_paramgen_init(context) > 0 &&
             EVP_PKEY_CTX_set_dsa_paramgen_bits(context, 1024) > 0 &&
             EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, 160) > 0 &&
             EVP_PKEY_generate(context, &parameters) > 0,
         "the numbers of DSA");
    EVP_PKEY_CTX_free(context);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
    must(context && EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_generate(context, &key) > 0,
         "a DSA key");
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(parameters);
    return key;
}

EVP_PKEY *authority_key(const char *kind)
{
    static const struct {
        const char *kind, *curve;
    } curves[] = {{"p256", "P-256"}, {"p384", "P-384"}, {"p521", "P-521"}};
    EVP_PKEY *key = NULL;

    for (size_t i = 0; i < COUNT(curves); i++) {
        if (strcmp(curves[i].kind, kind) == 0)
            key = EVP_EC_gen(curves[i].curve);
    }
    if (strcmp(kind, "rsa1024") == 0)
        key = EVP_RSA_gen(1024);
    else if (strcmp(kind, "rsa2048") == 0)
        key = EVP_RSA_gen(2048);
    else if (strcmp(kind, "ed25519") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else if (strcmp(kind, "dsa") == 0)
        key = dsa_key();
    must(key != NULL, kind);
    return key;
}

void draft_extend(struct certificate_draft *draft, const char *name, const char *value)
{
    size_t bytes = strlen(name);
    size_t i = 0;

    while (draft->extensions[i][0] != '\0' &&
           !(strncmp(draft->extensions[i], name, bytes) == 0 && draft->extensions[i][bytes] == '='))
        i++;
    must(i + 1 < DRAFT_MOST_EXTENSIONS, "one more extension");
    (void)snprintf(draft->extensions[i], sizeof draft->extensions[i], "%s=%s", name, value);
}

static X509_NAME *name_make(const char *text)
{
    struct bytes der = {0};
    const uint8_t *next;
    X509_NAME *name;

    if (text[0] == '\0')
        return X509_NAME_new();
    must(distinguished_name_encode(view_of_text(text), &der) == STATUS_OK, text);
    next = der.data_own;
    name = d2i_X509_NAME(NULL, &next, (long)der.bytes);
    bytes_clear(&der);
    must(name != NULL, "a name");
    return name;
}

static X509_EXTENSION *extension_make(X509V3_CTX *context, const char *text)
{
    char name[64];
    const char *value = strchr(text, '=');
    X509_EXTENSION *extension;

    must(value != NULL, text);
    (void)snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
    extension = X509V3_EXT_nconf(NULL, context, name, value + 1);
    must(extension != NULL, text);
    return extension;
}

static const EVP_MD *digest_of(EVP_PKEY *key, const char *digest)
{
    if (EVP_PKEY_is_a(key, "ED25519"))
        return NULL;
    return EVP_get_digestbyname(digest ? digest : "SHA256");
}

/* The octets are the signature's own: they may be written. */
static void forge(const ASN1_BIT_STRING *signature)
{
    uint8_t *octets = (uint8_t *)(uintptr_t)ASN1_STRING_get0_data(signature);

    octets[ASN1_STRING_length(signature) - 1] ^= 1;
}

static void extensions_add(const struct certificate_draft *draft, X509 *x509)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, draft->signer ? draft->signer : x509, x509, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    for (size_t i = 0; draft->extensions[i][0] != '\0'; i++) {
        size_t bytes = strlen(draft->extensions[i]);
        X509_EXTENSION *extension;

        if (draft->extensions[i][bytes - 1] == '=')
            continue;
        extension = extension_make(&context, draft->extensions[i]);
        must(X509_add_ext(x509, extension, -1), draft->extensions[i]);
        X509_EXTENSION_free(extension);
    }
}

X509 *authority_certificate(const struct certificate_draft *draft)
{
    X509 *x509 = X509_new();
    X509_NAME *subject = name_make(draft->subject);
    EVP_PKEY *signer_key = draft->signer_key ? draft->signer_key : draft->key;
    X509_NAME *issuer = draft->issuer   ? name_make(draft->issuer)
                        : draft->signer ? X509_NAME_dup(X509_get_subject_name(draft->signer))
                                        : X509_NAME_dup(subject);
    const ASN1_BIT_STRING *signature;

    must(x509 && X509_set_version(x509, draft->is_version_1 ? X509_VERSION_1 : X509_VERSION_3) &&
             X509_set_subject_name(x509, subject) && X509_set_issuer_name(x509, issuer) &&
             X509_set_pubkey(x509, draft->key) &&
             ASN1_INTEGER_set(X509_get_serialNumber(x509), draft->serial) &&
             ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)draft->not_before_s) &&
             ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)draft->not_after_s),
         "the fields of a certificate");
    if (!draft->is_version_1)
        extensions_add(draft, x509);
    must(X509_sign(x509, signer_key, digest_of(signer_key, draft->digest)) > 0, "a signature");
    X509_get0_signature(&signature, NULL, x509);
    if (draft->is_forged)
        forge(signature);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return x509;
}

static void crl_revoke(X509_CRL *crl, long serial, int64_t at_s)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)at_s);

    must(revoked && number && at && ASN1_INTEGER_set(number, serial) &&
             X509_REVOKED_set_serialNumber(revoked, number) &&
             X509_REVOKED_set_revocationDate(revoked, at) && X509_CRL_add0_revoked(crl, revoked),
         "an entry of a list");
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(at);
}

X509_CRL *authority_crl(const struct crl_draft *draft)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *this_update = ASN1_TIME_set(NULL, (time_t)draft->this_update_s);
    ASN1_TIME *next_update = ASN1_TIME_set(NULL, (time_t)draft->next_update_s);
    const ASN1_BIT_STRING *signature;
    X509V3_CTX context;

    must(crl && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
             X509_CRL_set_issuer_name(crl, X509_get_subject_name(draft->issuer)) &&
             X509_CRL_set1_lastUpdate(crl, this_update) &&
             X509_CRL_set1_nextUpdate(crl, next_update),
         "the fields of a list");
    if (draft->revoked != 0)
        crl_revoke(crl, draft->revoked, draft->this_update_s);
    X509V3_set_ctx(&context, draft->issuer, NULL, NULL, crl, 0);
    X509V3_set_ctx_nodb(&context);
    if (draft->extension) {
        X509_EXTENSION *extension = extension_make(&context, draft->extension);

        must(X509_CRL_add_ext(crl, extension, -1), draft->extension);
        X509_EXTENSION_free(extension);
    }
    must(X509_CRL_sign(crl, draft->key, digest_of(draft->key, NULL)) > 0, "a list's signature");
    X509_CRL_get0_signature(crl, &signature, NULL);
    if (draft->is_forged)
        forge(signature);
    ASN1_TIME_free(this_update);
    ASN1_TIME_free(next_update);
    return crl;
}

static struct bytes taken(uint8_t *der, int bytes)
{
    struct bytes out = {0};

    must(bytes > 0 && bytes_copy(view_of(der, (size_t)bytes), &out) == STATUS_OK, "DER");
    OPENSSL_free(der);
    return out;
}

struct bytes authority_der(X509 *x509)
{
    uint8_t *der = NULL;
    int bytes = i2d_X509(x509, &der);

    return taken(der, bytes);
}

struct bytes authority_crl_der(X509_CRL *crl)
{
    uint8_t *der = NULL;
    int bytes = i2d_X509_CRL(crl, &der);

    return taken(der, bytes);
}
