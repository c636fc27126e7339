#include <strings.h>

#include <openssl/err.h>

#include "base/address.h"
#include "keystore/issue_names_private.h"
#include "pki/distinguished_name.h"

#define MOST_NAME_BYTES 1024u

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* DNS, EMAIL and URI: text of ASCII. */
static bool set_text(GENERAL_NAME *name, int type, const char *value)
{
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    if (!text || !ASN1_STRING_set(text, value, -1)) {
        ASN1_IA5STRING_free(text);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, text);
    return true;
}

static bool set_dns(GENERAL_NAME *name, const char *value)
{
    return is_printable(value) && !strpbrk(value, "@=*/:") && set_text(name, GEN_DNS, value);
}

static bool set_email(GENERAL_NAME *name, const char *value)
{
    const char *at = strchr(value, '@');

    return is_printable(value) && at && at != value && at[1] != '\0' &&
           set_text(name, GEN_EMAIL, value);
}

static bool set_uri(GENERAL_NAME *name, const char *value)
{
    return is_printable(value) && strchr(value, ':') && set_text(name, GEN_URI, value);
}

static bool set_ip(GENERAL_NAME *name, const char *value)
{
    struct address address;
    ASN1_OCTET_STRING *octets;

    if (address_parse(view_of_text(value), &address) != STATUS_OK)
        return false;
    octets = ASN1_OCTET_STRING_new();
    if (!octets ||
        !ASN1_OCTET_STRING_set(octets, address.octets, address.family == ADDRESS_IPV4 ? 4 : 16)) {
        ASN1_OCTET_STRING_free(octets);
        return false;
    }
    GENERAL_NAME_set0_value(name, GEN_IPADD, octets);
    return true;
}

static bool set_dn(GENERAL_NAME *name, const char *value)
{
    struct bytes der = {0};
    X509_NAME *directory = NULL;

    if (distinguished_name_encode(view_of_text(value), &der) == STATUS_OK) {
        const unsigned char *at = der.data_own;

        directory = d2i_X509_NAME(NULL, &at, (long)der.bytes);
    }
    bytes_clear(&der);
    if (directory)
        GENERAL_NAME_set0_value(name, GEN_DIRNAME, directory);
    return directory != NULL;
}

static bool set_rid(GENERAL_NAME *name, const char *value)
{
    ASN1_OBJECT *object = OBJ_txt2obj(value, 1);

    if (object)
        GENERAL_NAME_set0_value(name, GEN_RID, object);
    return object != NULL;
}

static const struct {
    const char *tag;
    bool (*set)(GENERAL_NAME *name, const char *value);
    const char *wanted;
} tags[] = {
    {"IP=", set_ip, "an address after IP=, for example IP=192.0.2.1"},
    {"DNS=", set_dns, "a host name after DNS=, for example DNS=host.example.com"},
    {"EMAIL=", set_email, "a mailbox after EMAIL=, for example EMAIL=root@example.com"},
    {"URI=", set_uri, "a URI after URI=, for example URI=http://www.example.com/"},
    {"DN=", set_dn, "a distinguished name after DN=, for example \"DN=C=US, O=Organization\""},
    {"RID=", set_rid, "numbers with dots after RID=, for example RID=1.3.6.1.4.1"},
};

/* Fills one name; or the line is added. */
static bool name_set(GENERAL_NAME *name, const char *text, struct text *error)
{
    const char *wanted = "IP=, DNS=, EMAIL=, URI=, DN= or RID= and a value";

    for (size_t i = 0; i < COUNT(tags); i++) {
        if (strncasecmp(text, tags[i].tag, strlen(tags[i].tag)) != 0)
            continue;
        if (strlen(text) <= MOST_NAME_BYTES && tags[i].set(name, text + strlen(tags[i].tag)))
            return true;
        wanted = tags[i].wanted;
    }
    text_add(error, "alternative name \"");
    text_add_escaped(error, view_of_text(text));
    text_add(error, "\": expected %s", wanted);
    return false;
}

GENERAL_NAMES *issue_names_make(const struct issue *issue, struct text *error)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool is_done = names != NULL;

    for (size_t i = 0; is_done && i < issue->name_count; i++) {
        GENERAL_NAME *name = GENERAL_NAME_new();

        is_done =
            name && name_set(name, issue->names[i], error) && sk_GENERAL_NAME_push(names, name) > 0;
        if (!is_done)
            GENERAL_NAME_free(name);
    }
    ERR_clear_error();
    if (is_done)
        return names;
    GENERAL_NAMES_free(names);
    return NULL;
}
