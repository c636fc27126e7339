#include "identity/credential.h"

#include "support/test.h"

static struct address address_of(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(view_of_text(text), &address), STATUS_OK);
    return address;
}

static struct address_range prefix_of(const char *text, unsigned bits)
{
    struct address address = address_of(text);
    struct address_range range;

    assert_int_equal(address_range_prefix(&address, bits, &range), STATUS_OK);
    return range;
}

/* A closed set of entries; handles are their places from 1. */
static struct credential_index *index_make(void)
{
    struct credential rows[8] = {
        {.local = prefix_of("0.0.0.0", 0), .remote = prefix_of("0.0.0.0", 0)},
        {.local = prefix_of("192.0.2.0", 24), .remote = prefix_of("198.51.100.0", 24)},
        {.local = prefix_of("192.0.2.1", 32), .remote = prefix_of("198.51.100.0", 24)},
        {.local = prefix_of("192.0.2.0", 24), .remote = prefix_of("198.51.100.7", 32)},
        {.local = prefix_of("192.0.2.1", 32), .remote = prefix_of("198.51.100.7", 32)},
        {.local = prefix_of("192.0.2.1", 32),
         .remote = prefix_of("198.51.100.9", 32),
         .mode = CREDENTIAL_AGGRESSIVE},
        {.local = prefix_of("2001:db8::", 32), .remote = prefix_of("2001:db8:1::", 48)},
        {.local = prefix_of("192.0.2.1", 32), .remote = prefix_of("198.51.100.0", 24)},
    };
    struct credential_index *index;

    for (uint32_t i = 0; i < COUNT(rows); i++) {
        rows[i].handle = i + 1;
        rows[i].line = 10 * (i + 1);
        rows[i].column = 1;
    }
    index = credential_index_new("/etc/inet/secret/ike.preshared", rows, COUNT(rows));
    assert_non_null(index);
    return index;
}

static const struct {
    const char *name, *local, *remote;
    uint32_t handle; /* 0: none */
} find_cases[] = {
    {"both exact", "192.0.2.1", "198.51.100.7", 5},
    {"remote exact wins over local exact", "192.0.2.2", "198.51.100.7", 4},
    {"then the longer local; of equals the first", "192.0.2.1", "198.51.100.8", 3},
    {"prefixes", "192.0.2.2", "198.51.100.8", 2},
    {"aggressive only is passed over", "192.0.2.1", "198.51.100.9", 3},
    {"the wildcard is last", "203.0.113.1", "203.0.113.2", 1},
    {"other family", "2001:db8::1", "2001:db8:1::1", 7},
    {"no entry", "2001:db8::1", "2001:db8:2::1", 0},
};

static void the_longest_match_on_remote_then_local_then_file_order_wins(void **state)
{
    struct credential_index *index = index_make();

    (void)state;
    for (size_t i = 0; i < COUNT(find_cases); i++) {
        struct address local = address_of(find_cases[i].local);
        struct address remote = address_of(find_cases[i].remote);
        const struct credential *found = credential_find(index, &local, &remote);

        if ((found ? found->handle : 0) != find_cases[i].handle)
            fail_msg("%s: %u", find_cases[i].name, found ? found->handle : 0);
    }
    credential_index_drop(index);
}

static const struct {
    const char *name;
    uint32_t handle;
    const char *identity; /* address; NULL: a name */
    const char *peer;
    enum peer_place place;
    bool fits;
} fit_cases[] = {
    {"its address", 5, "198.51.100.7", "198.51.100.7", PEER_AT_ITS_ADDRESS, true},
    {"another address", 5, "198.51.100.8", "198.51.100.7", PEER_AT_ITS_ADDRESS, false},
    {"within the prefix, at its address", 2, "198.51.100.8", "198.51.100.8", PEER_AT_ITS_ADDRESS,
     true},
    {"within the prefix, but somebody else's", 2, "198.51.100.9", "198.51.100.8",
     PEER_AT_ITS_ADDRESS, false},
    {"within the prefix behind a NAT", 2, "198.51.100.9", "203.0.113.1", PEER_BEHIND_NAT, true},
    {"outside the prefix behind a NAT", 2, "10.0.0.1", "203.0.113.1", PEER_BEHIND_NAT, false},
    {"a name", 1, NULL, "203.0.113.1", PEER_BEHIND_NAT, false},
};

static void sec_61_a_wildcard_key_lets_nobody_be_somebody_else(void **state)
{
    struct credential_index *index = index_make();

    (void)state;
    for (size_t i = 0; i < COUNT(fit_cases); i++) {
        const struct credential *row = credential_by_handle(index, fit_cases[i].handle);
        struct address address =
            address_of(fit_cases[i].identity ? fit_cases[i].identity : "198.51.100.7");
        struct address peer = address_of(fit_cases[i].peer);
        struct identity identity = identity_of_address(&address);

        if (!fit_cases[i].identity)
            identity = (struct identity){2, view_of_text("host.example.org")};
        if (credential_fits(row, &identity, &peer, fit_cases[i].place) != fit_cases[i].fits)
            fail_msg("%s", fit_cases[i].name);
    }
    credential_index_drop(index);
}

static void a_subnet_is_nobodys_identity(void **state)
{
    struct credential_index *index = index_make();
    struct address peer = address_of("198.51.100.7");
    const uint8_t octets[] = {198, 51, 100, 0, 255, 255, 255, 0};
    struct identity identity = {4, view_of(octets, sizeof octets)};

    (void)state;
    assert_false(
        credential_fits(credential_by_handle(index, 2), &identity, &peer, PEER_BEHIND_NAT));
    credential_index_drop(index);
}

static void an_index_comes_back_from_its_octets(void **state)
{
    struct credential_index *index = index_make();
    struct credential_index *copy = NULL;
    struct bytes octets = {0};
    char text[CREDENTIAL_TEXT_BYTES];

    (void)state;
    assert_int_equal(credential_index_encode(index, &octets), STATUS_OK);
    assert_int_equal(credential_index_decode(bytes_view(&octets), &copy), STATUS_OK);
    assert_int_equal(credential_index_count(copy), credential_index_count(index));
    for (size_t i = 0; i < credential_index_count(index); i++) {
        const struct credential *a = credential_index_at(index, i);
        const struct credential *b = credential_index_at(copy, i);

        assert_int_equal(a->handle, b->handle);
        assert_int_equal(a->line, b->line);
        assert_int_equal(a->mode, b->mode);
        assert_true(address_range_equal(&a->local, &b->local));
        assert_true(address_range_equal(&a->remote, &b->remote));
    }
    assert_string_equal(credential_text(copy, credential_index_at(copy, 1), text),
                        "ike.preshared:20");
    credential_index_drop(copy);
    credential_index_drop(index);
    bytes_clear(&octets);
}

static void octets_cut_or_changed_make_no_index_and_no_crash(void **state)
{
    struct credential_index *index = index_make();
    struct bytes octets = {0};

    (void)state;
    assert_int_equal(credential_index_encode(index, &octets), STATUS_OK);
    for (size_t i = 0; i < octets.bytes; i++) {
        struct credential_index *copy = NULL;

        assert_int_equal(credential_index_decode(view_of(octets.data_own, i), &copy),
                         STATUS_MALFORMED);
        octets.data_own[i] ^= 0xff;
        if (credential_index_decode(bytes_view(&octets), &copy) == STATUS_OK)
            credential_index_drop(copy);
        octets.data_own[i] ^= 0xff;
    }
    credential_index_drop(index);
    bytes_clear(&octets);
}

static void a_held_index_lives_until_its_last_drop(void **state)
{
    struct credential_index *index = index_make();

    (void)state;
    assert_ptr_equal(credential_index_hold(index), index);
    credential_index_drop(index);
    assert_int_equal(credential_index_count(index), 8);
    credential_index_drop(index);
    credential_index_drop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_match_on_remote_then_local_then_file_order_wins),
        cmocka_unit_test(sec_61_a_wildcard_key_lets_nobody_be_somebody_else),
        cmocka_unit_test(a_subnet_is_nobodys_identity),
        cmocka_unit_test(an_index_comes_back_from_its_octets),
        cmocka_unit_test(octets_cut_or_changed_make_no_index_and_no_crash),
        cmocka_unit_test(a_held_index_lives_until_its_last_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
