#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "keystore/describe.h"
#include "pki/distinguished_name.h"

#define VALUE_BYTES 1024u
#define ENTRIES_SHOWN 1000 /* of a CRL */

static const struct {
    const char *name, *label;
} numbers[] = {
    {OSSL_PKEY_PARAM_RSA_N, "Public Modulus  (n)"}, {OSSL_PKEY_PARAM_RSA_E, "Public Exponent (e)"},
    {OSSL_PKEY_PARAM_FFC_P, "Prime           (p)"}, {OSSL_PKEY_PARAM_FFC_Q, "Subprime        (q)"},
    {OSSL_PKEY_PARAM_FFC_G, "Base            (g)"},
};

static void print_number(const EVP_PKEY *key, size_t i, FILE *out)
{
    BIGNUM *number = NULL;
    char *digits;

    if (!EVP_PKEY_get_bn_param(key, numbers[i].name, &number))
        return;
    digits = BN_bn2hex(number);
    if (digits)
        fprintf(out, "      %s (%4d bits): %s\n", numbers[i].label, BN_num_bytes(number) * 8,
                digits);
    OPENSSL_free(digits);
    BN_free(number);
}

static void print_hex(const uint8_t *octets, size_t bytes, FILE *out)
{
    for (size_t i = 0; i < bytes; i++)
        fprintf(out, "%s%02X", i ? " " : "", octets[i]);
    fputc('\n', out);
}

static void print_point(const EVP_PKEY *key, FILE *out)
{
    unsigned char *octets = NULL;
    char group[64] = "";
    size_t bytes = EVP_PKEY_get1_encoded_public_key((EVP_PKEY *)(uintptr_t)key, &octets);

    if (bytes > 0) {
        if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL))
            fprintf(out, "      Curve: %s\n", group);
        fprintf(out, "      Public Key          (%4zu bits): ", bytes * 8);
        for (size_t i = 0; i < bytes; i++)
            fprintf(out, "%02X", octets[i]);
        fputc('\n', out);
    }
    OPENSSL_free(octets);
}

static void print_key(const EVP_PKEY *key, FILE *out)
{
    int kind = EVP_PKEY_get_base_id(key);

    fputs("   Public Key Info:\n", out);
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_DSA)
            print_number(key, i, out);
    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_DSA)
        print_point(key, out);
    ERR_clear_error();
}

void describe_print_public_key(struct view spki, FILE *out)
{
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.bytes);

    if (key)
        print_key(key, out);
    EVP_PKEY_free(key);
    ERR_clear_error();
}

static void name_text(const X509_NAME *name, struct text *out)
{
    const unsigned char *der = NULL;
    size_t bytes = 0;

    if (X509_NAME_get0_der(name, &der, &bytes))
        distinguished_name_text(view_of(der, bytes), out);
}

static struct view octets_of(const ASN1_STRING *string)
{
    return view_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static void address_text(struct view octets, struct text *out)
{
    for (size_t i = 0; i < octets.bytes; i++) {
        if (octets.bytes == 4)
            text_add(out, "%s%u", i ? "." : "", octets.data[i]);
        else
            text_add(out, "%s%02x", i && i % 2 == 0 ? ":" : "", octets.data[i]);
    }
}

/* "DNS = host.example.com", without an end of line. */
static void general_name_text(const GENERAL_NAME *name, struct text *out)
{
    static const struct {
        int type;
        const char *tag;
    } texts[] = {{GEN_DNS, "DNS"}, {GEN_EMAIL, "EMAIL"}, {GEN_URI, "URI"}};
    int type = 0;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    char object[128];

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (texts[i].type == type) {
            text_add(out, "%s = ", texts[i].tag);
            text_add_escaped(out, octets_of(value));
            return;
        }
    }
    if (type == GEN_IPADD) {
        text_add(out, "IP = ");
        address_text(octets_of(value), out);
    } else if (type == GEN_DIRNAME) {
        text_add(out, "DN = <");
        name_text(value, out);
        text_add(out, ">");
    } else if (type == GEN_RID) {
        (void)OBJ_obj2txt(object, sizeof object, value, 1);
        text_add(out, "RID = %s", object);
    } else {
        text_add(out, "(another kind of name)");
    }
}

static void print_names(const GENERAL_NAMES *names, const char *indent, FILE *out)
{
    char line[VALUE_BYTES];

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        struct text text = text_over(line, sizeof line);

        general_name_text(sk_GENERAL_NAME_value(names, i), &text);
        fprintf(out, "%s%s\n", indent, line);
    }
}

static void print_usage(const ASN1_BIT_STRING *usage, FILE *out)
{
    static const char *const words[] = {
        "DigitalSignature", "NonRepudiation", "KeyEncipherment", "DataEncipherment", "KeyAgreement",
        "KeyCertSign",      "CRLSign",        "EncipherOnly",    "DecipherOnly",
    };

    fputs("      Key Usage:", out);
    for (int i = 0; i < (int)COUNT(words); i++)
        if (ASN1_BIT_STRING_get_bit(usage, i))
            fprintf(out, " %s", words[i]);
    fputc('\n', out);
}

static void print_distribution_points(const CRL_DIST_POINTS *points, FILE *out)
{
    fputs("   CRL Distribution Points:\n", out);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);

        if (point->distpoint && point->distpoint->type == 0) {
            fputs("      Full Name:\n", out);
            print_names(point->distpoint->name.fullname, "         ", out);
        }
        if (point->CRLissuer) {
            fputs("      CRL Issuer:\n", out);
            print_names(point->CRLissuer, "         ", out);
        }
    }
}

static void print_constraints(const BASIC_CONSTRAINTS *constraints, FILE *out)
{
    fprintf(out, "      Basic Constraints: CA = %s", constraints->ca ? "TRUE" : "FALSE");
    if (constraints->pathlen)
        fprintf(out, ", path length %ld", ASN1_INTEGER_get(constraints->pathlen));
    fputc('\n', out);
}

/* One extension that is known here, decoded into `value`. */
static void print_known(int nid, const void *value, FILE *out)
{
    const AUTHORITY_KEYID *authority = value;

    if (nid == NID_subject_alt_name) {
        fputs("      Subject Alternative Names:\n", out);
        print_names(value, "              ", out);
    } else if (nid == NID_key_usage) {
        print_usage(value, out);
    } else if (nid == NID_basic_constraints) {
        print_constraints(value, out);
    } else if (nid == NID_crl_distribution_points) {
        print_distribution_points(value, out);
    } else if (nid == NID_subject_key_identifier) {
        fputs("      SubjectKeyID:        ", out);
        print_hex(octets_of(value).data, octets_of(value).bytes, out);
    } else if (nid == NID_authority_key_identifier && authority->keyid) {
        fputs("      Authority Key ID:\n      Key ID:              ", out);
        print_hex(octets_of(authority->keyid).data, octets_of(authority->keyid).bytes, out);
    }
}

static const struct {
    int nid;
    const ASN1_ITEM *(*item)(void);
} known[] = {
    {NID_subject_alt_name, GENERAL_NAMES_it},
    {NID_key_usage, ASN1_BIT_STRING_it},
    {NID_basic_constraints, BASIC_CONSTRAINTS_it},
    {NID_crl_distribution_points, CRL_DIST_POINTS_it},
    {NID_subject_key_identifier, ASN1_OCTET_STRING_it},
    {NID_authority_key_identifier, AUTHORITY_KEYID_it},
};

static void print_extension(const X509_EXTENSION *extension, FILE *out)
{
    static const struct {
        int nid;
        const char *label;
    } named[] = {{NID_certificate_policies, "Certificate Policies"},
                 {NID_info_access, "Authority Information Access"}};
    X509_EXTENSION *held = (X509_EXTENSION *)(uintptr_t)extension;
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(held));
    void *value = X509V3_EXT_d2i(held);
    char object[128];
    bool is_known = false;

    for (size_t i = 0; value && i < COUNT(known); i++) {
        if (known[i].nid == nid) {
            print_known(nid, value, out);
            ASN1_item_free(value, known[i].item());
            value = NULL;
            is_known = true;
        }
    }
    for (size_t i = 0; i < COUNT(named); i++) {
        if (named[i].nid == nid) {
            fprintf(out, "      %s\n", named[i].label);
            is_known = true;
        }
    }
    if (!is_known) {
        (void)OBJ_obj2txt(object, sizeof object, X509_EXTENSION_get_object(held), 0);
        fprintf(out, "      %s\n", object);
    }
    if (X509_EXTENSION_get_critical(held))
        fputs("      [CRITICAL]\n", out);
    if (value) { /* of a kind that is only named */
        const X509V3_EXT_METHOD *method = X509V3_EXT_get(held);

        if (method && method->it)
            ASN1_item_free(value, method->it());
    }
    ERR_clear_error();
}

void describe_print_certificate(struct view der, FILE *out)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.bytes);
    struct description facts = {0};
    char time[DESCRIBE_TIME_BYTES];

    if (certificate && describe_certificate(der, &facts) == STATUS_OK) {
        fprintf(out, " Subject Name: <%s>\n Issuer Name: <%s>\n SerialNumber: %s\n", facts.subject,
                facts.issuer, facts.serial);
        fprintf(out, "   Validity:\n      Not Valid Before: %s\n",
                describe_time(facts.not_before_s, time));
        fprintf(out, "      Not Valid After:  %s\n", describe_time(facts.not_after_s, time));
        if (X509_get0_pubkey(certificate))
            print_key(X509_get0_pubkey(certificate), out);
        fprintf(out, "   Public key hash: %s\n", facts.key_hash);
        if (X509_get_ext_count(certificate) > 0)
            fputs("   Extensions:\n", out);
        for (int i = 0; i < X509_get_ext_count(certificate); i++)
            print_extension(X509_get_ext(certificate, i), out);
    }
    describe_clear(&facts);
    X509_free(certificate);
    ERR_clear_error();
}

static void print_revoked(const X509_REVOKED *entry, FILE *out)
{
    static const char *const reasons[] = {
        "unspecified",      "key compromise", "CA compromise",    "affiliation changed",
        "superseded",       "cessation",      "certificate hold", "",
        "removed from CRL", "privilege",      "AA compromise"};
    struct view serial = octets_of(X509_REVOKED_get0_serialNumber(entry));
    struct tm parts;
    char time[DESCRIBE_TIME_BYTES] = "";
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    long number = reason ? ASN1_ENUMERATED_get(reason) : -1;

    if (ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &parts))
        (void)describe_time((int64_t)timegm(&parts), time);
    fputs("      ", out);
    for (size_t i = 0; i < serial.bytes; i++)
        fprintf(out, "%02X", serial.data[i]);
    fprintf(out, "  %s", time);
    if (number >= 0 && number < (long)COUNT(reasons))
        fprintf(out, "  %s", reasons[number]);
    fputc('\n', out);
    ASN1_ENUMERATED_free(reason);
}

void describe_print_crl(struct view der, FILE *out)
{
    const unsigned char *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.bytes);
    const STACK_OF(X509_REVOKED) *entries = crl ? X509_CRL_get_REVOKED(crl) : NULL;
    int count = sk_X509_REVOKED_num(entries);

    if (count > 0)
        fputs("   Revoked certificates:\n", out);
    for (int i = 0; i < count && i < ENTRIES_SHOWN; i++)
        print_revoked(sk_X509_REVOKED_value(entries, i), out);
    if (count > ENTRIES_SHOWN)
        fprintf(out, "      ... and %d more\n", count - ENTRIES_SHOWN);
    if (crl && X509_CRL_get_ext_count(crl) > 0)
        fputs("   Extensions:\n", out);
    for (int i = 0; crl && i < X509_CRL_get_ext_count(crl); i++)
        print_extension(X509_CRL_get_ext(crl, i), out);
    X509_CRL_free(crl);
    ERR_clear_error();
}
