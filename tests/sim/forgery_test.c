#include "forgery.h"

/*
 * Messages of somebody who is not the peer, or who is the peer and means harm: notifies, deletes
 * and INITIAL-CONTACT, in clear, encrypted without proof, and well authenticated.
 */
static struct pair start_with_insider(struct crypto *crypto, struct insider *insider)
{
    struct pair_options options = {.crypto = crypto};
    struct pair pair = pair_established(1, &options);

    assert_int_equal(insider_init(insider, pair.west), STATUS_OK);
    return pair;
}

static void end_with_insider(struct pair *pair, struct insider *insider)
{
    insider_clear(insider);
    pair_free(pair);
}

/* Notify types: all that have a name, the edges of the ranges, and a few of each range between. */
static bool next_type(unsigned *type)
{
    *type += *type < 100 || (*type >= 16380 && *type < 16400) ||
                     (*type >= 24570 && *type < 24590) || (*type >= 36130 && *type < 36145) ||
                     (*type >= 40495 && *type < 40505)
                 ? 1
                 : 1021;
    if (*type > 65535)
        return false;
    return true;
}

static void sec_079_clear_notifies_of_every_type_change_nothing(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    struct endpoint from = endpoint_of(pair.east);
    struct endpoint to = endpoint_of(pair.west);
    uint64_t sent = sim_sent(pair.west);

    for (unsigned type = 0; next_type(&type);) {
        struct bytes body = forged_notify(IPSEC_PROTOCOL_ISAKMP, (uint16_t)type,
                                          view_of(insider.cookies, 16), (struct view){0});
        for (uint32_t id = 0; id < 2; id++) {
            struct bytes message = forged_clear(EXCHANGE_INFORMATIONAL, insider.cookies, id,
                                                PAYLOAD_NOTIFY, bytes_view(&body));
            sim_deliver(pair.sim, &from, &to, false, bytes_view(&message));
            bytes_clear(&message);
        }
        bytes_clear(&body);
    }
    pair_check_kept(&pair, &kept, "clear notifies");
    assert_int_equal(sim_sent(pair.west), sent); /* V1-74, SEC-11 */
    end_with_insider(&pair, &insider);
}

static struct bytes delete_of_all(struct pair *pair, uint8_t protocol)
{
    const struct sim_sa *in = sim_sa_at(pair->west, SA_INBOUND, 0);
    const struct sim_sa *out = sim_sa_at(pair->west, SA_OUTBOUND, 0);
    uint8_t spis[8];
    struct writer writer = writer_over(spis, sizeof spis);

    writer_u32(&writer, in->ask.spi);
    writer_u32(&writer, out->ask.spi);
    return forged_delete(protocol, 4, 2, view_of(spis, sizeof spis));
}

static void sec_079_clear_deletes_change_nothing(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    struct endpoint from = endpoint_of(pair.east);
    struct endpoint to = endpoint_of(pair.west);
    struct bytes bodies[] = {
        delete_of_all(&pair, IPSEC_PROTOCOL_ESP),
        forged_delete(IPSEC_PROTOCOL_ISAKMP, 16, 1, view_of(insider.cookies, 16)),
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        for (uint32_t id = 0; id < 3; id++) {
            struct bytes message = forged_clear(EXCHANGE_INFORMATIONAL, insider.cookies, id,
                                                PAYLOAD_DELETE, bytes_view(&bodies[i]));
            sim_deliver(pair.sim, &from, &to, false, bytes_view(&message));
            bytes_clear(&message);
        }
        bytes_clear(&bodies[i]);
    }
    pair_check_kept(&pair, &kept, "clear deletes");
    end_with_insider(&pair, &insider);
}

/* Valid cipher, wrong or no HASH: decryption alone proves nothing. */
static void sec_064_informationals_without_a_right_hash_are_dropped(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    struct bytes bodies[] = {
        delete_of_all(&pair, IPSEC_PROTOCOL_ESP),
        forged_delete(IPSEC_PROTOCOL_ISAKMP, 16, 1, view_of(insider.cookies, 16)),
    };
    uint64_t drops = sim_statistics(pair.west).rx_drop[DROP_HASH];

    for (size_t i = 0; i < COUNT(bodies); i++) {
        for (uint32_t id = 1; id < 20; id++) {
            insider_send(&pair, &insider,
                         &(struct forged_message){1000 + id, EXCHANGE_INFORMATIONAL,
                                                  INSIDER_HASH_WRONG, PAYLOAD_DELETE,
                                                  bytes_view(&bodies[i])});
            insider_send(&pair, &insider,
                         &(struct forged_message){2000 + id, EXCHANGE_INFORMATIONAL,
                                                  INSIDER_HASH_ABSENT, PAYLOAD_DELETE,
                                                  bytes_view(&bodies[i])});
        }
        bytes_clear(&bodies[i]);
    }
    pair_check_kept(&pair, &kept, "deletes without HASH");
    assert_true(sim_statistics(pair.west).rx_drop[DROP_HASH] >= drops + 38);
    end_with_insider(&pair, &insider);
}

/* A message id of a forged message is not used up: the genuine one with it is still heard. */
static void sec_063_a_forged_message_first_does_not_block_the_genuine_one(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct bytes body = delete_of_all(&pair, IPSEC_PROTOCOL_ESP);

    for (size_t i = 0; i < 10; i++)
        insider_send(&pair, &insider,
                     &(struct forged_message){77, EXCHANGE_INFORMATIONAL, INSIDER_HASH_WRONG,
                                              PAYLOAD_DELETE, bytes_view(&body)});
    assert_int_equal(sim_child_count(pair.west), 1);
    insider_send(&pair, &insider,
                 &(struct forged_message){77, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                          PAYLOAD_DELETE, bytes_view(&body)});
    assert_int_equal(sim_child_count(pair.west), 0);
    bytes_clear(&body);
    end_with_insider(&pair, &insider);
}

/* SEC-29, V1-69: only what is exact, and only SPIs of this peer. */
static void sec_029_deletes_that_lie_change_nothing(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    uint8_t spis[64] = {0};
    struct writer writer = writer_over(spis, sizeof spis);
    uint32_t id = 5000;

    writer_u32(&writer, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi);
    static const struct {
        uint8_t protocol, spi_bytes;
        uint16_t count;
        size_t bytes;
    } lies[] = {
        {IPSEC_PROTOCOL_ESP, 4, 0, 4},
        {IPSEC_PROTOCOL_ESP, 4, 2, 4},
        {IPSEC_PROTOCOL_ESP, 4, 0xffff, 4},
        {IPSEC_PROTOCOL_ESP, 0, 1, 4},
        {IPSEC_PROTOCOL_ESP, 255, 255, 64},
        {IPSEC_PROTOCOL_ESP, 8, 1, 8},
        {IPSEC_PROTOCOL_ESP, 16, 1, 16},
        {IPSEC_PROTOCOL_AH, 4, 1, 4},
        {IPSEC_PROTOCOL_ISAKMP, 4, 1, 4},
        {IPSEC_PROTOCOL_ISAKMP, 16, 1, 16},
        {0, 4, 1, 4},
        {255, 4, 1, 4},
    };
    for (size_t i = 0; i < COUNT(lies); i++) {
        struct bytes body = forged_delete(lies[i].protocol, lies[i].spi_bytes, lies[i].count,
                                          view_of(spis, lies[i].bytes));
        insider_send(&pair, &insider,
                     &(struct forged_message){++id, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                              PAYLOAD_DELETE, bytes_view(&body)});
        bytes_clear(&body);
    }
    for (uint32_t spi = 0; spi < 300; spi++) { /* SPIs that nobody has */
        struct writer other = writer_over(spis, sizeof spis);
        writer_u32(&other, spi * 7919u);
        struct bytes body = forged_delete(IPSEC_PROTOCOL_ESP, 4, 1, view_of(spis, 4));
        insider_send(&pair, &insider,
                     &(struct forged_message){++id, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                              PAYLOAD_DELETE, bytes_view(&body)});
        bytes_clear(&body);
    }
    pair_check_kept(&pair, &kept, "deletes that lie");
    end_with_insider(&pair, &insider);
}

/* V1-70: an ISAKMP SA that is deleted leaves its IPsec SAs. */
static void v1_070_the_delete_of_the_isakmp_sa_leaves_ipsec_sas(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct bytes body = forged_delete(IPSEC_PROTOCOL_ISAKMP, 16, 1, view_of(insider.cookies, 16));

    insider_send(&pair, &insider,
                 &(struct forged_message){9, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                          PAYLOAD_DELETE, bytes_view(&body)});
    assert_int_equal(sim_ike_sa_count(pair.west), 0);
    assert_int_equal(sim_child_count(pair.west), 1);
    assert_true(sim_traffic(pair.east, pair.reqid, 1));
    bytes_clear(&body);
    end_with_insider(&pair, &insider);
}

/* SEC-28: every type, several protocols, SPI sizes that lie; the SA stays and nothing answers. */
static void sec_028_authenticated_notifies_of_every_type_harm_nothing(void **state)
{
    static const uint8_t protocols[] = {0, 1, 2, 3, 4, 255};
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    uint32_t id = 100000;

    for (unsigned type = 0; next_type(&type);) {
        if (type == NOTIFY_RESPONDER_LIFETIME || type == NOTIFY_INITIAL_CONTACT ||
            type == NOTIFY_R_U_THERE)
            continue; /* these have an effect, and tests of their own */
        struct bytes body =
            forged_notify(protocols[type % COUNT(protocols)], (uint16_t)type,
                          view_of(insider.cookies, type % 17), view_of(insider.cookies, type % 9));
        insider_send(&pair, &insider,
                     &(struct forged_message){++id, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                              PAYLOAD_NOTIFY, bytes_view(&body)});
        body.data_own[5] = (uint8_t)(type * 37); /* SPI size */
        insider_send(&pair, &insider,
                     &(struct forged_message){++id, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                              PAYLOAD_NOTIFY, bytes_view(&body)});
        bytes_clear(&body);
    }
    pair_check_kept(&pair, &kept, "authenticated notifies");
    end_with_insider(&pair, &insider);
}

/* SEC-78: in clear and without a right HASH it is not heard. */
static void sec_078_initial_contact_acts_only_when_authenticated(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct kept kept = pair_keep(&pair);
    struct endpoint from = endpoint_of(pair.east);
    struct endpoint to = endpoint_of(pair.west);
    struct bytes body = forged_notify(IPSEC_PROTOCOL_ISAKMP, NOTIFY_INITIAL_CONTACT,
                                      view_of(insider.cookies, 16), (struct view){0});
    struct bytes clear =
        forged_clear(EXCHANGE_INFORMATIONAL, insider.cookies, 3, PAYLOAD_NOTIFY, bytes_view(&body));

    sim_deliver(pair.sim, &from, &to, false, bytes_view(&clear));
    insider_send(&pair, &insider,
                 &(struct forged_message){4, EXCHANGE_INFORMATIONAL, INSIDER_HASH_WRONG,
                                          PAYLOAD_NOTIFY, bytes_view(&body)});
    insider_send(&pair, &insider,
                 &(struct forged_message){5, EXCHANGE_INFORMATIONAL, INSIDER_HASH_ABSENT,
                                          PAYLOAD_NOTIFY, bytes_view(&body)});
    pair_check_kept(&pair, &kept, "INITIAL-CONTACT without proof");
    bytes_clear(&clear);
    bytes_clear(&body);
    end_with_insider(&pair, &insider);
}

/* SEC-78: a third host with the same responder clears its own SAs only. */
static void sec_078_initial_contact_of_another_identity_clears_nothing(void **state)
{
    struct pair_options options = {
        .crypto = *state,
    };
    struct pair pair = pair_new(1, &options);
    struct sim_setup west = {
        .config = "{ label \"any\" local_addr 192.0.2.2 remote_addr 192.0.2.0/24 p1_xform { "
                  "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes } }\n",
        .preshared = "{ localid 192.0.2.2 remoteid 192.0.2.1 key " PAIR_KEY " }\n"
                     "{ localid 192.0.2.2 remoteid 192.0.2.3 key " PAIR_KEY " }\n",
        .ipsecinit = "{ laddr 192.0.2.2 raddr 192.0.2.1 } ipsec { encr_algs aes(256) "
                     "encr_auth_algs sha256 sa shared }\n"
                     "{ laddr 192.0.2.2 raddr 192.0.2.3 } ipsec { encr_algs aes(256) "
                     "encr_auth_algs sha256 sa shared }\n",
    };
    struct sim_setup third = pair_setup(&options, "192.0.2.3", WEST);
    struct sim_host *other = sim_host_add(pair.sim, "192.0.2.3", &third);

    pair_setup_free(&third);
    assert_non_null(other);
    host_reload(pair.west, &west);
    pair_start(&pair, 5000);
    uint32_t spi = sim_sa_at(pair.west, SA_INBOUND, 0)->ask.spi;
    assert_int_equal(sim_acquire(pair.sim, other, pair.west), STATUS_OK);
    sim_run(pair.sim, 5000);
    assert_int_equal(sim_child_count(other), 1); /* it said INITIAL-CONTACT: it had none before */
    assert_int_equal(sim_child_count(pair.west), 2);
    assert_non_null(sim_sa_find(pair.west, SA_INBOUND, spi));
    assert_int_equal(sim_host_restart(other), STATUS_OK);
    assert_int_equal(sim_acquire(pair.sim, other, pair.west), STATUS_OK);
    sim_run(pair.sim, 5000);
    assert_int_equal(sim_child_count(pair.west), 2); /* its old one went, east's stayed */
    assert_non_null(sim_sa_find(pair.west, SA_INBOUND, spi));
    pair_free(&pair);
}

/* SEC-101: lifetimes that a responder claims only lower ours, and not below the floor. */
static void sec_101_responder_lifetime_never_raises(void **state)
{
    static const uint32_t claims[] = {0, 1, 30, 59, 600, 0x7fffffff, 0xffffffff};
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    uint32_t id = 40;

    for (size_t i = 0; i < COUNT(claims); i++) {
        uint8_t data[12], spi[4];
        struct writer writer = writer_over(data, sizeof data);
        struct writer spi_writer = writer_over(spi, sizeof spi);
        writer_u32(&writer, 0x80010001); /* life type seconds */
        writer_u16(&writer, 2);          /* life duration, 4 octets */
        writer_u16(&writer, 4);
        writer_u32(&writer, claims[i]);
        writer_u32(&spi_writer, sim_sa_at(pair.west, SA_OUTBOUND, 0)->ask.spi);
        struct bytes body = forged_notify(IPSEC_PROTOCOL_ESP, NOTIFY_RESPONDER_LIFETIME,
                                          view_of(spi, 4), view_of(data, sizeof data));
        insider_send(&pair, &insider,
                     &(struct forged_message){++id, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                              PAYLOAD_NOTIFY, bytes_view(&body)});
        bytes_clear(&body);
        sim_run(pair.sim, 1000);
        assert_int_equal(sim_child_count(pair.west), 1);
    }
    assert_in_range(sim_sa_total(pair.west), 2, 4); /* no storm of rekeys */
    end_with_insider(&pair, &insider);
}

/* SEC-76, V1-66: an id is used once in the life of the ISAKMP SA, whatever the content. */
static void sec_076_a_message_id_is_used_once(void **state)
{
    struct insider insider;
    struct pair pair = start_with_insider(*state, &insider);
    struct bytes notify = forged_notify(IPSEC_PROTOCOL_ISAKMP, NOTIFY_REPLAY_STATUS,
                                        view_of(insider.cookies, 16), (struct view){0});
    struct bytes delete = delete_of_all(&pair, IPSEC_PROTOCOL_ESP);

    insider_send(&pair, &insider,
                 &(struct forged_message){321, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                          PAYLOAD_NOTIFY, bytes_view(&notify)});
    insider_send(&pair, &insider,
                 &(struct forged_message){321, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                          PAYLOAD_DELETE, bytes_view(&delete)});
    assert_int_equal(sim_child_count(pair.west), 1);
    sim_run(pair.sim, 120000); /* nor when the exchange itself is long forgotten */
    insider_send(&pair, &insider,
                 &(struct forged_message){321, EXCHANGE_INFORMATIONAL, INSIDER_HASH_RIGHT,
                                          PAYLOAD_DELETE, bytes_view(&delete)});
    assert_int_equal(sim_child_count(pair.west), 1);
    bytes_clear(&notify);
    bytes_clear(&delete);
    end_with_insider(&pair, &insider);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_079_clear_notifies_of_every_type_change_nothing),
        cmocka_unit_test(sec_079_clear_deletes_change_nothing),
        cmocka_unit_test(sec_064_informationals_without_a_right_hash_are_dropped),
        cmocka_unit_test(sec_063_a_forged_message_first_does_not_block_the_genuine_one),
        cmocka_unit_test(sec_029_deletes_that_lie_change_nothing),
        cmocka_unit_test(v1_070_the_delete_of_the_isakmp_sa_leaves_ipsec_sas),
        cmocka_unit_test(sec_028_authenticated_notifies_of_every_type_harm_nothing),
        cmocka_unit_test(sec_078_initial_contact_acts_only_when_authenticated),
        cmocka_unit_test(sec_078_initial_contact_of_another_identity_clears_nothing),
        cmocka_unit_test(sec_101_responder_lifetime_never_raises),
        cmocka_unit_test(sec_076_a_message_id_is_used_once),
    };

    return cmocka_run_group_tests_name("forgery", tests, crypto_setup, crypto_teardown);
}
