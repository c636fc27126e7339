#ifndef ENTENTE_KEYSTORE_SIGNATURE_KIND_H
#define ENTENTE_KEYSTORE_SIGNATURE_KIND_H

#include "base/view.h"

enum key_family {
    KEY_RSA,
    KEY_DSA,
    KEY_EC,
    KEY_EDWARDS,
};

/* A value of `ikecert -t`: the kind of key, and what a certificate of it is signed with. */
struct signature_kind {
    const char *word;
    enum key_family family;
    const char *digest; /* OpenSSL's name; NULL: the key has its own */
    const char *group;  /* the curve, or OpenSSL's name of the key; NULL: the size is chosen */
    int nid;            /* of the signature, as certificates carry it */
    unsigned key_bits;  /* without -m */
    bool is_weak;
};

extern const struct signature_kind signature_kinds[];
extern const size_t signature_kind_count;

/* What a family of keys may have. */
struct key_limits {
    const char *word; /* "rsa", as listings name it */
    unsigned least_bits, good_bits, most_bits;
};

const struct key_limits *key_limits(enum key_family family);
/* By EVP_PKEY_get_base_id; NULL: of no family. */
const struct key_limits *key_limits_of_id(int id);

/* NULL: no such word. */
const struct signature_kind *signature_kind_find(const char *word);
const struct signature_kind *signature_kind_of_nid(int nid);

#endif
