#include "crypto/crypto.h"
#include "pair.h"

/* Main Mode with RSA encryption between two engines. RFC 2409 sections 5.2 and 5.3 */

#define TIMERS "retry_limit 20\nretry_timer_max 4\n"
#define ROOTS TIMERS "cert_root \"C=EX, O=Entente, CN=root\"\nignore_crls\n"
#define XFORM "auth_method rsa_encrypt oakley_group 19 auth_alg sha256 encr_alg aes"
#define REVISED "auth_method rsa_encrypt_revised oakley_group 19 auth_alg sha256 encr_alg aes"
#define ANYBODY "local_id_type ip local_id \"\" remote_id \"\" "

static const char *const east_store[] = {"east-encrypts*", "west-encrypts", "root", NULL};
static const char *const west_store[] = {"west-encrypts*", "east-encrypts", "root", NULL};
static const char *const methods[] = {XFORM, REVISED};

static struct pair_options options_of(struct crypto *crypto, const char *xform)
{
    return (struct pair_options){
        .crypto = crypto,
        .globals = ROOTS,
        .xform = xform,
        .rule = ANYBODY "p2_pfs 19",
        .east_store = east_store,
        .west_store = west_store,
    };
}

static const struct {
    const char *name, *xform, *rule;
    const char *east[6], *west[6];
} agreements[] = {
    {"rsa_encrypt", XFORM, ANYBODY "p2_pfs 19", {NULL}, {NULL}},
    {"rsa_encrypt, no PFS", XFORM, ANYBODY, {NULL}, {NULL}},
    {"rsa_encrypt, Cisco's SKEYID", XFORM, ANYBODY "rsa_encrypt_skeyid cisco", {NULL}, {NULL}},
    {"rsa_encrypt_revised", REVISED, ANYBODY "p2_pfs 19", {NULL}, {NULL}},
    {"rsa_encrypt_revised, no PFS", REVISED, ANYBODY, {NULL}, {NULL}},
    {"rsa_encrypt_revised, Cisco's SKEYID",
     REVISED,
     ANYBODY "rsa_encrypt_skeyid cisco p2_pfs 19",
     {NULL},
     {NULL}},
    {"rsa_encrypt, sha1, 3des, modp1536",
     "auth_method rsa_encrypt oakley_group 5 auth_alg sha1 encr_alg 3des",
     ANYBODY,
     {NULL},
     {NULL}},
    {"rsa_encrypt_revised, md5, 3des: Ke is longer than Ne",
     "auth_method rsa_encrypt_revised oakley_group 5 auth_alg md5 encr_alg 3des",
     ANYBODY,
     {NULL},
     {NULL}},
    {"rsa_encrypt, names",
     XFORM,
     "local_id_type fqdn local_id \"\" remote_id \"DNS=east.example.org\" remote_id "
     "\"DNS=west.example.org\"",
     {NULL},
     {NULL}},
    {"rsa_encrypt_revised, distinguished names",
     REVISED,
     "local_id_type dn local_id \"\" remote_id \"C=EX, O=Entente, CN=east-encrypts\" remote_id "
     "\"C=EX, O=Entente, CN=west-encrypts\"",
     {NULL},
     {NULL}},
    {"rsa_encrypt, keys of two sizes",
     XFORM,
     ANYBODY,
     {"east-encrypts*", "west-large", "root"},
     {"west-large*", "east-encrypts", "root"}},
    {"rsa_encrypt_revised, keys of two sizes",
     REVISED,
     ANYBODY,
     {"east-encrypts*", "west-large", "root"},
     {"west-large*", "east-encrypts", "root"}},
};

/* A row's own certificates, or the usual ones. */
static struct pair_options agreement(struct crypto *crypto, size_t i)
{
    struct pair_options options = options_of(crypto, agreements[i].xform);

    options.rule = agreements[i].rule;
    if (agreements[i].east[0]) {
        options.east_store = agreements[i].east;
        options.west_store = agreements[i].west;
    }
    return options;
}

static void v1_47_49_and_55_both_methods_make_an_sa(void **state)
{
    for (size_t i = 0; i < COUNT(agreements); i++) {
        for (unsigned west_begins = 0; west_begins < 2; west_begins++) {
            struct pair_options options = agreement(*state, i);
            struct pair pair = pair_new(i + 1, &options);

            assert_int_equal(sim_acquire(pair.sim, west_begins ? pair.west : pair.east,
                                         west_begins ? pair.east : pair.west),
                             STATUS_OK);
            sim_run(pair.sim, 20000);
            if (sim_child_count(pair.east) != 1)
                fail_msg("%s: %zu SAs: %s %s", agreements[i].name, sim_child_count(pair.east),
                         sim_event_line(pair.east, EVENT_REFUSED),
                         sim_event_line(pair.west, EVENT_REFUSED));
            pair_check_children(&pair, 1);
            pair_check_replay(&pair, *state);
            pair_free(&pair);
        }
    }
}

/* The initiator says by HASH(1) which of our keys it took when it has several of ours. */
static void v1_50_the_hash_of_the_certificate_chooses_the_key(void **state)
{
    static const char *const east[] = {"east-encrypts*", "west-second", "west-encrypts", "root",
                                       NULL};
    static const char *const west[] = {"west-encrypts*", "west-second*", "east-encrypts", "root",
                                       NULL};

    for (size_t i = 0; i < COUNT(methods); i++) {
        struct pair_options options = options_of(*state, methods[i]);

        options.east_store = east;
        options.west_store = west;
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 20000);
        pair_check_children(&pair, 1);
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

static void loss_duplication_and_reordering_are_survived(void **state)
{
    for (size_t i = 0; i < COUNT(methods); i++) {
        for (uint64_t seed = 1; seed <= scaled(30); seed++) {
            struct pair_options options = options_of(*state, methods[i]);
            struct pair pair = pair_new(seed, &options);

            sim_set_loss(pair.sim, 250);
            sim_set_duplication(pair.sim, 250);
            sim_set_reordering(pair.sim, 250);
            pair_start(&pair, 600000);
            pair_check_children(&pair, 1);
            pair_free(&pair);
        }
    }
}

static const struct {
    const char *name, *globals, *rule;
    const char *east[6], *west[6];
    const char *words[3]; /* of east's line; of west's if east has none */
} mistakes[] = {
    {"the peer's certificate is not there",
     ROOTS,
     ANYBODY,
     {"east-encrypts*", "root"},
     {"west-encrypts*", "east-encrypts", "root"},
     {"no encryption certificate of the peer", "ikecert certdb -a"}},
    {"ours is not there",
     ROOTS,
     ANYBODY,
     {"west-encrypts", "root"},
     {"west-encrypts*", "east-encrypts", "root"},
     {"rsa_encrypt"}},
    {"the peer's certificate is not believed",
     TIMERS "cert_root \"C=EX, O=Entente, CN=other root\"\nignore_crls\n",
     ANYBODY,
     {"east-encrypts*", "west-encrypts", "root", "other-root"},
     {"west-encrypts*", "east-encrypts", "root", "other-root"},
     {"CN=root", "cert_root"}},
    {"the peer's certificate is for signatures",
     ROOTS,
     ANYBODY,
     {"east-encrypts*", "west-rsa", "middle", "root"},
     {"west-rsa+", "east-encrypts", "middle", "root"},
     {"no encryption certificate of the peer"}},
};

static void a_wrong_certificate_is_one_line_and_no_sa(void **state)
{
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct pair_options options = options_of(*state, XFORM);

        options.globals = mistakes[i].globals;
        options.rule = mistakes[i].rule;
        options.east_store = mistakes[i].east;
        options.west_store = mistakes[i].west;
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 60000);
        assert_string_equal(sim_failure(pair.sim), "");
        assert_int_equal(sim_child_count(pair.east), 0);
        for (size_t j = 0; j < COUNT(mistakes[i].words) && mistakes[i].words[j]; j++) {
            const char *line = sim_event_line(pair.east, EVENT_REFUSED);
            if (!strstr(line, mistakes[i].words[j]))
                fail_msg("%s: '%s' lacks '%s'", mistakes[i].name, line, mistakes[i].words[j]);
        }
        pair_free(&pair);
    }
}

/* A responder that does not know the peer says so, here alone, and lets it fail. */
static void a_peer_without_certificate_is_doomed_and_hears_nothing(void **state)
{
    static const char *const west[] = {"west-encrypts*", "root", NULL};

    for (size_t i = 0; i < COUNT(methods); i++) {
        struct pair_options options = options_of(*state, methods[i]);

        options.west_store = west;
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 400000);
        assert_int_equal(sim_child_count(pair.east), 0);
        assert_int_equal(sim_event_count(pair.east, EVENT_MAIN_MODE_PEER_REFUSED), 0);
        assert_true(sim_event_count(pair.west, EVENT_REFUSED) >= 1);
        host_check_line(pair.west, EVENT_REFUSED, "ikecert certdb -a");
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_47_49_and_55_both_methods_make_an_sa),
        cmocka_unit_test(v1_50_the_hash_of_the_certificate_chooses_the_key),
        cmocka_unit_test(loss_duplication_and_reordering_are_survived),
        cmocka_unit_test(a_wrong_certificate_is_one_line_and_no_sa),
        cmocka_unit_test(a_peer_without_certificate_is_doomed_and_hears_nothing),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
