/*
 * The verdict on a chain of three certificates with the lists of both authorities, beside the bare
 * call of OpenSSL with a store that is made beforehand and objects that are read beforehand. Then
 * one look-up in stores of 10 and of 10,000 certificates.
 */
#include <stdlib.h>

#include <openssl/x509_vfy.h>

#include "bench.h"
#include "pki/path.h"
#include "support/authority.h"

#define NOW_S INT64_C(1800000000)
#define STEPS 40u
#define STORE_MOST 10000u

static void must(bool is_done)
{
    if (!is_done)
        abort();
}

/* Leaf, authority between, root. */
struct trial {
    EVP_PKEY *keys[3];
    X509 *x509[3];
    X509_CRL *lists[2]; /* of the authority between and of the root */
    struct certificate *certificates[3];
    struct crl *crls[2];
    struct cert_store *store;
    X509_STORE *bare_store;
    STACK_OF(X509) * between;
    struct cert_store *stores[2]; /* of many: few and many */
};

static void chain_make(struct trial *trial)
{
    static const char *const names[] = {"CN=leaf", "CN=between", "CN=root"};

    for (size_t n = 3; n > 0; n--) {
        struct certificate_draft draft = {
            .subject = names[n - 1],
            .not_before_s = NOW_S - 10,
            .not_after_s = NOW_S + 1000,
            .serial = (long)n,
            .key = trial->keys[n - 1],
            .signer = n < 3 ? trial->x509[n] : NULL,
            .signer_key = n < 3 ? trial->keys[n] : NULL,
        };
        struct bytes der;

        draft_extend(&draft, "subjectKeyIdentifier", "hash");
        draft_extend(&draft, "authorityKeyIdentifier", n < 3 ? "keyid" : "");
        draft_extend(&draft, "basicConstraints", n > 1 ? "critical,CA:TRUE" : "");
        draft_extend(&draft, "keyUsage",
                     n > 1 ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
        trial->x509[n - 1] = authority_certificate(&draft);
        der = authority_der(trial->x509[n - 1]);
        must(certificate_read(bytes_view(&der), &trial->certificates[n - 1]) == STATUS_OK);
        bytes_clear(&der);
    }
}

static void lists_make(struct trial *trial)
{
    for (size_t i = 0; i < 2; i++) {
        const struct crl_draft draft = {.issuer = trial->x509[i + 1],
                                        .key = trial->keys[i + 1],
                                        .this_update_s = NOW_S - 10,
                                        .next_update_s = NOW_S + 1000,
                                        .revoked = 99};
        struct bytes der;

        trial->lists[i] = authority_crl(&draft);
        der = authority_crl_der(trial->lists[i]);
        must(crl_read(bytes_view(&der), &trial->crls[i]) == STATUS_OK);
        bytes_clear(&der);
    }
}

static X509_STORE *bare_store(const struct trial *trial)
{
    X509_STORE *store = X509_STORE_new();

    must(X509_STORE_add_cert(store, trial->x509[2]) == 1);
    must(X509_STORE_add_crl(store, trial->lists[0]) == 1);
    must(X509_STORE_add_crl(store, trial->lists[1]) == 1);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)NOW_S);
    return store;
}

static void trial_make(const char *kind, struct trial *trial)
{
    struct cert_row row = {.slot = "0"};
    struct crl_row lists[2] = {{.slot = "0"}, {.slot = "1"}};

    for (size_t i = 0; i < 3; i++)
        trial->keys[i] = authority_key(kind);
    chain_make(trial);
    lists_make(trial);
    row.certificate = trial->certificates[2];
    lists[0].crl = trial->crls[0];
    lists[1].crl = trial->crls[1];
    must(cert_store_new(&row, 1, lists, 2, &trial->store) == STATUS_OK);
    trial->bare_store = bare_store(trial);
    trial->between = sk_X509_new_null();
    must(trial->between && sk_X509_push(trial->between, trial->x509[1]));
}

static void trial_clear(struct trial *trial)
{
    for (size_t i = 0; i < 3; i++) {
        certificate_drop(trial->certificates[i]);
        X509_free(trial->x509[i]);
        EVP_PKEY_free(trial->keys[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        crl_drop(trial->crls[i]);
        X509_CRL_free(trial->lists[i]);
    }
    cert_store_drop(trial->store);
    X509_STORE_free(trial->bare_store);
    sk_X509_free(trial->between);
}

static void ours(void *arg)
{
    const struct trial *trial = arg;
    const struct cert_selector root = {.kind = CERT_SUBJECT, .value_view = "CN=root"};
    const struct path_query query = {
        .store = trial->store,
        .roots = {&root, 1},
        .leaf = trial->certificates[0],
        .sent = &trial->certificates[1],
        .sent_count = 1,
        .wall_s = NOW_S,
    };
    struct path_verdict verdict = {0};

    must(path_verify(&query, &verdict) == STATUS_OK && verdict.is_trusted);
    path_verdict_clear(&verdict);
}

static void bare(void *arg)
{
    const struct trial *trial = arg;
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    must(X509_STORE_CTX_init(context, trial->bare_store, trial->x509[0], trial->between) == 1);
    must(X509_verify_cert(context) == 1);
    X509_STORE_CTX_free(context);
}

/* Many certificates of one key, each of its own name. */
static struct cert_store *many(EVP_PKEY *key, size_t count)
{
    struct cert_row *rows = calloc(count, sizeof *rows);
    struct cert_store *store = NULL;

    must(rows != NULL);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        struct certificate_draft draft = {.subject = name, .not_after_s = NOW_S, .key = key};
        struct bytes der;
        X509 *x509;

        (void)snprintf(name, sizeof name, "CN=host %zu", i);
        draft.serial = 1 + (long)i;
        x509 = authority_certificate(&draft);
        der = authority_der(x509);
        must(certificate_read(bytes_view(&der), &rows[i].certificate) == STATUS_OK);
        rows[i].slot = "0";
        bytes_clear(&der);
        X509_free(x509);
    }
    must(cert_store_new(rows, count, NULL, 0, &store) == STATUS_OK);
    for (size_t i = 0; i < count; i++)
        certificate_drop(rows[i].certificate);
    free(rows);
    return store;
}

static void look_up(const struct cert_store *store)
{
    const struct cert_selector host = {.kind = CERT_SUBJECT, .value_view = "CN=host 7"};

    must(cert_store_find_selector(store, &host, NULL) != NULL);
}

static void look_up_many(void *arg)
{
    look_up(((const struct trial *)arg)->stores[1]);
}

static void look_up_few(void *arg)
{
    look_up(((const struct trial *)arg)->stores[0]);
}

int main(void)
{
    static const char *const kinds[] = {"rsa2048", "p256"};
    struct trial trial = {0};
    EVP_PKEY *key = authority_key("p256");

    bench_header("path of three, two lists");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        trial_make(kinds[i], &trial);
        bench_compare(kinds[i], ours, bare, &trial, STEPS);
        trial_clear(&trial);
    }
    bench_header("look-up in 10,000, in 10");
    trial.stores[0] = many(key, 10);
    trial.stores[1] = many(key, STORE_MOST);
    bench_compare("subject", look_up_many, look_up_few, &trial, 100 * STEPS);
    cert_store_drop(trial.stores[0]);
    cert_store_drop(trial.stores[1]);
    EVP_PKEY_free(key);
    return 0;
}
