#include "offer.h"

/* SEC-26: whatever is offered, the answer is that of a matcher that tries all pairs. */

#define MODELLED                                                                                   \
    "auth_algs sha256 encr_algs aes(128..256) encr_auth_algs sha1} or ipsec {encr_algs "           \
    "aes-gcm(256)} or ipsec {auth_algs sha1} or ipsec {auth_algs sha1 encr_algs aes(256) "         \
    "encr_auth_algs sha1"
#define ALTERNATIVES 4u

/* What the four alternatives of MODELLED say, written out. */
static bool model_holds(unsigned alternative, uint8_t protocol, const struct row *row)
{
    bool is_aes = row->bits == 0 || row->bits == 128 || row->bits == 192 || row->bits == 256;

    if (row->encapsulation != ENCAPSULATION_TRANSPORT || row->esn || row->group == 2 ||
        row->life_s == 29)
        return false;
    switch (alternative) {
    case 0:
        return protocol == ESP ? row->id == 12 && is_aes && row->integrity == 2
                               : row->id == 5 && row->integrity == 5 && row->bits == 0;
    case 1:
        return protocol == ESP && row->id == 20 && row->bits == 256 && row->integrity == 0;
    case 3:
        if (protocol == ESP)
            return row->id == 12 && row->bits == 256 && row->integrity == 2;
        return row->id == 3 && row->integrity == 2 && row->bits == 0;
    default:
        return protocol == AH && row->id == 3 && row->integrity == 2 && row->bits == 0;
    }
}

/* Of the rows of one number, the first pair that an alternative holds; false: none. */
static bool model_choose_set(const struct row *rows, size_t first, size_t end, size_t *esp,
                             size_t *ah)
{
    static const bool uses[ALTERNATIVES][2] = {
        {true, true}, {true, false}, {false, true}, {true, true}}; /* ESP, AH */
    bool has_esp = false, has_ah = false;

    for (size_t i = first; i < end; i++) {
        has_esp = has_esp || rows[i].protocol == ESP;
        has_ah = has_ah || rows[i].protocol == AH;
        if (i > first && rows[i].protocol != rows[i - 1].protocol)
            for (size_t j = first; j + 1 < i; j++)
                if (rows[j].protocol == rows[i].protocol)
                    return false; /* a protocol twice */
    }
    for (*esp = first; *esp < end; ++*esp) {
        if (has_esp && rows[*esp].protocol != ESP)
            continue;
        for (*ah = first; *ah < end; ++*ah) {
            if (has_ah && rows[*ah].protocol != AH)
                continue;
            if (has_esp && has_ah && rows[*esp].group != rows[*ah].group)
                continue;
            for (unsigned k = 0; k < ALTERNATIVES; k++)
                if (uses[k][0] == has_esp && uses[k][1] == has_ah &&
                    (!has_esp || model_holds(k, ESP, &rows[*esp])) &&
                    (!has_ah || model_holds(k, AH, &rows[*ah])))
                    return true;
        }
    }
    return false;
}

static uint32_t draw(uint64_t *seed, uint32_t most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % most;
}

/* Values near enough to the policy that one offer in a few is taken. */
static void draw_rows(uint64_t *seed, struct row rows[ROWS_MOST])
{
    static const uint8_t ah_ids[] = {5, 5, 3, 7};
    static const uint8_t esp_ids[] = {12, 12, 20, 11};
    static const uint16_t sizes[] = {0, 256, 128, 192, 64};
    static const uint16_t groups[] = {0, 0, 0, 0, 14, 2};
    size_t count = 1 + draw(seed, ROWS_MOST);
    uint8_t number = 1;

    memset(rows, 0, ROWS_MOST * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        struct row *row = &rows[i];
        number = (uint8_t)(number + (draw(seed, 3) == 0));
        row->number = number;
        row->protocol = draw(seed, 2) ? ESP : AH;
        row->id = row->protocol == ESP ? esp_ids[draw(seed, 4)] : ah_ids[draw(seed, 4)];
        if (row->protocol == AH) {
            row->integrity = draw(seed, 8) ? (row->id == 3 ? 2 : row->id) : 2;
            row->bits = draw(seed, 10) ? 0 : 128;
        } else {
            row->integrity = row->id == 20 ? (draw(seed, 8) ? 0 : 2) : draw(seed, 4) ? 2 : 5;
            row->bits = sizes[draw(seed, COUNT(sizes))];
        }
        row->group = groups[draw(seed, COUNT(groups))];
        row->encapsulation = ENCAPSULATION_TRANSPORT;
        row->esn = draw(seed, 12) == 0;
        row->life_s = draw(seed, 12) ? 3600 : 29;
    }
}

static void sec_26_every_offer_gets_what_a_matcher_of_all_pairs_would_choose(void **state)
{
    struct ruleset *rules = offer_rules("", MODELLED);
    struct phase2_request request = offer_request(rules);
    size_t taken = 0, bundles = 0;
    uint64_t seed = 4711;

    (void)state;
    for (size_t n = 0; n < 100000; n++) {
        struct row rows[ROWS_MOST];
        struct phase2_agreed agreed = {0};
        struct refusal refusal = {0};
        struct offer offer;
        size_t end = 0, esp = 0, ah = 0;
        bool is_taken = false;
        enum status status;

        draw_rows(&seed, rows);
        for (size_t first = 0; !is_taken && first < ROWS_MOST && rows[first].number; first = end) {
            for (end = first; end < ROWS_MOST && rows[end].number == rows[first].number;)
                end++;
            is_taken = model_choose_set(rows, first, end, &esp, &ah);
        }
        offer_make(&offer, rows, ROWS_MOST);
        status = phase2_choose(rules, &request, ruleset_entry(rules, 0), &offer.payload, &agreed,
                               &refusal);
        if ((status == STATUS_OK) != is_taken)
            fail_msg("offer %zu: %s", n, status_name(status));
        if (!is_taken) {
            assert_int_not_equal(refusal.reason, REFUSAL_NONE);
            continue;
        }
        taken++;
        bundles += agreed.ah_transform != NULL;
        size_t main = agreed.protocol == ESP ? esp : ah;
        if (agreed.transform->number != main + 1 ||
            (agreed.ah_transform && agreed.ah_transform->number != ah + 1))
            fail_msg("offer %zu: transform %u", n, agreed.transform->number);
    }
    print_message("# %zu of 100000 taken, %zu as bundles\n", taken, bundles);
    assert_true(taken > 10000 && bundles > 2000);
    ruleset_drop(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_26_every_offer_gets_what_a_matcher_of_all_pairs_would_choose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
