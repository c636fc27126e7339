#include <stdlib.h>

#include "config/cert_selector.h"
#include "pki/cert_selector.h"
#include "pki/certificate.h"
#include "pki/distinguished_name.h"
#include "tools/ikecert_private.h"

/* What a word names, or what it should have been. */
static const char *parse(const struct ikecert_request *request, const char *word,
                         struct cert_selector *out)
{
    const char *fault = cert_selector_parse(word, out);

    if (fault)
        return fault;
    if (request->kind == KEYSTORE_KEY && (out->kind != CERT_SLOT || out->is_excluded))
        return "a slot number";
    if (request->kind == KEYSTORE_CRL && out->kind == CERT_SUBJECT)
        out->kind = CERT_ISSUER; /* a CRL has no subject; a bare name is its issuer's */
    if (request->kind == KEYSTORE_CRL && out->kind != CERT_SLOT && out->kind != CERT_ISSUER)
        return "SLOT= or a number, or ISSUER= or a distinguished name";
    if (out->kind == CERT_ANY)
        return "a word of a certspec, SUBJECT= ISSUER= SLOT= IP= DNS= EMAIL= URI= DN= or RID=";
    return NULL;
}

bool certspec_check(const struct ikecert_request *request)
{
    for (size_t i = 0; i < request->word_count; i++) {
        struct cert_selector selector;
        const char *fault = parse(request, request->words[i], &selector);

        if (fault)
            ikecert_complain("\"%s\": expected %s", request->words[i], fault);
        else if ((fault = cert_selector_fault(&selector)) != NULL)
            ikecert_complain("\"%s\": found %s", request->words[i], fault);
        if (fault)
            return false;
    }
    return true;
}

static bool issuer_is(const struct keystore_item *item, const char *name)
{
    struct description description = {0};
    struct bytes wanted = {0};
    bool is_it = distinguished_name_encode(view_of_text(name), &wanted) == STATUS_OK &&
                 describe_crl(bytes_view(&item->object_own), &description) == STATUS_OK &&
                 distinguished_name_equal(bytes_view(&description.issuer_own), bytes_view(&wanted));

    bytes_clear(&wanted);
    describe_clear(&description);
    return is_it;
}

/* SLOT=007 is slot 7. */
static bool slot_is(const struct keystore_item *item, const char *digits)
{
    char *end = NULL;
    unsigned long number = strtoul(digits, &end, 10);

    return *end == '\0' && number == item->slot;
}

static bool holds(const struct cert_selector *selector, const struct keystore_item *item,
                  const struct certificate *certificate)
{
    if (selector->kind == CERT_SLOT)
        return slot_is(item, selector->value_view);
    if (item->kind == KEYSTORE_CRL)
        return issuer_is(item, selector->value_view);
    return certificate && cert_selector_matches(selector, certificate, item->name);
}

static bool all_hold(const struct ikecert_request *request, const struct keystore_item *item)
{
    struct certificate *certificate = NULL;
    bool are_all = true;

    if (request->word_count > 0 && item->kind == KEYSTORE_CERTIFICATE)
        (void)certificate_read(bytes_view(&item->object_own), &certificate);
    for (size_t i = 0; are_all && i < request->word_count; i++) {
        struct cert_selector selector;

        are_all = parse(request, request->words[i], &selector) == NULL &&
                  holds(&selector, item, certificate) != selector.is_excluded;
    }
    certificate_drop(certificate);
    return are_all;
}

const struct keystore_item *certspec_next(const struct ikecert_request *request,
                                          const struct keystore *keystore, size_t *at)
{
    const struct keystore_item *item;

    while ((item = keystore_next(keystore, request->kind, at)) != NULL)
        if (all_hold(request, item))
            return item;
    return NULL;
}

bool certspec_slot(const struct ikecert_request *request, uint32_t *out)
{
    struct cert_selector selector;
    unsigned long number;

    if (request->word_count != 1 || parse(request, request->words[0], &selector) != NULL ||
        selector.kind != CERT_SLOT || selector.is_excluded)
        return false;
    number = strtoul(selector.value_view, NULL, 10);
    if (number > KEYSTORE_MOST_SLOT)
        return false;
    *out = (uint32_t)number;
    return true;
}
