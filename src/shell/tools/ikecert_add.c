#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "keystore/bundle.h"
#include "keystore/change.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/distinguished_name.h"
#include "tools/ikecert_private.h"

#define FIRST_BYTES 65536u
#define MOST_BYTES (1024u * 1024u)           /* certificates, keys, envelopes */
#define MOST_CRL_BYTES (96u * 1024u * 1024u) /* CRL_MOST_BYTES in PEM */

/* An addition under way. */
struct addition {
    struct ikecert_request *request;
    struct bundle bundle;
    struct keystore keystore; /* what was there before */
    struct change *change;
    uint32_t slots[BUNDLE_MOST_ITEMS]; /* where each item went */
    bool is_put[BUNDLE_MOST_ITEMS];
    size_t put_count;
};

/* A larger buffer; what was in the old one may be a key. */
static bool grow(struct bytes *buffer, size_t room)
{
    uint8_t *larger = malloc(room);

    if (!larger)
        return false;
    if (buffer->bytes > 0)
        memcpy(larger, buffer->data_own, buffer->bytes);
    size_t bytes = buffer->bytes;
    bytes_wipe(buffer);
    *buffer = (struct bytes){.data_own = larger, .bytes = bytes};
    return true;
}

/* All of standard input. */
static bool read_input(const struct ikecert_request *request, struct bytes *out)
{
    size_t most = request->kind == KEYSTORE_CRL ? MOST_CRL_BYTES : MOST_BYTES;
    size_t room = 0;

    for (;;) {
        ssize_t got;

        if (out->bytes > most) {
            ikecert_complain("standard input: more than %zu octets", most);
            return false;
        }
        if (out->bytes == room) {
            room = room ? room * 2 : FIRST_BYTES;
            if (!grow(out, room)) {
                ikecert_complain("not enough memory");
                return false;
            }
        }
        got = read(STDIN_FILENO, out->data_own + out->bytes, room - out->bytes);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR) {
            ikecert_complain("standard input: %s", strerror(errno));
            return false;
        }
        out->bytes += got > 0 ? (size_t)got : 0;
    }
}

/* Certificates and CRLs are read as the daemon will read them. */
static enum status accept(const struct bundle_item *item)
{
    struct certificate *certificate = NULL;
    struct crl *crl = NULL;
    enum status status = STATUS_OK;

    if (item->kind == KEYSTORE_CERTIFICATE)
        status = certificate_read(bytes_view(&item->object_own), &certificate);
    else if (item->kind == KEYSTORE_CRL)
        status = crl_read(bytes_view(&item->object_own), &crl);
    certificate_drop(certificate);
    crl_drop(crl);
    if (status == STATUS_LIMIT)
        ikecert_complain("the %s is out of bounds: RSA keys have 1024 to 8192 bits, DSA keys 1024 "
                         "to 3072, certificates at most %u octets",
                         ikecert_noun(item->kind), CERTIFICATE_MOST_BYTES);
    else if (status == STATUS_UNEXPECTED)
        ikecert_complain("the certificate has a kind of key that is not used here; expected RSA, "
                         "DSA, ECDSA on P-256, P-384 or P-521, Ed25519 or Ed448");
    else if (status != STATUS_OK)
        ikecert_complain("the %s is damaged", ikecert_noun(item->kind));
    return status;
}

/* The stored twin of an item: the same object, or for keys the same public half. */
static const struct keystore_item *twin_of(const struct addition *addition,
                                           const struct bundle_item *item)
{
    const struct keystore_item *stored;

    if (item->kind == KEYSTORE_KEY)
        return keystore_key_of(&addition->keystore, bytes_view(&item->spki_own));
    for (size_t at = 0; (stored = keystore_next(&addition->keystore, item->kind, &at)) != NULL;)
        if (view_equal(bytes_view(&stored->object_own), bytes_view(&item->object_own)))
            return stored;
    return NULL;
}

/* The slot that the other half of a pair has: among what is stored, or what comes with it. */
static bool partner_slot(const struct addition *addition, const struct bundle_item *item,
                         uint32_t *out)
{
    enum keystore_kind other = item->kind == KEYSTORE_KEY ? KEYSTORE_CERTIFICATE : KEYSTORE_KEY;
    const struct keystore_item *stored;

    for (size_t i = 0; i < addition->bundle.count; i++) {
        const struct bundle_item *beside = &addition->bundle.items[i];

        if (addition->is_put[i] && beside->kind == other &&
            view_equal(bytes_view(&beside->spki_own), bytes_view(&item->spki_own))) {
            *out = addition->slots[i];
            return true;
        }
    }
    for (size_t at = 0; (stored = keystore_next(&addition->keystore, other, &at)) != NULL;) {
        struct description description = {0};
        bool is_it = ikecert_describe(stored, &description) == STATUS_OK &&
                     view_equal(bytes_view(&description.spki_own), bytes_view(&item->spki_own));

        describe_clear(&description);
        if (is_it) {
            *out = stored->slot;
            return true;
        }
    }
    return false;
}

/* The CRL that a newer one of its issuer takes the place of. */
static enum status crl_slot(const struct addition *addition, const struct bundle_item *item,
                            bool *is_found, uint32_t *out)
{
    struct description newer = {0};
    const struct keystore_item *stored;
    enum status status = describe_crl(bytes_view(&item->object_own), &newer);

    *is_found = false;
    for (size_t at = 0; status == STATUS_OK && !*is_found &&
                        (stored = keystore_next(&addition->keystore, KEYSTORE_CRL, &at)) != NULL;) {
        struct description older = {0};

        if (describe_crl(bytes_view(&stored->object_own), &older) == STATUS_OK &&
            distinguished_name_equal(bytes_view(&older.issuer_own),
                                     bytes_view(&newer.issuer_own))) {
            *is_found = true;
            *out = stored->slot;
            if (older.not_before_s > newer.not_before_s) {
                ikecert_complain("the CRL of <%s> in slot %u is newer; remove it first if this one "
                                 "is to take its place: ikecert certrldb -r %u",
                                 newer.issuer, stored->slot, stored->slot);
                status = STATUS_REFUSED;
            }
        }
        describe_clear(&older);
    }
    describe_clear(&newer);
    return status;
}

static enum status choose_slot(const struct addition *addition, const struct bundle_item *item,
                               uint32_t *out)
{
    uint64_t pair = BIT(KEYSTORE_KEY) | BIT(KEYSTORE_CERTIFICATE);
    bool is_found = false;
    enum status status = STATUS_OK;

    if (item->kind == KEYSTORE_CRL) {
        status = crl_slot(addition, item, &is_found, out);
        pair = BIT(KEYSTORE_CRL);
    } else {
        is_found = partner_slot(addition, item, out) &&
                   change_slot_is_free(addition->change, BIT(item->kind), *out);
    }
    if (status == STATUS_OK && !is_found) {
        status = change_free_slot(addition->change, pair, out);
        if (status != STATUS_OK)
            ikecert_complain("all slots are taken");
    }
    return status;
}

static enum status put_item(struct addition *addition, size_t i)
{
    const struct bundle_item *item = &addition->bundle.items[i];
    const struct keystore_item *twin = twin_of(addition, item);
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status;

    if (twin) {
        ikecert_note("the %s is in slot %s already", ikecert_noun(item->kind), twin->name);
        return STATUS_OK;
    }
    status = accept(item);
    if (status == STATUS_OK)
        status = choose_slot(addition, item, &addition->slots[i]);
    if (status != STATUS_OK)
        return status;
    status = change_put(addition->change, item->kind, addition->slots[i],
                        bytes_view(&item->object_own), &error);
    if (status != STATUS_OK)
        ikecert_complain("%s", line);
    addition->is_put[i] = status == STATUS_OK;
    addition->put_count += status == STATUS_OK;
    return status;
}

/* Keys bring their certificates along; the two other databases take only their own kind. */
static bool is_wanted(const struct addition *addition, const struct bundle_item *item)
{
    return item->kind == addition->request->kind ||
           (addition->request->kind == KEYSTORE_KEY && item->kind == KEYSTORE_CERTIFICATE);
}

static const char *command_for(enum keystore_kind kind)
{
    static const char *const commands[KEYSTORE_KIND_COUNT] = {
        [KEYSTORE_KEY] = "certlocal",
        [KEYSTORE_CERTIFICATE] = "certdb",
        [KEYSTORE_CRL] = "certrldb",
    };
    return commands[kind];
}

/* One of the kind that was asked for must be there. */
static bool check_kinds(const struct addition *addition)
{
    const struct bundle *bundle = &addition->bundle;
    enum keystore_kind wanted = addition->request->kind;

    for (unsigned i = 0; i < KEYSTORE_KIND_COUNT; i++) {
        enum keystore_kind kind = (enum keystore_kind)i;
        size_t count = bundle_count(bundle, kind);

        if (count == 0 || is_wanted(addition, &(struct bundle_item){.kind = kind}))
            continue;
        ikecert_note("%zu %s%s left out; ikecert %s -a takes %s", count, ikecert_noun(kind),
                     count == 1 ? " is" : "s are", command_for(kind), count == 1 ? "it" : "them");
    }
    if (bundle_count(bundle, wanted) > 0)
        return true;
    ikecert_complain("found no %s in the %s; ikecert %s -a takes what is there",
                     ikecert_noun(wanted), bundle->form, command_for(bundle->items[0].kind));
    return false;
}

static bool print_item(const struct addition *addition, size_t i)
{
    const struct bundle_item *item = &addition->bundle.items[i];
    const struct keystore_item stored = {.kind = item->kind,
                                         .slot = addition->slots[i],
                                         .object_own = item->object_own,
                                         .spki_own = item->spki_own};
    struct description description = {0};
    char path[KEYSTORE_PATH_BYTES];
    bool is_done = true;

    (void)ikecert_describe(&stored, &description);
    if (addition->request->is_json)
        is_done = ikecert_print_json(ikecert_record(&stored, &description));
    else
        fprintf(stderr, "Added %s %s%s%s%s.\n", ikecert_noun(item->kind),
                keystore_path(addition->request->root, item->kind, stored.slot, path),
                description.subject[0] ? ": <" : "", description.subject,
                description.subject[0] ? ">" : "");
    describe_clear(&description);
    return is_done;
}

/* What was not the old form of Solaris is said: it was taken all the same. */
static void say_form(const struct addition *addition)
{
    const struct bundle *bundle = &addition->bundle;

    if (!addition->request->is_json &&
        (addition->request->kind == KEYSTORE_KEY || strcmp(bundle->form, "PEM") != 0))
        fprintf(stderr, "Read %zu object%s: %s%s.\n", bundle->count, bundle->count == 1 ? "" : "s",
                bundle->form,
                bundle->was_encrypted ? ", decrypted (stored without a password)" : "");
}

static enum status store(struct addition *addition)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = ikecert_begin(addition->request, &addition->change);

    if (status == STATUS_OK)
        status = ikecert_reread(addition->change,
                                BIT(KEYSTORE_KEY) | BIT(KEYSTORE_CERTIFICATE) | BIT(KEYSTORE_CRL),
                                &addition->keystore);
    for (size_t i = 0; status == STATUS_OK && i < addition->bundle.count; i++)
        if (is_wanted(addition, &addition->bundle.items[i]))
            status = put_item(addition, i);
    if (status == STATUS_OK && addition->put_count > 0) {
        status = change_commit(addition->change, &error);
        if (status != STATUS_OK)
            ikecert_complain("%s", line);
    }
    change_end(addition->change);
    return status;
}

int ikecert_add(struct ikecert_request *request)
{
    struct addition addition = {.request = request};
    struct bytes input = {0};
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    bool is_done = read_input(request, &input);

    if (is_done && bundle_read(bytes_view(&input), ikecert_password, request, &addition.bundle,
                               &error) != STATUS_OK) {
        ikecert_complain("standard input: %s", line[0] ? line : "not enough memory");
        is_done = false;
    }
    bytes_wipe(&input);
    is_done = is_done && check_kinds(&addition);
    if (is_done)
        say_form(&addition);
    is_done = is_done && store(&addition) == STATUS_OK;
    for (size_t i = 0; is_done && i < addition.bundle.count; i++)
        if (addition.is_put[i])
            is_done = print_item(&addition, i);
    if (is_done && addition.put_count == 0)
        is_done = false; /* all of it was there; it has been said */
    keystore_clear(&addition.keystore);
    bundle_clear(&addition.bundle);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
