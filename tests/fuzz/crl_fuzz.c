#include <stdlib.h>

#include "pki/path.h"
#include "support/authority.h"

/* Any octets as a list of revoked certificates: no crash, and one that nobody signed is no answer.
 */
#define NOW_S INT64_C(1800000000)

static struct certificate *leaf, *root;

static struct certificate *made(const char *subject, EVP_PKEY *key, X509 *signer,
                                EVP_PKEY *signer_key, X509 **out)
{
    struct certificate_draft draft = {
        .subject = subject,
        .not_before_s = NOW_S - 10,
        .not_after_s = NOW_S + 10,
        .serial = 1,
        .key = key,
        .signer = signer,
        .signer_key = signer_key,
    };
    struct certificate *certificate = NULL;
    struct bytes der;

    if (!signer)
        draft_extend(&draft, "basicConstraints", "critical,CA:TRUE");
    *out = authority_certificate(&draft);
    der = authority_der(*out);
    if (certificate_read(bytes_view(&der), &certificate) != STATUS_OK)
        abort();
    bytes_clear(&der);
    return certificate;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    EVP_PKEY *key = authority_key("p256");
    X509 *root_x509;
    X509 *leaf_x509;

    (void)argc;
    (void)argv;
    root = made("CN=root", key, NULL, NULL, &root_x509);
    leaf = made("CN=leaf", key, root_x509, key, &leaf_x509);
    X509_free(root_x509);
    X509_free(leaf_x509);
    EVP_PKEY_free(key);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const struct cert_selector any = {.kind = CERT_ANY, .value_view = ""};
    const struct cert_row row = {.certificate = root, .slot = "0"};
    struct crl_row list = {.slot = "0"};
    struct cert_store *store = NULL;
    struct path_verdict verdict = {0};
    struct path_query query = {.roots = {&any, 1}, .leaf = leaf, .wall_s = NOW_S};
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);

    if (crl_read(view_of(data, bytes), &list.crl) != STATUS_OK)
        return 0;
    crl_issuer_text(list.crl, &text);
    (void)crl_entry_count(list.crl);
    if (cert_store_new(&row, 1, &list, 1, &store) != STATUS_OK)
        __builtin_trap();
    query.store = store;
    query.crls = &list.crl;
    query.crl_count = 1;
    if (path_verify(&query, &verdict) != STATUS_OK || verdict.is_trusted)
        __builtin_trap();
    path_verdict_clear(&verdict);
    cert_store_drop(store);
    crl_drop(list.crl);
    return 0;
}
