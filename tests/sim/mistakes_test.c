#include "pair.h"

/*
 * What an administrator gets wrong: each ends in one line, on the end that can know, that says
 * what to edit. Nothing is left of the negotiation.
 */
static void check_nothing_left(struct pair *pair)
{
    assert_string_equal(sim_failure(pair->sim), "");
    assert_int_equal(sim_child_count(pair->east), 0);
    assert_int_equal(sim_child_count(pair->west), 0);
    assert_int_equal(sim_sa_count(pair->east, SA_INBOUND, 0), 0);
    assert_int_equal(sim_sa_count(pair->west, SA_INBOUND, 0), 0);
    assert_int_equal(sim_statistics(pair->east).half_open, 0);
    assert_int_equal(sim_statistics(pair->west).half_open, 0);
}

/* The responder says it at once, the initiator at the second repeat, long before it gives up. */
static void a_wrong_key_is_named_on_both_ends_early(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .globals = "retry_limit 5",
        .east_key = "5d1c0e9a77b3426f8e0d41c6a2f5937b60e8d2149cfb3a5716e4",
    };
    struct pair pair = pair_new(1, &options);

    pair_start(&pair, 1000);
    assert_true(sim_event_count(pair.west, EVENT_MAIN_MODE_KEY_DIFFERS) +
                    sim_event_count(pair.west, EVENT_MAIN_MODE_HASH_WRONG) >
                0);
    host_check_line(pair.west, EVENT_MAIN_MODE_KEY_DIFFERS, "ike.preshared:1");
    sim_run(pair.sim, 3000);
    host_check_line(pair.east, EVENT_MAIN_MODE_UNREADABLE, "keys probably differ");
    host_check_line(pair.east, EVENT_MAIN_MODE_UNREADABLE, "ike.preshared:1");
    sim_run(pair.sim, 600000);
    check_nothing_left(&pair);
    pair_free(&pair);
}

/* A line with these words on that end, of any kind. */
struct expectation {
    const char *name;
    struct pair_options options;
    const char *east[2], *west[2];
};

static bool has_line(const struct sim_host *host, const char *words)
{
    const char *line;

    for (size_t i = 0; (line = sim_event_at(host, i)); i++)
        if (strstr(line, words))
            return true;
    return false;
}

static void check_lines(const char *name, const struct sim_host *host, const char *const words[2])
{
    const char *line;

    for (size_t i = 0; i < 2 && words[i]; i++) {
        if (has_line(host, words[i]))
            continue;
        for (size_t k = 0; (line = sim_event_at(host, k)); k++)
            print_message("# said: %s\n", line);
        fail_msg("%s: nobody said \"%s\"", name, words[i]);
    }
}

static void check_expectation(const struct expectation *expectation, struct crypto *crypto)
{
    struct pair_options options = expectation->options;
    struct pair pair;

    options.crypto = crypto;
    options.globals = "retry_limit 5";
    pair = pair_new(1, &options);
    pair_start(&pair, 700000);
    check_lines(expectation->name, pair.east, expectation->east);
    check_lines(expectation->name, pair.west, expectation->west);
    check_nothing_left(&pair);
    pair_free(&pair);
}

static void each_mistake_ends_in_a_line_that_says_what_to_edit(void **state)
{
    static const struct expectation expectations[] = {
        {
            .name = "group",
            .options =
                {
                    .xform = "auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes",
                    .east_xform =
                        "auth_method preshared oakley_group 2 auth_alg sha256 encr_alg aes",
                },
            .east = {"NO-PROPOSAL-CHOSEN"},
            .west = {"wants oakley_group 14 (modp2048), peer offers 2 (modp1024); edit config:"},
        },
        {
            .name = "proposal",
            .options =
                {
                    .east_xform =
                        "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg 3des",
                },
            .east = {"NO-PROPOSAL-CHOSEN"},
            .west = {"wants encr_alg", "edit config:"},
        },
        {
            .name = "pfs",
            .options = {.east_rule = "p2_pfs 0"},
            .west = {"pfs", "edit config:"},
        },
        {
            .name = "algorithms of the policy entry",
            .options = {.east_properties = "encr_algs 3des encr_auth_algs sha1 sa shared"},
            .east = {"NO-PROPOSAL-CHOSEN"},
            .west = {"quick mode: policy entry 1 {", "wants encr_algs aes-cbc, peer offers 3des"},
        },
    };

    for (size_t i = 0; i < COUNT(expectations); i++)
        check_expectation(&expectations[i], *state);
}

static void an_unreachable_peer_is_named(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};
    struct pair pair = pair_new(1, &options);

    sim_set_loss(pair.sim, 1000);
    pair_start(&pair, 60000);
    host_check_line(pair.east, EVENT_MAIN_MODE_UNANSWERED, "no answer to 4 datagrams");
    host_check_line(pair.east, EVENT_MAIN_MODE_UNANSWERED, "is the peer up");
    check_nothing_left(&pair);
    pair_free(&pair);
}

/* Texts of one host that differ from the pair's. */
static void reload_with(struct sim_host *host, const char *config, const char *preshared,
                        const char *ipsecinit)
{
    struct sim_setup setup = {.config = config, .preshared = preshared, .ipsecinit = ipsecinit};

    host_reload(host, &setup);
}

#define XFORM "p1_xform { auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes }"
#define ELSEWHERE "{ label \"elsewhere\" local_addr 192.0.2.2 remote_addr 203.0.113.9 " XFORM " }\n"
#define PEER "{ label \"peer\" local_addr 192.0.2.2 remote_addr 192.0.2.1 " XFORM " }\n"
#define KEY_OF(id) "{ localid 192.0.2.2 remoteid " id " key " PAIR_KEY " }\n"
#define POLICY                                                                                     \
    "{ laddr 192.0.2.2 raddr 192.0.2.1 } ipsec { encr_algs aes(256) encr_auth_algs sha256 "        \
    "sa shared }\n"

static void a_responder_without_a_rule_says_which_comes_near(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};
    struct pair pair = pair_new(1, &options);

    reload_with(pair.west, ELSEWHERE, KEY_OF("203.0.113.9"), NULL);
    pair_start(&pair, 400000);
    host_check_line(pair.west, EVENT_REFUSED, "refused 192.0.2.1 main mode: no rule");
    host_check_line(pair.west, EVENT_REFUSED, "\"elsewhere\" (config:1:1): edit config:1:42");
    check_nothing_left(&pair);
    pair_free(&pair);
}

static void a_policy_entry_that_no_rule_serves_is_said(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_new(1, &options);

    reload_with(pair.west, ELSEWHERE, KEY_OF("203.0.113.9"), POLICY);
    assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
    sim_run(pair.sim, 1000);
    assert_int_equal(sim_sent(pair.west), 0);
    host_check_line(pair.west, EVENT_NO_RULE, "no rule");
    host_check_line(pair.west, EVENT_NO_RULE, "192.0.2.1");
    check_nothing_left(&pair);
    pair_free(&pair);
}

static void a_rule_without_a_key_is_said(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};
    struct pair pair = pair_new(1, &options);

    reload_with(pair.west, PEER, KEY_OF("203.0.113.9"), POLICY);
    pair_start(&pair, 400000);
    host_check_line(pair.west, EVENT_REFUSED, "ike.preshared");
    check_nothing_left(&pair);
    pair_free(&pair);
}

/* The peer asks for traffic that no entry of ours protects. */
static void selectors_without_an_entry_are_said(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};
    struct pair pair = pair_new(1, &options);

    reload_with(pair.west, PEER, KEY_OF("192.0.2.1"), NULL);
    pair_start(&pair, 100000);
    host_check_line(pair.west, EVENT_REFUSED, "quick mode");
    host_check_line(pair.east, EVENT_QUICK_MODE_PEER_REFUSED, "INVALID-ID-INFORMATION");
    check_nothing_left(&pair);
    pair_free(&pair);
}

#define NATTED "{ label \"peer\" local_addr 192.0.2.2 remote_addr 192.0.2.9 " XFORM " }\n"

/* 192.0.2.9 is a router that hides east. */
static enum sim_verdict translate(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    const struct sim_host *east = arg;
    struct address outside;

    (void)sim;
    assert_int_equal(address_parse(view_of_text("192.0.2.9"), &outside), STATUS_OK);
    if (address_equal(&datagram->from.address, sim_host_address(east)))
        datagram->from.address = outside;
    if (address_equal(&datagram->to.address, &outside))
        datagram->to.address = *sim_host_address(east);
    return SIM_PASS;
}

/* The identity that east sends is not one that the key of its address may speak for. */
static void an_identity_that_does_not_fit_the_key_is_said(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 3"};
    struct pair pair = pair_new(1, &options);

    reload_with(pair.west, NATTED, KEY_OF("192.0.2.9"), NULL);
    sim_set_tap(pair.sim, translate, pair.east);
    pair_start(&pair, 400000);
    host_check_line(pair.west, EVENT_REFUSED, "refused 192.0.2.9 main mode");
    host_check_line(pair.west, EVENT_REFUSED, "ike.preshared:1");
    check_nothing_left(&pair);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_key_is_named_on_both_ends_early),
        cmocka_unit_test(each_mistake_ends_in_a_line_that_says_what_to_edit),
        cmocka_unit_test(an_unreachable_peer_is_named),
        cmocka_unit_test(a_responder_without_a_rule_says_which_comes_near),
        cmocka_unit_test(a_policy_entry_that_no_rule_serves_is_said),
        cmocka_unit_test(a_rule_without_a_key_is_said),
        cmocka_unit_test(selectors_without_an_entry_are_said),
        cmocka_unit_test(an_identity_that_does_not_fit_the_key_is_said),
    };

    return cmocka_run_group_tests_name("mistakes", tests, crypto_setup, crypto_teardown);
}
