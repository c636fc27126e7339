#include "pki/certificate.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "pki/certificate_private.h"
#include "pki/distinguished_name_private.h"

#define EPOCH "19700101000000Z"
#define UTC_TIME_BYTES 13         /* YYMMDDHHMMSSZ */
#define GENERALIZED_TIME_BYTES 15 /* YYYYMMDDHHMMSSZ */
#define DAY_S INT64_C(86400)

enum status certificate_time(const ASN1_TIME *time, int64_t *out)
{
    enum status status = STATUS_MALFORMED;
    int bytes = time ? ASN1_STRING_length(time) : 0;
    int type = time ? ASN1_STRING_type(time) : V_ASN1_UNDEF;
    ASN1_TIME *epoch = NULL;
    int days;
    int seconds;

    /* No offsets, fractions or missing seconds: OpenSSL would take them here, and not in a path. */
    if (!(type == V_ASN1_UTCTIME && bytes == UTC_TIME_BYTES) &&
        !(type == V_ASN1_GENERALIZEDTIME && bytes == GENERALIZED_TIME_BYTES))
        return STATUS_MALFORMED;
    epoch = ASN1_TIME_new();
    if (!epoch || !ASN1_TIME_set_string(epoch, EPOCH))
        status = STATUS_NO_MEMORY;
    else if (ASN1_STRING_get0_data(time)[bytes - 1] == 'Z' &&
             ASN1_TIME_diff(&days, &seconds, epoch, time)) {
        *out = days * DAY_S + seconds;
        status = STATUS_OK;
    }
    ASN1_TIME_free(epoch);
    return status;
}

/* The octets are DER of one certificate: what is written of it again is the same. */
static enum status x509_read(struct certificate *certificate)
{
    const uint8_t *next = certificate->der.data_own;
    uint8_t *again = NULL;
    int bytes;
    bool is_same;

    certificate->x509_own = d2i_X509(NULL, &next, (long)certificate->der.bytes);
    if (!certificate->x509_own ||
        (size_t)(next - certificate->der.data_own) != certificate->der.bytes)
        return STATUS_MALFORMED;
    bytes = i2d_X509(certificate->x509_own, &again);
    is_same = bytes > 0 && view_equal(view_of(again, (size_t)bytes), bytes_view(&certificate->der));
    OPENSSL_free(again);
    return is_same ? STATUS_OK : STATUS_MALFORMED;
}

static enum status spki_read(struct certificate *certificate)
{
    uint8_t *spki = NULL;
    int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->x509_own), &spki);
    enum status status;

    if (bytes <= 0)
        return STATUS_NO_MEMORY;
    status = bytes_copy(view_of(spki, (size_t)bytes), &certificate->spki);
    OPENSSL_free(spki);
    return status;
}

static enum status fields_read(struct certificate *certificate)
{
    enum status status =
        certificate_time(X509_get0_notBefore(certificate->x509_own), &certificate->not_before_s);

    if (status == STATUS_OK)
        status =
            certificate_time(X509_get0_notAfter(certificate->x509_own), &certificate->not_after_s);
    if (status == STATUS_OK)
        status = spki_read(certificate);
    certificate->subject_hash =
        distinguished_name_hash(X509_get_subject_name(certificate->x509_own));
    certificate->issuer_hash = distinguished_name_hash(X509_get_issuer_name(certificate->x509_own));
    if (status == STATUS_OK && !EVP_Digest(certificate->der.data_own, certificate->der.bytes,
                                           certificate->fingerprint, NULL, EVP_sha256(), NULL))
        status = STATUS_CRYPTO;
    return status;
}

enum status certificate_read(struct view der, struct certificate **out)
{
    static enum status (*const parts[])(struct certificate *) = {
        x509_read,
        fields_read,
        certificate_key_read,
        certificate_usage_read,
        certificate_names_read,
    };
    struct certificate *certificate;
    enum status status;

    if (der.bytes > CERTIFICATE_MOST_BYTES)
        return STATUS_LIMIT;
    if (view_is_empty(der))
        return STATUS_MALFORMED;
    /* The configuration file of the system may load engines and other providers: not here. */
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return STATUS_CRYPTO;
    certificate = calloc(1, sizeof *certificate);
    if (!certificate)
        return STATUS_NO_MEMORY;
    certificate->holds = 1;
    arena_init(&certificate->arena, 16u * (size_t)CERTIFICATE_MOST_BYTES);
    status = bytes_copy(der, &certificate->der);
    for (size_t i = 0; i < COUNT(parts) && status == STATUS_OK; i++)
        status = parts[i](certificate);
    if (status == STATUS_OK)
        *out = certificate;
    else
        certificate_drop(certificate);
    ERR_clear_error(); /* the status says it all */
    return status;
}

struct certificate *certificate_hold(struct certificate *certificate)
{
    certificate->holds++;
    return certificate;
}

void certificate_drop(struct certificate *certificate)
{
    if (!certificate || --certificate->holds > 0)
        return;
    X509_free(certificate->x509_own);
    bytes_clear(&certificate->der);
    bytes_clear(&certificate->spki);
    arena_clear(&certificate->arena);
    free(certificate);
}

struct view certificate_der(const struct certificate *certificate)
{
    return bytes_view(&certificate->der);
}

static struct view name_view(const X509_NAME *name)
{
    const uint8_t *der = NULL;
    size_t bytes = 0;

    /* It was encoded when it was read, so nothing can fail here. */
    return X509_NAME_get0_der(name, &der, &bytes) ? view_of(der, bytes) : (struct view){0};
}

struct view certificate_subject(const struct certificate *certificate)
{
    return name_view(X509_get_subject_name(certificate->x509_own));
}

struct view certificate_issuer(const struct certificate *certificate)
{
    return name_view(X509_get_issuer_name(certificate->x509_own));
}

struct view certificate_serial(const struct certificate *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate->x509_own);

    return view_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
}

struct view certificate_fingerprint(const struct certificate *certificate)
{
    return view_of(certificate->fingerprint, sizeof certificate->fingerprint);
}

struct view certificate_spki(const struct certificate *certificate)
{
    return bytes_view(&certificate->spki);
}

int64_t certificate_not_before_s(const struct certificate *certificate)
{
    return certificate->not_before_s;
}

int64_t certificate_not_after_s(const struct certificate *certificate)
{
    return certificate->not_after_s;
}

enum certificate_key_kind certificate_key_kind(const struct certificate *certificate)
{
    return certificate->key_kind;
}

unsigned certificate_key_bits(const struct certificate *certificate)
{
    return certificate->key_bits;
}

struct evp_pkey_st *certificate_public_key(const struct certificate *certificate)
{
    return X509_get0_pubkey(certificate->x509_own);
}

bool certificate_may_sign(const struct certificate *certificate)
{
    return certificate->may_sign;
}

bool certificate_may_encrypt(const struct certificate *certificate)
{
    return certificate->may_encrypt;
}

bool certificate_may_issue(const struct certificate *certificate)
{
    return certificate->may_issue;
}

bool certificate_may(const struct certificate *certificate, enum certificate_use use)
{
    return use == CERTIFICATE_USE_SIGN ? certificate->may_sign : certificate->may_encrypt;
}

bool certificate_is_for_ike(const struct certificate *certificate)
{
    return certificate->is_for_ike;
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate->x509_own),
                         X509_get_issuer_name(certificate->x509_own)) == 0;
}

size_t certificate_name_count(const struct certificate *certificate)
{
    return certificate->name_count;
}

struct general_name certificate_name_at(const struct certificate *certificate, size_t i)
{
    return certificate->names_view[i];
}

struct view certificate_crl_url(const struct certificate *certificate)
{
    return certificate->crl_url;
}

void certificate_subject_text(const struct certificate *certificate, struct text *out)
{
    distinguished_name_text(certificate_subject(certificate), out);
}

void certificate_issuer_text(const struct certificate *certificate, struct text *out)
{
    distinguished_name_text(certificate_issuer(certificate), out);
}

bool certificate_equal(const struct certificate *a, const struct certificate *b)
{
    return a == b || view_equal(certificate_der(a), certificate_der(b));
}
