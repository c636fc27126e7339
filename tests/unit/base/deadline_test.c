#include "base/deadline.h"

#include "support/test.h"

#define DEADLINES 500u

static void deadlines_come_by_time_then_by_order_of_setting(void **state)
{
    struct deadline deadlines[DEADLINES];
    struct deadline_heap heap;
    uint64_t random = 12345;
    uint64_t last_us = 0;
    uint64_t last_sequence = 0;

    (void)state;
    deadline_heap_init(&heap);
    assert_int_equal(deadline_heap_reserve(&heap, DEADLINES), STATUS_OK);
    for (size_t i = 0; i < DEADLINES; i++)
        deadline_init(&deadlines[i]);
    for (size_t step = 0; step < 20000; step++) {
        struct deadline *deadline;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        deadline = &deadlines[(random >> 33) % DEADLINES];
        if ((random >> 20) % 4 == 0)
            deadline_remove(&heap, deadline);
        else
            deadline_set(&heap, deadline, (random >> 40) % 50);
    }
    assert_true(heap.count > DEADLINES / 2);
    for (struct deadline *first; (first = deadline_first(&heap));) {
        assert_true(first->at_us > last_us ||
                    (first->at_us == last_us && first->sequence >= last_sequence));
        last_us = first->at_us;
        last_sequence = first->sequence;
        deadline_remove(&heap, first);
        assert_true(first->at_us == DEADLINE_NONE);
    }
    deadline_heap_clear(&heap);
}

static void setting_none_removes_and_removing_twice_does_no_harm(void **state)
{
    struct deadline_heap heap;
    struct deadline a;
    struct deadline b;

    (void)state;
    deadline_heap_init(&heap);
    deadline_init(&a);
    deadline_init(&b);
    assert_null(deadline_first(&heap));
    assert_int_equal(deadline_heap_reserve(&heap, 2), STATUS_OK);
    deadline_set(&heap, &a, 20);
    deadline_set(&heap, &b, 10);
    assert_ptr_equal(deadline_first(&heap), &b);
    deadline_set(&heap, &b, 30); /* moved behind */
    assert_ptr_equal(deadline_first(&heap), &a);
    deadline_set(&heap, &a, DEADLINE_NONE);
    deadline_remove(&heap, &a);
    assert_ptr_equal(deadline_first(&heap), &b);
    assert_int_equal(heap.count, 1);
    deadline_heap_clear(&heap);
    assert_true(b.at_us == DEADLINE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_come_by_time_then_by_order_of_setting),
        cmocka_unit_test(setting_none_removes_and_removing_twice_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
