#include "pair.h"

/* Soft and hard limits, and restarts of either end, under traffic. */

#define SHORT_LIFE "p2_pfs 19 p2_lifetime_secs 120 p2_softlife_secs 60"

struct flow {
    uint64_t sent, lost;
};

/* Traffic both ways every 100 ms. */
static void let_flow(struct pair *pair, struct flow *flow, uint64_t ms, uint64_t bytes)
{
    for (uint64_t at = 0; at < ms; at += 100) {
        sim_run(pair->sim, 100);
        flow->sent += 2;
        flow->lost += !sim_traffic(pair->east, pair->reqid, bytes);
        flow->lost += !sim_traffic(pair->west, pair->reqid, bytes);
    }
}

static void time_limits_rekey_without_losing_a_packet(void **state)
{
    struct pair_options options = {.crypto = *state, .rule = SHORT_LIFE};

    for (uint64_t seed = 1; seed <= scaled(10); seed++) {
        struct pair pair = pair_established(seed, &options);
        struct flow flow = {0};
        let_flow(&pair, &flow, 600000, 100);
        if (flow.lost)
            fail_msg("seed %llu: %llu of %llu packets lost", (unsigned long long)seed,
                     (unsigned long long)flow.lost, (unsigned long long)flow.sent);
        pair_check_children(&pair, 1); /* and not twice as many at every round */
        assert_in_range(sim_sa_total(pair.east), 2 * 8, 2 * 14);
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

static void byte_limits_rekey_without_losing_a_packet(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .rule = "p2_pfs 0 p2_lifetime_kb 1000 p2_softlife_kb 500",
    };

    for (uint64_t seed = 1; seed <= scaled(10); seed++) {
        struct pair pair = pair_established(seed, &options);
        struct flow flow = {0};
        let_flow(&pair, &flow, 60000, 10000);
        if (flow.lost)
            fail_msg("seed %llu: %llu of %llu packets lost", (unsigned long long)seed,
                     (unsigned long long)flow.lost, (unsigned long long)flow.sent);
        assert_true(sim_sa_total(pair.east) >= 2 * 10);
        sim_run(pair.sim, 60000);
        pair_check(&pair);
        pair_free(&pair);
    }
}

static void the_old_inbound_sa_drains_30_seconds(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    uint32_t old_in = sim_sa_at(pair.east, SA_INBOUND, 0)->ask.spi;
    uint32_t old_out = sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.spi;

    sim_expire(pair.east, SA_OUTBOUND, old_out, EXPIRE_SOFT);
    sim_run(pair.sim, 5000);
    assert_int_equal(sim_child_count(pair.east), 1);
    assert_non_null(sim_sa_find(pair.east, SA_INBOUND, old_in));
    sim_run(pair.sim, 20000);
    assert_non_null(sim_sa_find(pair.east, SA_INBOUND, old_in));
    sim_run(pair.sim, 20000);
    assert_null(sim_sa_find(pair.east, SA_INBOUND, old_in));
    assert_null(sim_sa_find(pair.east, SA_OUTBOUND, old_out));
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

/* Only the current outbound pair of an entry is rekeyed, once: else SAs double at every round. */
static void a_soft_limit_said_twice_rekeys_once(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    uint32_t in = sim_sa_at(pair.east, SA_INBOUND, 0)->ask.spi;
    uint32_t out = sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.spi;

    for (size_t i = 0; i < 3; i++) {
        sim_expire(pair.east, SA_OUTBOUND, out, EXPIRE_SOFT);
        sim_expire(pair.east, SA_INBOUND, in, EXPIRE_SOFT);
        sim_run(pair.sim, 1000);
    }
    assert_int_equal(sim_sa_total(pair.east), 4);
    sim_run(pair.sim, 60000);
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

static void past_the_hard_limit_the_sa_is_gone_when_nobody_answers(void **state)
{
    struct pair_options options = {.crypto = *state, .rule = SHORT_LIFE};
    struct pair pair = pair_established(1, &options);

    sim_set_loss(pair.sim, 1000);
    sim_run(pair.sim, 300000);
    assert_int_equal(sim_sa_count(pair.east, SA_OUTBOUND, 0), 0);
    assert_int_equal(sim_sa_count(pair.east, SA_INBOUND, 0), 0);
    assert_int_equal(sim_sa_count(pair.west, SA_INBOUND, 0), 0);
    assert_string_equal(sim_failure(pair.sim), "");
    pair_free(&pair);
}

/* No rekey of Phase 1 exists in IKEv1: a new Main Mode takes its place, and children stay. */
static void phase_1_is_replaced_and_children_stay(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .globals = "p1_lifetime_secs 300",
        .rule = "p2_pfs 19 p2_lifetime_secs 200 p2_softlife_secs 100",
    };
    struct pair pair = pair_established(1, &options);
    struct flow flow = {0};

    let_flow(&pair, &flow, 1500000, 100);
    assert_int_equal(flow.lost, 0);
    assert_true(sim_statistics(pair.east).p1_total[ROLE_INITIATOR] +
                    sim_statistics(pair.west).p1_total[ROLE_INITIATOR] >=
                4);
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

static void restarted(struct pair *pair, struct sim_host *restarted, struct sim_host *begins,
                      struct sim_host *answers)
{
    assert_int_equal(sim_host_restart(restarted), STATUS_OK);
    sim_run(pair->sim, 100);
    assert_int_equal(sim_acquire(pair->sim, begins, answers), STATUS_OK);
    sim_run(pair->sim, 60000);
}

/* INITIAL-CONTACT clears what the other end still has (SEC-78: only of that identity). */
static void a_restarted_initiator_gets_new_sas(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (uint64_t seed = 1; seed <= scaled(20); seed++) {
        struct pair pair = pair_established(seed, &options);
        restarted(&pair, pair.east, pair.east, pair.west);
        pair_check_children(&pair, 1);
        host_check_line(pair.west, EVENT_INITIAL_CONTACT, "started anew");
        assert_int_equal(sim_sa_count(pair.west, SA_INBOUND, 0), 1); /* the old one went at once */
        pair_free(&pair);
    }
}

static void a_restarted_responder_that_begins_gets_new_sas(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (uint64_t seed = 1; seed <= scaled(20); seed++) {
        struct pair pair = pair_established(seed, &options);
        restarted(&pair, pair.west, pair.west, pair.east);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* Restarted in the middle of anything: what goes on is a fresh negotiation. */
static void a_restart_at_any_time_is_recovered_from(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (uint64_t seed = 1; seed <= scaled(60); seed++) {
        struct pair pair = pair_new(seed, &options);
        pair_start(&pair, seed * 2);
        assert_int_equal(sim_host_restart(seed % 2 ? pair.east : pair.west), STATUS_OK);
        sim_run(pair.sim, 400000); /* the other end has given up by now */
        for (size_t i = 0; i < 3 && !sim_traffic(pair.east, pair.reqid, 1); i++) {
            assert_int_equal(sim_host_restart(pair.west), STATUS_OK);
            assert_int_equal(sim_host_restart(pair.east), STATUS_OK);
            pair_start(&pair, 60000);
        }
        assert_true(sim_traffic(pair.east, pair.reqid, 1));
        assert_string_equal(sim_failure(pair.sim), "");
        pair_free(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_limits_rekey_without_losing_a_packet),
        cmocka_unit_test(byte_limits_rekey_without_losing_a_packet),
        cmocka_unit_test(the_old_inbound_sa_drains_30_seconds),
        cmocka_unit_test(a_soft_limit_said_twice_rekeys_once),
        cmocka_unit_test(past_the_hard_limit_the_sa_is_gone_when_nobody_answers),
        cmocka_unit_test(phase_1_is_replaced_and_children_stay),
        cmocka_unit_test(a_restarted_initiator_gets_new_sas),
        cmocka_unit_test(a_restarted_responder_that_begins_gets_new_sas),
        cmocka_unit_test(a_restart_at_any_time_is_recovered_from),
    };

    return cmocka_run_group_tests_name("rekey", tests, crypto_setup, crypto_teardown);
}
