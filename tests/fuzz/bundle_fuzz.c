#include "keystore/bundle.h"

#include <stdlib.h>

#include "keystore/describe.h"

/* Any octets as what an administrator hands in: no crash, and what was taken can be shown. */

/* NOLINTNEXTLINE(readability-non-const-parameter): the shape is that of bundle_password_fn */
static int no_password(void *arg, char *buffer, int buffer_bytes)
{
    (void)arg;
    (void)buffer;
    (void)buffer_bytes;
    return -1;
}

static void show(const struct bundle_item *item, FILE *out)
{
    struct description description = {0};
    struct view object = bytes_view(&item->object_own);
    enum status status = STATUS_MALFORMED;

    switch (item->kind) {
    case KEYSTORE_KEY:
        status = describe_public_key(bytes_view(&item->spki_own), &description);
        describe_print_public_key(bytes_view(&item->spki_own), out);
        break;
    case KEYSTORE_CERTIFICATE:
        status = describe_certificate(object, &description);
        describe_print_certificate(object, out);
        break;
    case KEYSTORE_CRL:
        status = describe_crl(object, &description);
        describe_print_crl(object, out);
        break;
    }
    if (status != STATUS_OK)
        __builtin_trap();
    describe_clear(&description);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct bundle bundle = {0};
    char line[512] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = bundle_read(view_of(data, bytes), no_password, NULL, &bundle, &error);
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *out = open_memstream(&text, &text_bytes);

    if ((status == STATUS_OK) != (line[0] == '\0') || (status == STATUS_OK && bundle.count == 0))
        __builtin_trap();
    for (size_t i = 0; out && i < bundle.count; i++)
        show(&bundle.items[i], out);
    if (out)
        fclose(out);
    free(text);
    bundle_clear(&bundle);
    return 0;
}
