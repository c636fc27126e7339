#include "crypto/crypto.h"
#include "pair.h"

/* Main Mode with signatures between two engines, and what makes it fail. */

#define TIMERS "retry_limit 20\nretry_timer_max 4\n"
#define ROOTS TIMERS "cert_root \"C=EX, O=Entente, CN=root\"\n"
#define NO_LISTS ROOTS "ignore_crls\n"
#define RSA_XFORM "auth_method rsa_sig oakley_group 19 auth_alg sha256 encr_alg aes"
#define ANYBODY "local_id_type ip local_id \"\" remote_id \"\" p2_pfs 19"

static const char *const rsa_east[] = {"east-rsa+", "middle", "root", NULL};
static const char *const rsa_west[] = {"west-rsa+", "middle", "root", NULL};

static struct pair_options rsa_options(struct crypto *crypto)
{
    return (struct pair_options){
        .crypto = crypto,
        .globals = NO_LISTS,
        .xform = RSA_XFORM,
        .rule = ANYBODY,
        .east_store = rsa_east,
        .west_store = rsa_west,
    };
}

static const struct {
    const char *name, *globals, *xform, *rule;
    const char *east[6], *west[6];
} agreements[] = {
    {"rsa_sig, a path over an intermediate authority",
     NO_LISTS,
     RSA_XFORM,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"rsa_sig, md5: a hash of 16 octets",
     NO_LISTS,
     "auth_method rsa_sig oakley_group 14 auth_alg md5 encr_alg 3des",
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"rsa_sig, sha512",
     NO_LISTS,
     "auth_method rsa_sig oakley_group 21 auth_alg sha512 encr_alg aes",
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"rsa_sig, lists of both authorities",
     ROOTS,
     RSA_XFORM,
     ANYBODY,
     {"east-rsa+", "middle", "root", "root-empty.crl", "middle-empty.crl"},
     {"west-rsa+", "middle", "root", "root-empty.crl", "middle-empty.crl"}},
    {"rsa_sig, self-signed and trusted by name",
     TIMERS "cert_trust \"DNS=east.example.org\"\ncert_trust \"DNS=west.example.org\"\nignore_crls",
     RSA_XFORM,
     ANYBODY,
     {"east-self+", "west-self"},
     {"west-self+", "east-self"}},
    {"rsa_sig, DN as identity",
     NO_LISTS,
     RSA_XFORM,
     "local_id_type dn local_id \"\" remote_id \"\" p2_pfs 19",
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"rsa_sig, DNS names",
     NO_LISTS,
     RSA_XFORM,
     "local_id_type fqdn local_id \"\" remote_id \"DNS=east.example.org\" remote_id "
     "\"DNS=west.example.org\" p2_pfs 19",
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"rsa_sig, mailboxes",
     NO_LISTS,
     RSA_XFORM,
     "local_id_type user_fqdn local_id \"\" remote_id \"EMAIL=ike@east.example.org\" remote_id "
     "\"EMAIL=ike@west.example.org\" p2_pfs 19",
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"}},
    {"dss_sig, HASH by HMAC-SHA1",
     NO_LISTS,
     "auth_method dss_sig oakley_group 14 auth_alg sha256 encr_alg aes",
     ANYBODY,
     {"east-dsa+", "root"},
     {"west-dsa+", "root"}},
    {"ecdsa_sig, P-256",
     NO_LISTS,
     "auth_method ecdsa_sig oakley_group 19 auth_alg sha256 encr_alg aes",
     ANYBODY,
     {"east-p256+", "root"},
     {"west-p256+", "root"}},
    {"ecdsa_sig, P-384 under a prf of SHA-1",
     NO_LISTS,
     "auth_method ecdsa_sig oakley_group 20 auth_alg sha encr_alg aes",
     ANYBODY,
     {"east-p384+", "root"},
     {"west-p384+", "root"}},
    {"ecdsa_sig, P-521",
     NO_LISTS,
     "auth_method ecdsa_sig oakley_group 21 auth_alg sha512 encr_alg aes",
     ANYBODY,
     {"east-p521+", "root"},
     {"west-p521+", "root"}},
    {"ecdsa_sig, the curve that both have",
     NO_LISTS,
     "auth_method ecdsa_sig oakley_group 19 auth_alg sha256 encr_alg aes",
     ANYBODY,
     {"east-p256+", "east-p384+", "east-p521+", "root"},
     {"west-p384+", "root"}},
    {"a rule with two methods, and a key for the second alone",
     NO_LISTS,
     "auth_method dss_sig oakley_group 14 auth_alg sha256 encr_alg aes } p1_xform { " RSA_XFORM,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "west-dsa+", "middle", "root"}},
};

/* V1-37, V1-40, V1-41, V1-43: each method, each type of identity, both sides' keys agree. */
static void v1_37_every_method_of_signatures_makes_an_sa(void **state)
{
    for (size_t i = 0; i < COUNT(agreements); i++) {
        struct pair_options options = {
            .crypto = *state,
            .globals = agreements[i].globals,
            .xform = agreements[i].xform,
            .rule = agreements[i].rule,
            .east_store = agreements[i].east,
            .west_store = agreements[i].west,
        };
        print_message("# %s\n", agreements[i].name);
        struct pair pair = pair_established(i + 1, &options);
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

/* Each wrong certificate of west gives east, as responder and as initiator, one line that names the
 * certificate, the check and the mend; and no SA. */
static const struct {
    const char *name, *globals, *rule;
    const char *east[6], *west[6];
    const char *words[4];
} mistakes[] = {
    {"expired",
     NO_LISTS,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-expired+", "middle", "root"},
     {"CN=west-expired", "2021"}},
    {"not yet valid",
     NO_LISTS,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-early+", "middle", "root"},
     {"CN=west-early", "2040"}},
    {"of an authority that is not trusted",
     NO_LISTS,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-stranger+", "middle", "root"},
     {"CN=west-stranger", "cert_root"}},
    {"self-signed, and not named by cert_trust",
     NO_LISTS,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"west-self+", "middle", "root"},
     {"CN=west-self", "cert_trust"}},
    {"on a list of its authority",
     ROOTS,
     ANYBODY,
     {"east-rsa+", "middle", "root", "root-revokes.crl", "middle-empty.crl"},
     {"west-revoked+", "middle", "root", "root-empty.crl", "middle-empty.crl"},
     {"CN=west-revoked", "revoked"}},
    {"no list of its authority",
     ROOTS,
     ANYBODY,
     {"east-rsa+", "middle", "root", "middle-empty.crl"},
     {"west-revoked+", "middle", "root", "root-empty.crl", "middle-empty.crl"},
     {"CN=west-revoked", "certrldb"}},
    {"a name that remote_id does not take",
     NO_LISTS,
     "local_id_type ip local_id \"\" remote_id \"DNS=other.example.org\" p2_pfs 19",
     {"east-rsa+", "middle", "root"},
     {"west-rsa+", "middle", "root"},
     {"CN=west-rsa", "remote_id of rule \"peer\" (config:"}},
    {"the address of somebody else",
     NO_LISTS,
     ANYBODY,
     {"east-rsa+", "middle", "root"},
     {"mallory-rsa+", "middle", "root"},
     {"192.0.2.9", "comes from 192.0.2.2"}},
};

static void no_sa_comes_of(struct pair *pair, size_t i, struct sim_host *host)
{
    assert_string_equal(sim_failure(pair->sim), "");
    if (sim_child_count(pair->east) != 0 || sim_child_count(pair->west) != 0)
        fail_msg("%s: there is an SA", mistakes[i].name);
    if (sim_event_count(host, EVENT_REFUSED) < 1)
        fail_msg("%s: no line", mistakes[i].name);
    for (size_t j = 0; mistakes[i].words[j]; j++) {
        if (!strstr(sim_event_line(host, EVENT_REFUSED), mistakes[i].words[j]))
            fail_msg("%s: '%s' lacks '%s'", mistakes[i].name, sim_event_line(host, EVENT_REFUSED),
                     mistakes[i].words[j]);
    }
    print_message("# %s: %s\n", mistakes[i].name, sim_event_line(host, EVENT_REFUSED));
}

static void a_wrong_certificate_is_one_line_and_no_sa(void **state)
{
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        for (unsigned east_begins = 0; east_begins < 2; east_begins++) {
            struct pair_options options = {
                .crypto = *state,
                .globals = mistakes[i].globals,
                .xform = RSA_XFORM,
                .rule = ANYBODY,
                .east_rule = mistakes[i].rule,
                .east_store = mistakes[i].east,
                .west_store = mistakes[i].west,
            };
            struct pair pair = pair_new(i + 1, &options);
            assert_int_equal(sim_acquire(pair.sim, east_begins ? pair.east : pair.west,
                                         east_begins ? pair.west : pair.east),
                             STATUS_OK);
            sim_run(pair.sim, 400000);
            no_sa_comes_of(&pair, i, pair.east);
            pair_check_replay(&pair, *state);
            pair_free(&pair);
        }
    }
}

/* Whichever bit of a signature is wrong, in either role: no SA, and a line that names the
 * certificate. */
static void a_signature_with_a_wrong_bit_proves_nothing(void **state)
{
    static const struct {
        const char *xform, *east[3], *west[3];
        uint32_t bits, step;
    } methods[] = {
        {RSA_XFORM, {"east-self+", "west-self"}, {"west-self+", "east-self"}, 2048, 127},
        {"auth_method dss_sig oakley_group 14 auth_alg sha256 encr_alg aes",
         {"east-dsa+", "west-dsa"},
         {"west-dsa+", "east-dsa"},
         512,
         61},
        {"auth_method ecdsa_sig oakley_group 19 auth_alg sha256 encr_alg aes",
         {"east-p521+", "west-p521"},
         {"west-p521+", "east-p521"},
         1056,
         97},
    };

    for (size_t i = 0; i < COUNT(methods); i++) {
        for (uint32_t bit = 0; bit < methods[i].bits; bit += methods[i].step) {
            struct pair_options options = {
                .crypto = *state,
                .globals = TIMERS "cert_trust \"DNS=east.example.org\"\n"
                                  "cert_trust \"DNS=west.example.org\"\nignore_crls",
                .xform = methods[i].xform,
                .rule = ANYBODY,
                .east_store = methods[i].east,
                .west_store = methods[i].west,
            };
            struct pair pair = pair_new(bit + 1, &options);
            sim_host_set_signature_fault(pair.west, bit);
            assert_int_equal(sim_acquire(pair.sim, bit % 2 ? pair.east : pair.west,
                                         bit % 2 ? pair.west : pair.east),
                             STATUS_OK);
            sim_run(pair.sim, 60000);
            assert_int_equal(sim_child_count(pair.east), 0);
            host_check_line(pair.east, EVENT_REFUSED, "the signature is not of the key of");
            host_check_line(pair.east, EVENT_REFUSED, "CN=west-");
            pair_free(&pair);
        }
    }
}

/* The certificate of somebody else, without his key. */
static void a_certificate_without_its_key_proves_nothing(void **state)
{
    static const char *const thief[] = {"west-rsa+mallory-rsa", "middle", "root", NULL};
    struct pair_options options = rsa_options(*state);
    struct pair pair;

    options.west_store = thief;
    pair = pair_new(3, &options);
    assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
    sim_run(pair.sim, 60000);
    assert_int_equal(sim_ike_sa_count(pair.east), 0);
    host_check_line(pair.east, EVENT_REFUSED, "the signature is not of the key of certificate");
    pair_free(&pair);
}

/* SEC-134: a root that the peer sends is no anchor, however the path looks with it. */
static void a_root_that_the_peer_sends_is_no_anchor(void **state)
{
    static const char *const stranger[] = {"west-stranger+", "other-root", "middle", "root", NULL};
    struct pair_options options = rsa_options(*state);
    struct pair pair;

    options.west_store = stranger;
    pair = pair_new(3, &options);
    for (unsigned again = 0; again < 2; again++) { /* nothing of it is remembered either */
        assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
        sim_run(pair.sim, 400000);
        assert_int_equal(sim_ike_sa_count(pair.east), 0);
        assert_int_equal(sim_event_count(pair.east, EVENT_REFUSED), again + 1);
    }
    pair_free(&pair);
}

/* A keyring that cannot sign ends the negotiation with a line; the next one works. */
static void a_keyring_that_does_not_sign_ends_this_negotiation_alone(void **state)
{
    static const enum status faults[] = {STATUS_ABSENT, STATUS_CRYPTO, STATUS_LIMIT};

    for (size_t i = 0; i < COUNT(faults); i++) {
        for (unsigned east_fails = 0; east_fails < 2; east_fails++) {
            struct pair_options options = rsa_options(*state);
            struct pair pair = pair_new(i + 1, &options);

            sim_host_set_keyring_fault(east_fails ? pair.east : pair.west, 1, faults[i]);
            pair_start(&pair, 1000);
            assert_int_equal(sim_child_count(pair.east), 0);
            sim_run(pair.sim, 400000);
            if (sim_child_count(pair.east) == 0)
                pair_start(&pair, 60000);
            pair_check_children(&pair, 1);
            pair_free(&pair);
        }
    }
}

/* Half of the datagrams lost, doubled or late: one pair of SAs, and both traces replay. */
static void signatures_pass_a_bad_network(void **state)
{
    static const struct {
        unsigned loss, duplication, reordering;
    } weathers[] = {{300, 0, 0}, {0, 300, 0}, {0, 0, 300}, {150, 150, 150}};

    for (size_t i = 0; i < COUNT(weathers); i++) {
        for (uint64_t seed = 1; seed <= scaled(25); seed++) {
            struct pair_options options = rsa_options(*state);
            struct pair pair = pair_new(seed, &options);

            sim_set_loss(pair.sim, weathers[i].loss);
            sim_set_duplication(pair.sim, weathers[i].duplication);
            sim_set_reordering(pair.sim, weathers[i].reordering);
            pair_start(&pair, 240000);
            pair_check_children(&pair, 1);
            if (seed % 5 == 0)
                pair_check_replay(&pair, *state);
            pair_free(&pair);
        }
    }
}

/* Revoked while SAs run: they live on, and the next negotiation fails with its reason. */
static void a_certificate_that_is_revoked_later_fails_the_next_negotiation(void **state)
{
    static const char *const before[] = {"east-rsa+",      "middle",           "root",
                                         "root-empty.crl", "middle-empty.crl", NULL};
    static const char *const after[] = {"east-rsa+",        "middle",           "root",
                                        "root-revokes.crl", "middle-empty.crl", NULL};
    static const char *const west[] = {"west-revoked+",  "middle",           "root",
                                       "root-empty.crl", "middle-empty.crl", NULL};
    struct pair_options options = rsa_options(*state);
    struct sim_setup setup;
    struct pair pair;

    options.globals = ROOTS;
    options.east_store = before;
    options.west_store = west;
    pair = pair_established(1, &options);
    options.east_store = after;
    setup = pair_setup(&options, EAST, WEST);
    host_reload(pair.east, &setup);
    pair_setup_free(&setup);
    sim_run(pair.sim, 1000);
    pair_check_children(&pair, 1);
    assert_true(sim_traffic(pair.east, pair.reqid, 100));
    assert_int_equal(sim_host_restart(pair.west), STATUS_OK); /* it knows of no SA any more */
    assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
    sim_run(pair.sim, 60000);
    host_check_line(pair.east, EVENT_REFUSED, "CN=west-revoked>: revocation: is revoked");
    assert_int_equal(sim_child_count(pair.west), 0);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_37_every_method_of_signatures_makes_an_sa),
        cmocka_unit_test(a_wrong_certificate_is_one_line_and_no_sa),
        cmocka_unit_test(a_signature_with_a_wrong_bit_proves_nothing),
        cmocka_unit_test(a_certificate_without_its_key_proves_nothing),
        cmocka_unit_test(a_root_that_the_peer_sends_is_no_anchor),
        cmocka_unit_test(a_keyring_that_does_not_sign_ends_this_negotiation_alone),
        cmocka_unit_test(signatures_pass_a_bad_network),
        cmocka_unit_test(a_certificate_that_is_revoked_later_fails_the_next_negotiation),
    };

    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
