#include "pki/certificate_bundle.h"

#include "pki/certificate.h"
#include "support/test.h"

struct found {
    size_t counts[2];
    enum status status; /* that each call ends with */
    struct bytes first_own;
};

static enum status note(void *arg, enum bundle_item item, struct view der)
{
    struct found *found = arg;

    if (!found->first_own.data_own)
        assert_int_equal(bytes_copy(der, &found->first_own), STATUS_OK);
    found->counts[item]++;
    return found->status;
}

static void a_bundle_gives_its_certificates_and_lists(void **state)
{
    struct bytes bundle = test_file("pki/bundle.p7b"), west = test_file("pki/west-rsa.crt");
    struct found found = {.status = STATUS_OK};

    (void)state;
    assert_int_equal(certificate_bundle_read(bytes_view(&bundle), note, &found), STATUS_OK);
    assert_int_equal(found.counts[BUNDLE_CERTIFICATE], 2);
    assert_int_equal(found.counts[BUNDLE_CRL], 1);
    test_view_equal("the first", bytes_view(&found.first_own), bytes_view(&west));
    bytes_clear(&found.first_own);
    found = (struct found){.status = STATUS_LIMIT};
    assert_int_equal(certificate_bundle_read(bytes_view(&bundle), note, &found), STATUS_LIMIT);
    assert_int_equal(found.counts[BUNDLE_CERTIFICATE], 1);
    bytes_clear(&found.first_own);
    bytes_clear(&bundle);
    bytes_clear(&west);
}

static void what_is_no_bundle_gives_nothing(void **state)
{
    static uint8_t large[CERTIFICATE_MOST_BYTES + 1];
    struct bytes bundle = test_file("pki/bundle.p7b"), west = test_file("pki/west-rsa.crt");
    struct found found = {.status = STATUS_OK};

    (void)state;
    for (size_t bytes = 0; bytes < bundle.bytes; bytes++)
        assert_int_equal(certificate_bundle_read(view_of(bundle.data_own, bytes), note, &found),
                         STATUS_MALFORMED);
    assert_int_equal(
        certificate_bundle_read(view_of(bundle.data_own, bundle.bytes + 1), note, &found),
        STATUS_MALFORMED); /* a NUL behind it */
    assert_int_equal(certificate_bundle_read(bytes_view(&west), note, &found), STATUS_MALFORMED);
    assert_int_equal(certificate_bundle_read(view_of(large, sizeof large), note, &found),
                     STATUS_MALFORMED);
    assert_null(found.first_own.data_own);
    bytes_clear(&bundle);
    bytes_clear(&west);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_gives_its_certificates_and_lists),
        cmocka_unit_test(what_is_no_bundle_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
