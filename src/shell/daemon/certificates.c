#include "daemon/certificates.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/event.h"
#include "identity/keyring.h"
#include "keystore/keystore.h"
#include "pki/cert_store.h"

/* A load under way. */
struct load {
    const struct material_sources *sources;
    mistakes_say_fn *say;
    void *arg;
    struct keystore keystore;
    struct cert_row *rows_own; /* hold what they name */
    struct crl_row *crls_own;
    size_t row_count, crl_count;
};

static void say_left_out(void *arg, const char *line)
{
    const struct load *load = arg;

    load->say(load->arg, SEVERITY_WARNING, line);
}

static void say_item(const struct load *load, const struct keystore_item *item, enum status status)
{
    char path[KEYSTORE_PATH_BYTES], line[KEYSTORE_LINE_BYTES];

    (void)snprintf(line, sizeof line,
                   "%s: not used: %s; take it away with ikecert, or add a sound one",
                   keystore_path(load->sources->keystore_root, item->kind, item->slot, path),
                   status_name(status));
    load->say(load->arg, SEVERITY_WARNING, line);
}

static enum status read_certificates(struct load *load)
{
    const struct keystore_item *item = NULL;

    for (size_t at = 0; (item = keystore_next(&load->keystore, KEYSTORE_CERTIFICATE, &at));) {
        struct cert_row *row = &load->rows_own[load->row_count];
        enum status status = certificate_read(bytes_view(&item->object_own), &row->certificate);

        if (status == STATUS_NO_MEMORY)
            return status;
        if (status != STATUS_OK) {
            say_item(load, item, status);
            continue;
        }
        row->slot = item->name;
        load->row_count++;
    }
    return STATUS_OK;
}

static enum status read_crls(struct load *load)
{
    const struct keystore_item *item = NULL;

    for (size_t at = 0; (item = keystore_next(&load->keystore, KEYSTORE_CRL, &at));) {
        struct crl_row *row = &load->crls_own[load->crl_count];
        enum status status = crl_read(bytes_view(&item->object_own), &row->crl);

        if (status == STATUS_NO_MEMORY)
            return status;
        if (status != STATUS_OK) {
            say_item(load, item, status);
            continue;
        }
        row->slot = item->name;
        load->crl_count++;
    }
    return STATUS_OK;
}

/* A key signs unless its certificate says that it only decrypts. */
static enum status add_key(const struct keystore_item *item, const struct certificate *certificate,
                           uint32_t handle, struct keyring *keyring)
{
    enum private_key_use use =
        certificate_may_encrypt(certificate) && !certificate_may_sign(certificate)
            ? PRIVATE_KEY_DECRYPTS
            : PRIVATE_KEY_SIGNS;
    struct private_key *key = NULL;
    enum status status = private_key_read(bytes_view(&item->object_own), use, &key);

    if (status == STATUS_OK)
        status = keyring_add_private_take(keyring, handle, key);
    if (status != STATUS_OK)
        private_key_free(key);
    return status;
}

static enum status read_keys(struct load *load, struct secrets *out)
{
    for (size_t i = 0; i < load->row_count; i++) {
        struct cert_row *row = &load->rows_own[i];
        const struct keystore_item *item =
            keystore_key_of(&load->keystore, certificate_spki(row->certificate));
        uint32_t handle = (uint32_t)(i + 1);
        enum status status = STATUS_OK;

        if (!item)
            continue;
        if (!out->keyring_own)
            out->keyring_own = keyring_new();
        status = out->keyring_own ? add_key(item, row->certificate, handle, out->keyring_own)
                                  : STATUS_NO_MEMORY;
        if (status == STATUS_NO_MEMORY)
            return status;
        if (status == STATUS_OK)
            row->key_handle = handle;
        else
            say_item(load, item, status);
    }
    return STATUS_OK;
}

static enum status read_all(struct load *load, struct secrets *out)
{
    enum status status = STATUS_NO_MEMORY;

    load->rows_own = calloc(load->keystore.count + 1, sizeof *load->rows_own);
    load->crls_own = calloc(load->keystore.count + 1, sizeof *load->crls_own);
    if (load->rows_own && load->crls_own)
        status = read_certificates(load);
    if (status == STATUS_OK)
        status = read_crls(load);
    if (status == STATUS_OK)
        status = read_keys(load, out);
    if (status == STATUS_OK)
        status = cert_store_new(load->rows_own, load->row_count, load->crls_own, load->crl_count,
                                &out->store_ref);
    return status;
}

static void load_clear(struct load *load)
{
    for (size_t i = 0; i < load->row_count; i++)
        certificate_drop(load->rows_own[i].certificate);
    for (size_t i = 0; i < load->crl_count; i++)
        crl_drop(load->crls_own[i].crl);
    free(load->rows_own);
    free(load->crls_own);
    keystore_clear(&load->keystore);
}

enum status certificates_load(const struct material_sources *sources, mistakes_say_fn *say,
                              void *arg, struct secrets *out)
{
    struct load load = {.sources = sources, .say = say, .arg = arg};
    unsigned kinds = BIT(KEYSTORE_CERTIFICATE) | BIT(KEYSTORE_CRL) | BIT(KEYSTORE_KEY);
    enum status status = STATUS_OK;

    if (!sources->keystore_root)
        return STATUS_OK;
    if (sources->is_check && geteuid() != 0)
        kinds &= (unsigned)~BIT(KEYSTORE_KEY); /* a check by somebody else may not see them */
    status = keystore_read(sources->keystore_root, kinds, say_left_out, &load, &load.keystore);
    if (status == STATUS_OK)
        status = read_all(&load, out);
    if (status == STATUS_NO_MEMORY)
        say(arg, SEVERITY_ERROR, "not enough memory for the certificates");
    load_clear(&load);
    return status;
}
