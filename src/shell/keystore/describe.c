#include "keystore/describe.h"

#include <time.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "keystore/object.h"
#include "pki/distinguished_name.h"

static void hex(const uint8_t *octets, size_t bytes, char *out, size_t out_bytes)
{
    size_t most = out_bytes / 2;

    for (size_t i = 0; i < bytes && i + 1 <= most && 2 * i + 2 < out_bytes; i++)
        (void)snprintf(out + 2 * i, out_bytes - 2 * i, "%02X", octets[i]);
}

static void describe_key_itself(const EVP_PKEY *key, struct description *out)
{
    const struct key_limits *limits = key_limits_of_id(EVP_PKEY_get_base_id(key));
    unsigned char digest[SHA256_DIGEST_LENGTH];

    (void)snprintf(out->key_type, sizeof out->key_type, "%s",
                   limits ? limits->word : OBJ_nid2sn(EVP_PKEY_get_base_id(key)));
    out->key_bits = (unsigned)EVP_PKEY_get_bits(key);
    if (object_spki_encode(key, &out->spki_own) == STATUS_OK &&
        EVP_Q_digest(NULL, "SHA256", NULL, out->spki_own.data_own, out->spki_own.bytes, digest,
                     NULL))
        hex(digest, sizeof digest, out->key_hash, sizeof out->key_hash);
}

static void describe_signature(int nid, struct description *out)
{
    const struct signature_kind *kind = signature_kind_of_nid(nid);

    (void)snprintf(out->type, sizeof out->type, "%s", kind ? kind->word : OBJ_nid2ln(nid));
}

static void describe_name(const X509_NAME *name, struct bytes *der_own, char *text,
                          size_t text_bytes)
{
    const unsigned char *der = NULL;
    size_t bytes = 0;
    struct text out = text_over(text, text_bytes);

    if (X509_NAME_get0_der(name, &der, &bytes)) {
        (void)bytes_copy(view_of(der, bytes), der_own);
        distinguished_name_text(view_of(der, bytes), &out);
    }
}

/* ASN.1 times are of the years 1950 to 9999. */
static int64_t wall_of(const ASN1_TIME *time)
{
    struct tm parts;

    return time && ASN1_TIME_to_tm(time, &parts) ? (int64_t)timegm(&parts) : 0;
}

static void describe_serial(const ASN1_INTEGER *serial, struct description *out)
{
    hex(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial), out->serial,
        sizeof out->serial);
}

enum status describe_certificate(struct view der, struct description *out)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.bytes);
    EVP_PKEY *key;

    ERR_clear_error();
    if (!certificate)
        return STATUS_MALFORMED;
    describe_signature(X509_get_signature_nid(certificate), out);
    key = X509_get0_pubkey(certificate);
    if (key)
        describe_key_itself(key, out);
    describe_name(X509_get_subject_name(certificate), &out->subject_own, out->subject,
                  sizeof out->subject);
    describe_name(X509_get_issuer_name(certificate), &out->issuer_own, out->issuer,
                  sizeof out->issuer);
    describe_serial(X509_get0_serialNumber(certificate), out);
    out->not_before_s = wall_of(X509_get0_notBefore(certificate));
    out->not_after_s = wall_of(X509_get0_notAfter(certificate));
    X509_free(certificate);
    ERR_clear_error();
    return STATUS_OK;
}

enum status describe_crl(struct view der, struct description *out)
{
    const unsigned char *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.bytes);
    int entries;

    ERR_clear_error();
    if (!crl)
        return STATUS_MALFORMED;
    entries = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
    describe_signature(X509_CRL_get_signature_nid(crl), out);
    describe_name(X509_CRL_get_issuer(crl), &out->issuer_own, out->issuer, sizeof out->issuer);
    out->not_before_s = wall_of(X509_CRL_get0_lastUpdate(crl));
    out->not_after_s = wall_of(X509_CRL_get0_nextUpdate(crl));
    out->entry_count = entries > 0 ? (size_t)entries : 0;
    X509_CRL_free(crl);
    return STATUS_OK;
}

enum status describe_key(struct view pkcs8, struct description *out)
{
    EVP_PKEY *key = NULL;
    enum status status = object_read_key(pkcs8, &key);

    if (status != STATUS_OK)
        return status;
    describe_key_itself(key, out);
    EVP_PKEY_free(key);
    return STATUS_OK;
}

enum status describe_public_key(struct view spki, struct description *out)
{
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.bytes);

    ERR_clear_error();
    if (!key)
        return STATUS_MALFORMED;
    describe_key_itself(key, out);
    EVP_PKEY_free(key);
    return STATUS_OK;
}

void describe_clear(struct description *description)
{
    bytes_clear(&description->spki_own);
    bytes_clear(&description->issuer_own);
    bytes_clear(&description->subject_own);
}

static const char *ordinal(int day)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};

    return day / 10 == 1 || day % 10 > 3 ? endings[0] : endings[day % 10];
}

const char *describe_time(int64_t wall_s, char out[DESCRIBE_TIME_BYTES])
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;
    char date[16];
    char clock[16];

    if (!gmtime_r(&seconds, &parts))
        return "(unreadable)";
    (void)strftime(date, sizeof date, "%Y %b", &parts);
    (void)strftime(clock, sizeof clock, "%H:%M:%S", &parts);
    (void)snprintf(out, DESCRIBE_TIME_BYTES, "%s %02d%s, %s GMT", date, parts.tm_mday,
                   ordinal(parts.tm_mday), clock);
    return out;
}
