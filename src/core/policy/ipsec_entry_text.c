#include "base/protocol.h"
#include "policy/ipsec_entry.h"

static const char *const direction_words[] = {
    [IPSEC_BOTH] = "both",
    [IPSEC_IN] = "in",
    [IPSEC_OUT] = "out",
};

static const char *const action_words[] = {
    [IPSEC_PROTECT] = "ipsec",
    [IPSEC_BYPASS] = "pass",
    [IPSEC_DROP] = "drop",
};

static void add_protocol(const struct selector *pattern, const struct resolver *names,
                         struct text *out)
{
    char found[RESOLVER_NAME_BYTES];
    const char *name = names ? protocol_name(pattern->protocol) : NULL;

    if (pattern->protocol == PROTOCOL_ANY)
        return;
    if (names && names->protocol_name && names->protocol_name(names->arg, pattern->protocol, found))
        name = found;
    if (name)
        text_add(out, " ulp %s", name);
    else
        text_add(out, " ulp %u", pattern->protocol);
}

static void add_address(const char *word, const struct address_range *range,
                        const struct resolver *names, struct text *out)
{
    char name[RESOLVER_NAME_BYTES];
    int bits = address_range_prefix_bits(range);

    if (range->first.family == ADDRESS_NONE)
        return;
    if (names && names->host_name && address_equal(&range->first, &range->last) &&
        names->host_name(names->arg, &range->first, name))
        text_add(out, " %s %s/%d", word, name, bits);
    else
        text_add(out, " %s %s/%d", word, address_text(&range->first, name), bits);
}

static void add_port(const char *word, uint16_t port, uint8_t protocol,
                     const struct resolver *names, struct text *out)
{
    char name[RESOLVER_NAME_BYTES];

    if (port == PORT_ANY)
        return;
    if (names && names->service_name && names->service_name(names->arg, port, protocol, name))
        text_add(out, " %s %s", word, name);
    else
        text_add(out, " %s %u", word, port);
}

static void add_icmp(const char *word, const struct icmp_range *range, struct text *out)
{
    if (!range->is_given)
        return;
    text_add(out, " %s %u", word, range->low);
    if (range->high != range->low)
        text_add(out, "-%u", range->high);
}

static void add_tunnel(const struct ipsec_entry *entry, struct text *out)
{
    char address[ADDRESS_TEXT_BYTES];

    if (entry->tunnel[0] == '\0')
        return;
    text_add(out, " tunnel %s negotiate %s", entry->tunnel,
             entry->mode == CHILD_TUNNEL ? "tunnel" : "transport");
    if (entry->tunnel_source.family != ADDRESS_NONE)
        text_add(out, " tsrc %s", address_text(&entry->tunnel_source, address));
    if (entry->tunnel_destination.family != ADDRESS_NONE)
        text_add(out, " tdst %s", address_text(&entry->tunnel_destination, address));
}

/* Sizes as the entry means them: its own bounds, or those of the algorithm. */
static void add_bits(const struct ipsec_algorithm *algorithm, struct text *out)
{
    const struct transform *row = algorithm->row;
    unsigned low = algorithm->low_bits;
    unsigned high = algorithm->high_bits;

    if (row && low == 0 && high == 0) {
        low = row->key_bits[0] > 0 ? row->key_bits[0] : row->fixed_key_bytes * 8u;
        high = low;
        for (size_t i = 0; i < COUNT(row->key_bits); i++) {
            if (row->key_bits[i] > high)
                high = row->key_bits[i];
        }
    }
    if (low == 0 && high == 0)
        return;
    if (low == high)
        text_add(out, "(%u)", low);
    else if (high == UINT16_MAX)
        text_add(out, "(%u..)", low);
    else
        text_add(out, "(%u..%u)", low, high);
}

static void add_algorithm(const char *word, const struct ipsec_algorithm *algorithm,
                          struct text *out)
{
    if (!ipsec_algorithm_is_given(algorithm))
        return;
    text_add(out, " %s %s", word, algorithm->row ? algorithm->row->name : "any");
    add_bits(algorithm, out);
}

static void add_alternative(const struct ipsec_alternative *alternative, struct text *out)
{
    text_add(out, " %s {", action_words[alternative->action]);
    add_algorithm("auth_algs", &alternative->ah_auth, out);
    add_algorithm("encr_algs", &alternative->esp_cipher, out);
    add_algorithm("encr_auth_algs", &alternative->esp_auth, out);
    if (alternative->action == IPSEC_PROTECT)
        text_add(out, " sa %s", alternative->is_unique ? "unique" : "shared");
    text_add(out, " }");
}

void ipsec_entry_text(const struct ipsec_entry *entry, const struct resolver *names,
                      struct text *out)
{
    const struct selector *pattern = &entry->pattern;

    bool is_outer = entry->tunnel[0] != '\0' && entry->mode == CHILD_TRANSPORT;

    text_add(out, "{");
    add_tunnel(entry, out);
    if (entry->interface[0] != '\0')
        text_add(out, " interface %s", entry->interface);
    add_protocol(pattern, names, out);
    if (!is_outer) /* tsrc and tdst have said it */
        add_address("laddr", &pattern->local, names, out);
    add_port("lport", pattern->local_port, pattern->protocol, names, out);
    if (!is_outer)
        add_address("raddr", &pattern->remote, names, out);
    add_port("rport", pattern->remote_port, pattern->protocol, names, out);
    add_icmp("type", &entry->icmp_type, out);
    add_icmp("code", &entry->icmp_code, out);
    text_add(out, " dir %s }", direction_words[entry->direction]);
    for (size_t i = 0; i < entry->alternative_count; i++) {
        text_add(out, "%s", i > 0 ? " or" : "");
        add_alternative(&entry->alternatives[i], out);
    }
}
