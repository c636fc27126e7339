#include "pki/cert_store.h"

#include "registry/identity_type.h"
#include "support/authority.h"
#include "support/test.h"

#define NOW_S INT64_C(1800000000)
#define ROW_COUNT 7u

struct fixture {
    EVP_PKEY *keys[2]; /* RSA, P-256 */
    struct cert_row rows[ROW_COUNT];
    struct crl_row crl;
    struct cert_store *store;
};

static const struct {
    const char *slot, *subject, *names, *usage;
    size_t key;
    uint32_t handle;
    int64_t until_s;
} rows[ROW_COUNT] = {
    {"0", "C=US, CN=a", "DNS:a.example.org", "digitalSignature", 0, 0, 100},
    {"1", "C=US, CN=us", "DNS:us.example.org,IP:192.0.2.1", "digitalSignature", 0, 1, -100},
    {"2", "C=US, CN=us", "DNS:us.example.org,IP:192.0.2.1", "digitalSignature", 0, 2, 100},
    {"3", "C=US, CN=us", "DNS:us.example.org,IP:192.0.2.1", "keyEncipherment", 0, 3, 100},
    {"4", "C=US, CN=us", "DNS:us.example.org,IP:192.0.2.1", "digitalSignature", 1, 4, 100},
    {"5", "C=US, CN=late", "DNS:late.example.org", "digitalSignature", 0, 5, -100},
    {"10", "C=US, CN=a", "DNS:other.example.org", "digitalSignature", 1, 0, 100},
};

static struct certificate *row_certificate(struct fixture *fixture, size_t i)
{
    struct certificate_draft draft = {
        .subject = rows[i].subject,
        .not_before_s = NOW_S - 1000,
        .not_after_s = NOW_S + rows[i].until_s,
        .serial = 1 + (long)i,
        .key = fixture->keys[rows[i].key],
    };
    struct certificate *certificate = NULL;
    struct bytes der;
    X509 *x509;

    draft_extend(&draft, "subjectAltName", rows[i].names);
    draft_extend(&draft, "keyUsage", rows[i].usage);
    x509 = authority_certificate(&draft);
    der = authority_der(x509);
    assert_int_equal(certificate_read(bytes_view(&der), &certificate), STATUS_OK);
    if (i == 0) {
        struct crl_draft list = {
            .issuer = x509, .key = draft.key, .this_update_s = NOW_S, .next_update_s = NOW_S + 10};
        X509_CRL *crl = authority_crl(&list);
        struct bytes crl_octets = authority_crl_der(crl);

        assert_int_equal(crl_read(bytes_view(&crl_octets), &fixture->crl.crl), STATUS_OK);
        bytes_clear(&crl_octets);
        X509_CRL_free(crl);
    }
    bytes_clear(&der);
    X509_free(x509);
    return certificate;
}

static int fixture_make(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.keys = {authority_key("rsa2048"), authority_key("p256")}};
    fixture.crl.slot = "7";
    for (size_t i = 0; i < ROW_COUNT; i++)
        fixture.rows[i] = (struct cert_row){.certificate = row_certificate(&fixture, i),
                                            .slot = rows[i].slot,
                                            .key_handle = rows[i].handle};
    assert_int_equal(cert_store_new(fixture.rows, ROW_COUNT, &fixture.crl, 1, &fixture.store),
                     STATUS_OK);
    *state = &fixture;
    return 0;
}

static int fixture_clear(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ROW_COUNT; i++)
        certificate_drop(fixture->rows[i].certificate);
    crl_drop(fixture->crl.crl);
    cert_store_drop(fixture->store);
    EVP_PKEY_free(fixture->keys[0]);
    EVP_PKEY_free(fixture->keys[1]);
    return 0;
}

/* Slots of all that a selector names, "1 2 3 ". */
static void slots_named(const struct cert_store *store, enum cert_selector_kind kind,
                        const char *value, char out[64])
{
    const struct cert_selector selector = {.kind = kind, .value_view = value};
    struct text text = text_over(out, 64);
    const struct cert_row *row = NULL;

    while ((row = cert_store_find_selector(store, &selector, row)))
        text_add(&text, "%s ", row->slot);
}

static const struct {
    const char *name;
    enum cert_selector_kind kind;
    const char *value, *slots;
} look_ups[] = {
    {"subject", CERT_SUBJECT, "c=us, cn=A", "0 10 "},
    {"issuer", CERT_ISSUER, "C=US, CN=us", "1 2 3 4 "},
    {"slot", CERT_SLOT, "10", "10 "},
    {"slot with a zero", CERT_SLOT, "02", "2 "},
    {"DNS", CERT_DNS, "US.example.org", "1 2 3 4 "},
    {"address", CERT_IP, "192.0.2.1", "1 2 3 4 "},
    {"any", CERT_ANY, "", "0 1 2 3 4 5 10 "},
    {"nobody's", CERT_DNS, "nobody.example.org", ""},
    {"no name", CERT_SUBJECT, "no name", ""},
};

static void look_ups_give_all_in_the_order_of_the_store(void **state)
{
    const struct fixture *fixture = *state;
    char slots[64];

    for (size_t i = 0; i < COUNT(look_ups); i++) {
        slots_named(fixture->store, look_ups[i].kind, look_ups[i].value, slots);
        if (strcmp(slots, look_ups[i].slots) != 0)
            fail_msg("%s: %s", look_ups[i].name, slots);
    }
}

static void an_id_finds_its_certificates(void **state)
{
    const struct fixture *fixture = *state;
    const struct identity dn = {.type = IDENTITY_DN,
                                .data = certificate_subject(fixture->rows[6].certificate)};
    const struct identity dns = {.type = IDENTITY_FQDN, .data = view_of_text("OTHER.example.org")};
    const struct identity gn = {.type = IDENTITY_GN,
                                .data = certificate_name_at(fixture->rows[5].certificate, 0).der};
    const struct cert_row *row = cert_store_find_identity(fixture->store, &dn, NULL);

    assert_string_equal(row->slot, "0");
    row = cert_store_find_identity(fixture->store, &dn, row);
    assert_string_equal(row->slot, "10");
    assert_null(cert_store_find_identity(fixture->store, &dn, row));
    assert_string_equal(cert_store_find_identity(fixture->store, &dns, NULL)->slot, "10");
    assert_string_equal(cert_store_find_identity(fixture->store, &gn, NULL)->slot, "5");
    assert_string_equal(cert_store_find_same(fixture->store, fixture->rows[3].certificate)->slot,
                        "3");
    assert_string_equal(cert_store_find_key(fixture->store, 4)->slot, "4");
    assert_null(cert_store_find_key(fixture->store, 0));
    assert_string_equal(cert_store_find_slot(fixture->store, "5")->slot, "5");
    assert_string_equal(
        cert_store_find_crl(fixture->store, certificate_subject(fixture->rows[0].certificate), NULL)
            ->slot,
        "7");
    assert_null(cert_store_find_crl(fixture->store,
                                    certificate_subject(fixture->rows[1].certificate), NULL));
}

static const struct {
    const char *name, *dns;
    enum auth_method method;
    uint32_t handle; /* 0: none */
} own[] = {
    {"the valid one that signs", "us.example.org", METHOD_RSA_SIG, 2},
    {"the one that encrypts", "us.example.org", METHOD_RSA_ENCRYPT, 3},
    {"the one of the curve", "us.example.org", METHOD_ECDSA_256, 4},
    {"none of another curve", "us.example.org", METHOD_ECDSA_384, 0},
    {"an expired one when there is no other", "late.example.org", METHOD_RSA_SIG, 5},
    {"none without its private key", "a.example.org", METHOD_RSA_SIG, 0},
};

static void our_own_is_valid_and_fit_for_the_method(void **state)
{
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(own); i++) {
        const struct cert_selector selector = {.kind = CERT_DNS, .value_view = own[i].dns};
        const struct cert_selectors local = {&selector, 1};
        const struct cert_row *row =
            cert_store_find_own(fixture->store, &local, own[i].method, NOW_S);

        if ((row ? row->key_handle : 0) != own[i].handle)
            fail_msg("%s: slot %s", own[i].name, row ? row->slot : "none");
    }
}

static void a_store_comes_back_from_its_octets(void **state)
{
    const struct fixture *fixture = *state;
    struct cert_store *again = NULL;
    struct bytes octets = {0};
    char text[CERT_TEXT_BYTES];

    assert_int_equal(cert_store_encode(fixture->store, &octets), STATUS_OK);
    assert_int_equal(cert_store_decode(bytes_view(&octets), &again), STATUS_OK);
    assert_int_equal(cert_store_count(again), ROW_COUNT);
    assert_int_equal(cert_store_crl_count(again), 1);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_string_equal(cert_store_at(again, i)->slot, rows[i].slot);
        assert_int_equal(cert_store_at(again, i)->key_handle, rows[i].handle);
        assert_true(
            certificate_equal(cert_store_at(again, i)->certificate, fixture->rows[i].certificate));
    }
    assert_string_equal(cert_store_text(again, fixture->rows[5].certificate, text),
                        "slot 5 <C=US, CN=late>");
    cert_store_drop(again);
    for (size_t i = 0; i < octets.bytes; i += 29)
        assert_int_not_equal(cert_store_decode(view_of(octets.data_own, i), &again), STATUS_OK);
    bytes_clear(&octets);
}

static void nothing_is_made_of_counts_that_are_not_there(void **state)
{
    static const uint8_t many[] = {1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    static const uint8_t other[] = {2, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t empty[] = {1, 0, 0, 0, 0, 0, 0, 0, 0};
    struct cert_store *store = NULL;

    (void)state;
    assert_int_equal(cert_store_decode(view_of(many, sizeof many), &store), STATUS_MALFORMED);
    assert_int_equal(cert_store_decode(view_of(other, sizeof other), &store), STATUS_MALFORMED);
    assert_int_equal(cert_store_decode(view_of(empty, sizeof empty), &store), STATUS_OK);
    assert_int_equal(cert_store_count(store), 0);
    cert_store_drop(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_ups_give_all_in_the_order_of_the_store),
        cmocka_unit_test(an_id_finds_its_certificates),
        cmocka_unit_test(our_own_is_valid_and_fit_for_the_method),
        cmocka_unit_test(a_store_comes_back_from_its_octets),
        cmocka_unit_test(nothing_is_made_of_counts_that_are_not_there),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
