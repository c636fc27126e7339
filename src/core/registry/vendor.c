#include "registry/vendor.h"

static bool vendor_fits(const struct vendor_id *row, struct view body)
{
    size_t compared = row->compared_bytes ? row->compared_bytes : row->bytes;
    size_t least = row->least_bytes ? row->least_bytes : row->bytes;
    size_t most = row->most_bytes ? row->most_bytes : row->bytes;

    if (body.bytes < least || body.bytes < compared)
        return false;
    if (body.bytes > most && row->most_bytes != VENDOR_ANY_LENGTH)
        return false;
    return view_equal(view_of(body.data, compared), view_of(row->octets, compared));
}

const struct vendor_id *vendor_match(struct view body)
{
    const struct vendor_id *best = NULL;

    /* The longest: "OE-Libreswan-" before "OE". */
    for (size_t i = 0; i < vendor_count; i++) {
        const struct vendor_id *row = &vendor_table[i];

        if (vendor_fits(row, body) && (!best || row->bytes > best->bytes))
            best = row;
    }
    return best;
}

const struct vendor_id *vendor_by_number(enum vendor vendor)
{
    for (size_t i = 0; i < vendor_count; i++) {
        if (vendor_table[i].vendor == vendor)
            return &vendor_table[i];
    }
    return NULL;
}
