#ifndef ENTENTE_REGISTRY_IDENTITY_TYPE_H
#define ENTENTE_REGISTRY_IDENTITY_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Identification types. RFC 2407 section 4.6.2.1, RFC 3554 */
enum identity_type {
    IDENTITY_NONE = 0,
    IDENTITY_IPV4 = 1,
    IDENTITY_FQDN = 2,
    IDENTITY_USER_FQDN = 3,
    IDENTITY_IPV4_SUBNET = 4,
    IDENTITY_IPV6 = 5,
    IDENTITY_IPV6_SUBNET = 6,
    IDENTITY_IPV4_RANGE = 7,
    IDENTITY_IPV6_RANGE = 8,
    IDENTITY_DN = 9,
    IDENTITY_GN = 10,
    IDENTITY_KEY_ID = 11,
    IDENTITY_LIST = 12,
};

/* What the data of an identity is. */
enum identity_form {
    IDENTITY_FORM_ADDRESS, /* one address */
    IDENTITY_FORM_SUBNET,  /* address and mask */
    IDENTITY_FORM_RANGE,   /* first and last address, inclusive */
    IDENTITY_FORM_TEXT,    /* a name without NUL */
    IDENTITY_FORM_DER,
    IDENTITY_FORM_OPAQUE,
};

struct identity_kind {
    uint8_t number;
    enum identity_form form;
    uint8_t address_bytes;          /* of one address of the data: 4, 16; else 0 */
    const char *name;               /* "IPV4_ADDR" */
    const char *description;        /* as ikeadm prints it */
    const char *config_words[6];    /* local_id_type of ike/config, exact case */
    const char *preshared_words[6]; /* localidtype and remoteidtype of ike.preshared, any case */
    const char *rfc;
};

extern const struct identity_kind identity_table[];
extern const size_t identity_count;

/* Each returns the row, or NULL. A word of either family gives the IPv4 row. */
const struct identity_kind *identity_by_number(unsigned number);
const struct identity_kind *identity_by_config_word(const char *word);
const struct identity_kind *identity_by_preshared_word(const char *word);

/* True for "ip", "prefix" and "subnet", which stand for either family. */
bool identity_word_is_of_either_family(const char *word);

#endif
