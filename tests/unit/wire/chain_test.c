#include <stdlib.h>

#include "support/test.h"
#include "wire/message.h"

#define OFFSET 28u

static const struct {
    const char *name;
    uint8_t first;
    const char *hex;
    enum chain_tail tail;
    enum status status;
    uint8_t payload_type; /* of the fault */
    size_t offset;        /* of the fault; of the chain's end when it is sound */
} cases[] = {
    {"no payload", PAYLOAD_NONE, "", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0, 0},
    {"one", PAYLOAD_HASH, "00000006 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0, 6},
    {"two", PAYLOAD_KE, "0a000005 aa 0000000c 1122334455667788", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0,
     17},
    {"empty vendor ID", PAYLOAD_VENDOR, "00000004", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0, 4},
    {"reserved octet set", PAYLOAD_HASH, "00ff0006 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0, 6},
    {"unknown type, skipped", 99, "08000006 aabb 00000005 cc", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0,
     11},
    {"private type, skipped", 200, "00000006 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_OK, 0, 6},
    {"3 zero octets of alignment", PAYLOAD_HASH, "00000005 aa 000000", CHAIN_TAIL_ALIGNMENT,
     STATUS_OK, 0, 5},
    {"4 zero octets", PAYLOAD_HASH, "00000005 aa 00000000", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED,
     PAYLOAD_NONE, 33},
    {"hidden octet", PAYLOAD_HASH, "00000005 aa 01", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED,
     PAYLOAD_NONE, 33},
    {"padding of any content", PAYLOAD_HASH, "00000005 aa 0102ff0400000000", CHAIN_TAIL_PADDING,
     STATUS_OK, 0, 5},
    {"number after none", PAYLOAD_NONE, "00000006 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED,
     PAYLOAD_NONE, 28},
    {"length 0", PAYLOAD_HASH, "00000000 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED,
     PAYLOAD_HASH, 28},
    {"length 3", PAYLOAD_HASH, "00000003 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED,
     PAYLOAD_HASH, 28},
    {"length past the end by one", PAYLOAD_HASH, "00000007 aabb", CHAIN_TAIL_ALIGNMENT,
     STATUS_MALFORMED, PAYLOAD_HASH, 28},
    {"length 65535", PAYLOAD_HASH, "0000ffff aabb", CHAIN_TAIL_PADDING, STATUS_MALFORMED,
     PAYLOAD_HASH, 28},
    {"half a header", PAYLOAD_HASH, "0a000006 aabb 0000", CHAIN_TAIL_PADDING, STATUS_MALFORMED,
     PAYLOAD_NONCE, 34},
    {"second past the end", PAYLOAD_KE, "0a000006 aabb 00000100 aabb", CHAIN_TAIL_ALIGNMENT,
     STATUS_MALFORMED, PAYLOAD_NONCE, 34},
    {"chain without an end", PAYLOAD_VENDOR, "0d000006 aabb", CHAIN_TAIL_ALIGNMENT,
     STATUS_MALFORMED, PAYLOAD_VENDOR, 34},
    {"proposal outside an SA", PAYLOAD_PROPOSAL, "00000008 01030400", CHAIN_TAIL_ALIGNMENT,
     STATUS_MALFORMED, PAYLOAD_PROPOSAL, 28},
    {"payload of version 2", 46, "00000006 aabb", CHAIN_TAIL_ALIGNMENT, STATUS_MALFORMED, 46, 28},
};

static void sec_12_to_14_a_chain_is_whole_or_refused_at_its_offset(void **state)
{
    struct payload_chain *chain = malloc(sizeof *chain);

    (void)state;
    assert_non_null(chain);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes octets = test_hex(cases[i].hex);
        struct wire_error error = {0};
        enum status status =
            chain_decode(cases[i].first, bytes_view(&octets), OFFSET, cases[i].tail, chain, &error);

        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].name, status_name(status));
        if (status == STATUS_OK) {
            assert_int_equal(chain->octets.bytes, cases[i].offset);
        } else {
            if (error.offset != cases[i].offset || error.payload_type != cases[i].payload_type)
                fail_msg("%s: payload %u at %zu", cases[i].name, error.payload_type, error.offset);
            assert_int_equal(chain->count, 0); /* SEC-38: nothing half-read stays */
            assert_true(chain->present == 0);
        }
        bytes_clear(&octets);
    }
    free(chain);
}

/* Each type with each body shorter than its fixed fields, and with just those. */
static void sec_12_a_payload_has_its_fixed_fields(void **state)
{
    struct payload_chain *chain = malloc(sizeof *chain);

    (void)state;
    assert_non_null(chain);
    for (size_t i = 0; i < payload_count; i++) {
        const struct payload_kind *kind = &payload_table[i];
        uint8_t octets[64] = {0};

        for (uint8_t bytes = 0; !kind->is_nested && bytes <= kind->least_bytes; bytes++) {
            enum status wanted = bytes == kind->least_bytes ? STATUS_OK : STATUS_MALFORMED;
            enum status status;

            octets[3] = (uint8_t)(GENERIC_HEADER_BYTES + bytes);
            status = chain_decode(kind->number, view_of(octets, octets[3]), 0, CHAIN_TAIL_ALIGNMENT,
                                  chain, NULL);
            if (status != wanted)
                fail_msg("%s with %u octets: %s", kind->name, bytes, status_name(status));
        }
    }
    free(chain);
}

/* `count` payloads of one type, each of 8 octets of body. */
static enum status chain_of(uint8_t type, size_t count, struct payload_chain *chain)
{
    enum {
        EACH = 12
    };
    uint8_t *octets = calloc(count + 1, EACH);
    enum status status;

    assert_non_null(octets);
    for (size_t i = 0; i < count; i++) {
        octets[i * EACH] = i + 1 < count ? type : PAYLOAD_NONE;
        octets[i * EACH + 3] = EACH;
    }
    status = chain_decode(count ? type : PAYLOAD_NONE, view_of(octets, count * EACH), 0,
                          CHAIN_TAIL_ALIGNMENT, chain, NULL);
    free(octets);
    return status;
}

/* V1-9 */
static void sec_15_the_number_of_payloads_is_bounded(void **state)
{
    static const struct {
        uint8_t type;
        size_t most;
    } limits[] = {
        {99, CHAIN_MOST_PAYLOADS}, {200, CHAIN_MOST_PAYLOADS}, {PAYLOAD_VENDOR, 32},
        {PAYLOAD_CERT, 32},        {PAYLOAD_HASH, 4},          {PAYLOAD_FRAGMENT, 1},
    };
    struct payload_chain *chain = malloc(sizeof *chain);

    (void)state;
    assert_non_null(chain);
    for (size_t i = 0; i < COUNT(limits); i++) {
        size_t most = limits[i].most;

        assert_int_equal(chain_of(limits[i].type, most - 1, chain), STATUS_OK);
        assert_int_equal(chain_of(limits[i].type, most, chain), STATUS_OK);
        assert_int_equal(chain->count, most);
        assert_int_equal(chain_count(chain, limits[i].type), most);
        assert_int_equal(chain_of(limits[i].type, most + 1, chain), STATUS_LIMIT);
        assert_int_equal(chain->count, 0);
    }
    assert_int_equal(chain_of(99, 16000, chain), STATUS_LIMIT);
    free(chain);
}

static void sets_say_what_is_present_and_what_is_repeated(void **state)
{
    struct bytes octets = test_hex("0d000005aa 0d000005bb 14000005cc 63000005dd 00000005ee");
    struct payload_chain *chain = malloc(sizeof *chain);
    uint64_t present = BIT(PAYLOAD_KE) | BIT(PAYLOAD_VENDOR) | BIT(PAYLOAD_NAT_D);

    (void)state;
    assert_non_null(chain);
    assert_int_equal(
        chain_decode(PAYLOAD_KE, bytes_view(&octets), OFFSET, CHAIN_TAIL_ALIGNMENT, chain, NULL),
        STATUS_OK);
    assert_true(chain->present == present);
    assert_true(chain->repeated == BIT(PAYLOAD_VENDOR));
    assert_int_equal(chain->count, 5); /* the unknown one stands in the chain, in no set */
    bytes_clear(&octets);
    free(chain);
}

static void payloads_are_found_by_type_and_place(void **state)
{
    struct bytes octets = test_hex("0d000006 aabb 08000005 cc 00000006 ddee 1122");
    struct payload_chain *chain = malloc(sizeof *chain);
    const struct payload *second;

    (void)state;
    assert_non_null(chain);
    assert_int_equal(
        chain_decode(PAYLOAD_HASH, bytes_view(&octets), OFFSET, CHAIN_TAIL_PADDING, chain, NULL),
        STATUS_OK);
    second = chain_find(chain, PAYLOAD_HASH, 1);
    assert_non_null(second);
    assert_int_equal(second->offset, OFFSET + 11);
    test_view_equal("whole", second->whole, view_of(octets.data_own + 11, 6));
    test_view_equal("body", second->body, view_of(octets.data_own + 15, 2));
    assert_null(chain_find(chain, PAYLOAD_HASH, 2));
    assert_null(chain_find(chain, PAYLOAD_NONCE, 0));
    /* What HASH(1) covers: all after the first HASH, generic headers included, padding not. */
    test_view_equal("after the first", chain_after(chain, chain_find(chain, PAYLOAD_HASH, 0)),
                    view_of(octets.data_own + 6, 11));
    assert_true(view_is_empty(chain_after(chain, second)));
    bytes_clear(&octets);
    free(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_12_to_14_a_chain_is_whole_or_refused_at_its_offset),
        cmocka_unit_test(sec_12_a_payload_has_its_fixed_fields),
        cmocka_unit_test(sec_15_the_number_of_payloads_is_bounded),
        cmocka_unit_test(sets_say_what_is_present_and_what_is_repeated),
        cmocka_unit_test(payloads_are_found_by_type_and_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
