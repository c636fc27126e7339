#include "pki/cert_store_private.h"
#include "pki/certificate_private.h"
#include "pki/crl_private.h"
#include "pki/path_private.h"

static X509_NAME *subject_of(const struct certificate *certificate)
{
    return X509_get_subject_name(certificate->x509_own);
}

bool path_is_named(const struct path_query *query, const struct cert_selectors *selectors,
                   const struct certificate *certificate)
{
    const struct cert_row *row = NULL;

    /* Only the store makes anchors, never a peer (SEC-134); the same one may lie in two slots. */
    while ((row = cert_store_find_named(query->store, subject_of(certificate),
                                        certificate->subject_hash, row))) {
        if (certificate_equal(row->certificate, certificate) &&
            cert_selectors_take(selectors, row->certificate, row->slot))
            return true;
    }
    return false;
}

static void pool_add(const struct path_query *query, struct path_pool *pool,
                     struct certificate *certificate)
{
    if (pool->count == PATH_MOST_GATHERED)
        return;
    for (size_t i = 0; i < pool->count; i++) {
        if (certificate_equal(pool->items[i], certificate))
            return;
    }
    pool->is_anchor[pool->count] = path_is_named(query, &query->roots, certificate);
    pool->items[pool->count++] = certificate;
}

/* All that bear a name; half of the pool is left for what comes above them. */
static void issuers_add(const struct path_query *query, struct path_pool *pool,
                        const struct certificate *lower)
{
    const X509_NAME *issuer = X509_get_issuer_name(lower->x509_own);
    size_t sent =
        query->sent_count < PATH_MOST_CERTIFICATES ? query->sent_count : PATH_MOST_CERTIFICATES;
    size_t most = pool->count + (PATH_MOST_GATHERED - pool->count + 1) / 2;
    const struct cert_row *row = NULL;

    while (pool->count < most &&
           (row = cert_store_find_named(query->store, issuer, lower->issuer_hash, row)))
        pool_add(query, pool, row->certificate);
    for (size_t i = 0; i < sent; i++) {
        if (X509_NAME_cmp(subject_of(query->sent[i]), issuer) == 0)
            pool_add(query, pool, query->sent[i]);
    }
}

/* Whoever is not among the changes need not be good, and not every OpenSSL passes them over. */
static void pool_add_crl(struct path_pool *pool, struct crl *crl)
{
    if (crl->is_delta)
        return;
    for (size_t i = 0; i < pool->crl_count; i++) {
        if (pool->crls[i] == crl)
            return;
    }
    if (pool->crl_count < PATH_MOST_GATHERED)
        pool->crls[pool->crl_count++] = crl;
}

static void crls_add(const struct path_query *query, struct path_pool *pool,
                     const struct certificate *lower)
{
    const X509_NAME *issuer = X509_get_issuer_name(lower->x509_own);
    const struct crl_row *row = NULL;

    for (size_t i = 0; i < query->crl_count; i++) {
        if (X509_NAME_cmp(X509_CRL_get_issuer(query->crls[i]->x509_own), issuer) == 0)
            pool_add_crl(pool, query->crls[i]);
    }
    while ((row = cert_store_find_list(query->store, issuer, lower->issuer_hash, row)))
        pool_add_crl(pool, row->crl);
}

void path_pool_gather(const struct path_query *query, struct path_pool *pool)
{
    *pool = (struct path_pool){.signatures_left = PATH_MOST_SIGNATURES};
    pool_add(query, pool, query->leaf);
    for (size_t i = 0; i < pool->count; i++) {
        if (!query->ignores_crls)
            crls_add(query, pool, pool->items[i]);
        if (!pool->is_anchor[i])
            issuers_add(query, pool, pool->items[i]);
    }
}
