#include "engine/effects.h"

#include <stdlib.h>

#include "support/test.h"

static const struct path somewhere = {
    .local = {{ADDRESS_IPV4, {192, 0, 2, 1}}, 500},
    .remote = {{ADDRESS_IPV4, {192, 0, 2, 2}}, 500},
};

static void effects_come_back_in_order_and_then_start_over(void **state)
{
    struct effects effects;

    (void)state;
    assert_int_equal(effects_init(&effects), STATUS_OK);
    effects_cancel(&effects, 1);
    effects_send(&effects, &somewhere, view_of_text("abc"));
    effects_cancel(&effects, 2);
    assert_int_equal(effects_next(&effects)->cancel.ticket, 1);
    const struct effect *sent = effects_next(&effects);
    assert_int_equal(sent->kind, FX_SEND);
    test_view_equal("datagram", sent->send.bytes_view, view_of_text("abc"));
    assert_int_equal(effects_next(&effects)->cancel.ticket, 2);
    assert_null(effects_next(&effects));
    effects_cancel(&effects, 3);
    assert_int_equal(effects_next(&effects)->cancel.ticket, 3);
    assert_null(effects_next(&effects));
    effects_clear(&effects);
}

static void bytes_are_copied_so_that_the_sender_may_reuse_his(void **state)
{
    struct effects effects;
    uint8_t octets[4] = {1, 2, 3, 4};

    (void)state;
    assert_int_equal(effects_init(&effects), STATUS_OK);
    effects_send(&effects, &somewhere, view_of(octets, sizeof octets));
    octets[0] = 9;
    assert_int_equal(effects_next(&effects)->send.bytes_view.data[0], 1);
    effects_clear(&effects);
}

static void what_a_step_queued_can_be_taken_back_and_what_was_before_stays(void **state)
{
    struct effects effects;

    (void)state;
    assert_int_equal(effects_init(&effects), STATUS_OK);
    effects_cancel(&effects, 1);
    size_t mark = effects_mark(&effects);
    for (uint64_t i = 0; i < 100; i++)
        effects_cancel(&effects, 100 + i);
    effects_discard(&effects, mark);
    effects_cancel(&effects, 2);
    assert_int_equal(effects_next(&effects)->cancel.ticket, 1);
    assert_int_equal(effects_next(&effects)->cancel.ticket, 2);
    assert_null(effects_next(&effects));
    effects_clear(&effects);
}

static void tickets_count_up_and_are_never_used_twice(void **state)
{
    struct effects effects;
    struct ask_psk ask = {.credential = 1, .data_view = view_of_text("nonces")};
    uint64_t last = 0;

    (void)state;
    assert_int_equal(effects_init(&effects), STATUS_OK);
    for (unsigned i = 0; i < 1000; i++) {
        size_t mark = effects_mark(&effects);
        uint64_t ticket = effects_ask_psk(&effects, &ask);
        assert_true(ticket > last);
        last = ticket;
        if (i % 2)
            effects_discard(&effects, mark); /* a ticket taken back is spent too */
        while (i % 10 == 0 && effects_next(&effects))
            ;
    }
    effects_clear(&effects);
}

static void an_input_cannot_ask_for_unbounded_memory(void **state)
{
    struct effects effects;
    uint8_t *big = calloc(1, 1u << 20);

    (void)state;
    assert_int_equal(effects_init(&effects), STATUS_OK);
    for (unsigned i = 0; i < 16; i++)
        effects_send(&effects, &somewhere, view_of(big, 1u << 20));
    assert_true(effects.has_failed);
    while (effects_next(&effects))
        ;
    assert_false(effects.has_failed);
    free(big);
    effects_clear(&effects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_come_back_in_order_and_then_start_over),
        cmocka_unit_test(bytes_are_copied_so_that_the_sender_may_reuse_his),
        cmocka_unit_test(what_a_step_queued_can_be_taken_back_and_what_was_before_stays),
        cmocka_unit_test(tickets_count_up_and_are_never_used_twice),
        cmocka_unit_test(an_input_cannot_ask_for_unbounded_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
