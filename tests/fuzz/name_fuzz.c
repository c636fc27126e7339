#include <stdlib.h>

#include "pki/binding.h"
#include "pki/distinguished_name.h"
#include "registry/identity_type.h"
#include "support/authority.h"

/*
 * The first octet is a type of ID, the rest its octets, and also the text of a distinguished name:
 * no crash, and an ID that belongs to the certificate is one of its names.
 */
static struct certificate *certificate;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    EVP_PKEY *key = authority_key("p256");
    struct certificate_draft draft = {
        .subject = "C=US, CN=x", .not_after_s = 2000000000, .serial = 1, .key = key};
    struct bytes der;
    X509 *x509;

    (void)argc;
    (void)argv;
    draft_extend(&draft, "subjectAltName",
                 "DNS:gw.example.org,DNS:*.example.com,email:a@example.org,IP:192.0.2.1");
    x509 = authority_certificate(&draft);
    der = authority_der(x509);
    if (certificate_read(bytes_view(&der), &certificate) != STATUS_OK)
        abort();
    bytes_clear(&der);
    X509_free(x509);
    EVP_PKEY_free(key);
    return 0;
}

static bool is_text(struct view data, const char *text)
{
    return data.bytes == strlen(text);
}

static void use_identity(const struct identity *identity)
{
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);

    binding_identity_text(identity, &text);
    if (!binding_holds(certificate, identity))
        return;
    if (identity->type == IDENTITY_FQDN && !is_text(identity->data, "gw.example.org"))
        __builtin_trap();
    if (identity->type == IDENTITY_USER_FQDN && !is_text(identity->data, "a@example.org"))
        __builtin_trap();
    if (identity->type == IDENTITY_IPV4 && !view_equal(identity->data, view_of("\xc0\0\2\1", 4)))
        __builtin_trap();
    if (identity->type == IDENTITY_KEY_ID || identity->type == IDENTITY_IPV6)
        __builtin_trap();
}

static void use_text(struct view octets)
{
    struct bytes der = {0};
    struct bytes again = {0};
    char buffer[65536];
    struct text text = text_over(buffer, sizeof buffer);

    if (distinguished_name_encode(octets, &der) != STATUS_OK)
        return;
    distinguished_name_text(bytes_view(&der), &text);
    if (bytes_view(&der).bytes < DISTINGUISHED_NAME_MOST_BYTES && !text.is_cut &&
        (distinguished_name_encode(view_of(buffer, text.bytes), &again) != STATUS_OK ||
         !distinguished_name_equal(bytes_view(&der), bytes_view(&again))))
        __builtin_trap();
    bytes_clear(&der);
    bytes_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct identity identity = {.type = bytes > 0 ? data[0] : 0};

    use_text(view_of(data, bytes));
    if (bytes == 0)
        return 0;
    identity.data = view_of(data + 1, bytes - 1);
    use_identity(&identity);
    return 0;
}
