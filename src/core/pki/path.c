#include "pki/path.h"

#include <openssl/err.h>

#include "pki/certificate_private.h"
#include "pki/path_private.h"

static void key_check(const struct path_query *query, struct path_run *run)
{
    run->results[PATH_KEY] = PATH_PASSED;
    if (!certificate_may(query->leaf, query->use))
        path_run_note(run, query->use == CERTIFICATE_USE_SIGN ? FAULT_NO_SIGN : FAULT_NO_ENCRYPT,
                      0);
    else if (!certificate_is_for_ike(query->leaf))
        path_run_note(run, FAULT_NOT_FOR_IKE, 0);
}

/* Named by cert_trust: checked by hand, so only what changes by itself is looked at. */
static void run_trusted(const struct path_query *query, struct path_run *run)
{
    *run = (struct path_run){.chain_count = 1};
    run->results[PATH_ANCHOR] = PATH_PASSED;
    run->results[PATH_VALIDITY] = PATH_PASSED;
    run->results[PATH_STRENGTH] = PATH_PASSED;
    if (query->wall_s < certificate_not_before_s(query->leaf))
        path_run_note(run, X509_V_ERR_CERT_NOT_YET_VALID, 0);
    else if (query->wall_s > certificate_not_after_s(query->leaf))
        path_run_note(run, X509_V_ERR_CERT_HAS_EXPIRED, 0);
    if (certificate_key_kind(query->leaf) == CERTIFICATE_RSA &&
        certificate_key_bits(query->leaf) < PATH_LEAST_RSA_BITS)
        path_run_note(run, FAULT_SHORT_ANCHOR, 0);
    run->is_trusted = run->results[PATH_VALIDITY] != PATH_FAILED;
}

static bool has_namesakes(const struct path_pool *pool)
{
    for (size_t i = 1; i < pool->count; i++) {
        for (size_t j = 1; j < i; j++) {
            if (X509_NAME_cmp(X509_get_subject_name(pool->items[i]->x509_own),
                              X509_get_subject_name(pool->items[j]->x509_own)) == 0)
                return true;
        }
    }
    return false;
}

static bool is_above(struct path_pool *pool, size_t upper, size_t lower)
{
    if (X509_NAME_cmp(X509_get_subject_name(pool->items[upper]->x509_own),
                      X509_get_issuer_name(pool->items[lower]->x509_own)) != 0)
        return false;
    pool->signatures_left--;
    return X509_verify(pool->items[lower]->x509_own,
                       X509_get0_pubkey(pool->items[upper]->x509_own)) == 1;
}

/*
 * OpenSSL takes the issuer that looks best by its names, and does not turn back when its signature
 * is wrong. Here each issuer has signed what is below it, and each way up is tried, within the
 * budget. `order` is the way up so far.
 */
static enum status ways_try(const struct path_query *query, struct path_pool *pool,
                            size_t order[PATH_MOST_CERTIFICATES + 2], struct path_run *best)
{
    size_t next[PATH_MOST_CERTIFICATES + 2] = {0};
    size_t depth = 0;
    uint64_t members = BIT(0);

    order[0] = 0;
    for (;;) {
        size_t i = next[depth]++;

        if (pool->signatures_left <= (int)depth + 2) /* a look, and a run over them all */
            return STATUS_OK;
        if (i >= pool->count || depth >= PATH_MOST_CERTIFICATES) {
            members &= ~BIT(order[depth]);
            if (depth-- == 0)
                return STATUS_OK;
            continue;
        }
        if ((members & BIT(i)) || !is_above(pool, i, order[depth]))
            continue;
        if (pool->is_anchor[i]) {
            struct path_run run;
            enum status status = path_run_verify(query, pool, members | BIT(i), &run);

            if (status != STATUS_OK)
                return status;
            if (run.is_trusted) {
                *best = run;
                return STATUS_OK;
            }
            continue;
        }
        order[++depth] = i;
        next[depth] = 0;
        members |= BIT(i);
    }
}

static enum status run_path(const struct path_query *query, struct path_pool *pool,
                            struct path_run *run)
{
    size_t order[PATH_MOST_CERTIFICATES + 2];
    enum status status;

    path_pool_gather(query, pool);
    status = path_run_verify(query, pool, UINT64_MAX, run);
    if (status == STATUS_OK && !run->is_trusted && has_namesakes(pool))
        status = ways_try(query, pool, order, run);
    ERR_clear_error();
    return status;
}

/* The first check that failed; PATH_CHECK_COUNT: none. */
static enum path_check first_failed(const struct path_run *run)
{
    enum path_check check = PATH_KEY;

    while (check < PATH_CHECK_COUNT && run->results[check] != PATH_FAILED)
        check++;
    return check;
}

static void crl_note(const struct path_run *run, struct path_verdict *verdict)
{
    const struct certificate *certificate = verdict->chain_own[verdict->failed_at];
    struct view url = certificate_crl_url(certificate);

    if (verdict->failed != PATH_REVOCATION ||
        run->faults[PATH_REVOCATION]->number != X509_V_ERR_UNABLE_TO_GET_CRL)
        return;
    verdict->is_crl_missing = true;
    if (url.bytes < sizeof verdict->crl_url) {
        struct text text = text_over(verdict->crl_url, sizeof verdict->crl_url);

        text_add(&text, "%.*s", (int)url.bytes, (const char *)url.data);
    }
}

static void verdict_make(const struct path_query *query, const struct path_pool *pool,
                         const struct path_run *run, struct path_verdict *out)
{
    enum path_check failed = first_failed(run);

    for (size_t i = 0; i < run->chain_count; i++)
        out->chain_own[i] = certificate_hold(pool->items[run->chain[i]]);
    if (run->chain_count == 0)
        out->chain_own[0] = certificate_hold(query->leaf);
    out->chain_count = run->chain_count > 0 ? run->chain_count : 1;
    for (enum path_check check = PATH_KEY; check < PATH_CHECK_COUNT; check++)
        out->results[check] = run->results[check];
    out->is_trusted = run->is_trusted && failed == PATH_CHECK_COUNT;
    if (failed == PATH_CHECK_COUNT)
        return;
    out->failed = failed;
    out->failed_at = run->depths[failed];
    crl_note(run, out);
    path_line_write(query, run->faults[failed], out);
}

enum status path_verify(const struct path_query *query, struct path_verdict *out)
{
    struct path_pool pool = {.items = {query->leaf}, .count = 1};
    struct path_run run;
    enum status status = STATUS_OK;
    bool is_named = path_is_named(query, &query->trusted, query->leaf);

    if (is_named)
        run_trusted(query, &run);
    else
        status = run_path(query, &pool, &run);
    if (status != STATUS_OK)
        return status;
    key_check(query, &run);
    path_verdict_clear(out);
    out->is_named_by_trust = is_named;
    verdict_make(query, &pool, &run, out);
    return STATUS_OK;
}

void path_verdict_clear(struct path_verdict *verdict)
{
    for (size_t i = 0; i < verdict->chain_count; i++)
        certificate_drop(verdict->chain_own[i]);
    *verdict = (struct path_verdict){0};
}
