#ifndef ENTENTE_TESTS_BENCH_BARE_H
#define ENTENTE_TESTS_BENCH_BARE_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

/* The bare operations: four key pairs and four derivations (two exchanges, two sides). */
struct bare {
    BIGNUM *prime, *generator, *peer_number;
    BN_MONT_CTX *montgomery;
    BN_CTX *scratch;
    EC_GROUP *curve;
    EC_POINT *peer_point;
    EVP_PKEY_CTX *generate;
    EVP_PKEY *peer_key;
};

void bare_init(struct bare *bare);
void bare_clear(struct bare *bare);

/* Steps of bench_turn_us and its kin; `arg` is a struct bare. */
void bare_modp(void *arg);
void bare_ecp(void *arg);
void bare_evp(void *arg);

#endif
