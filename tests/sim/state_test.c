#include "forgery.h"
#include "heap.h"

/* Messages that are sound but not here, not now, or not whole: every state stays as it is. */

/* The message again, with one payload left out or put twice. */
static struct bytes rebuilt(const struct message *message, size_t which, bool is_doubled)
{
    uint8_t buffer[4096];
    struct message_writer writer = message_begin(buffer, sizeof buffer, &message->header);
    struct bytes bytes = {0};

    for (size_t i = 0; i < message->chain.count; i++) {
        const struct payload *payload = &message->chain.payloads[i];
        if (i != which || is_doubled)
            payload_put(&writer, payload->type, payload->body);
        if (i == which && is_doubled)
            payload_put(&writer, payload->type, payload->body);
    }
    assert_int_equal(bytes_copy(message_end(&writer, 1), &bytes), STATUS_OK);
    return bytes;
}

static bool is_required(uint8_t type)
{
    return type == PAYLOAD_SA || type == PAYLOAD_KE || type == PAYLOAD_NONCE;
}

static void inject_incomplete(struct attack *attack, struct sim *sim,
                              const struct captured *genuine)
{
    struct message message;

    assert_int_equal(message_decode(captured_view(genuine), &message, NULL), STATUS_OK);
    for (size_t i = 0; i < message.chain.count; i++) {
        if (!is_required(message.chain.payloads[i].type))
            continue;
        for (size_t k = 0; k < 2; k++) {
            struct bytes altered = rebuilt(&message, i, k == 1);
            captured_send(sim, genuine, bytes_view(&altered));
            bytes_clear(&altered);
            attack->injected++;
        }
    }
}

static void sec_017_and_018_a_payload_missing_or_doubled_is_not_heard(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t at = 0; at < 4; at++) {
        struct attack attack = {.at = at, .inject = inject_incomplete};
        struct pair pair = attacked_pair(1, &options, &attack, 5000);
        assert_true(attack.injected >= 2);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* The same inside the encryption, by somebody who has the keys: no SA comes of it. */
static void sec_017_and_018_in_quick_mode(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct insider insider;
    uint8_t nonce[32] = {1};
    uint8_t types[] = {PAYLOAD_NONCE, PAYLOAD_KE, PAYLOAD_ID, PAYLOAD_HASH, PAYLOAD_SA};
    struct kept kept = pair_keep(&pair);

    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    for (size_t i = 0; i < COUNT(types); i++) {
        insider_send(&pair, &insider,
                     &(struct forged_message){100 + (uint32_t)i, EXCHANGE_QUICK, INSIDER_HASH_RIGHT,
                                              types[i], view_of(nonce, 32)});
        insider_send(&pair, &insider,
                     &(struct forged_message){200 + (uint32_t)i, EXCHANGE_QUICK, INSIDER_HASH_RIGHT,
                                              types[i], (struct view){0}});
    }
    pair_check_kept(&pair, &kept, "incomplete Quick Modes");
    assert_int_equal(sim_sa_total(pair.west), 2);
    insider_clear(&insider);
    pair_free(&pair);
}

/* Every flag octet on every message before the genuine one; only the E flag says something. */
static void inject_flags(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    memcpy(copy, genuine->octets_own.data_own, bytes);
    copy[19] ^= ISAKMP_FLAG_ENCRYPTION;
    for (unsigned flags = 0; flags < 128; flags++) {
        copy[19] = (uint8_t)((copy[19] & 1u) | flags << 1);
        captured_send(sim, genuine, view_of(copy, bytes));
        attack->injected++;
    }
}

static void sec_005_an_encryption_flag_that_does_not_fit_the_state_is_not_heard(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t at = 0; at < 9; at++) {
        struct attack attack = {.at = at, .inject = inject_flags};
        struct pair pair = attacked_pair(1, &options, &attack, 5000);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* SEC-68, SEC-211: every exchange type with these cookies, clear and encrypted, message id zero and
 * not, before every message of the negotiation, to both ends. */
static void inject_exchanges(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    struct captured back = *genuine;
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    back.from = genuine->to;
    back.to = genuine->from;
    for (unsigned exchange = 0; exchange < 256; exchange++) {
        for (unsigned form = 0; form < 4; form++) {
            memcpy(copy, genuine->octets_own.data_own, bytes);
            if (exchange == copy[18])
                continue;
            copy[18] = (uint8_t)exchange;
            copy[19] = form & 1 ? ISAKMP_FLAG_ENCRYPTION : 0;
            copy[23] = form & 2 ? (uint8_t)(exchange | 1) : 0;
            captured_send(sim, genuine, view_of(copy, bytes));
            captured_send(sim, &back, view_of(copy, bytes));
            attack->injected += 2;
        }
    }
}

static void sec_068_and_211_other_exchanges_reach_nothing_in_any_state(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t at = 0; at < 9; at++) {
        struct attack attack = {.at = at, .inject = inject_exchanges};
        struct pair pair = attacked_pair(1, &options, &attack, 5000);
        assert_true(attack.injected > 1000);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* SEC-87, V1-83: the duplicate of any message gets the same octets or nothing, and no work. */
struct echo_check {
    struct capture *capture;
    size_t unknown; /* datagrams that the first run did not have */
};

static enum sim_verdict check_known(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct echo_check *check = arg;

    (void)sim;
    for (size_t i = 0; i < check->capture->count; i++)
        if (view_equal(captured_view(&check->capture->items[i]),
                       view_of(datagram->octets, datagram->bytes)))
            return SIM_PASS;
    check->unknown++;
    return SIM_PASS;
}

static void sec_087_a_duplicate_gets_the_same_octets_again(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct capture capture = capture_negotiation(5, &options);
    struct echo_check check = {.capture = &capture};
    struct pair pair = pair_new(5, &options);

    sim_set_tap(pair.sim, check_known, &check);
    sim_set_duplication(pair.sim, 1000);
    pair_start(&pair, 30000);
    assert_int_equal(check.unknown, 0);
    pair_check_children(&pair, 1);
    assert_true(sim_statistics(pair.west).rx_duplicates > 0);
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-11: what we send to a stranger, sent back to us as his: no answer to an answer. */
static void sec_011_our_own_replies_make_no_loop(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .xform = "auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes",
        .east_xform = "auth_method preshared oakley_group 2 auth_alg sha256 encr_alg aes",
        .globals = "retry_limit 1",
    };
    struct capture capture = {.count = 0};
    struct pair pair = pair_new(1, &options);
    uint64_t sent;

    sim_set_tap(pair.sim, capture_tap, &capture);
    pair_start(&pair, 100000); /* west refuses in clear */
    sim_set_tap(pair.sim, NULL, NULL);
    sent = sim_sent(pair.west);
    assert_true(sent > 0);
    for (size_t i = 0; i < capture.count; i++) {
        struct captured back = capture.items[i];
        if (!address_equal(&back.from.address, sim_host_address(pair.west)))
            continue;
        back.from = capture.items[i].to;
        back.to = capture.items[i].from;
        captured_send(pair.sim, &back, captured_view(&back));
    }
    sim_run(pair.sim, 10000);
    assert_int_equal(sim_sent(pair.west), sent);
    pair_free(&pair);
    capture_clear(&capture);
}

/* SEC-112: forged encrypted messages at a live SA: none is answered, none ends it. */
static void sec_112_forged_encrypted_messages_cost_an_sa_nothing(void **state)
{
    struct pair_options options = {.crypto = *state, .prepare = heap_watch};
    struct pair pair = pair_established(1, &options);
    struct kept kept = pair_keep(&pair);
    struct insider insider;
    uint8_t junk[64] = {0};
    uint64_t sent = sim_sent(pair.west);
    int64_t before;

    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    sim_set_plain(pair.sim);
    before = heap_bytes();
    for (uint32_t i = 0; i < scaled(20000); i++) {
        memcpy(junk, &i, sizeof i);
        insider_send(&pair, &insider,
                     &(struct forged_message){
                         1 + i, i % 2 ? EXCHANGE_QUICK : EXCHANGE_INFORMATIONAL, INSIDER_HASH_WRONG,
                         PAYLOAD_NOTIFY, view_of(junk, sizeof junk)});
    }
    pair_check_kept(&pair, &kept, "forged encrypted messages");
    assert_int_equal(sim_sent(pair.west), sent);
    assert_true(heap_bytes() <= before + 4096); /* V1-29: nor remembered */
    insider_clear(&insider);
    pair_free(&pair);
}

/* SEC-174: expiries that are lost, doubled, or of SPIs that nobody has. */
static void sec_174_expiries_out_of_nowhere_do_nothing(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct kept kept = pair_keep(&pair);
    uint32_t spi;

    for (uint32_t i = 0; i < 1000; i++) {
        sim_expire(pair.east, i & 1 ? SA_INBOUND : SA_OUTBOUND, i * 7919u,
                   i & 2 ? EXPIRE_SOFT : EXPIRE_HARD);
    }
    pair_check_kept(&pair, &kept, "unknown SPIs");
    spi = sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.spi;
    for (size_t i = 0; i < 3; i++)
        sim_expire(pair.east, SA_OUTBOUND, spi, EXPIRE_HARD);
    sim_run(pair.sim, 1000);
    assert_string_equal(sim_failure(pair.sim), "");
    assert_int_equal(sim_child_count(pair.east), 0);
    pair_start(&pair, 5000);
    assert_true(sim_traffic(pair.east, pair.reqid, 1));
    pair_free(&pair);
}

/* SEC-173: traffic of a policy entry that no rule serves, or of an entry that is gone. */
static void sec_173_an_acquire_without_an_entry_sends_nothing(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_new(1, &options);

    for (uint32_t reqid = 0; reqid < 50; reqid++) {
        struct input input = {.kind = IN_ACQUIRE,
                              .acquire = {.sequence = reqid, .reqid = 77 + reqid}};
        input.acquire.local = *sim_host_address(pair.east);
        input.acquire.remote = *sim_host_address(pair.west);
        input.acquire.packet.local = address_range_host(&input.acquire.local);
        input.acquire.packet.remote = address_range_host(&input.acquire.remote);
        sim_input(pair.east, &input);
    }
    sim_run(pair.sim, 10000);
    assert_string_equal(sim_failure(pair.sim), "");
    assert_int_equal(sim_sa_total(pair.east), 0);
    pair_free(&pair);
}

/* SEC-202: a day, a month, three years of sleep. */
static void sec_202_a_machine_that_slept_ends_what_is_over_once(void **state)
{
    static const uint64_t sleeps_ms[] = {86400000, 2592000000, 94608000000};
    struct pair_options options = {.crypto = *state};

    for (size_t i = 0; i < COUNT(sleeps_ms); i++) {
        struct pair pair = pair_established(i + 1, &options);
        sim_leap(pair.sim, sleeps_ms[i]);
        sim_run(pair.sim, 1000);
        assert_string_equal(sim_failure(pair.sim), "");
        assert_int_equal(sim_sa_count(pair.east, SA_OUTBOUND, 0), 0);
        assert_int_equal(sim_ike_sa_count(pair.east), 0);
        pair_start(&pair, 60000);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

/* SEC-37: the same at the highest level of debugging: rejecting and saying so harms nothing. */
static void sec_037_every_line_can_be_said_of_anything(void **state)
{
    struct pair_options options = {.crypto = *state, .debug = CATEGORY_ALL};

    for (size_t at = 0; at < 9; at++) {
        struct attack attack = {.at = at, .inject = inject_exchanges};
        struct pair pair = attacked_pair(1, &options, &attack, 5000);
        assert_true(sim_event_count(pair.west, EVENT_DROPPED) > 0);
        pair_check_children(&pair, 1);
        pair_free(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_005_an_encryption_flag_that_does_not_fit_the_state_is_not_heard),
        cmocka_unit_test(sec_011_our_own_replies_make_no_loop),
        cmocka_unit_test(sec_017_and_018_a_payload_missing_or_doubled_is_not_heard),
        cmocka_unit_test(sec_017_and_018_in_quick_mode),
        cmocka_unit_test(sec_037_every_line_can_be_said_of_anything),
        cmocka_unit_test(sec_068_and_211_other_exchanges_reach_nothing_in_any_state),
        cmocka_unit_test(sec_087_a_duplicate_gets_the_same_octets_again),
        cmocka_unit_test(sec_112_forged_encrypted_messages_cost_an_sa_nothing),
        cmocka_unit_test(sec_173_an_acquire_without_an_entry_sends_nothing),
        cmocka_unit_test(sec_174_expiries_out_of_nowhere_do_nothing),
        cmocka_unit_test(sec_202_a_machine_that_slept_ends_what_is_over_once),
    };

    return cmocka_run_group_tests_name("state", tests, crypto_setup, crypto_teardown);
}
