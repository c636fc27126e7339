#include "pki/crl.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "pki/certificate_private.h"
#include "pki/crl_private.h"
#include "pki/distinguished_name_private.h"

static enum status list_read(struct crl *crl)
{
    const uint8_t *next = crl->der.data_own;
    const ASN1_TIME *next_update;
    enum status status;

    crl->x509_own = d2i_X509_CRL(NULL, &next, (long)crl->der.bytes);
    if (!crl->x509_own || (size_t)(next - crl->der.data_own) != crl->der.bytes)
        return STATUS_MALFORMED;
    crl->issuer_hash = distinguished_name_hash(X509_CRL_get_issuer(crl->x509_own));
    crl->is_delta = X509_CRL_get_ext_by_NID(crl->x509_own, NID_delta_crl, -1) >= 0;
    status = certificate_time(X509_CRL_get0_lastUpdate(crl->x509_own), &crl->this_update_s);
    next_update = X509_CRL_get0_nextUpdate(crl->x509_own);
    crl->has_next_update = next_update != NULL;
    if (status == STATUS_OK && next_update)
        status = certificate_time(next_update, &crl->next_update_s);
    return status;
}

enum status crl_read(struct view der, struct crl **out)
{
    enum status status;
    struct crl *crl;

    if (der.bytes > CRL_MOST_BYTES)
        return STATUS_LIMIT;
    if (view_is_empty(der))
        return STATUS_MALFORMED;
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
        return STATUS_CRYPTO;
    crl = calloc(1, sizeof *crl);
    if (!crl)
        return STATUS_NO_MEMORY;
    crl->holds = 1;
    status = bytes_copy(der, &crl->der);
    if (status == STATUS_OK)
        status = list_read(crl);
    if (status == STATUS_OK)
        *out = crl;
    else
        crl_drop(crl);
    ERR_clear_error();
    return status;
}

struct crl *crl_hold(struct crl *crl)
{
    crl->holds++;
    return crl;
}

void crl_drop(struct crl *crl)
{
    if (!crl || --crl->holds > 0)
        return;
    X509_CRL_free(crl->x509_own);
    bytes_clear(&crl->der);
    free(crl);
}

struct view crl_der(const struct crl *crl)
{
    return bytes_view(&crl->der);
}

struct view crl_issuer(const struct crl *crl)
{
    const uint8_t *der = NULL;
    size_t bytes = 0;

    if (!X509_NAME_get0_der(X509_CRL_get_issuer(crl->x509_own), &der, &bytes))
        return (struct view){0};
    return view_of(der, bytes);
}

int64_t crl_this_update_s(const struct crl *crl)
{
    return crl->this_update_s;
}

bool crl_has_next_update(const struct crl *crl)
{
    return crl->has_next_update;
}

int64_t crl_next_update_s(const struct crl *crl)
{
    return crl->next_update_s;
}

size_t crl_entry_count(const struct crl *crl)
{
    int count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl->x509_own));

    return count > 0 ? (size_t)count : 0;
}

void crl_issuer_text(const struct crl *crl, struct text *out)
{
    distinguished_name_text(crl_issuer(crl), out);
}
