#include <malloc.h>
#include <string.h>

#include "forgery.h"
#include "registry/protocol_number.h"
#include "wire/nat.h"
#include "wire/notify.h"

/*
 * What leaves us: the same octets to whoever repeats himself, nothing to whoever forges, and no
 * secret in any line.
 */

/* 20 repeats of a message, a second apart each: how many times it got the answer that it had. */
static size_t answers_to_repeats(struct crypto *crypto, const struct capture *genuine, size_t at)
{
    struct pair_options options = {.crypto = crypto, .globals = "retry_limit 5"};
    struct pair pair = pair_established(7, &options);
    struct kept kept = pair_keep(&pair);
    struct capture said = {.count = 0};
    size_t count = 0;

    sim_set_tap(pair.sim, capture_tap, &said);
    for (size_t i = 0; i < 20; i++) {
        captured_send(pair.sim, &genuine->items[at], captured_view(&genuine->items[at]));
        sim_run(pair.sim, 1100);
    }
    for (size_t i = 0; i < said.count; i++) {
        if (!address_equal(&said.items[i].from.address, &genuine->items[at].to.address))
            continue;
        test_view_equal("answer", captured_view(&said.items[i]),
                        captured_view(&genuine->items[at + 1]));
        count++;
    }
    pair_check_kept(&pair, &kept, "repeats");
    pair_free(&pair);
    capture_clear(&said);
    return count;
}

/* Those whose answer may be lost when both ends are done: 5 of Main Mode, 1 and 2 of Quick Mode. */
static void sec_087_and_v1_83_a_repeated_message_gets_the_same_octets_five_times(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 5"};
    struct capture genuine = capture_negotiation(7, &options);

    for (size_t at = 4; at < 8; at++) {
        if (at == 5)
            continue; /* message 6 has no answer */
        size_t count = answers_to_repeats(*state, &genuine, at);
        if (count != 5)
            fail_msg("message %zu: %zu answers", at + 1, count);
    }
    capture_clear(&genuine);
}

/* Messages 6 of Main Mode and 3 of Quick Mode end their exchange: an answer would be answered. */
static void sec_011_the_last_message_of_an_exchange_gets_no_answer(void **state)
{
    struct pair_options options = {.crypto = *state, .globals = "retry_limit 5"};
    struct capture genuine = capture_negotiation(7, &options);
    const size_t last[] = {5, 8};

    assert_int_equal(genuine.count, 9);
    for (size_t i = 0; i < COUNT(last); i++) {
        struct pair pair = pair_established(7, &options);
        struct capture said = {.count = 0};
        sim_set_tap(pair.sim, capture_tap, &said);
        for (size_t n = 0; n < 5; n++) {
            captured_send(pair.sim, &genuine.items[last[i]],
                          captured_view(&genuine.items[last[i]]));
            sim_run(pair.sim, 1100);
        }
        assert_int_equal(said.count, 0);
        pair_free(&pair);
        capture_clear(&said);
    }
    capture_clear(&genuine);
}

/* One octet of a repeat changed: no answer, whatever stands there. */
static void sec_087_an_altered_repeat_gets_no_answer(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct capture genuine = capture_negotiation(7, &options);
    struct pair pair = pair_established(7, &options);
    uint8_t copy[2048];

    for (size_t at = 4; at < 8; at++) {
        size_t bytes = genuine.items[at].octets_own.bytes;
        struct capture answers = {.count = 0};
        assert_true(bytes <= sizeof copy);
        memcpy(copy, genuine.items[at].octets_own.data_own, bytes);
        sim_set_tap(pair.sim, capture_tap, &answers);
        for (size_t i = ISAKMP_HEADER_BYTES; i < bytes; i++) {
            copy[i] ^= 1;
            captured_send(pair.sim, &genuine.items[at], view_of(copy, bytes));
            copy[i] ^= 1;
        }
        sim_run(pair.sim, 2000);
        assert_int_equal(answers.count, 0);
    }
    pair_free(&pair);
    capture_clear(&genuine);
}

/* A question that is answered when it is genuine tells nothing when an octet of it is not: no
 * padding, length or HASH can be told from another by what comes back. */
static void sec_062_every_forged_octet_of_a_question_meets_the_same_silence(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    struct endpoint from = endpoint_of(pair.east);
    struct endpoint to = endpoint_of(pair.west);
    uint64_t sent = sim_statistics(pair.west).tx_datagrams;
    const uint8_t number[4] = {0, 0, 0, 9};
    struct insider insider;
    uint8_t sealed[1024];
    size_t bytes = 0;

    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    struct bytes body = forged_notify(IPSEC_PROTOCOL_ISAKMP, NOTIFY_R_U_THERE,
                                      view_of(insider.cookies, 16), view_of(number, 4));
    struct bytes payload = forged_payload(PAYLOAD_NONE, bytes_view(&body));
    struct insider_message message = {
        .exchange = EXCHANGE_INFORMATIONAL,
        .message_id = 77,
        .first_payload = PAYLOAD_NOTIFY,
        .chain = bytes_view(&payload),
        .hash = INSIDER_HASH_RIGHT,
    };
    assert_int_equal(insider_seal(&insider, &message, sealed, sizeof sealed, &bytes), STATUS_OK);
    for (size_t i = ISAKMP_HEADER_BYTES; i < bytes; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            sealed[i] ^= (uint8_t)(1u << bit);
            sim_deliver(pair.sim, &from, &to, false, view_of(sealed, bytes));
            sealed[i] ^= (uint8_t)(1u << bit);
        }
    }
    assert_int_equal(sim_statistics(pair.west).tx_datagrams, sent);
    sim_deliver(pair.sim, &from, &to, false, view_of(sealed, bytes));
    assert_int_equal(sim_statistics(pair.west).tx_datagrams, sent + 1);
    bytes_clear(&payload);
    bytes_clear(&body);
    insider_clear(&insider);
    pair_free(&pair);
}

/* The one answer to a message 1, as a tap sees it. */
struct answer {
    size_t count;
    uint16_t notify;
};

static enum sim_verdict answer_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct answer *answer = arg;
    struct message message;
    struct notify_payload notify;
    const struct payload *payload = NULL;

    (void)sim;
    answer->count++;
    if (message_decode(view_of(datagram->octets, datagram->bytes), &message, NULL) == STATUS_OK)
        payload = chain_find(&message.chain, PAYLOAD_NOTIFY, 0);
    if (payload && notify_decode(payload, &notify, NULL) == STATUS_OK)
        answer->notify = notify.type;
    return SIM_PASS;
}

static void sec_027_another_doi_or_situation_gets_its_notify_and_no_state(void **state)
{
    enum {
        DOI_OFFSET = ISAKMP_HEADER_BYTES + GENERIC_HEADER_BYTES,
        SITUATION_OFFSET = 36
    };
    struct pair_options options = {.crypto = *state};
    struct capture capture = capture_negotiation(1, &options);
    struct pair pair = pair_new(2, &options);
    size_t bytes = capture.items[0].octets_own.bytes;
    uint8_t copy[2048];

    assert_true(bytes <= sizeof copy);
    for (uint32_t i = 0; i < 64; i++) {
        bool is_doi = i >= 32;
        struct writer cookie = writer_over(copy, COOKIE_BYTES);
        struct writer field = writer_over(copy + (is_doi ? DOI_OFFSET : SITUATION_OFFSET), 4);
        struct answer answer = {0};
        memcpy(copy, capture.items[0].octets_own.data_own, bytes);
        writer_u64(&cookie, UINT64_C(0x1122334400000000) + i);
        if (i % 32 == 0)
            writer_u32(&field, is_doi ? 0 : 3); /* DOI 0 is ISAKMP's own; 1 is the right one */
        else
            writer_u32(&field, UINT32_C(1) << i % 32);
        sim_set_tap(pair.sim, answer_tap, &answer);
        captured_send(pair.sim, &capture.items[0], view_of(copy, bytes));
        sim_run(pair.sim, 100);
        if (answer.count != 1 ||
            answer.notify != (is_doi ? NOTIFY_DOI_NOT_SUPPORTED : NOTIFY_SITUATION_NOT_SUPPORTED))
            fail_msg("%s %u: %zu answers, notify %u", is_doi ? "DOI" : "situation", 1u << i % 32,
                     answer.count, answer.notify);
        assert_int_equal(sim_statistics(pair.west).half_open, 0);
    }
    pair_free(&pair);
    capture_clear(&capture);
}

static void inject_flips(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    assert_true(bytes <= sizeof copy);
    memcpy(copy, genuine->octets_own.data_own, bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit += 7) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        captured_send(sim, genuine, view_of(copy, bytes));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        attack->injected++;
    }
}

/* What is said of bad messages reads nothing that was never made, and changes nothing. */
static void sec_037_the_outcome_is_the_same_at_every_log_level(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t at = 0; at < 9; at++) {
        struct pair pairs[2];
        for (size_t loud = 0; loud < 2; loud++) {
            struct attack attack = {.at = at, .inject = inject_flips};
            options.debug = loud ? CATEGORY_ALL : 0;
            pairs[loud] = attacked_pair(3, &options, &attack, 20000);
            assert_true(attack.injected > 0);
        }
        struct kept quiet = pair_keep(&pairs[0]);
        pair_check_kept(&pairs[1], &quiet, "every category is said");
        assert_int_equal(sim_event_count(pairs[0].west, EVENT_DROPPED), 0);
        assert_true(sim_event_count(pairs[1].west, EVENT_DROPPED) +
                        sim_event_count(pairs[1].east, EVENT_DROPPED) >
                    0);
        for (size_t side = 0; side < 2; side++)
            assert_int_equal(sim_statistics(side ? pairs[0].west : pairs[0].east).tx_datagrams,
                             sim_statistics(side ? pairs[1].west : pairs[1].east).tx_datagrams);
        pair_free(&pairs[0]);
        pair_free(&pairs[1]);
    }
}

/* The same seed over memory that holds something else gives the same octets: none of them was
 * left over from before. */
static void sec_148_no_octet_of_old_memory_leaves(void **state)
{
    struct pair_options options = {.crypto = *state, .properties = "encr_algs aes-gcm16(256)"};
    struct capture captures[2];

    for (size_t i = 0; i < 2; i++) {
        (void)mallopt(M_PERTURB, i ? 0x5a : 0xa5); /* a sanitizer has its own filling */
        captures[i] = capture_negotiation(9, &options);
    }
    (void)mallopt(M_PERTURB, 0);
    assert_int_equal(captures[0].count, captures[1].count);
    for (size_t i = 0; i < captures[0].count; i++)
        test_view_equal("datagram", captured_view(&captures[1].items[i]),
                        captured_view(&captures[0].items[i]));
    capture_clear(&captures[0]);
    capture_clear(&captures[1]);
}

/* Fails when a line of the host shows eight octets or more of a secret, as they are or in hex. */
static void check_lines(const struct sim_host *host, const char *name, struct view secret)
{
    char hex[17];
    const char *line;

    assert_true(secret.bytes >= 8);
    for (size_t from = 0; from + 8 <= secret.bytes; from += 8) {
        for (size_t i = 0; i < 8; i++)
            snprintf(hex + 2 * i, 3, "%02x", secret.data[from + i]);
        for (size_t i = 0; (line = sim_event_at(host, i)) != NULL; i++) {
            if (strcasestr(line, hex) || memmem(line, strlen(line), secret.data + from, 8))
                fail_msg("%s in: %s", name, line);
        }
    }
}

static void check_secrets_in_lines(struct pair *pair, const struct sim_host *host)
{
    struct bytes key = test_hex(PAIR_KEY);
    struct insider insider;

    check_lines(host, "pre-shared key", bytes_view(&key));
    bytes_clear(&key);
    if (sim_ike_sa_count(pair->west) == 0)
        return;
    assert_int_equal(insider_init(&insider, pair->west), STATUS_OK);
    check_lines(host, "phase 1 key", secret_view(&insider.cipher_key));
    check_lines(host, "SKEYID_a", secret_view(&insider.skeyid_a));
    insider_clear(&insider);
    for (size_t k = 0; k < 2; k++) {
        const struct sim_sa *sa = sim_sa_at(host, k ? SA_OUTBOUND : SA_INBOUND, 0);
        check_lines(host, "ESP key", secret_view(&sa->cipher_key));
        check_lines(host, "ESP integrity key", secret_view(&sa->integrity_key));
    }
}

/* Negotiation, rekey, and a failure, with every category of lines. */
static void sec_149_no_line_shows_a_key(void **state)
{
    struct pair_options options = {.crypto = *state, .debug = CATEGORY_ALL};
    struct pair pair = pair_established(1, &options);

    sim_expire(pair.east, SA_OUTBOUND, sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 5000);
    check_secrets_in_lines(&pair, pair.east);
    check_secrets_in_lines(&pair, pair.west);
    assert_true(sim_event_count(pair.east, EVENT_CHILD_ESTABLISHED) == 2);
    pair_free(&pair);

    options.east_key = "00" PAIR_KEY;
    pair = pair_new(1, &options);
    pair_start(&pair, 60000);
    assert_int_equal(sim_ike_sa_count(pair.west), 0);
    assert_true(sim_event_count(pair.west, EVENT_MAIN_MODE_KEY_DIFFERS) > 0);
    check_secrets_in_lines(&pair, pair.east);
    check_secrets_in_lines(&pair, pair.west);
    pair_free(&pair);
}

/* The NAT-OA payloads of a Quick Mode message: initiator's address, responder's. */
static void check_originals(const struct pair *pair, struct view octets, struct view iv,
                            const struct insider *insider)
{
    const struct address *wanted[] = {sim_host_address(pair->east), sim_host_address(pair->west)};
    uint8_t plain[4096];
    struct payload_chain chain;
    size_t bytes = 0;

    assert_true(octets.bytes <= sizeof plain);
    assert_int_equal(insider_open(insider, octets, iv, plain, &bytes), STATUS_OK);
    assert_int_equal(chain_decode(PAYLOAD_HASH, view_of(plain, bytes), ISAKMP_HEADER_BYTES,
                                  CHAIN_TAIL_PADDING, &chain, NULL),
                     STATUS_OK);
    assert_int_equal(chain_count(&chain, PAYLOAD_NAT_OA), 2);
    for (size_t i = 0; i < 2; i++) {
        struct address address;
        assert_int_equal(nat_original_decode(chain_find(&chain, PAYLOAD_NAT_OA, i), &address, NULL),
                         STATUS_OK);
        assert_true(address_equal(&address, wanted[i]));
    }
}

/* Both ways: checksums were made over addresses that a NAT changes. RFC 3947 section 5.2 */
static void v1_79_transport_mode_in_udp_says_the_original_addresses(void **state)
{
    struct pair_options options = {.crypto = *state, .nat_traversal = NAT_FORCE};
    struct capture capture = capture_negotiation(1, &options);
    struct pair pair = pair_established(1, &options); /* the same seed: the same keys */
    struct view offer = captured_view(&capture.items[6]);
    struct insider insider;

    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    check_originals(&pair, offer, view_of(NULL, 0), &insider);
    check_originals(&pair, captured_view(&capture.items[7]), offer, &insider);
    insider_clear(&insider);
    pair_free(&pair);
    capture_clear(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_087_and_v1_83_a_repeated_message_gets_the_same_octets_five_times),
        cmocka_unit_test(sec_011_the_last_message_of_an_exchange_gets_no_answer),
        cmocka_unit_test(sec_087_an_altered_repeat_gets_no_answer),
        cmocka_unit_test(sec_062_every_forged_octet_of_a_question_meets_the_same_silence),
        cmocka_unit_test(sec_027_another_doi_or_situation_gets_its_notify_and_no_state),
        cmocka_unit_test(sec_037_the_outcome_is_the_same_at_every_log_level),
        cmocka_unit_test(v1_79_transport_mode_in_udp_says_the_original_addresses),
        cmocka_unit_test(sec_148_no_octet_of_old_memory_leaves),
        cmocka_unit_test(sec_149_no_line_shows_a_key),
    };

    return cmocka_run_group_tests_name("answer", tests, crypto_setup, crypto_teardown);
}
