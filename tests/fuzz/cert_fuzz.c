#include <openssl/x509.h>

#include "pki/binding.h"
#include "pki/distinguished_name.h"
#include "pki/path.h"

/* Any octets as a certificate: no crash, and what was read agrees with itself. */

/* OpenSSL compares a value of any other type by its type too, and text has none: NumericString. */
#define COMPARED_AS_TEXT                                                                           \
    (B_ASN1_UTF8STRING | B_ASN1_BMPSTRING | B_ASN1_UNIVERSALSTRING | B_ASN1_PRINTABLESTRING |      \
     B_ASN1_T61STRING | B_ASN1_IA5STRING | B_ASN1_VISIBLESTRING)

static bool is_all_text(struct view der)
{
    const uint8_t *at = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.bytes);
    bool is_text = true;

    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));

        is_text = is_text && ASN1_tag2bit(ASN1_STRING_type(value)) & COMPARED_AS_TEXT;
    }
    X509_NAME_free(name);
    return is_text;
}

/* A name's text reads back as the name, when all of it fits and all of it is text. */
static void use_name(struct view der)
{
    char buffer[8192];
    struct text text = text_over(buffer, sizeof buffer);
    struct bytes again = {0};

    distinguished_name_text(der, &text);
    if (!text.is_cut &&
        distinguished_name_encode(view_of(buffer, text.bytes), &again) == STATUS_OK &&
        is_all_text(der) && !distinguished_name_equal(bytes_view(&again), der))
        __builtin_trap();
    bytes_clear(&again);
}

static void use_names(const struct certificate *certificate)
{
    const struct identity subject = {.type = 9, .data = certificate_subject(certificate)};

    use_name(certificate_subject(certificate));
    use_name(certificate_issuer(certificate));
    if (binding_holds(certificate, &subject) == distinguished_name_is_empty(subject.data))
        __builtin_trap();
    for (uint8_t type = 0; type < 14; type++) {
        struct identity identity;

        if (binding_identity(certificate, type, NULL, &identity) == STATUS_OK &&
            !binding_holds(certificate, &identity))
            __builtin_trap();
    }
}

/* Alone in a store where everything is named, and then where nothing is. */
static void use_path(struct certificate *certificate)
{
    const struct cert_selector any = {.kind = CERT_ANY, .value_view = ""};
    const struct cert_row row = {.certificate = certificate, .slot = "0", .key_handle = 1};
    struct path_query query = {.leaf = certificate,
                               .sent = &certificate,
                               .sent_count = 1,
                               .wall_s = certificate_not_before_s(certificate)};
    struct path_verdict verdict = {0};
    struct cert_store *store = NULL;

    if (cert_store_new(&row, 1, NULL, 0, &store) != STATUS_OK)
        __builtin_trap();
    query.store = store;
    if (path_verify(&query, &verdict) != STATUS_OK || verdict.is_trusted)
        __builtin_trap();
    query.roots = (struct cert_selectors){&any, 1};
    (void)path_verify(&query, &verdict);
    if (verdict.is_trusted == (verdict.line[0] != '\0'))
        __builtin_trap();
    path_verdict_clear(&verdict);
    cert_store_drop(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct certificate *certificate = NULL;
    struct certificate *again = NULL;

    if (certificate_read(view_of(data, bytes), &certificate) != STATUS_OK)
        return 0;
    if (certificate_read(certificate_der(certificate), &again) != STATUS_OK ||
        !certificate_equal(certificate, again))
        __builtin_trap();
    use_names(certificate);
    use_path(certificate);
    certificate_drop(again);
    certificate_drop(certificate);
    return 0;
}
