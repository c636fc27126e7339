#include "policy/ipsec_entry.h"

enum ipsec_precedence ipsec_entry_precedence(const struct ipsec_entry *entry)
{
    unsigned protocols = 0;
    bool uses_esp, uses_ah;

    for (size_t i = 0; i < entry->alternative_count; i++) {
        const struct ipsec_alternative *alternative = &entry->alternatives[i];

        if (alternative->action == IPSEC_BYPASS)
            return PRECEDENCE_BYPASS;
        protocols |= ipsec_alternative_protocols(alternative);
    }
    uses_esp = protocols & IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_ESP);
    uses_ah = protocols & IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH);
    if (uses_esp)
        return uses_ah ? PRECEDENCE_AH_ESP : PRECEDENCE_ESP;
    return uses_ah ? PRECEDENCE_AH : PRECEDENCE_DROP;
}

bool ipsec_algorithm_is_given(const struct ipsec_algorithm *algorithm)
{
    return algorithm->row || algorithm->is_any;
}

unsigned ipsec_alternative_protocols(const struct ipsec_alternative *alternative)
{
    unsigned protocols = 0;

    if (alternative->action != IPSEC_PROTECT)
        return 0;
    if (ipsec_algorithm_is_given(&alternative->ah_auth))
        protocols |= IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH);
    if (ipsec_algorithm_is_given(&alternative->esp_cipher) ||
        ipsec_algorithm_is_given(&alternative->esp_auth))
        protocols |= IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_ESP);
    return protocols;
}

bool ipsec_entry_uses_ah(const struct ipsec_entry *entry)
{
    for (size_t i = 0; i < entry->alternative_count; i++) {
        if (ipsec_alternative_protocols(&entry->alternatives[i]) &
            IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH))
            return true;
    }
    return false;
}

bool ipsec_entry_is_of_first_set(const struct ipsec_entry *entry, size_t i)
{
    unsigned first = 0;

    for (size_t j = 0; j < entry->alternative_count && first == 0; j++)
        first = ipsec_alternative_protocols(&entry->alternatives[j]);
    return first != 0 && ipsec_alternative_protocols(&entry->alternatives[i]) == first;
}

enum ipsec_action ipsec_entry_action(const struct ipsec_entry *entry)
{
    for (size_t i = 0; i < entry->alternative_count; i++) {
        if (entry->alternatives[i].action == IPSEC_BYPASS)
            return IPSEC_BYPASS;
    }
    return entry->alternatives[0].action;
}

bool ipsec_entry_is_tunnel(const struct ipsec_entry *entry)
{
    return entry->mode == CHILD_TUNNEL;
}

bool ipsec_entry_is_unique(const struct ipsec_entry *entry)
{
    if (ipsec_entry_is_tunnel(entry))
        return false; /* per-rule SAs, whatever it says */
    for (size_t i = 0; i < entry->alternative_count; i++) {
        if (entry->alternatives[i].is_unique)
            return true;
    }
    return false;
}

static bool side_of_family(const struct address_range *given, enum address_family family,
                           struct address_range *out)
{
    const struct address zero = {.family = (uint8_t)family};

    if (given->first.family == ADDRESS_NONE)
        return address_range_prefix(&zero, 0, out) == STATUS_OK;
    *out = *given;
    return given->first.family == family;
}

bool ipsec_entry_selector(const struct ipsec_entry *entry, enum address_family family,
                          struct selector *out)
{
    struct selector selector = entry->pattern;

    if (!side_of_family(&entry->pattern.local, family, &selector.local) ||
        !side_of_family(&entry->pattern.remote, family, &selector.remote))
        return false;
    *out = selector;
    return true;
}

bool ipsec_entry_is_between(const struct ipsec_entry *entry, const struct address *local,
                            const struct address *remote)
{
    struct selector whole;

    /* An entry without a far end would give anybody's traffic to anybody (SEC-172). */
    if (ipsec_entry_is_tunnel(entry))
        return address_equal(&entry->tunnel_destination, remote) &&
               (entry->tunnel_source.family == ADDRESS_NONE ||
                address_equal(&entry->tunnel_source, local));
    return ipsec_entry_selector(entry, (enum address_family)local->family, &whole) &&
           address_range_holds(&whole.local, local) && address_range_holds(&whole.remote, remote);
}

static bool icmp_holds(const struct icmp_range *range, int value)
{
    return !range->is_given || (value >= range->low && value <= range->high);
}

bool ipsec_entry_holds(const struct ipsec_entry *entry, const struct selector *packet, int type,
                       int code)
{
    struct selector whole;

    if (!ipsec_entry_selector(entry, (enum address_family)packet->local.first.family, &whole))
        return false;
    return selector_covers(&whole, packet) && icmp_holds(&entry->icmp_type, type) &&
           icmp_holds(&entry->icmp_code, code);
}

static bool icmp_equal(const struct icmp_range *a, const struct icmp_range *b)
{
    return a->is_given == b->is_given && (!a->is_given || (a->low == b->low && a->high == b->high));
}

bool ipsec_entry_same_pattern(const struct ipsec_entry *a, const struct ipsec_entry *b)
{
    return a->direction == b->direction && selector_equal(&a->pattern, &b->pattern) &&
           icmp_equal(&a->icmp_type, &b->icmp_type) && icmp_equal(&a->icmp_code, &b->icmp_code) &&
           strcmp(a->tunnel, b->tunnel) == 0 && a->mode == b->mode &&
           strcmp(a->interface, b->interface) == 0;
}

bool ipsec_entry_identities(const struct ipsec_entry *entry, const struct selector *packet,
                            struct selector *out)
{
    enum address_family family = (enum address_family)packet->local.first.family;
    struct selector whole;

    if (!ipsec_entry_selector(entry, family, &whole))
        return false;
    if (ipsec_entry_is_unique(entry)) {
        *out = *packet;
        return true;
    }
    if (!ipsec_entry_is_tunnel(entry)) {
        whole.local = packet->local;
        whole.remote = packet->remote;
    }
    /* A port says nothing without its protocol (RFC 2407 section 4.6.2): the packet's. */
    if (whole.protocol == PROTOCOL_ANY &&
        (whole.local_port != PORT_ANY || whole.remote_port != PORT_ANY))
        whole.protocol = packet->protocol;
    *out = whole;
    return true;
}
