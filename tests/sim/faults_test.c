#include "heap.h"
#include "pair.h"

/* Keyring, data plane and memory fail at every point of a negotiation. */

static const enum status faults[] = {STATUS_EXISTS, STATUS_NO_MEMORY, STATUS_CRYPTO,
                                     STATUS_ABSENT, STATUS_LIMIT,     STATUS_SYSTEM};

/* The pair works again once the next traffic asks for an SA. */
static void check_recovers(struct pair *pair)
{
    for (size_t i = 0; i < 5 && !(sim_traffic(pair->east, pair->reqid, 1) &&
                                  sim_traffic(pair->west, pair->reqid, 1));
         i++)
        pair_start(pair, 60000);
    assert_true(sim_traffic(pair->east, pair->reqid, 1));
    assert_true(sim_traffic(pair->west, pair->reqid, 1));
    assert_string_equal(sim_failure(pair->sim), "");
    sim_run(pair->sim, 120000);
    pair_check(pair);
}

/* SEC-121, architecture 3: a clash of SPIs is an answer, upon which the negotiation starts over. */
static void an_sa_that_cannot_be_installed_leaves_no_half_pair(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t f = 0; f < COUNT(faults); f++) {
        for (uint32_t nth = 1; nth <= 2; nth++) {
            for (size_t side = 0; side < 2; side++) {
                struct pair pair = pair_new(nth, &options);
                struct sim_host *host = side ? pair.west : pair.east;
                sim_kernel_set_fault(host, nth, faults[f]);
                pair_start(&pair, 300000);
                print_message("# %s at add %u of %s\n", status_name(faults[f]), nth,
                              side ? "west" : "east");
                assert_int_equal(sim_sa_count(pair.east, SA_INBOUND, 0),
                                 sim_sa_count(pair.east, SA_OUTBOUND, 0));
                check_recovers(&pair);
                pair_free(&pair);
            }
        }
    }
}

/* What was there goes on until both directions of the new pair stand. */
static void a_rekey_that_cannot_be_installed_is_recovered_from(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (uint32_t nth = 1; nth <= 2; nth++) {
        for (size_t side = 0; side < 2; side++) {
            struct pair pair = pair_established(nth, &options);
            const struct sim_sa *sa = sim_sa_at(pair.east, SA_OUTBOUND, 0);
            sim_kernel_set_fault(side ? pair.west : pair.east, nth, STATUS_NO_MEMORY);
            sim_expire(pair.east, SA_OUTBOUND, sa->ask.spi, EXPIRE_SOFT);
            sim_run(pair.sim, 20000);
            print_message("# add %u of %s\n", nth, side ? "west" : "east");
            /* west's outbound comes last: east has moved by then, and asks anew */
            if (!side || nth == 1)
                assert_true(sim_traffic(pair.east, pair.reqid, 1));
            check_recovers(&pair);
            pair_free(&pair);
        }
    }
}

static void a_keyring_that_says_no_ends_one_negotiation(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};

    for (size_t f = 0; f < COUNT(faults); f++) {
        for (size_t side = 0; side < 2; side++) {
            struct pair pair = pair_new(f + 1, &options);
            sim_host_set_keyring_fault(side ? pair.west : pair.east, 1, faults[f]);
            pair_start(&pair, 400000);
            assert_string_equal(sim_failure(pair.sim), "");
            assert_int_equal(sim_statistics(pair.east).half_open, 0);
            assert_int_equal(sim_statistics(pair.west).half_open, 0);
            check_recovers(&pair);
            pair_free(&pair);
        }
    }
}

/* Rule 2 of the seam: the engine itself sees to deadlines. A slow helper is only slow. */
static void answers_that_come_late_or_never(void **state)
{
    static const uint64_t delays[][2] = {
        {100000, 100000}, {700000, 700000}, {1500000, 0},
        {0, 1500000},     {UINT64_MAX, 0},  {0, UINT64_MAX},
    };
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 5 expire_timer 60"};

    for (size_t i = 0; i < COUNT(delays); i++) {
        struct pair pair = pair_new(i + 1, &options);
        sim_host_set_answer_delay(pair.west, delays[i][0], delays[i][1]);
        pair_start(&pair, 300000);
        assert_string_equal(sim_failure(pair.sim), "");
        sim_host_set_answer_delay(pair.west, 0, 0);
        sim_run(pair.sim, 200000);
        check_recovers(&pair);
        pair_free(&pair);
    }
}

static void an_answer_to_no_ask_is_dropped(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    uint8_t before[32], after[32];

    sim_status_digest(pair.east, before);
    for (uint64_t ticket = 0; ticket < 100; ticket++)
        sim_input(pair.east, &(struct input){.kind = IN_ANSWER, .answer = {.ticket = ticket}});
    sim_status_digest(pair.east, after);
    assert_memory_equal(before, after, sizeof before);
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

/* Rule 7 of the seam: the input is dropped, the engine is as before, the peer sends again. */
static void every_allocation_may_fail(const struct pair_options *options)
{
    uint64_t nth;
    bool has_failed = true;

    for (nth = 1; has_failed; nth += scaled(100) >= 100 ? 1 : 7) {
        heap_reset();
        struct pair pair = pair_new(1, options);
        heap_fail_at(nth);
        pair_start(&pair, 60000);
        has_failed = heap_has_failed();
        heap_fail_at(0);
        if (sim_failure(pair.sim)[0])
            fail_msg("allocation %llu: %s", (unsigned long long)nth, sim_failure(pair.sim));
        check_recovers(&pair);
        pair_free(&pair);
        if (heap_bytes() != 0)
            fail_msg("allocation %llu: %lld octets are left", (unsigned long long)nth,
                     (long long)heap_bytes());
    }
    assert_true(nth > 20); /* there were some */
}

static void sec_121_every_allocation_of_a_handshake_may_fail(void **state)
{
    struct pair_options options = {.crypto = *state, .prepare = heap_watch};

    every_allocation_may_fail(&options);
}

static void sec_121_every_allocation_of_a_handshake_with_signatures_may_fail(void **state)
{
    static const char *const east[] = {"east-rsa+", "middle", "root", NULL};
    static const char *const west[] = {"west-rsa+", "middle", "root", NULL};
    struct pair_options options = {
        .crypto = *state,
        .prepare = heap_watch,
        .globals = "retry_limit 20\nretry_timer_max 4\nignore_crls\n"
                   "cert_root \"C=EX, O=Entente, CN=root\"",
        .xform = "auth_method rsa_sig oakley_group 19 auth_alg sha256 encr_alg aes",
        .rule = "local_id_type ip local_id \"\" remote_id \"\" p2_pfs 19",
        .east_store = east,
        .west_store = west,
    };

    every_allocation_may_fail(&options);
}

/* Its limit of octets may be that small: the pair that follows from the exchange ends at once. */
static void an_inbound_sa_may_end_before_its_pair_is_established(void **state)
{
    struct pair_options options = {.crypto = *state};
    size_t met = 0;

    for (size_t side = 0; side < 2; side++) {
        struct pair pair = pair_new(side + 1, &options);
        struct sim_host *host = side ? pair.west : pair.east;
        pair_start(&pair, 1);
        for (size_t ms = 0; ms < 1000 && !sim_sa_at(host, SA_INBOUND, 0); ms++)
            sim_run(pair.sim, 1);
        if (sim_event_count(host, EVENT_CHILD_ESTABLISHED) == 0) {
            met++;
            sim_expire(host, SA_INBOUND, sim_sa_at(host, SA_INBOUND, 0)->ask.spi, EXPIRE_HARD);
        }
        sim_run(pair.sim, 5000);
        assert_true(sim_kernel_agrees(host, NULL));
        check_recovers(&pair);
        pair_free(&pair);
    }
    assert_true(met > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sa_that_cannot_be_installed_leaves_no_half_pair),
        cmocka_unit_test(a_rekey_that_cannot_be_installed_is_recovered_from),
        cmocka_unit_test(a_keyring_that_says_no_ends_one_negotiation),
        cmocka_unit_test(answers_that_come_late_or_never),
        cmocka_unit_test(an_inbound_sa_may_end_before_its_pair_is_established),
        cmocka_unit_test(an_answer_to_no_ask_is_dropped),
        cmocka_unit_test(sec_121_every_allocation_of_a_handshake_may_fail),
        cmocka_unit_test(sec_121_every_allocation_of_a_handshake_with_signatures_may_fail),
    };

    return cmocka_run_group_tests_name("faults", tests, crypto_setup, crypto_teardown);
}
