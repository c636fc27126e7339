#include "key_schedule_case.h"

#include "support/test.h"

const struct transform *case_hash(const char *prf)
{
    const char *name = strncmp(prf, "hmac-", 5) == 0 ? prf + 5 : prf;
    return transform_by_name(TRANSFORM_HASH, name);
}

int case_setup(void **state)
{
    struct crypto *crypto = NULL;
    int failed = crypto_new(&crypto) != STATUS_OK || crypto_load_legacy(crypto) != STATUS_OK;
    *state = crypto;
    return failed;
}

int case_teardown(void **state)
{
    crypto_free(*state);
    return 0;
}

struct view case_hex(struct vectors *vectors, const char *key)
{
    return vectors_has(vectors, key) ? vectors_hex(vectors, key) : (struct view){NULL, 0};
}

struct phase1_values case_values(struct vectors *vectors)
{
    return (struct phase1_values){
        .hash = case_hash(vectors_text(vectors, "prf")),
        .initiator_cookie = vectors_hex(vectors, "cky_i"),
        .responder_cookie = vectors_hex(vectors, "cky_r"),
        .initiator_nonce = vectors_hex(vectors, "ni"),
        .responder_nonce = vectors_hex(vectors, "nr"),
        .initiator_public = case_hex(vectors, "g_xi"),
        .responder_public = case_hex(vectors, "g_xr"),
        .shared = case_hex(vectors, "g_xy"),
        .initiator_sa_body = case_hex(vectors, "sai_b"),
    };
}

void case_expect(struct vectors *vectors, const char *key, struct secret *value)
{
    char what[160];

    (void)snprintf(what, sizeof what, "%s: %s", vectors_text(vectors, "case"), key);
    test_view_equal(what, secret_view(value), vectors_hex(vectors, key));
    secret_clear(value);
}

void case_expect_keys(struct crypto *crypto, struct vectors *vectors,
                      const struct phase1_values *values, struct phase1_keys *keys)
{
    struct phase1_keys copy = {0};

    assert_int_equal(phase1_keys_derive(crypto, values, vectors_hex(vectors, "skeyid"), keys),
                     STATUS_OK);
    copy = *keys;
    case_expect(vectors, "skeyid_d", &copy.skeyid_d);
    case_expect(vectors, "skeyid_a", &copy.skeyid_a);
    case_expect(vectors, "skeyid_e", &copy.skeyid_e);
}
