#include "forgery.h"
#include "policy/ruleset.h"

/* Traffic without an SA: what is asked for, how often, and what is not asked for at all. */

/* One more host setup of the pair with these policies. */
static struct pair pair_of_policies(struct crypto *crypto, const char *east, const char *west)
{
    struct pair_options options = {.crypto = crypto};
    struct pair pair = pair_new(1, &options);
    struct sim_setup setups[2] = {pair_setup(&options, EAST, WEST),
                                  pair_setup(&options, WEST, EAST)};
    const char *policies[2] = {east, west};

    for (size_t i = 0; i < 2; i++) {
        struct sim_setup setup = setups[i];
        setup.ipsecinit = policies[i];
        host_reload(i ? pair.west : pair.east, &setup);
        pair_setup_free(&setups[i]);
    }
    return pair;
}

static struct selector packet_of(const char *local, const char *remote, uint8_t protocol,
                                 uint16_t local_port, uint16_t remote_port)
{
    struct address addresses[2];

    assert_int_equal(address_parse(view_of_text(local), &addresses[0]), STATUS_OK);
    assert_int_equal(address_parse(view_of_text(remote), &addresses[1]), STATUS_OK);
    return (struct selector){
        .local = address_range_host(&addresses[0]),
        .remote = address_range_host(&addresses[1]),
        .protocol = protocol,
        .local_port = local_port,
        .remote_port = remote_port,
    };
}

static void check_selector(const struct sim_host *host, size_t index, const char *wanted)
{
    const struct sim_sa *sa = sim_sa_at(host, SA_OUTBOUND, index);
    char text[SELECTOR_TEXT_BYTES];

    assert_non_null(sa);
    assert_string_equal(selector_text(&sa->ask.selector, text), wanted);
}

static void shared_sas_are_wanted_once_whatever_packet_asks(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_new(1, &options);

    for (uint16_t port = 1; port <= 500; port++) {
        struct selector packet = packet_of(EAST, WEST, port % 2 ? 6 : 17, port, 80);
        assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                         STATUS_OK);
        if (port == 250)
            sim_run(pair.sim, 20); /* in the midst of Main Mode */
    }
    sim_run(pair.sim, 5000);
    pair_check_children(&pair, 1);
    assert_int_equal(sim_sa_total(pair.east), 2);
    assert_int_equal(sim_event_count(pair.east, EVENT_QUICK_MODE_STARTED), 1);
    check_selector(pair.east, 0, EAST " - " WEST);
    pair_free(&pair);
}

/* The answer to the first packet may be faster than the end of the negotiation: then the
 * responder's data plane asks too, and the pair stands when that is read. */
static void a_question_that_is_read_late_makes_no_second_pair(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct sim_host *hosts[] = {pair.west, pair.east};

    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct sim_host *peer = hosts[1 - i];
        uint64_t quick_modes;
        sim_expire(hosts[i], SA_OUTBOUND, sim_sa_at(hosts[i], SA_OUTBOUND, 0)->ask.spi,
                   EXPIRE_HARD);
        sim_run(pair.sim, 2000);
        pair_start(&pair, 0); /* east's traffic */
        for (size_t ms = 0; ms < 1000 && !sim_sa_count(hosts[i], SA_OUTBOUND, 0); ms++)
            sim_run(pair.sim, 1);
        quick_modes = sim_event_count(pair.west, EVENT_QUICK_MODE_STARTED) +
                      sim_event_count(pair.east, EVENT_QUICK_MODE_STARTED);
        assert_int_equal(sim_acquire(pair.sim, hosts[i], peer), STATUS_OK);
        sim_run(pair.sim, 5000);
        pair_check_children(&pair, 1);
        assert_int_equal(sim_event_count(pair.west, EVENT_QUICK_MODE_STARTED) +
                             sim_event_count(pair.east, EVENT_QUICK_MODE_STARTED),
                         quick_modes);
        /* A while later it is no answer: who asks has lost that pair. */
        assert_int_equal(sim_acquire(pair.sim, hosts[i], peer), STATUS_OK);
        sim_run(pair.sim, 5000);
        assert_int_equal(sim_event_count(pair.west, EVENT_QUICK_MODE_STARTED) +
                             sim_event_count(pair.east, EVENT_QUICK_MODE_STARTED),
                         quick_modes + 1);
    }
    pair_free(&pair);
}

/* Both hosts' entries are for a port; shared, the identities are the entry's. */
static void entries_of_ports_and_protocols_make_sas_of_their_own(void **state)
{
    static const char east[] =
        "{laddr 192.0.2.1 raddr 192.0.2.2 ulp tcp rport 80} ipsec {encr_algs aes-gcm}\n"
        "{laddr 192.0.2.1 raddr 192.0.2.2 ulp udp} ipsec {encr_algs aes encr_auth_algs sha1}\n"
        "{laddr 192.0.2.1 raddr 192.0.2.2 ulp tcp rport 25} ipsec {encr_algs aes-gcm sa unique}\n"
        "{laddr 192.0.2.1 raddr 192.0.2.2} ipsec {auth_algs sha256}\n";
    static const char west[] =
        "{laddr 192.0.2.2 raddr 192.0.2.1 ulp tcp lport 80} ipsec {encr_algs aes-gcm}\n"
        "{laddr 192.0.2.2 raddr 192.0.2.1 ulp udp} ipsec {encr_algs aes encr_auth_algs sha1}\n"
        "{laddr 192.0.2.2 raddr 192.0.2.1 ulp tcp lport 25} ipsec {encr_algs aes-gcm sa unique}\n"
        "{laddr 192.0.2.2 raddr 192.0.2.1} ipsec {auth_algs sha256}\n";
    static const struct {
        uint8_t protocol;
        uint16_t local_port, remote_port;
        const char *selector;
    } packets[] = {
        {6, 1025, 80, EAST " - " WEST " tcp/80"},
        {17, 5, 6, EAST " - " WEST " udp"},
        {6, 2000, 25, EAST " - " WEST " tcp from/2000 to/25"},
        {6, 2001, 25, EAST " - " WEST " tcp from/2001 to/25"},
        {6, 1027, 81, EAST " - " WEST},
    };
    struct pair pair = pair_of_policies(*state, east, west);

    for (size_t i = 0; i < COUNT(packets); i++) {
        struct selector packet = packet_of(EAST, WEST, packets[i].protocol, packets[i].local_port,
                                           packets[i].remote_port);
        assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                         STATUS_OK);
        sim_run(pair.sim, 3000);
        check_selector(pair.east, i, packets[i].selector);
    }
    pair_check_children(&pair, COUNT(packets));
    pair_check_replay(&pair, *state);
    pair_free(&pair);
}

/* Several subnets a peer, one within another: an SA for each entry, the first match decides. */
static void subnets_that_overlap_have_an_sa_each(void **state)
{
#define TUNNEL_EAST "{tunnel t0 negotiate tunnel tsrc 192.0.2.1 tdst 192.0.2.2 "
#define TUNNEL_WEST "{tunnel t0 negotiate tunnel tsrc 192.0.2.2 tdst 192.0.2.1 "
    static const char east[] = TUNNEL_EAST
        "laddr 10.1.0.0/16 raddr 10.2.5.0/24} ipsec {encr_algs aes-gcm(256)}\n" TUNNEL_EAST
        "laddr 10.1.0.0/16 raddr 10.2.0.0/16} ipsec {encr_algs aes-gcm(128)}\n" TUNNEL_EAST
        "laddr 10.1.0.0/16 raddr 10.4.0.0/16} ipsec {auth_algs sha1}\n" TUNNEL_EAST
        "laddr fd00:1::/32 raddr fd00:2::/32} ipsec {encr_algs aes-gcm}\n";
    static const char west[] = TUNNEL_WEST
        "laddr 10.2.5.0/24 raddr 10.1.0.0/16} ipsec {encr_algs aes-gcm(256)}\n" TUNNEL_WEST
        "laddr 10.2.0.0/16 raddr 10.1.0.0/16} ipsec {encr_algs aes-gcm(128)}\n" TUNNEL_WEST
        "laddr 10.4.0.0/16 raddr 10.1.0.0/16} ipsec {auth_algs sha1}\n" TUNNEL_WEST
        "laddr fd00:2::/32 raddr fd00:1::/32} ipsec {encr_algs aes-gcm}\n";
    static const struct {
        const char *local, *remote, *selector;
        uint16_t bits;
    } packets[] = {
        {"10.1.0.1", "10.2.5.9", "10.1.0.0/16 - 10.2.5.0/24", 256},
        {"10.1.0.1", "10.2.6.9", "10.1.0.0/16 - 10.2.0.0/16", 128},
        {"10.1.0.1", "10.4.0.1", "10.1.0.0/16 - 10.4.0.0/16", 0},
        {"fd00:1::1", "fd00:2::1", "fd00:1::/32 - fd00:2::/32", 256},
    };
    struct pair pair = pair_of_policies(*state, east, west);

    for (size_t i = 0; i < COUNT(packets); i++) {
        struct selector packet = packet_of(packets[i].local, packets[i].remote, 6, 1, 2);
        assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                         STATUS_OK);
    }
    sim_run(pair.sim, 10000);
    pair_check_children(&pair, COUNT(packets));
    for (size_t i = 0; i < COUNT(packets); i++) {
        bool is_found = false;
        for (size_t j = 0; j < COUNT(packets); j++) {
            const struct ask_sa_add *ask = &sim_sa_at(pair.east, SA_OUTBOUND, j)->ask;
            char text[SELECTOR_TEXT_BYTES];
            is_found = is_found ||
                       (strcmp(selector_text(&ask->selector, text), packets[i].selector) == 0 &&
                        ask->cipher_bits == packets[i].bits);
        }
        if (!is_found)
            fail_msg("no SA for %s", packets[i].selector);
    }
    assert_int_equal(sim_ike_sa_count(pair.east), 1);
    pair_free(&pair);
}

/* A peer may ask for a part of the entry; when our end rekeys that pair, it asks for the same. */
static void a_rekey_asks_for_what_the_pair_has(void **state)
{
    static const char east[] =
        TUNNEL_EAST "laddr 10.1.7.0/24 raddr 10.2.0.0/16} ipsec {encr_algs aes-gcm}\n";
    static const char west[] =
        TUNNEL_WEST "laddr 10.2.0.0/16 raddr 10.1.0.0/16} ipsec {encr_algs aes-gcm}\n";
    struct pair pair = pair_of_policies(*state, east, west);
    struct selector packet = packet_of("10.1.7.1", "10.2.0.1", 6, 1, 2);

    assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                     STATUS_OK);
    sim_run(pair.sim, 5000);
    check_selector(pair.west, 0, "10.2.0.0/16 - 10.1.7.0/24");
    sim_expire(pair.west, SA_OUTBOUND, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 60000);
    pair_check_children(&pair, 1);
    assert_int_equal(sim_sa_total(pair.west), 4);
    check_selector(pair.west, 0, "10.2.0.0/16 - 10.1.7.0/24");
    pair_free(&pair);
}

/* SEC-173: said once, then remembered for ten seconds; a new policy is looked at anew. */
static void sec_173_what_cannot_be_served_is_refused_once_in_ten_seconds(void **state)
{
    static const char policy[] = "{raddr 203.0.113.0/24} ipsec {encr_algs aes-gcm}\n";
    struct pair pair = pair_of_policies(*state, policy, policy);
    struct selector packet = packet_of(EAST, "203.0.113.5", 6, 1, 2);
    struct address remote = packet.remote.first;
    struct input stranger = {.kind = IN_ACQUIRE, .acquire = {.reqid = 1}};
    uint64_t sent = sim_sent(pair.east);

    for (size_t i = 0; i < 100; i++) { /* no rule is for that peer */
        assert_int_equal(sim_acquire_packet(pair.east, &packet, &remote), STATUS_OK);
        sim_run(pair.sim, 50);
    }
    assert_int_equal(sim_event_count(pair.east, EVENT_NO_RULE), 1);
    assert_int_equal(sim_statistics(pair.east).acquires_refused, 100);
    sim_run(pair.sim, 6000);
    assert_int_equal(sim_acquire_packet(pair.east, &packet, &remote), STATUS_OK);
    assert_int_equal(sim_event_count(pair.east, EVENT_NO_RULE), 2);

    /* An entry's number with traffic that is not the entry's. */
    stranger.acquire.local = *sim_host_address(pair.east);
    stranger.acquire.remote = *sim_host_address(pair.west);
    stranger.acquire.packet = packet_of(EAST, WEST, 6, 1, 2);
    for (size_t i = 0; i < 100; i++)
        sim_input(pair.east, &stranger);
    assert_int_equal(sim_event_count(pair.east, EVENT_NO_RULE), 3);
    assert_int_equal(sim_sent(pair.east), sent);
    assert_int_equal(sim_ike_sa_count(pair.east), 0);
    pair_free(&pair);
}

/* SEC-173: a local user sprays destinations that no rule serves. Each is refused; the log gets a
 * few lines at once, then few a minute, and what was left out is counted. */
static void sec_173_a_spray_of_unserved_destinations_does_not_fill_the_log(void **state)
{
    static const char policy[] = "{raddr 198.18.0.0/15} ipsec {encr_algs aes-gcm}\n";
    struct pair pair = pair_of_policies(*state, policy, policy);

    for (uint32_t i = 0; i < 6000; i++) {
        struct selector packet = packet_of(EAST, "198.18.0.1", 17, 1, 2);
        packet.remote.first.octets[2] = packet.remote.last.octets[2] = (uint8_t)(i >> 8);
        packet.remote.first.octets[3] = packet.remote.last.octets[3] = (uint8_t)i;
        assert_int_equal(sim_acquire_packet(pair.east, &packet, &packet.remote.first), STATUS_OK);
        if (i % 100 == 99)
            sim_run(pair.sim, 1000);
    }
    assert_int_equal(sim_statistics(pair.east).acquires_refused, 6000);
    assert_in_range(sim_event_count(pair.east, EVENT_NO_RULE), 10, 10 + 60 / 6);
    host_check_line(pair.east, EVENT_NO_RULE, "more like this were left out");
    sim_run(pair.sim, 60000);
    for (uint8_t i = 0; i < 10; i++) { /* ten mistakes are all said */
        struct selector packet = packet_of(EAST, "198.19.0.1", 17, 1, 2);
        packet.remote.first.octets[3] = packet.remote.last.octets[3] = i;
        size_t before = sim_event_count(pair.east, EVENT_NO_RULE);
        assert_int_equal(sim_acquire_packet(pair.east, &packet, &packet.remote.first), STATUS_OK);
        assert_int_equal(sim_event_count(pair.east, EVENT_NO_RULE), before + 1);
    }
    pair_free(&pair);
}

/* A policy that is loaded anew holds for the pairs that stand: what it does not say any longer
 * ends, and the next packet gets what it says now. */
static void a_new_policy_ends_the_pairs_that_it_does_not_say(void **state)
{
    static const struct {
        const char *before, *after, *why; /* NULL: it stays */
    } cases[] = {
        {"encr_algs aes(256) encr_auth_algs sha1", "encr_algs aes(256) encr_auth_algs sha1", NULL},
        {"encr_algs aes(256) encr_auth_algs sha1", "encr_algs aes encr_auth_algs any", NULL},
        {"encr_algs aes(256) encr_auth_algs sha1", "encr_algs any encr_auth_algs sha1 sa shared",
         NULL},
        {"encr_algs aes(256) encr_auth_algs sha1", "encr_algs aes(128) encr_auth_algs sha1",
         "wants other algorithms"},
        {"encr_algs aes(256) encr_auth_algs sha1",
         "auth_algs sha1 encr_algs aes encr_auth_algs sha1", "wants other algorithms"},
        {"auth_algs sha1 encr_algs aes encr_auth_algs sha1", "encr_algs aes encr_auth_algs sha1",
         "wants other algorithms"},
        {"auth_algs sha1 encr_algs aes encr_auth_algs sha1",
         "auth_algs sha256 encr_algs aes encr_auth_algs sha1", "wants other algorithms"},
        {"auth_algs sha1", "auth_algs sha1 } or ipsec { encr_algs aes-gcm", NULL},
        {"auth_algs sha1", "encr_algs aes-gcm", "wants other algorithms"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {.crypto = *state, .properties = cases[i].before};
        struct pair pair = pair_established(i + 1, &options);
        options.properties = cases[i].after;
        for (size_t k = 0; k < 2; k++) {
            struct sim_setup setup = pair_setup(&options, k ? WEST : EAST, k ? EAST : WEST);
            host_reload(k ? pair.west : pair.east, &setup);
            pair_setup_free(&setup);
            sim_run(pair.sim, 1000);
        }
        assert_int_equal(sim_child_count(pair.east), !cases[i].why);
        assert_int_equal(sim_child_count(pair.west), !cases[i].why);
        if (cases[i].why)
            host_check_line(pair.east, EVENT_CHILD_DELETED, cases[i].why);
        pair_start(&pair, 5000);
        if (cases[i].why)
            pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* SEC-120: a local user sprays destinations of one wide entry. */
static void sec_120_an_acquire_storm_is_bounded_and_counted(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_new(1, &options);
    struct sim_setup usual = pair_setup(&options, EAST, WEST);
    struct sim_setup setup = usual;
    struct statistics_record statistics;

    setup.config = "{ label \"all\" local_addr 192.0.2.1 remote_addr 0.0.0.0/0 p1_xform { "
                   "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes } }\n";
    setup.preshared =
        "{ localidtype IP localid 192.0.2.1 remoteidtype IP remoteid 0.0.0.0/0 key " PAIR_KEY
        " }\n";
    setup.ipsecinit = "{raddr 0.0.0.0/0} ipsec {encr_algs aes-gcm}\n";
    host_reload(pair.east, &setup);
    pair_setup_free(&usual);
    for (uint32_t i = 0; i < 10000; i++) {
        struct selector packet = packet_of(EAST, "198.18.0.1", 17, 1, (uint16_t)(i % 2 + 1));
        packet.remote.first.octets[2] = packet.remote.last.octets[2] = (uint8_t)(i / 2 >> 8);
        packet.remote.first.octets[3] = packet.remote.last.octets[3] = (uint8_t)(i / 2);
        assert_int_equal(sim_acquire_packet(pair.east, &packet, &packet.remote.first), STATUS_OK);
    }
    statistics = sim_statistics(pair.east);
    assert_int_equal(statistics.p1_attempted[ROLE_INITIATOR], 256);
    assert_int_equal(statistics.acquires_dropped, 2 * (5000 - 256));
    sim_run(pair.sim, 600000); /* all have failed: there is room again, and nothing is left over */
    assert_int_equal(sim_statistics(pair.east).half_open, 0);
    assert_int_equal(sim_acquire(pair.sim, pair.east, pair.west), STATUS_OK);
    assert_int_equal(sim_statistics(pair.east).p1_attempted[ROLE_INITIATOR], 257);
    assert_int_equal(sim_statistics(pair.east).acquires_dropped, statistics.acquires_dropped);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_sas_are_wanted_once_whatever_packet_asks),
        cmocka_unit_test(a_question_that_is_read_late_makes_no_second_pair),
        cmocka_unit_test(entries_of_ports_and_protocols_make_sas_of_their_own),
        cmocka_unit_test(subnets_that_overlap_have_an_sa_each),
        cmocka_unit_test(a_rekey_asks_for_what_the_pair_has),
        cmocka_unit_test(sec_173_what_cannot_be_served_is_refused_once_in_ten_seconds),
        cmocka_unit_test(sec_173_a_spray_of_unserved_destinations_does_not_fill_the_log),
        cmocka_unit_test(a_new_policy_ends_the_pairs_that_it_does_not_say),
        cmocka_unit_test(sec_120_an_acquire_storm_is_bounded_and_counted),
    };

    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
