#include "pair.h"

/* Extended sequence numbers: attribute 11 of RFC 4304, where the kernel does the packets. */

static const struct {
    const char *name, *properties, *east, *west; /* planes */
    bool is_esn;
} cases[] = {
    {"both in the kernel", NULL, "xfrm", "xfrm", true},
    {"a combined mode", "encr_algs aes-gcm", "xfrm", "xfrm", true},
    {"any with any", "encr_algs any encr_auth_algs any", "xfrm", "xfrm", true},
    {"AH", "auth_algs sha256", "xfrm", "xfrm", true},
    {"both of a bundle", "auth_algs any encr_algs any", "xfrm", "xfrm", true},
    {"the initiator in user space", NULL, "user", "xfrm", false},
    {"the responder in user space", NULL, "xfrm", "user", false},
    {"both in user space", NULL, "user", "user", false},
    {"a plane that is not said", NULL, NULL, NULL, false},
};

static void v1_22_extended_numbers_are_agreed_on_where_both_ends_have_them(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pair_options options = {
            .crypto = *state,
            .properties = cases[i].properties,
            .east_plane = cases[i].east,
            .plane = cases[i].west,
        };
        struct pair pair = pair_established(i + 1, &options);
        for (size_t k = 0; k < 4; k++) {
            const struct sim_sa *sa =
                sim_sa_at(k & 1 ? pair.east : pair.west, k & 2 ? SA_INBOUND : SA_OUTBOUND, 0);
            if (sa->ask.is_esn != cases[i].is_esn)
                fail_msg("%s", cases[i].name);
        }
        assert_true(sim_traffic(pair.east, pair.reqid, 1));
        pair_check_replay(&pair, *state);
        pair_free(&pair);
    }
}

/* The vendor ID by which the ends know it proves nothing: without it all goes on with 32 bits. */
static enum sim_verdict strip_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    static const uint8_t vendor[] = {0x51, 0x73, 0x6e, 0x55, 0x88, 0x3a, 0x2d, 0xdd};
    uint8_t *found = memmem(datagram->octets, datagram->bytes, vendor, sizeof vendor);

    (void)sim;
    if (!found)
        return SIM_PASS;
    ++*(size_t *)arg;
    *found ^= 1; /* an unknown one, then */
    return SIM_PASS;
}

static void a_vendor_id_taken_away_costs_no_more_than_the_numbers(void **state)
{
    struct pair_options options = {.crypto = *state, .plane = "xfrm"};
    struct pair pair = pair_new(1, &options);
    size_t stripped = 0;

    sim_set_tap(pair.sim, strip_tap, &stripped);
    pair_start(&pair, 5000);
    assert_int_equal(stripped, 1); /* the responder answers only what it has seen */
    pair_check_children(&pair, 1);
    assert_false(sim_sa_at(pair.east, SA_OUTBOUND, 0)->ask.is_esn);
    pair_free(&pair);
}

/* A template of the kernel has one set of protocols: that of the entry's first alternative. */
static void in_the_kernel_an_entry_has_the_protocols_of_its_first_alternative(void **state)
{
#define ESP "encr_algs aes(256) encr_auth_algs sha256"
#define AH "auth_algs sha256"
    static const struct {
        const char *east, *west, *plane;
        enum ipsec_protocol protocol; /* 0: nothing */
    } sets[] = {
        {ESP " } or ipsec { " AH, AH, "user", IPSEC_PROTOCOL_AH},
        {ESP " } or ipsec { " AH, AH, "xfrm", 0},
        {AH " } or ipsec { " ESP, AH, "xfrm", IPSEC_PROTOCOL_AH},
        {AH, ESP " } or ipsec { " AH, "user", IPSEC_PROTOCOL_AH},
        {AH, ESP " } or ipsec { " AH, "xfrm", 0},
        {"encr_algs 3des encr_auth_algs sha1 } or ipsec { " ESP, ESP, "xfrm", IPSEC_PROTOCOL_ESP},
    };

    for (size_t i = 0; i < COUNT(sets); i++) {
        struct pair_options options = {
            .crypto = *state,
            .east_properties = sets[i].east,
            .properties = sets[i].west,
            .plane = sets[i].plane,
        };
        struct pair pair = pair_new(i + 1, &options);
        pair_start(&pair, 5000);
        const struct sim_sa *sa = sim_sa_at(pair.east, SA_OUTBOUND, 0);
        if ((sa ? sa->ask.protocol : 0) != sets[i].protocol)
            fail_msg("row %zu: protocol %d", i, sa ? (int)sa->ask.protocol : 0);
        if (!sa)
            host_check_line(pair.west, EVENT_REFUSED, "alone, peer offers");
        pair_free(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_22_extended_numbers_are_agreed_on_where_both_ends_have_them),
        cmocka_unit_test(a_vendor_id_taken_away_costs_no_more_than_the_numbers),
        cmocka_unit_test(in_the_kernel_an_entry_has_the_protocols_of_its_first_alternative),
    };

    return cmocka_run_group_tests(tests, crypto_setup, crypto_teardown);
}
