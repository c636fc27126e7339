#include <stdlib.h>

#include "identity/keyring.h"
#include "pki/cert_store.h"
#include "sim/load_certificates_private.h"
#include "sim/sim.h"

static enum status add_key(const struct sim_certificate *given, uint32_t handle,
                           struct keyring *keyring)
{
    struct private_key *key = NULL;
    enum status status = private_key_read(given->pkcs8, given->use, &key);

    if (status == STATUS_OK)
        status = keyring_add_private_take(keyring, handle, key);
    if (status != STATUS_OK)
        private_key_free(key);
    return status;
}

/* Rows hold what they name until rows_drop. */
static enum status read_rows(const struct sim_setup *setup, struct keyring *keyring,
                             struct cert_row *rows, struct text *why)
{
    for (size_t i = 0; i < setup->certificate_count; i++) {
        const struct sim_certificate *given = &setup->certificates[i];
        enum status status = certificate_read(given->der, &rows[i].certificate);

        rows[i].slot = given->slot;
        if (status == STATUS_OK && given->pkcs8.bytes) {
            rows[i].key_handle = (uint32_t)(i + 1);
            status = add_key(given, rows[i].key_handle, keyring);
        }
        if (status != STATUS_OK) {
            text_add(why, "certificate %s: %s", given->slot, status_name(status));
            return status == STATUS_NO_MEMORY ? status : STATUS_REFUSED;
        }
    }
    return STATUS_OK;
}

static enum status read_crls(const struct sim_setup *setup, struct crl_row *rows, struct text *why)
{
    for (size_t i = 0; i < setup->crl_count; i++) {
        enum status status = crl_read(setup->crls[i], &rows[i].crl);

        rows[i].slot = "crl";
        if (status != STATUS_OK) {
            text_add(why, "list %zu: %s", i, status_name(status));
            return status == STATUS_NO_MEMORY ? status : STATUS_REFUSED;
        }
    }
    return STATUS_OK;
}

enum status load_certificates(const struct sim_setup *setup, struct keyring *keyring,
                              struct cert_store **out, struct text *why)
{
    struct cert_row *rows = calloc(setup->certificate_count + 1, sizeof *rows);
    struct crl_row *crls = calloc(setup->crl_count + 1, sizeof *crls);
    enum status status = STATUS_NO_MEMORY;

    if (rows && crls)
        status = read_rows(setup, keyring, rows, why);
    if (status == STATUS_OK)
        status = read_crls(setup, crls, why);
    if (status == STATUS_OK)
        status = cert_store_new(rows, setup->certificate_count, crls, setup->crl_count, out);
    for (size_t i = 0; rows && i < setup->certificate_count; i++)
        certificate_drop(rows[i].certificate);
    for (size_t i = 0; crls && i < setup->crl_count; i++)
        crl_drop(crls[i].crl);
    free(rows);
    free(crls);
    return status;
}
