#include "config/loaded_policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/ipsec_draft_private.h"
#include "config/loaded_line_private.h"
#include "config/number_private.h"

/* The file while it is read, line by line. */
struct loading {
    struct ipsec_parser parser; /* of the line's entry */
    struct view rest;
    struct position at; /* of the line */
    uint32_t reqid;
    struct view typed; /* of the entry in work: lines after its #INDEX */
    bool is_indexed;
};

static void say(struct loading *loading, const char *sentence)
{
    config_errors_add(loading->parser.lexer.errors, CONFIG_ERROR, loading->at, "%s", sentence);
}

/* What was typed is known to be whole when the next line of ours comes. */
static void typed_finish(struct loading *loading)
{
    if (!loading->is_indexed)
        return;
    loading->is_indexed = false;
    while (loading->typed.bytes > 0 && (loading->typed.data[loading->typed.bytes - 1] == '\n' ||
                                        loading->typed.data[loading->typed.bytes - 1] == '\r'))
        loading->typed.bytes--;
    if (ipsec_policy_add_typed(loading->parser.policy, loading->parser.index, "", loading->typed) !=
        STATUS_OK)
        loading->parser.is_out_of_memory = true;
}

static void plane_line(struct loading *loading, struct view value)
{
    struct ipsec_policy *policy = loading->parser.policy;

    if (value.bytes == 0 || value.bytes >= sizeof policy->plane) {
        say(loading, "found no plane that can be; #PLANE takes user or xfrm");
        return;
    }
    (void)snprintf(policy->plane, sizeof policy->plane, "%.*s", (int)value.bytes,
                   (const char *)value.data);
}

static void index_line(struct loading *loading, struct view value)
{
    uint64_t index;

    typed_finish(loading);
    if (!number_decimal(value, UINT32_MAX, &index) || index == 0) {
        say(loading, "found no number; #INDEX takes one");
        return;
    }
    loading->parser.index = (uint32_t)index;
    loading->parser.spd_index = (uint32_t)index;
    loading->typed = (struct view){0};
    loading->is_indexed = true;
}

/* Of the typed entry that was read last. */
static void tunnel_set(struct loading *loading, struct view name)
{
    struct ipsec_policy *policy = loading->parser.policy;
    struct ipsec_typed *typed;

    if (policy->typed_count == 0 || name.bytes >= sizeof typed->tunnel)
        return;
    typed = &policy->typed_own[policy->typed_count - 1];
    memcpy(typed->tunnel, name.data, name.bytes);
    typed->tunnel[name.bytes] = '\0';
}

static bool loaded_entry_add(struct ipsec_parser *parser, const struct ipsec_entry *entry)
{
    struct loading *loading = (struct loading *)(void *)parser; /* its first member */
    struct ipsec_entry numbered = *entry;
    enum status status;

    numbered.reqid = loading->reqid;
    numbered.spd_index = parser->spd_index;
    tunnel_set(loading, view_of_text(entry->tunnel));
    status = ipsec_policy_add_entry(parser->policy, &numbered);
    parser->is_out_of_memory = parser->is_out_of_memory || status == STATUS_NO_MEMORY;
    if (status == STATUS_LIMIT)
        say(loading, "the policy has too many entries");
    return status == STATUS_OK;
}

/* The line's entry, by the parser of ipsecinit.conf; positions are those of this file. */
static void entry_line(struct loading *loading, struct view text, uint32_t column)
{
    struct ipsec_parser *parser = &loading->parser;
    struct config_errors *errors = parser->lexer.errors;
    size_t errors_before = errors->error_count;
    size_t entries_before = parser->policy->entry_count;
    struct ipsec_draft draft;

    lexer_init_at(&parser->lexer, text,
                  (struct position){loading->at.file_view, loading->at.line, column},
                  LEXER_HASH_ANYWHERE, errors);
    if (lexer_peek(&parser->lexer)->kind != TOKEN_OPEN) {
        say(loading, "found no entry; #SPD takes a number and an entry");
        return;
    }
    if (!ipsec_draft_parse(parser, &draft) || errors->error_count > errors_before)
        return;
    if (lexer_peek(&parser->lexer)->kind != TOKEN_END)
        say(loading, "found more than one entry after #SPD");
    else
        ipsec_draft_resolve(parser, &draft, loaded_entry_add);
    if (errors->error_count == errors_before && !parser->is_out_of_memory &&
        parser->policy->entry_count != entries_before + 1)
        say(loading, "found no single entry after #SPD");
}

static void spd_line(struct loading *loading, struct view value)
{
    struct view number;
    struct view text;
    uint64_t reqid;

    typed_finish(loading);
    if (loading->parser.index == 0 || !view_split(value, " ", &number, &text) ||
        !number_decimal(number, UINT32_MAX, &reqid) || reqid == 0) {
        say(loading, "found no entry of an #INDEX; #SPD takes a number and an entry");
        return;
    }
    loading->reqid = (uint32_t)reqid;
    entry_line(loading, text, (uint32_t)(strlen(LOADED_SPD) + number.bytes + 2));
    loading->parser.spd_index++;
}

static void waiting_line(struct loading *loading, struct view name)
{
    typed_finish(loading);
    tunnel_set(loading, name);
}

static void gone_line(struct loading *loading)
{
    typed_finish(loading);
    loading->parser.spd_index++;
}

static void line_parse(struct loading *loading, struct view line)
{
    struct view value;

    if (loaded_line_begins(line, LOADED_PLANE, &value))
        plane_line(loading, value);
    else if (loaded_line_begins(line, LOADED_INDEX, &value))
        index_line(loading, value);
    else if (loaded_line_begins(line, LOADED_SPD, &value))
        spd_line(loading, value);
    else if (loaded_line_begins(line, LOADED_WAITING, &value))
        waiting_line(loading, value);
    else if (loaded_line_begins(line, LOADED_GONE, &value))
        gone_line(loading);
    else if (loading->is_indexed && loading->typed.bytes == 0)
        loading->typed = line;
    else if (loading->is_indexed) /* the lines lie one after the other */
        loading->typed.bytes = (size_t)(line.data + line.bytes - loading->typed.data);
}

/* Warnings were said when the entries were typed: here they would only repeat. */
static void drop_warnings(struct config_errors *errors, size_t count_before)
{
    size_t kept = count_before;

    for (size_t i = count_before; i < errors->count; i++) {
        if (errors->items_own[i].severity == CONFIG_ERROR)
            errors->items_own[kept++] = errors->items_own[i];
        else
            free(errors->items_own[i].text_own);
    }
    errors->count = kept;
}

enum status loaded_policy_parse(struct view text, const char *file, struct ipsec_policy **out,
                                struct config_errors *errors)
{
    static const struct resolver no_names = {0};
    struct loading loading = {
        .parser = {.dialect = CONFIG_ENTENTE, .names = &no_names},
        .rest = text,
        .at = {.file_view = file, .line = 0, .column = 1},
    };
    size_t errors_before = errors->error_count;
    size_t count_before = errors->count;

    if (text.bytes > CONFIG_FILE_MOST_BYTES) {
        config_errors_add(errors, CONFIG_ERROR, (struct position){.file_view = file},
                          "the file has over %u octets", CONFIG_FILE_MOST_BYTES);
        return STATUS_LIMIT;
    }
    loading.parser.policy = ipsec_policy_new(file);
    if (!loading.parser.policy)
        return STATUS_NO_MEMORY;
    loading.parser.lexer.errors = errors;
    while (loading.rest.bytes > 0 && !loading.parser.is_out_of_memory) {
        loading.at.line++;
        line_parse(&loading, loaded_line_take(&loading.rest));
    }
    typed_finish(&loading);
    drop_warnings(errors, count_before);
    config_errors_sort(errors);
    if (loading.parser.is_out_of_memory || errors->error_count > errors_before) {
        ipsec_policy_free(loading.parser.policy);
        return loading.parser.is_out_of_memory ? STATUS_NO_MEMORY : STATUS_MALFORMED;
    }
    *out = loading.parser.policy;
    return STATUS_OK;
}
