/*
 * One side of a key exchange, key pair and shared secret, beside the same through EVP. For MODP the
 * bare operation is the exponentiation with the range check only, as the bar says: EVP's own
 * derivation with its full validation is shown as well.
 */
#include <assert.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "bench.h"
#include "crypto/key_exchange.h"

struct bench {
    struct crypto *crypto;
    const struct group *group;
    struct key_exchange peer;
    EVP_PKEY *evp_peer;
    BIGNUM *prime;
    BIGNUM *peer_number;
    BN_MONT_CTX *montgomery;
};

static void random_fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    (void)arg;
    (void)ike_sa;
    if (RAND_bytes(out, (int)bytes) != 1)
        abort();
}

static void ours(void *arg)
{
    const struct bench *bench = arg;
    struct randomness randomness = {NULL, random_fill};
    struct key_exchange exchange = {.group = NULL};
    struct shared_secret shared = {.used_bytes = 0};
    enum status status =
        key_exchange_generate(bench->crypto, bench->group, &randomness, 0, &exchange);

    if (status == STATUS_OK)
        status = key_exchange_derive(bench->crypto, &exchange, bytes_view(&bench->peer.public_own),
                                     &shared);
    if (status != STATUS_OK)
        abort();
    key_exchange_clear(&exchange);
    shared_secret_clear(&shared);
}

/* Two exponentiations with 256 bits, constant time. */
static void bare_modp(void *arg)
{
    const struct bench *bench = arg;
    BN_CTX *scratch = BN_CTX_new();
    BIGNUM *exponent = BN_new();
    BIGNUM *generator = BN_new();
    BIGNUM *result = BN_new();

    if (!BN_rand(exponent, bench->group->exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ||
        !BN_set_word(generator, 2) ||
        !BN_mod_exp_mont_consttime(result, generator, exponent, bench->prime, scratch,
                                   bench->montgomery) ||
        !BN_mod_exp_mont_consttime(result, bench->peer_number, exponent, bench->prime, scratch,
                                   bench->montgomery))
        abort();
    BN_clear_free(exponent);
    BN_free(generator);
    BN_clear_free(result);
    BN_CTX_free(scratch);
}

static EVP_PKEY *evp_generate(const struct group *group)
{
    const char *kind = group->kind == GROUP_ECP ? "EC" : "DH";
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)group->openssl, 0),
        OSSL_PARAM_construct_end(),
    };

    if (!context || EVP_PKEY_keygen_init(context) <= 0 ||
        EVP_PKEY_CTX_set_params(context, parameters) <= 0 || EVP_PKEY_generate(context, &key) <= 0)
        abort();
    EVP_PKEY_CTX_free(context);
    return key;
}

static void bare_evp(void *arg)
{
    const struct bench *bench = arg;
    EVP_PKEY *key = evp_generate(bench->group);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    uint8_t shared[SHARED_SECRET_MAX_BYTES];
    size_t shared_bytes = sizeof shared;

    if (!context || EVP_PKEY_derive_init(context) <= 0 ||
        EVP_PKEY_derive_set_peer(context, bench->evp_peer) <= 0 ||
        EVP_PKEY_derive(context, shared, &shared_bytes) <= 0)
        abort();
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

static void bench_run(struct crypto *crypto, unsigned number)
{
    struct randomness randomness = {NULL, random_fill};
    struct bench bench = {.crypto = crypto, .group = group_by_number(number)};
    char name[64];

    if (key_exchange_generate(crypto, bench.group, &randomness, 0, &bench.peer) != STATUS_OK)
        abort();
    bench.evp_peer = evp_generate(bench.group);
    if (bench.group->kind == GROUP_MODP) {
        BN_CTX *scratch = BN_CTX_new();
        bench.montgomery = BN_MONT_CTX_new();
        bench.peer_number =
            BN_bin2bn(bench.peer.public_own.data_own, (int)bench.peer.public_own.bytes, NULL);
        if (!EVP_PKEY_get_bn_param(bench.evp_peer, OSSL_PKEY_PARAM_FFC_P, &bench.prime) ||
            !BN_MONT_CTX_set(bench.montgomery, bench.prime, scratch))
            abort();
        BN_CTX_free(scratch);
        (void)snprintf(name, sizeof name, "%s, exponentiation", bench.group->name);
        bench_compare(name, ours, bare_modp, &bench, 40);
    }
    (void)snprintf(name, sizeof name, "%s, EVP", bench.group->name);
    bench_compare(name, ours, bare_evp, &bench, bench.group->kind == GROUP_ECP ? 200 : 20);
    BN_MONT_CTX_free(bench.montgomery);
    BN_free(bench.prime);
    BN_free(bench.peer_number);
    EVP_PKEY_free(bench.evp_peer);
    key_exchange_clear(&bench.peer);
}

int main(void)
{
    struct crypto *crypto = NULL;

    if (crypto_new(&crypto) != STATUS_OK)
        return 1;
    bench_header("key pair and shared secret");
    bench_run(crypto, 14);
    bench_run(crypto, 19);
    crypto_free(crypto);
    return 0;
}
