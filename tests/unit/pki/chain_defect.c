#include "unit/pki/chain.h"

/* What is wrong, where it can be, and the check that must say so. */
static void expired(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_after_s = CHAIN_NOW_S - 1;
}

static void not_yet_valid(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].not_before_s = CHAIN_NOW_S + 1;
}

static void an_expired_leaf_that_cert_trust_names(struct chain *chain,
                                                  const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->is_leaf_named = true;
    chain->drafts[at].not_after_s = CHAIN_NOW_S - 1;
}

static void a_forged_signature(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].is_forged = true;
}

static void signed_by_another_key(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    chain->drafts[at].signer_key = keys->other;
}

static void an_issuer_of_version_1(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].is_version_1 = true;
    draft_extend(&chain->drafts[at - 1], "authorityKeyIdentifier", "");
}

static void constraints_on_a_kind_of_name_that_is_not_understood(struct chain *chain,
                                                                 const struct chain_keys *keys,
                                                                 size_t at)
{
    (void)keys;
    draft_extend(&chain->drafts[0], "subjectAltName", "RID:1.2.3.4");
    draft_extend(&chain->drafts[at], "nameConstraints", "critical,excluded;RID:1.2.3.4");
}

static void may_sign_only_and_is_to_encrypt(struct chain *chain, const struct chain_keys *keys,
                                            size_t at)
{
    (void)keys;
    chain->use = CERTIFICATE_USE_ENCRYPT;
    chain->drafts[at].serial = 100;
}

static void signed_over_md5(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].digest = "MD5";
}

static void signed_over_sha_1(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->drafts[at].digest = "SHA1";
}

static void signed_over_sha_1_with_ecdsa(struct chain *chain, const struct chain_keys *keys,
                                         size_t at)
{
    (void)keys;
    chain->drafts[at].digest = "SHA1";
}

static void a_missing_intermediate(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->is_left_out[at] = true;
}

static void a_missing_root(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->is_left_out[at] = true;
}

static void a_root_that_no_cert_root_names(struct chain *chain, const struct chain_keys *keys,
                                           size_t at)
{
    (void)keys;
    (void)at;
    chain->is_root_named = false;
}

static void a_root_that_the_peer_sends(struct chain *chain, const struct chain_keys *keys,
                                       size_t at)
{
    (void)keys;
    (void)at;
    chain->is_root_sent = true;
}

static void another_issuer_than_what_signed(struct chain *chain, const struct chain_keys *keys,
                                            size_t at)
{
    (void)keys;
    chain->drafts[at].issuer = "C=US, CN=Stranger";
}

static void a_revoked_certificate(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].revoked = chain->drafts[at].serial;
}

static void no_list_of_its_issuer(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->is_listed[at + 1] = false;
}

static void an_expired_list(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].next_update_s = CHAIN_NOW_S - 1;
}

static void a_list_from_tomorrow(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].this_update_s = CHAIN_NOW_S + 3600;
}

static void a_forged_list(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].is_forged = true;
}

static void a_list_that_a_stranger_signed(struct chain *chain, const struct chain_keys *keys,
                                          size_t at)
{
    chain->lists[at + 1].key = keys->other;
}

static void an_issuer_that_may_not_sign_lists(struct chain *chain, const struct chain_keys *keys,
                                              size_t at)
{
    (void)keys;
    draft_extend(&chain->drafts[at + 1], "keyUsage", "critical,keyCertSign");
}

static void a_list_with_an_unknown_critical_extension(struct chain *chain,
                                                      const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].extension = "1.2.3.4.5=critical,DER:0500";
}

static void a_list_of_changes_alone(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].extension = "2.5.29.27=critical,DER:020101";
}

static void a_list_for_authorities_only(struct chain *chain, const struct chain_keys *keys,
                                        size_t at)
{
    (void)keys;
    chain->lists[at + 1].extension = "issuingDistributionPoint=critical,onlyCA:TRUE";
}

static void a_list_for_users_only(struct chain *chain, const struct chain_keys *keys, size_t at)
{
    (void)keys;
    chain->lists[at + 1].extension = "issuingDistributionPoint=critical,onlyuser:TRUE";
}

const struct chain_defect chain_defects[] = {
    {.name = "expired",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = expired,
     .failed = PATH_VALIDITY},
    {.name = "not yet valid",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = not_yet_valid,
     .failed = PATH_VALIDITY},
    {.name = "an expired leaf that cert_trust names",
     .places = CHAIN_AT_LEAF,
     .apply = an_expired_leaf_that_cert_trust_names,
     .failed = PATH_VALIDITY},
    {.name = "a forged signature",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_forged_signature,
     .failed = PATH_SIGNATURES},
    {.name = "signed by another key",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = signed_by_another_key,
     .failed = PATH_SIGNATURES},
    {.name = "an issuer that is no authority",
     .places = CHAIN_AT_INTERMEDIATE,
     .extension = "basicConstraints",
     .value = "critical,CA:FALSE",
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "an issuer without basic constraints",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "basicConstraints",
     .value = "",
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "an issuer of version 1",
     .places = CHAIN_AT_INTERMEDIATE,
     .apply = an_issuer_of_version_1,
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "a root that is no authority",
     .places = CHAIN_AT_ROOT,
     .extension = "basicConstraints",
     .value = "critical,CA:FALSE",
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "a path longer than its root allows",
     .places = CHAIN_AT_ROOT,
     .least = 3,
     .extension = "basicConstraints",
     .value = "critical,CA:TRUE,pathlen:0",
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "an issuer that may not sign certificates",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "keyUsage",
     .value = "critical,cRLSign",
     .failed = PATH_BASIC_CONSTRAINTS},
    {.name = "an unknown critical extension",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "1.2.3.4.5",
     .value = "critical,DER:0500",
     .failed = PATH_EXTENSIONS},
    {.name = "a name of type DNS that is not permitted",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,permitted;DNS:eXample.com",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type email that is not permitted",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,permitted;email:example.com",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type IP that is not permitted",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,permitted;IP:198.51.100.0/255.255.255.0",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type URI that is not permitted",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,permitted;URI:.example.com",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type DNS that is excluded",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,excluded;DNS:EXAMPLE.org",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type email that is excluded",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,excluded;email:gw@EXAMPLE.ORG",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type IP that is excluded",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,excluded;IP:192.0.2.0/255.255.255.0",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "a name of type URI that is excluded",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .extension = "nameConstraints",
     .value = "critical,excluded;URI:.Example.Org",
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "constraints on a kind of name that is not understood",
     .places = CHAIN_AT_INTERMEDIATE | CHAIN_AT_ROOT,
     .apply = constraints_on_a_kind_of_name_that_is_not_understood,
     .failed = PATH_NAME_CONSTRAINTS},
    {.name = "may sign certificates only",
     .places = CHAIN_AT_LEAF,
     .extension = "keyUsage",
     .value = "critical,cRLSign",
     .failed = PATH_KEY},
    {.name = "may encrypt only",
     .places = CHAIN_AT_LEAF,
     .kind = "rsa2048",
     .extension = "keyUsage",
     .value = "critical,keyEncipherment",
     .failed = PATH_KEY},
    {.name = "may sign only and is to encrypt",
     .places = CHAIN_AT_LEAF,
     .apply = may_sign_only_and_is_to_encrypt,
     .failed = PATH_KEY},
    {.name = "usage of code signing only",
     .places = CHAIN_AT_LEAF,
     .extension = "extendedKeyUsage",
     .value = "codeSigning",
     .failed = PATH_KEY},
    {.name = "signed over MD5",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .kind = "rsa2048",
     .apply = signed_over_md5,
     .failed = PATH_STRENGTH},
    {.name = "signed over SHA-1",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .kind = "rsa2048",
     .apply = signed_over_sha_1,
     .failed = PATH_STRENGTH},
    {.name = "signed over SHA-1 with ECDSA",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .kind = "p256",
     .apply = signed_over_sha_1_with_ecdsa,
     .failed = PATH_STRENGTH},
    {.name = "a missing intermediate",
     .places = CHAIN_AT_INTERMEDIATE,
     .apply = a_missing_intermediate,
     .failed = PATH_ANCHOR},
    {.name = "a missing root",
     .places = CHAIN_AT_ROOT,
     .apply = a_missing_root,
     .failed = PATH_ANCHOR},
    {.name = "a root that no cert_root names",
     .places = CHAIN_AT_LEAF,
     .apply = a_root_that_no_cert_root_names,
     .failed = PATH_ANCHOR},
    {.name = "a root that the peer sends",
     .places = CHAIN_AT_ROOT,
     .apply = a_root_that_the_peer_sends,
     .failed = PATH_ANCHOR},
    {.name = "another issuer than what signed",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = another_issuer_than_what_signed,
     .failed = PATH_ANCHOR},
    {.name = "a revoked certificate",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_revoked_certificate,
     .failed = PATH_REVOCATION},
    {.name = "no list of its issuer",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = no_list_of_its_issuer,
     .failed = PATH_REVOCATION},
    {.name = "an expired list",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = an_expired_list,
     .failed = PATH_REVOCATION},
    {.name = "a list from tomorrow",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_list_from_tomorrow,
     .failed = PATH_REVOCATION},
    {.name = "a forged list",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_forged_list,
     .failed = PATH_REVOCATION},
    {.name = "a list that a stranger signed",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_list_that_a_stranger_signed,
     .failed = PATH_REVOCATION},
    {.name = "an issuer that may not sign lists",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = an_issuer_that_may_not_sign_lists,
     .failed = PATH_REVOCATION},
    {.name = "a list with an unknown critical extension",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_list_with_an_unknown_critical_extension,
     .failed = PATH_REVOCATION},
    {.name = "a list of changes alone",
     .places = CHAIN_AT_LEAF | CHAIN_AT_INTERMEDIATE,
     .apply = a_list_of_changes_alone,
     .failed = PATH_REVOCATION},
    {.name = "a list for authorities only",
     .places = CHAIN_AT_LEAF,
     .apply = a_list_for_authorities_only,
     .failed = PATH_REVOCATION},
    {.name = "a list for users only",
     .places = CHAIN_AT_INTERMEDIATE,
     .apply = a_list_for_users_only,
     .failed = PATH_REVOCATION},
};

const size_t chain_defect_count = COUNT(chain_defects);
