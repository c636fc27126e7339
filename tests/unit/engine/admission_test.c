#include "engine/admission.h"

#include "engine/engine_state.h"
#include "support/test.h"

/* An address by its last two octets. */
static struct address address_of(unsigned third, unsigned last)
{
    return (struct address){ADDRESS_IPV4, {198, 51, (uint8_t)third, (uint8_t)last}};
}

static void sec_59_a_prefix_gets_so_many_decryptions_a_second(void **state)
{
    static struct engine engine = {.digest_key = {1, 2}};
    unsigned given = 0;

    (void)state;
    for (uint64_t second = 1; second < 4; second++) {
        engine.now.mono_us = second * SECOND_US;
        given = 0;
        for (unsigned i = 0; i < 256; i++) {
            struct address from = address_of(100, i); /* addresses of one prefix count together */
            given += admission_may_decrypt(&engine, &from);
        }
        assert_int_equal(given, ADMISSION_DECRYPTIONS_A_SECOND);
        struct address other = address_of(101, 1);
        assert_true(admission_may_decrypt(&engine, &other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_59_a_prefix_gets_so_many_decryptions_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
