#include "base/reader.h"
#include "policy/phase2_private.h"

bool phase2_lifetime_is_too_short(const struct p2_lifetime *own, const struct sa_transform *offered,
                                  enum attribute *attribute)
{
    uint64_t seconds = offered->values[ATTRIBUTE_LIFE_SECONDS];
    uint64_t kilobytes = offered->values[ATTRIBUTE_LIFE_KILOBYTES];

    if (offered->present & BIT(ATTRIBUTE_LIFE_SECONDS) && seconds < P2_PEER_LIFETIME_LEAST_S &&
        seconds < own->hard_s) {
        *attribute = ATTRIBUTE_LIFE_SECONDS;
        return true;
    }
    if (offered->present & BIT(ATTRIBUTE_LIFE_KILOBYTES) && kilobytes < P2_LIFETIME_LEAST_KB) {
        *attribute = ATTRIBUTE_LIFE_KILOBYTES;
        return true;
    }
    return false;
}

/* Our soft value in the proportion in which the hard one was shortened; 0: no soft expiry. */
static uint64_t scale_soft(uint64_t own_hard, uint64_t own_soft, uint64_t hard)
{
    if (own_soft == 0)
        return 0;
    return hard == own_hard ? own_soft : hard * own_soft / own_hard;
}

static void agree_seconds(const struct p2_lifetime *own, uint64_t offered_s,
                          struct phase2_agreed *out)
{
    bool is_peers = offered_s < own->hard_s;

    out->hard_s = is_peers ? (uint32_t)offered_s : own->hard_s;
    out->soft_s = (uint32_t)scale_soft(own->hard_s, own->soft_s, out->hard_s);
    if (out->soft_s > 0 && out->soft_s + P2_DELTA_LEAST_S > out->hard_s)
        out->soft_s = out->hard_s - P2_DELTA_LEAST_S;
    out->idle_s = own->idle_s;
    if (offered_s > own->hard_s) {
        out->is_shortened = true;
        out->notify_s = own->hard_s;
    }
}

/* 0 is no limit in all of these. */
static uint64_t smaller_limit(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

static void agree_kilobytes(const struct p2_lifetime *own, uint64_t offered_kb, uint64_t cipher_kb,
                            struct phase2_agreed *out)
{
    uint64_t hard = smaller_limit(smaller_limit(own->hard_kb, offered_kb), cipher_kb);

    out->hard_kb = hard;
    if (own->hard_kb > 0)
        out->soft_kb = scale_soft(own->hard_kb, own->soft_kb, hard);
    else
        out->soft_kb = hard / 10 * 9; /* the peer's limit or the cipher's: 90 %, as for ours */
    if (own->hard_kb > 0 && (offered_kb == 0 || offered_kb > own->hard_kb)) {
        out->is_shortened = true;
        out->notify_kb = own->hard_kb;
    }
}

static const struct group *pfs_group(const struct sa_transform *transform)
{
    if (!(transform->present & BIT(ATTRIBUTE_GROUP)))
        return NULL;
    return group_by_number((unsigned)transform->values[ATTRIBUTE_GROUP]);
}

static uint64_t offered_seconds(const struct sa_transform *transform)
{
    return transform->present & BIT(ATTRIBUTE_LIFE_SECONDS)
               ? transform->values[ATTRIBUTE_LIFE_SECONDS]
               : P2_LIFETIME_DEFAULT_S; /* RFC 2407 section 4.5 */
}

static uint32_t spi_of(const struct sa_proposal *proposal)
{
    struct reader reader = reader_over(proposal->spi);

    return reader_u32(&reader);
}

static void agree_ah(const struct phase2_set *set, const struct phase2_pair *pair,
                     struct phase2_agreed *out)
{
    out->ah_proposal = set->ah;
    out->ah_transform = pair->ah;
    out->ah_integrity = ipsec_suite_of(IPSEC_PROTOCOL_AH, pair->ah).integrity;
    out->peer_ah_spi = spi_of(set->ah);
}

void phase2_agree(const struct ike_rule *rule, const struct phase2_set *set,
                  const struct phase2_pair *pair, struct phase2_agreed *out)
{
    const struct sa_transform *main = pair->esp ? pair->esp : pair->ah;
    const struct sa_transform *other = pair->esp && pair->ah ? pair->ah : main;
    enum ipsec_protocol protocol = pair->esp ? IPSEC_PROTOCOL_ESP : IPSEC_PROTOCOL_AH;
    struct ipsec_suite suite = ipsec_suite_of(protocol, main);
    enum encapsulation encapsulation = (enum encapsulation)phase2_encapsulation(main);
    uint64_t seconds = offered_seconds(main);

    *out = (struct phase2_agreed){
        .protocol = protocol,
        .proposal = pair->esp ? set->esp : set->ah,
        .transform = main,
        .cipher = suite.cipher,
        .cipher_bits = suite.cipher_bits,
        .integrity = suite.integrity,
        .is_esn = main->values[ATTRIBUTE_ESN] == 1,
        .pfs_group = pfs_group(main),
        .encapsulation = encapsulation,
        .mode = encapsulation_mode(encapsulation),
        .peer_spi = spi_of(pair->esp ? set->esp : set->ah),
    };
    if (other != main)
        agree_ah(set, pair, out);
    if (offered_seconds(other) < seconds)
        seconds = offered_seconds(other);
    agree_seconds(&rule->p2, seconds, out);
    agree_kilobytes(&rule->p2,
                    smaller_limit(main->values[ATTRIBUTE_LIFE_KILOBYTES],
                                  other->values[ATTRIBUTE_LIFE_KILOBYTES]),
                    suite.cipher ? suite.cipher->most_kilobytes : 0, out);
}
