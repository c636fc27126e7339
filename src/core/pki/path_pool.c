#include "pki/distinguished_name.h"
#include "pki/path_private.h"

bool path_is_named(const struct path_query *query, const struct cert_selectors *selectors,
                   const struct certificate *certificate)
{
    const struct cert_row *row = NULL;

    /* Only the store makes anchors, never a peer (SEC-134); the same one may lie in two slots. */
    while ((row = cert_store_find_subject(query->store, certificate_subject(certificate), row))) {
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
static void issuers_add(const struct path_query *query, struct path_pool *pool, struct view issuer)
{
    size_t sent =
        query->sent_count < PATH_MOST_CERTIFICATES ? query->sent_count : PATH_MOST_CERTIFICATES;
    size_t most = pool->count + (PATH_MOST_GATHERED - pool->count + 1) / 2;
    const struct cert_row *row = NULL;

    while (pool->count < most && (row = cert_store_find_subject(query->store, issuer, row)))
        pool_add(query, pool, row->certificate);
    for (size_t i = 0; i < sent; i++) {
        if (distinguished_name_equal(certificate_subject(query->sent[i]), issuer))
            pool_add(query, pool, query->sent[i]);
    }
}

static void pool_add_crl(struct path_pool *pool, struct crl *crl)
{
    for (size_t i = 0; i < pool->crl_count; i++) {
        if (pool->crls[i] == crl)
            return;
    }
    if (pool->crl_count < PATH_MOST_GATHERED)
        pool->crls[pool->crl_count++] = crl;
}

static void crls_add(const struct path_query *query, struct path_pool *pool, struct view issuer)
{
    const struct crl_row *row = NULL;

    for (size_t i = 0; i < query->crl_count; i++) {
        if (distinguished_name_equal(crl_issuer(query->crls[i]), issuer))
            pool_add_crl(pool, query->crls[i]);
    }
    while ((row = cert_store_find_crl(query->store, issuer, row)))
        pool_add_crl(pool, row->crl);
}

void path_pool_gather(const struct path_query *query, struct path_pool *pool)
{
    *pool = (struct path_pool){.signatures_left = PATH_MOST_SIGNATURES};
    pool_add(query, pool, query->leaf);
    for (size_t i = 0; i < pool->count; i++) {
        struct view issuer = certificate_issuer(pool->items[i]);

        if (!query->ignores_crls)
            crls_add(query, pool, issuer);
        if (!pool->is_anchor[i])
            issuers_add(query, pool, issuer);
    }
}
