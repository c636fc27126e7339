#include <openssl/obj_mac.h>

#include "pki/certificate_private.h"

#define OID_TEXT_BYTES 80

/* What the extended usage of a gateway's certificate may be for; one of them is enough. */
static const char *const ike_usages[] = {
    "2.5.29.37.0",        /* any */
    "1.3.6.1.5.5.7.3.17", /* id-kp-ipsecIKE, RFC 4945 */
    "1.3.6.1.5.5.8.2.2",  /* iKEIntermediate, an expired draft that all products took */
    "1.3.6.1.5.5.7.3.5",  /* ipsecEndSystem, RFC 2459 */
    "1.3.6.1.5.5.7.3.6",  /* ipsecTunnel */
    "1.3.6.1.5.5.7.3.7",  /* ipsecUser */
    "1.3.6.1.5.5.7.3.1",  /* serverAuth */
    "1.3.6.1.5.5.7.3.2",  /* clientAuth */
};

static bool is_ike_usage(const ASN1_OBJECT *usage)
{
    char text[OID_TEXT_BYTES];

    if (OBJ_obj2txt(text, sizeof text, usage, 1) <= 0)
        return false;
    for (size_t i = 0; i < COUNT(ike_usages); i++) {
        if (strcmp(text, ike_usages[i]) == 0)
            return true;
    }
    return false;
}

static bool is_for_ike(const X509 *x509)
{
    int found = 0;
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, &found, NULL);
    bool answer = !usages && found == -1; /* there is none */

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !answer; i++)
        answer = is_ike_usage(sk_ASN1_OBJECT_value(usages, i));
    EXTENDED_KEY_USAGE_free(usages);
    return answer;
}

enum status certificate_usage_read(struct certificate *certificate)
{
    X509 *x509 = certificate->x509_own;
    bool is_invalid = (X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0;
    uint32_t usage = X509_get_key_usage(x509); /* all bits without the extension */

    if (is_invalid)
        return STATUS_MALFORMED;
    certificate->may_sign = (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
    certificate->may_encrypt =
        certificate->key_kind == CERTIFICATE_RSA && (usage & KU_KEY_ENCIPHERMENT) != 0;
    certificate->may_issue = X509_check_ca(x509) == 1 && (usage & KU_KEY_CERT_SIGN) != 0;
    certificate->is_for_ike = is_for_ike(x509);
    return STATUS_OK;
}
