#include "unit/pki/chain.h"

/* What looks odd and is good. */
static void no_subject_but_alternative_names(struct chain *chain, const struct chain_keys *keys,
                                             size_t at)
{
    (void)keys;
    chain->drafts[at].subject = "";
    draft_extend(&chain->drafts[at], "subjectAltName", "critical,DNS:gw.example.org");
}

static void valid_from_this_second(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_before_s = CHAIN_NOW_S;
}

static void valid_to_this_second(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_after_s = CHAIN_NOW_S;
}

static void valid_to_2060(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_after_s = INT64_C(2840140800);
}

static void valid_to_9999(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_after_s = INT64_C(253402300799);
}

static void judged_in_2051(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->ignores_crls = true;
    chain->wall_s = INT64_C(2556144000);
    for (size_t i = at; i < chain->count; i++)
        chain->drafts[i].not_after_s = INT64_C(2840140800);
}

static void no_lists_and_none_wanted(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->ignores_crls = true;
    for (size_t i = at; i < chain->count; i++)
        chain->is_listed[i] = false;
}

static void sha_1_that_a_rule_takes(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->is_sha1_taken = true;
    chain->drafts[at].digest = "SHA1";
}

static void an_impostor_of_the_same_name_first(struct chain *chain, const struct chain_keys *keys,
                                               size_t at)
{
    (void)keys;
    (void)at;
    chain->is_impostor_there = true;
    draft_extend(&chain->drafts[0], "authorityKeyIdentifier", "");
}

static void a_leaf_that_cert_trust_names(struct chain *chain, const struct chain_keys *keys,
                                         size_t at)
{
    (void)keys;
    (void)at;
    chain->is_leaf_named = true;
    chain->is_root_named = false;
}

static void a_leaf_of_md5_that_cert_trust_names(struct chain *chain, const struct chain_keys *keys,
                                                size_t at)
{
    (void)keys;
    chain->is_leaf_named = true;
    chain->drafts[at].digest = "MD5";
}

static void may_encrypt_and_is_to(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->use = CERTIFICATE_USE_ENCRYPT;
    draft_extend(&chain->drafts[at], "keyUsage", "critical,keyEncipherment");
}

const struct chain_defect chain_oddities[] = {
    {.name = "nothing", .places = CHAIN_AT_LEAF, .failed = PATH_CHECK_COUNT},
    {.name = "no key usage",
     .places = CHAIN_AT_LEAF,
     .extension = "keyUsage",
     .value = "",
     .failed = PATH_CHECK_COUNT},
    {.name = "nonRepudiation alone",
     .places = CHAIN_AT_LEAF,
     .extension = "keyUsage",
     .value = "critical,nonRepudiation",
     .failed = PATH_CHECK_COUNT},
    {.name = "usage of an IKE intermediate",
     .places = CHAIN_AT_LEAF,
     .extension = "extendedKeyUsage",
     .value = "1.3.6.1.5.5.8.2.2",
     .failed = PATH_CHECK_COUNT},
    {.name = "usage of a TLS server",
     .places = CHAIN_AT_LEAF,
     .extension = "extendedKeyUsage",
     .value = "serverAuth,clientAuth",
     .failed = PATH_CHECK_COUNT},
    {.name = "any usage",
     .places = CHAIN_AT_LEAF,
     .extension = "extendedKeyUsage",
     .value = "critical,2.5.29.37.0",
     .failed = PATH_CHECK_COUNT},
    {.name = "no subject but alternative names",
     .places = CHAIN_AT_LEAF,
     .apply = no_subject_but_alternative_names,
     .failed = PATH_CHECK_COUNT},
    {.name = "a path length that is enough",
     .places = CHAIN_AT_ROOT,
     .extension = "basicConstraints",
     .value = "critical,CA:TRUE,pathlen:2",
     .failed = PATH_CHECK_COUNT},
    {.name = "basic constraints that are not critical",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "basicConstraints",
     .value = "CA:TRUE",
     .failed = PATH_CHECK_COUNT},
    {.name = "no authority key identifier",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .extension = "authorityKeyIdentifier",
     .value = "",
     .failed = PATH_CHECK_COUNT},
    {.name = "an unknown extension that is not critical",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "1.2.3.4.5",
     .value = "DER:0500",
     .failed = PATH_CHECK_COUNT},
    {.name = "valid from this second",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = valid_from_this_second,
     .failed = PATH_CHECK_COUNT},
    {.name = "valid to this second",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = valid_to_this_second,
     .failed = PATH_CHECK_COUNT},
    {.name = "valid to 2060",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = valid_to_2060,
     .failed = PATH_CHECK_COUNT},
    {.name = "valid to 9999",
     .places = CHAIN_AT_LEAF | CHAIN_AT_ROOT,
     .apply = valid_to_9999,
     .failed = PATH_CHECK_COUNT},
    {.name = "judged in 2051",
     .places = CHAIN_AT_LEAF,
     .apply = judged_in_2051,
     .failed = PATH_CHECK_COUNT},
    {.name = "names within permitted ones",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,permitted;DNS:EXAMPLE.org,permitted;email:example.ORG,permitted;IP:192.0.2."
              "0/255.255.255.0,permitted;URI:.example.org",
     .failed = PATH_CHECK_COUNT},
    {.name = "names beside excluded ones",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,excluded;DNS:example.com,excluded;email:x@example.org,excluded;IP:198.51."
              "100.0/255.255.255.0",
     .failed = PATH_CHECK_COUNT},
    {.name = "no lists and none wanted",
     .places = CHAIN_AT_LEAF,
     .apply = no_lists_and_none_wanted,
     .failed = PATH_CHECK_COUNT},
    {.name = "SHA-1 that a rule takes",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .kind = "rsa2048",
     .apply = sha_1_that_a_rule_takes,
     .failed = PATH_CHECK_COUNT},
    {.name = "an impostor of the same name first",
     .places = CHAIN_AT_LEAF,
     .least = 3,
     .apply = an_impostor_of_the_same_name_first,
     .failed = PATH_CHECK_COUNT},
    {.name = "a leaf that cert_trust names",
     .places = CHAIN_AT_LEAF,
     .apply = a_leaf_that_cert_trust_names,
     .failed = PATH_CHECK_COUNT},
    {.name = "a leaf of MD5 that cert_trust names",
     .places = CHAIN_AT_LEAF,
     .kind = "rsa2048",
     .apply = a_leaf_of_md5_that_cert_trust_names,
     .failed = PATH_CHECK_COUNT},
    {.name = "may encrypt and is to",
     .places = CHAIN_AT_LEAF,
     .kind = "rsa2048",
     .apply = may_encrypt_and_is_to,
     .failed = PATH_CHECK_COUNT},
};

const size_t chain_oddity_count = COUNT(chain_oddities);
