#include "base/writer.h"
#include "forgery.h"

/* AH, ESP, both as one bundle, and alternatives of them, between two engines. */

#define ESP "encr_algs aes(256) encr_auth_algs sha256 sa shared"
#define AH "auth_algs sha256 sa shared"
#define BUNDLE "auth_algs sha512 encr_algs aes(128) encr_auth_algs sha1 sa shared"
#define OR " } or ipsec { "

/* What both ends must come to: ESP with or without AH around it, or AH alone. */
static const struct {
    const char *name, *east, *west;
    enum ipsec_protocol protocol;
    const char *cipher, *integrity, *ah; /* NULL: none */
} combinations[] = {
    {"ESP", ESP, ESP, IPSEC_PROTOCOL_ESP, "aes-cbc", "hmac-sha256", NULL},
    {"AH, SHA-256", AH, AH, IPSEC_PROTOCOL_AH, NULL, "hmac-sha256", NULL},
    {"AH, MD5", "auth_algs md5", "auth_algs md5", IPSEC_PROTOCOL_AH, NULL, "hmac-md5", NULL},
    {"AH, SHA-1", "auth_algs sha1", "auth_algs any", IPSEC_PROTOCOL_AH, NULL, "hmac-sha1", NULL},
    {"AH, any", "auth_algs any", "auth_algs any", IPSEC_PROTOCOL_AH, NULL, "hmac-sha512", NULL},
    {"ESP and AH", BUNDLE, BUNDLE, IPSEC_PROTOCOL_ESP, "aes-cbc", "hmac-sha1", "hmac-sha512"},
    {"the guide's first recipe", "auth_algs any encr_algs any sa shared",
     "auth_algs any encr_algs any sa shared", IPSEC_PROTOCOL_ESP, "aes-gcm", NULL, "hmac-sha512"},
    {"a combined mode inside AH", "auth_algs sha1 encr_algs aes-gcm(128)",
     "auth_algs any encr_algs any", IPSEC_PROTOCOL_ESP, "aes-gcm", NULL, "hmac-sha1"},
    {"NULL encryption inside AH", "auth_algs sha384 encr_auth_algs sha1",
     "auth_algs sha384 encr_auth_algs sha1", IPSEC_PROTOCOL_ESP, "null", "hmac-sha1",
     "hmac-sha384"},
    {"ESP or AH with ESP or AH", ESP OR AH, ESP OR AH, IPSEC_PROTOCOL_ESP, "aes-cbc", "hmac-sha256",
     NULL},
    {"AH or ESP, in the initiator's order", AH OR ESP, ESP OR AH, IPSEC_PROTOCOL_AH, NULL,
     "hmac-sha256", NULL},
    {"ESP or AH with AH", ESP OR AH, AH, IPSEC_PROTOCOL_AH, NULL, "hmac-sha256", NULL},
    {"AH with bundle or AH", AH, BUNDLE OR AH, IPSEC_PROTOCOL_AH, NULL, "hmac-sha256", NULL},
    {"bundle or ESP with ESP or AH", BUNDLE OR ESP, ESP OR AH, IPSEC_PROTOCOL_ESP, "aes-cbc",
     "hmac-sha256", NULL},
    {"ESP or AH or bundle with bundle", ESP OR AH OR BUNDLE, BUNDLE, IPSEC_PROTOCOL_ESP, "aes-cbc",
     "hmac-sha1", "hmac-sha512"},
    {"of two bundles the second one",
     "auth_algs sha1 encr_algs aes(256) encr_auth_algs sha1" OR BUNDLE, BUNDLE, IPSEC_PROTOCOL_ESP,
     "aes-cbc", "hmac-sha1", "hmac-sha512"},
};

static bool is_named(const struct transform *row, const char *name)
{
    return name ? row && strcmp(row->name, name) == 0 : !row;
}

static void check_installed(const struct sim_host *host, size_t i)
{
    for (size_t k = 0; k < 2; k++) {
        const struct sim_sa *sa = sim_sa_at(host, k ? SA_OUTBOUND : SA_INBOUND, 0);
        bool is_bundle = combinations[i].ah != NULL;

        assert_non_null(sa);
        if (sa->ask.protocol != combinations[i].protocol ||
            !is_named(sa->ask.cipher, combinations[i].cipher) ||
            !is_named(sa->ask.integrity, combinations[i].integrity) ||
            !is_named(sa->ask.ah_integrity, combinations[i].ah))
            fail_msg("%s: something else is installed", combinations[i].name);
        assert_int_equal(sa->ask.ah_spi != 0, is_bundle);
        assert_int_equal(sa->ah_key.used_bytes,
                         is_bundle ? sa->ask.ah_integrity->fixed_key_bytes : 0);
        if (is_bundle) /* each protocol has its own KEYMAT */
            assert_false(secret_equal(secret_view(&sa->ah_key),
                                      sa->integrity_key.used_bytes ? secret_view(&sa->integrity_key)
                                                                   : secret_view(&sa->cipher_key)));
    }
}

static void one_combination(struct crypto *crypto, size_t i, size_t form)
{
    struct pair_options options = {
        .crypto = crypto,
        .rule = form & 1 ? "p2_pfs 19" : "p2_pfs 0",
        .shape = form & 2 ? PAIR_TUNNEL : PAIR_TRANSPORT,
        .family = form & 4 ? ADDRESS_IPV6 : ADDRESS_IPV4,
        .east_properties = combinations[i].east,
        .properties = combinations[i].west,
    };
    struct pair pair = pair_new(100 * i + form, &options);
    const struct sim_sa *old;

    print_message("# %s, form %zu\n", combinations[i].name, form);
    pair_start(&pair, 5000);
    pair_check_children(&pair, 1);
    check_installed(pair.east, i);
    check_installed(pair.west, i);
    assert_true(sim_traffic(pair.east, pair.reqid, 1000));
    assert_true(sim_traffic(pair.west, pair.reqid, 1000));
    /* Rekeyed by its initiator, whose order decides again. */
    old = sim_sa_at(pair.east, SA_OUTBOUND, 0);
    sim_expire(pair.east, SA_OUTBOUND, old->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 60000);
    pair_check_children(&pair, 1);
    assert_int_equal(sim_sa_total(pair.east), 4);
    check_installed(pair.east, i);
    check_installed(pair.west, i);
    pair_check_replay(&pair, crypto);
    pair_free(&pair);
}

static void every_combination_is_negotiated_and_rekeyed(void **state)
{
    for (size_t i = 0; i < COUNT(combinations); i++) {
        for (size_t form = 0; form < 8; form++)
            one_combination(*state, i, form);
    }
}

static void either_end_of_phase_1_makes_and_rekeys_a_bundle(void **state)
{
    struct pair_options options = {.crypto = *state, .properties = BUNDLE};
    struct pair pair = pair_new(1, &options);

    pair_start(&pair, 5000);
    sim_expire(pair.west, SA_OUTBOUND, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi, EXPIRE_HARD);
    sim_run(pair.sim, 2000);
    assert_int_equal(sim_child_count(pair.east), 0);
    assert_int_equal(sim_acquire(pair.sim, pair.west, pair.east), STATUS_OK);
    sim_run(pair.sim, 5000);
    pair_check_children(&pair, 1);
    sim_expire(pair.west, SA_OUTBOUND, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi, EXPIRE_SOFT);
    sim_run(pair.sim, 60000);
    pair_check_children(&pair, 1);
    assert_int_equal(sim_sa_total(pair.west), 6);
    pair_free(&pair);
}

static void bundles_survive_the_loss_of_a_third(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .properties = BUNDLE,
        .rule = "p2_pfs 19 p2_lifetime_secs 120 p2_softlife_secs 60",
    };

    for (uint64_t seed = 1; seed <= scaled(20); seed++) {
        struct pair pair = pair_new(seed, &options);
        sim_set_loss(pair.sim, 333);
        sim_set_duplication(pair.sim, 100);
        pair_start(&pair, 600000);
        sim_set_loss(pair.sim, 0);
        sim_run(pair.sim, 200000);
        pair_check_children(&pair, 1);
        assert_true(sim_traffic(pair.east, pair.reqid, 1));
        pair_free(&pair);
    }
}

/* Half of a bundle protects nothing: whichever SPI the peer deletes, all of the pair ends. */
static void the_delete_of_either_protocol_ends_the_bundle(void **state)
{
    static const struct {
        enum ipsec_protocol protocol;
        enum ipsec_protocol spi_of; /* whose number is in the message */
        bool ends;
    } cases[] = {
        {IPSEC_PROTOCOL_ESP, IPSEC_PROTOCOL_ESP, true},
        {IPSEC_PROTOCOL_AH, IPSEC_PROTOCOL_AH, true},
        {IPSEC_PROTOCOL_ESP, IPSEC_PROTOCOL_AH, false}, /* another SA's number */
        {IPSEC_PROTOCOL_AH, IPSEC_PROTOCOL_ESP, false},
        {IPSEC_PROTOCOL_IPCOMP, IPSEC_PROTOCOL_ESP, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {.crypto = *state, .properties = BUNDLE};
        struct pair pair = pair_established(i + 1, &options);
        const struct ask_sa_add *ask = &sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask;
        struct forged_message forged = {
            .exchange = EXCHANGE_INFORMATIONAL,
            .message_id = 0x1234,
            .hash = INSIDER_HASH_RIGHT,
            .type = PAYLOAD_DELETE,
        };
        uint8_t spi[4];
        struct writer writer = writer_over(spi, sizeof spi);
        struct insider insider;

        writer_u32(&writer, cases[i].spi_of == IPSEC_PROTOCOL_AH ? ask->ah_spi : ask->spi);
        struct bytes delete =
            forged_delete((uint8_t)cases[i].protocol, 4, 1, view_of(spi, sizeof spi));
        forged.body = bytes_view(&delete);
        assert_int_equal(insider_init(&insider, pair.west), STATUS_OK);
        insider_send(&pair, &insider, &forged);
        assert_int_equal(sim_child_count(pair.west), cases[i].ends ? 0 : 1);
        assert_int_equal(sim_sa_count(pair.west, SA_INBOUND, 0), cases[i].ends ? 0 : 1);
        assert_int_equal(sim_sa_count(pair.west, SA_OUTBOUND, 0), cases[i].ends ? 0 : 1);
        bytes_clear(&delete);
        insider_clear(&insider);
        pair_free(&pair);
    }
}

/* Our own Deletes of AH, of ESP and of both reach the peer: it keeps nothing. */
static void what_ends_here_ends_there(void **state)
{
    static const char *const properties[] = {ESP, AH, BUNDLE};

    for (size_t i = 0; i < 2 * COUNT(properties); i++) {
        struct pair_options options = {.crypto = *state, .properties = properties[i / 2]};
        struct pair pair = pair_established(i + 1, &options);
        if (i % 2)
            sim_expire(pair.east, SA_INBOUND, sim_sa_at(pair.east, SA_INBOUND, 0)->ask.spi,
                       EXPIRE_HARD);
        else
            sim_input(pair.east, &(struct input){
                                     .kind = IN_COMMAND,
                                     .command = {.verb = COMMAND_SHUTDOWN},
                                 });
        sim_run(pair.sim, 2000);
        assert_int_equal(sim_child_count(pair.west), 0);
        assert_int_equal(sim_sa_count(pair.west, SA_INBOUND, 0), 0);
        assert_int_equal(sim_sa_count(pair.west, SA_OUTBOUND, 0), 0);
        assert_string_equal(sim_failure(pair.sim), "");
        pair_free(&pair);
    }
}

/* A data plane that cannot do it says so; nothing stays, and nothing less is used in its place. */
static void a_bundle_that_cannot_be_installed_leaves_nothing(void **state)
{
    for (uint32_t nth = 1; nth <= 2; nth++) {
        for (size_t side = 0; side < 2; side++) {
            struct pair_options options = {.crypto = *state, .properties = BUNDLE};
            struct pair pair = pair_new(nth, &options);
            sim_kernel_set_fault(side ? pair.east : pair.west, nth, STATUS_REFUSED);
            pair_start(&pair, 60000);
            assert_string_equal(sim_failure(pair.sim), "");
            assert_int_equal(sim_child_count(pair.east), 0);
            assert_int_equal(sim_sa_count(pair.east, SA_INBOUND, 0), 0);
            assert_int_equal(sim_sa_count(pair.east, SA_OUTBOUND, 0), 0);
            assert_int_equal(sim_sa_count(pair.west, SA_OUTBOUND, 0), 0);
            pair_free(&pair);
        }
    }
}

/* Protocol sets are hit exactly: less is not enough, and more is not what the entry says. */
static void other_protocols_than_the_entrys_are_refused_by_name(void **state)
{
    static const struct {
        const char *east, *west, *line;
    } cases[] = {
        {ESP, BUNDLE, "wants AH and ESP together, peer offers ESP alone; edit that entry"},
        {AH, BUNDLE, "wants AH and ESP together, peer offers AH alone; edit that entry"},
        {BUNDLE, ESP, "wants ESP alone, peer offers AH and ESP together; edit that entry"},
        {AH, ESP, "wants ESP alone, peer offers AH alone; edit that entry"},
        {ESP OR BUNDLE, AH, "wants AH alone, peer offers ESP alone or AH and ESP together; edit"},
        {AH, "auth_algs sha512", "wants AH auth_algs hmac-sha512, peer offers hmac-sha256; edit"},
        {"auth_algs sha1 encr_algs aes(128) encr_auth_algs sha1", BUNDLE,
         "wants AH auth_algs hmac-sha512, peer offers hmac-sha1; edit"},
        {"auth_algs sha512 encr_algs aes(256) encr_auth_algs sha1", BUNDLE,
         "wants encr_algs aes-cbc(128), peer offers aes-cbc(256); edit"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {
            .crypto = *state,
            .east_properties = cases[i].east,
            .properties = cases[i].west,
        };
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 10000);
        host_check_line(pair.west, EVENT_REFUSED, cases[i].line);
        host_check_line(pair.east, EVENT_QUICK_MODE_PEER_REFUSED, "NO-PROPOSAL-CHOSEN");
        assert_int_equal(sim_sa_total(pair.east), 0);
        assert_int_equal(sim_sa_total(pair.west), 0);
        pair_free(&pair);
    }
}

/* Two alternatives of both ends: the halves of two bundles never make a third. */
static void halves_of_two_alternatives_are_not_mixed(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .east_properties = "auth_algs sha1 encr_algs aes(256) encr_auth_algs sha1",
        .properties = "auth_algs sha1 encr_algs aes(128) encr_auth_algs sha1" OR
                      "auth_algs sha256 encr_algs aes(256) encr_auth_algs sha1",
    };
    struct pair pair = pair_new(1, &options);

    pair_start(&pair, 10000);
    assert_int_equal(sim_sa_total(pair.west), 0);
    assert_true(sim_event_count(pair.west, EVENT_REFUSED) > 0);
    pair_free(&pair);
}

/* A NAT changes what AH covers. Where UDP is forced by the data plane alone it is left off. */
static void ah_does_not_go_in_udp(void **state)
{
    static const struct {
        const char *properties;
        bool is_made;
    } cases[] = {{AH, true}, {BUNDLE, true}, {ESP OR AH, true}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {
            .crypto = *state,
            .properties = cases[i].properties,
            .nat_traversal = NAT_FORCE,
        };
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 10000);
        assert_int_equal(sim_child_count(pair.east), cases[i].is_made);
        assert_false(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.path.is_encapsulated);
        pair_check(&pair);
        pair_free(&pair);
    }
}

static void behind_a_nat_ah_is_refused_in_one_line(void **state)
{
    static const char *const properties[] = {AH, BUNDLE};

    for (size_t i = 0; i < COUNT(properties); i++) {
        struct pair_options options = {
            .crypto = *state,
            .properties = properties[i],
            .rule = "p2_pfs 0 nat_traversal force",
        };
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 10000);
        host_check_line(pair.east, EVENT_REFUSED, "wants AH, which no NAT lets pass");
        assert_int_equal(sim_sa_total(pair.east), 0);
        pair_free(&pair);
    }
}

static void an_alternative_of_esp_is_what_remains_behind_a_nat(void **state)
{
    struct pair_options options = {
        .crypto = *state,
        .properties = AH OR ESP,
        .rule = "p2_pfs 0 nat_traversal force",
    };
    struct pair pair = pair_established(1, &options);

    assert_int_equal(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.protocol, IPSEC_PROTOCOL_ESP);
    assert_true(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.path.is_encapsulated);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_is_negotiated_and_rekeyed),
        cmocka_unit_test(either_end_of_phase_1_makes_and_rekeys_a_bundle),
        cmocka_unit_test(bundles_survive_the_loss_of_a_third),
        cmocka_unit_test(the_delete_of_either_protocol_ends_the_bundle),
        cmocka_unit_test(what_ends_here_ends_there),
        cmocka_unit_test(a_bundle_that_cannot_be_installed_leaves_nothing),
        cmocka_unit_test(other_protocols_than_the_entrys_are_refused_by_name),
        cmocka_unit_test(halves_of_two_alternatives_are_not_mixed),
        cmocka_unit_test(ah_does_not_go_in_udp),
        cmocka_unit_test(behind_a_nat_ah_is_refused_in_one_line),
        cmocka_unit_test(an_alternative_of_esp_is_what_remains_behind_a_nat),
    };

    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
