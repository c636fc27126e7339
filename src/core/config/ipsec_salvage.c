#include "config/ipsec_draft_private.h"

static const struct ipsec_alternative drop = {.action = IPSEC_DROP};

/* Old style does not say which side is ours without a direction. */
static bool has_sides(const struct ipsec_draft *draft)
{
    static const enum pattern_field old_fields[] = {FIELD_SADDR, FIELD_DADDR, FIELD_SPORT,
                                                    FIELD_DPORT, FIELD_SMASK, FIELD_DMASK};

    for (size_t i = 0; i < COUNT(old_fields); i++) {
        if (draft->is_given[old_fields[i]])
            return draft->is_given[FIELD_DIR];
    }
    return true;
}

static void typed_drop_add(struct ipsec_parser *parser, const struct ipsec_draft *draft)
{
    const char *source = (const char *)parser->lexer.source.data;
    char buffer[IPSEC_ENTRY_MOST_OCTETS + sizeof " drop {}"];
    char tunnel[TOKEN_WORD_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    text_add(&text, "%.*s drop {}", (int)(draft->pattern_end - draft->offset),
             source + draft->offset);
    ipsec_typed_add(parser, ipsec_draft_tunnel(draft, tunnel), view_of_text(buffer));
}

void ipsec_draft_salvage(struct ipsec_parser *parser, const struct ipsec_draft *draft)
{
    struct config_errors *errors = parser->lexer.errors;
    size_t errors_before = errors->error_count;
    struct ipsec_draft dropped = *draft;

    parser->has_duplicates = false;
    if (draft->pattern_end == 0 || draft->pattern_end - draft->offset > IPSEC_ENTRY_MOST_OCTETS ||
        !has_sides(draft)) {
        parser->drops_all = true;
        return;
    }
    dropped.actions[0] = ACTION_DROP;
    dropped.alternatives[0] = drop;
    dropped.alternative_count = 1;
    dropped.or_at.line = 0;
    ipsec_draft_resolve(parser, &dropped, ipsec_entry_add);
    if (errors->error_count > errors_before) {
        parser->drops_all = true;
        return;
    }
    typed_drop_add(parser, &dropped);
    config_errors_add(errors, CONFIG_WARNING, draft->at,
                      "what the pattern holds is dropped, in place of what could not be read");
}

static const struct {
    const char *typed, *tunnel;
    enum child_mode mode;
} drops_of_all[] = {
    {"{} drop {}", "", CHILD_TRANSPORT},
    /* Host policy does not see what is forwarded; a tunnel's does. */
    {"{tunnel unreadable negotiate tunnel} drop {}", "unreadable", CHILD_TUNNEL},
};

void ipsec_drop_all_add(struct ipsec_parser *parser)
{
    struct position at = {.file_view = parser->policy->file_own};

    for (size_t i = 0; i < COUNT(drops_of_all); i++) {
        struct ipsec_entry entry = {
            .index = parser->index,
            .at = at,
            .mode = drops_of_all[i].mode,
            .alternatives = {drop},
            .alternative_count = 1,
        };

        memcpy(entry.tunnel, drops_of_all[i].tunnel, strlen(drops_of_all[i].tunnel));
        parser->has_duplicates = false;
        if (ipsec_entry_add(parser, &entry))
            ipsec_typed_add(parser, drops_of_all[i].tunnel, view_of_text(drops_of_all[i].typed));
    }
    config_errors_add(parser->lexer.errors, CONFIG_WARNING, at,
                      "everything is dropped but loopback, IKE and what a bypass of the file lets "
                      "pass, because not every pattern could be read");
}
