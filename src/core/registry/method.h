#ifndef ENTENTE_REGISTRY_METHOD_H
#define ENTENTE_REGISTRY_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Phase 1 authentication methods, attribute 3. RFC 2409 app. A, RFC 4754 */
enum auth_method {
    METHOD_NONE = 0,
    METHOD_PRESHARED = 1,
    METHOD_DSS_SIG = 2,
    METHOD_RSA_SIG = 3,
    METHOD_RSA_ENCRYPT = 4,
    METHOD_RSA_ENCRYPT_REVISED = 5,
    METHOD_ECDSA_256 = 9,
    METHOD_ECDSA_384 = 10,
    METHOD_ECDSA_521 = 11,
};

/* What SKEYID is made of and what proves a peer. RFC 2409 section 5 */
enum method_class {
    METHOD_CLASS_PRESHARED,
    METHOD_CLASS_SIGNATURE,
    METHOD_CLASS_ENCRYPTION,
};

/* Rows of a state machine for one class: BIT of each of its numbers. */
#define METHODS_SIGNATURE                                                                          \
    (BIT(METHOD_DSS_SIG) | BIT(METHOD_RSA_SIG) | BIT(METHOD_ECDSA_256) | BIT(METHOD_ECDSA_384) |   \
     BIT(METHOD_ECDSA_521))

#define METHODS_ENCRYPTION (BIT(METHOD_RSA_ENCRYPT) | BIT(METHOD_RSA_ENCRYPT_REVISED))
#define METHODS_ALL UINT32_MAX

struct method {
    uint16_t number;
    enum method_class class;
    uint16_t named_as; /* number of the row that has its words: its own, or the first of a family */
    const char *words[2];    /* ike/config auth_method; NULL: cannot be named */
    const char *description; /* as ikeadm prints it */
    bool is_extension;       /* a word of ours, not of Solaris */
    uint8_t hash;            /* Phase 1 number of the hash that HASH_I and HASH_R are made with; 0:
                              * the negotiated one. RFC 2409 section 5, RFC 4754 section 6 */
    const char *curve;       /* of its keys, as OpenSSL names it; NULL: none */
    const char *rfc;
};

extern const struct method method_table[];
extern const size_t method_count;

/* The row, or NULL. */
const struct method *method_by_number(unsigned number);
const struct method *method_by_word(const char *word);

#endif
