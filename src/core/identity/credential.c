#include "identity/credential.h"

#include <stdio.h>
#include <stdlib.h>

#include "identity/credential_private.h"

struct credential_index *credential_index_new(const char *file, const struct credential *rows,
                                              size_t count)
{
    struct credential_index *index = calloc(1, sizeof *index);

    if (!index)
        return NULL;
    index->holds = 1;
    index->file_own = strdup(file);
    index->rows_own = calloc(count > 0 ? count : 1, sizeof *index->rows_own);
    if (!index->file_own || !index->rows_own) {
        credential_index_drop(index);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        index->rows_own[i] = rows[i];
    index->count = count;
    return index;
}

struct credential_index *credential_index_hold(struct credential_index *index)
{
    index->holds++;
    return index;
}

void credential_index_drop(struct credential_index *index)
{
    if (!index || --index->holds > 0)
        return;
    free(index->file_own);
    free(index->rows_own);
    free(index);
}

const char *credential_index_file(const struct credential_index *index)
{
    return index->file_own;
}

size_t credential_index_count(const struct credential_index *index)
{
    return index->count;
}

const struct credential *credential_index_at(const struct credential_index *index, size_t i)
{
    return i < index->count ? &index->rows_own[i] : NULL;
}

/*
 * How many addresses a range spans, less one, as octets in network order: the smaller one is the
 * longer match. For prefixes this is the order of their lengths.
 */
static void range_span(const struct address_range *range, uint8_t out[16])
{
    size_t bytes = address_bytes(&range->first);
    int borrow = 0;

    memset(out, 0, 16);
    for (size_t i = bytes; i > 0; i--) {
        int difference = range->last.octets[i - 1] - range->first.octets[i - 1] - borrow;

        borrow = difference < 0;
        /* right-aligned, so that spans of both families compare */
        out[16 - bytes + i - 1] = (uint8_t)(difference & 0xff);
    }
}

static int range_compare_span(const struct address_range *a, const struct address_range *b)
{
    uint8_t a_span[16];
    uint8_t b_span[16];

    range_span(a, a_span);
    range_span(b, b_span);
    return view_compare(view_of(a_span, sizeof a_span), view_of(b_span, sizeof b_span));
}

/* True when `a` names the pair more closely than `b`. */
static bool is_closer(const struct credential *a, const struct credential *b)
{
    int remote = range_compare_span(&a->remote, &b->remote);

    if (remote != 0)
        return remote < 0;
    return range_compare_span(&a->local, &b->local) < 0;
}

const struct credential *credential_find(const struct credential_index *index,
                                         const struct address *local, const struct address *remote)
{
    const struct credential *best = NULL;

    for (size_t i = 0; i < index->count; i++) {
        const struct credential *row = &index->rows_own[i];

        if (row->mode == CREDENTIAL_AGGRESSIVE || !address_range_holds(&row->local, local) ||
            !address_range_holds(&row->remote, remote))
            continue;
        if (!best || is_closer(row, best))
            best = row;
    }
    return best;
}

const struct credential *credential_by_handle(const struct credential_index *index, uint32_t handle)
{
    for (size_t i = 0; index && i < index->count; i++) {
        if (index->rows_own[i].handle == handle)
            return &index->rows_own[i];
    }
    return NULL;
}

bool credential_fits(const struct credential *credential, const struct identity *peer,
                     const struct address *peer_address, enum peer_place place)
{
    struct address_range range;

    if (identity_range(peer, &range) != STATUS_OK ||
        !address_equal(&range.first, &range.last)) /* nobody is a whole subnet */
        return false;
    if (!address_range_holds(&credential->remote, &range.first))
        return false;
    return place == PEER_BEHIND_NAT || address_equal(&range.first, peer_address);
}

const char *credential_text(const struct credential_index *index,
                            const struct credential *credential, char out[CREDENTIAL_TEXT_BYTES])
{
    const char *slash = strrchr(index->file_own, '/');
    const char *name = slash ? slash + 1 : index->file_own;

    if (credential)
        (void)snprintf(out, CREDENTIAL_TEXT_BYTES, "%s:%u", name, credential->line);
    else
        (void)snprintf(out, CREDENTIAL_TEXT_BYTES, "%s", name);
    return out;
}
