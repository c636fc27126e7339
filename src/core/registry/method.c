#include "registry/method.h"

#include "base/view.h"

const struct method method_table[] = {
    {
        .number = METHOD_PRESHARED,
        .class = METHOD_CLASS_PRESHARED,
        .named_as = METHOD_PRESHARED,
        .words = {"preshared"},
        .description = "pre-shared key",
        .rfc = "RFC 2409 section 5.4",
    },
    {
        .number = METHOD_DSS_SIG,
        .class = METHOD_CLASS_SIGNATURE,
        .named_as = METHOD_DSS_SIG,
        .words = {"dss_sig", "dsa_sig"},
        .description = "DSS signatures",
        .hash = 2,
        .rfc = "RFC 2409 section 5.1",
    },
    {
        .number = METHOD_RSA_SIG,
        .class = METHOD_CLASS_SIGNATURE,
        .named_as = METHOD_RSA_SIG,
        .words = {"rsa_sig"},
        .description = "RSA signatures",
        .rfc = "RFC 2409 section 5.1",
    },
    {
        .number = METHOD_RSA_ENCRYPT,
        .class = METHOD_CLASS_ENCRYPTION,
        .named_as = METHOD_RSA_ENCRYPT,
        .words = {"rsa_encrypt"},
        .description = "RSA Encryption",
        .rfc = "RFC 2409 section 5.2",
    },
    {
        .number = METHOD_RSA_ENCRYPT_REVISED,
        .class = METHOD_CLASS_ENCRYPTION,
        .named_as = METHOD_RSA_ENCRYPT_REVISED,
        .words = {"rsa_encrypt_revised"},
        .description = "Revised RSA Encryption",
        .is_extension = true,
        .rfc = "RFC 2409 section 5.3",
    },
    /* One word for the three: the curve of the key says which. */
    {
        .number = METHOD_ECDSA_256,
        .class = METHOD_CLASS_SIGNATURE,
        .named_as = METHOD_ECDSA_256,
        .words = {"ecdsa_sig"},
        .description = "ECDSA signatures (P-256)",
        .is_extension = true,
        .hash = 4,
        .curve = "prime256v1",
        .rfc = "RFC 4754",
    },
    {
        .number = METHOD_ECDSA_384,
        .class = METHOD_CLASS_SIGNATURE,
        .named_as = METHOD_ECDSA_256,
        .description = "ECDSA signatures (P-384)",
        .is_extension = true,
        .hash = 5,
        .curve = "secp384r1",
        .rfc = "RFC 4754",
    },
    {
        .number = METHOD_ECDSA_521,
        .class = METHOD_CLASS_SIGNATURE,
        .named_as = METHOD_ECDSA_256,
        .description = "ECDSA signatures (P-521)",
        .is_extension = true,
        .hash = 6,
        .curve = "secp521r1",
        .rfc = "RFC 4754",
    },
};

const size_t method_count = COUNT(method_table);

const struct method *method_by_number(unsigned number)
{
    for (size_t i = 0; i < method_count; i++) {
        if (method_table[i].number == number)
            return &method_table[i];
    }
    return NULL;
}

const struct method *method_by_word(const char *word)
{
    for (size_t i = 0; i < method_count; i++) {
        for (size_t j = 0; j < COUNT(method_table[i].words) && method_table[i].words[j]; j++) {
            if (strcmp(method_table[i].words[j], word) == 0)
                return &method_table[i];
        }
    }
    return NULL;
}
