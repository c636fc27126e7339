#include "contract/event.h"

#include "support/test.h"

static const struct ike_event sample = {
    .path =
        {
            .local = {{ADDRESS_IPV4, {192, 0, 2, 1}}, 500},
            .remote = {{ADDRESS_IPV4, {198, 51, 100, 7}}, 4500},
        },
    .ike_sa = 0x1122334455667788,
    .label_view = "branch",
    .identity_view = "198.51.100.7",
    .suite_view = "aes-cbc(128), sha1, modp2048, preshared",
    .seconds = 14400,
};

static void established_line_has_rule_identity_and_suite(void **state)
{
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);
    struct ike_event event = sample;

    (void)state;
    event.kind = EVENT_MAIN_MODE_ESTABLISHED;
    event_render(&event, &text);
    assert_string_equal(buffer, "198.51.100.7:4500 main mode established: rule \"branch\", peer is "
                                "198.51.100.7, aes-cbc(128), sha1, modp2048, preshared, expires in "
                                "14400 s");
}

static void port_500_is_not_printed(void **state)
{
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);
    struct ike_event event = sample;

    (void)state;
    event.kind = EVENT_MAIN_MODE_STARTED;
    event.path.remote.port = 500;
    event_render(&event, &text);
    assert_string_equal(buffer, "198.51.100.7 main mode: we begin, rule \"branch\"");
}

static void suppressed_lines_are_counted(void **state)
{
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);
    struct ike_event event = {.kind = EVENT_NO_RULE, .text_view = "no rule", .suppressed = 17};

    (void)state;
    event_render(&event, &text);
    assert_string_equal(buffer, "no rule (17 more like this were left out)");
}

/* A sentence that names a field that does not exist would print it in braces. */
static void every_sentence_names_known_fields_only(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        char buffer[1024];
        struct text text = text_over(buffer, sizeof buffer);
        struct ike_event event = sample;

        event.kind = (enum event_kind)kind;
        event_render(&event, &text);
        if (strpbrk(buffer, "{}"))
            fail_msg("%s: %s", event_table[kind].name, buffer);
    }
}

static void every_event_has_category_and_severity(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        const struct event_row *row = &event_table[kind];

        if (!row->name || !row->sentence || !(row->category & CATEGORY_ALL) || !row->severity)
            fail_msg("row %d is not whole", kind);
    }
}

/* What a peer may have put into any text: all 255 octets that a C string can hold. */
static void sec_161_one_event_is_one_line(void **state)
{
    char every[256], buffer[4096];
    struct ike_event event = sample;

    (void)state;
    for (int i = 0; i < 255; i++)
        every[i] = (char)(i + 1);
    every[255] = '\0';
    event.label_view = event.exchange_view = event.word_view = event.text_view = every;
    event.identity_view = event.suite_view = every;
    event.octets_view = view_of_text(every);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        struct text text = text_over(buffer, sizeof buffer);

        event.kind = (enum event_kind)kind;
        event_render(&event, &text);
        for (size_t i = 0; i < text.bytes; i++)
            if (buffer[i] < 0x20 || buffer[i] >= 0x7f)
                fail_msg("%s prints octet %02x", event_table[kind].name, (uint8_t)buffer[i]);
    }
}

static void a_short_buffer_cuts_the_line(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity < 60; capacity++) {
        char buffer[64];
        struct text text = text_over(buffer, capacity);
        struct ike_event event = sample;

        event.kind = EVENT_MAIN_MODE_ESTABLISHED;
        event_render(&event, &text);
        assert_true(text.is_cut);
        assert_int_equal(strlen(buffer), capacity - 1);
    }
}

static void categories_have_one_bit_each_and_make_all(void **state)
{
    uint32_t all = 0;

    (void)state;
    for (size_t i = 0; i < category_count; i++) {
        assert_int_equal(category_table[i].bit & (category_table[i].bit - 1), 0);
        assert_int_equal(all & category_table[i].bit, 0);
        assert_non_null(category_table[i].words[0]);
        assert_non_null(category_table[i].text);
        all |= category_table[i].bit;
    }
    assert_int_equal(all, CATEGORY_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(established_line_has_rule_identity_and_suite),
        cmocka_unit_test(port_500_is_not_printed),
        cmocka_unit_test(suppressed_lines_are_counted),
        cmocka_unit_test(every_sentence_names_known_fields_only),
        cmocka_unit_test(every_event_has_category_and_severity),
        cmocka_unit_test(sec_161_one_event_is_one_line),
        cmocka_unit_test(a_short_buffer_cuts_the_line),
        cmocka_unit_test(categories_have_one_bit_each_and_make_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
