#include "pki/distinguished_name.h"

#include <stdlib.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/reader.h"
#include "pki/distinguished_name_private.h"

#define MOST_VALUES 64u
#define MOST_VALUE_BYTES 1024u
#define TAG_BYTES 80u

/* In order of preference for printing; the first of an attribute is the one that is printed. */
static const struct {
    const char *tag;
    int nid;
} tags[] = {
    {"C", NID_countryName},
    {"O", NID_organizationName},
    {"OU", NID_organizationalUnitName},
    {"CN", NID_commonName},
    {"ST", NID_stateOrProvinceName},
    {"L", NID_localityName},
    {"STREET", NID_streetAddress},
    {"SERIALNUMBER", NID_serialNumber},
    {"T", NID_title},
    {"TITLE", NID_title},
    {"GN", NID_givenName},
    {"SN", NID_surname},
    {"UID", NID_userId},
    {"DC", NID_domainComponent},
    {"EMAIL", NID_pkcs9_emailAddress},
    {"EMAILADDRESS", NID_pkcs9_emailAddress},
};

static const char *tag_of(const ASN1_OBJECT *attribute)
{
    int nid = OBJ_obj2nid(attribute);

    for (size_t i = 0; i < COUNT(tags); i++) {
        if (tags[i].nid == nid)
            return tags[i].tag;
    }
    return NULL;
}

/* An attribute by tag or dotted numbers; the caller frees it. NULL: unknown. */
static ASN1_OBJECT *attribute_of(const char *tag)
{
    for (size_t i = 0; i < COUNT(tags); i++) {
        if (strcasecmp(tags[i].tag, tag) == 0)
            return OBJ_nid2obj(tags[i].nid);
    }
    return tag[0] >= '0' && tag[0] <= '9' ? OBJ_txt2obj(tag, 1) : NULL;
}

static int hex_digit(uint8_t octet)
{
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    octet |= 0x20;
    return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

static uint8_t octet_at(const struct reader *reader, size_t ahead)
{
    return reader->offset + ahead < reader->bytes ? reader->start_view[reader->offset + ahead] : 0;
}

static void spaces_pass(struct reader *reader)
{
    while (octet_at(reader, 0) == ' ')
        (void)reader_u8(reader);
}

/* "TAG=", blanks around the tag. */
static enum status tag_read(struct reader *reader, char out[TAG_BYTES])
{
    size_t bytes = 0;

    spaces_pass(reader);
    while (bytes < TAG_BYTES - 1 && reader_left(reader) > 0 && octet_at(reader, 0) != '=' &&
           octet_at(reader, 0) != ',' && octet_at(reader, 0) != '+')
        out[bytes++] = (char)reader_u8(reader);
    if (reader_u8(reader) != '=')
        return STATUS_MALFORMED;
    while (bytes > 0 && out[bytes - 1] == ' ')
        bytes--;
    out[bytes] = '\0';
    return bytes > 0 ? STATUS_OK : STATUS_MALFORMED;
}

/* What '\' stands before: one octet, as it is or as two hex digits. */
static uint8_t escaped_read(struct reader *reader)
{
    int high = hex_digit(octet_at(reader, 0));
    int low = hex_digit(octet_at(reader, 1));

    if (high < 0 || low < 0)
        return reader_u8(reader);
    (void)reader_u8(reader);
    (void)reader_u8(reader);
    return (uint8_t)(high << 4 | low);
}

/* Up to an unescaped ',' or '+' or the end; blanks around it do not count. */
static enum status value_read(struct reader *reader, uint8_t out[MOST_VALUE_BYTES],
                              size_t *out_bytes)
{
    size_t bytes = 0;
    size_t whole = 0; /* up to the last octet that is no bare blank */

    spaces_pass(reader);
    while (reader_left(reader) > 0 && octet_at(reader, 0) != ',' && octet_at(reader, 0) != '+') {
        uint8_t octet = reader_u8(reader);
        bool is_bare = octet != '\\';

        if (bytes == MOST_VALUE_BYTES)
            return STATUS_LIMIT;
        if (!is_bare)
            octet = escaped_read(reader);
        out[bytes++] = octet;
        if (!is_bare || octet != ' ')
            whole = bytes;
    }
    *out_bytes = whole;
    return reader_is_good(reader) && whole > 0 ? STATUS_OK : STATUS_MALFORMED;
}

enum rdn_place {
    RDN_NEW,
    RDN_JOINED, /* to the one before */
};

static enum status value_add(struct reader *reader, enum rdn_place place, X509_NAME *name)
{
    char tag[TAG_BYTES];
    uint8_t value[MOST_VALUE_BYTES];
    size_t bytes = 0;
    enum status status = tag_read(reader, tag);
    ASN1_OBJECT *attribute;

    if (status == STATUS_OK)
        status = value_read(reader, value, &bytes);
    if (status != STATUS_OK)
        return status;
    attribute = attribute_of(tag);
    if (!attribute)
        return STATUS_UNEXPECTED;
    if (!X509_NAME_add_entry_by_OBJ(name, attribute, MBSTRING_UTF8, value, (int)bytes, -1,
                                    place == RDN_NEW ? 0 : -1))
        status = STATUS_LIMIT;
    ASN1_OBJECT_free(attribute);
    return status;
}

enum status distinguished_name_parse(struct view text, X509_NAME **out)
{
    struct reader reader = reader_over(text);
    X509_NAME *name = X509_NAME_new();
    enum status status = name ? STATUS_OK : STATUS_NO_MEMORY;
    enum rdn_place place = RDN_NEW;

    for (size_t i = 0; status == STATUS_OK; i++) {
        status = i < MOST_VALUES ? value_add(&reader, place, name) : STATUS_LIMIT;
        if (status != STATUS_OK || reader_left(&reader) == 0)
            break;
        place = reader_u8(&reader) == '+' ? RDN_JOINED : RDN_NEW;
    }
    if (status == STATUS_OK)
        *out = name;
    else
        X509_NAME_free(name);
    ERR_clear_error();
    return status;
}

enum status distinguished_name_encode(struct view text, struct bytes *out)
{
    X509_NAME *name = NULL;
    enum status status = distinguished_name_parse(text, &name);
    const uint8_t *der = NULL;
    size_t bytes = 0;

    if (status != STATUS_OK)
        return status;
    status = X509_NAME_get0_der(name, &der, &bytes) ? bytes_copy(view_of(der, bytes), out)
                                                    : STATUS_NO_MEMORY;
    X509_NAME_free(name);
    return status;
}

X509_NAME *distinguished_name_decode(struct view der)
{
    const uint8_t *next = der.data;
    X509_NAME *name = NULL;

    if (der.bytes == 0 || der.bytes > DISTINGUISHED_NAME_MOST_BYTES)
        return NULL;
    name = d2i_X509_NAME(NULL, &next, (long)der.bytes);
    if (name && (size_t)(next - der.data) != der.bytes) {
        X509_NAME_free(name);
        name = NULL;
    }
    ERR_clear_error();
    return name;
}

uint32_t distinguished_name_hash(const X509_NAME *name)
{
    return name ? (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL) : 0;
}

bool distinguished_name_equal(struct view a, struct view b)
{
    X509_NAME *a_name = distinguished_name_decode(a);
    X509_NAME *b_name = distinguished_name_decode(b);
    bool equal = a_name && b_name && X509_NAME_cmp(a_name, b_name) == 0;

    X509_NAME_free(a_name);
    X509_NAME_free(b_name);
    return equal;
}

bool distinguished_name_is_empty(struct view der)
{
    static const uint8_t empty[] = {0x30, 0x00}; /* SEQUENCE of nothing */

    return der.bytes == 0 || view_equal(der, view_of(empty, sizeof empty));
}

static void value_text(const uint8_t *value, size_t bytes, struct text *out)
{
    for (size_t i = 0; i < bytes && !out->is_cut; i++) {
        bool is_edge_blank = value[i] == ' ' && (i == 0 || i + 1 == bytes);

        if (value[i] < 0x20 || value[i] >= 0x7f)
            text_add(out, "\\%02x", value[i]);
        else if (is_edge_blank || strchr(",+\\\"<>;=", value[i]) || (i == 0 && value[i] == '#'))
            text_add(out, "\\%c", value[i]);
        else
            text_add(out, "%c", value[i]);
    }
}

static void entry_text(const X509_NAME_ENTRY *entry, struct text *out)
{
    const ASN1_OBJECT *attribute = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    const char *tag = tag_of(attribute);
    char number[TAG_BYTES] = "?";
    uint8_t *utf8 = NULL;
    int bytes = ASN1_STRING_to_UTF8(&utf8, value);

    if (!tag)
        (void)OBJ_obj2txt(number, sizeof number, attribute, 1);
    text_add(out, "%s=", tag ? tag : number);
    if (bytes >= 0) {
        value_text(utf8, (size_t)bytes, out);
    } else { /* no text */
        text_add(out, "#");
        text_add_hex(out, view_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)));
    }
    OPENSSL_free(utf8);
}

void distinguished_name_text(struct view der, struct text *out)
{
    X509_NAME *name = distinguished_name_decode(der);
    int count = name ? X509_NAME_entry_count(name) : 0;
    int before = -1;

    if (!name)
        text_add(out, "(unreadable)");
    else if (count == 0)
        text_add(out, "(no name)");
    for (int i = 0; i < count && !out->is_cut; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int set = X509_NAME_ENTRY_set(entry);

        if (i > 0)
            text_add(out, "%s", set == before ? " + " : ", ");
        entry_text(entry, out);
        before = set;
    }
    X509_NAME_free(name);
    ERR_clear_error();
}
