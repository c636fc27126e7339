#include "base/secret.h"

#include "support/test.h"

static void assert_all_zero(const void *memory, size_t bytes)
{
    const uint8_t *octets = memory;

    for (size_t i = 0; i < bytes; i++) {
        if (octets[i] != 0)
            fail_msg("octet %zu is %02x", i, octets[i]);
    }
}

static void a_secret_holds_up_to_its_size_and_no_more(void **state)
{
    uint8_t octets[SECRET_MAX_BYTES + 1];
    struct secret secret = {0};

    (void)state;
    memset(octets, 0x5a, sizeof octets);
    assert_int_equal(secret_set(&secret, view_of(octets, SECRET_MAX_BYTES)), STATUS_OK);
    assert_int_equal(secret_set(&secret, view_of_text("key")), STATUS_OK);
    test_view_equal("set", secret_view(&secret), view_of_text("key"));
    assert_all_zero(secret.bytes + 3, sizeof secret.bytes - 3); /* the longer key is gone */
    assert_int_equal(secret_set(&secret, view_of(octets, sizeof octets)), STATUS_LIMIT);
    test_view_equal("unchanged", secret_view(&secret), view_of_text("key"));
    assert_int_equal(secret_set(&secret, view_of(secret.bytes + 1, 2)), STATUS_OK);
    test_view_equal("a part of itself", secret_view(&secret), view_of_text("ey"));
    secret_clear(&secret);
    assert_all_zero(&secret, sizeof secret);
}

static void a_move_leaves_nothing_behind(void **state)
{
    struct secret from = {0};
    struct secret to = {0};
    struct shared_secret shared_from = {.used_bytes = 2, .bytes = {1, 2}};
    struct shared_secret shared_to = {0};

    (void)state;
    assert_int_equal(secret_set(&from, view_of_text("key")), STATUS_OK);
    secret_move(&to, &from);
    test_view_equal("moved", secret_view(&to), view_of_text("key"));
    assert_all_zero(&from, sizeof from);
    secret_move(&to, &to); /* onto itself: kept */
    assert_int_equal(to.used_bytes, 3);

    shared_secret_move(&shared_to, &shared_from);
    assert_int_equal(shared_to.used_bytes, 2);
    assert_all_zero(&shared_from, sizeof shared_from);
    shared_secret_clear(&shared_to);
    assert_all_zero(&shared_to, sizeof shared_to);
}

static void sec_55_authenticators_are_equal_only_whole(void **state)
{
    uint8_t octets[32];
    uint8_t other[32];

    (void)state;
    memset(octets, 0xa5, sizeof octets);
    for (size_t bit = 0; bit < 8 * sizeof octets; bit++) {
        memcpy(other, octets, sizeof octets);
        other[bit / 8] = (uint8_t)(other[bit / 8] ^ (1u << bit % 8));
        assert_false(secret_equal(view_of(octets, sizeof octets), view_of(other, sizeof other)));
    }
    assert_true(secret_equal(view_of(octets, sizeof octets), view_of(octets, sizeof octets)));
    assert_false(secret_equal(view_of(octets, 32), view_of(octets, 31)));
    assert_false(secret_equal((struct view){0}, view_of(octets, 1)));
    assert_true(secret_equal((struct view){0}, (struct view){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_holds_up_to_its_size_and_no_more),
        cmocka_unit_test(a_move_leaves_nothing_behind),
        cmocka_unit_test(sec_55_authenticators_are_equal_only_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
