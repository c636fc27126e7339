#include <stdlib.h>
#include <time.h>

#include "keystore/change.h"
#include "keystore/object.h"
#include "tools/ikecert_private.h"

#define VALID_YEARS 4
#define REQUEST_LABEL "CERTIFICATE REQUEST"

/* What is weak works where it is named, and is said once. */
static void warn_weak(const struct ikecert_request *request)
{
    const struct signature_kind *kind = request->issue.signature;
    const struct key_limits *sizes = key_limits(kind->family);
    bool is_short = request->key_bits < sizes->good_bits;
    char bits[64] = "";

    if (is_short)
        (void)snprintf(bits, sizeof bits, "%s%u bits (use -m %u)", kind->is_weak ? " and " : "",
                       request->key_bits, sizes->good_bits);
    if (kind->is_weak || is_short)
        ikecert_note("%s%s%s %s weak; peers may refuse the certificate",
                     kind->is_weak ? kind->word : "",
                     !kind->is_weak            ? ""
                     : kind->family == KEY_RSA ? " (use -t rsa-sha256)"
                                               : " (use -t dsa-sha256)",
                     bits, kind->is_weak && is_short ? "are" : "is");
}

/* The times of -S and -F. False: it has been said. */
static bool set_validity(struct ikecert_request *request)
{
    struct issue *issue = &request->issue;
    char line[IKECERT_ERROR_BYTES] = "";
    char noted[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct text note = text_over(noted, sizeof noted);
    int64_t now_s = (int64_t)time(NULL);
    enum status status = STATUS_OK;

    issue->not_before_s = now_s;
    if (request->start)
        status = validity_parse(request->start, now_s, &issue->not_before_s, &error, &note);
    issue->not_after_s = validity_after_years(issue->not_before_s, VALID_YEARS);
    if (status == STATUS_OK && request->end)
        status = validity_parse(request->end, now_s, &issue->not_after_s, &error, &note);
    if (status != STATUS_OK) {
        ikecert_complain("%s", line);
        return false;
    }
    if (issue->not_after_s <= issue->not_before_s) {
        ikecert_complain("the validity ends before it starts; expected an end (-F) later than the "
                         "start (-S)");
        return false;
    }
    if (noted[0])
        ikecert_note("%s", noted);
    return true;
}

/* All that can be wrong before a key is made. */
static bool check(struct ikecert_request *request)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);

    if (!request->issue.subject) {
        ikecert_complain("expected a subject: -D \"C=US, O=Organization, OU=Unit, CN=Name\"");
        return false;
    }
    if (issue_check(&request->issue, &error) != STATUS_OK) {
        ikecert_complain("%s", line);
        return false;
    }
    if (!set_validity(request))
        return false;
    warn_weak(request);
    return true;
}

/* What a -ks or -kc makes: a key, and DER of a certificate or request. */
struct product {
    struct bytes key_own; /* PKCS#8 */
    struct bytes der_own;
};

typedef enum status issue_fn(const struct issue *issue, struct evp_pkey_st *key, struct bytes *out,
                             struct text *error);

static enum status produce(const struct ikecert_request *request, issue_fn *issue,
                           struct product *out)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct evp_pkey_st *key = NULL;
    enum status status = issue_key(request->issue.signature, request->key_bits, &key);

    if (status == STATUS_OK)
        status = issue(&request->issue, key, &out->der_own, &error);
    if (status == STATUS_OK)
        status = object_key_encode(key, &out->key_own);
    object_key_free(key);
    if (status != STATUS_OK)
        ikecert_complain("%s", line[0] ? line : "OpenSSL cannot make such a key or signature");
    return status;
}

static void product_clear(struct product *product)
{
    bytes_wipe(&product->key_own);
    bytes_clear(&product->der_own);
}

/* Stores the key and, where it has a slot too, the certificate: both or none. */
static enum status store(const struct ikecert_request *request, const struct product *product,
                         uint64_t kinds, uint32_t *slot)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct change *change = NULL;
    enum status status = ikecert_begin(request, &change);

    if (status != STATUS_OK)
        return status;
    status = change_free_slot(change, BIT(KEYSTORE_KEY) | BIT(KEYSTORE_CERTIFICATE), slot);
    if (status == STATUS_LIMIT)
        text_add(&error, "all slots are taken");
    if (status == STATUS_OK && (kinds & BIT(KEYSTORE_CERTIFICATE)))
        status =
            change_put(change, KEYSTORE_CERTIFICATE, *slot, bytes_view(&product->der_own), &error);
    if (status == STATUS_OK)
        status = change_put(change, KEYSTORE_KEY, *slot, bytes_view(&product->key_own), &error);
    if (status == STATUS_OK)
        status = change_commit(change, &error);
    change_end(change);
    if (status != STATUS_OK)
        ikecert_complain("%s", line);
    return status;
}

static bool print(const struct ikecert_request *request, const struct product *product,
                  uint32_t slot, bool is_request)
{
    const char *label = is_request ? REQUEST_LABEL : ikecert_label(KEYSTORE_CERTIFICATE);
    char *pem;
    json_t *record;

    if (!request->is_json)
        return ikecert_print_object(request->form, label, bytes_view(&product->der_own));
    pem = object_pem(label, bytes_view(&product->der_own));
    record =
        json_pack("{s:s, s:i, s:s}", "record", is_request ? "certificate_request" : "certificate",
                  "slot", (int)slot, "pem", pem ? pem : "");
    free(pem);
    return ikecert_print_json(record);
}

int ikecert_make_certificate(struct ikecert_request *request)
{
    struct product product = {0};
    char path[KEYSTORE_PATH_BYTES];
    uint32_t slot = 0;
    bool is_done = false;

    if (!check(request))
        return EXIT_FAILURE;
    fputs("Creating software private keys.\n", stderr);
    if (produce(request, issue_certificate, &product) == STATUS_OK &&
        store(request, &product, BIT(KEYSTORE_KEY) | BIT(KEYSTORE_CERTIFICATE), &slot) ==
            STATUS_OK) {
        fprintf(stderr,
                "  Writing private key to file %s.\n"
                "Enabling external key providers - done.\n"
                "Acquiring private keys for signing - done.\n"
                "Certificate:\n"
                " Proceeding with the signing operation.\n"
                " Certificate generated successfully (.../publickeys/%u)\n"
                "Finished successfully.\n"
                "Certificate added to database.\n",
                keystore_path(request->root, KEYSTORE_KEY, slot, path), slot);
        is_done = print(request, &product, slot, false);
    }
    product_clear(&product);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}

int ikecert_make_request(struct ikecert_request *request)
{
    struct product product = {0};
    char path[KEYSTORE_PATH_BYTES];
    uint32_t slot = 0;
    bool is_done = false;

    if (!check(request))
        return EXIT_FAILURE;
    if (request->start || request->end)
        ikecert_note("-S and -F: a request carries no times; its issuer chooses them");
    fputs("Creating software private keys.\n", stderr);
    if (produce(request, issue_request, &product) == STATUS_OK &&
        store(request, &product, BIT(KEYSTORE_KEY), &slot) == STATUS_OK) {
        fprintf(stderr,
                "  Writing private key to file %s.\n"
                "Enabling external key providers - done.\n"
                "Certificate Request:\n"
                "  Proceeding with the signing operation.\n"
                "  Certificate request generated successfully (.../publickeys/%u)\n"
                "Finished successfully.\n",
                keystore_path(request->root, KEYSTORE_KEY, slot, path), slot);
        is_done = print(request, &product, slot, true);
    }
    product_clear(&product);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
