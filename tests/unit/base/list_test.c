#include "base/list.h"

#include "support/test.h"

struct thing {
    int number;
    struct list list;
};

static void members_come_in_the_order_of_appending(void **state)
{
    struct thing things[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list head;
    int sum = 0;

    (void)state;
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
    for (size_t i = 0; i < COUNT(things); i++) {
        list_init(&things[i].list);
        list_append(&head, &things[i].list);
    }
    assert_int_equal(list_count(&head), 3);
    LIST_EACH (item, &head) {
        sum = sum * 10 + CONTAINER_OF(item, struct thing, list)->number;
    }
    assert_int_equal(sum, 123);
}

static void a_member_may_leave_while_the_list_is_walked(void **state)
{
    struct thing things[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    struct list head;

    (void)state;
    list_init(&head);
    for (size_t i = 0; i < COUNT(things); i++)
        list_append(&head, &things[i].list);
    LIST_EACH (item, &head) {
        if (CONTAINER_OF(item, struct thing, list)->number % 2 == 1)
            list_remove(item);
    }
    assert_int_equal(list_count(&head), 2);
    assert_ptr_equal(list_first(&head), &things[1].list);
    list_remove(&things[0].list); /* twice does no harm */
    assert_int_equal(list_count(&head), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_the_order_of_appending),
        cmocka_unit_test(a_member_may_leave_while_the_list_is_walked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
