#include "policy_material.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "config/ipsecinit.h"
#include "dataplane/mark.h"
#include "dataplane/xfrm_request.h"
#include "support/test.h"

struct ipsec_policy *policy_of_text(const char *text)
{
    struct config_errors errors = {0};
    struct ipsec_policy *policy = NULL;
    enum status status =
        ipsecinit_parse(view_of_text(text), "f", CONFIG_ENTENTE, NULL, &policy, &errors);

    config_errors_clear(&errors);
    if (status != STATUS_OK)
        fail_msg("%s is no policy", text);
    return policy;
}

unsigned draw(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

/* 10.0.0.0 to 10.0.0.7, or fd00:: to fd00::7 */
static struct address address_of(enum address_family family, unsigned number)
{
    struct address address = {.family = (uint8_t)family};

    address.octets[0] = family == ADDRESS_IPV4 ? 10 : 0xfd;
    address.octets[family == ADDRESS_IPV4 ? 3 : 15] = (uint8_t)number;
    return address;
}

static struct address_range range_of_seed(uint64_t *seed, enum address_family family)
{
    struct address address = address_of(family, draw(seed, 8));
    struct address_range range = {0};

    if (draw(seed, 3) > 0) /* a third is not given */
        assert_int_equal(address_range_prefix(
                             &address, (family == ADDRESS_IPV4 ? 32 : 128) - draw(seed, 4), &range),
                         STATUS_OK);
    return range;
}

static struct icmp_range icmp_of_seed(uint64_t *seed)
{
    struct icmp_range range = {.is_given = draw(seed, 3) > 0};

    if (range.is_given) {
        range.low = (uint8_t)draw(seed, 16);
        range.high = (uint8_t)(range.low + draw(seed, 16));
    }
    return range;
}

static void pattern_of_seed(uint64_t *seed, struct ipsec_entry *entry)
{
    enum address_family family = draw(seed, 2) ? ADDRESS_IPV4 : ADDRESS_IPV6;
    static const uint8_t protocols[] = {PROTOCOL_ANY, IPPROTO_TCP, IPPROTO_UDP, 0 /* ICMP */, 47};
    unsigned which = draw(seed, COUNT(protocols));

    entry->pattern.local = range_of_seed(seed, family);
    entry->pattern.remote = range_of_seed(seed, family);
    entry->pattern.protocol = protocols[which];
    if (which == 3)
        entry->pattern.protocol = family == ADDRESS_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    if (which < 3 && draw(seed, 2))
        entry->pattern.local_port = (uint16_t)draw(seed, 4);
    if (which < 3 && draw(seed, 2))
        entry->pattern.remote_port = (uint16_t)draw(seed, 4);
    if (which == 3)
        entry->icmp_type = icmp_of_seed(seed);
    if (entry->icmp_type.is_given)
        entry->icmp_code = icmp_of_seed(seed);
}

static void actions_of_seed(uint64_t *seed, struct ipsec_entry *entry)
{
    static const enum ipsec_action actions[] = {IPSEC_PROTECT, IPSEC_PROTECT, IPSEC_BYPASS,
                                                IPSEC_DROP};
    struct ipsec_alternative *alternative = &entry->alternatives[0];

    entry->alternative_count = 1;
    alternative->action = actions[draw(seed, COUNT(actions))];
    if (alternative->action == IPSEC_PROTECT) {
        unsigned which = draw(seed, 3); /* ESP, AH, both */
        alternative->esp_cipher.is_any = which != 1;
        alternative->ah_auth.is_any = which != 0;
    }
}

struct ipsec_policy *policy_of_seed(uint64_t *seed, size_t entries)
{
    struct ipsec_policy *policy = ipsec_policy_new("f");

    for (size_t i = 0; i < entries; i++) {
        struct ipsec_entry entry = {
            .index = (uint32_t)i + 1,
            .reqid = (uint32_t)i + 1,
            .mode = CHILD_TRANSPORT,
            .direction = (enum ipsec_direction)draw(seed, 3),
        };
        pattern_of_seed(seed, &entry);
        actions_of_seed(seed, &entry);
        if (draw(seed, 4) == 0) {
            entry.mode = CHILD_TUNNEL;
            memcpy(entry.tunnel, "net", sizeof "net");
            entry.tunnel_source = address_of(ADDRESS_IPV4, 100);
            entry.tunnel_destination = address_of(ADDRESS_IPV4, 101);
        }
        assert_int_equal(ipsec_policy_add_entry(policy, &entry), STATUS_OK);
    }
    return policy;
}

static xfrm_address_t kernel_address(const struct address *address)
{
    xfrm_address_t out = {0};

    memcpy(&out, address->octets, address_bytes(address));
    return out;
}

struct test_packet packet_of_seed(uint64_t *seed)
{
    enum address_family family = draw(seed, 2) ? ADDRESS_IPV4 : ADDRESS_IPV6;
    struct address local = address_of(family, draw(seed, 8));
    struct address remote = address_of(family, draw(seed, 8));
    const uint8_t icmp = family == ADDRESS_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, icmp, 47};
    struct test_packet packet = {
        .direction = (uint8_t)draw(seed, 3), /* in, out, forward */
        .selector = {.local = address_range_host(&local), .remote = address_range_host(&remote)},
        .type = -1,
        .code = -1,
    };
    struct fake_flow *flow = &packet.flow;
    bool is_out = packet.direction == XFRM_POLICY_OUT;

    flow->family = family == ADDRESS_IPV4 ? AF_INET : AF_INET6;
    flow->source = kernel_address(is_out ? &local : &remote);
    flow->destination = kernel_address(is_out ? &remote : &local);
    flow->protocol = packet.selector.protocol = protocols[draw(seed, COUNT(protocols))];
    if (flow->protocol == icmp) {
        packet.type = flow->source_port = (uint16_t)draw(seed, 32);
        packet.code = flow->destination_port = (uint16_t)(1 + draw(seed, 31)); /* no fragment */
    } else if (flow->protocol != 47) {
        packet.selector.local_port = (uint16_t)(1 + draw(seed, 3));
        packet.selector.remote_port = (uint16_t)(1 + draw(seed, 3));
        flow->source_port = is_out ? packet.selector.local_port : packet.selector.remote_port;
        flow->destination_port = is_out ? packet.selector.remote_port : packet.selector.local_port;
    }
    if (is_out && draw(seed, 3) == 0)
        flow->mark = MARK_FORWARDED;
    return packet;
}

static bool entry_decides(const struct ipsec_entry *entry, const struct test_packet *packet)
{
    bool is_transit = packet->direction == XFRM_POLICY_FWD || packet->flow.mark != 0;

    if (entry->direction == (packet->direction == XFRM_POLICY_OUT ? IPSEC_IN : IPSEC_OUT) ||
        (is_transit && !ipsec_entry_is_tunnel(entry)))
        return false;
    return ipsec_entry_holds(entry, &packet->selector, packet->type, packet->code);
}

int policy_decides(const struct ipsec_policy *policy, const struct test_packet *packet)
{
    const struct ipsec_entry **entries = calloc(policy->entry_count + 1, sizeof *entries);
    int found = -1;

    ipsec_policy_order(policy, entries);
    for (size_t i = 0; found < 0 && i < policy->entry_count; i++)
        if (entry_decides(entries[i], packet))
            found = (int)i;
    free(entries);
    return found;
}

int kernel_decides(const struct fake_kernel *kernel, const struct test_packet *packet)
{
    const struct nlmsghdr *found = fake_kernel_decide(kernel, packet->direction, &packet->flow);
    uint32_t place;

    if (!found)
        return -1;
    place = fake_policy_info(found)->priority - XFRM_PRIORITY_FIRST;
    return place >= 0x00f00000u ? -2 : (int)(place & 0x000fffffu);
}

void kernel_hold(struct netlink *netlink, const struct xfrm_policies *policies)
{
    struct bytes requests = {0};
    size_t failed;
    int error;

    for (size_t i = 0; i < policies->count; i++)
        assert_true(xfrm_policy_put(&requests, XFRM_MSG_NEWPOLICY, &policies->items_own[i]));
    assert_int_equal(netlink_do(netlink, bytes_view(&requests), &failed, &error), STATUS_OK);
    bytes_clear(&requests);
}
