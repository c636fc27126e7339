#include "keystore/signature_kind.h"

#include <strings.h>

#include <openssl/evp.h>

const struct signature_kind signature_kinds[] = {
    /* The first one is what is made without -t. */
    {"rsa-sha256", KEY_RSA, "SHA256", NULL, NID_sha256WithRSAEncryption, 2048, false},
    {"rsa-sha384", KEY_RSA, "SHA384", NULL, NID_sha384WithRSAEncryption, 2048, false},
    {"rsa-sha512", KEY_RSA, "SHA512", NULL, NID_sha512WithRSAEncryption, 2048, false},
    {"rsa-sha1", KEY_RSA, "SHA1", NULL, NID_sha1WithRSAEncryption, 2048, true},
    {"rsa-md5", KEY_RSA, "MD5", NULL, NID_md5WithRSAEncryption, 2048, true},
    {"dsa-sha256", KEY_DSA, "SHA256", NULL, NID_dsa_with_SHA256, 2048, false},
    {"dsa-sha1", KEY_DSA, "SHA1", NULL, NID_dsaWithSHA1, 1024, true},
    {"ecdsa-sha256", KEY_EC, "SHA256", "P-256", NID_ecdsa_with_SHA256, 256, false},
    {"ecdsa-sha384", KEY_EC, "SHA384", "P-384", NID_ecdsa_with_SHA384, 384, false},
    {"ecdsa-sha512", KEY_EC, "SHA512", "P-521", NID_ecdsa_with_SHA512, 521, false},
    {"ed25519", KEY_EDWARDS, NULL, "ED25519", NID_ED25519, 256, false},
    {"ed448", KEY_EDWARDS, NULL, "ED448", NID_ED448, 456, false},
};

const size_t signature_kind_count = COUNT(signature_kinds);

static const struct key_limits sizes[] = {
    [KEY_RSA] = {"rsa", 1024, 2048, 8192},
    [KEY_DSA] = {"dsa", 1024, 2048, 3072},
    [KEY_EC] = {"ecdsa", 256, 256, 521},
    [KEY_EDWARDS] = {"eddsa", 256, 256, 456},
};

const struct key_limits *key_limits(enum key_family family)
{
    return &sizes[family];
}

const struct key_limits *key_limits_of_id(int id)
{
    static const struct {
        int id;
        enum key_family family;
    } families[] = {
        {EVP_PKEY_RSA, KEY_RSA},         {EVP_PKEY_DSA, KEY_DSA},       {EVP_PKEY_EC, KEY_EC},
        {EVP_PKEY_ED25519, KEY_EDWARDS}, {EVP_PKEY_ED448, KEY_EDWARDS},
    };

    for (size_t i = 0; i < COUNT(families); i++)
        if (families[i].id == id)
            return key_limits(families[i].family);
    return NULL;
}

const struct signature_kind *signature_kind_find(const char *word)
{
    for (size_t i = 0; i < COUNT(signature_kinds); i++)
        if (strcasecmp(signature_kinds[i].word, word) == 0)
            return &signature_kinds[i];
    return NULL;
}

const struct signature_kind *signature_kind_of_nid(int nid)
{
    for (size_t i = 0; i < COUNT(signature_kinds); i++)
        if (signature_kinds[i].nid == nid)
            return &signature_kinds[i];
    return NULL;
}
