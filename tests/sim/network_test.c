#include "pair.h"

/*
 * A bad network and bad clocks, 200 seeds each (SIM_SCALE for more): keys agree, one pair of SAs a
 * policy entry, nothing leaks, and the same seed gives the same octets twice.
 */
#define SEEDS 200u

struct weather {
    const char *name;
    unsigned loss, duplication, reordering; /* of 1000 */
    bool both_begin;
    bool clocks_jump;
};

static void jump_clocks(struct pair *pair, uint64_t seed)
{
    static const int64_t walls[] = {0, 86400, 1700000000, 4102444800, -1};

    for (uint64_t i = 0; i < 20; i++) {
        sim_run(pair->sim, 50);
        if ((seed + i) % 5 == 0)
            sim_leap(pair->sim, 10 + 100 * (seed % 7));
        sim_set_wall((seed + i) % 2 ? pair->east : pair->west, walls[(seed + i) % COUNT(walls)]);
    }
}

static void run(struct pair *pair, uint64_t seed, const struct weather *weather)
{
    sim_set_loss(pair->sim, weather->loss);
    sim_set_duplication(pair->sim, weather->duplication);
    sim_set_reordering(pair->sim, weather->reordering);
    assert_int_equal(sim_acquire(pair->sim, pair->east, pair->west), STATUS_OK);
    if (weather->both_begin)
        assert_int_equal(sim_acquire(pair->sim, pair->west, pair->east), STATUS_OK);
    if (weather->clocks_jump)
        jump_clocks(pair, seed);
    sim_run(pair->sim, 240000);
}

/* Both ends may finish a Quick Mode of their own: IKEv1 has no tie-break (RFC 2409). */
static void check_both_begin(struct pair *pair)
{
    size_t count = sim_child_count(pair->east);

    if (count < 1 || count > 2)
        fail_msg("seed %llu: %zu pairs", (unsigned long long)sim_seed(pair->sim), count);
    pair_check_children(pair, count);
    assert_true(sim_traffic(pair->east, pair->reqid, 100));
    assert_true(sim_traffic(pair->west, pair->reqid, 100));
}

static void weather_passes(const struct weather *weather, struct crypto *crypto)
{
    struct pair_options options = {.crypto = crypto, .rule = "p2_pfs 0"};

    for (uint64_t seed = 1; seed <= scaled(SEEDS); seed++) {
        struct pair pair = pair_new(seed, &options);
        run(&pair, seed, weather);
        if (weather->both_begin)
            check_both_begin(&pair);
        else
            pair_check_children(&pair, 1);
        /* every one is repeated; a tenth is also replayed in fresh engines */
        struct pair again = pair_new(seed, &options);
        run(&again, seed, weather);
        test_view_equal("trace", sim_host_trace(again.east), sim_host_trace(pair.east));
        test_view_equal("trace", sim_host_trace(again.west), sim_host_trace(pair.west));
        pair_free(&again);
        if (seed % 10 == 0)
            pair_check_replay(&pair, crypto);
        pair_free(&pair);
    }
}

static void quick_mode_survives_the_loss_of_a_third(void **state)
{
    weather_passes(&(struct weather){.loss = 300}, *state);
}

static void duplication_makes_no_second_sa(void **state)
{
    weather_passes(&(struct weather){.duplication = 700}, *state);
}

static void reordering_harms_nothing(void **state)
{
    weather_passes(&(struct weather){.reordering = 500}, *state);
}

static void all_at_once_harms_nothing(void **state)
{
    weather_passes(&(struct weather){.loss = 200, .duplication = 300, .reordering = 300}, *state);
}

static void both_ends_may_begin_at_once(void **state)
{
    weather_passes(&(struct weather){.both_begin = true}, *state);
}

static void both_ends_may_begin_at_once_under_loss(void **state)
{
    weather_passes(&(struct weather){.both_begin = true, .loss = 200, .duplication = 200}, *state);
}

static void clocks_that_jump_do_not_matter(void **state)
{
    weather_passes(&(struct weather){.clocks_jump = true, .loss = 100}, *state);
}

/* By default a few per cent give up under such loss; then nothing of them may be left. */
static void what_gives_up_leaves_nothing(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 2\nexpire_timer 60"};
    size_t gave_up = 0;

    for (uint64_t seed = 1; seed <= scaled(60); seed++) {
        struct pair pair = pair_new(seed, &options);
        sim_set_loss(pair.sim, 600);
        pair_start(&pair, 400000);
        assert_string_equal(sim_failure(pair.sim), "");
        if (sim_ike_sa_count(pair.east) == 0) {
            gave_up++;
            assert_int_equal(sim_statistics(pair.east).half_open, 0);
            assert_int_equal(sim_sa_count(pair.east, SA_INBOUND, 0), 0);
            assert_int_equal(sim_sa_count(pair.east, SA_OUTBOUND, 0), 0);
        }
        assert_int_equal(sim_statistics(pair.west).half_open, 0);
        pair_free(&pair);
    }
    assert_true(gave_up > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quick_mode_survives_the_loss_of_a_third),
        cmocka_unit_test(duplication_makes_no_second_sa),
        cmocka_unit_test(reordering_harms_nothing),
        cmocka_unit_test(all_at_once_harms_nothing),
        cmocka_unit_test(both_ends_may_begin_at_once),
        cmocka_unit_test(both_ends_may_begin_at_once_under_loss),
        cmocka_unit_test(clocks_that_jump_do_not_matter),
        cmocka_unit_test(what_gives_up_leaves_nothing),
    };

    return cmocka_run_group_tests_name("network", tests, crypto_setup, crypto_teardown);
}
