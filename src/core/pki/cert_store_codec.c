#include <stdlib.h>

#include "base/reader.h"
#include "base/writer.h"
#include "pki/cert_store_private.h"

/*
 * A store as octets: version (1), number of certificates (4), then of each its slot's length (1),
 * the slot, key handle (4), length (4) and DER; number of lists (4), of each slot, length and DER.
 * Network order.
 */
#define CODEC_VERSION 1u
#define CERT_LEAST_OCTETS (1u + 4u + 4u)
#define CRL_LEAST_OCTETS (1u + 4u)

static size_t encoded_bytes(const struct cert_store *store)
{
    size_t bytes = 1 + 4 + 4;

    for (size_t i = 0; i < store->row_count; i++)
        bytes += CERT_LEAST_OCTETS + strlen(store->rows_own[i].slot) +
                 certificate_der(store->rows_own[i].certificate).bytes;
    for (size_t i = 0; i < store->crl_count; i++)
        bytes += CRL_LEAST_OCTETS + strlen(store->crls_own[i].slot) +
                 crl_der(store->crls_own[i].crl).bytes;
    return bytes;
}

static void write_slot(struct writer *writer, const char *slot)
{
    writer_u8(writer, (uint8_t)strlen(slot));
    writer_view(writer, view_of_text(slot));
}

static void write_der(struct writer *writer, struct view der)
{
    writer_u32(writer, (uint32_t)der.bytes);
    writer_view(writer, der);
}

enum status cert_store_encode(const struct cert_store *store, struct bytes *out)
{
    size_t bytes = encoded_bytes(store);
    struct writer writer;
    uint8_t *buffer = malloc(bytes);

    if (!buffer)
        return STATUS_NO_MEMORY;
    writer = writer_over(buffer, bytes);
    writer_u8(&writer, CODEC_VERSION);
    writer_u32(&writer, (uint32_t)store->row_count);
    for (size_t i = 0; i < store->row_count; i++) {
        write_slot(&writer, store->rows_own[i].slot);
        writer_u32(&writer, store->rows_own[i].key_handle);
        write_der(&writer, certificate_der(store->rows_own[i].certificate));
    }
    writer_u32(&writer, (uint32_t)store->crl_count);
    for (size_t i = 0; i < store->crl_count; i++) {
        write_slot(&writer, store->crls_own[i].slot);
        write_der(&writer, crl_der(store->crls_own[i].crl));
    }
    bytes_clear(out);
    *out = (struct bytes){buffer, writer.bytes};
    return STATUS_OK;
}

/* A store that is being read; what it holds is dropped by draft_clear. */
struct draft {
    struct cert_row *rows_own;
    size_t row_count;
    struct crl_row *crls_own;
    size_t crl_count;
};

static void draft_clear(struct draft *draft)
{
    for (size_t i = 0; i < draft->row_count; i++) {
        certificate_drop(draft->rows_own[i].certificate);
        free((char *)(uintptr_t)draft->rows_own[i].slot);
    }
    for (size_t i = 0; i < draft->crl_count; i++) {
        crl_drop(draft->crls_own[i].crl);
        free((char *)(uintptr_t)draft->crls_own[i].slot);
    }
    free(draft->rows_own);
    free(draft->crls_own);
}

static enum status read_slot(struct reader *reader, const char **out)
{
    struct view slot = reader_take(reader, reader_u8(reader));

    for (size_t i = 0; i < slot.bytes; i++) {
        if (slot.data[i] == 0)
            return STATUS_MALFORMED;
    }
    if (!reader_is_good(reader))
        return STATUS_MALFORMED;
    *out = view_to_text(slot);
    return *out ? STATUS_OK : STATUS_NO_MEMORY;
}

/* No more rows are made room for than octets are there. */
static enum status read_count(struct reader *reader, size_t least_octets, size_t *out)
{
    size_t count = reader_u32(reader);

    if (!reader_is_good(reader) || count > reader_left(reader) / least_octets)
        return STATUS_MALFORMED;
    *out = count;
    return count <= CERT_STORE_MOST_ROWS ? STATUS_OK : STATUS_LIMIT;
}

static enum status read_row(struct reader *reader, struct cert_row *out)
{
    enum status status = read_slot(reader, &out->slot);
    struct view der;

    if (status != STATUS_OK)
        return status;
    out->key_handle = reader_u32(reader);
    der = reader_take(reader, reader_u32(reader));
    return reader_is_good(reader) ? certificate_read(der, &out->certificate) : STATUS_MALFORMED;
}

static enum status read_crl(struct reader *reader, struct crl_row *out)
{
    enum status status = read_slot(reader, &out->slot);
    struct view der;

    if (status != STATUS_OK)
        return status;
    der = reader_take(reader, reader_u32(reader));
    return reader_is_good(reader) ? crl_read(der, &out->crl) : STATUS_MALFORMED;
}

static enum status read_rows(struct reader *reader, struct draft *draft)
{
    size_t count = 0;
    enum status status = read_count(reader, CERT_LEAST_OCTETS, &count);

    if (status != STATUS_OK)
        return status;
    draft->rows_own = calloc(count + 1, sizeof *draft->rows_own);
    if (!draft->rows_own)
        return STATUS_NO_MEMORY;
    while (status == STATUS_OK && draft->row_count < count)
        status = read_row(reader, &draft->rows_own[draft->row_count++]);
    return status;
}

static enum status read_crls(struct reader *reader, struct draft *draft)
{
    size_t count = 0;
    enum status status = read_count(reader, CRL_LEAST_OCTETS, &count);

    if (status != STATUS_OK)
        return status;
    draft->crls_own = calloc(count + 1, sizeof *draft->crls_own);
    if (!draft->crls_own)
        return STATUS_NO_MEMORY;
    while (status == STATUS_OK && draft->crl_count < count)
        status = read_crl(reader, &draft->crls_own[draft->crl_count++]);
    return status;
}

enum status cert_store_decode(struct view octets, struct cert_store **out)
{
    struct reader reader = reader_over(octets);
    struct draft draft = {0};
    enum status status = reader_u8(&reader) == CODEC_VERSION ? STATUS_OK : STATUS_MALFORMED;

    if (status == STATUS_OK)
        status = read_rows(&reader, &draft);
    if (status == STATUS_OK)
        status = read_crls(&reader, &draft);
    if (status == STATUS_OK && !reader_at_end(&reader))
        status = STATUS_MALFORMED;
    if (status == STATUS_OK)
        status =
            cert_store_new(draft.rows_own, draft.row_count, draft.crls_own, draft.crl_count, out);
    draft_clear(&draft);
    return status;
}
