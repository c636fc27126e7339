#include "policy/phase1.h"

#include "material.h"
#include "wire/sa_v1.h"

#define XFORM(group, hash, cipher)                                                                 \
    "p1_xform {auth_method preshared oakley_group " group " auth_alg " hash " encr_alg " cipher    \
    "}\n"
#define RULE(label, remote, body)                                                                  \
    "{label \"" label "\" local_addr 192.0.2.1 remote_addr " remote "\n" body "}\n"

static const char two_rules[] =
    RULE("first", "198.51.100.0/24", XFORM("14", "sha256", "aes(256)") XFORM("19", "sha1", "3des"))
        RULE("second", "198.51.100.0/24",
             XFORM("19", "sha384", "aes(128..192)") XFORM("14", "sha1", "aes") "p2_pfs 14");

static const char key[] = "{localid 192.0.2.1 remoteid 198.51.100.0/24 key "
                          "9d3e5b7f02c84a6612d1f0aa37be9c515e4c0f8823ab71d6e90431cc58f7ba20}";

/* One offered transform; values that are 0 are absent. */
struct row {
    uint16_t cipher, bits, hash, group, method;
    uint32_t life_s;
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
    struct sa_transform transform = {.number = (uint8_t)number, .id = TRANSFORM_KEY_IKE};

    set(&transform, ATTRIBUTE_ENCRYPTION, row->cipher);
    set(&transform, ATTRIBUTE_KEY_BITS, row->bits);
    set(&transform, ATTRIBUTE_HASH, row->hash);
    set(&transform, ATTRIBUTE_GROUP, row->group);
    set(&transform, ATTRIBUTE_METHOD, row->method);
    set(&transform, ATTRIBUTE_LIFE_SECONDS, row->life_s);
    return transform;
}

#define ROWS 4u

struct offer {
    struct sa_transform transforms[ROWS];
    struct sa_proposal proposal;
    struct sa_payload payload;
};

static void offer_make(struct offer *offer, const struct row rows[ROWS])
{
    size_t count = 0;

    while (count < ROWS && rows[count].method != 0) {
        offer->transforms[count] = transform_of(&rows[count], count + 1);
        count++;
    }
    offer->proposal = (struct sa_proposal){.number = 1,
                                           .protocol = IPSEC_PROTOCOL_ISAKMP,
                                           .transforms = offer->transforms,
                                           .transform_count = count};
    offer->payload = (struct sa_payload){.doi = DOI_IPSEC,
                                         .situation = SITUATION_IDENTITY_ONLY,
                                         .proposals = &offer->proposal,
                                         .proposal_count = 1};
}

static struct evidence evidence_of(const char *remote)
{
    return (struct evidence){.local = material_address("192.0.2.1"),
                             .remote = material_address(remote)};
}

static const struct {
    const char *name;
    struct row rows[ROWS]; /* cipher 7: AES, 5: 3DES; hash 2: SHA-1, 4: SHA-256, 5: SHA-384 */
    const char *rule;      /* NULL: refused */
    uint8_t chosen;
    uint32_t lifetime_s;
    bool is_shortened;
    enum refusal_reason reason;
    enum attribute attribute;
    uint64_t wanted, offered;
} choices[] = {
    {.name = "the first of the peer's that any rule holds, though ours has another first",
     .rows = {{7, 128, 5, 19, 1, 0}, {7, 256, 4, 14, 1, 0}},
     .rule = "second",
     .chosen = 1,
     .lifetime_s = 14400},
    {.name = "what is passed over changes nothing",
     .rows = {{7, 256, 4, 2, 1, 0}, {7, 256, 4, 14, 1, 0}},
     .rule = "first",
     .chosen = 2,
     .lifetime_s = 14400},
    {.name = "a size within the range",
     .rows = {{7, 192, 5, 19, 1, 3600}},
     .rule = "second",
     .chosen = 1,
     .lifetime_s = 3600},
    {.name = "no size reads as 128 with AES",
     .rows = {{7, 0, 2, 14, 1, 0}},
     .rule = "second",
     .chosen = 1,
     .lifetime_s = 14400},
    {.name = "a longer life than ours",
     .rows = {{5, 0, 2, 19, 1, 86400}},
     .rule = "first",
     .chosen = 1,
     .lifetime_s = 14400,
     .is_shortened = true},
    {.name = "a life of 59 seconds",
     .rows = {{5, 0, 2, 19, 1, 59}},
     .reason = REFUSAL_LIFETIME,
     .attribute = ATTRIBUTE_LIFE_SECONDS,
     .wanted = 60,
     .offered = 59},
    {.name = "a life of 60 seconds",
     .rows = {{5, 0, 2, 19, 1, 60}},
     .rule = "first",
     .chosen = 1,
     .lifetime_s = 60},
    {.name = "another group",
     .rows = {{7, 256, 4, 2, 1, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_GROUP,
     .wanted = 14,
     .offered = 2},
    {.name = "another hash",
     .rows = {{7, 256, 1, 14, 1, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_HASH,
     .wanted = 4,
     .offered = 1},
    {.name = "a size outside the range",
     .rows = {{7, 256, 5, 19, 1, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_KEY_BITS,
     .wanted = 128,
     .offered = 256},
    {.name = "another method",
     .rows = {{7, 256, 4, 14, 3, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_METHOD,
     .wanted = 1,
     .offered = 3},
    {.name = "a size on 3DES",
     .rows = {{5, 192, 2, 19, 1, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_KEY_BITS,
     .wanted = 0,
     .offered = 192},
    {.name = "no group",
     .rows = {{7, 256, 4, 0, 1, 0}},
     .reason = REFUSAL_ATTRIBUTE,
     .attribute = ATTRIBUTE_GROUP,
     .wanted = 14,
     .offered = 0},
};

static void the_peers_order_decides_among_what_any_candidate_holds(void **state)
{
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");

    (void)state;
    for (size_t i = 0; i < COUNT(choices); i++) {
        struct phase1_choice choice = {0};
        struct refusal refusal = {0};
        struct offer offer;
        enum status status;

        offer_make(&offer, choices[i].rows);
        status = phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal);
        if ((status == STATUS_OK) != (choices[i].rule != NULL))
            fail_msg("%s: %s", choices[i].name, status_name(status));
        if (choices[i].rule) {
            if (strcmp(choice.rule->label, choices[i].rule) != 0 ||
                choice.transform->number != choices[i].chosen ||
                choice.lifetime_s != choices[i].lifetime_s ||
                choice.is_shortened != choices[i].is_shortened)
                fail_msg("%s: rule %s, transform %u, %u s", choices[i].name, choice.rule->label,
                         choice.transform->number, choice.lifetime_s);
        } else if (refusal.reason != choices[i].reason ||
                   refusal.attribute != choices[i].attribute ||
                   refusal.wanted != choices[i].wanted || refusal.offered != choices[i].offered) {
            fail_msg("%s: reason %d, attribute %d, wanted %llu, offered %llu", choices[i].name,
                     refusal.reason, refusal.attribute, (unsigned long long)refusal.wanted,
                     (unsigned long long)refusal.offered);
        }
    }
    ruleset_drop(rules);
}

static void sec_45_a_weak_group_is_never_taken_because_the_peer_offers_it(void **state)
{
    static const uint16_t weak[] = {1, 2, 5, 22, 23, 24, 25};
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");

    (void)state;
    for (size_t i = 0; i < COUNT(weak); i++) {
        const struct row rows[ROWS] = {{7, 256, 4, weak[i], 1, 0}, {7, 256, 4, 14, 1, 0}};
        struct phase1_choice choice;
        struct refusal refusal;
        struct offer offer;

        offer_make(&offer, rows);
        assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal),
                         STATUS_OK);
        assert_int_equal(choice.suite.group->number, 14);
    }
    ruleset_drop(rules);
}

static void flawed_transforms_are_passed_over_and_alone_they_are_malformed(void **state)
{
    static const struct row rows[ROWS] = {{7, 256, 4, 14, 1, 0}, {7, 256, 4, 14, 1, 0}};
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");
    struct phase1_choice choice;
    struct refusal refusal;
    struct offer offer;

    (void)state;
    offer_make(&offer, rows);
    offer.transforms[0].flaw = TRANSFORM_UNKNOWN_ATTRIBUTE;
    assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal), STATUS_OK);
    assert_int_equal(choice.transform->number, 2);
    offer.transforms[1].id = 2;
    assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal),
                     STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_MALFORMED);
    offer.payload.proposal_count = 0;
    assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal),
                     STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_MALFORMED);
    ruleset_drop(rules);
}

static void without_a_rule_or_a_key_for_the_pair_the_answer_is_no(void **state)
{
    static const struct row rows[ROWS] = {{7, 256, 4, 14, 1, 0}};
    struct ruleset *rules = material_ruleset(two_rules, NULL, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");
    struct phase1_choice choice;
    struct refusal refusal;
    struct offer offer;

    (void)state;
    offer_make(&offer, rows);
    assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal),
                     STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_NO_KEY);
    evidence = evidence_of("203.0.113.1");
    assert_int_equal(phase1_choose(rules, &evidence, &offer.payload, &choice, &refusal),
                     STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_NO_RULE);
    assert_string_equal(refusal.nearest->label, "first");
    ruleset_drop(rules);
}

static void the_candidates_shrink_with_the_evidence_in_file_order(void **state)
{
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");
    const struct ike_rule *first = phase1_candidate(rules, &evidence, NULL);
    const struct ike_rule *second = phase1_candidate(rules, &evidence, first);

    (void)state;
    assert_string_equal(first->label, "first");
    assert_string_equal(second->label, "second");
    assert_null(phase1_candidate(rules, &evidence, second));
    evidence.suite = (struct phase1_suite){.cipher = second->transforms[1].cipher,
                                           .cipher_bits = 192,
                                           .hash = second->transforms[1].hash,
                                           .group = second->transforms[1].group,
                                           .method = METHOD_PRESHARED};
    assert_ptr_equal(phase1_candidate(rules, &evidence, NULL), second);
    assert_null(phase1_candidate(rules, &evidence, second));
    evidence.suite.cipher_bits = 512;
    assert_null(phase1_candidate(rules, &evidence, NULL));
    ruleset_drop(rules);
}

static void an_offer_has_the_rules_transforms_in_order_and_sizes_largest_first(void **state)
{
    static const struct row wanted[] = {{7, 192, 5, 19, 1, 14400},
                                        {7, 128, 5, 19, 1, 14400},
                                        {7, 256, 2, 14, 1, 14400},
                                        {7, 192, 2, 14, 1, 14400},
                                        {7, 128, 2, 14, 1, 14400}};
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    const struct ike_rule *rule = ruleset_rule_by_label(rules, "second");
    struct sa_payload offer;
    struct arena arena;

    (void)state;
    arena_init(&arena, 65536);
    assert_int_equal(phase1_offer(rule, METHODS_ALL, &arena, &offer), STATUS_OK);
    assert_int_equal(offer.proposal_count, 1);
    assert_int_equal(offer.proposals->spi.bytes, 0);
    assert_int_equal(offer.proposals->transform_count, COUNT(wanted));
    assert_int_equal(phase1_offer_count(rule, METHODS_ALL), COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        struct sa_transform transform = transform_of(&wanted[i], i + 1);

        if (!sa_transform_equal(&offer.proposals->transforms[i], &transform, LIFETIMES_COMPARED))
            fail_msg("transform %zu", i + 1);
        assert_int_equal(offer.proposals->transforms[i].number, i + 1);
    }
    arena_clear(&arena);
    ruleset_drop(rules);
}

static const struct {
    const char *name;
    struct row row;
    bool is_good;
    uint32_t lifetime_s;
} replies[] = {
    {"as offered", {7, 192, 5, 19, 1, 14400}, true, 14400},
    {"the other size", {7, 128, 5, 19, 1, 14400}, true, 14400},
    {"a shorter life", {7, 256, 2, 14, 1, 3600}, true, 3600},
    {"no life", {7, 256, 2, 14, 1, 0}, true, 14400},
    {"a size not offered", {7, 256, 5, 19, 1, 14400}, false, 0},
    {"no size", {7, 0, 5, 19, 1, 14400}, false, 0},
    {"a group not offered with that hash", {7, 192, 5, 14, 1, 14400}, false, 0},
    {"another cipher", {5, 0, 5, 19, 1, 14400}, false, 0},
    {"another method", {7, 192, 5, 19, 3, 14400}, false, 0},
    {"a life below the least", {7, 192, 5, 19, 1, 59}, false, 0},
};

static void a_reply_is_taken_only_when_it_is_one_of_the_offered_sets(void **state)
{
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    const struct ike_rule *rule = ruleset_rule_by_label(rules, "second");
    struct evidence evidence = evidence_of("198.51.100.7");

    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct row rows[ROWS] = {{0}};
        struct phase1_choice choice;
        struct refusal refusal;
        struct offer reply;
        enum status status;

        rows[0] = replies[i].row;
        offer_make(&reply, rows);
        status = phase1_check_reply(rules, rule, &evidence, &reply.payload, &choice, &refusal);
        if ((status == STATUS_OK) != replies[i].is_good)
            fail_msg("%s: %s", replies[i].name, status_name(status));
        if (replies[i].is_good && choice.lifetime_s != replies[i].lifetime_s)
            fail_msg("%s: %u s", replies[i].name, choice.lifetime_s);
    }
    ruleset_drop(rules);
}

static void a_reply_of_two_transforms_is_refused(void **state)
{
    static const struct row rows[ROWS] = {{7, 192, 5, 19, 1, 14400}, {7, 128, 5, 19, 1, 14400}};
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");
    struct phase1_choice choice;
    struct refusal refusal;
    struct offer reply;

    (void)state;
    offer_make(&reply, rows);
    assert_int_equal(phase1_check_reply(rules, ruleset_rule_by_label(rules, "second"), &evidence,
                                        &reply.payload, &choice, &refusal),
                     STATUS_REFUSED);
    assert_int_equal(refusal.reason, REFUSAL_REPLY);
    ruleset_drop(rules);
}

static void sec_61_and_73_the_proven_identity_must_fit_the_entry_of_the_key(void **state)
{
    struct ruleset *rules = material_ruleset(two_rules, key, NULL);
    struct evidence evidence = evidence_of("198.51.100.7");
    const struct ike_rule *rule = phase1_candidate(rules, &evidence, NULL);
    struct refusal refusal;
    const struct credential *credential = phase1_credential(rules, rule, &evidence, &refusal);
    struct address other = material_address("198.51.100.8");
    struct identity identity = identity_of_address(&evidence.remote);

    (void)state;
    assert_non_null(credential);
    evidence.identity = &identity;
    assert_ptr_equal(phase1_settle(rules, &evidence, NULL, credential, &refusal), rule);
    assert_ptr_equal(phase1_settle(rules, &evidence, rule, credential, &refusal), rule);
    identity = identity_of_address(&other);
    assert_null(phase1_settle(rules, &evidence, NULL, credential, &refusal));
    assert_int_equal(refusal.reason, REFUSAL_IDENTITY);
    assert_null(phase1_settle(rules, &evidence, rule, credential, &refusal));
    evidence.place = PEER_BEHIND_NAT;
    assert_ptr_equal(phase1_settle(rules, &evidence, NULL, credential, &refusal), rule);
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peers_order_decides_among_what_any_candidate_holds),
        cmocka_unit_test(sec_45_a_weak_group_is_never_taken_because_the_peer_offers_it),
        cmocka_unit_test(flawed_transforms_are_passed_over_and_alone_they_are_malformed),
        cmocka_unit_test(without_a_rule_or_a_key_for_the_pair_the_answer_is_no),
        cmocka_unit_test(the_candidates_shrink_with_the_evidence_in_file_order),
        cmocka_unit_test(an_offer_has_the_rules_transforms_in_order_and_sizes_largest_first),
        cmocka_unit_test(a_reply_is_taken_only_when_it_is_one_of_the_offered_sets),
        cmocka_unit_test(a_reply_of_two_transforms_is_refused),
        cmocka_unit_test(sec_61_and_73_the_proven_identity_must_fit_the_entry_of_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
