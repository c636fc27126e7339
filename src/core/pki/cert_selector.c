#include "pki/cert_selector.h"

#include "base/address.h"
#include "pki/cert_selector_private.h"
#include "pki/certificate.h"
#include "pki/distinguished_name.h"

static const struct {
    enum cert_selector_kind kind;
    enum general_name_type type;
} name_kinds[] = {
    {CERT_EMAIL, GENERAL_NAME_EMAIL}, {CERT_IP, GENERAL_NAME_IP},     {CERT_DNS, GENERAL_NAME_DNS},
    {CERT_DN, GENERAL_NAME_DN},       {CERT_URI, GENERAL_NAME_URI},   {CERT_RID, GENERAL_NAME_RID},
    {CERT_SUBJECT, GENERAL_NAME_DN},  {CERT_ISSUER, GENERAL_NAME_DN},
};

static enum status name_value(enum general_name_type type, const char *text,
                              struct selector_name *out)
{
    enum status status = STATUS_OK;

    out->name = (struct general_name){.type = type, .octets = view_of_text(text)};
    if (type == GENERAL_NAME_IP) {
        status = address_parse(view_of_text(text), &out->address);
        out->name.octets = address_view(&out->address);
    } else if (type == GENERAL_NAME_DN) {
        status = distinguished_name_encode(view_of_text(text), &out->der);
        out->name.octets = bytes_view(&out->der);
    }
    return status;
}

enum status selector_name_make(const struct cert_selector *selector, struct selector_name *out)
{
    for (size_t i = 0; i < COUNT(name_kinds); i++) {
        if (name_kinds[i].kind == selector->kind)
            return name_value(name_kinds[i].type, selector->value_view, out);
    }
    return STATUS_ABSENT;
}

void selector_name_clear(struct selector_name *name)
{
    bytes_clear(&name->der);
}

static bool has_name(const struct certificate *certificate, const struct general_name *wanted)
{
    for (size_t i = 0; i < certificate_name_count(certificate); i++) {
        struct general_name name = certificate_name_at(certificate, i);

        if (general_name_equal(&name, wanted))
            return true;
    }
    return false;
}

bool slot_equal(const char *a, const char *b)
{
    while (a[0] == '0' && a[1] != '\0')
        a++;
    while (b[0] == '0' && b[1] != '\0')
        b++;
    return strcmp(a, b) == 0;
}

static bool is_named(enum cert_selector_kind kind, const struct general_name *name,
                     const struct certificate *certificate)
{
    struct general_name own = {.type = GENERAL_NAME_DN};

    if (kind != CERT_SUBJECT && kind != CERT_ISSUER)
        return has_name(certificate, name);
    own.octets =
        kind == CERT_SUBJECT ? certificate_subject(certificate) : certificate_issuer(certificate);
    return general_name_equal(&own, name);
}

bool cert_selector_matches(const struct cert_selector *selector,
                           const struct certificate *certificate, const char *slot)
{
    struct selector_name name = {0};
    bool matches;

    if (selector->kind == CERT_ANY)
        return true;
    if (selector->kind == CERT_SLOT)
        return slot && slot_equal(slot, selector->value_view);
    matches = selector_name_make(selector, &name) == STATUS_OK &&
              is_named(selector->kind, &name.name, certificate);
    selector_name_clear(&name);
    return matches;
}

bool cert_selector_matches_identity(const struct cert_selector *selector,
                                    const struct identity *identity)
{
    struct selector_name name = {0};
    struct general_name own;
    bool matches;

    if (selector->kind == CERT_ANY)
        return true;
    /* Neither is a slot or an issuer in an ID, nor is an alternative name of the kind DN. */
    if (selector->kind == CERT_ISSUER || selector->kind == CERT_DN ||
        general_name_of_identity(identity, &own) != STATUS_OK)
        return false;
    matches =
        selector_name_make(selector, &name) == STATUS_OK && general_name_equal(&own, &name.name);
    selector_name_clear(&name);
    return matches;
}

/* What one selector is held against: a certificate in its slot, or an ID. */
struct candidate {
    const struct certificate *certificate; /* NULL: the ID counts */
    const char *slot;
    const struct identity *identity;
};

static bool matches(const struct cert_selector *selector, const struct candidate *candidate)
{
    return candidate->certificate
               ? cert_selector_matches(selector, candidate->certificate, candidate->slot)
               : cert_selector_matches_identity(selector, candidate->identity);
}

static bool take(const struct cert_selectors *selectors, const struct candidate *candidate)
{
    bool has_include = false;
    bool is_included = false;

    for (size_t i = 0; i < selectors->count; i++) {
        const struct cert_selector *selector = &selectors->items[i];

        if (!selector->is_excluded) {
            has_include = true;
            is_included = is_included || matches(selector, candidate);
        } else if (matches(selector, candidate)) {
            return false;
        }
    }
    return selectors->count > 0 && (is_included || !has_include);
}

bool cert_selectors_take(const struct cert_selectors *selectors,
                         const struct certificate *certificate, const char *slot)
{
    const struct candidate candidate = {.certificate = certificate, .slot = slot};

    return take(selectors, &candidate);
}

bool cert_selectors_take_identity(const struct cert_selectors *selectors,
                                  const struct identity *identity)
{
    const struct candidate candidate = {.identity = identity};

    return take(selectors, &candidate);
}

const char *cert_selector_fault(const struct cert_selector *selector)
{
    struct selector_name name = {0};
    enum status status = selector_name_make(selector, &name);

    selector_name_clear(&name);
    switch (status) {
    case STATUS_OK:
    case STATUS_ABSENT:
        return NULL;
    case STATUS_UNEXPECTED:
        return "an attribute that no distinguished name has; known are C, O, OU, CN, ST, L, "
               "STREET, SERIALNUMBER, T, GN, SN, UID, DC, EMAIL and dotted numbers";
    case STATUS_LIMIT:
        return "a value too long or too short for its attribute (C has two letters, CN 64 at most)";
    case STATUS_NO_MEMORY:
        return "no memory";
    default:
        return selector->kind == CERT_IP ? "no address" : "no distinguished name, TAG=value, ...";
    }
}
