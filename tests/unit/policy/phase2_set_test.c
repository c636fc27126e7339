#include "base/writer.h"
#include "offer.h"
#include "wire/sa_v1.h"

/* Offers of several protocols: proposals of one number are one suite, all or nothing. */

#define BUNDLE "auth_algs sha256 encr_algs aes(128..256) encr_auth_algs sha1"
#define ESP_OR_AH "encr_algs aes-gcm(256)} or ipsec {auth_algs sha256"

static const struct {
    const char *name, *properties;
    struct row rows[ROWS_MOST];
    uint8_t esp, ah; /* transform numbers that are chosen, from 1; 0 and 0: refused */
    enum refusal_reason reason;
    uint32_t hard_s;
} sets[] = {
    {"a bundle, AH first",
     BUNDLE,
     {{1, AH, 5, 0, 5, 0, 2, 0, 3600}, {1, ESP, 12, 256, 2, 0, 2}},
     2,
     1,
     0,
     3600},
    {"a bundle, ESP first",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 2, 0, 900}},
     1,
     2,
     0,
     900},
    {"the first of each that fits",
     BUNDLE,
     {{1, ESP, 12, 256, 5, 0, 2},
      {1, ESP, 12, 192, 2, 0, 2},
      {1, AH, 7, 0, 7, 0, 2},
      {1, AH, 5, 0, 5, 0, 2}},
     2,
     4,
     0,
     28800},
    {"half of a bundle that fits, half that does not",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 3, 0, 2, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"a bundle after one that does not fit",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2},
      {1, AH, 3, 0, 2, 0, 2},
      {2, AH, 5, 0, 5, 0, 2},
      {2, ESP, 12, 128, 2, 0, 2}},
     4,
     3,
     0,
     28800},
    {"the halves under two numbers",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {2, AH, 5, 0, 5, 0, 2}},
     0,
     0,
     REFUSAL_PROTOCOLS,
     0},
    {"ESP twice under one number",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 2}, {1, ESP, 12, 128, 2, 0, 2}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"AH twice under one number",
     ESP_OR_AH,
     {{1, AH, 5, 0, 5, 0, 2}, {1, AH, 5, 0, 5, 0, 2, 0, 0, 0x2000}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"compression too",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 2}, {1, IPSEC_PROTOCOL_IPCOMP, 2}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"a reserved SPI of AH",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 2, 0, 0, 255}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"halves of two modes",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 1}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"PFS in one half",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 14, 2}, {1, AH, 5, 0, 5, 0, 2}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"PFS in both, of two groups",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 14, 2}, {1, AH, 5, 0, 5, 19, 2}},
     0,
     0,
     REFUSAL_MALFORMED,
     0},
    {"PFS in both", BUNDLE, {{1, ESP, 12, 256, 2, 14, 2}, {1, AH, 5, 0, 5, 14, 2}}, 1, 2, 0, 28800},
    {"29 seconds of AH",
     BUNDLE,
     {{1, ESP, 12, 256, 2, 0, 2}, {1, AH, 5, 0, 5, 0, 2, 0, 29}},
     0,
     0,
     REFUSAL_LIFETIME,
     0},
    {"AH alone, where AH or ESP is held", ESP_OR_AH, {{7, AH, 5, 0, 5, 0, 2}}, 0, 1, 0, 28800},
    {"both alternatives, in the peer's order",
     ESP_OR_AH,
     {{1, AH, 5, 0, 5, 0, 2}, {2, ESP, 20, 256, 0, 0, 2}},
     0,
     1,
     0,
     28800},
    {"both at once, where one is held",
     ESP_OR_AH,
     {{1, AH, 5, 0, 5, 0, 2}, {1, ESP, 20, 256, 0, 0, 2}},
     0,
     0,
     REFUSAL_PROTOCOLS,
     0},
    /* V1-19: the transform and attribute 5 agree */
    {"SHA-256 said as SHA-1", ESP_OR_AH, {{1, AH, 5, 0, 2, 0, 2}}, 0, 0, REFUSAL_ATTRIBUTE, 0},
    {"SHA-1 said as SHA-256", ESP_OR_AH, {{1, AH, 3, 0, 5, 0, 2}}, 0, 0, REFUSAL_ATTRIBUTE, 0},
    {"AH without the attribute", ESP_OR_AH, {{1, AH, 5, 0, 0, 0, 2}}, 0, 0, REFUSAL_ATTRIBUTE, 0},
    {"AH with a key length", ESP_OR_AH, {{1, AH, 5, 256, 5, 0, 2}}, 0, 0, REFUSAL_ATTRIBUTE, 0},
    {"AH of an unknown transform",
     ESP_OR_AH,
     {{1, AH, 99, 0, 5, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    /* V1-22: extended sequence numbers, where we have none */
    {"64-bit numbers", ESP_OR_AH, {{1, AH, 5, 0, 5, 0, 2, 1}}, 0, 0, REFUSAL_ATTRIBUTE, 0},
    {"64-bit numbers, and 32",
     ESP_OR_AH,
     {{1, AH, 5, 0, 5, 0, 2, 1}, {1, AH, 5, 0, 5, 0, 2}},
     0,
     2,
     0,
     28800},
    /* SEC-24 and SEC-67, inside AH too */
    {"ESP without integrity inside AH",
     BUNDLE,
     {{1, ESP, 12, 256, 0, 0, 2}, {1, AH, 5, 0, 5, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"nothing inside AH",
     BUNDLE,
     {{1, ESP, 11, 0, 0, 0, 2}, {1, AH, 5, 0, 5, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"a combined mode with integrity beside it",
     ESP_OR_AH,
     {{1, ESP, 20, 256, 5, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"counter mode without integrity",
     "encr_algs aes-ctr encr_auth_algs sha1",
     {{1, ESP, 13, 128, 0, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"counter mode",
     "encr_algs aes-ctr encr_auth_algs sha1",
     {{1, ESP, 13, 128, 2, 0, 2}},
     1,
     0,
     0,
     28800},
    {"GMAC", "encr_algs aes-gmac(256)", {{1, ESP, 23, 256, 0, 0, 2}}, 1, 0, 0, 28800},
    {"GMAC with integrity beside it",
     "encr_algs aes-gmac(256)",
     {{1, ESP, 23, 256, 5, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
    {"GMAC without a size is of 128 bits",
     "encr_algs aes-gmac(256)",
     {{1, ESP, 23, 0, 0, 0, 2}},
     0,
     0,
     REFUSAL_ATTRIBUTE,
     0},
};

static void one_set(size_t i)
{
    struct ruleset *rules = offer_rules("", sets[i].properties);
    struct phase2_request request = offer_request(rules);
    struct phase2_agreed agreed = {0};
    struct refusal refusal = {0};
    struct offer offer;
    enum status status;

    offer_make(&offer, sets[i].rows, ROWS_MOST);
    status =
        phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed, &refusal);
    if ((status == STATUS_OK) != (sets[i].esp || sets[i].ah))
        fail_msg("%s: %s", sets[i].name, status_name(status));
    if (status != STATUS_OK && refusal.reason != sets[i].reason)
        fail_msg("%s: reason %d", sets[i].name, refusal.reason);
    if (status == STATUS_OK) {
        bool is_bundle = sets[i].esp && sets[i].ah;
        uint8_t first = sets[i].esp ? sets[i].esp : sets[i].ah;

        if (agreed.protocol != (sets[i].esp ? ESP : AH) || agreed.transform->number != first ||
            agreed.proposal->protocol != agreed.protocol || !agreed.ah_transform != !is_bundle ||
            (is_bundle && agreed.ah_transform->number != sets[i].ah) ||
            (agreed.peer_ah_spi != 0) != is_bundle || agreed.hard_s != sets[i].hard_s ||
            agreed.is_esn || !agreed.cipher != !sets[i].esp)
            fail_msg("%s: something else is chosen", sets[i].name);
    }
    ruleset_drop(rules);
}

static void v1_19_sets_are_taken_whole_and_exactly_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++)
        one_set(i);
}

static const struct {
    const char *properties, *shape; /* number, protocol and count of transforms */
} shapes[] = {
    {"auth_algs sha1", "1 ah 1, "},
    {"auth_algs any", "1 ah 4, "},
    {"auth_algs any(..256)", "1 ah 2, "},
    {"auth_algs any encr_algs any", "1 ah 4, 1 esp 22, "},
    {"auth_algs md5 encr_algs aes encr_auth_algs md5", "1 ah 1, 1 esp 3, "},
    {"encr_algs aes encr_auth_algs sha1} or ipsec {auth_algs sha1} or ipsec {auth_algs any "
     "encr_algs aes-gcm",
     "1 esp 3, 2 ah 1, 3 ah 4, 3 esp 3, "},
};

static void alternatives_are_numbered_and_their_protocols_share_the_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct ruleset *rules = offer_rules("", shapes[i].properties);
        struct phase2_want want = {
            .rule = ruleset_rule(rules, 0),
            .entry = ruleset_entry(rules, 0),
            .encapsulation = ENCAPSULATION_TUNNEL,
            .spi = 0x1111,
            .ah_spi = 0x2222,
        };
        struct refusal refusal = {0};
        struct sa_payload offer;
        struct arena arena;
        char buffer[256];
        struct text text = text_over(buffer, sizeof buffer);

        arena_init(&arena, 65536);
        assert_int_equal(phase2_offer(&want, &arena, &offer, &refusal), STATUS_OK);
        for (size_t j = 0; j < offer.proposal_count; j++) {
            const struct sa_proposal *proposal = &offer.proposals[j];
            bool is_ah = proposal->protocol == AH;

            text_add(&text, "%u %s %zu, ", proposal->number, is_ah ? "ah" : "esp",
                     proposal->transform_count);
            assert_int_equal(proposal->spi.data[3], is_ah ? 0x22 : 0x11);
            for (size_t k = 0; is_ah && k < proposal->transform_count; k++)
                assert_ptr_equal(
                    transform_by_ah1(proposal->transforms[k].id),
                    transform_by_esp1(
                        TRANSFORM_INTEGRITY,
                        (unsigned)proposal->transforms[k].values[ATTRIBUTE_INTEGRITY]));
        }
        assert_string_equal(buffer, shapes[i].shape);
        arena_clear(&arena);
        ruleset_drop(rules);
    }
}

/* Message 1 on a path of 1,280 octets without fragments: what `any` makes is no exception. */
static void the_largest_offer_of_any_fits_a_datagram_of_1280_octets(void **state)
{
    static const size_t header = 28, hash = 4 + 32, nonce = 4 + 32, ids = 2 * (4 + 4 + 32);
    static const size_t ipv6_and_udp = 48 + 4, modp2048 = 4 + 256;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ruleset *rules = offer_rules(i & 1 ? "p2_pfs 14" : "p2_pfs 19",
                                            "auth_algs any encr_algs any encr_auth_algs any");
        struct phase2_want want = {
            .rule = ruleset_rule(rules, 0),
            .entry = ruleset_entry(rules, 0),
            .encapsulation = ENCAPSULATION_TUNNEL,
            .means = {.holds_one_set = i & 2, .has_esn = i & 2},
            .spi = 0x1111,
            .ah_spi = 0x2222,
        };
        struct refusal refusal = {0};
        struct sa_payload offer;
        struct arena arena;
        uint8_t body[4096];
        struct writer writer = writer_over(body, sizeof body);
        size_t bytes;

        arena_init(&arena, 65536);
        assert_int_equal(phase2_offer(&want, &arena, &offer, &refusal), STATUS_OK);
        sa_v1_encode(&writer, SA_PHASE_2, &offer);
        assert_true(writer_is_good(&writer));
        bytes = header + hash + 4 + writer.bytes + nonce + ids + (i & 1 ? modp2048 : 4 + 64);
        bytes = (bytes + 15) / 16 * 16 + ipv6_and_udp;
        print_message("# %zu octets\n", bytes);
        if (!(i & 1))
            assert_true(bytes <= 1280);
        else
            assert_true(bytes <= 1500);
        arena_clear(&arena);
        ruleset_drop(rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_19_sets_are_taken_whole_and_exactly_or_not_at_all),
        cmocka_unit_test(alternatives_are_numbered_and_their_protocols_share_the_number),
        cmocka_unit_test(the_largest_offer_of_any_fits_a_datagram_of_1280_octets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
