#include "dataplane/xfrm_policy.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/protocol.h"
#include "dataplane/mark.h"
#include "dataplane/xfrm_index.h"
#include "policy/ipsec_policy.h"

/* Room for IPSEC_ENTRIES_MOST entries in a class. */
#define CLASS_STEP 0x00100000u

/* After all entries: fragments in transit. */
#define CLASS_FRAGMENTS 15u

uint32_t xfrm_reqid(uint32_t reqid)
{
    return XFRM_REQID_BASE + reqid;
}

uint32_t xfrm_reqid_back(uint32_t reqid)
{
    return reqid > XFRM_REQID_BASE && reqid <= XFRM_REQID_LAST ? reqid - XFRM_REQID_BASE : 0;
}

void xfrm_policies_clear(struct xfrm_policies *policies)
{
    free(policies->items_own);
    *policies = (struct xfrm_policies){0};
}

enum status xfrm_policies_add(struct xfrm_policies *policies, const struct xfrm_policy *policy)
{
    size_t count = policies->count;

    if ((count & (count - 1)) == 0) {
        size_t room = count > 0 ? 2 * count : 1;
        struct xfrm_policy *grown = realloc(policies->items_own, room * sizeof *grown);
        if (!grown)
            return STATUS_NO_MEMORY;
        policies->items_own = grown;
    }
    policies->items_own[policies->count++] = *policy;
    return STATUS_OK;
}

/* The protocols of a protecting alternative. */
struct protection {
    bool uses_esp;
    bool uses_ah;
};

static struct protection protection_of(const struct ipsec_alternative *alternative)
{
    return (struct protection){
        .uses_esp = ipsec_algorithm_is_given(&alternative->esp_cipher) ||
                    ipsec_algorithm_is_given(&alternative->esp_auth),
        .uses_ah = ipsec_algorithm_is_given(&alternative->ah_auth),
    };
}

static xfrm_address_t address_of(const struct address *address)
{
    xfrm_address_t out = {0};

    memcpy(&out, address->octets, address_bytes(address));
    return out;
}

static uint16_t family_of(const struct address *address)
{
    return address->family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
}

/*
 * Values of one half of what the kernel calls ports, as it compares them: the bits under the mask.
 * An ICMP type stands in the source's place and its code in the destination's.
 */
struct port_block {
    uint16_t value;
    uint16_t mask;
};

#define BLOCKS_MOST 16u /* a range of 0..255 falls into at most 14 prefixes */

struct port_blocks {
    struct port_block items[BLOCKS_MOST];
    size_t count;
};

static struct port_blocks blocks_of_port(uint16_t port)
{
    struct port_blocks blocks = {.count = 1};

    blocks.items[0] = (struct port_block){port, port != PORT_ANY ? 0xffff : 0};
    return blocks;
}

static struct port_blocks blocks_of_range(const struct icmp_range *range)
{
    struct port_blocks blocks = {0};
    unsigned low = range->low;

    if (!range->is_given)
        return blocks_of_port(PORT_ANY);
    while (low <= range->high) {
        unsigned size = 1;
        while ((low & (2 * size - 1)) == 0 && low + 2 * size - 1 <= range->high)
            size *= 2;
        blocks.items[blocks.count++] =
            (struct port_block){(uint16_t)low, (uint16_t)(0xffffu & ~(size - 1))};
        low += size;
    }
    return blocks;
}

/* What one entry becomes, while it does. */
struct expansion {
    const struct ipsec_entry *entry;
    struct selector selector; /* of the family in hand */
    unsigned device;          /* index of the entry's interface; 0: any */
    size_t order;             /* in match order, from 0 */
    struct xfrm_policies *out;
    struct xfrm_policies *fragments; /* policies that come after all entries */
};

static struct xfrm_user_tmpl template_of(const struct expansion *expansion, uint8_t protocol,
                                         uint8_t direction, enum child_mode mode)
{
    const struct ipsec_entry *entry = expansion->entry;
    struct xfrm_user_tmpl template = {
        .id.proto = protocol,
        .family = family_of(&expansion->selector.local.first),
        .reqid = xfrm_reqid(entry->reqid),
        .mode = XFRM_MODE_TRANSPORT,
        .aalgos = UINT32_MAX,
        .ealgos = UINT32_MAX,
        .calgos = UINT32_MAX,
    };

    if (entry->mode == CHILD_TUNNEL)
        template.family = family_of(&entry->tunnel_destination);
    if (mode != CHILD_TUNNEL)
        return template;
    template.mode = XFRM_MODE_TUNNEL;
    template.saddr = address_of(&entry->tunnel_source);
    template.id.daddr = address_of(&entry->tunnel_destination);
    if (direction != XFRM_POLICY_OUT) {
        template.saddr = address_of(&entry->tunnel_destination);
        template.id.daddr = address_of(&entry->tunnel_source);
    }
    return template;
}

/* ESP inside, AH around it; of the two only the inner one is the tunnel. */
static void put_templates(const struct expansion *expansion, struct xfrm_policy *policy)
{
    const struct ipsec_entry *entry = expansion->entry;
    struct protection protection = protection_of(&entry->alternatives[0]);
    uint8_t direction = policy->info.dir;

    if (protection.uses_esp)
        policy->templates[policy->template_count++] =
            template_of(expansion, IPPROTO_ESP, direction, entry->mode);
    if (protection.uses_ah)
        policy->templates[policy->template_count++] = template_of(
            expansion, IPPROTO_AH, direction, protection.uses_esp ? CHILD_TRANSPORT : entry->mode);
}

static bool has_known_ends(const struct ipsec_entry *entry)
{
    return entry->mode != CHILD_TUNNEL || entry->tunnel_destination.family != ADDRESS_NONE;
}

static void put_action(const struct expansion *expansion, struct xfrm_policy *policy)
{
    const struct ipsec_entry *entry = expansion->entry;
    enum ipsec_action action = ipsec_entry_action(entry);

    policy->info.action =
        action == IPSEC_DROP || (action == IPSEC_PROTECT && !has_known_ends(entry))
            ? XFRM_POLICY_BLOCK
            : XFRM_POLICY_ALLOW;
    if (action == IPSEC_PROTECT && has_known_ends(entry))
        put_templates(expansion, policy);
}

static uint32_t priority_of(uint32_t class, size_t order)
{
    return XFRM_PRIORITY_FIRST + class * CLASS_STEP + (uint32_t)order;
}

/* Direction, addresses and what is the same whatever the policy does. */
static struct xfrm_policy policy_of(const struct expansion *expansion, uint8_t direction,
                                    uint8_t protocol)
{
    const struct selector *selector = &expansion->selector;
    bool is_out = direction == XFRM_POLICY_OUT;
    const struct address_range *source = is_out ? &selector->local : &selector->remote;
    const struct address_range *destination = is_out ? &selector->remote : &selector->local;
    struct xfrm_policy policy;

    memset(&policy, 0,
           sizeof policy); /* padding too: the kernel compares selectors octet by octet */
    policy.info.sel.family = family_of(&source->first);
    policy.info.sel.saddr = address_of(&source->first);
    policy.info.sel.daddr = address_of(&destination->first);
    policy.info.sel.prefixlen_s = (uint8_t)address_range_prefix_bits(source);
    policy.info.sel.prefixlen_d = (uint8_t)address_range_prefix_bits(destination);
    policy.info.sel.proto = protocol;
    policy.info.sel.ifindex = is_out ? (int)expansion->device : 0;
    policy.info.lft.soft_byte_limit = XFRM_INF;
    policy.info.lft.hard_byte_limit = XFRM_INF;
    policy.info.lft.soft_packet_limit = XFRM_INF;
    policy.info.lft.hard_packet_limit = XFRM_INF;
    policy.info.dir = direction;
    if (is_out && !ipsec_entry_is_tunnel(expansion->entry))
        policy.mark.m = MARK_FORWARDED;
    policy.info.share = XFRM_SHARE_ANY;
    policy.reqid = expansion->entry->reqid;
    return policy;
}

/* One policy of an entry, whose ports or ICMP type and code are these blocks. */
static enum status add_policy(const struct expansion *expansion, uint8_t direction,
                              uint8_t protocol, const struct port_block *source,
                              const struct port_block *destination)
{
    const struct ipsec_entry *entry = expansion->entry;
    struct xfrm_policy policy = policy_of(expansion, direction, protocol);

    policy.info.sel.sport = htons(source->value);
    policy.info.sel.sport_mask = htons(source->mask);
    policy.info.sel.dport = htons(destination->value);
    policy.info.sel.dport_mask = htons(destination->mask);
    policy.info.priority = priority_of((uint32_t)ipsec_entry_precedence(entry), expansion->order);
    put_action(expansion, &policy);
    return xfrm_policies_add(expansion->out, &policy);
}

/* What shows the kernel no ports, fragments in transit and DCCP: both read as 0. */
static enum status add_fragments(const struct expansion *expansion, uint8_t direction,
                                 uint8_t protocol)
{
    struct xfrm_policy policy = policy_of(expansion, direction, protocol);

    policy.info.sel.sport_mask = 0xffff;
    policy.info.sel.dport_mask = 0xffff;
    policy.info.priority = priority_of(CLASS_FRAGMENTS, expansion->order);
    policy.info.action = XFRM_POLICY_BLOCK;
    return xfrm_policies_add(expansion->fragments, &policy);
}

static bool has_ports(const struct selector *selector)
{
    return selector->local_port != PORT_ANY || selector->remote_port != PORT_ANY;
}

/*
 * Such packets cannot be known as the entry's; where it protects or drops they must not pass in
 * clear either, unless another entry knows them without ports.
 */
static bool needs_fragments(const struct expansion *expansion, uint8_t direction, uint8_t protocol)
{
    const struct ipsec_entry *entry = expansion->entry;
    bool is_detailed = has_ports(&expansion->selector) || entry->icmp_type.is_given;
    bool is_transit = ipsec_entry_is_tunnel(entry) && direction != XFRM_POLICY_IN;

    return is_detailed && (is_transit || protocol == IPPROTO_DCCP) &&
           ipsec_entry_action(entry) != IPSEC_BYPASS;
}

static enum status add_protocol(const struct expansion *expansion, uint8_t direction,
                                uint8_t protocol)
{
    const struct selector *selector = &expansion->selector;
    const struct ipsec_entry *entry = expansion->entry;
    bool is_out = direction == XFRM_POLICY_OUT;
    struct port_blocks source =
        blocks_of_port(is_out ? selector->local_port : selector->remote_port);
    struct port_blocks destination =
        blocks_of_port(is_out ? selector->remote_port : selector->local_port);
    enum status status = STATUS_OK;

    if (entry->icmp_type.is_given) {
        source = blocks_of_range(&entry->icmp_type);
        destination = blocks_of_range(&entry->icmp_code);
    }
    for (size_t s = 0; s < source.count; s++)
        for (size_t d = 0; status == STATUS_OK && d < destination.count; d++)
            status =
                add_policy(expansion, direction, protocol, &source.items[s], &destination.items[d]);
    if (status == STATUS_OK && needs_fragments(expansion, direction, protocol))
        status = add_fragments(expansion, direction, protocol);
    return status;
}

static enum status add_direction(const struct expansion *expansion, uint8_t direction)
{
    const struct selector *selector = &expansion->selector;
    enum status status = STATUS_OK;

    if (selector->protocol != PROTOCOL_ANY || !has_ports(selector))
        return add_protocol(expansion, direction, selector->protocol);
    for (size_t i = 0; status == STATUS_OK && i < PROTOCOLS_WITH_PORTS; i++)
        status = add_protocol(expansion, direction, protocols_with_ports[i]);
    return status;
}

static const struct {
    uint8_t direction;
    enum ipsec_direction other; /* entries of this one have no such policy */
    bool is_for_tunnels;
} directions[] = {
    {XFRM_POLICY_OUT, IPSEC_IN, false},
    {XFRM_POLICY_IN, IPSEC_OUT, false},
    {XFRM_POLICY_FWD, IPSEC_OUT, true},
};

/*
 * What comes in is never known by its device: the kernel's look-up sees `lo` there, whatever it
 * came by (tried: 6.1, 6.18). It is known by the address of the interface, when that is known.
 */
static bool can_be_known(const struct expansion *expansion, uint8_t direction)
{
    return expansion->device == 0 || direction == XFRM_POLICY_OUT ||
           expansion->entry->local_is_of_interface;
}

static enum status add_family(struct expansion *expansion, enum address_family family)
{
    const struct ipsec_entry *entry = expansion->entry;
    enum status status = STATUS_OK;

    if (!ipsec_entry_selector(entry, family, &expansion->selector))
        return STATUS_OK;
    /* An ICMP type means its own family. */
    if (entry->icmp_type.is_given &&
        (family == ADDRESS_IPV4) != (expansion->selector.protocol == IPPROTO_ICMP))
        return STATUS_OK;
    if (address_range_prefix_bits(&expansion->selector.local) < 0 ||
        address_range_prefix_bits(&expansion->selector.remote) < 0)
        return STATUS_REFUSED;
    for (size_t i = 0; status == STATUS_OK && i < COUNT(directions); i++) {
        if (entry->direction == directions[i].other ||
            (directions[i].is_for_tunnels && entry->mode != CHILD_TUNNEL) ||
            !can_be_known(expansion, directions[i].direction))
            continue;
        status = add_direction(expansion, directions[i].direction);
    }
    return status;
}

/*
 * False when the entry's interface does not exist: then it has no traffic either. Whose address is
 * known is protected and dropped by that, whatever device a look-up has in hand (IPv6 mostly has
 * none): more is held, never less. A bypass is no wider than its device.
 */
static bool find_device(struct expansion *expansion)
{
    const char *name = expansion->entry->interface;

    if (expansion->entry->local_is_of_interface &&
        ipsec_entry_action(expansion->entry) != IPSEC_BYPASS)
        return true;
    expansion->device = name[0] != '\0' ? if_nametoindex(name) : 0;
    return name[0] == '\0' || expansion->device != 0;
}

/* A kernel without IPv6 takes none of its policies, and needs none. */
static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_absent = fd < 0 && errno == EAFNOSUPPORT;

    if (fd >= 0)
        close(fd);
    return !is_absent;
}

/* All candidates in match order, then what comes after them. */
static enum status expand(const struct ipsec_entry *const *entries, size_t count,
                          struct xfrm_policies *out, char *error, size_t error_bytes)
{
    struct xfrm_policies fragments = {0};
    struct text text = text_over(error, error_bytes);
    bool knows_ipv6 = has_ipv6();
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct expansion expansion = {
            .entry = entries[i], .order = i, .out = out, .fragments = &fragments};
        if (!find_device(&expansion))
            continue;
        status = add_family(&expansion, ADDRESS_IPV4);
        if (status == STATUS_OK && knows_ipv6)
            status = add_family(&expansion, ADDRESS_IPV6);
        if (status == STATUS_REFUSED) {
            text_add(&text, "the kernel holds no range that is not a prefix: ");
            ipsec_entry_text(entries[i], NULL, &text);
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < fragments.count; i++)
        status = xfrm_policies_add(out, &fragments.items_own[i]);
    xfrm_policies_clear(&fragments);
    return status;
}

enum status xfrm_policies_of(const struct ipsec_policy *policy, struct xfrm_policies *out,
                             char *error, size_t error_bytes)
{
    const struct ipsec_entry **entries = calloc(policy->entry_count + 1, sizeof *entries);
    struct xfrm_policies all = {0};
    struct xfrm_index index = {0};
    enum status status = STATUS_NO_MEMORY;

    *out = (struct xfrm_policies){0};
    if (!entries)
        goto out;
    ipsec_policy_order(policy, entries);
    status = expand(entries, policy->entry_count, &all, error, error_bytes);
    if (status == STATUS_OK)
        status = xfrm_index_init(&index, all.count);
    for (size_t i = 0; status == STATUS_OK && i < all.count; i++)
        if (xfrm_index_add(&index, &all.items_own[i]))
            status = xfrm_policies_add(out, &all.items_own[i]);
out:
    xfrm_index_clear(&index);
    xfrm_policies_clear(&all);
    free(entries);
    return status;
}
