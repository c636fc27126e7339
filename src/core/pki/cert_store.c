#include "pki/cert_store.h"

#include <stdlib.h>

#include "pki/cert_store_private.h"

static char *slot_copy(const char *slot)
{
    return strlen(slot) <= CERT_STORE_MOST_SLOT_BYTES ? strdup(slot) : NULL;
}

static bool rows_take(struct cert_store *store, const struct cert_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *slot = slot_copy(rows[i].slot);

        if (!slot)
            return false;
        store->rows_own[i] = (struct cert_row){
            .certificate = certificate_hold(rows[i].certificate),
            .slot = slot,
            .key_handle = rows[i].key_handle,
        };
        store->row_count = i + 1;
    }
    return true;
}

static bool crls_take(struct cert_store *store, const struct crl_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *slot = slot_copy(rows[i].slot);

        if (!slot)
            return false;
        store->crls_own[i] = (struct crl_row){.crl = crl_hold(rows[i].crl), .slot = slot};
        store->crl_count = i + 1;
    }
    return true;
}

static bool slots_fit(const struct cert_row *rows, size_t row_count, const struct crl_row *crls,
                      size_t crl_count)
{
    for (size_t i = 0; i < row_count; i++) {
        if (strlen(rows[i].slot) > CERT_STORE_MOST_SLOT_BYTES)
            return false;
    }
    for (size_t i = 0; i < crl_count; i++) {
        if (strlen(crls[i].slot) > CERT_STORE_MOST_SLOT_BYTES)
            return false;
    }
    return row_count <= CERT_STORE_MOST_ROWS && crl_count <= CERT_STORE_MOST_ROWS;
}

enum status cert_store_new(const struct cert_row *rows, size_t row_count,
                           const struct crl_row *crls, size_t crl_count, struct cert_store **out)
{
    enum status status = STATUS_NO_MEMORY;
    struct cert_store *store;

    if (!slots_fit(rows, row_count, crls, crl_count))
        return STATUS_LIMIT;
    store = calloc(1, sizeof *store);
    if (!store)
        return STATUS_NO_MEMORY;
    store->holds = 1;
    store->rows_own = calloc(row_count + 1, sizeof *store->rows_own);
    store->crls_own = calloc(crl_count + 1, sizeof *store->crls_own);
    if (store->rows_own && store->crls_own && rows_take(store, rows, row_count) &&
        crls_take(store, crls, crl_count))
        status = cert_store_index(store);
    if (status == STATUS_OK)
        *out = store;
    else
        cert_store_drop(store);
    return status;
}

struct cert_store *cert_store_hold(struct cert_store *store)
{
    store->holds++;
    return store;
}

void cert_store_drop(struct cert_store *store)
{
    if (!store || --store->holds > 0)
        return;
    for (size_t i = 0; i < store->row_count; i++) {
        certificate_drop(store->rows_own[i].certificate);
        free((char *)(uintptr_t)store->rows_own[i].slot);
    }
    for (size_t i = 0; i < store->crl_count; i++) {
        crl_drop(store->crls_own[i].crl);
        free((char *)(uintptr_t)store->crls_own[i].slot);
    }
    free(store->rows_own);
    free(store->crls_own);
    free(store->entries_own);
    free(store);
}

size_t cert_store_count(const struct cert_store *store)
{
    return store->row_count;
}

const struct cert_row *cert_store_at(const struct cert_store *store, size_t i)
{
    return i < store->row_count ? &store->rows_own[i] : NULL;
}

size_t cert_store_crl_count(const struct cert_store *store)
{
    return store->crl_count;
}

const struct crl_row *cert_store_crl_at(const struct cert_store *store, size_t i)
{
    return i < store->crl_count ? &store->crls_own[i] : NULL;
}

const struct cert_row *cert_store_find_key(const struct cert_store *store, uint32_t key_handle)
{
    for (size_t i = 0; i < store->row_count; i++) {
        if (key_handle != 0 && store->rows_own[i].key_handle == key_handle)
            return &store->rows_own[i];
    }
    return NULL;
}

const char *cert_store_text(const struct cert_store *store, const struct certificate *certificate,
                            char out[CERT_TEXT_BYTES])
{
    const struct cert_row *row = store ? cert_store_find_same(store, certificate) : NULL;
    struct text text = text_over(out, CERT_TEXT_BYTES);

    text_add(&text, row ? "slot " : "sent by the peer ");
    if (row)
        text_add_escaped(&text, view_of_text(row->slot));
    text_add(&text, row ? " <" : "<");
    certificate_subject_text(certificate, &text);
    text_add(&text, ">");
    return out;
}
