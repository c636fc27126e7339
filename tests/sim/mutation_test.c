#include "capture.h"
#include "heap.h"
#include "sim/random.h"
#include "wire/message.h"

/*
 * Every message of a negotiation, altered in every way, before the genuine one of the same run and
 * against an established SA. What no grammar allows, and what is altered inside encryption, is as
 * if it had never come. Messages 1 to 4 of Main Mode are not authenticated: whoever alters them on
 * the way can spoil that one negotiation, never more.
 */
#define CLEAR_MESSAGES 4u
#define CALL_MOST_BYTES                                                                            \
    131072u /* what one datagram may make an engine take, besides 2 x its size */

static void inject_flips(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    assert_true(bytes <= sizeof copy);
    memcpy(copy, genuine->octets_own.data_own, bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        captured_send(sim, genuine, view_of(copy, bytes));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        attack->injected++;
    }
}

static void inject_truncations(struct attack *attack, struct sim *sim,
                               const struct captured *genuine)
{
    for (size_t bytes = 0; bytes < genuine->octets_own.bytes; bytes++) {
        captured_send(sim, genuine, view_of(genuine->octets_own.data_own, bytes));
        attack->injected++;
    }
}

static const uint16_t lengths[] = {0, 1, 0x7fff, 0xffff};

static void inject_length_at(struct attack *attack, struct sim *sim, const struct captured *genuine,
                             size_t offset)
{
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        memcpy(copy, genuine->octets_own.data_own, bytes);
        copy[offset] = (uint8_t)(lengths[i] >> 8);
        copy[offset + 1] = (uint8_t)lengths[i];
        captured_send(sim, genuine, view_of(copy, bytes));
        attack->injected++;
    }
}

/* Each length at each place, whatever stands there. */
static void inject_lengths_everywhere(struct attack *attack, struct sim *sim,
                                      const struct captured *genuine)
{
    for (size_t offset = 0; offset + 2 <= genuine->octets_own.bytes; offset++)
        inject_length_at(attack, sim, genuine, offset);
}

/* Where lengths really stand: header, payloads, and within SA its proposal and transforms. */
static void inject_lengths(struct attack *attack, struct sim *sim, const struct captured *genuine)
{
    struct message message;

    inject_length_at(attack, sim, genuine, 24);
    inject_length_at(attack, sim, genuine, 26);
    assert_int_equal(message_decode(captured_view(genuine), &message, NULL), STATUS_OK);
    for (size_t i = 0; i < message.chain.count; i++) {
        const struct payload *payload = &message.chain.payloads[i];
        inject_length_at(attack, sim, genuine, payload->offset + 2);
        if (payload->type == PAYLOAD_SA) {
            size_t proposal = payload->offset + GENERIC_HEADER_BYTES + 8;
            size_t transform = proposal + 8;
            inject_length_at(attack, sim, genuine, proposal + 2);
            inject_length_at(attack, sim, genuine, transform + 2);
        }
    }
}

/* All that was sent in the recorded run, earlier and later messages, to both ends. */
static void inject_all_messages(struct attack *attack, struct sim *sim,
                                const struct captured *genuine)
{
    (void)genuine;
    for (size_t i = attack->capture->count; i-- > 0;) {
        const struct captured *captured = &attack->capture->items[i];
        struct captured reflected = *captured;
        reflected.from = captured->to;
        reflected.to = captured->from;
        captured_send(sim, captured, captured_view(captured));
        captured_send(sim, &reflected, captured_view(captured));
        attack->injected += 2;
    }
}

static const struct {
    const char *name;
    void (*inject)(struct attack *attack, struct sim *sim, const struct captured *genuine);
    bool spoils_clear; /* messages 1 to 4 may end this negotiation */
} mutations[] = {
    {"every bit flipped", inject_flips, true},
    {"truncated at every octet", inject_truncations, false},
    {"0, 1, 0x7fff, 0xffff in every length", inject_lengths, false},
    {"0, 1, 0x7fff, 0xffff everywhere", inject_lengths_everywhere, true},
};

static void check_allocation(const char *name, size_t at)
{
    if (heap_most_in_a_call() > CALL_MOST_BYTES)
        fail_msg("%s, message %zu: %llu octets allocated in one call", name, at + 1,
                 (unsigned long long)heap_most_in_a_call());
}

static const struct pair_options *usual(struct pair_options *options, struct crypto *crypto)
{
    *options = (struct pair_options){
        .crypto = crypto,
        .globals = "retry_limit 4\nexpire_timer 60",
        .prepare = heap_watch,
    };
    return options;
}

/* Main Mode with RSA signatures and paths over an intermediate authority. */
static const struct pair_options *usual_signed(struct pair_options *options, struct crypto *crypto)
{
    static const char *const east[] = {"east-rsa+", "middle", "root", NULL};
    static const char *const west[] = {"west-rsa+", "middle", "root", NULL};

    (void)usual(options, crypto);
    options->globals = "retry_limit 4\nexpire_timer 60\nignore_crls\n"
                       "cert_root \"C=EX, O=Entente, CN=root\"";
    options->xform = "auth_method rsa_sig oakley_group 19 auth_alg sha256 encr_alg aes";
    options->rule = "local_id_type ip local_id \"\" remote_id \"\" p2_pfs 0";
    options->east_store = east;
    options->west_store = west;
    return options;
}

/* Main Mode with RSA encryption: one message 3, right or wrong, is all that a responder decrypts
 * (SEC-59), so that an altered one may end the negotiation; what is then sent must not end more. */
static const struct pair_options *usual_encrypted(struct pair_options *options,
                                                  struct crypto *crypto, const char *xform)
{
    static const char *const east[] = {"east-encrypts*", "west-encrypts", "root", NULL};
    static const char *const west[] = {"west-encrypts*", "east-encrypts", "root", NULL};

    (void)usual_signed(options, crypto);
    options->xform = xform;
    options->east_store = east;
    options->west_store = west;
    return options;
}

/* Whether an altered message before the genuine one, of number `at` from 0, may end what it is
 * about: where nothing proves yet who sent it. */
static bool may_spoil(const struct pair_options *options, size_t mutation, size_t at)
{
    bool is_encrypted = options->xform && strstr(options->xform, "rsa_encrypt");

    return at < CLEAR_MESSAGES && (mutations[mutation].spoils_clear || (is_encrypted && at >= 2));
}

static void altered_before_genuine(const struct pair_options *options)
{
    struct capture capture = capture_negotiation(7, options);

    for (size_t m = 0; m < COUNT(mutations); m++) {
        for (size_t at = 0; at < 9; at++) {
            struct attack attack = {.at = at, .inject = mutations[m].inject};
            struct pair pair;
            if (at >= CLEAR_MESSAGES && mutations[m].inject == inject_lengths)
                continue; /* they stand inside the encryption */
            heap_reset();
            pair = pair_new(7, options);
            sim_set_tap(pair.sim, attack_tap, &attack);
            pair_start(&pair, 5000);
            sim_set_tap(pair.sim, NULL, NULL);
            assert_true(attack.injected > 0);
            check_allocation(mutations[m].name, at);
            if (!may_spoil(options, m, at) && sim_child_count(pair.east) != 1)
                fail_msg("%s, message %zu: the genuine one was not heard", mutations[m].name,
                         at + 1);
            pair_check_recovers(&pair);
            pair_free(&pair);
            if (heap_bytes() != 0)
                fail_msg("%s, message %zu: %lld octets are left", mutations[m].name, at + 1,
                         (long long)heap_bytes());
        }
    }
    capture_clear(&capture);
}

static void altered_messages_come_before_the_genuine_one(void **state)
{
    struct pair_options options;

    altered_before_genuine(usual(&options, *state));
}

/* SIG, CERT and ID among them: they stand inside the encryption, where a flipped bit garbles one
 * block and flips one bit of the next. */
static void altered_messages_come_before_the_genuine_one_with_signatures(void **state)
{
    struct pair_options options;

    altered_before_genuine(usual_signed(&options, *state));
}

static void altered_messages_come_before_the_genuine_one_with_encryption(void **state)
{
    struct pair_options options;

    altered_before_genuine(usual_encrypted(
        &options, *state, "auth_method rsa_encrypt oakley_group 19 auth_alg sha256 encr_alg aes"));
    altered_before_genuine(
        usual_encrypted(&options, *state,
                        "auth_method rsa_encrypt_revised oakley_group 19 auth_alg sha256 "
                        "encr_alg aes"));
}

/* The last octets are of SIG: every other payload stays whole. */
static void inject_flips_in_signature(struct attack *attack, struct sim *sim,
                                      const struct captured *genuine)
{
    uint8_t copy[4096];
    size_t bytes = genuine->octets_own.bytes;

    memcpy(copy, genuine->octets_own.data_own, bytes);
    for (size_t bit = 8 * (bytes - 200); bit < 8 * bytes; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        captured_send(sim, genuine, view_of(copy, bytes));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        attack->injected++;
    }
}

/* Sixteen hundred altered messages 5 at once, and few of them are verified; the
 * genuine one, which is not heard among them, comes through by its repeat. */
static void sec_122_signatures_are_verified_a_few_a_second(void **state)
{
    struct pair_options options;
    struct attack attack = {.at = 4, .inject = inject_flips_in_signature};
    struct pair pair = attacked_pair(7, usual_signed(&options, *state), &attack, 5000);

    assert_int_equal(attack.injected, 1600);
    assert_true(sim_statistics(pair.west).rx_drop[DROP_BUDGET] > 1500);
    assert_int_equal(sim_child_count(pair.east), 1);
    pair_check_recovers(&pair);
    pair_free(&pair);
}

/* Another offer than the initiator's reaches the responder: HASH_I covers it. RFC 2409 section 5 */
static enum sim_verdict alter_offer(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct message message;

    (void)arg;
    (void)sim;
    if (datagram->number > 0 && datagram->octets[16] != PAYLOAD_SA)
        return SIM_PASS;
    if (message_decode(view_of(datagram->octets, datagram->bytes), &message, NULL) != STATUS_OK ||
        message.header.responder_cookie[0] != 0)
        return SIM_PASS; /* message 2 */
    const struct payload *sa = chain_find(&message.chain, PAYLOAD_SA, 0);
    datagram->octets[sa->offset + sa->whole.bytes - 1] ^= 1; /* its lifetime, by one second */
    return SIM_PASS;
}

static void an_offer_altered_on_the_way_establishes_nothing(void **state)
{
    struct pair_options options;
    struct pair pair = pair_new(7, usual(&options, *state));

    sim_set_tap(pair.sim, alter_offer, NULL);
    pair_start(&pair, 5000);
    assert_int_equal(sim_ike_sa_count(pair.east), 0);
    assert_int_equal(sim_ike_sa_count(pair.west), 0);
    host_check_line(pair.west, EVENT_MAIN_MODE_HASH_WRONG, "authentication hash is wrong");
    sim_set_tap(pair.sim, NULL, NULL);
    pair_check_recovers(&pair);
    pair_free(&pair);
}

static void replayed_and_early_messages_harm_nothing(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(7, usual(&options, *state));

    for (size_t at = 0; at < 9; at++) {
        struct attack attack = {.at = at, .inject = inject_all_messages, .capture = &capture};
        struct pair pair = attacked_pair(7, &options, &attack, 5000);
        if (sim_child_count(pair.east) != 1 || sim_child_count(pair.west) != 1)
            fail_msg("message %zu: not established", at + 1);
        pair_check_recovers(&pair);
        pair_free(&pair);
    }
    capture_clear(&capture);
}

/* The same seed: cookies and keys are those of the captured negotiation. */
static void altered_messages_do_nothing_to_an_established_sa(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(7, usual(&options, *state));
    struct pair pair = pair_established(7, &options);
    uint8_t east_before[32], west_before[32], after[32];

    heap_reset();
    sim_run(pair.sim, 70000); /* finished exchanges are forgotten but for their ids */
    sim_status_digest(pair.east, east_before);
    sim_status_digest(pair.west, west_before);
    for (size_t m = 0; m < COUNT(mutations); m++) {
        for (size_t at = 1; at < 9; at++) { /* message 1 rightly begins something new */
            struct attack attack = {.at = at};
            if (mutations[m].inject == inject_lengths)
                continue; /* among "everywhere" */
            mutations[m].inject(&attack, pair.sim, &capture.items[at]);
            sim_run(pair.sim, 1000);
            check_allocation(mutations[m].name, at);
            sim_status_digest(pair.east, after);
            if (memcmp(after, east_before, sizeof after) != 0)
                fail_msg("%s, message %zu: east is not as before", mutations[m].name, at + 1);
            sim_status_digest(pair.west, after);
            if (memcmp(after, west_before, sizeof after) != 0)
                fail_msg("%s, message %zu: west is not as before", mutations[m].name, at + 1);
        }
    }
    sim_expire(pair.east, SA_OUTBOUND, sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 60000);
    assert_int_equal(sim_sa_total(pair.east), 4); /* it still rekeys */
    pair_check_children(&pair, 1);
    pair_free(&pair);
    capture_clear(&capture);
}

/* Replayed again and again, in every order, against the SAs that they made (SEC-76). */
static void sec_076_replays_in_any_order_do_nothing(void **state)
{
    struct pair_options options;
    struct capture capture = capture_negotiation(7, usual(&options, *state));
    struct pair pair = pair_established(7, &options);
    struct sim_random dice;
    uint8_t before[32], after[32];

    sim_random_init(&dice, 99);
    sim_set_plain(pair.sim);
    sim_status_digest(pair.west, before);
    for (size_t i = 0; i < scaled(10000); i++) {
        const struct captured *captured =
            &capture.items[1 + sim_random_below(&dice, capture.count - 1)];
        captured_send(pair.sim, captured, captured_view(captured));
        if (sim_random_chance(&dice, 100))
            sim_run(pair.sim, sim_random_below(&dice, 300));
    }
    sim_run(pair.sim, 5000);
    sim_status_digest(pair.west, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(sim_sa_total(pair.west), 2);
    assert_int_equal(sim_child_count(pair.east), 1);
    pair_free(&pair);
    capture_clear(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(altered_messages_come_before_the_genuine_one),
        cmocka_unit_test(altered_messages_come_before_the_genuine_one_with_signatures),
        cmocka_unit_test(altered_messages_come_before_the_genuine_one_with_encryption),
        cmocka_unit_test(sec_122_signatures_are_verified_a_few_a_second),
        cmocka_unit_test(an_offer_altered_on_the_way_establishes_nothing),
        cmocka_unit_test(replayed_and_early_messages_harm_nothing),
        cmocka_unit_test(altered_messages_do_nothing_to_an_established_sa),
        cmocka_unit_test(sec_076_replays_in_any_order_do_nothing),
    };

    return cmocka_run_group_tests_name("mutation", tests, crypto_setup, crypto_teardown);
}
