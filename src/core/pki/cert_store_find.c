#include <stdlib.h>

#include "base/map.h"
#include "pki/binding.h"
#include "pki/cert_selector_private.h"
#include "pki/cert_store_private.h"
#include "pki/certificate_private.h"
#include "pki/crl_private.h"
#include "pki/distinguished_name_private.h"
#include "pki/general_name.h"
#include "pki/signature.h"
#include "registry/identity_type.h"

#define NAME_PREFIX_BYTES 256u /* of a name, that are hashed */

/* Who could aim for one chain writes our files: the key of the hash need be no secret. */
static uint64_t hash_of(enum store_key key, struct view octets)
{
    const uint8_t hash_key[16] = {(uint8_t)key};

    return map_hash(hash_key, octets);
}

static uint64_t hash_of_canonical(enum store_key key, uint32_t canonical)
{
    return hash_of(key, view_of(&canonical, sizeof canonical));
}

static uint64_t hash_of_name(enum store_key key, struct view der)
{
    X509_NAME *name = distinguished_name_decode(der);
    uint32_t canonical = distinguished_name_hash(name);

    X509_NAME_free(name);
    return hash_of_canonical(key, canonical);
}

/* Type and octets; letters of text in one case, as DNS is compared. */
static uint64_t hash_of_general(const struct general_name *name)
{
    uint8_t octets[1 + NAME_PREFIX_BYTES] = {(uint8_t)name->type};
    size_t bytes = name->octets.bytes < NAME_PREFIX_BYTES ? name->octets.bytes : NAME_PREFIX_BYTES;

    if (name->type == GENERAL_NAME_DN)
        return hash_of_name(STORE_NAME, name->octets);
    for (size_t i = 0; i < bytes; i++) {
        uint8_t octet = name->octets.data[i];
        bool is_capital = octet >= 'A' && octet <= 'Z' && name->type != GENERAL_NAME_IP;

        octets[1 + i] = is_capital ? (uint8_t)(octet | 0x20) : octet;
    }
    return hash_of(STORE_NAME, view_of(octets, 1 + bytes));
}

static uint64_t hash_of_slot(const char *slot)
{
    while (slot[0] == '0' && slot[1] != '\0')
        slot++;
    return hash_of(STORE_SLOT, view_of_text(slot));
}

static void entry_add(struct cert_store *store, uint64_t hash, size_t row)
{
    store->entries_own[store->entry_count++] =
        (struct store_entry){.hash = hash, .row = (uint32_t)row};
}

static void row_index(struct cert_store *store, size_t i)
{
    const struct certificate *certificate = store->rows_own[i].certificate;

    entry_add(store, hash_of_canonical(STORE_SUBJECT, certificate->subject_hash), i);
    entry_add(store, hash_of_canonical(STORE_ISSUER, certificate->issuer_hash), i);
    entry_add(store, hash_of(STORE_SAME, certificate_fingerprint(certificate)), i);
    entry_add(store, hash_of_slot(store->rows_own[i].slot), i);
    for (size_t j = 0; j < certificate_name_count(certificate); j++) {
        struct general_name name = certificate_name_at(certificate, j);

        entry_add(store, hash_of_general(&name), i);
    }
}

static int entry_compare(const void *a, const void *b)
{
    const struct store_entry *left = a;
    const struct store_entry *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

enum status cert_store_index(struct cert_store *store)
{
    size_t count = 4 * store->row_count + store->crl_count;

    for (size_t i = 0; i < store->row_count; i++)
        count += certificate_name_count(store->rows_own[i].certificate);
    store->entries_own = calloc(count + 1, sizeof *store->entries_own);
    if (!store->entries_own)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < store->row_count; i++)
        row_index(store, i);
    for (size_t i = 0; i < store->crl_count; i++)
        entry_add(store, hash_of_canonical(STORE_CRL, store->crls_own[i].crl->issuer_hash), i);
    qsort(store->entries_own, store->entry_count, sizeof *store->entries_own, entry_compare);
    return STATUS_OK;
}

/* The first entry of a hash with a row of at least `row`. */
static size_t entry_find(const struct cert_store *store, uint64_t hash, size_t row)
{
    const struct store_entry wanted = {.hash = hash, .row = (uint32_t)row};
    size_t low = 0;
    size_t high = store->entry_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entry_compare(&store->entries_own[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef bool row_test(const struct cert_row *row, const void *wanted);

static size_t row_after(const struct cert_store *store, const struct cert_row *after)
{
    return after ? (size_t)(after - store->rows_own) + 1 : 0;
}

/* The next row under a hash that really is what is wanted. */
static const struct cert_row *find(const struct cert_store *store, uint64_t hash,
                                   const struct cert_row *after, row_test *test, const void *wanted)
{
    for (size_t i = entry_find(store, hash, row_after(store, after));
         i < store->entry_count && store->entries_own[i].hash == hash; i++) {
        const struct cert_row *row = &store->rows_own[store->entries_own[i].row];

        if (test(row, wanted))
            return row;
    }
    return NULL;
}

static bool has_subject(const struct cert_row *row, const void *wanted)
{
    return X509_NAME_cmp(X509_get_subject_name(row->certificate->x509_own), wanted) == 0;
}

const struct cert_row *cert_store_find_named(const struct cert_store *store, const X509_NAME *name,
                                             uint32_t hash, const struct cert_row *after)
{
    return find(store, hash_of_canonical(STORE_SUBJECT, hash), after, has_subject, name);
}

const struct cert_row *cert_store_find_subject(const struct cert_store *store, struct view subject,
                                               const struct cert_row *after)
{
    X509_NAME *name = distinguished_name_decode(subject);
    const struct cert_row *row =
        name ? cert_store_find_named(store, name, distinguished_name_hash(name), after) : NULL;

    X509_NAME_free(name);
    return row;
}

static bool has_identity(const struct cert_row *row, const void *wanted)
{
    return binding_holds(row->certificate, wanted);
}

const struct cert_row *cert_store_find_identity(const struct cert_store *store,
                                                const struct identity *identity,
                                                const struct cert_row *after)
{
    struct general_name name;

    if (general_name_of_identity(identity, &name) != STATUS_OK) {
        /* A general name: rare, and its type is not looked into. */
        for (size_t i = row_after(store, after); i < store->row_count; i++) {
            if (binding_holds(store->rows_own[i].certificate, identity))
                return &store->rows_own[i];
        }
        return NULL;
    }
    return find(store,
                identity->type == IDENTITY_DN ? hash_of_name(STORE_SUBJECT, identity->data)
                                              : hash_of_general(&name),
                after, has_identity, identity);
}

static bool is_selected(const struct cert_row *row, const void *wanted)
{
    return cert_selector_matches(wanted, row->certificate, row->slot);
}

const struct cert_row *cert_store_find_selector(const struct cert_store *store,
                                                const struct cert_selector *selector,
                                                const struct cert_row *after)
{
    struct selector_name name = {0};
    uint64_t hash = 0;

    if (selector->kind == CERT_ANY) {
        size_t next = row_after(store, after);

        return cert_store_at(store, next);
    }
    if (selector->kind == CERT_SLOT)
        return find(store, hash_of_slot(selector->value_view), after, is_selected, selector);
    if (selector_name_make(selector, &name) == STATUS_OK) {
        if (selector->kind == CERT_SUBJECT)
            hash = hash_of_name(STORE_SUBJECT, name.name.octets);
        else if (selector->kind == CERT_ISSUER)
            hash = hash_of_name(STORE_ISSUER, name.name.octets);
        else
            hash = hash_of_general(&name.name);
    }
    selector_name_clear(&name);
    return find(store, hash, after, is_selected, selector);
}

const struct cert_row *cert_store_find_slot(const struct cert_store *store, const char *slot)
{
    const struct cert_selector selector = {.kind = CERT_SLOT, .value_view = slot};

    return cert_store_find_selector(store, &selector, NULL);
}

static bool is_same(const struct cert_row *row, const void *wanted)
{
    return certificate_equal(row->certificate, wanted);
}

const struct cert_row *cert_store_find_same(const struct cert_store *store,
                                            const struct certificate *certificate)
{
    return find(store, hash_of(STORE_SAME, certificate_fingerprint(certificate)), NULL, is_same,
                certificate);
}

const struct crl_row *cert_store_find_list(const struct cert_store *store, const X509_NAME *issuer,
                                           uint32_t hash, const struct crl_row *after)
{
    uint64_t key = hash_of_canonical(STORE_CRL, hash);
    size_t next = after ? (size_t)(after - store->crls_own) + 1 : 0;

    for (size_t i = entry_find(store, key, next);
         i < store->entry_count && store->entries_own[i].hash == key; i++) {
        const struct crl_row *row = &store->crls_own[store->entries_own[i].row];

        if (X509_NAME_cmp(X509_CRL_get_issuer(row->crl->x509_own), issuer) == 0)
            return row;
    }
    return NULL;
}

const struct crl_row *cert_store_find_crl(const struct cert_store *store, struct view issuer,
                                          const struct crl_row *after)
{
    X509_NAME *name = distinguished_name_decode(issuer);
    const struct crl_row *row =
        name ? cert_store_find_list(store, name, distinguished_name_hash(name), after) : NULL;

    X509_NAME_free(name);
    return row;
}

enum certificate_use cert_store_use_of(enum auth_method method)
{
    return method == METHOD_RSA_ENCRYPT || method == METHOD_RSA_ENCRYPT_REVISED
               ? CERTIFICATE_USE_ENCRYPT
               : CERTIFICATE_USE_SIGN;
}

static bool is_ours_for(const struct cert_row *row, const struct cert_selectors *selectors,
                        enum auth_method method)
{
    return row->key_handle != 0 &&
           signature_method_takes(method, certificate_key_kind(row->certificate)) &&
           certificate_may(row->certificate, cert_store_use_of(method)) &&
           cert_selectors_take(selectors, row->certificate, row->slot);
}

const struct cert_row *cert_store_find_own(const struct cert_store *store,
                                           const struct cert_selectors *selectors,
                                           enum auth_method method, int64_t wall_s)
{
    const struct cert_row *late = NULL;

    for (size_t i = 0; i < store->row_count; i++) {
        const struct cert_row *row = &store->rows_own[i];

        if (!is_ours_for(row, selectors, method))
            continue;
        if (certificate_not_before_s(row->certificate) <= wall_s &&
            wall_s <= certificate_not_after_s(row->certificate))
            return row;
        if (!late)
            late = row;
    }
    return late;
}
