#include <stdlib.h>

#include "base/text.h"
#include "config/loaded_line_private.h"
#include "config/loaded_policy.h"

bool loaded_line_begins(struct view line, const char *mark, struct view *after)
{
    size_t bytes = strlen(mark);

    if (line.bytes < bytes || !view_equal(view_of(line.data, bytes), view_of(mark, bytes)))
        return false;
    *after = view_of(line.data + bytes, line.bytes - bytes);
    return true;
}

bool loaded_line_is_ours(struct view line)
{
    struct view after;

    return loaded_line_begins(line, LOADED_PLANE, &after) ||
           loaded_line_begins(line, LOADED_GONE, &after) ||
           loaded_line_begins(line, LOADED_INDEX, &after) ||
           loaded_line_begins(line, LOADED_SPD, &after);
}

struct view loaded_line_take(struct view *rest)
{
    const uint8_t *newline = memchr(rest->data, '\n', rest->bytes);
    struct view line = *rest;

    if (!newline) {
        *rest = (struct view){0};
        return line;
    }
    line.bytes = (size_t)(newline - rest->data);
    *rest = view_of(newline + 1, rest->bytes - line.bytes - 1);
    return line;
}

/* Octets that grow as they are written. */
struct growing {
    struct bytes bytes;
    size_t capacity;
    bool is_out_of_memory;
};

static void growing_add(struct growing *growing, struct view view)
{
    if (growing->is_out_of_memory)
        return;
    if (view.bytes > growing->capacity - growing->bytes.bytes) {
        size_t capacity = 2 * growing->capacity + view.bytes;
        uint8_t *data = realloc(growing->bytes.data_own, capacity);

        if (!data) {
            growing->is_out_of_memory = true;
            return;
        }
        growing->bytes.data_own = data;
        growing->capacity = capacity;
    }
    if (view.bytes > 0)
        memcpy(growing->bytes.data_own + growing->bytes.bytes, view.data, view.bytes);
    growing->bytes.bytes += view.bytes;
}

/* A line that looks like one of ours gets a blank before it, which changes nothing of what it says.
 */
static void add_typed(struct growing *growing, const char *typed)
{
    struct view rest = view_of_text(typed);

    while (rest.bytes > 0) {
        struct view line = loaded_line_take(&rest);

        if (loaded_line_is_ours(line))
            growing_add(growing, view_of_text(" "));
        growing_add(growing, line);
        growing_add(growing, view_of_text("\n"));
    }
}

/* What came of a typed entry; its place says each one's index, so a gap is filled with a line. */
static void add_entries(struct growing *growing, const struct ipsec_policy *policy,
                        const struct ipsec_typed *typed, size_t *place)
{
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    uint32_t index = typed->index;
    struct text text = text_over(buffer, sizeof buffer);

    if (*place >= policy->entry_count || policy->entries_own[*place].index != typed->index)
        text_add(&text, LOADED_WAITING "%s\n", typed->tunnel);
    growing_add(growing, view_of(buffer, text.bytes));
    for (; *place < policy->entry_count && policy->entries_own[*place].index == typed->index;
         ++*place) {
        const struct ipsec_entry *entry = &policy->entries_own[*place];

        for (; index < entry->spd_index; index++)
            growing_add(growing, view_of_text(LOADED_GONE "\n"));
        index++;
        text = text_over(buffer, sizeof buffer);
        text_add(&text, LOADED_SPD "%u ", entry->reqid);
        ipsec_entry_text(entry, NULL, &text);
        text_add(&text, "\n");
        growing_add(growing, view_of(buffer, text.bytes));
    }
}

enum status loaded_policy_text(const struct ipsec_policy *policy, struct bytes *out)
{
    struct growing growing = {0};
    char buffer[64];
    size_t place = 0;

    if (policy->plane[0] != '\0') {
        struct text text = text_over(buffer, sizeof buffer);

        text_add(&text, LOADED_PLANE "%s\n", policy->plane);
        growing_add(&growing, view_of(buffer, text.bytes));
    }
    for (size_t i = 0; i < policy->typed_count; i++) {
        struct text text = text_over(buffer, sizeof buffer);

        text_add(&text, LOADED_INDEX "%u\n", policy->typed_own[i].index);
        growing_add(&growing, view_of(buffer, text.bytes));
        add_typed(&growing, policy->typed_own[i].text_own);
        add_entries(&growing, policy, &policy->typed_own[i], &place);
    }
    if (growing.is_out_of_memory) {
        bytes_clear(&growing.bytes);
        return STATUS_NO_MEMORY;
    }
    bytes_clear(out);
    *out = growing.bytes;
    return STATUS_OK;
}
