#include "config/ipsec_draft_private.h"

#define PROTOCOL_ICMP 1u
#define PROTOCOL_ICMPV6 58u

static void say(struct ipsec_parser *parser, struct position at, const char *sentence)
{
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, at, "%s", sentence);
}

static bool first_given(const struct ipsec_draft *draft, const enum pattern_field *fields,
                        size_t count, struct position *at)
{
    for (size_t i = 0; i < count; i++) {
        if (draft->is_given[fields[i]]) {
            *at = draft->field_at[fields[i]];
            return true;
        }
    }
    return false;
}

static bool begins(const struct token *token, const char *word)
{
    size_t bytes = strlen(word);

    return token->text.bytes >= bytes &&
           view_equal(view_of(token->text.data, bytes), view_of_text(word));
}

/* Old and new style. solaris.md 3.5. False after a mistake, which was said. */
static bool style_of(struct ipsec_parser *parser, const struct ipsec_draft *draft, bool *is_old)
{
    static const enum pattern_field old_fields[] = {FIELD_SADDR, FIELD_DADDR, FIELD_SPORT,
                                                    FIELD_DPORT, FIELD_SMASK, FIELD_DMASK};
    static const enum pattern_field new_fields[] = {FIELD_LADDR, FIELD_RADDR, FIELD_LPORT,
                                                    FIELD_RPORT};
    struct position at;
    struct position new_at = {0};
    bool is_new = first_given(draft, new_fields, COUNT(new_fields), &new_at);

    *is_old = first_given(draft, old_fields, COUNT(old_fields), &at) || draft->has_dir_property;
    if (!*is_old)
        return true;
    if (draft->or_at.line > 0) {
        say(parser, draft->or_at, "or's only with new style");
        return false;
    }
    if (is_new) {
        say(parser, new_at,
            "laddr, raddr, lport, rport do not go with saddr, daddr, sport, dport, "
            "smask, dmask or dir among the properties");
        return false;
    }
    if (draft->is_given[FIELD_DIR] && begins(&draft->values[FIELD_DIR], "both")) {
        say(parser, draft->field_at[FIELD_DIR],
            "dir both does not go with saddr, daddr, sport, "
            "dport, smask, dmask or dir among the properties");
        return false;
    }
    return true;
}

/* Directions are compared by their beginning in the pattern, exactly among the properties. */
static bool direction_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         enum ipsec_direction *out)
{
    static const struct {
        const char *word;
        enum ipsec_direction direction;
    } words[] = {{"both", IPSEC_BOTH}, {"in", IPSEC_IN}, {"out", IPSEC_OUT}};
    const struct token *value = &draft->values[FIELD_DIR];

    *out = IPSEC_BOTH;
    if (!draft->is_given[FIELD_DIR])
        return true;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (draft->has_dir_property ? token_is(value, words[i].word)
                                    : begins(value, words[i].word)) {
            *out = words[i].direction;
            return true;
        }
    }
    token_error(&parser->lexer, value, "dir is one of in, out, both");
    return false;
}

/* What the action says of the direction. */
static bool action_direction(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                             bool is_old, enum ipsec_direction *direction)
{
    enum action_word action = draft->actions[0];
    enum ipsec_direction wanted = action == ACTION_APPLY ? IPSEC_OUT : IPSEC_IN;

    if (action == ACTION_IPSEC && is_old && !draft->is_given[FIELD_DIR]) {
        say(parser, draft->at, "ipsec with saddr, daddr, sport, dport, smask or dmask needs dir");
        return false;
    }
    if (action != ACTION_APPLY && action != ACTION_PERMIT)
        return true;
    if (draft->or_at.line > 0) {
        say(parser, draft->or_at, "or goes with ipsec, not with apply and permit");
        return false;
    }
    if (draft->is_given[FIELD_DIR] && *direction != wanted) {
        token_error(&parser->lexer, &draft->values[FIELD_DIR], "%s",
                    action == ACTION_APPLY ? "apply is for dir out" : "permit is for dir in");
        return false;
    }
    *direction = wanted;
    return true;
}

/* The fields that say where our side and the peer's stand, by style and direction. */
struct sides {
    enum pattern_field local_address, remote_address, local_port, remote_port;
    enum pattern_field local_mask, remote_mask;
};

static const struct sides new_sides = {FIELD_LADDR, FIELD_RADDR, FIELD_LPORT,
                                       FIELD_RPORT, FIELD_COUNT, FIELD_COUNT};
static const struct sides out_sides = {FIELD_SADDR, FIELD_DADDR, FIELD_SPORT,
                                       FIELD_DPORT, FIELD_SMASK, FIELD_DMASK};
static const struct sides in_sides = {FIELD_DADDR, FIELD_SADDR, FIELD_DPORT,
                                      FIELD_SPORT, FIELD_DMASK, FIELD_SMASK};

static bool addresses_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         enum pattern_field address, enum pattern_field mask,
                         struct ipsec_addresses *out)
{
    bool has_mask = mask != FIELD_COUNT && draft->is_given[mask];

    out->count = 0;
    if (!draft->is_given[address]) {
        if (has_mask)
            say(parser, draft->field_at[mask], "a mask stands beside its address");
        return !has_mask;
    }
    return ipsec_address_parse(parser, &draft->values[address],
                               has_mask ? &draft->values[mask] : NULL, out);
}

static bool port_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                    enum pattern_field field, uint8_t protocol, uint16_t *out)
{
    *out = PORT_ANY;
    if (!draft->is_given[field])
        return true;
    if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6) {
        say(parser, draft->field_at[field], "ICMP has no ports: type and code are its words");
        return false;
    }
    return ipsec_port_parse(parser, &draft->values[field], protocol, out);
}

static bool interface_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         struct ipsec_entry *entry)
{
    const struct token *name = &draft->values[FIELD_INTERFACE];

    if (!draft->is_given[FIELD_INTERFACE])
        return true;
    if (draft->is_given[FIELD_TUNNEL]) {
        say(parser, draft->field_at[FIELD_INTERFACE], "interface does not go with tunnel");
        return false;
    }
    return ipsec_device_parse(parser, name, "the name of an interface", entry->interface,
                              sizeof entry->interface);
}

/* Protocol, ports and ICMP fields. */
static bool upper_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                     const struct sides *sides, struct ipsec_entry *entry)
{
    struct selector *pattern = &entry->pattern;

    if (draft->is_given[FIELD_ULP] &&
        !ipsec_protocol_parse(parser, &draft->values[FIELD_ULP], &pattern->protocol))
        return false;
    if (!port_of(parser, draft, sides->local_port, pattern->protocol, &pattern->local_port) ||
        !port_of(parser, draft, sides->remote_port, pattern->protocol, &pattern->remote_port))
        return false;
    if (draft->is_given[FIELD_TYPE] &&
        !icmp_type_parse(parser, &draft->values[FIELD_TYPE], pattern->protocol, &entry->icmp_type))
        return false;
    return !draft->is_given[FIELD_CODE] || icmp_code_parse(parser, &draft->values[FIELD_CODE],
                                                           pattern->protocol, &entry->icmp_code);
}

/* One entry a pair of addresses of the same family; a side that was not given pairs with all. */
static void emit_pairs(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                       const struct ipsec_addresses *local, const struct ipsec_addresses *remote,
                       struct ipsec_entry *entry, ipsec_entry_fn *each)
{
    size_t local_count = local->count > 0 ? local->count : 1;
    size_t remote_count = remote->count > 0 ? remote->count : 1;
    bool is_paired = false;

    for (size_t i = 0; i < local_count; i++) {
        for (size_t j = 0; j < remote_count; j++) {
            if (local->count > 0)
                entry->pattern.local = local->ranges[i];
            if (remote->count > 0)
                entry->pattern.remote = remote->ranges[j];
            if (local->count > 0 && remote->count > 0 &&
                local->ranges[i].first.family != remote->ranges[j].first.family)
                continue;
            is_paired = true;
            if (!each(parser, entry))
                return;
        }
    }
    if (!is_paired)
        say(parser, draft->at, "No matching IPv4 or IPv6 saddr/daddr pairs");
}

/* negotiate transport: one entry a protocol of the outer packets, with SAs of its own. */
static void emit_outer(struct ipsec_parser *parser, const struct ipsec_tunnel *tunnel,
                       struct ipsec_entry *entry, ipsec_entry_fn *each)
{
    for (size_t i = 0; i < entry->alternative_count; i++)
        entry->alternatives[i].is_unique = entry->alternatives[i].action == IPSEC_PROTECT;
    for (size_t i = 0; i < COUNT(tunnel->protocols) && tunnel->protocols[i] != 0; i++) {
        entry->pattern.protocol = tunnel->protocols[i];
        if (!tunnel->is_waiting && !each(parser, entry))
            return;
    }
}

void ipsec_draft_resolve(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         ipsec_entry_fn *each)
{
    struct ipsec_entry entry = {
        .index = parser->index,
        .at = draft->at,
        .mode = CHILD_TRANSPORT,
        .alternative_count = draft->alternative_count,
    };
    const struct sides *sides;
    struct ipsec_addresses local;
    struct ipsec_addresses remote;
    struct ipsec_tunnel tunnel = {0};
    bool is_old;

    memcpy(entry.alternatives, draft->alternatives, sizeof entry.alternatives);
    if (!style_of(parser, draft, &is_old) || !direction_of(parser, draft, &entry.direction) ||
        !action_direction(parser, draft, is_old, &entry.direction))
        return;
    sides = !is_old ? &new_sides : entry.direction == IPSEC_IN ? &in_sides : &out_sides;
    if (!upper_of(parser, draft, sides, &entry) || !interface_of(parser, draft, &entry) ||
        !ipsec_tunnel_parse(parser, draft, &entry, &tunnel))
        return;
    if (entry.tunnel[0] != '\0' && entry.mode == CHILD_TRANSPORT) {
        emit_outer(parser, &tunnel, &entry, each);
        return;
    }
    if (!addresses_of(parser, draft, sides->local_address, sides->local_mask, &local) ||
        !addresses_of(parser, draft, sides->remote_address, sides->remote_mask, &remote))
        return;
    emit_pairs(parser, draft, &local, &remote, &entry, each);
}
