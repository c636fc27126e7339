#include "tools/ikeadm_layout.h"

#include <stdlib.h>
#include <time.h>

#include "support/test.h"

/* What a layout prints, as text; free it. */
static char *printed(void (*print)(const struct layout *layout, const json_t *record),
                     const char *json, bool is_paranoid)
{
    char *text = NULL;
    size_t bytes;
    struct layout layout = {
        .out = open_memstream(&text, &bytes), .is_numeric = true, .is_paranoid = is_paranoid};
    json_t *record = json ? json_loads(json, 0, NULL) : NULL;

    assert_true(!json || record);
    print(&layout, record);
    fclose(layout.out);
    json_decref(record);
    return text;
}

static const char ike_sa[] =
    "{\"record\":\"ike_sa\",\"initiator_cookie\":\"0xd16f8b3a2f4b9c01\",\"responder_cookie\":"
    "\"0x5be1c0f26a7d8e90\",\"role\":\"responder\",\"exchange\":\"main mode (identity protect)\","
    "\"state\":\"ACTIVE\",\"dpd\":true,\"method\":\"pre-shared key\",\"cipher\":\"aes-cbc\","
    "\"cipher_low_bits\":128,\"cipher_high_bits\":128,\"hash\":\"sha1\",\"group\":{\"number\":5,"
    "\"description\":\"1536-bit MODP (group 5)\"},\"pfs_group\":{\"number\":5,\"description\":"
    "\"1536-bit MODP (group 5)\"},\"local\":{\"family\":4,\"address\":\"192.168.116.16\",\"port\":"
    "500},\"remote\":{\"family\":6,\"address\":\"2001:db8::1\",\"port\":500},\"lifetime_s\":3600,"
    "\"created_s\":1000000,\"left_s\":3456,\"expires_s\":1003600,\"quick_modes_created\":2,"
    "\"keying_uses\":1,\"rx_hash_errors\":3,\"local_id\":{\"type\":2,\"type_text\":\"FQDN\","
    "\"text\":\"enigma.example.com\"},\"remote_id\":{\"type\":77,\"type_text\":null,\"text\":"
    "\"x\"},\"keys\":[{\"name\":\"SKEYID_d\",\"hex\":\"01ab\"}]}";

static void a_phase_1_sa_has_the_layout_of_solaris(void **state)
{
    char *text;

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    text = printed(layout_ike_sa, ike_sa, false);
    assert_string_equal(
        text, "\n"
              "IKESA: Cookies: Initiator 0xd16f8b3a2f4b9c01  Responder 0x5be1c0f26a7d8e90\n"
              "IKESA: The local host is the responder.\n"
              "IKESA: ISAKMP version 1.0; main mode (identity protect) exchange\n"
              "IKESA: Current state is ACTIVE\n"
              "IKESA: Dead Peer Detection (RFC 3706) enabled\n"
              "XFORM: Authentication method: pre-shared key\n"
              "XFORM: Encryption alg: aes-cbc(128); Authentication alg: hmac-sha1\n"
              "XFORM: PRF: HMAC SHA1 ; Oakley Group: 1536-bit MODP (group 5)\n"
              "XFORM: Phase 2 PFS is required (Oakley Group: 1536-bit MODP (group 5))\n"
              "LOCIP: Address (Responder):\n"
              "LOCIP: AF_INET: port 500, 192.168.116.16.\n"
              "REMIP: Address (Initiator):\n"
              "REMIP: AF_INET6: port 500, 2001:db8::1.\n"
              "LIFTM: Lifetime limits:\n"
              "LIFTM: 3600 seconds (1.00 hour); 0 kbytes protected\n"
              "LIFTM: keying material for IPsec SAs can be provided 0 times (no limit)\n"
              "LIFTM: Current usage:\n"
              "LIFTM: SA was created at Mon Jan 12 13:46:40 1970\n"
              "LIFTM: 0 kbytes protected\n"
              "LIFTM: keying material for IPsec SAs provided 1 times\n"
              "LIFTM: Expiration info:\n"
              "LIFTM: SA expires in 3456 seconds (57.60 minutes)\n"
              "LIFTM: Time of expiration: Mon Jan 12 14:46:40 1970\n"
              "STATS: 2 Quick Mode SAs created; 0 Quick Mode SAs deleted\n"
              "ERRS:  3 RX errors: 0 decryption, 3 hash, 0 other\n"
              "ERRS:  0 TX errors\n"
              "LOCID: Responder identity, uid=0, type FQDN\n"
              "LOCID: enigma.example.com\n"
              "REMID: Initiator identity, uid=0, type <unknown 77>\n"
              "REMID: x\n"
              "KEY:   SKEYID_d (2 bytes): 01ab/16\n");
    free(text);
}

static void the_paranoid_see_no_key(void **state)
{
    char *text = printed(layout_ike_sa, ike_sa, true);

    (void)state;
    assert_non_null(strstr(text, "KEY:   SKEYID_d (2 bytes): XXXX/16\n"));
    free(text);
}

/* A negotiation that has just begun: nothing is chosen, nobody is known. */
static void an_unfinished_sa_shows_what_is_known(void **state)
{
    char *text = printed(layout_ike_sa,
                         "{\"initiator_cookie\":\"0x1\",\"responder_cookie\":\"0x0\",\"role\":"
                         "\"initiator\",\"state\":\"SENT FIRST MSG (SA)\",\"cipher\":null,"
                         "\"hash\":null,\"group\":null,\"pfs_group\":null,\"local_id\":null}",
                         false);

    (void)state;
    assert_non_null(
        strstr(text, "Encryption alg: <unspecified>; Authentication alg: <unspecified>\n"));
    assert_non_null(strstr(text, "XFORM: Oakley Group: <unavailable>\n"));
    assert_non_null(strstr(text, "XFORM: Phase 2 PFS is not used\n"));
    assert_null(strstr(text, "PRF"));
    assert_null(strstr(text, "LOCID"));
    assert_null(strstr(text, "Dead Peer"));
    assert_non_null(strstr(text, "LIFTM: SA Expired at "));
    free(text);
}

static void a_rule_has_the_layout_of_solaris(void **state)
{
    char *text = printed(
        layout_rule,
        "{\"label\":\"enigma-partym\",\"cookie\":1,\"local_id_type\":0,\"exchange\":"
        "\"main mode (identity protect)\",\"p1_nonce_bytes\":40,\"p2_nonce_bytes\":32,\"p2_pfs\":"
        "{\"number\":5,\"description\":\"1536-bit MODP (group 5)\"},\"p2_lifetime_s\":28800,"
        "\"p2_softlife_s\":25920,\"local\":[{\"first\":\"192.168.116.16\",\"last\":"
        "\"192.168.116.16\"}],\"remote\":[{\"first\":\"10.1.80.0\",\"last\":\"10.1.80.255\"}],"
        "\"local_id\":[{\"text\":\"CN=a\",\"excluded\":false}],\"remote_id\":[{\"text\":\"CN=b\","
        "\"excluded\":true},{\"text\":\"CN=c\",\"excluded\":false}],\"transforms\":[{\"method\":"
        "\"pre-shared key\",\"cipher\":\"aes-cbc\",\"cipher_low_bits\":128,\"cipher_high_bits\":"
        "256,\"hash\":\"sha1\",\"group\":{\"description\":\"1536-bit MODP (group 5)\"},"
        "\"lifetime_s\":3600}]}",
        false);

    (void)state;
    assert_string_equal(
        text, "\n"
              "GLOBL: Label 'enigma-partym', key manager cookie 1\n"
              "GLOBL: local_idtype=<unknown 0>, ike_mode=main mode (identity protect)\n"
              "GLOBL: p1_nonce_len=40, p2_nonce_len=32, p2_pfs=true (group 5)\n"
              "GLOBL: p2_lifetime=28800 seconds (8.00 hours)\n"
              "GLOBL: p2_softlife=25920 seconds (7.20 hours)\n"
              "GLOBL: p2_idletime=0 seconds\n"
              "GLOBL: p2_lifetime_kb=0 kilobytes\n"
              "GLOBL: p2_softlife_kb=0 kilobytes\n"
              "LOCIP: IP address range(s):\n"
              "LOCIP: 192.168.116.16\n"
              "REMIP: IP address range(s):\n"
              "REMIP: 10.1.80.0 - 10.1.80.255\n"
              "LOCID: Identity descriptors:\n"
              "LOCID: Includes:\n"
              "LOCID:    CN=a\n"
              "REMID: Identity descriptors:\n"
              "REMID: Includes:\n"
              "REMID:    CN=c\n"
              "REMID: Excludes:\n"
              "REMID:    CN=b\n"
              "XFRMS: Available Transforms:\n"
              "XF  0: Authentication method: pre-shared key\n"
              "XF  0: Encryption alg: aes-cbc(128..256); Authentication alg: hmac-sha1\n"
              "XF  0: Oakley Group: 1536-bit MODP (group 5)\n"
              "XF  0: Phase 2 PFS is required (Oakley Group: 1536-bit MODP (group 5))\n"
              "XF  0: Lifetime limits:\n"
              "XF  0: 3600 seconds (1.00 hour); 0 kbytes protected\n"
              "XF  0: keying material for IPsec SAs can be provided 0 times (no limit)\n");
    free(text);
}

#define CHILD(protocol, cipher, ah, esn)                                                           \
    "{\"protocol\":\"" protocol                                                                    \
    "\",\"spi_in\":\"0x00001111\",\"spi_out\":\"0x00002222\",\"mode\":"                            \
    "\"transport\",\"current\":true,\"encapsulated\":false,\"cipher\":\"" cipher                   \
    "\",\"cipher_bits\":0,\"integrity\":\"hmac-sha1\",\"ah\":" ah ",\"esn\":" esn "}"

static void an_ipsec_sa_says_whether_it_is_esp_or_ah_or_both(void **state)
{
    static const struct {
        const char *json, *lines;
    } cases[] = {
        {CHILD("esp", "3des-cbc", "null", "false"),
         "CHILD: ESP, transport mode, in use\nCHILD: \n"
         "XFORM: Encryption alg: 3des-cbc; Authentication alg: hmac-sha1\nXFORM: Phase 2"},
        {CHILD("ah", "none", "null", "true"),
         "CHILD: AH, ESN, transport mode, in use\nCHILD: \n"
         "XFORM: Encryption alg: none; Authentication alg: hmac-sha1\nXFORM: Phase 2"},
        {CHILD("esp", "3des-cbc",
               "{\"spi_in\":\"0x00003333\",\"spi_out\":\"0x00004444\",\"integrity\":"
               "\"hmac-sha256\"}",
               "false"),
         "CHILD: ESP in AH, transport mode, in use\nCHILD: \n"
         "XFORM: Encryption alg: 3des-cbc; Authentication alg: hmac-sha1\n"
         "XFORM: AH: SPIs: In 0x00003333  Out 0x00004444; Authentication alg: hmac-sha256\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = printed(layout_child_sa, cases[i].json, false);
        if (!strstr(text, cases[i].lines))
            fail_msg("%s", text);
        free(text);
    }
}

static void statistics_have_the_layout_of_solaris(void **state)
{
    char *text = printed(layout_statistics,
                         "{\"p1_current\":{\"initiator\":0,\"responder\":0},\"p1_total\":"
                         "{\"initiator\":21,\"responder\":27},\"p1_attempted\":{\"initiator\":21,"
                         "\"responder\":27},\"p1_failed\":{},\"p1_timeouts\":0}",
                         false);

    (void)state;
    assert_string_equal(text, "Phase 1 SA counts:\n"
                              "Current:   initiator:          0   responder:          0\n"
                              "Total:     initiator:         21   responder:         27\n"
                              "Attempted: initiator:         21   responder:         27\n"
                              "Failed:    initiator:          0   responder:          0\n"
                              "           initiator fails include 0 time-out(s)\n");
    free(text);
}

static void durations_have_their_unit(void **state)
{
    static const struct {
        long long seconds;
        const char *text;
    } cases[] = {
        {0, "0 seconds"},
        {60, "60 seconds"},
        {61, "61 seconds (1.02 minute)"},
        {120, "120 seconds (2.00 minutes)"},
        {3599, "3599 seconds (59.98 minutes)"},
        {3600, "3600 seconds (1.00 hour)"},
        {7200, "7200 seconds (2.00 hours)"},
        {86400, "86400 seconds (1.00 day)"},
        {864000, "864000 seconds (10.00 days)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[LAYOUT_DURATION_BYTES];

        assert_string_equal(layout_duration(cases[i].seconds, out), cases[i].text);
    }
}

static void print_no_categories(const struct layout *layout, const json_t *record)
{
    (void)record;
    layout_categories(layout, 0);
    layout_categories(layout, 0x24);
}

static void categories_are_a_line_each(void **state)
{
    char *text = printed(print_no_categories, NULL, false);

    (void)state;
    assert_string_equal(text, "No debug categories enabled.\nDebug categories enabled:\n"
                              "\tOperational\n\tPF_KEY interface\n");
    free(text);
}

static void print_tables(const struct layout *layout, const json_t *record)
{
    (void)record;
    layout_groups(layout);
    layout_ciphers(layout);
    layout_hashes(layout);
}

static void tables_have_the_columns_of_solaris(void **state)
{
    char *text = printed(print_tables, NULL, false);

    (void)state;
    assert_non_null(strstr(text, "Value Strength Description                                       "
                                 "\n1     66       ietf-ike-grp-modp-768                     "));
    assert_non_null(strstr(text, "\n7     aes-cbc             128-256        \n"));
    assert_non_null(strstr(text, "N/A"));
    assert_non_null(strstr(text, "\n2     hmac-sha1           \n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phase_1_sa_has_the_layout_of_solaris),
        cmocka_unit_test(the_paranoid_see_no_key),
        cmocka_unit_test(an_unfinished_sa_shows_what_is_known),
        cmocka_unit_test(a_rule_has_the_layout_of_solaris),
        cmocka_unit_test(an_ipsec_sa_says_whether_it_is_esp_or_ah_or_both),
        cmocka_unit_test(statistics_have_the_layout_of_solaris),
        cmocka_unit_test(durations_have_their_unit),
        cmocka_unit_test(categories_are_a_line_each),
        cmocka_unit_test(tables_have_the_columns_of_solaris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
