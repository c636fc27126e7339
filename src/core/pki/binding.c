#include "pki/binding.h"

#include "pki/distinguished_name.h"
#include "pki/general_name.h"
#include "registry/identity_type.h"

static bool holds_general(const struct certificate *certificate, struct view der)
{
    for (size_t i = 0; i < certificate_name_count(certificate); i++) {
        struct general_name name = certificate_name_at(certificate, i);

        /* A name of no type that is understood is nobody's, though its octets be the same. */
        if (name.type != GENERAL_NAME_OTHER && view_equal(name.der, der))
            return true;
    }
    return false;
}

bool binding_holds(const struct certificate *certificate, const struct identity *identity)
{
    struct general_name wanted;
    struct general_name own = {.type = GENERAL_NAME_DN, .octets = certificate_subject(certificate)};

    if (identity->type == IDENTITY_GN)
        return holds_general(certificate, identity->data);
    if (general_name_of_identity(identity, &wanted) != STATUS_OK)
        return false;
    if (identity->type == IDENTITY_DN)
        return general_name_equal(&own, &wanted);
    for (size_t i = 0; i < certificate_name_count(certificate); i++) {
        own = certificate_name_at(certificate, i);
        if (general_name_equal(&own, &wanted))
            return true;
    }
    return false;
}

/* Whether the selectors name just this ID. */
static bool is_preferred(const struct cert_selectors *prefer, const struct identity *identity)
{
    for (size_t i = 0; prefer && i < prefer->count; i++) {
        if (!prefer->items[i].is_excluded && prefer->items[i].kind != CERT_ANY &&
            cert_selector_matches_identity(&prefer->items[i], identity))
            return true;
    }
    return false;
}

/* The IDs of IDENTITY_NONE are addresses of either family. */
static bool is_of_type(const struct identity *identity, uint8_t type)
{
    if (type == IDENTITY_NONE)
        return identity->type == IDENTITY_IPV4 || identity->type == IDENTITY_IPV6;
    return identity->type == type;
}

static enum status general_identity(const struct certificate *certificate, struct identity *out)
{
    for (size_t i = 0; i < certificate_name_count(certificate); i++) {
        struct general_name name = certificate_name_at(certificate, i);

        if (name.type != GENERAL_NAME_OTHER) {
            *out = (struct identity){.type = IDENTITY_GN, .data = name.der};
            return STATUS_OK;
        }
    }
    return STATUS_ABSENT;
}

enum status binding_identity(const struct certificate *certificate, uint8_t type,
                             const struct cert_selectors *prefer, struct identity *out)
{
    struct identity first = {.type = IDENTITY_NONE};

    if (type == IDENTITY_GN)
        return general_identity(certificate, out);
    if (type == IDENTITY_DN) {
        if (distinguished_name_is_empty(certificate_subject(certificate)))
            return STATUS_ABSENT;
        *out = (struct identity){.type = type, .data = certificate_subject(certificate)};
        return STATUS_OK;
    }
    for (size_t i = 0; i < certificate_name_count(certificate); i++) {
        struct general_name name = certificate_name_at(certificate, i);
        struct identity identity;

        if (!general_name_identity(&name, &identity) || !is_of_type(&identity, type) ||
            !general_name_equal(&name, &name)) /* a wildcard: nobody's */
            continue;
        if (first.type == IDENTITY_NONE)
            first = identity;
        if (is_preferred(prefer, &identity)) {
            *out = identity;
            return STATUS_OK;
        }
    }
    if (first.type == IDENTITY_NONE)
        return STATUS_ABSENT;
    *out = first;
    return STATUS_OK;
}

void binding_identity_text(const struct identity *identity, struct text *out)
{
    if (identity->type == IDENTITY_DN)
        distinguished_name_text(identity->data, out);
    else
        identity_text(identity, out);
}
