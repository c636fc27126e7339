#include <stdlib.h>

#include <openssl/bn.h>

#include "capture.h"
#include "crypto/rsa.h"
#include "pki/certificate.h"
#include "sim/random.h"
#include "wire/message.h"

/*
 * What comes back from a responder of RSA encryption that is given bad ciphertexts: the same
 * datagrams, as large, at the same moments, and the same lines but one, as when everything is sound
 * and only the nonce is not the peer's (SEC-56, SEC-57). Whoever sees a difference can decrypt.
 */
#define GLOBALS                                                                                    \
    "retry_limit 4\nretry_timer_max 4\nexpire_timer 60\n"                                          \
    "cert_root \"C=EX, O=Entente, CN=root\"\nignore_crls\n"
#define RULE "local_id_type ip local_id \"\" remote_id \"\" p2_pfs 19"
#define SEED 4711u
#define MESSAGE_3 2u /* its number on the wire */
#define MOST_SEEN 64u

static const char *const east_store[] = {"east-encrypts*", "west-encrypts", "root", NULL};
static const char *const west_store[] = {"west-encrypts*", "east-encrypts", "root", NULL};

static struct pair_options options_of(struct crypto *crypto, const char *method)
{
    static char xform[128];

    (void)snprintf(xform, sizeof xform,
                   "auth_method %s oakley_group 19 auth_alg sha256 encr_alg aes", method);
    return (struct pair_options){
        .crypto = crypto,
        .globals = GLOBALS,
        .xform = xform,
        .rule = RULE,
        .east_store = east_store,
        .west_store = west_store,
    };
}

/* An encryption block: `at`, `value` spoil one octet; the plaintext stands at its end. */
struct forged_block {
    size_t plain_bytes;
    const char *plain; /* NULL: octets that nobody knows */
    size_t at;         /* 0: none is spoilt; else offset + 1 */
    uint8_t value;
    bool is_random; /* the whole ciphertext */
};

struct probe {
    const char *name;
    unsigned payload; /* whose body is replaced */
    struct forged_block block;
    size_t flip; /* instead: flips the last octet but this of the body, from 1 */
};

#define SOUND                                                                                      \
    {                                                                                              \
        .plain_bytes = 32                                                                          \
    }

static const struct probe encrypt_probes[] = {
    {"a nonce that is not the initiator's", PAYLOAD_NONCE, SOUND, 0},
    {"nonce: first octet 1", PAYLOAD_NONCE, {32, NULL, 1, 1, false}, 0},
    {"nonce: block type 1", PAYLOAD_NONCE, {32, NULL, 2, 1, false}, 0},
    {"nonce: block type 0", PAYLOAD_NONCE, {32, NULL, 2, 0, false}, 0},
    {"nonce: no separator", PAYLOAD_NONCE, {32, NULL, 256 - 32, 7, false}, 0},
    {"nonce: seven octets of padding", PAYLOAD_NONCE, {32, NULL, 10, 0, false}, 0},
    {"nonce: empty", PAYLOAD_NONCE, {0, NULL, 0, 0, false}, 0},
    {"nonce: seven octets", PAYLOAD_NONCE, {7, NULL, 0, 0, false}, 0},
    {"nonce: as long as fits", PAYLOAD_NONCE, {245, NULL, 0, 0, false}, 0},
    {"nonce: any ciphertext", PAYLOAD_NONCE, {0, NULL, 0, 0, true}, 0},
    {"ID: the peer's", PAYLOAD_ID, {8, "\1\0\0\0\300\0\2\1", 0, 0, false}, 0},
    {"ID: the peer's, badly padded", PAYLOAD_ID, {8, "\1\0\0\0\300\0\2\1", 2, 1, false}, 0},
    {"ID: the peer's, no separator", PAYLOAD_ID, {8, "\1\0\0\0\300\0\2\1", 256 - 8, 7, false}, 0},
    {"ID: of nobody", PAYLOAD_ID, {8, "\1\0\0\0\300\0\2\143", 0, 0, false}, 0},
    {"ID: our own", PAYLOAD_ID, {8, "\1\0\0\0\300\0\2\2", 0, 0, false}, 0},
    {"ID: of no type", PAYLOAD_ID, {8, "\143\0\0\0abcd", 0, 0, false}, 0},
    {"ID: an address of three octets", PAYLOAD_ID, {7, "\1\0\0\0\300\0\2", 0, 0, false}, 0},
    {"ID: too short for one", PAYLOAD_ID, {3, "\1\0\0", 0, 0, false}, 0},
    {"ID: another port", PAYLOAD_ID, {8, "\1\6\0\31\300\0\2\1", 0, 0, false}, 0},
    {"ID: any ciphertext", PAYLOAD_ID, {0, NULL, 0, 0, true}, 0},
};

static const struct probe revised_probes[] = {
    {"a nonce that is not the initiator's", PAYLOAD_NONCE, SOUND, 0},
    {"nonce: first octet 1", PAYLOAD_NONCE, {32, NULL, 1, 1, false}, 0},
    {"nonce: block type 1", PAYLOAD_NONCE, {32, NULL, 2, 1, false}, 0},
    {"nonce: no separator", PAYLOAD_NONCE, {32, NULL, 256 - 32, 7, false}, 0},
    {"nonce: seven octets of padding", PAYLOAD_NONCE, {32, NULL, 10, 0, false}, 0},
    {"nonce: empty", PAYLOAD_NONCE, {0, NULL, 0, 0, false}, 0},
    {"nonce: seven octets", PAYLOAD_NONCE, {7, NULL, 0, 0, false}, 0},
    {"nonce: as long as fits", PAYLOAD_NONCE, {245, NULL, 0, 0, false}, 0},
    {"nonce: any ciphertext", PAYLOAD_NONCE, {0, NULL, 0, 0, true}, 0},
    {"KE: padding spoilt", PAYLOAD_KE, SOUND, 1},
    {"KE: value spoilt", PAYLOAD_KE, SOUND, 40},
    {"ID: padding spoilt", PAYLOAD_ID, SOUND, 1},
    {"ID: a whole block spoilt", PAYLOAD_ID, SOUND, 16},
};

/* What the responder sent, and when. */
struct seen {
    struct {
        uint64_t at_us;
        struct endpoint from;
        size_t bytes;
    } items[MOST_SEEN];
    size_t count;
};

struct run {
    const struct probe *probe; /* NULL: nothing is changed */
    struct rsa_public key;     /* of the responder */
    struct address responder;
    struct seen seen;
    uint64_t random;
};

static uint8_t draw(struct run *run)
{
    run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint8_t)(run->random >> 56);
}

/* block ^ e mod n: as anybody may compute it. */
static void raise_to_exponent(const struct rsa_public *key, uint8_t *block)
{
    BN_CTX *scratch = BN_CTX_new();
    BIGNUM *modulus = BN_bin2bn(key->modulus, key->modulus_bytes, NULL);
    BIGNUM *number = BN_bin2bn(block, key->modulus_bytes, NULL);
    BIGNUM *exponent = BN_new();

    assert_true(BN_set_word(exponent, key->exponent));
    assert_true(BN_mod_exp(number, number, exponent, modulus, scratch));
    assert_true(BN_bn2binpad(number, block, key->modulus_bytes) == key->modulus_bytes);
    BN_free(modulus);
    BN_free(number);
    BN_free(exponent);
    BN_CTX_free(scratch);
}

static void forge(struct run *run, uint8_t *body)
{
    const struct forged_block *block = &run->probe->block;
    size_t bytes = run->key.modulus_bytes;

    for (size_t i = 0; i < bytes; i++)
        body[i] = (uint8_t)(draw(run) % 255 + 1);
    if (block->is_random) {
        body[0] = 0; /* below the modulus */
        return;
    }
    body[0] = 0;
    body[1] = 2;
    body[bytes - block->plain_bytes - 1] = 0;
    if (block->plain)
        memcpy(body + bytes - block->plain_bytes, block->plain, block->plain_bytes);
    if (block->at)
        body[block->at - 1] = block->value;
    raise_to_exponent(&run->key, body);
}

/* As an attacker goes on, who cannot know the keys. */
static void guess_message_5(struct sim *sim, const struct sim_datagram *answer)
{
    uint8_t guess[ISAKMP_HEADER_BYTES + 64];

    memset(guess, 0x5a, sizeof guess);
    memcpy(guess, answer->octets, ISAKMP_HEADER_BYTES);
    guess[16] = PAYLOAD_HASH;
    guess[19] = ISAKMP_FLAG_ENCRYPTION;
    guess[26] = 0;
    guess[27] = sizeof guess;
    for (unsigned i = 0; i < 3; i++) {
        guess[40] = (uint8_t)i;
        sim_send(sim, &answer->to, &answer->from, answer->is_encapsulated,
                 view_of(guess, sizeof guess));
    }
}

static enum sim_verdict forging_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct run *run = arg;
    struct message message;

    bool is_answer = address_equal(&datagram->from.address, &run->responder);
    if (is_answer && run->seen.count < MOST_SEEN) {
        run->seen.items[run->seen.count].at_us = sim_now_us(sim);
        run->seen.items[run->seen.count].from = datagram->from;
        run->seen.items[run->seen.count].bytes = datagram->bytes;
        run->seen.count++;
    }
    if (!run->probe || datagram->number < MESSAGE_3)
        return SIM_PASS;
    if (is_answer)
        guess_message_5(sim, datagram);
    if (datagram->number != MESSAGE_3) /* from here on the host that asked hears nothing */
        return is_answer ? SIM_DROP : SIM_PASS;
    assert_int_equal(message_decode(view_of(datagram->octets, datagram->bytes), &message, NULL),
                     STATUS_OK);
    const struct payload *payload = chain_find(&message.chain, run->probe->payload, 0);
    uint8_t *body = datagram->octets + (payload->body.data - datagram->octets);
    if (run->probe->flip)
        body[payload->body.bytes - run->probe->flip] ^= 0x40;
    else
        forge(run, body);
    return SIM_PASS;
}

static struct run run_new(const struct probe *probe)
{
    struct bytes der = test_file("pki/west-encrypts.crt");
    struct certificate *certificate = NULL;
    struct run run = {.probe = probe, .random = 1};

    assert_int_equal(certificate_read(bytes_view(&der), &certificate), STATUS_OK);
    assert_int_equal(rsa_public_of(certificate_public_key(certificate), &run.key), STATUS_OK);
    certificate_drop(certificate);
    bytes_clear(&der);
    return run;
}

static struct pair run_pair(struct run *run, const struct pair_options *options)
{
    struct pair pair = pair_new(SEED, options);

    run->responder = *sim_host_address(pair.west);
    sim_set_tap(pair.sim, forging_tap, run);
    pair_start(&pair, 100000);
    sim_set_tap(pair.sim, NULL, NULL);
    if (sim_failure(pair.sim)[0])
        fail_msg("%s: %s", run->probe ? run->probe->name : "-", sim_failure(pair.sim));
    return pair;
}

static void same_on_the_wire(const char *name, const struct seen *seen, const struct seen *wanted)
{
    if (seen->count != wanted->count)
        fail_msg("%s: %zu datagrams, not %zu", name, seen->count, wanted->count);
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->items[i].at_us != wanted->items[i].at_us ||
            seen->items[i].bytes != wanted->items[i].bytes ||
            !endpoint_equal(&seen->items[i].from, &wanted->items[i].from))
            fail_msg("%s: datagram %zu has %zu octets at %llu us, not %zu at %llu", name, i,
                     seen->items[i].bytes, (unsigned long long)seen->items[i].at_us,
                     wanted->items[i].bytes, (unsigned long long)wanted->items[i].at_us);
    }
}

/* The next line of a host that does not tell of a doomed negotiation. */
static const char *next_line(struct sim_host *host, size_t *at)
{
    const char *line;

    while ((line = sim_event_at(host, (*at)++)) != NULL) {
        if (!strstr(line, "ikecert certdb -a"))
            return line;
    }
    return NULL;
}

static void same_lines(const char *name, struct sim_host *host, struct sim_host *wanted)
{
    size_t at = 0, wanted_at = 0;

    for (;;) {
        const char *line = next_line(host, &at), *wanted_line = next_line(wanted, &wanted_at);
        if (!line && !wanted_line)
            return;
        if (!line || !wanted_line || strcmp(line, wanted_line) != 0)
            fail_msg("%s: '%s', not '%s'", name, line ? line : "", wanted_line ? wanted_line : "");
    }
}

static void probe_all(struct crypto *crypto, const char *method, const struct probe *probes,
                      size_t count)
{
    struct pair_options options = options_of(crypto, method);
    struct run reference = run_new(&probes[0]);
    struct pair wanted = run_pair(&reference, &options);

    assert_int_equal(sim_child_count(wanted.east), 0);
    assert_int_equal(reference.seen.count, 2); /* messages 2 and 4, and no more */
    assert_true(sim_event_count(wanted.west, EVENT_MAIN_MODE_KEY_DIFFERS) == 1);
    for (size_t i = 1; i < count; i++) {
        struct run run = run_new(&probes[i]);
        struct pair pair = run_pair(&run, &options);
        assert_int_equal(sim_child_count(pair.east), 0);
        same_on_the_wire(probes[i].name, &run.seen, &reference.seen);
        same_lines(probes[i].name, pair.west, wanted.west);
        pair_check_replay(&pair, crypto);
        pair_free(&pair);
    }
    pair_free(&wanted);
}

static void sec_56_and_v1_51_bad_ciphertexts_of_method_4_look_alike(void **state)
{
    probe_all(*state, "rsa_encrypt", encrypt_probes, COUNT(encrypt_probes));
}

static void sec_57_bad_ciphertexts_of_method_5_look_alike(void **state)
{
    probe_all(*state, "rsa_encrypt_revised", revised_probes, COUNT(revised_probes));
}

/* The control: unchanged it makes an SA, and the test would see another answer. */
static void what_is_not_forged_makes_an_sa(void **state)
{
    struct pair_options options = options_of(*state, "rsa_encrypt");
    struct run sound = run_new(NULL), spoilt = run_new(&encrypt_probes[0]);
    struct pair one = run_pair(&sound, &options), two = run_pair(&spoilt, &options);

    assert_int_equal(sim_child_count(one.east), 1);
    assert_int_equal(sim_child_count(two.east), 0);
    assert_int_not_equal(sound.seen.count, spoilt.seen.count);
    pair_free(&one);
    pair_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_56_and_v1_51_bad_ciphertexts_of_method_4_look_alike),
        cmocka_unit_test(sec_57_bad_ciphertexts_of_method_5_look_alike),
        cmocka_unit_test(what_is_not_forged_makes_an_sa),
    };
    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
