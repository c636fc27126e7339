#include "registry/vendor.h"

#include <openssl/evp.h>

#include "support/test.h"

static void octets_are_md5_of_the_text_that_is_known(void **state)
{
    size_t known = 0;

    (void)state;
    for (size_t i = 0; i < vendor_count; i++) {
        const struct vendor_id *row = &vendor_table[i];
        size_t bytes = row->text_bytes ? row->text_bytes : 16;
        uint8_t digest[EVP_MAX_MD_SIZE];

        if (!row->text)
            continue;
        assert_int_equal(EVP_Digest(row->text, strlen(row->text), digest, NULL, EVP_md5(), NULL),
                         1);
        test_view_equal(row->name, view_of(row->octets, bytes), view_of(digest, bytes));
        known++;
    }
    assert_true(known >= 20);
}

static void no_two_rows_have_the_same_octets(void **state)
{
    (void)state;
    for (size_t i = 0; i < vendor_count; i++) {
        assert_true(vendor_table[i].vendor != VENDOR_UNKNOWN);
        assert_in_range(vendor_table[i].bytes, 1, VENDOR_MOST_BYTES);
        for (size_t j = 0; j < i; j++) {
            if (view_equal(view_of(vendor_table[i].octets, vendor_table[i].bytes),
                           view_of(vendor_table[j].octets, vendor_table[j].bytes)))
                fail_msg("%s and %s", vendor_table[i].name, vendor_table[j].name);
        }
    }
}

static void v1_7_a_body_is_the_longest_row_that_it_matches_or_unknown(void **state)
{
    static const struct {
        const char *hex;
        enum vendor vendor;
    } cases[] = {
        {"4a131c81070358455c5728f20e95452f", VENDOR_NAT_RFC3947},
        {"4a131c81070358455c5728f20e95452f00", VENDOR_UNKNOWN},
        {"4a131c81070358455c5728f20e95452e", VENDOR_UNKNOWN},
        {"4a131c81070358455c5728f20e9545", VENDOR_UNKNOWN},
        {"90cb80913ebb696e086381b5ec427b1f", VENDOR_NAT_DRAFT_02_NEWLINE},
        {"afcad71368a1f1c96b8696fc77570100", VENDOR_DPD},
        {"afcad71368a1f1c96b8696fc77570101", VENDOR_DPD},     /* a later minor version */
        {"afcad71368a1f1c96b8696fc77570200", VENDOR_UNKNOWN}, /* another major one */
        {"4048b7d56ebce88525e7de7f00d6c2d3", VENDOR_FRAGMENTATION},
        {"4048b7d56ebce88525e7de7f00d6c2d380000000", VENDOR_FRAGMENTATION},
        {"4048b7d56ebce88525e7de7f00d6c2d3c0000000", VENDOR_FRAGMENTATION},
        {"4048b7d56ebce88525e7de7f00d6c2d38000000000", VENDOR_UNKNOWN},
        {"12f5f28c457168a9702d9fe274cc0204", VENDOR_CISCO_UNITY},
        {"1e2b516905991c7d7c96fcbfb587e46100000009", VENDOR_WINDOWS},
        {"4f452d4c696272657377616e2d342e3130", VENDOR_LIBRESWAN}, /* OE-Libreswan-4.10 */
        {"4f454e111111111111111111", VENDOR_LIBRESWAN},
        {"4f4511111111111111111111", VENDOR_OPENSWAN},
        {"4f45111111111111111111", VENDOR_UNKNOWN}, /* 11 octets */
        {"3e984048", VENDOR_CISCO_IOS},
        {"3e98404801020304", VENDOR_CISCO_IOS},
        {"3e9840", VENDOR_UNKNOWN},
        {"", VENDOR_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes body = test_hex(cases[i].hex);
        const struct vendor_id *row = vendor_match(bytes_view(&body));

        if ((row ? row->vendor : VENDOR_UNKNOWN) != cases[i].vendor)
            fail_msg("%s: %s", cases[i].hex, row ? row->name : "unknown");
        bytes_clear(&body);
    }
}

static void what_is_sent_matches_itself(void **state)
{
    (void)state;
    for (unsigned vendor = VENDOR_UNKNOWN + 1; vendor <= VENDOR_SSH; vendor++) {
        const struct vendor_id *row = vendor_by_number((enum vendor)vendor);

        assert_non_null(row);
        if (row->least_bytes <= row->bytes)
            assert_ptr_equal(vendor_match(view_of(row->octets, row->bytes)), row);
    }
    assert_null(vendor_by_number(VENDOR_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_are_md5_of_the_text_that_is_known),
        cmocka_unit_test(no_two_rows_have_the_same_octets),
        cmocka_unit_test(v1_7_a_body_is_the_longest_row_that_it_matches_or_unknown),
        cmocka_unit_test(what_is_sent_matches_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
