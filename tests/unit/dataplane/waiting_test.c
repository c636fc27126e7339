#include <stdlib.h>

#include "base/instant.h"
#include "dataplane/waiting_private.h"
#include "support/test.h"

static struct selector to_host(uint8_t last_octet)
{
    struct address host = {.family = ADDRESS_IPV4, .octets = {192, 0, 2, last_octet}};

    return (struct selector){.local = address_range_host(&host),
                             .remote = address_range_host(&host)};
}

static enum waiting_result keep(struct waiting *waiting, uint64_t now_us, uint32_t reqid,
                                uint8_t host, const char *packet)
{
    struct selector wanted = to_host(host);
    uint32_t sequence = 0;
    enum waiting_result result =
        waiting_keep(waiting, now_us, reqid, &wanted, view_of_text(packet), &sequence);

    assert_true((result == WAITING_ASK) == (sequence != 0));
    return result;
}

static size_t free_all(struct list *packets)
{
    size_t count = 0;

    LIST_EACH (item, packets) {
        list_remove(item);
        free(CONTAINER_OF(item, struct waiting_packet, link));
        count++;
    }
    return count;
}

static void one_entry_and_selector_asks_once(void **state)
{
    struct waiting *waiting = waiting_new();

    (void)state;
    assert_int_equal(keep(waiting, 0, 1, 1, "a"), WAITING_ASK);
    assert_int_equal(keep(waiting, 1, 1, 1, "b"), WAITING_KEPT);
    assert_int_equal(keep(waiting, 2, 1, 2, "c"), WAITING_ASK);
    assert_int_equal(keep(waiting, 3, 2, 1, "d"), WAITING_ASK);
    assert_int_equal(waiting_count(waiting), 3);
    waiting_free(waiting);
}

static void who_waits_in_vain_asks_again_ever_more_rarely(void **state)
{
    struct waiting *waiting = waiting_new();
    const uint64_t wanted_s[] = {0, 2, 6, 14};
    uint64_t asked_s[8];
    size_t count = 0;

    (void)state;
    for (uint64_t s = 0; s < 30 && count < COUNT(asked_s); s++)
        if (keep(waiting, s * SECOND_US, 1, 1, "a") == WAITING_ASK)
            asked_s[count++] = s;
    assert_int_equal(count, COUNT(wanted_s));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(asked_s[i], wanted_s[i]);
    waiting_free(waiting);
}

static void packets_come_back_in_order(void **state)
{
    struct waiting *waiting = waiting_new();
    struct list out;
    const char *wanted = "abc";

    (void)state;
    list_init(&out);
    keep(waiting, 0, 1, 1, "a");
    keep(waiting, 0, 1, 1, "b");
    keep(waiting, 0, 9, 1, "x");
    keep(waiting, 0, 1, 1, "c");
    waiting_release(waiting, 1, &out);
    LIST_EACH (item, &out) {
        struct waiting_packet *packet = CONTAINER_OF(item, struct waiting_packet, link);
        assert_int_equal(packet->bytes, 1);
        assert_int_equal(packet->octets[0], *wanted++);
    }
    assert_int_equal(free_all(&out), 3);
    waiting_free(waiting);
}

static void what_a_narrower_sa_left_does_not_ask_again(void **state)
{
    struct waiting *waiting = waiting_new();
    struct list out;

    (void)state;
    list_init(&out);
    keep(waiting, 0, 1, 1, "a");
    waiting_release(waiting, 1, &out);
    assert_int_equal(free_all(&out), 1);
    assert_int_equal(keep(waiting, 1, 1, 1, "a"), WAITING_KEPT);
    waiting_settle(waiting, 1);
    assert_int_equal(waiting_count(waiting), 1);
    waiting_free(waiting);
}

static void what_is_served_may_ask_again_at_once(void **state)
{
    struct waiting *waiting = waiting_new();
    struct list out;

    (void)state;
    list_init(&out);
    keep(waiting, 0, 1, 1, "a");
    waiting_release(waiting, 1, &out);
    waiting_settle(waiting, 1);
    free_all(&out);
    assert_int_equal(keep(waiting, 1, 1, 1, "b"), WAITING_ASK);
    waiting_free(waiting);
}

static void after_thirty_seconds_packets_go_and_the_next_asks(void **state)
{
    struct waiting *waiting = waiting_new();

    (void)state;
    keep(waiting, 0, 1, 1, "a");
    keep(waiting, 10 * SECOND_US, 1, 1, "b");
    assert_int_equal(waiting_expire(waiting, 30 * SECOND_US - 1), 0);
    assert_int_equal(waiting_expire(waiting, 30 * SECOND_US), 2);
    assert_int_equal(keep(waiting, 30 * SECOND_US, 1, 1, "c"), WAITING_ASK);
    waiting_free(waiting);
}

static void a_rule_keeps_sixty_four_packets(void **state)
{
    struct waiting *waiting = waiting_new();
    struct list out;

    (void)state;
    list_init(&out);
    for (unsigned i = 0; i < 70; i++)
        keep(waiting, 0, 1, (uint8_t)(i % 3), "p");
    assert_int_equal(keep(waiting, 0, 2, 1, "of another rule"), WAITING_ASK);
    waiting_release(waiting, 1, &out);
    assert_int_equal(free_all(&out), WAITING_PACKETS_MOST);
    waiting_free(waiting);
}

/* SEC-120 */
static void a_spray_of_destinations_is_bounded(void **state)
{
    struct waiting *waiting = waiting_new();
    size_t asked = 0;

    (void)state;
    for (uint32_t reqid = 1; reqid <= 2; reqid++)
        for (unsigned host = 0; host < 256; host++)
            asked += keep(waiting, 0, reqid, (uint8_t)host, "p") == WAITING_ASK;
    assert_int_equal(asked, WAITING_ACQUIRES_MOST);
    assert_int_equal(waiting_count(waiting), WAITING_ACQUIRES_MOST);
    waiting_free(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_and_selector_asks_once),
        cmocka_unit_test(who_waits_in_vain_asks_again_ever_more_rarely),
        cmocka_unit_test(packets_come_back_in_order),
        cmocka_unit_test(what_a_narrower_sa_left_does_not_ask_again),
        cmocka_unit_test(what_is_served_may_ask_again_at_once),
        cmocka_unit_test(after_thirty_seconds_packets_go_and_the_next_asks),
        cmocka_unit_test(a_rule_keeps_sixty_four_packets),
        cmocka_unit_test(a_spray_of_destinations_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
