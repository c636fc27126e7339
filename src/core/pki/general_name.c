#include "pki/general_name.h"

#include "pki/distinguished_name.h"
#include "registry/identity_type.h"

/* The types of ID that carry a name of text or an address. */
static const struct {
    uint8_t identity;
    enum general_name_type name;
    size_t address_bytes; /* 0: text */
} types[] = {
    {IDENTITY_FQDN, GENERAL_NAME_DNS, 0}, {IDENTITY_USER_FQDN, GENERAL_NAME_EMAIL, 0},
    {IDENTITY_IPV4, GENERAL_NAME_IP, 4},  {IDENTITY_IPV6, GENERAL_NAME_IP, 16},
    {IDENTITY_DN, GENERAL_NAME_DN, 0},
};

static bool is_exact_text(struct view text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7f || text.data[i] == '*')
            return false;
    }
    return text.bytes > 0;
}

static bool texts_equal(uint8_t type, struct view a, struct view b)
{
    const struct identity a_id = {.type = type, .data = a};
    const struct identity b_id = {.type = type, .data = b};

    return is_exact_text(a) && is_exact_text(b) && identity_equal(&a_id, &b_id);
}

bool general_name_equal(const struct general_name *a, const struct general_name *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case GENERAL_NAME_DNS:
        return texts_equal(IDENTITY_FQDN, a->octets, b->octets);
    case GENERAL_NAME_EMAIL:
        return texts_equal(IDENTITY_USER_FQDN, a->octets, b->octets);
    case GENERAL_NAME_DN:
        return !distinguished_name_is_empty(a->octets) &&
               distinguished_name_equal(a->octets, b->octets);
    case GENERAL_NAME_IP:
    case GENERAL_NAME_URI:
    case GENERAL_NAME_RID:
        return a->octets.bytes > 0 && view_equal(a->octets, b->octets);
    case GENERAL_NAME_OTHER:
        break;
    }
    return false;
}

enum status general_name_of_identity(const struct identity *identity, struct general_name *out)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        if (types[i].identity != identity->type)
            continue;
        if (types[i].address_bytes != 0 && types[i].address_bytes != identity->data.bytes)
            return STATUS_MALFORMED;
        *out = (struct general_name){.type = types[i].name, .octets = identity->data};
        return STATUS_OK;
    }
    return STATUS_ABSENT;
}

bool general_name_identity(const struct general_name *name, struct identity *out)
{
    for (size_t i = 0; i < COUNT(types); i++) {
        if (types[i].name != name->type ||
            (types[i].address_bytes != 0 && types[i].address_bytes != name->octets.bytes))
            continue;
        *out = (struct identity){.type = types[i].identity, .data = name->octets};
        return true;
    }
    return false;
}
