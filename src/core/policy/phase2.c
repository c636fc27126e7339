#include "policy/phase2.h"

#include "base/reader.h"
#include "policy/phase2_private.h"
#include "registry/notify.h"

enum child_mode encapsulation_mode(enum encapsulation encapsulation)
{
    switch (encapsulation) {
    case ENCAPSULATION_TRANSPORT:
    case ENCAPSULATION_UDP_TRANSPORT:
    case ENCAPSULATION_UDP_TRANSPORT_DRAFT:
        return CHILD_TRANSPORT;
    case ENCAPSULATION_TUNNEL:
    case ENCAPSULATION_UDP_TUNNEL:
    case ENCAPSULATION_UDP_TUNNEL_DRAFT:
        break;
    }
    return CHILD_TUNNEL;
}

bool encapsulation_is_udp(enum encapsulation encapsulation)
{
    return encapsulation != ENCAPSULATION_TUNNEL && encapsulation != ENCAPSULATION_TRANSPORT;
}

enum encapsulation encapsulation_of(enum child_mode mode, bool is_udp)
{
    if (mode == CHILD_TUNNEL)
        return is_udp ? ENCAPSULATION_UDP_TUNNEL : ENCAPSULATION_TUNNEL;
    return is_udp ? ENCAPSULATION_UDP_TRANSPORT : ENCAPSULATION_TRANSPORT;
}

static const enum encapsulation known_encapsulations[] = {
    ENCAPSULATION_TUNNEL,        ENCAPSULATION_TRANSPORT,        ENCAPSULATION_UDP_TUNNEL,
    ENCAPSULATION_UDP_TRANSPORT, ENCAPSULATION_UDP_TUNNEL_DRAFT, ENCAPSULATION_UDP_TRANSPORT_DRAFT,
};

static bool encapsulation_known(uint64_t value, enum encapsulation *out)
{
    for (size_t i = 0; i < COUNT(known_encapsulations); i++) {
        if (value == (uint64_t)known_encapsulations[i]) {
            *out = known_encapsulations[i];
            return true;
        }
    }
    return false;
}

static bool is_ipsec(const struct sa_proposal *proposal)
{
    return proposal->protocol == IPSEC_PROTOCOL_ESP || proposal->protocol == IPSEC_PROTOCOL_AH;
}

uint64_t phase2_encapsulation(const struct sa_transform *offered)
{
    return offered->present & BIT(ATTRIBUTE_ENCAPSULATION)
               ? offered->values[ATTRIBUTE_ENCAPSULATION]
               : ENCAPSULATION_TUNNEL;
}

enum status phase2_offered_encapsulation(const struct sa_payload *offer, enum encapsulation *out)
{
    enum encapsulation found = ENCAPSULATION_TUNNEL;
    bool is_found = false;

    for (size_t i = 0; i < offer->proposal_count; i++) {
        for (size_t j = 0; j < offer->proposals[i].transform_count; j++) {
            const struct sa_transform *transform = &offer->proposals[i].transforms[j];
            enum encapsulation said = ENCAPSULATION_TUNNEL;

            if (transform->flaw != TRANSFORM_SOUND || !is_ipsec(&offer->proposals[i]) ||
                !encapsulation_known(phase2_encapsulation(transform), &said))
                continue;
            if (is_found && said != found)
                return STATUS_MALFORMED;
            found = said;
            is_found = true;
        }
    }
    if (!is_found)
        return STATUS_MALFORMED;
    *out = found;
    return STATUS_OK;
}

struct phase2_means phase2_means_of(const struct ruleset *ruleset)
{
    bool is_kernel = strcmp(ruleset_policy(ruleset)->plane, IPSEC_PLANE_XFRM) == 0;

    return (struct phase2_means){.holds_one_set = is_kernel, .has_esn = is_kernel};
}

struct refusal phase2_refusal(const struct ike_rule *rule, const struct ipsec_entry *entry)
{
    return (struct refusal){
        .exchange_view = "quick mode",
        .nearest = rule,
        .entry = entry,
        .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
    };
}

static bool is_held(const struct ipsec_entry *entry, size_t i, const struct phase2_means *means)
{
    return ipsec_alternative_protocols(&entry->alternatives[i]) != 0 &&
           (!means->holds_one_set || ipsec_entry_is_of_first_set(entry, i));
}

bool phase2_is_usable(const struct ipsec_entry *entry, size_t i, enum encapsulation encapsulation,
                      const struct phase2_means *means)
{
    bool has_ah = ipsec_alternative_protocols(&entry->alternatives[i]) &
                  IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH);

    /* AH covers the outer addresses, which a NAT changes. RFC 3947 section 5.1 */
    return is_held(entry, i, means) && !(has_ah && encapsulation_is_udp(encapsulation));
}

bool phase2_has_usable(const struct ipsec_entry *entry, enum encapsulation encapsulation,
                       const struct phase2_means *means, struct refusal *refusal)
{
    for (size_t i = 0; i < entry->alternative_count; i++) {
        if (phase2_is_usable(entry, i, encapsulation, means))
            return true;
    }
    refusal->reason = REFUSAL_NAT;
    return false;
}

static bool suite_is_of(const struct ipsec_alternative *alternative,
                        const struct ipsec_suite *suite)
{
    struct ipsec_suite suites[IPSEC_SUITES_MOST];
    size_t count = ipsec_suites(alternative, suite->protocol, suites);

    for (size_t i = 0; i < count; i++) {
        if (suites[i].cipher == suite->cipher && suites[i].cipher_bits == suite->cipher_bits &&
            suites[i].integrity == suite->integrity)
            return true;
    }
    return false;
}

bool phase2_is_held(const struct ipsec_entry *entry, const struct phase2_protection *protection)
{
    const struct ipsec_suite suite = {protection->protocol, protection->cipher,
                                      protection->cipher_bits, protection->integrity};
    const struct ipsec_suite around = {.protocol = IPSEC_PROTOCOL_AH,
                                       .integrity = protection->ah_integrity};
    unsigned protocols = IPSEC_PROTOCOL_BIT(protection->protocol);

    if (protection->ah_integrity)
        protocols |= IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH);
    for (size_t i = 0; i < entry->alternative_count; i++) {
        const struct ipsec_alternative *alternative = &entry->alternatives[i];

        if (ipsec_alternative_protocols(alternative) == protocols &&
            suite_is_of(alternative, &suite) &&
            (!protection->ah_integrity || suite_is_of(alternative, &around)))
            return true;
    }
    return false;
}

static bool spi_is_good(const struct sa_proposal *proposal)
{
    struct reader reader = reader_over(proposal->spi);
    uint32_t spi = reader_u32(&reader);

    return reader_at_end(&reader) && spi >= IPSEC_SPI_LEAST;
}

static void set_add(struct phase2_set *set, const struct sa_proposal *proposal)
{
    const struct sa_proposal **place =
        proposal->protocol == IPSEC_PROTOCOL_AH ? &set->ah : &set->esp;

    if (!is_ipsec(proposal) || *place) {
        set->flaw = is_ipsec(proposal) ? "one protocol stands twice under one number"
                                       : "there is more in it than ESP and AH";
        set->notify = NOTIFY_NO_PROPOSAL_CHOSEN;
        return;
    }
    *place = proposal;
    set->protocols |= IPSEC_PROTOCOL_BIT(proposal->protocol);
    if (spi_is_good(proposal))
        return;
    set->flaw = "an SPI is a reserved one, or not 4 octets";
    set->notify = NOTIFY_INVALID_SPI;
}

size_t phase2_set_at(const struct sa_payload *offer, size_t i, struct phase2_set *out)
{
    uint8_t number = offer->proposals[i].number;
    size_t end = i;

    *out = (struct phase2_set){0};
    for (; end < offer->proposal_count && offer->proposals[end].number == number; end++)
        set_add(out, &offer->proposals[end]);
    return end;
}

bool phase2_pair_agrees(const struct phase2_pair *pair)
{
    static const enum attribute common[] = {ATTRIBUTE_GROUP, ATTRIBUTE_ENCAPSULATION,
                                            ATTRIBUTE_ESN};

    if (!pair->esp || !pair->ah)
        return true;
    for (size_t i = 0; i < COUNT(common); i++) {
        if (pair->esp->values[common[i]] != pair->ah->values[common[i]])
            return false;
    }
    return true;
}
