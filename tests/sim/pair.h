#ifndef ENTENTE_TESTS_SIM_PAIR_H
#define ENTENTE_TESTS_SIM_PAIR_H

#include "sim/kernel.h"
#include "sim/network.h"
#include "sim/sim.h"
#include "sim/verdict.h"
#include "support/crypto_state.h"
#include "support/test.h"

struct crypto;

/* Two hosts that share a key and a policy: east is 192.0.2.1, west is 192.0.2.2. */
#define EAST "192.0.2.1"
#define WEST "192.0.2.2"
#define EAST_IPV6 "2001:db8::1"
#define WEST_IPV6 "2001:db8::2"
#define PAIR_KEY "9eb2be4299f55f7f98897e1821b0c258041867a7f62230c7f03d2f3a"

enum pair_shape {
    PAIR_TRANSPORT,
    PAIR_TUNNEL, /* 10.1.0.0/16 behind east, 10.2.0.0/16 behind west */
};

/* What differs from the usual pair; every NULL or zero is the usual. */
struct pair_options {
    struct crypto *crypto; /* shared by the simulations of a program */
    const char *globals;   /* "retry_limit 20 retry_timer_max 4": loss does not end it */
    const char *xform; /* "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes" */
    const char *rule;  /* "p2_pfs 19" */
    const char *properties; /* "encr_algs aes(256) encr_auth_algs sha256 sa shared" */
    enum pair_shape shape;
    enum address_family family; /* IPv4 */
    enum nat_traversal nat_traversal;
    struct engine_limits limits;
    uint32_t debug;
    void (*prepare)(struct sim *sim); /* before the hosts are added */
    /* East's where it differs from what is said above. */
    const char *plane, *east_plane; /* "xfrm": the kernel's; NULL: not said */
    /* Certificates and lists of both stores, one after the other, of tests/vectors/pki: see
     * pair_certificates. */
    const char *const *east_store, *const *west_store;
    const char *east_xform, *east_rule, *east_properties, *east_key;
};

struct pair {
    struct sim *sim;
    struct sim_host *east, *west;
    uint32_t reqid; /* of the one policy entry, on both */
};

/* Fails the test when the simulation cannot be made. Free with pair_free. */
struct pair pair_new(uint64_t seed, const struct pair_options *options);
void pair_free(struct pair *pair);

/*
 * A store is a list of names that ends with NULL: "east-rsa+" is east-rsa.crt with its key, that
 * signs, "east-encrypts*" one whose key decrypts, "root" is root.crt alone, "west-rsa+mallory-rsa"
 * has another's key, "root-empty.crl" is a list.
 */

/* The setup of one side as text, for sim_host_reload; lives until the next call with this slot. */
struct sim_setup pair_setup(const struct pair_options *options, const char *local,
                            const char *remote);
void pair_setup_free(struct sim_setup *setup);

/* Reloads a host with these texts; fails the test, with the mistake, when they do not parse. */
void host_reload(struct sim_host *host, const struct sim_setup *setup);

/* East's traffic asks for an SA; then `ms` pass. */
void pair_start(struct pair *pair, uint64_t ms);

/* A pair whose first SAs are there. */
struct pair pair_established(uint64_t seed, const struct pair_options *options);

/*
 * What holds at rest of any run: the simulation did not fail, keys agree, engine and data plane
 * agree, no value was used twice. A failure names the seed.
 */
void pair_check(struct pair *pair);

/* The same without the last: somebody else repeats the hosts' values in their names. */
void pair_check_sas(struct pair *pair);

/* The same, and exactly `count` pairs of SAs in use on both. */
void pair_check_children(struct pair *pair, size_t count);

/* Both traces replay bit for bit in fresh engines. */
void pair_check_replay(struct pair *pair, struct crypto *crypto);

/* Fails, naming the seed, unless the host has said a line with these words. */
void host_check_line(struct sim_host *host, enum event_kind kind, const char *words);

/* `usual` times SIM_SCALE (a percentage in the environment; 100 when it is not set). */
size_t scaled(size_t usual);

#endif
