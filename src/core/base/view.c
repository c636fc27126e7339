#include "base/view.h"

#include <stdlib.h>

#include "base/secret.h"

bool view_equal(struct view a, struct view b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

int view_compare(struct view a, struct view b)
{
    size_t common = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0)
        return order;
    return (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

enum status bytes_copy(struct view from, struct bytes *out)
{
    uint8_t *copy = NULL;

    if (from.bytes > 0) {
        copy = malloc(from.bytes);
        if (!copy)
            return STATUS_NO_MEMORY;
        memcpy(copy, from.data, from.bytes);
    }
    /* Only now: `from` may be a view of what *out holds. */
    free(out->data_own);
    *out = (struct bytes){copy, from.bytes};
    return STATUS_OK;
}

void bytes_clear(struct bytes *bytes)
{
    free(bytes->data_own);
    *bytes = (struct bytes){0};
}

void bytes_wipe(struct bytes *bytes)
{
    secret_wipe_memory(bytes->data_own, bytes->bytes);
    bytes_clear(bytes);
}

char *view_to_text(struct view view)
{
    char *text = malloc(view.bytes + 1);

    if (!text)
        return NULL;
    if (view.bytes > 0)
        memcpy(text, view.data, view.bytes);
    text[view.bytes] = '\0';
    return text;
}
