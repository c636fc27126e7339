#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "pki/certificate_private.h"
#include "pki/crl_private.h"
#include "pki/path_private.h"

void path_run_note(struct path_run *run, int number, size_t depth)
{
    const struct path_fault *fault = path_fault_find(number);

    if (run->results[fault->check] >= fault->result)
        return;
    run->results[fault->check] = fault->result;
    run->faults[fault->check] = fault;
    run->depths[fault->check] = depth;
}

/* A certificate counts through its last second (RFC 5280 section 4.1.2.5); to OpenSSL, up to it. */
static bool is_last_second(X509_STORE_CTX *context)
{
    const X509 *x509 = X509_STORE_CTX_get_current_cert(context);
    int64_t not_after_s = 0;

    return x509 && certificate_time(X509_get0_notAfter(x509), &not_after_s) == STATUS_OK &&
           not_after_s == X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
}

/*
 * Called for whatever OpenSSL finds wrong; going on lets it find the rest. Whether the path is good
 * is told by what was noted, never by its answer alone.
 */
static int note(int is_good, X509_STORE_CTX *context)
{
    struct path_run *run = X509_STORE_CTX_get_app_data(context);
    int number = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    int top = sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;

    if (is_good)
        return 1;
    if (number == X509_V_ERR_CERT_HAS_EXPIRED && is_last_second(context))
        return 1;
    /* The anchor stands because it is named: only a list that has it takes it away. */
    if (depth > 0 && depth == top && number != X509_V_ERR_CERT_REVOKED &&
        path_fault_find(number)->check == PATH_REVOCATION)
        return 1;
    path_run_note(run, number, depth > 0 ? (size_t)depth : 0);
    return 1;
}

/* What one call of OpenSSL needs. */
struct call {
    X509_STORE *store_own; /* empty: all that is known is handed in */
    X509_STORE_CTX *context_own;
    STACK_OF(X509) * anchors_own, *others_own;
    STACK_OF(X509_CRL) * crls_own;
};

static void call_clear(struct call *call)
{
    X509_STORE_CTX_free(call->context_own);
    X509_STORE_free(call->store_own);
    sk_X509_free(call->anchors_own);
    sk_X509_free(call->others_own);
    sk_X509_CRL_free(call->crls_own);
}

static bool call_fill(struct call *call, const struct path_pool *pool, uint64_t members)
{
    call->store_own = X509_STORE_new();
    call->context_own = X509_STORE_CTX_new();
    call->anchors_own = sk_X509_new_null();
    call->others_own = sk_X509_new_null();
    call->crls_own = sk_X509_CRL_new_null();
    if (!call->store_own || !call->context_own || !call->anchors_own || !call->others_own ||
        !call->crls_own)
        return false;
    for (size_t i = 0; i < pool->count; i++) {
        if (!(members & BIT(i)))
            continue;
        if (!sk_X509_push(pool->is_anchor[i] ? call->anchors_own : call->others_own,
                          pool->items[i]->x509_own))
            return false;
    }
    for (size_t i = 0; i < pool->crl_count; i++) {
        if (!sk_X509_CRL_push(call->crls_own, pool->crls[i]->x509_own))
            return false;
    }
    return true;
}

static bool call_init(struct call *call, const struct path_query *query, struct path_run *run)
{
    unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN;
    X509_VERIFY_PARAM *parameters;

    if (X509_STORE_CTX_init(call->context_own, call->store_own, query->leaf->x509_own,
                            call->others_own) != 1)
        return false;
    if (!query->ignores_crls)
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    X509_STORE_CTX_set0_trusted_stack(call->context_own, call->anchors_own);
    X509_STORE_CTX_set0_crls(call->context_own, call->crls_own);
    X509_STORE_CTX_set_verify_cb(call->context_own, note);
    X509_STORE_CTX_set_flags(call->context_own, flags);
    parameters = X509_STORE_CTX_get0_param(call->context_own);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)query->wall_s);
    X509_VERIFY_PARAM_set_depth(parameters, (int)PATH_MOST_CERTIFICATES - 1); /* between */
    X509_VERIFY_PARAM_set_auth_level(parameters, 0); /* strength is ours to judge */
    return X509_STORE_CTX_set_app_data(call->context_own, run) == 1;
}

static size_t pool_place(const struct path_pool *pool, const X509 *x509)
{
    size_t i = 0;

    while (i < pool->count && pool->items[i]->x509_own != x509)
        i++;
    return i;
}

static void chain_take(const struct call *call, const struct path_pool *pool, struct path_run *run)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(call->context_own);

    for (int i = 0; i < sk_X509_num(chain) && run->chain_count < COUNT(run->chain); i++) {
        size_t place = pool_place(pool, sk_X509_value(chain, i));

        if (place < pool->count)
            run->chain[run->chain_count++] = place;
    }
}

static void hash_check(const struct path_query *query, const struct certificate *certificate,
                       size_t depth, struct path_run *run)
{
    int hash = NID_undef;

    if (!X509_get_signature_info(certificate->x509_own, &hash, NULL, NULL, NULL))
        return; /* an algorithm that is not known has not verified */
    if (hash == NID_md5 || hash == NID_md4 || hash == NID_md2 || hash == NID_md5_sha1)
        path_run_note(run, FAULT_WEAK_HASH, depth);
    else if (hash == NID_sha1)
        path_run_note(run, query->is_sha1_taken ? FAULT_SHA1_TAKEN : FAULT_SHA1, depth);
}

static bool is_short(const struct certificate *certificate, unsigned least_bits)
{
    enum certificate_key_kind kind = certificate_key_kind(certificate);

    return (kind == CERTIFICATE_RSA || kind == CERTIFICATE_DSA) &&
           certificate_key_bits(certificate) < least_bits;
}

/* Below the anchor, whose own signature proves nothing. */
static void strength_check(const struct path_query *query, const struct path_pool *pool,
                           struct path_run *run)
{
    unsigned least_bits = query->least_rsa_bits != 0 ? query->least_rsa_bits : PATH_LEAST_RSA_BITS;

    for (size_t i = 0; i < run->chain_count; i++) {
        const struct certificate *certificate = pool->items[run->chain[i]];
        bool is_anchor = pool->is_anchor[run->chain[i]];

        if (is_short(certificate, is_anchor ? PATH_LEAST_RSA_BITS : least_bits))
            path_run_note(run, is_anchor ? FAULT_SHORT_ANCHOR : FAULT_SHORT_KEY, i);
        if (!is_anchor)
            hash_check(query, certificate, i, run);
    }
}

/* What nothing was found against has passed, as far as there was a path to check. */
static void run_close(const struct path_query *query, const struct path_pool *pool,
                      struct path_run *run)
{
    bool has_anchor = run->chain_count > 0 && pool->is_anchor[run->chain[run->chain_count - 1]];

    if (!has_anchor && run->results[PATH_ANCHOR] != PATH_FAILED)
        path_run_note(run, FAULT_NOT_TRUSTED, run->chain_count > 0 ? run->chain_count - 1 : 0);
    run->is_trusted = has_anchor;
    for (enum path_check check = PATH_ANCHOR; check < PATH_CHECK_COUNT; check++) {
        bool is_asked = check != PATH_REVOCATION || !query->ignores_crls;

        if (run->results[check] == PATH_NOT_DONE && has_anchor && is_asked)
            run->results[check] = PATH_PASSED;
        run->is_trusted = run->is_trusted && run->results[check] != PATH_FAILED;
        if (run->depths[check] >= run->chain_count)
            run->depths[check] = run->chain_count > 0 ? run->chain_count - 1 : 0;
    }
}

enum status path_run_verify(const struct path_query *query, struct path_pool *pool,
                            uint64_t members, struct path_run *run)
{
    struct call call = {0};
    enum status status = STATUS_NO_MEMORY;
    int answer;

    *run = (struct path_run){0};
    if (!call_fill(&call, pool, members) || !call_init(&call, query, run))
        goto out;
    answer = X509_verify_cert(call.context_own);
    chain_take(&call, pool, run);
    pool->signatures_left -= (int)run->chain_count;
    strength_check(query, pool, run);
    run_close(query, pool, run);
    /* Nothing found, and yet no: it could not do its work. */
    status = answer != 1 && run->is_trusted ? STATUS_CRYPTO : STATUS_OK;
    if (X509_STORE_CTX_get_error(call.context_own) == X509_V_ERR_OUT_OF_MEM)
        status = STATUS_NO_MEMORY;
out:
    call_clear(&call);
    ERR_clear_error();
    return status;
}
