#include <stdlib.h>
#include <unistd.h>

#include "pki/distinguished_name.h"
#include "tools/ikecert_private.h"

/* One listing: what is shown, and all that notes refer to. */
struct listing {
    const struct ikecert_request *request;
    struct keystore keystore;
    bool is_first;
};

static void print_key(struct listing *listing, const struct keystore_item *item,
                      const struct description *description)
{
    printf("Local ID Slot Name: %s   Key Type: %s\n    Key Size: %u\n    Public key hash: %s\n",
           item->name, description->key_type, description->key_bits, description->key_hash);
    if (listing->request->is_verbose)
        describe_print_public_key(bytes_view(&item->spki_own), stdout);
}

static void print_certificate(struct listing *listing, const struct keystore_item *item,
                              const struct description *description)
{
    const struct keystore_item *key =
        keystore_key_of(&listing->keystore, bytes_view(&description->spki_own));
    bool is_paired = key && key->slot == item->slot;

    if (listing->request->is_verbose) {
        printf("Certificate Slot Name: %s   Type: %s\n", item->name, description->type);
        if (key)
            printf("   (Private key in certlocal slot %s)\n", key->name);
        describe_print_certificate(bytes_view(&item->object_own), stdout);
        return;
    }
    printf("Certificate Slot Name: %s   Type: %s %s\n", item->name, description->type,
           is_paired ? "Private Key" : "Public Certificate");
    if (key && !is_paired)
        printf("    (Private key in certlocal slot %s)\n", key->name);
    printf("    Subject Name: <%s>\n    Key Size: %u\n    Public key hash: %s\n",
           description->subject, description->key_bits, description->key_hash);
}

/* The certificate of a CRL's issuer that comes next. */
static const struct keystore_item *next_issuer(const struct listing *listing, struct view issuer,
                                               size_t *at)
{
    const struct keystore_item *item;

    while ((item = keystore_next(&listing->keystore, KEYSTORE_CERTIFICATE, at)) != NULL) {
        struct description description = {0};
        bool is_it =
            describe_certificate(bytes_view(&item->object_own), &description) == STATUS_OK &&
            distinguished_name_equal(bytes_view(&description.subject_own), issuer);

        describe_clear(&description);
        if (is_it)
            return item;
    }
    return NULL;
}

static void print_crl(struct listing *listing, const struct keystore_item *item,
                      const struct description *description)
{
    char time[DESCRIBE_TIME_BYTES];
    const struct keystore_item *issuer;

    printf("CRL Slot Name: %s   Type: %s\n", item->name, description->type);
    for (size_t at = 0;
         (issuer = next_issuer(listing, bytes_view(&description->issuer_own), &at)) != NULL;)
        printf("    (Issuer certificate in certdb slot %s)\n", issuer->name);
    printf("    Issuer: <%s>\n    This Update: %s\n", description->issuer,
           describe_time(description->not_before_s, time));
    if (description->not_after_s)
        printf("    Next Update: %s\n", describe_time(description->not_after_s, time));
    printf("    Number of entries: %zu\n", description->entry_count);
    if (listing->request->is_verbose)
        describe_print_crl(bytes_view(&item->object_own), stdout);
}

static void print_json(struct listing *listing, const struct keystore_item *item,
                       const struct description *description)
{
    json_t *record = ikecert_record(item, description);
    const struct keystore_item *key =
        keystore_key_of(&listing->keystore, bytes_view(&description->spki_own));

    if (record && item->kind == KEYSTORE_CERTIFICATE && key)
        (void)json_object_set_new(record, "private_key_slot", json_integer(key->slot));
    if (record)
        (void)ikecert_print_json(record);
}

static void print_item(struct listing *listing, const struct keystore_item *item)
{
    static void (*const prints[KEYSTORE_KIND_COUNT])(struct listing *, const struct keystore_item *,
                                                     const struct description *) = {
        [KEYSTORE_KEY] = print_key,
        [KEYSTORE_CERTIFICATE] = print_certificate,
        [KEYSTORE_CRL] = print_crl,
    };
    struct description description = {0};

    if (ikecert_describe(item, &description) != STATUS_OK) {
        char path[KEYSTORE_PATH_BYTES];

        ikecert_note("%s: is damaged or no %s; it is left out",
                     keystore_path(listing->request->root, item->kind, item->slot, path),
                     ikecert_noun(item->kind));
    } else if (listing->request->is_json) {
        print_json(listing, item, &description);
    } else {
        if (!listing->is_first)
            putchar('\n');
        prints[item->kind](listing, item, &description);
        listing->is_first = false;
    }
    describe_clear(&description);
}

int ikecert_list(struct ikecert_request *request)
{
    struct listing listing = {.request = request, .is_first = true};
    uint64_t kinds = BIT(request->kind);
    const struct keystore_item *item;
    size_t shown = 0;
    bool is_done;

    /* Certificates are for everybody; which keys are here is only root's to see. */
    if (request->kind == KEYSTORE_CERTIFICATE && geteuid() == 0)
        kinds |= BIT(KEYSTORE_KEY);
    if (request->kind == KEYSTORE_CRL)
        kinds |= BIT(KEYSTORE_CERTIFICATE);
    if (!certspec_check(request) || ikecert_read(request, kinds, &listing.keystore) != STATUS_OK)
        return EXIT_FAILURE;
    for (size_t at = 0; (item = certspec_next(request, &listing.keystore, &at)) != NULL; shown++)
        print_item(&listing, item);
    is_done = ikecert_flush();
    if (shown == 0 && request->word_count > 0) {
        ikecert_complain("no %s is named by that", ikecert_noun(request->kind));
        is_done = false;
    }
    keystore_clear(&listing.keystore);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
