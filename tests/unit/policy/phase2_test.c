#include "policy/phase2.h"

#include "material.h"
#include "wire/sa_v1.h"

#define CONFIG(body)                                                                               \
    "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n"              \
    "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 " body "}\n"

static const uint8_t spi[] = {0xde, 0xad, 0xbe, 0xef};

/* One offered ESP transform; 0 is absent. */
struct row {
    uint8_t id;
    uint16_t bits, integrity, group, encapsulation;
    uint32_t life_s, life_kb;
};

#define ROWS 3u

struct offer {
    struct sa_transform transforms[ROWS];
    struct sa_proposal proposals[2];
    struct sa_payload payload;
};

static void set(struct sa_transform *transform, enum attribute attribute, uint64_t value)
{
    if (value == 0)
        return;
    transform->present = (uint16_t)(transform->present | BIT(attribute));
    transform->values[attribute] = value;
}

static struct sa_transform transform_of(const struct row *row, size_t number)
{
    struct sa_transform transform = {.number = (uint8_t)number, .id = row->id};

    set(&transform, ATTRIBUTE_KEY_BITS, row->bits);
    set(&transform, ATTRIBUTE_INTEGRITY, row->integrity);
    set(&transform, ATTRIBUTE_GROUP, row->group);
    set(&transform, ATTRIBUTE_ENCAPSULATION, row->encapsulation);
    set(&transform, ATTRIBUTE_LIFE_SECONDS, row->life_s);
    set(&transform, ATTRIBUTE_LIFE_KILOBYTES, row->life_kb);
    return transform;
}

static void offer_make(struct offer *offer, const struct row rows[ROWS])
{
    size_t count = 0;

    for (; count < ROWS && rows[count].id != 0; count++)
        offer->transforms[count] = transform_of(&rows[count], count + 1);
    offer->proposals[0] = (struct sa_proposal){.number = 1,
                                               .protocol = IPSEC_PROTOCOL_ESP,
                                               .spi = view_of(spi, sizeof spi),
                                               .transforms = offer->transforms,
                                               .transform_count = count};
    offer->proposals[1] = offer->proposals[0];
    offer->payload = (struct sa_payload){.doi = DOI_IPSEC,
                                         .situation = SITUATION_IDENTITY_ONLY,
                                         .proposals = offer->proposals,
                                         .proposal_count = 1};
}

static struct phase2_request request_of(const struct ruleset *rules)
{
    return (struct phase2_request){
        .rule = ruleset_rule(rules, 0),
        .local = material_address("192.0.2.1"),
        .remote = material_address("198.51.100.7"),
        .selector = material_selector("192.0.2.1", "198.51.100.7", 0, 0, 0),
        .encapsulation = ENCAPSULATION_TRANSPORT,
    };
}

static const char policy[] = "{raddr 198.51.100.7} ipsec {encr_algs aes(128..256) encr_auth_algs "
                             "sha256} or ipsec {encr_algs aes-gcm(256)}\n";

static const struct {
    const char *name, *config;
    struct row rows[ROWS]; /* 12 AES-CBC, 20 GCM, 3 3DES; integrity 5 SHA-256, 2 SHA-1 */
    uint8_t chosen;        /* 0: refused */
    uint32_t hard_s, soft_s, notify_s;
    uint64_t hard_kb;
    enum refusal_reason reason;
    enum attribute attribute;
    uint64_t wanted, offered;
} choices[] = {
    {.name = "the peer's order, across alternatives",
     .config = "",
     .rows = {{20, 256, 0, 0, 2, 28800, 0}, {12, 128, 5, 0, 2, 28800, 0}},
     .chosen = 1,
     .hard_s = 28800,
     .soft_s = 24000},
    {.name = "what no alternative holds is passed over",
     .config = "",
     .rows = {{12, 128, 2, 0, 2, 3600, 0},
              {20, 128, 0, 0, 2, 3600, 0},
              {12, 192, 5, 0, 2, 3600, 0}},
     .chosen = 3,
     .hard_s = 3600,
     .soft_s = 3000,
     .hard_kb = 1073741824},
    {.name = "AES without a size is AES-128",
     .config = "",
     .rows = {{12, 0, 5, 0, 2, 0, 0}},
     .chosen = 1,
     .hard_s = 28800,
     .soft_s = 24000,
     .hard_kb = 1073741824},
    {.name = "a longer life than ours, in both units",
     .config = "p2_lifetime_secs 600 p2_lifetime_kb 1000",
     .rows = {{20, 256, 0, 0, 2, 3600, 2000}},
     .chosen = 1,
     .hard_s = 600,
     .soft_s = 540,
     .notify_s = 600,
     .hard_kb = 1000},
    {.name = "the peer's kilobytes alone",
     .config = "",
     .rows = {{20, 256, 0, 0, 2, 28800, 5000}},
     .chosen = 1,
     .hard_s = 28800,
     .soft_s = 24000,
     .hard_kb = 5000},
    {.name = "29 seconds",
     .config = "",
     .rows = {{20, 256, 0, 0, 2, 29, 0}},
     .reason = REFUSAL_LIFETIME,
     .attribute = ATTRIBUTE_LIFE_SECONDS,
     .wanted = 30,
     .offered = 29},
    {.name = "29 seconds where our rule is as short",
     .config = "p2_lifetime_secs 20",
     .rows = {{20, 256, 0, 0, 2, 29, 0}},
     .chosen = 1,
     .hard_s = 20,
     .soft_s = 17,
     .notify_s = 20},
    {.name = "127 kilobytes",
     .config = "",
     .rows = {{20, 256, 0, 0, 2, 28800, 127}},
     .reason = REFUSAL_LIFETIME,
     .attribute = ATTRIBUTE_LIFE_KILOBYTES,
     .wanted = 128,
     .offered = 127},
    {.name = "PFS in a good group, where we ask for none",
     .config = "",
     .rows = {{20, 256, 0, 14, 2, 28800, 0}},
     .chosen = 1,
     .hard_s = 28800,
     .soft_s = 24000},
    {.name = "PFS in a weak group, where we ask for none",
     .config = "",
     .rows = {{20, 256, 0, 2, 2, 28800, 0}},
     .reason = REFUSAL_PFS,
     .attribute = ATTRIBUTE_GROUP,
     .wanted = 0,
     .offered = 2},
    {.name = "no PFS, where we ask for it",
     .config = "p2_pfs 14",
     .rows = {{20, 256, 0, 0, 2, 28800, 0}},
     .reason = REFUSAL_PFS,
     .attribute = ATTRIBUTE_GROUP,
     .wanted = 14,
     .offered = 0},
    {.name = "PFS in another group",
     .config = "p2_pfs 14",
     .rows = {{20, 256, 0, 19, 2, 28800, 0}},
     .reason = REFUSAL_PFS,
     .attribute = ATTRIBUTE_GROUP,
     .wanted = 14,
     .offered = 19},
    {.name = "SEC-67: encryption without integrity",
     .config = "",
     .rows = {{12, 128, 0, 0, 2, 28800, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_INTEGRITY,
     .wanted = 5,
     .offered = 0},
    {.name = "integrity beside a combined mode",
     .config = "",
     .rows = {{20, 256, 6, 0, 2, 28800, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_INTEGRITY,
     .wanted = 0,
     .offered = 6},
    {.name = "tunnel mode where transport is asked for",
     .config = "",
     .rows = {{20, 256, 0, 0, 1, 28800, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_ENCAPSULATION,
     .wanted = ENCAPSULATION_TRANSPORT,
     .offered = ENCAPSULATION_TUNNEL},
    {.name = "a size that no alternative has",
     .config = "",
     .rows = {{20, 128, 0, 0, 2, 28800, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_KEY_BITS,
     .wanted = 256,
     .offered = 128},
};

static void one_choice(size_t i)
{
    struct ruleset *rules;
    char config[256];
    struct phase2_agreed agreed = {0};
    struct phase2_request request;
    struct refusal refusal = {0};
    struct offer offer;
    enum status status;

    (void)snprintf(config, sizeof config, CONFIG("%s"), choices[i].config);
    rules = material_ruleset(config, NULL, policy);
    request = request_of(rules);
    offer_make(&offer, choices[i].rows);
    status =
        phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed, &refusal);
    if ((status == STATUS_OK) != (choices[i].chosen != 0))
        fail_msg("%s: %s", choices[i].name, status_name(status));
    if (status == STATUS_OK &&
        (agreed.transform->number != choices[i].chosen || agreed.hard_s != choices[i].hard_s ||
         agreed.soft_s != choices[i].soft_s || agreed.notify_s != choices[i].notify_s ||
         agreed.hard_kb != choices[i].hard_kb || agreed.peer_spi != 0xdeadbeef))
        fail_msg("%s: transform %u, %u s, soft %u, notify %u, %llu kb", choices[i].name,
                 agreed.transform->number, agreed.hard_s, agreed.soft_s, agreed.notify_s,
                 (unsigned long long)agreed.hard_kb);
    if (status != STATUS_OK &&
        (refusal.reason != choices[i].reason || refusal.attribute != choices[i].attribute ||
         refusal.wanted != choices[i].wanted || refusal.offered != choices[i].offered))
        fail_msg("%s: reason %d, attribute %d, wanted %llu, offered %llu", choices[i].name,
                 refusal.reason, refusal.attribute, (unsigned long long)refusal.wanted,
                 (unsigned long long)refusal.offered);
    ruleset_drop(rules);
}

static void the_peers_order_decides_among_what_the_entry_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(choices); i++)
        one_choice(i);
}

static void suites_of_several_protocols_and_reserved_spis_are_passed_over(void **state)
{
    static const struct row rows[ROWS] = {{20, 256, 0, 0, 2, 28800, 0}};
    static const uint8_t reserved[] = {0, 0, 0, 255};
    struct ruleset *rules = material_ruleset(CONFIG(""), NULL, policy);
    struct phase2_request request = request_of(rules);
    struct phase2_agreed agreed = {0};
    struct refusal refusal = {0};
    struct offer offer;

    (void)state;
    offer_make(&offer, rows);
    offer.payload.proposal_count = 2; /* the same number twice: both or none */
    offer.proposals[1].protocol = IPSEC_PROTOCOL_AH;
    assert_int_equal(
        phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed, &refusal),
        STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_PROTOCOLS);
    offer.proposals[1].number = 2;
    assert_int_equal(
        phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed, &refusal),
        STATUS_OK);
    offer.proposals[0].spi = view_of(reserved, sizeof reserved);
    assert_int_equal(
        phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed, &refusal),
        STATUS_REFUSED);
    ruleset_drop(rules);
}

static const char any_wanted[] = "20/256/0 20/192/0 20/128/0 16/256/0 16/192/0 16/128/0 "
                                 "12/256/7 12/256/6 12/256/5 12/192/7 12/192/6 12/192/5 12/128/7 "
                                 "12/128/6 12/128/5 12/256/2 12/192/2 "
                                 "12/128/2 3/0/7 3/0/6 3/0/5 3/0/2 ";

static const struct {
    const char *properties, *suites; /* ESP id / key bits / integrity */
} offers[] = {
    {"encr_algs any encr_auth_algs any", any_wanted},
    {"encr_algs any(192..) encr_auth_algs sha256",
     "20/256/0 20/192/0 16/256/0 16/192/0 12/256/5 12/192/5 3/0/5 "},
    {"encr_algs any(256) encr_auth_algs sha256", "20/256/0 16/256/0 12/256/5 "},
    {"encr_algs aes(192..256) encr_auth_algs sha1", "12/256/2 12/192/2 "},
    {"encr_algs aes(256)", "12/256/7 12/256/6 12/256/5 12/256/2 "},
    {"encr_algs aes(256) encr_auth_algs any(..256)", "12/256/5 12/256/2 "},
    {"encr_auth_algs sha512", "11/0/7 "},
    {"encr_algs aes-gcm8", "18/256/0 18/192/0 18/128/0 "},
    {"encr_algs aes-ccm12(128)", "15/128/0 "},
    {"encr_algs aes-gmac(256)", "23/256/0 "},
    {"encr_algs aes-ctr(128) encr_auth_algs sha256", "13/128/5 "},
    {"encr_algs des encr_auth_algs md5", "2/0/1 "},
};

static void an_entry_is_offered_in_the_order_of_preference(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(offers); i++) {
        char entry[128];
        char buffer[512];
        struct text text = text_over(buffer, sizeof buffer);
        struct phase2_want want = {.encapsulation = ENCAPSULATION_TRANSPORT, .spi = 0xdeadbeef};
        struct refusal refusal = {0};
        struct ruleset *rules;
        struct sa_payload offer;
        struct arena arena;

        (void)snprintf(entry, sizeof entry, "{} ipsec {%s}\n", offers[i].properties);
        rules = material_ruleset(CONFIG("p2_pfs 19 p2_lifetime_kb 4000"), NULL, entry);
        want.rule = ruleset_rule(rules, 0);
        want.entry = ruleset_entry(rules, 0);
        arena_init(&arena, 65536);
        assert_int_equal(phase2_offer(&want, &arena, &offer, &refusal), STATUS_OK);
        assert_int_equal(offer.proposal_count, 1);
        test_view_equal("SPI", offer.proposals->spi, view_of(spi, sizeof spi));
        for (size_t j = 0; j < offer.proposals->transform_count; j++) {
            const struct sa_transform *transform = &offer.proposals->transforms[j];

            text_add(&text, "%u/%llu/%llu ", transform->id,
                     (unsigned long long)transform->values[ATTRIBUTE_KEY_BITS],
                     (unsigned long long)transform->values[ATTRIBUTE_INTEGRITY]);
            assert_int_equal(transform->values[ATTRIBUTE_GROUP], 19);
            assert_int_equal(transform->values[ATTRIBUTE_LIFE_SECONDS], 28800);
            assert_int_equal(transform->values[ATTRIBUTE_LIFE_KILOBYTES], 4000);
            assert_int_equal(transform->values[ATTRIBUTE_ENCAPSULATION], ENCAPSULATION_TRANSPORT);
        }
        if (strcmp(buffer, offers[i].suites) != 0)
            fail_msg("%s: %s", offers[i].properties, buffer);
        arena_clear(&arena);
        ruleset_drop(rules);
    }
}

static const struct {
    const char *name;
    struct row row;
    bool is_good;
} replies[] = {
    {"as offered", {12, 256, 5, 14, 2, 28800, 0}, true},
    {"a shorter life", {20, 256, 0, 14, 2, 3600, 0}, true},
    {"no PFS", {12, 256, 5, 0, 2, 28800, 0}, false},
    {"another group", {12, 256, 5, 19, 2, 28800, 0}, false},
    {"another mode", {12, 256, 5, 14, 1, 28800, 0}, false},
    {"another size", {20, 128, 0, 14, 2, 28800, 0}, false},
    {"another integrity", {12, 256, 2, 14, 2, 28800, 0}, false},
    {"29 seconds", {12, 256, 5, 14, 2, 29, 0}, false},
};

static void a_reply_is_taken_only_when_it_is_one_of_the_offered_sets(void **state)
{
    struct ruleset *rules = material_ruleset(CONFIG("p2_pfs 14"), NULL, policy);
    struct phase2_want want = {.rule = ruleset_rule(rules, 0),
                               .entry = ruleset_entry(rules, 0),
                               .encapsulation = ENCAPSULATION_TRANSPORT,
                               .spi = 0x1000};

    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct row rows[ROWS] = {{0}};
        struct phase2_agreed agreed;
        struct refusal refusal = {0};
        struct offer reply;
        enum status status;

        rows[0] = replies[i].row;
        refusal.peer = material_address("198.51.100.7");
        offer_make(&reply, rows);
        status = phase2_check_reply(&want, &reply.payload, &agreed, &refusal);
        if ((status == STATUS_OK) != replies[i].is_good)
            fail_msg("%s: %s", replies[i].name, status_name(status));
        if (status == STATUS_OK)
            assert_int_equal(agreed.peer_spi, 0xdeadbeef);
        assert_int_equal(refusal.peer.octets[3], 7); /* so that its line names the peer */
    }
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peers_order_decides_among_what_the_entry_holds),
        cmocka_unit_test(suites_of_several_protocols_and_reserved_spis_are_passed_over),
        cmocka_unit_test(an_entry_is_offered_in_the_order_of_preference),
        cmocka_unit_test(a_reply_is_taken_only_when_it_is_one_of_the_offered_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
