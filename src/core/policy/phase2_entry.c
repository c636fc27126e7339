#include "policy/phase2.h"
#include "registry/notify.h"

static bool is_host(const struct address_range *range, const struct address *address)
{
    return address_equal(&range->first, address) && address_equal(&range->last, address);
}

static bool covers(const struct ipsec_entry *entry, const struct selector *wanted)
{
    struct selector whole;

    return ipsec_entry_selector(entry, (enum address_family)wanted->local.first.family, &whole) &&
           selector_covers(&whole, wanted);
}

static bool overlaps(const struct ipsec_entry *entry, const struct selector *wanted)
{
    struct selector whole;

    return ipsec_entry_selector(entry, (enum address_family)wanted->local.first.family, &whole) &&
           address_range_overlaps(&whole.local, &wanted->local) &&
           address_range_overlaps(&whole.remote, &wanted->remote);
}

static bool ends_fit(const struct ipsec_entry *entry, const struct phase2_request *request)
{
    return !ipsec_entry_is_tunnel(entry) ||
           ipsec_entry_is_between(entry, &request->local, &request->remote);
}

/* True when every packet of what is asked for meets this entry before any that stands after it. */
static bool takes_all(const struct ipsec_entry *entry, const struct phase2_request *request,
                      enum child_mode mode)
{
    return entry->mode == mode && entry->direction == IPSEC_BOTH && !entry->icmp_type.is_given &&
           covers(entry, &request->selector) && ends_fit(entry, request);
}

/* What stands between a request and an entry; NULL: nothing. */
static const char *obstacle(const struct ipsec_entry *entry, const struct phase2_request *request,
                            enum child_mode mode)
{
    if (!covers(entry, &request->selector))
        return "which is more than, or other than, what that entry protects";
    if (entry->mode != mode)
        return mode == CHILD_TUNNEL ? "in tunnel mode, but the entry is for transport mode"
                                    : "in transport mode, but the entry is for tunnel mode";
    if (!ends_fit(entry, request))
        return "but that tunnel's ends (tsrc, tdst) are other addresses";
    return NULL;
}

/* Why a protecting entry is not what the peer may have; NULL: it is. */
static const char *refuses(const struct ipsec_entry *entry, const struct phase2_request *request,
                           enum child_mode mode)
{
    const char *why = obstacle(entry, request, mode);

    if (!why && mode == CHILD_TRANSPORT &&
        (!is_host(&request->selector.local, &request->local) ||
         !is_host(&request->selector.remote, &request->remote)))
        why = "but transport mode is for the two ends' own addresses";
    return why;
}

/* Leading bits that two addresses of a family share. */
static unsigned common_bits(const struct address *a, const struct address *b)
{
    unsigned bits = 0;

    for (size_t i = 0; i < address_bytes(a); i++, bits += 8) {
        unsigned differing = (unsigned)(a->octets[i] ^ b->octets[i]);
        if (differing == 0)
            continue;
        for (; !(differing & 0x80u); differing <<= 1)
            bits++;
        break;
    }
    return bits;
}

/* Of what lies in both ranges, the bits that are given: fewer of them, more addresses. */
static unsigned overlap_bits(const struct address_range *a, const struct address_range *b)
{
    const struct address *first = address_compare(&a->first, &b->first) > 0 ? &a->first : &b->first;
    const struct address *last = address_compare(&a->last, &b->last) < 0 ? &a->last : &b->last;

    return common_bits(first, last);
}

/*
 * How near an entry that overlaps comes to what is asked for: one that covers it before all others,
 * then the one with which most is the same, then the one that shares the most addresses with it.
 */
static unsigned nearness(const struct ipsec_entry *entry, const struct phase2_request *request,
                         enum child_mode mode)
{
    enum {
        BITS_MOST = 2 * 128,
        FIELDS_MOST = 7
    };
    const struct selector *wanted = &request->selector;
    struct selector whole = {0};
    unsigned rank;

    (void)ipsec_entry_selector(entry, (enum address_family)wanted->local.first.family, &whole);
    rank = selector_covers(&whole, wanted) ? FIELDS_MOST + 1 : 0;
    rank += address_range_equal(&whole.local, &wanted->local);
    rank += address_range_equal(&whole.remote, &wanted->remote);
    rank += whole.protocol == wanted->protocol;
    rank += whole.local_port == wanted->local_port;
    rank += whole.remote_port == wanted->remote_port;
    rank += entry->mode == mode;
    rank += ends_fit(entry, request);
    return rank * (BITS_MOST + 1) + BITS_MOST - overlap_bits(&whole.local, &wanted->local) -
           overlap_bits(&whole.remote, &wanted->remote);
}

const struct ipsec_entry *phase2_entry(const struct ruleset *ruleset,
                                       const struct phase2_request *request,
                                       struct refusal *refusal)
{
    enum child_mode mode = encapsulation_mode(request->encapsulation);
    const struct ipsec_entry *nearest = NULL;
    unsigned nearest_yet = 0;
    const char *detail = "and no entry of the policy protects that";

    for (size_t i = 0; i < ruleset_entry_count(ruleset); i++) {
        const struct ipsec_entry *entry = ruleset_entry(ruleset, i);
        enum ipsec_action action = ipsec_entry_action(entry);
        unsigned near = 0;
        const char *why;

        if (action != IPSEC_PROTECT && takes_all(entry, request, mode)) {
            /* An SA for it would carry nothing: the first match decides, as for a packet. */
            nearest = entry;
            detail = action == IPSEC_DROP ? "which the policy drops"
                                          : "which the policy lets pass without IPsec";
            break;
        }
        if (action != IPSEC_PROTECT || !overlaps(entry, &request->selector))
            continue;
        why = refuses(entry, request, mode);
        if (!why)
            return entry;
        near = nearness(entry, request, mode);
        if (!nearest || near > nearest_yet) {
            nearest = entry;
            nearest_yet = near;
            detail = why;
        }
    }
    *refusal = (struct refusal){
        .reason = REFUSAL_SELECTORS,
        .local = request->local,
        .peer = request->remote,
        .exchange_view = "quick mode",
        .config_view = ruleset_config_file(ruleset),
        .nearest = request->rule,
        .entry = nearest,
        .selector = request->selector,
        .has_selector = true,
        .detail_view = detail,
        .notify = NOTIFY_INVALID_ID_INFORMATION,
    };
    return NULL;
}
