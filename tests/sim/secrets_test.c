#include "heap.h"
#include "pair.h"
#include "sim/recording.h"

/*
 * SEC-146, V1-35: after an SA has ended the memory of the process holds none of its secrets. The
 * test reads all of its own writable memory; that the search works is shown by finding the keys of
 * an SA that lives.
 */
#define SECRETS_MOST 64u

struct secrets {
    struct masked items[SECRETS_MOST];
    const char *names[SECRETS_MOST];
    size_t count;
};

static void secrets_add(struct secrets *secrets, const char *name, struct view octets)
{
    if (octets.bytes < 8 || octets.bytes > sizeof secrets->items[0].octets ||
        secrets->count == SECRETS_MOST)
        return;
    secrets->names[secrets->count] = name;
    secrets->items[secrets->count++] = heap_mask(octets);
}

static bool take_ike_keys(void *arg, const void *record)
{
    const struct ike_sa_record *sa = record;

    secrets_add(arg, "SKEYID_d", sa->skeyid_d_view);
    secrets_add(arg, "SKEYID_a", sa->skeyid_a_view);
    secrets_add(arg, "SKEYID_e", sa->skeyid_e_view);
    secrets_add(arg, "phase 1 cipher key", sa->cipher_key_view);
    return true;
}

static void take_child_keys(struct secrets *secrets, const struct sim_host *host)
{
    for (size_t k = 0; k < 2; k++) {
        const struct sim_sa *sa = sim_sa_at(host, k ? SA_OUTBOUND : SA_INBOUND, 0);
        secrets_add(secrets, "ESP cipher key", secret_view(&sa->cipher_key));
        secrets_add(secrets, "integrity key", secret_view(&sa->integrity_key));
        secrets_add(secrets, "key of the AH around it", secret_view(&sa->ah_key));
    }
}

/* Private values are the draws of 32 octets: nonces have other lengths here. */
static void take_private_values(struct secrets *secrets, struct view trace)
{
    enum trace_record kind;
    struct view body;
    struct trace_draw draw;

    while (trace_decode_record(&trace, &kind, &body) == STATUS_OK)
        if (kind == TRACE_RANDOM && trace_draw_decode(body, &draw) == STATUS_OK &&
            draw.octets.bytes == 32)
            secrets_add(secrets, "private value", draw.octets);
}

static size_t found(const struct secrets *secrets, const char *when)
{
    size_t count = 0;

    for (size_t i = 0; i < secrets->count; i++) {
        size_t times = heap_search(&secrets->items[i]);
        if (times && when)
            print_message("# %s: %s number %zu stands %zu times in memory\n", when,
                          secrets->names[i], i, times);
        count += times;
    }
    return count;
}

static struct pair_options *plain_options(struct pair_options *options, struct crypto *crypto)
{
    *options = (struct pair_options){
        .crypto = crypto,
        .globals = "p1_nonce_len 20 p2_nonce_len 24",
    };
    return options;
}

/* The draws of a run with this seed: the same in the run that is not recorded. */
static struct secrets private_values(const struct pair_options *options)
{
    struct secrets secrets = {.count = 0};
    struct pair pair = pair_established(1, options);

    take_private_values(&secrets, sim_host_trace(pair.east));
    take_private_values(&secrets, sim_host_trace(pair.west));
    pair_free(&pair);
    return secrets;
}

static struct pair plain_pair(const struct pair_options *options)
{
    struct pair pair = pair_new(1, options);

    sim_set_plain(pair.sim);
    pair_start(&pair, 5000);
    assert_int_equal(sim_child_count(pair.east), 1);
    return pair;
}

static void sec_146_private_values_are_gone_when_the_handshake_is(void **state)
{
    struct pair_options options;
    struct secrets secrets = private_values(plain_options(&options, *state));
    struct pair pair = plain_pair(&options);

    assert_true(secrets.count >= 4); /* two of Phase 1, two of PFS */
    assert_int_equal(found(&secrets, "established"), 0);
    pair_free(&pair);
}

/* ESP, AH, and both. */
static const char *const child_properties[] = {
    NULL, "auth_algs sha256", "auth_algs sha512 encr_algs aes(256) encr_auth_algs sha256"};

static void keys_are_gone(struct crypto *crypto, const char *properties)
{
    struct pair_options options;
    struct secrets secrets = {.count = 0};

    plain_options(&options, crypto)->properties = properties;
    struct pair pair = plain_pair(&options);

    engine_visit(sim_host_engine(pair.east), RECORD_IKE_SA, take_ike_keys, &secrets);
    take_child_keys(&secrets, pair.east);
    assert_true(secrets.count >= 6);
    for (size_t i = 0; i < secrets.count; i++)
        assert_true(heap_search(&secrets.items[i]) > 0); /* the search works */
    sim_host_shutdown(pair.east);
    sim_run(pair.sim, 3000); /* an SA that the peer deleted lingers 2 s */
    assert_int_equal(sim_ike_sa_count(pair.west), 0);
    assert_int_equal(found(&secrets, "deleted"), 0);
    pair_free(&pair);
}

static void sec_146_keys_are_gone_when_the_sa_is(void **state)
{
    for (size_t i = 0; i < COUNT(child_properties); i++)
        keys_are_gone(*state, child_properties[i]);
}

static void engine_keeps_none(struct crypto *crypto, const char *properties)
{
    struct pair_options options;
    struct secrets secrets = {.count = 0};

    plain_options(&options, crypto)->properties = properties;
    struct pair pair = plain_pair(&options);
    take_child_keys(&secrets, pair.east);
    assert_true(secrets.count >= 2);
    for (size_t i = 0; i < secrets.count; i++)
        /* once in each recording data plane, which is not the engine */
        assert_int_equal(heap_search(&secrets.items[i]), 2);
    pair_free(&pair);
}

/* ESP and AH keys leave the engine with the answer of the data plane. Architecture 3 */
static void sec_146_the_engine_keeps_no_esp_keys(void **state)
{
    for (size_t i = 0; i < COUNT(child_properties); i++)
        engine_keeps_none(*state, child_properties[i]);
}

static void sec_146_a_failed_handshake_leaves_nothing(void **state)
{
    struct pair_options options;
    struct secrets secrets = private_values(plain_options(&options, *state));
    struct pair pair;

    options.east_key = "5d1c0e9a77b3426f8e0d41c6a2f5937b60e8d2149cfb3a5716e4";
    pair = pair_new(1, &options);
    sim_set_plain(pair.sim);
    pair_start(&pair, 700000);
    assert_int_equal(sim_ike_sa_count(pair.east), 0);
    assert_int_equal(sim_statistics(pair.west).half_open, 0);
    assert_int_equal(found(&secrets, "failed"), 0);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_146_private_values_are_gone_when_the_handshake_is),
        cmocka_unit_test(sec_146_keys_are_gone_when_the_sa_is),
        cmocka_unit_test(sec_146_the_engine_keeps_no_esp_keys),
        cmocka_unit_test(sec_146_a_failed_handshake_leaves_nothing),
    };

    return cmocka_run_group_tests_name("secrets", tests, crypto_setup, crypto_teardown);
}
