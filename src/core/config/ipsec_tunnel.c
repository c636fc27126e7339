#include "config/ipsec_draft_private.h"

/* Outer protocols when no device says which: IPv4 and IPv6 in IP, and GRE. */
static const uint8_t outer_protocols[] = {4, 41, 47};

static void say(struct ipsec_parser *parser, struct position at, const char *sentence)
{
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, at, "%s", sentence);
}

bool ipsec_device_parse(struct ipsec_parser *parser, const struct token *token, const char *what,
                        char *out, size_t out_bytes)
{
    /* It goes into an nftables script between quotes, and before a comma into listings. */
    static const char unfit[] = {'"', '/', '\\', '*', ','};
    bool is_fit = token->text.bytes < out_bytes;

    for (size_t i = 0; i < sizeof unfit; i++)
        is_fit = is_fit && !memchr(token->text.data, unfit[i], token->text.bytes);
    if (is_fit)
        memcpy(out, token->text.data, token->text.bytes);
    else
        token_error(&parser->lexer, token, "%s has under %zu octets, none of \" / \\ * ,", what,
                    out_bytes);
    return is_fit;
}

static bool tunnel_end(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                       enum pattern_field field, struct address *out)
{
    if (!draft->is_given[field])
        return true;
    if (!draft->is_given[FIELD_TUNNEL]) {
        say(parser, draft->field_at[field], "tsrc and tdst stand beside tunnel");
        return false;
    }
    if (address_parse(draft->values[field].text, out) == STATUS_OK)
        return true;
    token_error(&parser->lexer, &draft->values[field], "a tunnel's end is one address");
    return false;
}

static bool negotiate_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                         struct ipsec_entry *entry)
{
    const struct token *value = &draft->values[FIELD_NEGOTIATE];

    if (draft->is_given[FIELD_TUNNEL] != draft->is_given[FIELD_NEGOTIATE]) {
        say(parser, draft->field_at[draft->is_given[FIELD_TUNNEL] ? FIELD_TUNNEL : FIELD_NEGOTIATE],
            "tunnel and negotiate tokens must occur together");
        return false;
    }
    if (!draft->is_given[FIELD_TUNNEL])
        return true;
    if (token_is(value, "tunnel"))
        entry->mode = CHILD_TUNNEL;
    else if (!token_is(value, "transport")) {
        token_error(&parser->lexer, value, "negotiate is one of tunnel, transport");
        return false;
    }
    return ipsec_device_parse(parser, &draft->values[FIELD_TUNNEL], "a tunnel's name",
                              entry->tunnel, sizeof entry->tunnel);
}

/* The outer packets have no other words than their ends and (an extension) their protocol. */
static bool has_inner_words(struct ipsec_parser *parser, const struct ipsec_draft *draft)
{
    static const enum pattern_field inner[] = {
        FIELD_LADDR, FIELD_RADDR, FIELD_LPORT, FIELD_RPORT, FIELD_SADDR, FIELD_DADDR,
        FIELD_SPORT, FIELD_DPORT, FIELD_SMASK, FIELD_DMASK, FIELD_TYPE,  FIELD_CODE,
    };

    for (size_t i = 0; i < COUNT(inner); i++) {
        if (!draft->is_given[inner[i]])
            continue;
        say(parser, draft->field_at[inner[i]],
            "negotiate transport protects the tunnel's own packets, whatever is inside: no "
            "addresses, ports or ICMP types go with it; negotiate tunnel takes them");
        return true;
    }
    return false;
}

/* The pattern of outer packets. */
static bool outer_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                     const struct tunnel_device *device, struct ipsec_entry *entry,
                     struct ipsec_tunnel *out)
{
    uint8_t protocol = entry->pattern.protocol;

    if (has_inner_words(parser, draft))
        return false;
    if (protocol != PROTOCOL_ANY && !memchr(outer_protocols, protocol, sizeof outer_protocols)) {
        token_error(
            &parser->lexer, &draft->values[FIELD_ULP],
            "with negotiate transport ulp is that of the tunnel's own packets: 4, 41 or 47");
        return false;
    }
    if (protocol != PROTOCOL_ANY)
        out->protocols[0] = protocol;
    else
        memcpy(out->protocols, device->protocols[0] != 0 ? device->protocols : outer_protocols,
               sizeof out->protocols);
    out->is_waiting = entry->tunnel_destination.family == ADDRESS_NONE;
    if (out->is_waiting)
        return true;
    entry->pattern.remote = address_range_host(&entry->tunnel_destination);
    if (entry->tunnel_source.family != ADDRESS_NONE)
        entry->pattern.local = address_range_host(&entry->tunnel_source);
    return true;
}

static bool ends_of(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                    const struct tunnel_device *device, struct ipsec_entry *entry)
{
    if (!tunnel_end(parser, draft, FIELD_TSRC, &entry->tunnel_source) ||
        !tunnel_end(parser, draft, FIELD_TDST, &entry->tunnel_destination))
        return false;
    if (!draft->is_given[FIELD_TSRC])
        entry->tunnel_source = device->source;
    if (!draft->is_given[FIELD_TDST])
        entry->tunnel_destination = device->destination;
    if (entry->tunnel_source.family == ADDRESS_NONE ||
        entry->tunnel_destination.family == ADDRESS_NONE ||
        entry->tunnel_source.family == entry->tunnel_destination.family)
        return true;
    say(parser, draft->field_at[FIELD_TUNNEL], "the tunnel's ends are of different families");
    return false;
}

bool ipsec_tunnel_parse(struct ipsec_parser *parser, const struct ipsec_draft *draft,
                        struct ipsec_entry *entry, struct ipsec_tunnel *out)
{
    const struct resolver *names = parser->names;
    struct tunnel_device device = {0};

    if (!negotiate_of(parser, draft, entry))
        return false;
    if (draft->is_given[FIELD_TUNNEL] && names->tunnel &&
        !names->tunnel(names->arg, entry->tunnel, &device))
        device = (struct tunnel_device){0};
    if (!ends_of(parser, draft, &device, entry))
        return false;
    if (!draft->is_given[FIELD_TUNNEL])
        return true;
    if (entry->mode == CHILD_TRANSPORT && !outer_of(parser, draft, &device, entry, out))
        return false;
    if (entry->tunnel_destination.family != ADDRESS_NONE)
        return true;
    config_errors_add(parser->lexer.errors, CONFIG_WARNING, draft->field_at[FIELD_TUNNEL],
                      entry->mode == CHILD_TUNNEL
                          ? "no tunnel device %s with a far end: what the entry holds is dropped "
                            "until in.iked on the kernel's plane sees one there, or the policy is "
                            "loaded again with one, or with tdst ADDRESS"
                          : "no tunnel device %s with a far end: the entry is not in force until "
                            "in.iked on the kernel's plane sees one there, or the policy is loaded "
                            "again with one, or with tdst ADDRESS",
                      entry->tunnel);
    return true;
}
