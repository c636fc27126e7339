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

const struct ipsec_entry *phase2_entry(const struct ruleset *ruleset,
                                       const struct phase2_request *request,
                                       struct refusal *refusal)
{
    enum child_mode mode = encapsulation_mode(request->encapsulation);
    const struct ipsec_entry *nearest = NULL;
    const char *detail = "and no entry of the policy protects that";

    for (size_t i = 0; i < ruleset_entry_count(ruleset); i++) {
        const struct ipsec_entry *entry = ruleset_entry(ruleset, i);
        enum ipsec_action action = ipsec_entry_action(entry);
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
        if (!nearest || covers(entry, &request->selector)) {
            nearest = entry;
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
