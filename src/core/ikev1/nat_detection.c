#include "ikev1/nat_detection.h"

#include "engine/engine_state.h"
#include "policy/ruleset.h"

/* The order of preference: ours to offer, and by which we choose among the peer's. */
static const enum vendor nat_vendors[] = {
    VENDOR_NAT_RFC3947,
    VENDOR_NAT_DRAFT_03,
    VENDOR_NAT_DRAFT_02_NEWLINE,
    VENDOR_NAT_DRAFT_02,
};

/*
 * What this data plane does where no rule says anything. On one that would rather put all in UDP,
 * what needs AH between these two addresses needs them to see each other as they are.
 */
static enum nat_traversal usual_mode(const struct ike_sa *sa)
{
    const struct engine *engine = sa->engine_back;
    enum nat_traversal usual = engine->options.nat_traversal;

    if (usual == NAT_FORCE &&
        ruleset_wants_ah(engine->rules_ref, &sa->path.local.address, &sa->path.remote.address))
        return NAT_AUTO;
    return usual;
}

enum nat_traversal nat_detection_mode(const struct ike_sa *sa)
{
    enum nat_traversal usual = usual_mode(sa);

    switch (sa->rule_view ? sa->rule_view->nat_traversal : RULE_NAT_DEFAULT) {
    case RULE_NAT_FORCE:
        return NAT_FORCE;
    case RULE_NAT_OFF:
        return NAT_OFF;
    case RULE_NAT_AUTO:
        /* what `auto` means is the data plane's matter, unless the service switches it off */
        return usual == NAT_OFF ? NAT_AUTO : usual;
    case RULE_NAT_DEFAULT:
        break;
    }
    return usual;
}

void nat_detection_offer(const struct ike_sa *sa, struct envelope *envelope)
{
    if (nat_detection_mode(sa) == NAT_OFF)
        return;
    for (size_t i = 0; i < COUNT(nat_vendors); i++) {
        envelope_vendor(envelope, nat_vendors[i]);
    }
}

enum vendor nat_detection_choose(const struct ike_sa *sa, const struct payload_chain *chain)
{
    if (nat_detection_mode(sa) == NAT_OFF)
        return VENDOR_UNKNOWN;
    if (sa->method == METHOD_RSA_ENCRYPT_REVISED) /* no place for NAT-D is defined there */
        return VENDOR_UNKNOWN;
    for (size_t i = 0; i < COUNT(nat_vendors); i++) {
        if (chain_has_vendor(chain, nat_vendors[i]))
            return nat_vendors[i];
    }
    return VENDOR_UNKNOWN;
}

static uint8_t nat_payload(enum vendor vendor)
{
    return vendor == VENDOR_NAT_RFC3947 ? PAYLOAD_NAT_D : PAYLOAD_NAT_D_DRAFT;
}

/* hash(CKY-I | CKY-R | address | port) */
static enum status nat_hash(struct ike_sa *sa, const struct endpoint *endpoint, struct secret *out)
{
    uint8_t port[2] = {(uint8_t)(endpoint->port >> 8), (uint8_t)endpoint->port};
    const struct view parts[] = {
        view_of(sa->cookies, sizeof sa->cookies),
        address_view(&endpoint->address),
        view_of(port, sizeof port),
    };
    return hash_compute(sa->engine_back->options.crypto_back, sa->hash_view, parts, COUNT(parts),
                        out);
}

enum status nat_detection_put(struct ike_sa *sa, enum vendor vendor, const struct path *path,
                              struct envelope *envelope)
{
    struct secret destination = {0}, source = {0};
    enum status status = STATUS_OK;

    if (vendor == VENDOR_UNKNOWN)
        return STATUS_OK;
    status = nat_hash(sa, &path->remote, &destination);
    if (status == STATUS_OK)
        status = nat_hash(sa, &path->local, &source);
    if (status != STATUS_OK)
        return status;
    if (nat_detection_mode(sa) == NAT_FORCE)
        randomness_fill(&sa->engine_back->options.random, ike_sa_tag(sa), source.bytes,
                        source.used_bytes);
    payload_put(&envelope->message, nat_payload(vendor), secret_view(&destination));
    payload_put(&envelope->message, nat_payload(vendor), secret_view(&source));
    return STATUS_OK;
}

enum status nat_detection_read(struct ike_sa *sa, enum vendor vendor, const struct path *path,
                               const struct payload_chain *chain, struct nat_verdict *out)
{
    struct secret here = {0}, there = {0};
    const struct payload *payload = NULL;
    struct nat_verdict verdict = {.is_peer_natted = true};
    enum status status = STATUS_OK;

    *out = (struct nat_verdict){0};
    if (vendor == VENDOR_UNKNOWN || chain_count(chain, nat_payload(vendor)) < 2)
        return STATUS_OK;
    status = nat_hash(sa, &path->local, &here);
    if (status == STATUS_OK)
        status = nat_hash(sa, &path->remote, &there);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; (payload = chain_find(chain, nat_payload(vendor), i)) != NULL; i++) {
        if (i == 0)
            verdict.am_i_natted = !view_equal(payload->body, secret_view(&here));
        else if (view_equal(payload->body, secret_view(&there)))
            verdict.is_peer_natted = false;
    }
    *out = verdict;
    return STATUS_OK;
}

void nat_detection_settle(struct ike_sa *sa, enum vendor vendor, const struct nat_verdict *verdict)
{
    sa->am_i_natted = verdict->am_i_natted;
    sa->is_peer_natted = verdict->is_peer_natted;
    sa->has_nat_t = vendor != VENDOR_UNKNOWN;
    sa->is_nat_draft = sa->has_nat_t && vendor != VENDOR_NAT_RFC3947;
    sa->is_encapsulated = sa->has_nat_t && (verdict->am_i_natted || verdict->is_peer_natted ||
                                            nat_detection_mode(sa) == NAT_FORCE);
}

const char *nat_detection_text(const struct ike_sa *sa)
{
    if (sa->am_i_natted)
        return "we are behind a NAT, or the peer says so";
    return sa->is_peer_natted ? "peer is behind a NAT, or says so" : "encapsulation is forced here";
}
