#include "crypto/crypto.h"
#include "pair.h"
#include "sim/replay.h"

/* Main Mode and Quick Mode between two engines: what is negotiated works on both ends. */

static void two_hosts_agree_on_keys(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);

    assert_int_equal(sim_ike_sa_count(pair.east), 1);
    assert_int_equal(sim_ike_sa_count(pair.west), 1);
    assert_true(sim_traffic(pair.east, pair.reqid, 1000));
    assert_true(sim_traffic(pair.west, pair.reqid, 1000));
    pair_free(&pair);
}

static const struct {
    const char *name, *xform, *rule, *properties;
} suites[] = {
    {"aes-cbc-128, sha1, no pfs", NULL, "p2_pfs 0",
     "encr_algs aes(128) encr_auth_algs sha1 sa shared"},
    {"aes-cbc-128, sha1, pfs 14", "auth_method preshared oakley_group 14 auth_alg sha encr_alg aes",
     "p2_pfs 14", "encr_algs aes(128) encr_auth_algs sha1 sa shared"},
    {"aes-cbc-192, sha384", "auth_method preshared oakley_group 20 auth_alg sha384 encr_alg aes",
     "p2_pfs 0", "encr_algs aes(192) encr_auth_algs sha384 sa shared"},
    {"aes-cbc-256, sha512", "auth_method preshared oakley_group 21 auth_alg sha512 encr_alg aes",
     "p2_pfs 19", "encr_algs aes(256) encr_auth_algs sha512 sa shared"},
    {"3des, sha256", "auth_method preshared oakley_group 5 auth_alg sha encr_alg 3des", "p2_pfs 5",
     "encr_algs 3des encr_auth_algs sha256 sa shared"},
    {"aes-gcm-16 256", NULL, "p2_pfs 19", "encr_algs aes-gcm16(256) sa shared"},
    {"aes-gcm-16 128", NULL, "p2_pfs 0", "encr_algs aes-gcm16(128) sa shared"},
    {"aes-gcm-12", NULL, "p2_pfs 0", "encr_algs aes-gcm12 sa shared"},
    {"aes-gcm-8", NULL, "p2_pfs 0", "encr_algs aes-gcm8 sa shared"},
    {"null, sha256", NULL, "p2_pfs 0", "encr_algs null encr_auth_algs sha256 sa shared"},
    {"what the guide's examples name: des, md5",
     "auth_method preshared oakley_group 2 auth_alg md5 encr_alg des", "p2_pfs 2",
     "encr_algs des encr_auth_algs md5 sa shared"},
    {"blowfish, md5", "auth_method preshared oakley_group 1 auth_alg md5 encr_alg blowfish",
     "p2_pfs 1", "encr_algs blowfish encr_auth_algs md5 sa shared"},
};

static void every_suite_is_negotiated(void **state)
{
    for (size_t i = 0; i < COUNT(suites); i++) {
        struct pair_options options = {
            .crypto = *state,
            .xform = suites[i].xform,
            .rule = suites[i].rule,
            .properties = suites[i].properties,
        };
        print_message("# %s\n", suites[i].name);
        struct pair pair = pair_established(i + 1, &options);
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

static void tunnel_and_transport_over_both_families(void **state)
{
    static const struct {
        enum pair_shape shape;
        enum address_family family;
        enum child_mode mode;
    } cases[] = {
        {PAIR_TRANSPORT, ADDRESS_IPV4, CHILD_TRANSPORT},
        {PAIR_TRANSPORT, ADDRESS_IPV6, CHILD_TRANSPORT},
        {PAIR_TUNNEL, ADDRESS_IPV4, CHILD_TUNNEL},
        {PAIR_TUNNEL, ADDRESS_IPV6, CHILD_TUNNEL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {
            .crypto = *state,
            .shape = cases[i].shape,
            .family = cases[i].family,
        };
        struct pair pair = pair_established(i + 1, &options);
        assert_int_equal(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.mode, cases[i].mode);
        assert_int_equal(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.path.remote.address.family,
                         cases[i].family);
        pair_free(&pair);
    }
}

static void the_replay_window_is_the_configurations(void **state)
{
    static const struct {
        const char *globals;
        uint16_t packets;
    } cases[] = {{NULL, 256}, {"p2_replay_window 64", 64}, {"p2_replay_window 4096", 4096}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {.crypto = *state, .globals = cases[i].globals};
        struct pair pair = pair_established(i + 1, &options);
        assert_int_equal(sim_sa_at(pair.east, SA_INBOUND, 0)->ask.replay_window, cases[i].packets);
        assert_int_equal(sim_sa_at(pair.west, SA_INBOUND, 0)->ask.replay_window, cases[i].packets);
        pair_free(&pair);
    }
}

static void a_forced_nat_moves_to_port_4500_and_encapsulates(void **state)
{
    struct pair_options options = {.crypto = *state, .nat_traversal = NAT_FORCE};
    struct pair pair = pair_established(1, &options);
    const struct sim_sa *out = sim_sa_at(pair.east, SA_OUTBOUND, 0);

    assert_true(out->ask.path.is_encapsulated);
    assert_int_equal(out->ask.path.local.port, IKE_NAT_PORT);
    assert_int_equal(out->ask.path.remote.port, IKE_NAT_PORT);
    pair_free(&pair);
}

static void without_nat_traversal_esp_is_plain(void **state)
{
    struct pair_options options = {.crypto = *state, .nat_traversal = NAT_OFF};
    struct pair pair = pair_established(1, &options);

    assert_false(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.path.is_encapsulated);
    assert_false(sim_sa_at(pair.west, SA_INBOUND, 0)->ask.path.is_encapsulated);
    pair_free(&pair);
}

static void the_responder_of_phase_1_may_begin_phase_2(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);

    for (size_t i = 0; i < 2; i++) {
        const struct sim_sa *sa = sim_sa_at(pair.west, SA_OUTBOUND, 0);
        sim_expire(pair.west, SA_OUTBOUND, sa->ask.spi, EXPIRE_HARD);
        sim_run(pair.sim, 2000);
        assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
        sim_run(pair.sim, 5000);
    }
    assert_int_equal(sim_ike_sa_count(pair.east), 1);
    assert_int_equal(sim_statistics(pair.west).p1_attempted[ROLE_INITIATOR], 0);
    assert_true(sim_traffic(pair.west, pair.reqid, 100));
    pair_free(&pair);
}

/* Two acquires for the same traffic while the SA is made: one pair comes of it. */
static void an_acquire_joins_the_want_that_covers_it(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_new(1, &options);

    for (size_t i = 0; i < 5; i++)
        assert_int_equal(sim_acquire(pair.sim, pair.east, pair.west), STATUS_OK);
    sim_run(pair.sim, 10000);
    pair_check_children(&pair, 1);
    assert_int_equal(sim_sa_total(pair.east), 2);
    pair_free(&pair);
}

/* `sa unique`: each 5-tuple has SAs of its own, made under one ISAKMP SA at the same time. */
static void several_quick_modes_share_one_isakmp_sa(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .properties = "encr_algs aes(256) encr_auth_algs sha256 sa unique",
    };
    struct pair pair = pair_new(1, &options);

    for (uint16_t port = 1; port <= 8; port++) {
        struct selector packet = {
            .local = address_range_host(sim_host_address(pair.east)),
            .remote = address_range_host(sim_host_address(pair.west)),
            .protocol = 17,
            .local_port = (uint16_t)(1000 + port),
            .remote_port = 7,
        };
        assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                         STATUS_OK);
    }
    sim_run(pair.sim, 20000);
    pair_check_children(&pair, 8);
    assert_int_equal(sim_ike_sa_count(pair.east), 1);
    pair_free(&pair);
}

static void the_same_seed_gives_the_same_octets_and_they_replay(void **state)
{
    struct pair_options options = {.crypto = *state, .debug = CATEGORY_ALL};
    struct pair first = pair_established(4711, &options);
    struct pair second = pair_established(4711, &options);

    test_view_equal("east's trace", sim_host_trace(first.east), sim_host_trace(second.east));
    test_view_equal("west's trace", sim_host_trace(first.west), sim_host_trace(second.west));
    pair_check_replay(&first, *state);
    pair_free(&first);
    pair_free(&second);
}

static void a_trace_that_was_changed_does_not_replay(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct bytes trace = {0};
    struct replay_options replay = {.crypto_back = *state};
    struct replay_result result = {.is_equal = true};

    assert_int_equal(bytes_copy(sim_host_trace(pair.west), &trace), STATUS_OK);
    trace.data_own[trace.bytes / 2] ^= 1;
    enum status status = replay_trace(bytes_view(&trace), &replay, &result, NULL);
    assert_true(status != STATUS_OK || !result.is_equal);
    bytes_clear(&trace);
    pair_free(&pair);
}

static void shutdown_deletes_on_both_sides(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);

    sim_set_delay(pair.sim, 1000,
                  1000); /* Deletes are not repeated, so they have to come in order */
    sim_host_shutdown(pair.east);
    sim_run(pair.sim, 1000);
    assert_int_equal(sim_sa_count(pair.east, SA_OUTBOUND, 0), 0);
    assert_int_equal(sim_sa_count(pair.east, SA_INBOUND, 0), 0);
    assert_int_equal(sim_sa_count(pair.west, SA_OUTBOUND, 0), 0);
    assert_int_equal(sim_ike_sa_count(pair.west), 0);
    assert_string_equal(sim_failure(pair.sim), "");
    pair_free(&pair);
}

static void a_reload_keeps_running_sas(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct sim_setup setup = pair_setup(&options, EAST, WEST);
    uint8_t before[32], after[32];

    sim_status_digest(pair.east, before);
    host_reload(pair.east, &setup);
    sim_status_digest(pair.east, after);
    assert_memory_equal(before, after, sizeof before);
    sim_run(pair.sim, 1000);
    pair_check_children(&pair, 1);
    pair_check_replay(&pair, *state);
    pair_setup_free(&setup);
    pair_free(&pair);
}

/* ipsecconf -f: what nobody wants protected any more has no SA either, at both ends. */
static void a_reload_without_the_policy_entry_ends_its_sas(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct sim_setup setup = pair_setup(&options, EAST, WEST);

    struct sim_setup without = setup;

    without.ipsecinit = NULL;
    host_reload(pair.east, &without);
    assert_string_equal(
        strstr(sim_event_line(pair.east, EVENT_CHILD_DELETED), "its policy entry is gone"),
        "its policy entry is gone");
    sim_run(pair.sim, 1000);
    assert_int_equal(sim_child_count(pair.east), 0);
    assert_int_equal(sim_child_count(pair.west), 0);
    assert_int_equal(sim_ike_sa_count(pair.west), 1);
    pair_setup_free(&setup);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hosts_agree_on_keys),
        cmocka_unit_test(every_suite_is_negotiated),
        cmocka_unit_test(tunnel_and_transport_over_both_families),
        cmocka_unit_test(the_replay_window_is_the_configurations),
        cmocka_unit_test(a_forced_nat_moves_to_port_4500_and_encapsulates),
        cmocka_unit_test(without_nat_traversal_esp_is_plain),
        cmocka_unit_test(the_responder_of_phase_1_may_begin_phase_2),
        cmocka_unit_test(an_acquire_joins_the_want_that_covers_it),
        cmocka_unit_test(several_quick_modes_share_one_isakmp_sa),
        cmocka_unit_test(the_same_seed_gives_the_same_octets_and_they_replay),
        cmocka_unit_test(a_trace_that_was_changed_does_not_replay),
        cmocka_unit_test(shutdown_deletes_on_both_sides),
        cmocka_unit_test(a_reload_keeps_running_sas),
        cmocka_unit_test(a_reload_without_the_policy_entry_ends_its_sas),
    };

    return cmocka_run_group_tests_name("handshake", tests, crypto_setup, crypto_teardown);
}
