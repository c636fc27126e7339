#include "config/ipsecinit.h"

#include "config/ipsec_draft_private.h"

static const struct resolver no_names = {0};

static void say_duplicate(struct ipsec_parser *parser, const struct ipsec_entry *entry,
                          const struct ipsec_entry *earlier)
{
    char buffer[CONFIG_ERROR_LINE_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    ipsec_entry_text(entry, NULL, &text);
    config_errors_add(parser->lexer.errors, CONFIG_WARNING, entry->at,
                      "Duplicate policy entry (ignored), line %u has its pattern: %s",
                      earlier->at.line, buffer);
}

bool ipsec_entry_add(struct ipsec_parser *parser, const struct ipsec_entry *entry)
{
    const struct ipsec_entry *earlier = ipsec_policy_find(parser->policy, entry);
    struct ipsec_entry numbered = *entry;
    enum status status;

    if (earlier) {
        say_duplicate(parser, entry, earlier);
        parser->has_duplicates = true;
        return true;
    }
    numbered.reqid = (uint32_t)parser->policy->entry_count + 1;
    numbered.spd_index = parser->spd_index++;
    status = ipsec_policy_add_entry(parser->policy, &numbered);
    if (status == STATUS_NO_MEMORY)
        parser->is_out_of_memory = true;
    parser->is_full = status == STATUS_LIMIT;
    if (status == STATUS_LIMIT)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, entry->at,
                          "the policy has %u entries at most", IPSEC_ENTRIES_MOST);
    return status == STATUS_OK;
}

/* To the start of what is probably the next entry. */
static void recover(struct lexer *lexer)
{
    const struct token *next = lexer_peek(lexer);

    while (next->kind != TOKEN_END && !(next->kind == TOKEN_OPEN && next->is_first_on_line &&
                                        (lexer->nesting == 1 || next->at.column == 1)))
        (void)lexer_take(lexer);
    lexer->nesting = next->kind == TOKEN_OPEN ? 1 : 0;
}

/* The lines of the file on which the entry stands, comments and all. */
static struct view entry_lines(const struct lexer *lexer, const struct ipsec_draft *draft)
{
    size_t start = draft->offset;
    size_t end = draft->end;

    while (start > 0 && lexer->source.data[start - 1] != '\n')
        start--;
    while (end < lexer->source.bytes && lexer->source.data[end] != '\n')
        end++;
    return view_of(lexer->source.data + start, end - start);
}

const char *ipsec_draft_tunnel(const struct ipsec_draft *draft, char out[TOKEN_WORD_BYTES])
{
    out[0] = '\0';
    return draft->is_given[FIELD_TUNNEL] ? token_word(&draft->values[FIELD_TUNNEL], out) : out;
}

void ipsec_typed_add(struct ipsec_parser *parser, const char *tunnel, struct view text)
{
    const struct ipsec_policy *policy = parser->policy;
    const struct ipsec_entry *last =
        policy->entry_count > 0 ? &policy->entries_own[policy->entry_count - 1] : NULL;

    if (parser->has_duplicates && parser->spd_index == parser->index)
        return;
    if (ipsec_policy_add_typed(parser->policy, parser->index, tunnel, text) != STATUS_OK)
        parser->is_out_of_memory = true;
    if (!last || last->index != parser->index)
        parser->spd_index++; /* it waits for its tunnel, and has a number all the same */
    parser->index = parser->spd_index;
}

static void entry_parse(struct ipsec_parser *parser)
{
    size_t errors_before = parser->lexer.errors->error_count;
    const struct token *brace = lexer_peek(&parser->lexer);
    struct ipsec_draft draft;
    char tunnel[TOKEN_WORD_BYTES];

    parser->has_duplicates = false;
    if (!brace->is_first_on_line)
        token_error(&parser->lexer, brace, "a new entry begins on a line of its own");
    if (!ipsec_draft_parse(parser, &draft))
        recover(&parser->lexer);
    else if (parser->lexer.errors->error_count == errors_before)
        ipsec_draft_resolve(parser, &draft, ipsec_entry_add);
    if (parser->lexer.errors->error_count > errors_before) {
        parser->lexer.errors->broken_entries++;
        if (parser->is_salvaging)
            ipsec_draft_salvage(parser, &draft);
        return;
    }
    ipsec_typed_add(parser, ipsec_draft_tunnel(&draft, tunnel),
                    entry_lines(&parser->lexer, &draft));
}

/* Solaris reads a line at a time into so much room. */
static void check_lines(struct ipsec_parser *parser, struct view text, const char *file)
{
    struct position at = {.file_view = file, .line = 1, .column = 1};

    while (text.bytes > 0) {
        const uint8_t *newline = memchr(text.data, '\n', text.bytes);
        size_t bytes = newline ? (size_t)(newline - text.data) : text.bytes;

        if (bytes > IPSEC_LINE_MOST_OCTETS)
            config_errors_add(parser->lexer.errors, CONFIG_ERROR, at, "the line has over %u octets",
                              IPSEC_LINE_MOST_OCTETS);
        if (!newline)
            return;
        text = view_of(newline + 1, text.bytes - bytes - 1);
        at.line++;
    }
}

static void file_parse(struct ipsec_parser *parser)
{
    const struct token *next = lexer_peek(&parser->lexer);

    while (next->kind != TOKEN_END && !parser->is_out_of_memory && !parser->is_full) {
        if (next->kind == TOKEN_OPEN) {
            entry_parse(parser);
            continue;
        }
        token_error(&parser->lexer, next, "an entry begins with its pattern in braces");
        parser->lexer.errors->broken_entries++;
        parser->drops_all = true;
        recover(&parser->lexer);
    }
    ipsec_policy_check(parser);
}

static enum status parse_end(struct ipsec_parser *parser, size_t errors_before)
{
    config_errors_sort(parser->lexer.errors);
    if (parser->is_out_of_memory)
        return STATUS_NO_MEMORY;
    if (parser->lexer.errors->error_count == errors_before)
        return STATUS_OK;
    if (parser->lexer.errors->broken_entries == 0)
        parser->lexer.errors->broken_entries = 1; /* a mistake between entries */
    return STATUS_MALFORMED;
}

enum status ipsecinit_parse(struct view text, const char *file, enum config_dialect dialect,
                            const struct resolver *names, struct ipsec_policy **out,
                            struct config_errors *errors)
{
    struct ipsec_parser parser = {
        .dialect = dialect,
        .names = names ? names : &no_names,
        .index = 1,
        .spd_index = 1,
    };
    size_t errors_before = errors->error_count;
    enum status status = STATUS_LIMIT;

    if (text.bytes > CONFIG_FILE_MOST_BYTES) {
        config_errors_add(errors, CONFIG_ERROR, (struct position){.file_view = file},
                          "the file has over %u octets", CONFIG_FILE_MOST_BYTES);
        return status;
    }
    parser.policy = ipsec_policy_new(file);
    if (!parser.policy)
        return STATUS_NO_MEMORY;
    lexer_init(&parser.lexer, text, file, LEXER_HASH_ANYWHERE, errors);
    check_lines(&parser, text, file);
    file_parse(&parser);
    status = parse_end(&parser, errors_before);
    if (status == STATUS_OK)
        *out = parser.policy;
    else
        ipsec_policy_free(parser.policy);
    return status;
}

enum status ipsecinit_salvage(struct view text, const char *file, const struct resolver *names,
                              struct ipsec_policy **out, struct config_errors *errors)
{
    struct ipsec_parser parser = {
        .dialect = CONFIG_ENTENTE,
        .names = names ? names : &no_names,
        .index = 1,
        .spd_index = 1,
        .is_salvaging = true,
        .is_full = text.bytes > CONFIG_FILE_MOST_BYTES,
    };

    parser.policy = ipsec_policy_new(file);
    if (!parser.policy)
        return STATUS_NO_MEMORY;
    lexer_init(&parser.lexer, text, file, LEXER_HASH_ANYWHERE, errors);
    if (!parser.is_full)
        file_parse(&parser);
    if (parser.is_full)
        ipsec_policy_flush(parser.policy, NULL); /* nobody knows what the rest would say */
    if (parser.is_full || parser.drops_all)
        ipsec_drop_all_add(&parser);
    config_errors_sort(errors);
    if (parser.is_out_of_memory) {
        ipsec_policy_free(parser.policy);
        return STATUS_NO_MEMORY;
    }
    *out = parser.policy;
    return STATUS_OK;
}
