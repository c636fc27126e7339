#include "registry/identity_type.h"

#include <strings.h>

#include "base/view.h"

/* Words that name no family: the value's own decides. The table has them on the IPv4 row. */
static const char *const either_family_words[] = {"ip", "prefix", "subnet"};

const struct identity_kind identity_table[] = {
    {
        .number = IDENTITY_IPV4,
        .form = IDENTITY_FORM_ADDRESS,
        .address_bytes = 4,
        .name = "IPV4_ADDR",
        .description = "prefix",
        .config_words = {"ip", "IP", "ipv4"},
        .preshared_words = {"ip", "ipv4"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_FQDN,
        .form = IDENTITY_FORM_TEXT,
        .name = "FQDN",
        .description = "FQDN",
        .config_words = {"dns", "DNS", "fqdn", "FQDN"},
        .preshared_words = {"fqdn", "dns", "domain", "domainname"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_USER_FQDN,
        .form = IDENTITY_FORM_TEXT,
        .name = "USER_FQDN",
        .description = "user-FQDN (mbox)",
        .config_words = {"mbox", "MBOX", "user_fqdn", "USER_FQDN", "email", "EMAIL"},
        .preshared_words = {"user_fqdn", "mbox", "mailbox", "email"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_IPV4_SUBNET,
        .form = IDENTITY_FORM_SUBNET,
        .address_bytes = 4,
        .name = "IPV4_ADDR_SUBNET",
        .description = "prefix",
        .config_words = {"ipv4_prefix"},
        .preshared_words = {"prefix", "ipv4-prefix", "subnet", "subnetv4"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_IPV6,
        .form = IDENTITY_FORM_ADDRESS,
        .address_bytes = 16,
        .name = "IPV6_ADDR",
        .description = "prefix",
        .config_words = {"ipv6"},
        .preshared_words = {"ipv6"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_IPV6_SUBNET,
        .form = IDENTITY_FORM_SUBNET,
        .address_bytes = 16,
        .name = "IPV6_ADDR_SUBNET",
        .description = "prefix",
        .config_words = {"ipv6_prefix"},
        .preshared_words = {"ipv6-prefix", "subnetv6"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_IPV4_RANGE,
        .form = IDENTITY_FORM_RANGE,
        .address_bytes = 4,
        .name = "IPV4_ADDR_RANGE",
        .description = "Address range",
        .config_words = {"ipv4_range"},
        .preshared_words = {"ipv4-range", "rangev4"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_IPV6_RANGE,
        .form = IDENTITY_FORM_RANGE,
        .address_bytes = 16,
        .name = "IPV6_ADDR_RANGE",
        .description = "Address range",
        .config_words = {"ipv6_range"},
        .preshared_words = {"ipv6-range", "rangev6"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_DN,
        .form = IDENTITY_FORM_DER,
        .name = "DER_ASN1_DN",
        .description = "ASN.1 DER Distinguished Name",
        .config_words = {"dn", "DN"},
        .preshared_words = {"dn", "asn1dn"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_GN,
        .form = IDENTITY_FORM_DER,
        .name = "DER_ASN1_GN",
        .description = "ASN.1 DER Generic Name",
        .config_words = {"gn", "GN"},
        .preshared_words = {"gn", "asn1gn"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    {
        .number = IDENTITY_KEY_ID,
        .form = IDENTITY_FORM_OPAQUE,
        .name = "KEY_ID",
        .description = "Generic key id",
        .preshared_words = {"keyid"},
        .rfc = "RFC 2407 section 4.6.2.1",
    },
    /* Known so that it is refused by its name: several selectors in one SA. */
    {
        .number = IDENTITY_LIST,
        .form = IDENTITY_FORM_OPAQUE,
        .name = "LIST",
        .description = "identity list",
        .rfc = "RFC 3554 section 3",
    },
};

const size_t identity_count = COUNT(identity_table);

const struct identity_kind *identity_by_number(unsigned number)
{
    for (size_t i = 0; i < identity_count; i++) {
        if (identity_table[i].number == number)
            return &identity_table[i];
    }
    return NULL;
}

const struct identity_kind *identity_by_config_word(const char *word)
{
    for (size_t i = 0; i < identity_count; i++) {
        const struct identity_kind *row = &identity_table[i];

        for (size_t j = 0; j < COUNT(row->config_words) && row->config_words[j]; j++) {
            if (strcmp(row->config_words[j], word) == 0)
                return row;
        }
    }
    return NULL;
}

const struct identity_kind *identity_by_preshared_word(const char *word)
{
    for (size_t i = 0; i < identity_count; i++) {
        const struct identity_kind *row = &identity_table[i];

        for (size_t j = 0; j < COUNT(row->preshared_words) && row->preshared_words[j]; j++) {
            if (strcasecmp(row->preshared_words[j], word) == 0)
                return row;
        }
    }
    return NULL;
}

bool identity_word_is_of_either_family(const char *word)
{
    for (size_t i = 0; i < COUNT(either_family_words); i++) {
        if (strcasecmp(either_family_words[i], word) == 0)
            return true;
    }
    return false;
}
