#include "pair.h"

/*
 * Issue: no nonce, cookie, SPI, IV or Diffie-Hellman value is ever used twice, and with PFS the
 * keys that protect data derive from an exchange that derives nothing else (SEC-46). Thousands of
 * negotiations of the same two hosts; the simulation reads them all, with their keys.
 */
static void renew(struct pair *pair, size_t round)
{
    const struct sim_sa *sa = sim_sa_at(pair->east, SA_OUTBOUND, 0);

    if (round % 50 == 49) { /* a new Phase 1 from time to time, also after a restart */
        sim_host_shutdown(pair->east);
        sim_run(pair->sim, 500);
        if (round % 100 == 99)
            assert_int_equal(sim_host_restart(pair->west), STATUS_OK);
        pair_start(pair, 1000);
    } else if (sa) {
        sim_expire(pair->east, SA_OUTBOUND, sa->ask.spi, EXPIRE_SOFT);
        sim_run(pair->sim, 35000);
    } else {
        pair_start(pair, 1000);
    }
}

static void sec_046_nothing_random_is_used_twice(void **state)
{
    struct pair_options options = {.crypto = *state, .rule = "p2_pfs 19"};
    struct pair pair = pair_established(1, &options);
    size_t rounds = scaled(3000);

    sim_set_delay(pair.sim, 1000, 1000);
    sim_set_duplication(pair.sim, 100); /* what is sent again is not used again */
    for (size_t round = 0; round < rounds; round++)
        renew(&pair, round);
    sim_run(pair.sim, 60000);
    pair_check_children(&pair, 1);
    /* It looked: two values a negotiation at least, and a nonce for every one of them. */
    assert_true(sim_values_count(pair.sim, RECORDED_NONCE) >= 2 * rounds);
    assert_true(sim_values_count(pair.sim, RECORDED_KEY_EXCHANGE) >= 2 * rounds);
    assert_true(sim_values_count(pair.sim, RECORDED_IV) >= rounds);
    assert_true(sim_values_count(pair.sim, RECORDED_SPI) >= 2 * rounds - 2 * rounds / 50);
    assert_true(sim_values_count(pair.sim, RECORDED_KEY) >= 2 * rounds);
    assert_true(sim_values_count(pair.sim, RECORDED_COOKIE) >= 2);
    pair_free(&pair);
}

/* With PFS every Quick Mode has two public values of its own: two for each pair of SAs. */
static void with_pfs_data_keys_derive_from_an_exchange_of_their_own(void **state)
{
    struct pair_options options = {.crypto = *state, .rule = "p2_pfs 19"};
    struct pair pair = pair_established(1, &options);
    size_t main_mode = 2;

    for (size_t round = 0; round < 20; round++) {
        size_t before = sim_values_count(pair.sim, RECORDED_KEY_EXCHANGE);
        size_t pairs = sim_sa_total(pair.east) / 2;
        assert_int_equal(before, main_mode + 2 * pairs);
        renew(&pair, round);
    }
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

static void without_pfs_a_quick_mode_has_no_public_value(void **state)
{
    struct pair_options options = {.crypto = *state, .rule = "p2_pfs 0"};
    struct pair pair = pair_established(1, &options);

    assert_int_equal(sim_values_count(pair.sim, RECORDED_KEY_EXCHANGE), 2);
    assert_int_equal(sim_values_count(pair.sim, RECORDED_NONCE), 4);
    pair_free(&pair);
}

/* The recorder itself: another owner's value is a repetition, the same owner's is not. */
static void a_value_used_twice_is_found(void **state)
{
    struct recorder recorder;
    uint8_t value[8] = {1, 2, 3};

    (void)state;
    assert_int_equal(recorder_init(&recorder), STATUS_OK);
    recorder_note(&recorder, RECORDED_NONCE, view_of(value, 8), view_of_text("a"));
    recorder_note(&recorder, RECORDED_NONCE, view_of(value, 8), view_of_text("a"));
    recorder_note(&recorder, RECORDED_COOKIE, view_of(value, 8), view_of_text("b"));
    assert_false(recorder.has_repeated);
    recorder_note(&recorder, RECORDED_NONCE, view_of(value, 8), view_of_text("b"));
    assert_true(recorder.has_repeated);
    assert_int_equal(recorder.repeated_kind, RECORDED_NONCE);
    recorder_clear(&recorder);
    assert_int_equal(recorder_init(&recorder), STATUS_OK);
    recorder_note(&recorder, RECORDED_DRAW, view_of(value, 8), (struct view){0});
    recorder_note(&recorder, RECORDED_DRAW, view_of(value, 8), (struct view){0});
    assert_true(recorder.has_repeated); /* a draw is nobody's twice */
    recorder_clear(&recorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_046_nothing_random_is_used_twice),
        cmocka_unit_test(with_pfs_data_keys_derive_from_an_exchange_of_their_own),
        cmocka_unit_test(without_pfs_a_quick_mode_has_no_public_value),
        cmocka_unit_test(a_value_used_twice_is_found),
    };

    return cmocka_run_group_tests_name("unique", tests, crypto_setup, crypto_teardown);
}
