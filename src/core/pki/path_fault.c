#include <openssl/x509_vfy.h>

#include "pki/path_private.h"

#define MEND_CERTIFICATE                                                                           \
    "have its issuer make a new one, and add that with \"ikecert certdb -a\" where it belongs"
#define MEND_ISSUER "use an authority that makes certificates after RFC 5280"
#define MEND_CRL                                                                                   \
    "get the authority's list and add it with \"ikecert certrldb -a\", or say ignore_crls"
#define MEND_CLOCK "wait, set the clock, or have its issuer make another"

static const char *const check_names[PATH_CHECK_COUNT] = {
    [PATH_KEY] = "key usage",
    [PATH_ANCHOR] = "trust",
    [PATH_SIGNATURES] = "signature",
    [PATH_VALIDITY] = "validity",
    [PATH_BASIC_CONSTRAINTS] = "basic constraints",
    [PATH_NAME_CONSTRAINTS] = "name constraints",
    [PATH_EXTENSIONS] = "extensions",
    [PATH_STRENGTH] = "strength",
    [PATH_REVOCATION] = "revocation",
};

static const char *const result_names[] = {
    [PATH_NOT_DONE] = "not done",
    [PATH_PASSED] = "passed",
    [PATH_WARNED] = "warning",
    [PATH_FAILED] = "failed",
};

/* The last row is for the numbers that no other has. */
static const struct path_fault faults[] = {
    {FAULT_NO_SIGN, PATH_KEY, PATH_FAILED, DETAIL_KEY, "its keyUsage has no digitalSignature",
     "use a certificate that may sign, \"ikecert certlocal -ks -u sign\""},
    {FAULT_NO_ENCRYPT, PATH_KEY, PATH_FAILED, DETAIL_KEY,
     "is no RSA key with keyEncipherment in its keyUsage",
     "use a certificate that may encrypt, \"ikecert certlocal -ks -u encrypt\""},
    {FAULT_NOT_FOR_IKE, PATH_KEY, PATH_FAILED, DETAIL_NONE,
     "its extendedKeyUsage has neither ipsecIKE nor any usage that gateways have",
     MEND_CERTIFICATE},

    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE,
     "is self-signed, and no cert_trust names it",
     "add it with \"ikecert certdb -a\" and name it in cert_trust"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE,
     "is the root of the path, and no cert_root names it",
     "add it with \"ikecert certdb -a\" and name it in cert_root"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PATH_ANCHOR, PATH_FAILED, DETAIL_ISSUER,
     "its issuer is neither sent nor in the store",
     "add the issuer's certificate with \"ikecert certdb -a\"; a root must be in cert_root"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PATH_ANCHOR, PATH_FAILED, DETAIL_ISSUER,
     "its issuer is neither sent nor in the store",
     "add the issuer's certificate with \"ikecert certdb -a\"; a root must be in cert_root"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PATH_ANCHOR, PATH_FAILED, DETAIL_ISSUER,
     "its issuer is neither sent nor in the store",
     "add the issuer's certificate with \"ikecert certdb -a\"; a root must be in cert_root"},
    {FAULT_NOT_TRUSTED, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE,
     "ends the path, and no cert_root names it",
     "name its root in cert_root, when that authority is to be believed"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE,
     "the path to a root has more than eight certificates",
     "name an authority nearer to the peer in cert_root"},
    {X509_V_ERR_CERT_UNTRUSTED, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE, "is not trusted",
     "name its root in cert_root"},
    {X509_V_ERR_CERT_REJECTED, PATH_ANCHOR, PATH_FAILED, DETAIL_NONE, "is not trusted",
     "name its root in cert_root"},

    {X509_V_ERR_CERT_SIGNATURE_FAILURE, PATH_SIGNATURES, PATH_FAILED, DETAIL_ISSUER,
     "is not signed by the issuer that it names",
     "compare the fingerprint of the issuer's certificate in the store with the authority's"},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, PATH_SIGNATURES, PATH_FAILED, DETAIL_ISSUER,
     "is not signed by the issuer that it names",
     "compare the fingerprint of the issuer's certificate in the store with the authority's"},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, PATH_SIGNATURES, PATH_FAILED, DETAIL_NONE,
     "its key cannot be read", MEND_CERTIFICATE},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, PATH_SIGNATURES, PATH_FAILED, DETAIL_ISSUER,
     "is signed by an algorithm that its issuer's key is not for", MEND_CERTIFICATE},
    {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, PATH_SIGNATURES, PATH_FAILED, DETAIL_NONE,
     "names two algorithms of its signature", MEND_CERTIFICATE},
    {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, PATH_SIGNATURES, PATH_FAILED, DETAIL_NONE,
     "is signed by an algorithm that is not known", MEND_CERTIFICATE},

    {X509_V_ERR_CERT_NOT_YET_VALID, PATH_VALIDITY, PATH_FAILED, DETAIL_NOT_BEFORE,
     "is not valid yet", MEND_CLOCK},
    {X509_V_ERR_CERT_HAS_EXPIRED, PATH_VALIDITY, PATH_FAILED, DETAIL_NOT_AFTER, "has expired",
     MEND_CERTIFICATE},

    {X509_V_ERR_INVALID_CA, PATH_BASIC_CONSTRAINTS, PATH_FAILED, DETAIL_NONE,
     "has issued a certificate and is no authority", MEND_ISSUER},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, PATH_BASIC_CONSTRAINTS, PATH_FAILED, DETAIL_NONE,
     "allows fewer authorities below it", MEND_ISSUER},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PATH_BASIC_CONSTRAINTS, PATH_FAILED, DETAIL_NONE,
     "has issued a certificate and its keyUsage has no keyCertSign", MEND_ISSUER},
    {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, PATH_BASIC_CONSTRAINTS, PATH_FAILED, DETAIL_NONE,
     "limits the length of paths and is no authority", MEND_ISSUER},
    {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, PATH_BASIC_CONSTRAINTS, PATH_FAILED, DETAIL_NONE,
     "limits the length of paths and may not sign certificates", MEND_ISSUER},
    {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, PATH_BASIC_CONSTRAINTS, PATH_WARNED,
     DETAIL_NONE, "has keyCertSign and is no authority", MEND_ISSUER},
    {X509_V_ERR_CA_BCONS_NOT_CRITICAL, PATH_BASIC_CONSTRAINTS, PATH_WARNED, DETAIL_NONE,
     "its basicConstraints are not critical", MEND_ISSUER},
    {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, PATH_BASIC_CONSTRAINTS, PATH_WARNED, DETAIL_NONE,
     "is an authority without keyUsage", MEND_ISSUER},
    {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, PATH_EXTENSIONS, PATH_WARNED, DETAIL_NONE,
     "has no authorityKeyIdentifier", MEND_ISSUER},
    {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, PATH_EXTENSIONS, PATH_WARNED, DETAIL_NONE,
     "is an authority without subjectKeyIdentifier", MEND_ISSUER},
    {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, PATH_EXTENSIONS, PATH_WARNED, DETAIL_NONE,
     "has no subject, and its alternative names are not critical", MEND_ISSUER},
    {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, PATH_EXTENSIONS, PATH_WARNED, DETAIL_NONE,
     "its authorityKeyIdentifier is critical", MEND_ISSUER},
    {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, PATH_EXTENSIONS, PATH_WARNED, DETAIL_NONE,
     "its subjectKeyIdentifier is critical", MEND_ISSUER},

    {X509_V_ERR_PERMITTED_VIOLATION, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "has a name that an authority above it does not permit", MEND_CERTIFICATE},
    {X509_V_ERR_EXCLUDED_VIOLATION, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "has a name that an authority above it excludes", MEND_CERTIFICATE},
    {X509_V_ERR_SUBTREE_MINMAX, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "stands under name constraints with a minimum or maximum", MEND_ISSUER},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "stands under name constraints of a kind that is not understood", MEND_ISSUER},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "stands under name constraints that cannot be read", MEND_ISSUER},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, PATH_NAME_CONSTRAINTS, PATH_FAILED, DETAIL_ISSUER,
     "has a name that name constraints cannot be held against", MEND_CERTIFICATE},

    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PATH_EXTENSIONS, PATH_FAILED, DETAIL_NONE,
     "has a critical extension that is not understood", MEND_CERTIFICATE},
    {X509_V_ERR_INVALID_EXTENSION, PATH_EXTENSIONS, PATH_FAILED, DETAIL_NONE,
     "has an extension that cannot be read", MEND_CERTIFICATE},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, PATH_EXTENSIONS, PATH_FAILED, DETAIL_NONE,
     "has policies that cannot be read", MEND_CERTIFICATE},

    {FAULT_SHORT_KEY, PATH_STRENGTH, PATH_FAILED, DETAIL_KEY, "its key is too short",
     "have one made of a key of 2048 bits or more, or name this very certificate in cert_trust"},
    {FAULT_SHORT_ANCHOR, PATH_STRENGTH, PATH_WARNED, DETAIL_KEY, "its key is short", MEND_ISSUER},
    {FAULT_WEAK_HASH, PATH_STRENGTH, PATH_FAILED, DETAIL_HASH,
     "its issuer signed it over a broken hash",
     "have one made with SHA-256, or name this very certificate in cert_trust"},
    {FAULT_SHA1, PATH_STRENGTH, PATH_FAILED, DETAIL_HASH, "its issuer signed it over a broken hash",
     "have one made with SHA-256, or name this very certificate in cert_trust"},
    {FAULT_SHA1_TAKEN, PATH_STRENGTH, PATH_WARNED, DETAIL_HASH, "is signed over a broken hash",
     MEND_CERTIFICATE},

    {X509_V_ERR_UNABLE_TO_GET_CRL, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "there is no revocation list of its issuer", MEND_CRL},
    {X509_V_ERR_CERT_REVOKED, PATH_REVOCATION, PATH_FAILED, DETAIL_ISSUER, "is revoked",
     "have its owner get another certificate"},
    {X509_V_ERR_CRL_HAS_EXPIRED, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer has expired", MEND_CRL},
    {X509_V_ERR_CRL_NOT_YET_VALID, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer is not valid yet", MEND_CLOCK},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer is not signed by that issuer", MEND_CRL},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer is not signed by that issuer", MEND_CRL},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "who signed the revocation list of its issuer cannot be found", MEND_CRL},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "its issuer may not sign revocation lists", MEND_ISSUER},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer is for other certificates", MEND_CRL},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "the revocation list of its issuer has a critical extension that is not understood", MEND_CRL},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, PATH_REVOCATION, PATH_FAILED, DETAIL_CRL,
     "who signed the revocation list of its issuer is not trusted", MEND_CRL},

    {X509_V_ERR_UNSPECIFIED, PATH_EXTENSIONS, PATH_FAILED, DETAIL_NONE, "does not follow RFC 5280",
     MEND_CERTIFICATE},
};

const struct path_fault *path_fault_find(int number)
{
    size_t last = COUNT(faults) - 1;

    for (size_t i = 0; i < last; i++) {
        if (faults[i].number == number)
            return &faults[i];
    }
    return &faults[last];
}

const char *path_check_name(enum path_check check)
{
    return check_names[check];
}

const char *path_result_name(enum path_result result)
{
    return result_names[result];
}
