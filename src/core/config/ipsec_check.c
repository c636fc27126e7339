#include "config/ipsec_draft_private.h"

#define PROTOCOL_ICMP 1u
#define PROTOCOL_ICMPV6 58u
#define ICMPV6_DISCOVERY_FIRST 133
#define ICMPV6_DISCOVERY_LAST 137

static bool is_icmp(const struct ipsec_entry *entry)
{
    return entry->pattern.protocol == PROTOCOL_ICMP || entry->pattern.protocol == PROTOCOL_ICMPV6;
}

static bool algorithms_equal(const struct ipsec_algorithm *a, const struct ipsec_algorithm *b)
{
    return a->row == b->row && a->is_any == b->is_any && a->low_bits == b->low_bits &&
           a->high_bits == b->high_bits;
}

static bool actions_equal(const struct ipsec_entry *a, const struct ipsec_entry *b)
{
    if (a->alternative_count != b->alternative_count)
        return false;
    for (size_t i = 0; i < a->alternative_count; i++) {
        const struct ipsec_alternative *x = &a->alternatives[i];
        const struct ipsec_alternative *y = &b->alternatives[i];

        if (x->action != y->action || x->is_unique != y->is_unique ||
            !algorithms_equal(&x->ah_auth, &y->ah_auth) ||
            !algorithms_equal(&x->esp_cipher, &y->esp_cipher) ||
            !algorithms_equal(&x->esp_auth, &y->esp_auth))
            return false;
    }
    return true;
}

/* ICMP entries that apply IPsec must all apply the same. solaris.md 3.2 */
static void check_icmp(struct ipsec_parser *parser)
{
    const struct ipsec_entry *first = NULL;

    for (size_t i = 0; i < parser->policy->entry_count; i++) {
        const struct ipsec_entry *entry = &parser->policy->entries_own[i];

        if (!is_icmp(entry) || ipsec_entry_action(entry) != IPSEC_PROTECT)
            continue;
        if (!first)
            first = entry;
        else if (!actions_equal(first, entry))
            config_errors_add(parser->lexer.errors, CONFIG_ERROR, entry->at,
                              "ICMP entries that apply IPsec have the same action, and the one of "
                              "line %u has another",
                              first->at.line);
    }
}

/* Whether the entry meets some neighbour discovery. */
static bool meets_discovery(const struct ipsec_entry *entry)
{
    struct selector whole;

    if (ipsec_entry_is_tunnel(entry) || !ipsec_entry_selector(entry, ADDRESS_IPV6, &whole))
        return false;
    if (whole.protocol != PROTOCOL_ANY && whole.protocol != PROTOCOL_ICMPV6)
        return false;
    if (whole.local_port != PORT_ANY || whole.remote_port != PORT_ANY)
        return false;
    return !entry->icmp_type.is_given || (entry->icmp_type.low <= ICMPV6_DISCOVERY_LAST &&
                                          entry->icmp_type.high >= ICMPV6_DISCOVERY_FIRST);
}

/* Whether a bypass lets pass all discovery that the entry holds. */
static bool passes_discovery(const struct ipsec_policy *policy, const struct ipsec_entry *held)
{
    struct selector discovery;

    (void)ipsec_entry_selector(held, ADDRESS_IPV6, &discovery);
    discovery.protocol = PROTOCOL_ICMPV6;
    for (size_t i = 0; i < policy->entry_count; i++) {
        const struct ipsec_entry *entry = &policy->entries_own[i];

        if (ipsec_entry_action(entry) == IPSEC_BYPASS && entry->interface[0] == '\0' &&
            !ipsec_entry_is_tunnel(entry) &&
            (entry->direction == IPSEC_BOTH || entry->direction == held->direction) &&
            ipsec_entry_holds(entry, &discovery, ICMPV6_DISCOVERY_FIRST, 0) &&
            ipsec_entry_holds(entry, &discovery, ICMPV6_DISCOVERY_LAST, 0))
            return true;
    }
    return false;
}

/* IPv6 on a link dies without it, as on Solaris: said once. solaris.md 3.6 and 11 */
static void note_discovery(struct ipsec_parser *parser)
{
    const struct ipsec_policy *policy = parser->policy;

    for (size_t i = 0; i < policy->entry_count; i++) {
        const struct ipsec_entry *entry = &policy->entries_own[i];

        if (ipsec_entry_action(entry) == IPSEC_BYPASS || !meets_discovery(entry))
            continue;
        if (passes_discovery(policy, entry))
            continue;
        config_errors_add(parser->lexer.errors, CONFIG_NOTE, entry->at,
                          "the entry holds IPv6 neighbour discovery too; to let it pass: "
                          "{ulp ipv6-icmp type 133-137 dir both} pass {}");
        return;
    }
}

/* A policy of the kernel asks for one set of protocols. */
static void note_protocols(struct ipsec_parser *parser, const struct ipsec_entry *entry)
{
    if (ipsec_entry_action(entry) != IPSEC_PROTECT)
        return;
    for (size_t i = 1; i < entry->alternative_count; i++) {
        if (ipsec_entry_is_of_first_set(entry, i))
            continue;
        config_errors_add(parser->lexer.errors, CONFIG_NOTE, entry->at,
                          "alternative %zu does not use the protocols (ESP, AH) of the first one: "
                          "it is not used where the kernel has the policy",
                          i + 1);
        return;
    }
}

void ipsec_policy_check(struct ipsec_parser *parser)
{
    check_icmp(parser);
    note_discovery(parser);
    for (size_t i = 0; i < parser->policy->entry_count; i++)
        note_protocols(parser, &parser->policy->entries_own[i]);
    ipsec_shadow_check(parser);
}
