#include "forgery.h"
#include "heap.h"
#include "sim/random.h"

/* What anybody can send: unknown SPIs, floods, mirrors, odd sources. */

static void send_first(struct sim *sim, const struct captured *first, const char *from,
                       uint16_t port, uint64_t cookie)
{
    uint8_t copy[2048];
    size_t bytes = first->octets_own.bytes;
    struct endpoint source = {.port = port};
    struct writer writer = writer_over(copy, COOKIE_BYTES);

    assert_int_equal(address_parse(view_of_text(from), &source.address), STATUS_OK);
    memcpy(copy, first->octets_own.data_own, bytes);
    writer_u64(&writer, cookie);
    sim_deliver(sim, &source, &first->to, false, view_of(copy, bytes));
}

static const struct pair_options *watched(struct pair_options *options, struct crypto *crypto)
{
    *options = (struct pair_options){.crypto = crypto, .prepare = heap_watch};
    return options;
}

/* SEC-10: every exchange, clear and encrypted, 10^5 of them: no reply, no state. */
static void sec_010_unknown_spis_cost_nothing(void **state)
{
    static const uint8_t exchanges[] = {EXCHANGE_MAIN, EXCHANGE_AGGRESSIVE, EXCHANGE_INFORMATIONAL,
                                        EXCHANGE_TRANSACTION, EXCHANGE_QUICK};
    struct pair_options options;
    struct pair pair = pair_established(1, watched(&options, *state));
    struct endpoint from = endpoint_of(pair.east);
    struct endpoint to = endpoint_of(pair.west);
    struct kept kept = pair_keep(&pair);
    uint64_t sent = sim_sent(pair.west);
    int64_t before = heap_bytes();
    struct sim_random dice;
    uint8_t octets[200];

    sim_set_plain(pair.sim);
    sim_random_init(&dice, 1);
    for (size_t i = 0; i < scaled(100000); i++) {
        uint8_t exchange = exchanges[i % COUNT(exchanges)];
        struct isakmp_header header = {
            .version = ISAKMP_VERSION,
            .exchange = exchange,
            .flags = i / 5 % 2 ? ISAKMP_FLAG_ENCRYPTION : 0,
            .message_id = exchange == EXCHANGE_MAIN ? 0 : (uint32_t)i + 1,
        };
        uint8_t body[64];
        struct message_writer message;
        sim_random_fill(&dice, header.initiator_cookie, COOKIE_BYTES);
        sim_random_fill(&dice, header.responder_cookie, COOKIE_BYTES);
        sim_random_fill(&dice, body, sizeof body);
        message = message_begin(octets, sizeof octets, &header);
        payload_put(&message, PAYLOAD_HASH, view_of(body, sizeof body));
        sim_deliver(pair.sim, &from, &to, false, message_end(&message, 16));
    }
    pair_check_kept(&pair, &kept, "unknown SPIs");
    assert_int_equal(sim_sent(pair.west), sent);
    assert_true(heap_bytes() <= before);
    pair_free(&pair);
}

/* SEC-06: cookies that no sound message has, before and after establishment. */
static void sec_006_games_with_cookies_change_nothing(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(7, watched(&options, *state));
    struct pair pair = pair_established(7, &options);
    struct kept kept = pair_keep(&pair);
    uint64_t half_open = sim_statistics(pair.west).half_open;
    struct endpoint elsewhere = {.port = IKE_PORT};

    sim_run(pair.sim, 70000);
    kept = pair_keep(&pair);
    assert_int_equal(address_parse(view_of_text("203.0.113.7"), &elsewhere.address), STATUS_OK);
    for (size_t i = 0; i < 9; i++) {
        struct view octets = captured_view(&capture.items[i]);
        uint8_t copy[2048];
        for (size_t game = 0; game < 4; game++) {
            memcpy(copy, octets.data, octets.bytes);
            switch (game) {
            case 0: /* initiator's 0 */
                memset(copy, 0, 8);
                break;
            case 1: /* both equal */
                memcpy(copy + 8, copy, 8);
                break;
            case 2: /* swapped */
                memcpy(copy, octets.data + 8, 8);
                memcpy(copy + 8, octets.data, 8);
                break;
            case 3: /* responder's set in what looks like a first message */
                memcpy(copy, capture.items[0].octets_own.data_own, 28);
                memset(copy + 8, 0x77, 8);
                break;
            }
            captured_send(pair.sim, &capture.items[i], view_of(copy, octets.bytes));
        }
        if (i > 0) /* the genuine pair from another address */
            sim_send(pair.sim, &elsewhere, &capture.items[i].to, false, octets);
    }
    sim_run(pair.sim, 1000);
    pair_check_kept(&pair, &kept, "games with cookies");
    assert_int_equal(sim_statistics(pair.west).half_open, half_open);
    /* a genuine duplicate is answered to the peer, wherever it seems to come from */
    assert_int_equal(sim_tally(pair.west, &elsewhere.address).datagrams_out, 0);
    assert_int_equal(sim_tally(pair.east, &elsewhere.address).datagrams_out, 0);
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-08: other ports are served; sources that cannot be answered are not. */
static void sec_008_odd_sources(void **state)
{
    static const struct {
        const char *from;
        uint16_t port;
        bool is_served;
    } sources[] = {
        {EAST, 500, true},
        {EAST, 4500, true},
        {EAST, 1, true},
        {EAST, 65535, true},
        {EAST, 0, false},
        {"0.0.0.0", 500, false},
        {"255.255.255.255", 500, false},
        {"224.0.0.1", 500, false},
        {WEST, 500, false},
    };
    struct pair_options options;
    struct capture capture = capture_negotiation(1, watched(&options, *state));

    for (size_t i = 0; i < COUNT(sources); i++) {
        struct pair pair = pair_new(1, &options);
        send_first(pair.sim, &capture.items[0], sources[i].from, sources[i].port, 99);
        if (sim_sent(pair.west) != sources[i].is_served)
            fail_msg("%s port %u", sources[i].from, sources[i].port);
        assert_string_equal(sim_failure(pair.sim), "");
        pair_free(&pair);
    }
    capture_clear(&capture);
}

/* SEC-106, V1-85: whatever is sent from spoofed addresses, at most twice as much comes back, one
 * datagram for one, and nothing on a timer. */
static void sec_106_no_amplification(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(1, watched(&options, *state));
    struct pair pair = pair_new(1, &options);
    struct sim_setup any = {
        .config = "{ label \"any\" local_addr 192.0.2.2 remote_addr 0.0.0.0/0 p1_xform { "
                  "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes } }\n",
        .preshared =
            "{ localid 192.0.2.2 remoteidtype prefix remoteid 0.0.0.0/0 key " PAIR_KEY " }\n",
    };
    struct sim_tally worst;
    char text[ADDRESS_TEXT_BYTES];

    host_reload(pair.west, &any);
    for (unsigned source = 0; source < 200; source++) {
        char from[32];
        snprintf(from, sizeof from, "203.0.113.%u", source);
        for (uint64_t cookie = 1; cookie <= 3; cookie++)
            send_first(pair.sim, &capture.items[0], from, 500, cookie);
        for (uint64_t again = 0; again < 20; again++) /* the same one, again and again */
            send_first(pair.sim, &capture.items[0], from, 500, 1);
        for (size_t i = 1; i < 9; i++) {
            struct endpoint spoofed = {.port = 500};
            assert_int_equal(address_parse(view_of_text(from), &spoofed.address), STATUS_OK);
            sim_deliver(pair.sim, &spoofed, &capture.items[0].to, false,
                        captured_view(&capture.items[i]));
        }
        sim_run(pair.sim, 100);
    }
    sim_run(pair.sim, 400000);
    assert_true(sim_sent(pair.west) > 0);
    if (!sim_tally_is_modest(pair.west, 2, &worst))
        fail_msg("%s got %llu octets in %llu datagrams for %llu in %llu",
                 address_text(&worst.remote, text), (unsigned long long)worst.bytes_out,
                 (unsigned long long)worst.datagrams_out, (unsigned long long)worst.bytes_in,
                 (unsigned long long)worst.datagrams_in);
    assert_int_equal(sim_statistics(pair.west).half_open, 0);
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-109, V1-86: a flood of first messages is bounded in count and octets, an SA that stands and
 * an honest handshake from elsewhere are unharmed, and afterwards the memory is back. */
static void sec_109_a_flood_of_first_messages_is_bounded(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(1, watched(&options, *state));
    struct pair pair = pair_established(2, &options);
    int64_t before = heap_bytes();
    int64_t most = 0;
    uint64_t most_half_open = 0;
    struct kept kept = pair_keep(&pair);

    sim_set_plain(pair.sim);
    for (size_t i = 0; i < scaled(50000); i++) {
        char from[32];
        snprintf(from, sizeof from, "192.0.2.%zu", 1 + i % 250);
        if (i % 250 != 1) /* not west itself */
            send_first(pair.sim, &capture.items[0], from, (uint16_t)(1024 + i % 60000), 7 + i);
        if (heap_bytes() - before > most)
            most = heap_bytes() - before;
        if (sim_statistics(pair.west).half_open > most_half_open)
            most_half_open = sim_statistics(pair.west).half_open;
        if (i % 1000 == 0)
            sim_run(pair.sim, 20);
    }
    print_message("# %llu half open at most, %lld octets each\n",
                  (unsigned long long)most_half_open,
                  (long long)(most_half_open ? most / (int64_t)most_half_open : 0));
    assert_true(most_half_open > 0);
    assert_true(most < 16 * 1024 * 1024);
    pair_check_kept(&pair, &kept, "flood");
    /* honest: from another prefix, while the table is full */
    sim_run(pair.sim, 400000);
    assert_int_equal(sim_statistics(pair.west).half_open, 0);
    assert_true(heap_bytes() - before < 64 * 1024); /* tables keep their size, SAs are gone */
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-110 in part: the prefix of the flood does not starve another. */
static void sec_109_an_honest_handshake_succeeds_in_a_flood(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(1, watched(&options, *state));
    struct pair pair = pair_new(3, &options);
    struct sim_setup west = {
        .config = "{ label \"any\" local_addr 192.0.2.2 remote_addr 0.0.0.0/0 p1_xform { "
                  "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes } "
                  "p2_pfs 19 }\n",
        .preshared =
            "{ localid 192.0.2.2 remoteidtype prefix remoteid 0.0.0.0/0 key " PAIR_KEY " }\n",
        .ipsecinit = "{ laddr 192.0.2.2 raddr 192.0.2.1 } ipsec { encr_algs aes(256) "
                     "encr_auth_algs sha256 sa shared }\n",
    };

    host_reload(pair.west, &west);
    assert_int_equal(sim_acquire(pair.sim, pair.east, pair.west), STATUS_OK);
    for (size_t i = 0; i < 20000; i++) {
        char from[32];
        snprintf(from, sizeof from, "203.0.113.%zu", i % 250);
        send_first(pair.sim, &capture.items[0], from, 500, 7 + i);
        if (i % 50 == 0)
            sim_run(pair.sim, 1);
    }
    sim_run(pair.sim, 5000);
    pair_check_children(&pair, 1);
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-74, V1-87: a network that returns every datagram, as it is or with the cookies swapped. */
static enum sim_verdict mirror(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    uint8_t copy[4096];
    size_t bytes = datagram->bytes;

    memcpy(copy, datagram->octets, bytes);
    sim_send(sim, &datagram->to, &datagram->from, datagram->is_encapsulated, view_of(copy, bytes));
    if (*(bool *)arg) {
        memcpy(copy, datagram->octets + 8, 8);
        memcpy(copy + 8, datagram->octets, 8);
        sim_send(sim, &datagram->to, &datagram->from, datagram->is_encapsulated,
                 view_of(copy, bytes));
    }
    return SIM_DROP;
}

static void sec_074_a_mirror_is_no_peer(void **state)
{
    /* One rule that fits both directions, one key, both configured alike. */
    struct pair_options options;

    watched(&options, *state);
    for (size_t swap = 0; swap < 2; swap++) {
        bool is_swapped = swap == 1;
        struct pair pair = pair_new(1, &options);
        sim_set_tap(pair.sim, mirror, &is_swapped);
        pair_start(&pair, 400000);
        assert_string_equal(sim_failure(pair.sim), "");
        assert_int_equal(sim_ike_sa_count(pair.east), 0);
        assert_int_equal(sim_sa_total(pair.east), 0);
        assert_true(sim_sent(pair.east) < 60); /* no loop: SEC-11 */
        pair_free(&pair);
    }
}

/* The mirror stands beside the genuine peer. */
static enum sim_verdict echo(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    bool is_swapped = true;

    (void)arg;
    mirror(&is_swapped, sim, datagram);
    return SIM_PASS;
}

static void sec_074_reflections_beside_the_peer_harm_nothing(void **state)
{
    struct pair_options options;
    struct pair pair = pair_new(1, watched(&options, *state));

    sim_set_tap(pair.sim, echo, NULL);
    pair_start(&pair, 20000);
    pair_check_children(&pair, 1);
    pair_free(&pair);
}

/* SEC-80: forged answers before the genuine message 2, of every type: noted, no more. */
static void inject_notifies(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    for (unsigned type = 0; type < 40; type++) {
        uint8_t cookies[16];
        memcpy(cookies, genuine->octets_own.data_own, 16);
        struct bytes body = forged_notify(IPSEC_PROTOCOL_ISAKMP, (uint16_t)type,
                                          view_of(cookies, 16), (struct view){0});
        for (size_t k = 0; k < 3; k++) {
            if (k == 1)
                memset(cookies + 8, 0x55, 8);
            struct bytes message =
                forged_clear(k == 2 ? EXCHANGE_MAIN : EXCHANGE_INFORMATIONAL, cookies,
                             k == 0 && type % 2 ? 1 : 0, PAYLOAD_NOTIFY, bytes_view(&body));
            captured_send(sim, genuine, bytes_view(&message));
            bytes_clear(&message);
            attack->injected++;
        }
        bytes_clear(&body);
    }
}

static void sec_080_forged_errors_do_not_end_the_attempt(void **state)
{
    struct pair_options options;

    watched(&options, *state);
    for (size_t at = 0; at < 9; at++) {
        struct attack attack = {.at = at, .inject = inject_notifies};
        struct pair pair = attacked_pair(1, &options, &attack, 10000);
        assert_true(attack.injected > 0);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* SEC-117: SAs that come and go leave no timer and no octet. */
static void sec_117_short_sas_leave_nothing(void **state)
{
    struct pair_options options;
    int64_t before = 0;

    watched(&options, *state);
    options.rule = "p2_pfs 0";
    struct pair pair = pair_new(1, &options);
    sim_set_plain(pair.sim);
    sim_set_delay(pair.sim, 1000, 1000);
    for (size_t i = 0; i < scaled(2000); i++) {
        pair_start(&pair, 100);
        assert_int_equal(sim_child_count(pair.east), 1);
        sim_host_shutdown(pair.east);
        sim_run(pair.sim, 200000);
        assert_int_equal(sim_ike_sa_count(pair.west), 0);
        if (i == 10)
            before = heap_bytes();
    }
    assert_int_equal(engine_deadline(sim_host_engine(pair.east)), UINT64_MAX);
    assert_int_equal(engine_deadline(sim_host_engine(pair.west)), UINT64_MAX);
    if (scaled(2000) > 10 && heap_bytes() > before)
        fail_msg("%lld octets grew to %lld", (long long)before, (long long)heap_bytes());
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_006_games_with_cookies_change_nothing),
        cmocka_unit_test(sec_008_odd_sources),
        cmocka_unit_test(sec_010_unknown_spis_cost_nothing),
        cmocka_unit_test(sec_074_a_mirror_is_no_peer),
        cmocka_unit_test(sec_074_reflections_beside_the_peer_harm_nothing),
        cmocka_unit_test(sec_080_forged_errors_do_not_end_the_attempt),
        cmocka_unit_test(sec_106_no_amplification),
        cmocka_unit_test(sec_109_a_flood_of_first_messages_is_bounded),
        cmocka_unit_test(sec_109_an_honest_handshake_succeeds_in_a_flood),
        cmocka_unit_test(sec_117_short_sas_leave_nothing),
    };

    return cmocka_run_group_tests_name("stranger", tests, crypto_setup, crypto_teardown);
}
