#include "dataplane/xfrm_address.h"

uint16_t xfrm_family_of(const struct address *address)
{
    if (address->family == ADDRESS_NONE)
        return AF_UNSPEC;
    return address->family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
}

xfrm_address_t xfrm_address_of(const struct address *address)
{
    xfrm_address_t out = {0};

    memcpy(&out, address->octets, address_bytes(address));
    return out;
}

struct address xfrm_address_back(const xfrm_address_t *address, uint16_t family)
{
    struct address out = {0};

    if (family == AF_INET)
        out.family = ADDRESS_IPV4;
    else if (family == AF_INET6)
        out.family = ADDRESS_IPV6;
    memcpy(out.octets, address, address_bytes(&out));
    return out;
}

uint8_t xfrm_prefix_around(const struct address_range *range)
{
    size_t bytes = address_bytes(&range->first);
    uint8_t bits = 0;

    for (size_t i = 0; i < bytes; i++) {
        unsigned differ = range->first.octets[i] ^ range->last.octets[i];
        for (unsigned mask = 0x80; mask > 0; mask >>= 1, bits++)
            if (differ & mask)
                return bits;
    }
    return bits;
}

/* The first address of the prefix: the kernel compares it as it is with masked packets. */
static xfrm_address_t first_of(const struct address_range *range, uint8_t bits)
{
    struct address_range prefix = *range;

    (void)address_range_prefix(&range->first, bits, &prefix);
    return xfrm_address_of(&prefix.first);
}

static uint16_t port_mask(uint16_t port)
{
    return port == PORT_ANY ? 0 : UINT16_MAX;
}

void xfrm_selector_set(struct xfrm_selector *out, const struct selector *selector, bool is_outbound)
{
    const struct address_range *source = is_outbound ? &selector->local : &selector->remote;
    const struct address_range *destination = is_outbound ? &selector->remote : &selector->local;
    uint16_t source_port = is_outbound ? selector->local_port : selector->remote_port;
    uint16_t destination_port = is_outbound ? selector->remote_port : selector->local_port;

    memset(out, 0, sizeof *out);
    out->dport = htons(destination_port);
    out->dport_mask = port_mask(destination_port);
    out->sport = htons(source_port);
    out->sport_mask = port_mask(source_port);
    out->family = xfrm_family_of(&selector->local.first);
    out->prefixlen_d = xfrm_prefix_around(destination);
    out->prefixlen_s = xfrm_prefix_around(source);
    out->proto = selector->protocol;
    out->daddr = first_of(destination, out->prefixlen_d);
    out->saddr = first_of(source, out->prefixlen_s);
}

static struct address_range range_back(const xfrm_address_t *address, uint16_t family,
                                       uint8_t prefix_bits)
{
    struct address first = xfrm_address_back(address, family);
    struct address_range range = address_range_host(&first);

    (void)address_range_prefix(&first, prefix_bits, &range);
    return range;
}

struct selector xfrm_selector_back(const struct xfrm_selector *selector)
{
    bool has_ports = selector->proto != IPPROTO_ICMP && selector->proto != IPPROTO_ICMPV6;

    return (struct selector){
        .local = range_back(&selector->saddr, selector->family, selector->prefixlen_s),
        .remote = range_back(&selector->daddr, selector->family, selector->prefixlen_d),
        .protocol = selector->proto,
        .local_port = has_ports && selector->sport_mask ? ntohs(selector->sport) : PORT_ANY,
        .remote_port = has_ports && selector->dport_mask ? ntohs(selector->dport) : PORT_ANY,
    };
}
