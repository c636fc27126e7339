#ifndef ENTENTE_CRYPTO_CRYPTO_PRIVATE_H
#define ENTENTE_CRYPTO_CRYPTO_PRIVATE_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "base/secret.h"
#include "base/view.h"
#include "crypto/crypto.h"

/* What OpenSSL has for one row of transform_table. NULL members: the row does not use them. */
struct crypto_algorithm {
    bool is_available;
    EVP_MD *digest_own;
    EVP_MD_CTX *digest_context_own;
    EVP_MAC_CTX *mac_context_own;
    struct secret mac_key; /* in the MAC context, when it is short enough to be kept here */
    bool is_mac_keyed, is_digest_used, is_cipher_keyed[3]; /* since crypto_forget */
    EVP_CIPHER *cipher_own[3]; /* by key size, in the order of the row's key_bits */
    EVP_CIPHER_CTX *cipher_context_own[3];
};

/* The numbers of one row of group_table. */
struct crypto_group {
    bool is_available;
    BIGNUM *prime_own;
    BIGNUM *prime_less_one_own;
    BIGNUM *generator_own;
    BIGNUM *order_own; /* of the subgroup or the curve; NULL for safe primes */
    BN_MONT_CTX *montgomery_own;
    EC_GROUP *curve_own;
};

struct crypto {
    OSSL_LIB_CTX *library_own;
    OSSL_PROVIDER *default_own;
    OSSL_PROVIDER *legacy_own; /* NULL: not loaded */
    EVP_MAC *hmac_own;
    struct crypto_algorithm *algorithms_own; /* by row of transform_table */
    struct crypto_group *groups_own;         /* by row of group_table */
    bool is_used;                            /* a context holds a key, or what was hashed */
};

/* What there is for a row, NULL when nothing is. */
struct crypto_algorithm *crypto_algorithm(const struct crypto *crypto,
                                          const struct transform *transform);
struct crypto_group *crypto_group(const struct crypto *crypto, const struct group *group);

/* A new HMAC context with the row's digest and no key yet; NULL when there is none. */
EVP_MAC_CTX *crypto_mac_context(const struct crypto *crypto, const struct transform *transform);

/* Puts zeros in the place of the key of one context. */
bool cipher_forget(EVP_CIPHER_CTX *context);

/* Loads the numbers of all groups; a group that OpenSSL lacks stays unavailable. */
enum status crypto_groups_load(struct crypto *crypto);
void crypto_groups_free(struct crypto *crypto);

/* Key length in octets without salt, for the size at `index` of `openssl`. */
size_t transform_cipher_bytes(const struct transform *transform, int index);

/*
 * The two ways to compute in a group. `private_value` is drawn by the caller.
 *
 * is_private_fit  false: draw again.
 * compute_public  fills public_bytes octets.
 * compute_shared  checks the peer's value, then fills shared_bytes octets.
 */
struct group_arithmetic {
    bool (*is_private_fit)(const struct crypto_group *group, const BIGNUM *private_value);
    enum status (*compute_public)(const struct crypto *crypto, const struct group *group,
                                  const BIGNUM *private_value, uint8_t *out);
    enum status (*compute_shared)(const struct crypto *crypto, const struct group *group,
                                  const BIGNUM *private_value, struct view peer, uint8_t *out);
};

extern const struct group_arithmetic modp_arithmetic;
extern const struct group_arithmetic ecp_arithmetic;

#endif
