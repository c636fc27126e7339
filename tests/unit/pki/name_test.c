#include <openssl/x509.h>

#include "pki/certificate.h"
#include "pki/distinguished_name.h"
#include "support/test.h"

static const struct {
    const char *name, *text;
    enum status status;
    const char *again; /* how it is printed; NULL: as it was */
} texts[] = {
    {"the guide's", "C=US, O=PartyCompany\\, Inc., OU=US-Partym, CN=Partym", STATUS_OK, NULL},
    {"no blanks", "C=US,O=x", STATUS_OK, "C=US, O=x"},
    {"tags in small letters", "c=US, cn=x", STATUS_OK, "C=US, CN=x"},
    {"the other order", "CN=x, O=y, C=US", STATUS_OK, NULL},
    {"two values in one", "C=US, CN=x+UID=7", STATUS_OK, "C=US, CN=x + UID=7"},
    {"blanks around a value", "CN =  a b  , C=US", STATUS_OK, "CN=a b, C=US"},
    {"escaped blanks", "CN=\\ a\\ ", STATUS_OK, NULL},
    {"hex digits", "CN=M\\c3\\bcller", STATUS_OK, NULL},
    {"signs", "CN=a\\=b\\+c\\;d\\<e\\>f\\\\g\\\"h", STATUS_OK, NULL},
    {"a number for a tag", "1.2.840.113549.1.9.1=a@example.org", STATUS_OK, "EMAIL=a@example.org"},
    {"an attribute without a tag", "2.5.4.65=x", STATUS_OK, NULL},
    {"domain components", "DC=example, DC=org", STATUS_OK, NULL},
    {"nothing", "", STATUS_MALFORMED, NULL},
    {"no value", "CN=", STATUS_MALFORMED, NULL},
    {"no tag", "=x", STATUS_MALFORMED, NULL},
    {"no sign", "CN", STATUS_MALFORMED, NULL},
    {"a comma at the end", "CN=x,", STATUS_MALFORMED, NULL},
    {"two commas", "CN=x,,O=y", STATUS_MALFORMED, NULL},
    {"an escape at the end", "CN=x\\", STATUS_MALFORMED, NULL},
    {"an unknown tag", "Q=x", STATUS_UNEXPECTED, NULL},
    {"a country of three letters", "C=USA", STATUS_LIMIT, NULL},
    {"octets that are no UTF-8", "CN=\\ff\\fe", STATUS_LIMIT, NULL},
};

static void texts_are_read_and_print_as_the_same_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *wanted = texts[i].again ? texts[i].again : texts[i].text;
        char buffer[CERTIFICATE_NAME_TEXT_BYTES];
        struct text text = text_over(buffer, sizeof buffer);
        struct bytes der = {0};
        struct bytes again = {0};
        enum status status = distinguished_name_encode(view_of_text(texts[i].text), &der);

        if (status != texts[i].status)
            fail_msg("%s: %s", texts[i].name, status_name(status));
        if (status == STATUS_OK) {
            distinguished_name_text(bytes_view(&der), &text);
            if (strcmp(buffer, wanted) != 0)
                fail_msg("%s: %s", texts[i].name, buffer);
            assert_int_equal(distinguished_name_encode(view_of_text(buffer), &again), STATUS_OK);
            test_view_equal(texts[i].name, bytes_view(&again), bytes_view(&der));
        }
        bytes_clear(&der);
        bytes_clear(&again);
    }
}

/* One entry as given, without a look at its type or length. */
static struct bytes name_of(int nid, int type, const char *value, int bytes)
{
    X509_NAME *name = X509_NAME_new();
    const uint8_t *der = NULL;
    size_t der_bytes = 0;
    struct bytes out = {0};

    assert_true(X509_NAME_add_entry_by_NID(name, nid, type, (const uint8_t *)value, bytes, -1, 0));
    assert_true(X509_NAME_get0_der(name, &der, &der_bytes));
    assert_int_equal(bytes_copy(view_of(der, der_bytes), &out), STATUS_OK);
    X509_NAME_free(name);
    return out;
}

static const struct {
    const char *name;
    struct {
        int nid, type;
        const char *value;
        int bytes;
    } a, b;
    bool is_equal;
} pairs[] = {
    {"the same",
     {NID_commonName, V_ASN1_UTF8STRING, "x", 1},
     {NID_commonName, V_ASN1_UTF8STRING, "x", 1},
     true},
    {"another type of string",
     {NID_commonName, V_ASN1_PRINTABLESTRING, "Gate", 4},
     {NID_commonName, V_ASN1_UTF8STRING, "Gate", 4},
     true},
    {"another case",
     {NID_commonName, V_ASN1_UTF8STRING, "GATE", 4},
     {NID_commonName, V_ASN1_UTF8STRING, "gate", 4},
     true},
    {"blanks within",
     {NID_commonName, V_ASN1_UTF8STRING, "a  b", 4},
     {NID_commonName, V_ASN1_UTF8STRING, "a b", 3},
     true},
    {"blanks around",
     {NID_commonName, V_ASN1_UTF8STRING, " ab ", 4},
     {NID_commonName, V_ASN1_UTF8STRING, "ab", 2},
     true},
    {"one blank less",
     {NID_commonName, V_ASN1_UTF8STRING, "a b", 3},
     {NID_commonName, V_ASN1_UTF8STRING, "ab", 2},
     false},
    {"another attribute",
     {NID_commonName, V_ASN1_UTF8STRING, "x", 1},
     {NID_organizationName, V_ASN1_UTF8STRING, "x", 1},
     false},
    {"a NUL and more",
     {NID_commonName, V_ASN1_UTF8STRING, "gw\0.evil", 8},
     {NID_commonName, V_ASN1_UTF8STRING, "gw", 2},
     false},
    {"another attribute inside a value",
     {NID_commonName, V_ASN1_UTF8STRING, "x/CN=y", 6},
     {NID_commonName, V_ASN1_UTF8STRING, "x", 1},
     false},
    {"a wildcard",
     {NID_commonName, V_ASN1_UTF8STRING, "*", 1},
     {NID_commonName, V_ASN1_UTF8STRING, "x", 1},
     false},
    {"a dot at the end",
     {NID_commonName, V_ASN1_UTF8STRING, "gw.", 3},
     {NID_commonName, V_ASN1_UTF8STRING, "gw", 2},
     false},
};

static void sec_133_names_are_compared_as_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct bytes a =
            name_of(pairs[i].a.nid, pairs[i].a.type, pairs[i].a.value, pairs[i].a.bytes);
        struct bytes b =
            name_of(pairs[i].b.nid, pairs[i].b.type, pairs[i].b.value, pairs[i].b.bytes);

        if (distinguished_name_equal(bytes_view(&a), bytes_view(&b)) != pairs[i].is_equal ||
            distinguished_name_equal(bytes_view(&b), bytes_view(&a)) != pairs[i].is_equal)
            fail_msg("%s", pairs[i].name);
        bytes_clear(&a);
        bytes_clear(&b);
    }
}

static const struct {
    const char *name, *a, *b;
} unequal[] = {
    {"order", "C=US, CN=x", "CN=x, C=US"},
    {"one more", "C=US, CN=x", "C=US, CN=x, CN=y"},
    {"one twice", "CN=x", "CN=x, CN=x"},
    {"joined or apart", "CN=x+UID=7", "CN=x, UID=7"},
};

static void sec_133_order_and_number_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(unequal); i++) {
        struct bytes a = {0};
        struct bytes b = {0};

        assert_int_equal(distinguished_name_encode(view_of_text(unequal[i].a), &a), STATUS_OK);
        assert_int_equal(distinguished_name_encode(view_of_text(unequal[i].b), &b), STATUS_OK);
        if (distinguished_name_equal(bytes_view(&a), bytes_view(&b)))
            fail_msg("%s", unequal[i].name);
        bytes_clear(&a);
        bytes_clear(&b);
    }
}

static void what_is_no_name_equals_nothing(void **state)
{
    static const uint8_t nothing[] = {0x30, 0x00};
    static const uint8_t more[] = {0x30, 0x00, 0x00};
    static const uint8_t garbage[] = {0x30, 0x80, 0xff};
    char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);

    (void)state;
    assert_true(distinguished_name_is_empty(view_of(nothing, sizeof nothing)));
    assert_false(distinguished_name_equal(view_of(more, sizeof more), view_of(more, sizeof more)));
    assert_false(distinguished_name_equal(view_of(garbage, sizeof garbage),
                                          view_of(garbage, sizeof garbage)));
    assert_false(distinguished_name_equal((struct view){0}, (struct view){0}));
    distinguished_name_text(view_of(garbage, sizeof garbage), &text);
    assert_string_equal(buffer, "(unreadable)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_and_print_as_the_same_name),
        cmocka_unit_test(sec_133_names_are_compared_as_names),
        cmocka_unit_test(sec_133_order_and_number_count),
        cmocka_unit_test(what_is_no_name_equals_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
