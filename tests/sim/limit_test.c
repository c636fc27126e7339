#include <stdlib.h>

#include "forgery.h"
#include "wire/id.h"

/* What one side may ask of the other is bounded: selectors by what was offered, volume by the
 * cipher. */

/* A message of Quick Mode on its way, with other identities and a right HASH. */
struct swap {
    struct capture capture; /* all that passed */
    struct pair *pair;
    size_t number;         /* of the datagram: 6 and 7 are messages 1 and 2 */
    const char *prefix[2]; /* of IDci and IDcr; NULL: that one is left out */
    bool is_done;
};

static struct address_range range_of(const char *text)
{
    const char *slash = strchr(text, '/');
    char host[ADDRESS_TEXT_BYTES];
    struct address_range range;
    struct address address;

    assert_non_null(slash);
    snprintf(host, sizeof host, "%.*s", (int)(slash - text), text);
    assert_int_equal(address_parse(view_of_text(host), &address), STATUS_OK);
    assert_int_equal(address_range_prefix(&address, (unsigned)atoi(slash + 1), &range), STATUS_OK);
    return range;
}

/* The decrypted payloads of a captured message; `plain` holds them. */
static void open_captured(const struct insider *insider, const struct captured *captured,
                          const struct captured *before, uint8_t plain[4096],
                          struct payload_chain *chain)
{
    struct view iv = before ? captured_view(before) : view_of(NULL, 0);
    size_t bytes = 0;

    assert_true(captured->octets_own.bytes <= 4096);
    assert_int_equal(insider_open(insider, captured_view(captured), iv, plain, &bytes), STATUS_OK);
    assert_int_equal(chain_decode(PAYLOAD_HASH, view_of(plain, bytes), ISAKMP_HEADER_BYTES,
                                  CHAIN_TAIL_PADDING, chain, NULL),
                     STATUS_OK);
}

/* All payloads after HASH, with the identities of the swap in place of those that stand there. */
static struct view swapped_chain(const struct swap *swap, const struct payload_chain *chain,
                                 uint8_t buffer[4096])
{
    struct isakmp_header header = {.version = ISAKMP_VERSION, .exchange = EXCHANGE_QUICK};
    struct message_writer writer = message_begin(buffer, 4096, &header);
    size_t id = 0;
    struct view whole;

    for (size_t i = 1; i < chain->count; i++) {
        const struct payload *payload = &chain->payloads[i];
        if (payload->type != PAYLOAD_ID) {
            payload_put(&writer, payload->type, payload->body);
            continue;
        }
        const char *prefix = swap->prefix[id++];
        if (!prefix)
            continue;
        struct address_range range = range_of(prefix);
        uint8_t storage[ID_ADDRESS_DATA_BYTES];
        struct id_payload identity = id_of_range(&range, 0, 0, storage);
        payload_begin(&writer, PAYLOAD_ID);
        id_encode(&writer.writer, &identity);
        payload_end(&writer);
    }
    assert_int_equal(id, 2);
    whole = message_end(&writer, 1);
    return view_of(whole.data + ISAKMP_HEADER_BYTES, whole.bytes - ISAKMP_HEADER_BYTES);
}

static enum sim_verdict swap_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct swap *swap = arg;
    const struct captured *items = swap->capture.items;
    bool is_answer = swap->number == 7;
    uint8_t first[4096], plain[4096], buffer[4096];
    struct payload_chain offer, chain;
    struct insider insider;

    if (swap->is_done || datagram->number > swap->number)
        return SIM_PASS;
    capture_tap(&swap->capture, sim, datagram);
    if (datagram->number != swap->number)
        return SIM_PASS;
    assert_int_equal(insider_init(&insider, swap->pair->west), STATUS_OK);
    open_captured(&insider, &items[6], NULL, first, &offer);
    if (is_answer)
        open_captured(&insider, &items[7], &items[6], plain, &chain);
    const struct payload_chain *old = is_answer ? &chain : &offer;
    struct message message;
    assert_int_equal(message_decode(captured_view(&items[swap->number]), &message, NULL),
                     STATUS_OK);
    struct insider_message new = {
        .exchange = EXCHANGE_QUICK,
        .message_id = message.header.message_id,
        .first_payload = PAYLOAD_SA,
        .chain = swapped_chain(swap, old, buffer),
        .hash = INSIDER_HASH_RIGHT,
    };
    if (is_answer) {
        new.hash_prefix = chain_find(&offer, PAYLOAD_NONCE, 0)->body;
        new.iv = captured_view(&items[6]);
    }
    assert_int_equal(
        insider_seal(&insider, &new, datagram->octets, SIM_DATAGRAM_MOST_BYTES, &datagram->bytes),
        STATUS_OK);
    insider_clear(&insider);
    swap->is_done = true;
    return SIM_PASS;
}

/* A negotiation in which one message has other identities. */
static struct pair swapped_pair(struct swap *swap, const struct pair_options *options)
{
    struct pair pair = pair_new(1, options);

    swap->pair = &pair;
    sim_set_tap(pair.sim, swap_tap, swap);
    pair_start(&pair, 3000);
    sim_set_tap(pair.sim, NULL, NULL);
    assert_true(swap->is_done);
    assert_string_equal(sim_failure(pair.sim), "");
    capture_clear(&swap->capture);
    swap->pair = NULL;
    return pair;
}

static void v1_60_identities_that_come_back_are_narrower_never_wider(void **state)
{
    static const struct {
        const char *name, *initiator, *responder;
        bool is_taken;
    } cases[] = {
        {"the same", "10.1.0.0/16", "10.2.0.0/16", true},
        {"narrower at the responder", "10.1.0.0/16", "10.2.5.0/24", true},
        {"narrower at both", "10.1.0.7/32", "10.2.5.0/24", true},
        {"wider at the responder", "10.1.0.0/16", "10.2.0.0/15", false},
        {"wider at the initiator", "0.0.0.0/0", "10.2.0.0/16", false},
        {"another network", "10.1.0.0/16", "10.3.0.0/16", false},
        {"the other way round", "10.2.0.0/16", "10.1.0.0/16", false},
    };
    struct pair_options options = {.crypto = *state, .shape = PAIR_TUNNEL};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct swap swap = {.number = 7, .prefix = {cases[i].initiator, cases[i].responder}};
        struct pair pair = swapped_pair(&swap, &options);
        const struct sim_sa *sa = sim_sa_at(pair.east, SA_OUTBOUND, 0);
        struct selector wanted = {
            .local = range_of(cases[i].initiator),
            .remote = range_of(cases[i].responder),
        };
        if (!sa != !cases[i].is_taken || (sa && !selector_equal(&sa->ask.selector, &wanted)))
            fail_msg("%s: %s", cases[i].name, sa ? "other selectors" : "no SA");
        if (!cases[i].is_taken)
            host_check_line(pair.east, EVENT_REFUSED, "identities are not those that we offered");
        pair_free(&pair);
    }
}

static void v1_59_no_identities_are_the_endpoints_and_one_alone_is_refused(void **state)
{
    struct pair_options options = {.crypto = *state};

    for (size_t left_out = 0; left_out < 3; left_out++) {
        struct swap swap = {.number = 6};
        if (left_out == 1)
            swap.prefix[0] = EAST "/32";
        if (left_out == 2)
            swap.prefix[1] = WEST "/32";
        struct pair pair = swapped_pair(&swap, &options);
        const struct sim_sa *sa = sim_sa_at(pair.west, SA_INBOUND, 0);
        struct selector endpoints = {
            .local = address_range_host(sim_host_address(pair.west)),
            .remote = address_range_host(sim_host_address(pair.east)),
        };
        if (left_out == 0) {
            assert_non_null(sa);
            assert_true(selector_equal(&sa->ask.selector, &endpoints));
        } else {
            assert_null(sa);
            assert_true(sim_event_count(pair.west, EVENT_REFUSED) > 0);
        }
        pair_free(&pair);
    }
}

/* Two at once: a peer that keeps few exchanges in mind has room for one of its own. */
struct in_flight {
    uint32_t ids[64]; /* of Quick Modes that east began and did not end */
    size_t count, most, begun;
};

static enum sim_verdict in_flight_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct in_flight *flight = arg;
    struct isakmp_header header;
    size_t i = 0;

    (void)sim;
    assert_int_equal(header_decode(view_of(datagram->octets, datagram->bytes), &header, NULL),
                     STATUS_OK);
    if (header.exchange != EXCHANGE_QUICK || datagram->to.address.octets[3] != 2)
        return SIM_PASS;
    while (i < flight->count && flight->ids[i] != header.message_id)
        i++;
    if (i < flight->count) { /* message 3 */
        flight->ids[i] = flight->ids[--flight->count];
        return SIM_PASS;
    }
    assert_true(flight->count < COUNT(flight->ids));
    flight->ids[flight->count++] = header.message_id;
    flight->begun++;
    if (flight->count > flight->most)
        flight->most = flight->count;
    return SIM_PASS;
}

static void v1_90_two_quick_modes_run_at_once_and_the_rest_waits(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .properties = "encr_algs aes(256) encr_auth_algs sha256 sa unique",
    };
    struct pair pair = pair_new(1, &options);
    struct in_flight flight = {.count = 0};

    sim_set_tap(pair.sim, in_flight_tap, &flight);
    for (uint16_t port = 1; port <= 12; port++) {
        struct selector packet = {
            .local = address_range_host(sim_host_address(pair.east)),
            .remote = address_range_host(sim_host_address(pair.west)),
            .protocol = 17,
            .local_port = port,
            .remote_port = 7,
        };
        assert_int_equal(sim_acquire_packet(pair.east, &packet, sim_host_address(pair.west)),
                         STATUS_OK);
    }
    sim_run(pair.sim, 20000);
    assert_int_equal(flight.begun, 12);
    assert_int_equal(flight.most, 2);
    assert_int_equal(flight.count, 0);
    pair_check_children(&pair, 12);
    pair_free(&pair);
}

/* An SA that cannot note one more message ID takes no message, so no replay either; what is wanted
 * before that goes over a new one. */
static void v1_66_an_isakmp_sa_without_message_ids_left_is_replaced(void **state)
{
    struct pair_options options = {.crypto = *state};
    struct pair pair = pair_established(1, &options);
    uint8_t spi[4];
    struct writer writer = writer_over(spi, sizeof spi);
    struct insider insider;

    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    struct bytes notify = forged_notify(IPSEC_PROTOCOL_ISAKMP, NOTIFY_REPLAY_STATUS,
                                        view_of(insider.cookies, 16), (struct view){0});
    writer_u32(&writer, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi);
    struct bytes delete = forged_delete(IPSEC_PROTOCOL_ESP, 4, 1, view_of(spi, sizeof spi));
    struct forged_message forged = {
        .exchange = EXCHANGE_INFORMATIONAL,
        .hash = INSIDER_HASH_RIGHT,
        .type = PAYLOAD_NOTIFY,
        .body = bytes_view(&notify),
    };
    sim_set_plain(pair.sim);
    for (uint32_t id = 1; id <= 10000; id++) {
        forged.message_id = 0x10000 + id;
        insider_send(&pair, &insider, &forged);
    }
    forged.message_id = 0x90000;
    forged.type = PAYLOAD_DELETE;
    forged.body = bytes_view(&delete); /* it could come again, and not be known */
    insider_send(&pair, &insider, &forged);
    assert_int_equal(sim_child_count(pair.west), 1);
    assert_int_equal(sim_ike_sa_count(pair.west), 1);
    sim_expire(pair.west, SA_OUTBOUND, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 10000);
    assert_int_equal(sim_ike_sa_count(pair.west), 2);
    assert_int_equal(sim_sa_total(pair.west), 4);
    assert_int_equal(sim_child_count(pair.west), 1);
    assert_true(sim_traffic(pair.east, pair.reqid, 1));
    bytes_clear(&delete);
    bytes_clear(&notify);
    insider_clear(&insider);
    pair_free(&pair);
}

/* 2^30 octets where blocks have 64 bits, whatever is configured or offered. */
static void sec_066_a_cipher_of_small_blocks_ends_by_volume(void **state)
{
    static const struct {
        const char *properties;
        uint64_t most_bytes;
    } cases[] = {
        {"encr_algs 3des encr_auth_algs sha1 sa shared", UINT64_C(1) << 30},
        {"encr_algs des encr_auth_algs sha1 sa shared", UINT64_C(1) << 30},
        {"encr_algs blowfish(128) encr_auth_algs sha1 sa shared", UINT64_C(1) << 30},
        {"encr_algs aes(128) encr_auth_algs sha1 sa shared", UINT64_C(1) << 40},
    };

    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct pair_options options = {
            .crypto = *state,
            .properties = cases[i / 2].properties,
            .rule = i % 2 ? "p2_lifetime_kb 4000000000 p2_pfs 19" : "p2_pfs 19",
        };
        struct pair pair = pair_established(1, &options);
        for (size_t k = 0; k < 2; k++) {
            const struct sim_sa *sa = sim_sa_at(k ? pair.east : pair.west, SA_OUTBOUND, 0);
            if (sa->ask.hard_bytes == 0 || sa->ask.hard_bytes > cases[i / 2].most_bytes ||
                sa->ask.soft_bytes == 0 || sa->ask.soft_bytes >= sa->ask.hard_bytes)
                fail_msg("%s: %llu octets, soft %llu", cases[i / 2].properties,
                         (unsigned long long)sa->ask.hard_bytes,
                         (unsigned long long)sa->ask.soft_bytes);
        }
        pair_free(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_60_identities_that_come_back_are_narrower_never_wider),
        cmocka_unit_test(v1_59_no_identities_are_the_endpoints_and_one_alone_is_refused),
        cmocka_unit_test(v1_90_two_quick_modes_run_at_once_and_the_rest_waits),
        cmocka_unit_test(v1_66_an_isakmp_sa_without_message_ids_left_is_replaced),
        cmocka_unit_test(sec_066_a_cipher_of_small_blocks_ends_by_volume),
    };

    return cmocka_run_group_tests_name("limit", tests, crypto_setup, crypto_teardown);
}
