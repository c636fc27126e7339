#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/protocol.h"
#include "dataplane/guard.h"
#include "dataplane/mark.h"
#include "policy/ipsec_policy.h"

struct script {
    FILE *out;
    const struct ipsec_entry **entries;
    size_t entry_count;
    const char **tunnels; /* names of devices whose inner traffic the policy is about, each once */
    size_t tunnel_count;
    unsigned later; /* added to priorities: the lasting table comes first, and counts */
};

/* Which packets a chain sees, from the entry's point of view. */
enum view_point {
    SEEN_LOCAL_OUT,   /* made here: all entries, outbound */
    SEEN_LOCAL_IN,    /* for this host: all entries, inbound */
    SEEN_TRANSIT_OUT, /* forwarded: tunnel entries, outbound */
    SEEN_TRANSIT_IN,  /* forwarded: tunnel entries, inbound */
};

static const struct {
    bool is_inbound;
    bool tunnels_only; /* Solaris: host policy does not see what is forwarded */
    const char *protect;
} view_points[] = {
    [SEEN_LOCAL_OUT] = {false, false, "goto protect"},
    [SEEN_LOCAL_IN] = {true, false, "counter drop"},
    [SEEN_TRANSIT_OUT] = {false, true, "goto protect"},
    [SEEN_TRANSIT_IN] = {true, true, "counter drop"},
};

static void put_range(FILE *out, const char *what, const char *side,
                      const struct address_range *range)
{
    char text[ADDRESS_TEXT_BYTES];

    if (address_range_prefix_bits(range) != 0)
        fprintf(out, "%s %s %s ", what, side, address_range_text(range, text));
}

static void put_icmp(FILE *out, uint8_t family, const char *what, const struct icmp_range *range)
{
    if (range->is_given)
        fprintf(out, "%s %s %u-%u ", family == ADDRESS_IPV4 ? "icmp" : "icmpv6", what,
                (unsigned)range->low, (unsigned)range->high);
}

static void put_port(FILE *out, const char *side, uint16_t port)
{
    if (port != PORT_ANY)
        fprintf(out, "th %s %u ", side, (unsigned)port);
}

/* An interface's traffic: it uses the device, and our end is an address of that device now. */
static void put_interface(FILE *out, const char *name, bool is_inbound)
{
    if (name[0] == '\0')
        return;
    fprintf(out,
            is_inbound ? "iifname \"%s\" fib daddr . iif type local "
                       : "oifname \"%s\" fib saddr . oif type local ",
            name);
}

static void put_port_protocols(FILE *out)
{
    fprintf(out, "meta l4proto { ");
    for (size_t i = 0; i < PROTOCOLS_WITH_PORTS; i++)
        fprintf(out, "%s%u", i > 0 ? ", " : "", (unsigned)protocols_with_ports[i]);
    fprintf(out, " } ");
}

enum detail {
    DETAIL_WHOLE,
    DETAIL_FRAGMENTS, /* what shows no ports: every fragment but the first */
};

static void put_match(FILE *out, const struct ipsec_entry *entry, const struct selector *selector,
                      enum view_point seen, enum detail detail)
{
    uint8_t family = selector->local.first.family;
    const char *what = family == ADDRESS_IPV4 ? "ip" : "ip6";
    bool is_inbound = view_points[seen].is_inbound;
    bool has_ports = selector->local_port != PORT_ANY || selector->remote_port != PORT_ANY;

    fprintf(out, "        meta nfproto %s ", family == ADDRESS_IPV4 ? "ipv4" : "ipv6");
    put_interface(out, entry->interface, is_inbound);
    put_range(out, what, is_inbound ? "daddr" : "saddr", &selector->local);
    put_range(out, what, is_inbound ? "saddr" : "daddr", &selector->remote);
    if (selector->protocol != PROTOCOL_ANY)
        fprintf(out, "meta l4proto %u ", (unsigned)selector->protocol);
    else if (has_ports)
        put_port_protocols(out);
    if (detail == DETAIL_FRAGMENTS) {
        fprintf(out, family == ADDRESS_IPV4 ? "ip frag-off & 0x1fff != 0 " : "frag frag-off != 0 ");
        return;
    }
    put_port(out, is_inbound ? "dport" : "sport", selector->local_port);
    put_port(out, is_inbound ? "sport" : "dport", selector->remote_port);
    put_icmp(out, family, "type", &entry->icmp_type);
    put_icmp(out, family, "code", &entry->icmp_code);
}

static const char *verdict_of(const struct ipsec_entry *entry, enum view_point seen)
{
    switch (ipsec_entry_action(entry)) {
    case IPSEC_BYPASS:
        return "goto pass";
    case IPSEC_DROP:
        return "counter drop";
    case IPSEC_PROTECT:
        break;
    }
    return view_points[seen].protect;
}

/*
 * A fragment in transit shows no ports, so an entry with ports cannot know it; where the entry
 * protects or drops, it must not pass in clear either. What is for this host needs no such rule:
 * IPv4 is whole by then, and of IPv6 the first fragment shows the ports; when that is dropped the
 * others come to nothing.
 */
static bool needs_fragment_rule(const struct ipsec_entry *entry, const struct selector *selector,
                                enum view_point seen)
{
    bool is_detailed = selector->local_port != PORT_ANY || selector->remote_port != PORT_ANY ||
                       entry->icmp_type.is_given;

    return is_detailed && view_points[seen].tunnels_only &&
           ipsec_entry_action(entry) != IPSEC_BYPASS;
}

/* An ICMP type means its own family; nft will not have it beside the other. */
static bool selector_of(const struct ipsec_entry *entry, uint8_t family, struct selector *out)
{
    return ipsec_entry_selector(entry, family, out) &&
           (!entry->icmp_type.is_given ||
            (family == ADDRESS_IPV4) == (out->protocol == IPPROTO_ICMP));
}

static void put_entry(FILE *out, const struct ipsec_entry *entry, uint8_t family,
                      enum view_point seen)
{
    struct selector selector;

    if (!selector_of(entry, family, &selector))
        return;
    put_match(out, entry, &selector, seen, DETAIL_WHOLE);
    fprintf(out, "%s\n", verdict_of(entry, seen));
    if (needs_fragment_rule(entry, &selector, seen)) {
        put_match(out, entry, &selector, seen, DETAIL_FRAGMENTS);
        fprintf(out, "counter drop\n");
    }
}

static void put_entries(const struct script *script, enum view_point seen)
{
    enum ipsec_direction other = view_points[seen].is_inbound ? IPSEC_OUT : IPSEC_IN;

    for (size_t i = 0; i < script->entry_count; i++) {
        const struct ipsec_entry *entry = script->entries[i];
        if (entry->direction == other || entry->local_is_of_interface)
            continue;
        if (view_points[seen].tunnels_only && !ipsec_entry_is_tunnel(entry))
            continue;
        put_entry(script->out, entry, ADDRESS_IPV4, seen);
        put_entry(script->out, entry, ADDRESS_IPV6, seen);
    }
}

/* Of what goes through a tunnel with entries, what none of them holds is dropped. solaris.md 3.6 */
static void put_tunnels(const struct script *script, const char *where)
{
    if (script->tunnel_count == 0)
        return;
    fprintf(script->out, "        %s { ", where);
    for (size_t i = 0; i < script->tunnel_count; i++)
        fprintf(script->out, "%s\"%s\"", i > 0 ? ", " : "", script->tunnels[i]);
    fprintf(script->out, " } counter drop\n");
}

/* Which device forwards a packet is known only after prerouting: what passes is looked up again. */
static void put_bypasses(const struct script *script)
{
    for (size_t i = 0; i < script->entry_count; i++) {
        const struct ipsec_entry *entry = script->entries[i];

        if (ipsec_entry_action(entry) != IPSEC_BYPASS || entry->direction == IPSEC_IN ||
            !ipsec_entry_is_tunnel(entry))
            continue;
        put_entry(script->out, entry, ADDRESS_IPV4, SEEN_TRANSIT_OUT);
        put_entry(script->out, entry, ADDRESS_IPV6, SEEN_TRANSIT_OUT);
    }
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A name that no device can have is a label beside tsrc and tdst. */
static void gather_tunnels(struct script *script)
{
    size_t count = 0;

    for (size_t i = 0; i < script->entry_count; i++) {
        const struct ipsec_entry *entry = script->entries[i];

        if (ipsec_entry_is_tunnel(entry) && entry->tunnel[0] != '\0' &&
            strlen(entry->tunnel) < IFNAMSIZ)
            script->tunnels[count++] = entry->tunnel;
    }
    qsort(script->tunnels, count, sizeof *script->tunnels, name_compare);
    for (size_t i = 0; i < count; i++) {
        const char *name = script->tunnels[i];

        if (script->tunnel_count == 0 ||
            strcmp(name, script->tunnels[script->tunnel_count - 1]) != 0)
            script->tunnels[script->tunnel_count++] = name;
    }
}

/*
 * pass: what an entry lets go, or no entry knows. A route to a tunnel's far side may have led it to
 * our device all the same; *own* leads it back.
 */
static void put_verdict_chains(FILE *out)
{
    fprintf(out,
            "    chain pass {\n"
            "        oifname \"%s\" meta mark set meta mark | 0x%08x\n"
            "        accept\n"
            "    }\n"
            "    chain protect {\n"
            "        meta mark set meta mark | 0x%08x\n"
            "        accept\n"
            "    }\n",
            PLANE_DEVICE, MARK_OWN, MARK_PROTECT);
}

static void put_outbound_chains(const struct script *script)
{
    FILE *out = script->out;

    fprintf(out,
            "    chain output {\n"
            "        type route hook output priority mangle + %u; policy accept;\n"
            "        meta mark & 0x%08x != 0 accept\n"
            "        oifname \"lo\" accept\n",
            script->later, MARK_OWN);
    put_entries(script, SEEN_LOCAL_OUT);
    put_tunnels(script, "oifname");
    fprintf(out,
            "        goto pass\n"
            "    }\n"
            "    chain prerouting {\n"
            "        type filter hook prerouting priority mangle + %u; policy accept;\n"
            "        iifname \"lo\" accept\n"
            "        iifname \"%s\" meta mark set meta mark | 0x%08x accept\n"
            "        fib daddr type { local, broadcast, multicast, anycast } accept\n",
            script->later, PLANE_DEVICE, MARK_ARRIVED);
    put_entries(script, SEEN_TRANSIT_OUT);
    fprintf(out,
            "    }\n"
            "    chain postrouting {\n"
            "        type filter hook postrouting priority %u; policy accept;\n"
            "        oifname \"%s\" accept\n"
            "        meta mark & 0x%08x != 0 counter drop\n"
            "    }\n",
            300 + script->later, PLANE_DEVICE, MARK_PROTECT);
}

/*
 * IPv6 fragments are put together only behind this hook, so ESP in UDP may come in pieces: those
 * without a port are let in, the first one decides. nftables knows no upper layer in a fragment of
 * AH but the first: the fragment header names it.
 */
static void put_inbound_chains(const struct script *script)
{
    FILE *out = script->out;

    fprintf(out,
            "    chain input {\n"
            "        type filter hook input priority mangle + %u; policy accept;\n"
            "        iifname { \"lo\", \"%s\" } accept\n"
            "        meta l4proto { esp, ah } accept\n"
            "        udp dport { 500, 4500 } accept\n"
            "        meta l4proto udp frag frag-off != 0 accept\n"
            "        frag nexthdr ah frag frag-off != 0 accept\n",
            script->later, PLANE_DEVICE);
    put_entries(script, SEEN_LOCAL_IN);
    put_tunnels(script, "iifname");
    fprintf(out,
            "    }\n"
            "    chain forward {\n"
            "        type filter hook forward priority mangle + %u; policy accept;\n"
            "        iifname \"%s\" accept\n",
            script->later, PLANE_DEVICE);
    put_entries(script, SEEN_TRANSIT_IN);
    put_tunnels(script, "iifname");
    if (script->tunnel_count > 0)
        put_bypasses(script);
    put_tunnels(script, "oifname");
    fprintf(out, "    }\n");
}

/* The addresses for which the kernel has policies: what else the interface may get is dropped. */
static void put_known(const struct script *script, size_t place, uint8_t family, bool is_inbound)
{
    uint32_t reqid = script->entries[place]->reqid;
    size_t count = 0;
    char text[ADDRESS_TEXT_BYTES];

    for (size_t i = place; i > 0 && script->entries[i - 1]->reqid == reqid; i--) {
        const struct ipsec_entry *known = script->entries[i - 1];

        if (!known->local_is_of_interface || known->pattern.local.first.family != family)
            continue;
        if (count++ == 0)
            fprintf(script->out, "%s %s != { ", family == ADDRESS_IPV4 ? "ip" : "ip6",
                    is_inbound ? "daddr" : "saddr");
        fprintf(script->out, "%s%s", count > 1 ? ", " : "",
                address_text(&known->pattern.local.first, text));
    }
    if (count > 0)
        fprintf(script->out, " } ");
}

static void put_interface_entry(const struct script *script, size_t place, uint8_t family,
                                enum view_point seen)
{
    const struct ipsec_entry *entry = script->entries[place];
    bool is_bypass = ipsec_entry_action(entry) == IPSEC_BYPASS;
    struct selector selector;

    if ((entry->interface[0] == '\0' && !is_bypass) || !selector_of(entry, family, &selector))
        return;
    put_match(script->out, entry, &selector, seen, DETAIL_WHOLE);
    if (!is_bypass)
        put_known(script, place, family, view_points[seen].is_inbound);
    fprintf(script->out, is_bypass ? "accept\n" : "counter drop\n");
}

static void put_interface_entries(const struct script *script, enum view_point seen)
{
    enum ipsec_direction other = view_points[seen].is_inbound ? IPSEC_OUT : IPSEC_IN;

    for (size_t i = 0; i < script->entry_count; i++) {
        if (script->entries[i]->direction == other || script->entries[i]->local_is_of_interface ||
            (view_points[seen].tunnels_only && !ipsec_entry_is_tunnel(script->entries[i])))
            continue;
        put_interface_entry(script, i, ADDRESS_IPV4, seen);
        put_interface_entry(script, i, ADDRESS_IPV6, seen);
    }
}

/* Beside policies of the kernel, which know addresses alone. What they protect does not leave by a
 * tunnel's device nor come by it. */
static void put_device_table(const struct script *script)
{
    FILE *out = script->out;

    fprintf(out, "add table inet %s\ndelete table inet %s\ntable inet %s {\n", DEVICE_TABLE,
            DEVICE_TABLE, DEVICE_TABLE);
    fprintf(out, "    chain output {\n"
                 "        type filter hook output priority mangle; policy accept;\n"
                 "        oifname \"lo\" accept\n"
                 "        meta l4proto { esp, ah } accept\n"
                 "        udp sport { 500, 4500 } accept\n");
    put_interface_entries(script, SEEN_LOCAL_OUT);
    put_tunnels(script, "oifname");
    fprintf(out, "    }\n"
                 "    chain input {\n"
                 "        type filter hook input priority mangle; policy accept;\n"
                 "        iifname \"lo\" accept\n"
                 "        meta l4proto { esp, ah } accept\n"
                 "        udp dport { 500, 4500 } accept\n");
    put_interface_entries(script, SEEN_LOCAL_IN);
    put_tunnels(script, "iifname");
    fprintf(out, "    }\n"
                 "    chain forward {\n"
                 "        type filter hook forward priority mangle; policy accept;\n");
    put_interface_entries(script, SEEN_TRANSIT_IN);
    put_tunnels(script, "iifname");
    put_interface_entries(script, SEEN_TRANSIT_OUT);
    put_tunnels(script, "oifname");
    fprintf(out, "    }\n}\n");
}

static void put_table(const struct script *script, enum guard_copy copy)
{
    const char *name = copy == GUARD_HELD ? GUARD_HELD_TABLE : GUARD_TABLE;

    fprintf(script->out, "add table inet %s%s\ndelete table inet %s\ntable inet %s {\n", name,
            copy == GUARD_HELD ? " { flags owner; }" : "", name, name);
    if (copy == GUARD_HELD)
        fprintf(script->out, "    flags owner\n");
    if (script->entry_count > 0) {
        put_verdict_chains(script->out);
        put_outbound_chains(script);
        put_inbound_chains(script);
    }
    fprintf(script->out, "}\n");
}

enum status guard_text(const struct ipsec_policy *policy, enum guard_copy copy, struct bytes *out)
{
    struct script script = {
        .entry_count = policy->entry_count,
        .later = copy == GUARD_HELD ? 1 : 0,
    };
    char *text = NULL;
    size_t bytes = 0;
    enum status status = STATUS_NO_MEMORY;

    script.entries = calloc(policy->entry_count + 1, sizeof(struct ipsec_entry *));
    script.tunnels = calloc(policy->entry_count + 1, sizeof *script.tunnels);
    script.out = open_memstream(&text, &bytes);
    if (!script.entries || !script.tunnels || !script.out)
        goto out;
    ipsec_policy_order(policy, script.entries);
    gather_tunnels(&script);
    if (copy == GUARD_DEVICES)
        put_device_table(&script);
    else
        put_table(&script, copy);
    if (fclose(script.out) == 0) {
        bytes_clear(out);
        *out = (struct bytes){(uint8_t *)text, bytes};
        text = NULL;
        status = STATUS_OK;
    }
    script.out = NULL;
out:
    if (script.out)
        fclose(script.out);
    free(text);
    free(script.entries);
    free(script.tunnels);
    return status;
}
