#include "forgery.h"

/* Hostile offers of a proven peer: what is installed is the policy entry's, or nothing is. */

#define BUNDLE "auth_algs sha512 encr_algs aes(128) encr_auth_algs sha1"
#define BUNDLE_OR_ESP BUNDLE " } or ipsec { encr_algs aes-gcm(256)"

/* The decrypted payloads after HASH of the Quick Mode message 1 that a pair begins with. */
struct offer {
    uint8_t chain[2048];
    size_t bytes;
    size_t sa_bytes; /* of the SA's body, which stands first */
};

static struct offer offer_captured(const struct pair_options *options)
{
    struct capture capture = {.count = 0};
    struct pair pair = pair_new(1, options);
    struct offer offer = {.bytes = 0};
    struct insider insider;
    uint8_t plain[4096];
    struct payload_chain chain;
    size_t bytes = 0;

    sim_set_tap(pair.sim, capture_tap, &capture);
    pair_start(&pair, 3000);
    sim_set_tap(pair.sim, NULL, NULL);
    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    assert_int_equal(
        insider_open(&insider, captured_view(&capture.items[6]), (struct view){0}, plain, &bytes),
        STATUS_OK);
    assert_int_equal(chain_decode(PAYLOAD_HASH, view_of(plain, bytes), ISAKMP_HEADER_BYTES,
                                  CHAIN_TAIL_PADDING, &chain, NULL),
                     STATUS_OK);
    const struct payload *last = &chain.payloads[chain.count - 1];
    const uint8_t *first = chain.payloads[1].body.data - GENERIC_HEADER_BYTES;
    assert_int_equal(chain.payloads[1].type, PAYLOAD_SA);
    offer.bytes = (size_t)(last->body.data + last->body.bytes - first);
    offer.sa_bytes = chain.payloads[1].body.bytes;
    assert_true(offer.bytes <= sizeof offer.chain);
    memcpy(offer.chain, first, offer.bytes);
    insider_clear(&insider);
    capture_clear(&capture);
    pair_free(&pair);
    return offer;
}

/* Gives west the offer in a Quick Mode of its own, rightly authenticated. */
static void offer_send(struct pair *pair, const struct insider *insider, const struct offer *offer,
                       uint32_t message_id)
{
    uint8_t sealed[4096];
    size_t bytes = 0;
    struct insider_message message = {
        .exchange = EXCHANGE_QUICK,
        .message_id = message_id,
        .first_payload = PAYLOAD_SA,
        .chain = view_of(offer->chain, offer->bytes),
        .hash = INSIDER_HASH_RIGHT,
    };
    struct endpoint from = endpoint_of(pair->east), to = endpoint_of(pair->west);

    assert_int_equal(insider_seal(insider, &message, sealed, sizeof sealed, &bytes), STATUS_OK);
    sim_deliver(pair->sim, &from, &to, false, view_of(sealed, bytes));
}

static bool is_row(const struct transform *row, const char *name)
{
    return name ? row && strcmp(row->name, name) == 0 : !row;
}

/* Exactly one of the entry's alternatives. */
static bool is_entrys(const struct ask_sa_add *ask)
{
    bool is_bundle = ask->ah_spi != 0 && is_row(ask->ah_integrity, "hmac-sha512") &&
                     is_row(ask->cipher, "aes-cbc") && ask->cipher_bits == 128 &&
                     is_row(ask->integrity, "hmac-sha1");
    bool is_esp = ask->ah_spi == 0 && is_row(ask->ah_integrity, NULL) &&
                  is_row(ask->cipher, "aes-gcm") && ask->cipher_bits == 256 &&
                  is_row(ask->integrity, NULL);

    return ask->protocol == IPSEC_PROTOCOL_ESP && ask->mode == CHILD_TRANSPORT && !ask->is_esn &&
           (is_bundle || is_esp);
}

/* The inbound SAs of west that came since; each must be the entry's. Returns how many. */
static size_t check_new(const struct pair *pair, uint64_t since, const char *what, size_t which)
{
    const struct sim_sa *sa;
    size_t count = 0;

    for (size_t i = 0; (sa = sim_sa_at(pair->west, SA_INBOUND, i)); i++) {
        if (sa->number < since)
            continue;
        count++;
        if (!is_entrys(&sa->ask))
            fail_msg("%s %zu: something else is installed", what, which);
    }
    return count;
}

static void every_flipped_bit_of_an_offer_gets_what_the_entry_says_or_nothing(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .properties = BUNDLE_OR_ESP,
        .rule = "p2_pfs 0",
    };
    struct offer offer = offer_captured(&options);
    struct pair pair = pair_new(2, &options);
    struct insider insider;
    size_t made = 0;

    pair_start(&pair, 3000);
    sim_set_plain(pair.sim);
    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    for (size_t bit = 0; bit < 8 * offer.sa_bytes; bit++) {
        uint64_t since = sim_sa_total(pair.west);
        size_t before = sim_statistics(pair.west).quick_mode_failed;
        size_t count;

        offer.chain[GENERIC_HEADER_BYTES + bit / 8] ^= (uint8_t)(1u << bit % 8);
        offer_send(&pair, &insider, &offer, 0x1000 + (uint32_t)bit);
        sim_run(pair.sim, 100);
        offer.chain[GENERIC_HEADER_BYTES + bit / 8] ^= (uint8_t)(1u << bit % 8);
        count = check_new(&pair, since, "bit", bit);
        made += count;
        assert_true(count == 1 || sim_statistics(pair.west).quick_mode_failed > before);
        assert_true(count <= 1);
        sim_run(pair.sim, 1000);
    }
    print_message("# %zu bits, %zu negotiated all the same\n", 8 * offer.sa_bytes, made);
    assert_true(made > 100);   /* SPIs, lifetimes, numbers */
    sim_run(pair.sim, 600000); /* none of them sends message 3 */
    assert_int_equal(sim_child_count(pair.west), 1);
    assert_int_equal(sim_sa_count(pair.west, SA_INBOUND, 0), 1);
    assert_true(sim_traffic(pair.east, pair.reqid, 1));
    insider_clear(&insider);
    pair_free(&pair);
}

static void an_offer_cut_at_any_octet_is_refused(void **state)
{
    struct pair_options options = {.crypto = *state, .properties = BUNDLE, .rule = "p2_pfs 0"};
    struct offer whole = offer_captured(&options);
    struct pair pair = pair_new(2, &options);
    struct insider insider;

    pair_start(&pair, 3000);
    sim_set_plain(pair.sim);
    assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
    for (size_t cut = 1; cut < whole.sa_bytes; cut++) {
        struct offer offer = whole;
        uint64_t since = sim_sa_total(pair.west);
        size_t body = whole.sa_bytes - cut, after = GENERIC_HEADER_BYTES + whole.sa_bytes;
        size_t length = body + GENERIC_HEADER_BYTES;

        offer.chain[2] = (uint8_t)(length >> 8);
        offer.chain[3] = (uint8_t)length;
        memmove(offer.chain + length, whole.chain + after, whole.bytes - after);
        offer.bytes = whole.bytes - cut;
        offer_send(&pair, &insider, &offer, 0x1000 + (uint32_t)cut);
        sim_run(pair.sim, 1100);
        assert_int_equal(check_new(&pair, since, "cut", cut), 0);
    }
    assert_int_equal(sim_child_count(pair.west), 1);
    insider_clear(&insider);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_of_an_offer_gets_what_the_entry_says_or_nothing),
        cmocka_unit_test(an_offer_cut_at_any_octet_is_refused),
    };

    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
