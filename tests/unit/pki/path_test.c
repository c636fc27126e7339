#include "pki/path.h"

#include "support/test.h"
#include "unit/pki/chain.h"

struct fixture {
    struct chain_keys keys;
};

static int fixture_make(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.keys = {.kind = "p256", .other = authority_key("p256")}};
    for (size_t i = 0; i < CHAIN_MOST; i++)
        fixture.keys.keys[i] = authority_key("p256");
    *state = &fixture;
    return 0;
}

static int fixture_clear(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < CHAIN_MOST; i++)
        EVP_PKEY_free(fixture->keys.keys[i]);
    EVP_PKEY_free(fixture->keys.other);
    return 0;
}

static bool judge(const struct chain *chain, const struct chain_keys *keys,
                  struct path_verdict *out)
{
    struct chain_made made;
    bool is_read;

    chain_make(chain, keys, &made);
    is_read = chain_judge(chain, &made, out);
    chain_made_clear(&made);
    return is_read;
}

static void a_good_path_is_told_whole(void **state)
{
    struct fixture *fixture = *state;
    struct path_verdict verdict = {0};
    struct chain chain;

    chain_init(&chain, &fixture->keys, 4);
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_true(verdict.is_trusted);
    assert_false(verdict.is_named_by_trust);
    assert_int_equal(verdict.chain_count, 4);
    for (enum path_check check = PATH_KEY; check < PATH_CHECK_COUNT; check++) {
        if (verdict.results[check] != PATH_PASSED)
            fail_msg("%s: %s", path_check_name(check), path_result_name(verdict.results[check]));
    }
    path_verdict_clear(&verdict);
    assert_int_equal(verdict.chain_count, 0);
}

static void what_is_odd_but_harmless_is_a_warning(void **state)
{
    struct fixture *fixture = *state;
    struct path_verdict verdict = {0};
    struct chain chain;

    chain_init(&chain, &fixture->keys, 3);
    draft_extend(&chain.drafts[1], "basicConstraints", "CA:TRUE");
    chain.ignores_crls = true;
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_true(verdict.is_trusted);
    assert_int_equal(verdict.results[PATH_BASIC_CONSTRAINTS], PATH_WARNED);
    assert_int_equal(verdict.results[PATH_REVOCATION], PATH_NOT_DONE);
    path_verdict_clear(&verdict);
}

/* A leaf, `count` - 2 authorities and a root. */
static bool is_length_trusted(struct fixture *fixture, size_t count)
{
    struct path_verdict verdict = {0};
    struct chain chain;
    bool is_trusted;

    chain_init(&chain, &fixture->keys, count);
    assert_true(judge(&chain, &fixture->keys, &verdict));
    is_trusted = verdict.is_trusted;
    path_verdict_clear(&verdict);
    return is_trusted;
}

static void a_path_has_eight_certificates_below_its_root(void **state)
{
    struct fixture *fixture = *state;

    assert_true(is_length_trusted(fixture, 2));
    assert_true(is_length_trusted(fixture, PATH_MOST_CERTIFICATES + 1));
    assert_false(is_length_trusted(fixture, PATH_MOST_CERTIFICATES + 2));
}

static void a_missing_list_says_where_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct path_verdict verdict = {0};
    struct chain chain;

    chain_init(&chain, &fixture->keys, 2);
    chain.is_listed[1] = false;
    draft_extend(&chain.drafts[0], "crlDistributionPoints", "URI:http://pki.example.org/r.crl");
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_false(verdict.is_trusted);
    assert_true(verdict.is_crl_missing);
    assert_string_equal(verdict.crl_url, "http://pki.example.org/r.crl");
    assert_string_equal(
        verdict.line,
        "certificate sent by the peer <C=US, O=Peer, CN=gateway>: revocation: there is no "
        "revocation list of its issuer (issuer <C=US, O=Authority, CN=Root>), it says that it is "
        "at http://pki.example.org/r.crl; get the authority's list and add it with \"ikecert "
        "certrldb -a\", or say ignore_crls");
    path_verdict_clear(&verdict);
}

static void a_line_names_certificate_check_and_mend(void **state)
{
    struct fixture *fixture = *state;
    struct path_verdict verdict = {0};
    struct chain chain;

    chain_init(&chain, &fixture->keys, 3);
    chain.drafts[2].not_after_s = CHAIN_NOW_S - CHAIN_DAY_S;
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_int_equal(verdict.failed, PATH_VALIDITY);
    assert_int_equal(verdict.failed_at, 2);
    assert_string_equal(
        verdict.line,
        "certificate slot 0 <C=US, O=Authority, CN=Root>: validity: has expired (at 2027-01-14 "
        "08:00:00 GMT); have its issuer make a new one, and add that with \"ikecert certdb -a\" "
        "where it belongs");
    path_verdict_clear(&verdict);
}

static const struct {
    int64_t wall_s;
    const char *text;
} times[] = {
    {INT64_C(1), "1970-01-01 00:00:01 GMT"},
    {INT64_C(951782400), "2000-02-29 00:00:00 GMT"},
    {INT64_C(951868800), "2000-03-01 00:00:00 GMT"},
    {INT64_C(2147483648), "2038-01-19 03:14:08 GMT"},
    {INT64_C(2524607999), "2049-12-31 23:59:59 GMT"},
    {INT64_C(2524608000), "2050-01-01 00:00:00 GMT"},
    {INT64_C(4107542400), "2100-03-01 00:00:00 GMT"},
    {INT64_C(253402300799), "9999-12-31 23:59:59 GMT"},
};

static void sec_128_times_of_every_century_are_told_right(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(times); i++) {
        struct path_verdict verdict = {0};
        struct chain chain;

        chain_init(&chain, &fixture->keys, 2);
        chain.ignores_crls = true;
        chain.wall_s = times[i].wall_s - 1;
        for (size_t j = 0; j < chain.count; j++) {
            chain.drafts[j].not_before_s = times[i].wall_s;
            chain.drafts[j].not_after_s = times[i].wall_s;
        }
        assert_true(judge(&chain, &fixture->keys, &verdict));
        if (verdict.failed != PATH_VALIDITY || !strstr(verdict.line, times[i].text))
            fail_msg("%s: %s", times[i].text, verdict.line);
        path_verdict_clear(&verdict);
    }
}

static struct certificate *read_x509(X509 *x509)
{
    struct bytes der = authority_der(x509);
    struct certificate *certificate = NULL;

    assert_int_equal(certificate_read(bytes_view(&der), &certificate), STATUS_OK);
    bytes_clear(&der);
    return certificate;
}

/* The store has nothing but the root, in two slots. */
struct trial {
    struct cert_store *store;
    struct certificate *leaf, *root;
};

static void trial_make(struct fixture *fixture, struct trial *trial)
{
    struct chain chain;
    struct chain_made made;
    struct cert_row rows[2] = {{.slot = "3"}, {.slot = "4"}};

    chain_init(&chain, &fixture->keys, 2);
    chain_make(&chain, &fixture->keys, &made);
    trial->leaf = read_x509(made.x509[0]);
    trial->root = read_x509(made.x509[1]);
    rows[0].certificate = trial->root;
    rows[1].certificate = trial->root;
    assert_int_equal(cert_store_new(rows, 2, NULL, 0, &trial->store), STATUS_OK);
    chain_made_clear(&made);
}

static void trial_clear(struct trial *trial)
{
    certificate_drop(trial->leaf);
    certificate_drop(trial->root);
    cert_store_drop(trial->store);
}

static bool is_trusted(const struct path_query *query)
{
    struct path_verdict verdict = {0};
    bool answer;

    assert_int_equal(path_verify(query, &verdict), STATUS_OK);
    answer = verdict.is_trusted;
    path_verdict_clear(&verdict);
    return answer;
}

static void sec_134_what_a_peer_sends_is_never_trusted_by_itself(void **state)
{
    struct cert_selector any = {.kind = CERT_ANY, .value_view = ""};
    struct cert_selector slot = {.kind = CERT_SLOT, .value_view = "4"};
    struct trial trial;
    struct path_query query = {.wall_s = CHAIN_NOW_S, .ignores_crls = true};
    struct cert_store *empty = NULL;

    trial_make(*state, &trial);
    assert_int_equal(cert_store_new(NULL, 0, NULL, 0, &empty), STATUS_OK);
    query.leaf = trial.leaf;
    query.store = trial.store;
    query.sent = &trial.root;
    query.sent_count = 1;
    assert_false(is_trusted(&query)); /* nothing is named */
    query.roots = (struct cert_selectors){&slot, 1};
    assert_true(is_trusted(&query)); /* the second of its slots is named */
    /* Whatever is named, it must lie in the store. */
    query.store = empty;
    query.roots = (struct cert_selectors){&any, 1};
    query.trusted = (struct cert_selectors){&any, 1};
    assert_false(is_trusted(&query));
    query.leaf = trial.root;
    assert_false(is_trusted(&query));
    cert_store_drop(empty);
    trial_clear(&trial);
}

static void sec_135_another_authority_of_the_store_does_not_do(void **state)
{
    struct cert_selector other = {.kind = CERT_SUBJECT, .value_view = "C=US, CN=Another"};
    struct cert_selector excluded = {.kind = CERT_SLOT, .value_view = "3", .is_excluded = true};
    struct trial trial;
    struct path_query query = {.wall_s = CHAIN_NOW_S, .ignores_crls = true};

    trial_make(*state, &trial);
    query.leaf = trial.leaf;
    query.store = trial.store;
    query.roots = (struct cert_selectors){&other, 1};
    assert_false(is_trusted(&query));
    query.roots = (struct cert_selectors){&excluded, 1};
    assert_true(is_trusted(&query)); /* slot 4 is left */
    trial_clear(&trial);
}

/* Many of the name of the issuer, the right one among them at `place`. */
static bool is_found_among(struct fixture *fixture, size_t count, size_t place)
{
    struct cert_selector any = {.kind = CERT_ANY, .value_view = ""};
    struct cert_row rows[40];
    struct chain chain;
    struct chain_made made;
    struct path_query query = {.wall_s = CHAIN_NOW_S, .ignores_crls = true, .roots = {&any, 1}};
    struct cert_store *store = NULL;
    bool answer;

    chain_init(&chain, &fixture->keys, 2);
    draft_extend(&chain.drafts[0], "authorityKeyIdentifier", "");
    chain_make(&chain, &fixture->keys, &made);
    for (size_t i = 0; i < count; i++) {
        struct certificate_draft draft = chain.drafts[1];
        X509 *x509;

        draft.serial = 1000 + (long)i;
        draft.key = i == place ? fixture->keys.keys[1] : fixture->keys.other;
        x509 = authority_certificate(&draft);
        rows[i] = (struct cert_row){.certificate = read_x509(x509), .slot = "0"};
        X509_free(x509);
    }
    assert_int_equal(cert_store_new(rows, count, NULL, 0, &store), STATUS_OK);
    query.store = store;
    query.leaf = read_x509(made.x509[0]);
    answer = is_trusted(&query);
    certificate_drop(query.leaf);
    for (size_t i = 0; i < count; i++)
        certificate_drop(rows[i].certificate);
    cert_store_drop(store);
    chain_made_clear(&made);
    return answer;
}

static void sec_136_namesakes_do_not_hide_the_right_one(void **state)
{
    for (size_t count = 1; count <= 12; count++) {
        for (size_t place = 0; place < count; place++) {
            if (!is_found_among(*state, count, place))
                fail_msg("%zu of %zu", place, count);
        }
        assert_false(is_found_among(*state, count, count)); /* it is not among them */
    }
    assert_false(is_found_among(*state, 40, 40)); /* and it ends */
}

static void sec_137_short_keys_and_broken_hashes_carry_no_path(void **state)
{
    struct fixture *fixture = *state;
    EVP_PKEY *key = authority_key("rsa1024");
    struct path_verdict verdict = {0};
    struct chain chain;

    chain_init(&chain, &fixture->keys, 3);
    chain.drafts[0].key = key;
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_false(verdict.is_trusted);
    assert_int_equal(verdict.failed, PATH_STRENGTH);
    assert_non_null(strstr(verdict.line, "too short (RSA, 1024 bits)"));
    /* Named by hand it does, with a warning. */
    chain.is_leaf_named = true;
    assert_true(judge(&chain, &fixture->keys, &verdict));
    assert_true(verdict.is_trusted);
    assert_true(verdict.is_named_by_trust);
    assert_int_equal(verdict.results[PATH_STRENGTH], PATH_WARNED);
    path_verdict_clear(&verdict);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_path_is_told_whole),
        cmocka_unit_test(what_is_odd_but_harmless_is_a_warning),
        cmocka_unit_test(a_path_has_eight_certificates_below_its_root),
        cmocka_unit_test(a_missing_list_says_where_it_is),
        cmocka_unit_test(a_line_names_certificate_check_and_mend),
        cmocka_unit_test(sec_128_times_of_every_century_are_told_right),
        cmocka_unit_test(sec_134_what_a_peer_sends_is_never_trusted_by_itself),
        cmocka_unit_test(sec_135_another_authority_of_the_store_does_not_do),
        cmocka_unit_test(sec_136_namesakes_do_not_hide_the_right_one),
        cmocka_unit_test(sec_137_short_keys_and_broken_hashes_carry_no_path),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
