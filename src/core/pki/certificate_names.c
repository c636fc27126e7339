#include <openssl/objects.h>

#include "pki/certificate_private.h"

#define OID_TEXT_BYTES 128

static struct view string_view(const ASN1_STRING *string)
{
    return view_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

/* What is no plain text is no name that anything could equal. RFC 4945 section 3.1 */
static bool is_plain(struct view text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7f)
            return false;
    }
    return text.bytes > 0;
}

static void text_name(const GENERAL_NAME *name, enum general_name_type type,
                      struct general_name *out)
{
    out->octets = string_view(name->d.ia5);
    if (is_plain(out->octets))
        out->type = type;
}

static void rid_name(const GENERAL_NAME *name, struct arena *arena, struct general_name *out)
{
    char text[OID_TEXT_BYTES];
    int bytes = OBJ_obj2txt(text, sizeof text, name->d.registeredID, 1);

    if (bytes <= 0 || (size_t)bytes >= sizeof text)
        return;
    out->octets = arena_copy(arena, view_of_text(text));
    out->type = GENERAL_NAME_RID;
}

static void directory_name(const GENERAL_NAME *name, struct general_name *out)
{
    const uint8_t *der = NULL;
    size_t bytes = 0;

    if (!X509_NAME_get0_der(name->d.directoryName, &der, &bytes))
        return;
    out->octets = view_of(der, bytes);
    out->type = GENERAL_NAME_DN;
}

/* The octets of *out lie in `name` until they are copied. */
static void name_read(const GENERAL_NAME *name, struct arena *arena, struct general_name *out)
{
    switch (name->type) {
    case GEN_DNS:
        text_name(name, GENERAL_NAME_DNS, out);
        break;
    case GEN_EMAIL:
        text_name(name, GENERAL_NAME_EMAIL, out);
        break;
    case GEN_URI:
        text_name(name, GENERAL_NAME_URI, out);
        break;
    case GEN_IPADD:
        out->octets = string_view(name->d.iPAddress);
        if (out->octets.bytes == 4 || out->octets.bytes == 16)
            out->type = GENERAL_NAME_IP;
        break;
    case GEN_DIRNAME:
        directory_name(name, out);
        break;
    case GEN_RID:
        rid_name(name, arena, out);
        break;
    default:
        break;
    }
}

static enum status name_take(GENERAL_NAME *name, struct arena *arena, struct general_name *out)
{
    uint8_t *der = NULL;
    int bytes = i2d_GENERAL_NAME(name, &der);
    enum status status = STATUS_NO_MEMORY;

    if (bytes <= 0)
        return STATUS_NO_MEMORY;
    *out = (struct general_name){.type = GENERAL_NAME_OTHER};
    name_read(name, arena, out);
    out->octets = arena_copy(arena, out->octets);
    out->der = arena_copy(arena, view_of(der, (size_t)bytes));
    if (out->der.bytes > 0)
        status = STATUS_OK;
    OPENSSL_free(der);
    return status;
}

static enum status alternatives_read(struct certificate *certificate)
{
    int found = 0;
    GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate->x509_own, NID_subject_alt_name, &found, NULL);
    int count = sk_GENERAL_NAME_num(names);
    enum status status = STATUS_OK;

    if (!names)
        return found == -1 ? STATUS_OK : STATUS_MALFORMED;
    if (count > (int)CERTIFICATE_MOST_NAMES) {
        status = STATUS_LIMIT;
        goto out;
    }
    certificate->names_view =
        arena_take(&certificate->arena, ((size_t)count + 1) * sizeof *certificate->names_view);
    if (!certificate->names_view)
        status = STATUS_NO_MEMORY;
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = name_take(sk_GENERAL_NAME_value(names, i), &certificate->arena,
                           &certificate->names_view[i]);
    certificate->name_count = status == STATUS_OK ? (size_t)count : 0;
out:
    GENERAL_NAMES_free(names);
    return status;
}

static struct view point_url(const DIST_POINT *point)
{
    const GENERAL_NAMES *names =
        point->distpoint && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_URI && is_plain(string_view(name->d.ia5)))
            return string_view(name->d.ia5);
    }
    return (struct view){0};
}

static enum status points_read(struct certificate *certificate)
{
    int found = 0;
    CRL_DIST_POINTS *points =
        X509_get_ext_d2i(certificate->x509_own, NID_crl_distribution_points, &found, NULL);
    struct view url = {0};

    if (!points)
        return found == -1 ? STATUS_OK : STATUS_MALFORMED;
    for (int i = 0; i < sk_DIST_POINT_num(points) && view_is_empty(url); i++)
        url = point_url(sk_DIST_POINT_value(points, i));
    certificate->crl_url = arena_copy(&certificate->arena, url);
    CRL_DIST_POINTS_free(points);
    return STATUS_OK;
}

enum status certificate_names_read(struct certificate *certificate)
{
    enum status status = alternatives_read(certificate);

    return status == STATUS_OK ? points_read(certificate) : status;
}
