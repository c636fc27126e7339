#include "engine/exchange.h"
#include "ikev1/ikev1.h"
#include "registry/exchange.h"
#include "registry/payload.h"
#include "support/test.h"

#define MOST_ROWS 128u

/* All rows of all tables, in order. */
static size_t all_rows(const struct row *rows[MOST_ROWS])
{
    size_t count = 0;

    for (const struct row *const *table = ikev1_protocol.tables; *table; table++) {
        for (const struct row *row = *table; row->name; row++) {
            assert_in_range(count, 0, MOST_ROWS - 1);
            rows[count++] = row;
        }
    }
    return count;
}

static void every_row_has_a_name_of_its_own_a_step_and_a_next_state(void **state)
{
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows);

    (void)state;
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i]->step)
            fail_msg("%s: no step", rows[i]->name);
        if (!exchange_by_number(rows[i]->exchange)->is_processed)
            fail_msg("%s: its exchange is not processed", rows[i]->name);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(rows[i]->name, rows[j]->name) == 0 && rows[i]->exchange == rows[j]->exchange)
                fail_msg("%s: twice", rows[i]->name);
        }
    }
}

/* Two rows that one cause could set in motion would make the order of the table decide. */
static bool are_ambiguous(const struct row *a, const struct row *b)
{
    if (a->exchange != b->exchange || a->role != b->role || a->state != b->state ||
        a->trigger != b->trigger)
        return false;
    if (a->methods && b->methods && !(a->methods & b->methods))
        return false;
    if (a->trigger != TRIGGER_MESSAGE)
        return true;
    if (a->protection != b->protection)
        return false;
    /* what one requires the other refuses: SA, KE, HASH and nonce are never skipped */
    uint64_t a_named = a->required | a->single | a->repeated;
    uint64_t b_named = b->required | b->single | b->repeated;
    return !(a->required & ~b_named) && !(b->required & ~a_named);
}

static void no_cause_fits_two_rows(void **state)
{
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (are_ambiguous(rows[i], rows[j]))
                fail_msg("'%s' and '%s' fit the same cause", rows[i]->name, rows[j]->name);
        }
    }
}

/* SEC-68: the list is reviewed whenever it changes. */
static void sec_068_an_unauthenticated_peer_reaches_these_rows_and_no_other(void **state)
{
    static const char *const reachable[] = {
        "initiator: message 2",
        "initiator: another message 2, message 3 is out",
        "initiator: message 4",
        "initiator: message 6",
        "initiator: another message 4, message 5 is out",
        "responder: message 1",
        "responder: message 3",
        "responder: another message 3",
        "responder: message 5",
        "responder: message 5 with a signature",
        "initiator: message 4, encrypted",
        "initiator: another message 4, encrypted, message 5 is out",
        "responder: message 3, encrypted",
        "responder: message 5, HASH over what came encrypted",
    };
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows), found = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->trigger != TRIGGER_MESSAGE || rows[i]->proof == PROOF_PEER)
            continue;
        bool is_listed = false;
        for (size_t j = 0; j < COUNT(reachable); j++)
            is_listed = is_listed || strcmp(rows[i]->name, reachable[j]) == 0;
        if (!is_listed)
            fail_msg("'%s' is reachable without authentication", rows[i]->name);
        found++;
    }
    assert_int_equal(found, COUNT(reachable));
}

static void a_row_that_changes_an_established_sa_needs_a_verified_hash(void **state)
{
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = rows[i];
        if (row->trigger != TRIGGER_MESSAGE || row->exchange == EXCHANGE_MAIN)
            continue;
        if (row->protection != PROTECTION_HASHED || row->proof != PROOF_PEER ||
            !(row->required & BIT(PAYLOAD_HASH)))
            fail_msg("'%s' acts without a verified HASH", row->name);
    }
}

static void no_row_without_proof_takes_a_delete(void **state)
{
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        uint64_t named = rows[i]->required | rows[i]->single | rows[i]->repeated;
        if (rows[i]->proof != PROOF_PEER && named & BIT(PAYLOAD_DELETE))
            fail_msg("'%s' takes a Delete", rows[i]->name);
    }
}

static void every_state_that_asks_can_be_left_by_the_answer(void **state)
{
    const struct row *rows[MOST_ROWS];
    size_t count = all_rows(rows);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool has_way_out =
            rows[i]->next == EXCHANGE_STATE_OVER || rows[i]->next == EXCHANGE_STATE_BY_STEP;
        for (size_t j = 0; j < count; j++)
            has_way_out =
                has_way_out || (rows[j]->exchange == rows[i]->exchange &&
                                rows[j]->role == rows[i]->role && rows[j]->state == rows[i]->next);
        if (!has_way_out)
            fail_msg("after '%s' nothing can happen any more", rows[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_name_of_its_own_a_step_and_a_next_state),
        cmocka_unit_test(no_cause_fits_two_rows),
        cmocka_unit_test(sec_068_an_unauthenticated_peer_reaches_these_rows_and_no_other),
        cmocka_unit_test(a_row_that_changes_an_established_sa_needs_a_verified_hash),
        cmocka_unit_test(no_row_without_proof_takes_a_delete),
        cmocka_unit_test(every_state_that_asks_can_be_left_by_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
