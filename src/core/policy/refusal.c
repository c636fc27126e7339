#include "policy/refusal.h"

#include "pki/binding.h"
#include "registry/group.h"
#include "registry/method.h"

/* An attribute in words of the files: which keyword, and what a number is there. */
struct attribute_words {
    const char *phase1; /* keyword of ike/config; NULL: not there */
    const char *phase2; /* keyword of ipsecinit.conf, or of ike/config for PFS */
};

static const struct attribute_words attribute_words[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_ENCRYPTION] = {"encr_alg", "encr_algs"},
    [ATTRIBUTE_HASH] = {"auth_alg", NULL},
    [ATTRIBUTE_METHOD] = {"auth_method", NULL},
    [ATTRIBUTE_GROUP] = {"oakley_group", "p2_pfs"},
    [ATTRIBUTE_KEY_BITS] = {"encr_alg", "encr_algs"},
    [ATTRIBUTE_INTEGRITY] = {NULL, "encr_auth_algs"},
    [ATTRIBUTE_ENCAPSULATION] = {NULL, "encapsulation"},
    [ATTRIBUTE_ESN] = {NULL, "64-bit sequence numbers"},
    [ATTRIBUTE_LIFE_SECONDS] = {"p1_lifetime_secs", "p2_lifetime_secs"},
    [ATTRIBUTE_LIFE_KILOBYTES] = {NULL, "p2_lifetime_kb"},
};

static const struct {
    uint64_t number;
    const char *name;
} encapsulation_names[] = {
    {ENCAPSULATION_TUNNEL, "tunnel"},
    {ENCAPSULATION_TRANSPORT, "transport"},
    {ENCAPSULATION_UDP_TUNNEL, "UDP tunnel"},
    {ENCAPSULATION_UDP_TRANSPORT, "UDP transport"},
    {ENCAPSULATION_UDP_TUNNEL_DRAFT, "UDP tunnel of a draft"},
    {ENCAPSULATION_UDP_TRANSPORT_DRAFT, "UDP transport of a draft"},
};

static bool is_phase2(const struct refusal *refusal)
{
    return refusal->entry != NULL;
}

static const char *encapsulation_name(uint64_t number)
{
    for (size_t i = 0; i < COUNT(encapsulation_names); i++) {
        if (encapsulation_names[i].number == number)
            return encapsulation_names[i].name;
    }
    return NULL;
}

/* What the registry calls a value; NULL: nothing. */
static const char *value_name(const struct refusal *refusal, uint64_t value)
{
    unsigned number = value > UINT16_MAX ? UINT16_MAX : (unsigned)value;
    const struct transform *transform = NULL;
    const struct group *group;
    const struct method *method;

    switch (refusal->attribute) {
    case ATTRIBUTE_ENCRYPTION:
        transform = is_phase2(refusal) ? transform_by_esp1(TRANSFORM_ENCRYPTION, number)
                                       : transform_by_ike1(TRANSFORM_ENCRYPTION, number);
        break;
    case ATTRIBUTE_HASH:
        transform = transform_by_ike1(TRANSFORM_HASH, number);
        break;
    case ATTRIBUTE_INTEGRITY:
        transform = transform_by_esp1(TRANSFORM_INTEGRITY, number);
        break;
    case ATTRIBUTE_GROUP:
        group = group_by_number(number);
        return group ? group->name : NULL;
    case ATTRIBUTE_METHOD:
        method = method_by_number(number);
        return method ? method->words[0] : NULL;
    case ATTRIBUTE_ENCAPSULATION:
        return encapsulation_name(value);
    case ATTRIBUTE_KEY_BITS:
    case ATTRIBUTE_ESN:
    case ATTRIBUTE_LIFE_SECONDS:
    case ATTRIBUTE_LIFE_KILOBYTES:
    case ATTRIBUTE_COUNT:
        break;
    }
    return transform ? transform->name : NULL;
}

static void add_value(const struct refusal *refusal, uint64_t value, struct text *out)
{
    const char *name = value_name(refusal, value);

    if (refusal->attribute == ATTRIBUTE_ESN && value <= 1)
        text_add(out, "%s", value ? "on" : "off");
    else if (value == 0)
        text_add(out, "none");
    else if (refusal->attribute == ATTRIBUTE_GROUP)
        text_add(out, "%llu%s%s%s", (unsigned long long)value, name ? " (" : "", name ? name : "",
                 name ? ")" : "");
    else if (name)
        text_add(out, "%s", name);
    else
        text_add(out, "number %llu", (unsigned long long)value);
}

static void add_position(const struct position *at, struct text *out)
{
    text_add(out, "%s:%u:%u", position_basename(at), at->line, at->column);
}

static void add_rule(const struct ike_rule *rule, struct text *out)
{
    char label[RULE_LABEL_TEXT_BYTES];

    text_add(out, "rule \"%s\"", ike_rule_label_text(rule, label));
    if (rule->at.line > 0) {
        text_add(out, " (");
        add_position(&rule->at, out);
        text_add(out, ")");
    }
}

static void add_entry(const struct ipsec_entry *entry, struct text *out)
{
    text_add(out, "policy entry %u ", entry->index);
    ipsec_entry_text(entry, NULL, out);
}

static void add_edit(const struct refusal *refusal, struct text *out)
{
    if (refusal->edit.line > 0) {
        text_add(out, "; edit ");
        add_position(&refusal->edit, out);
        text_add(out, " or the peer");
    } else if (refusal->entry) {
        text_add(out, "; edit that entry of the IPsec policy or the peer");
    } else {
        text_add(out, "; edit the peer");
    }
}

/* The keyword of an attribute; integrity is another word in AH. NULL: there is none. */
static const char *attribute_word(const struct refusal *refusal, enum attribute attribute)
{
    if (!is_phase2(refusal))
        return attribute_words[attribute].phase1;
    if (refusal->protocol == IPSEC_PROTOCOL_AH && attribute == ATTRIBUTE_INTEGRITY)
        return "auth_algs";
    return attribute_words[attribute].phase2;
}

/* "ESP " or "AH " in front of words that both have. */
static const char *protocol_word(const struct refusal *refusal)
{
    bool is_common =
        refusal->attribute == ATTRIBUTE_ENCAPSULATION || refusal->attribute == ATTRIBUTE_ESN;

    if (!is_phase2(refusal) || (!is_common && refusal->protocol != IPSEC_PROTOCOL_AH))
        return "";
    return refusal->protocol == IPSEC_PROTOCOL_AH ? "AH " : "ESP ";
}

static void add_others(const struct refusal *refusal, struct text *out)
{
    unsigned others = refusal->differing & ~(1u << refusal->attribute);
    size_t named = 0;

    for (unsigned i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *word = attribute_word(refusal, (enum attribute)i);

        if (!(others & (1u << i)) || !word)
            continue;
        text_add(out, "%s%s", named++ == 0 ? " (" : ", ", word);
    }
    if (named > 0)
        text_add(out, " also differ%s)", named == 1 ? "s" : "");
}

static void add_bits_wanted(const struct refusal *refusal, struct text *out)
{
    text_add(out, "%s(%llu", refusal->cipher->name, (unsigned long long)refusal->wanted);
    if (refusal->wanted_high == UINT16_MAX)
        text_add(out, "..");
    else if (refusal->wanted_high != refusal->wanted)
        text_add(out, "..%u", refusal->wanted_high);
    text_add(out, ")");
}

static void text_attribute(const struct refusal *refusal, struct text *out)
{
    if (is_phase2(refusal))
        add_entry(refusal->entry, out);
    else
        add_rule(refusal->nearest, out);
    text_add(out, " wants %s%s ", protocol_word(refusal),
             attribute_word(refusal, refusal->attribute));
    if (refusal->attribute == ATTRIBUTE_KEY_BITS) {
        add_bits_wanted(refusal, out);
        text_add(out, ", peer offers %s(%llu)", refusal->cipher->name,
                 (unsigned long long)refusal->offered);
    } else {
        add_value(refusal, refusal->wanted, out);
        text_add(out, ", peer offers ");
        add_value(refusal, refusal->offered, out);
    }
    add_others(refusal, out);
    add_edit(refusal, out);
}

static void text_pfs(const struct refusal *refusal, struct text *out)
{
    add_rule(refusal->nearest, out);
    if (refusal->wanted == 0) {
        text_add(out, " has no p2_pfs, and peer's PFS group ");
        add_value(refusal, refusal->offered, out);
        text_add(out, " is weak or unknown");
    } else {
        text_add(out, " wants p2_pfs ");
        add_value(refusal, refusal->wanted, out);
        text_add(out, ", peer offers ");
        add_value(refusal, refusal->offered, out);
    }
    add_others(refusal, out);
    if (refusal->edit.line > 0)
        add_edit(refusal, out);
    else if (refusal->nearest->at.line > 0)
        text_add(out, "; add p2_pfs to that rule or edit the peer");
}

static void text_no_rule(const struct refusal *refusal, struct text *out)
{
    char local[ADDRESS_TEXT_BYTES];
    char peer[ADDRESS_TEXT_BYTES];

    if (refusal->entry) {
        add_entry(refusal->entry, out);
        text_add(out, " wants an SA, but ");
    }
    text_add(out, "no rule of %s holds local_addr %s and remote_addr %s",
             position_basename(&(struct position){.file_view = refusal->config_view}),
             address_text(&refusal->local, local), address_text(&refusal->peer, peer));
    if (refusal->nearest) {
        text_add(out, "; nearest is ");
        add_rule(refusal->nearest, out);
    }
    if (refusal->edit.line > 0) {
        text_add(out, ": edit ");
        add_position(&refusal->edit, out);
        text_add(out, " or add a rule");
    } else {
        text_add(out, "; add one");
    }
}

static void text_no_key(const struct refusal *refusal, struct text *out)
{
    char local[ADDRESS_TEXT_BYTES];
    char peer[ADDRESS_TEXT_BYTES];
    char file[CREDENTIAL_TEXT_BYTES];

    add_rule(refusal->nearest, out);
    text_add(out, " needs a pre-shared key, and %s has none for localid %s, remoteid %s; add one",
             refusal->index ? credential_text(refusal->index, NULL, file) : "ike.preshared",
             address_text(&refusal->local, local), address_text(&refusal->peer, peer));
}

static void text_identity(const struct refusal *refusal, struct text *out)
{
    char remote[ADDRESS_TEXT_BYTES];
    char file[CREDENTIAL_TEXT_BYTES];
    struct address_range range;

    text_add(out, "peer says that it is ");
    binding_identity_text(&refusal->identity, out);
    if (!refusal->credential || !refusal->index) {
        text_add(out, ", and no rule is for that");
        return;
    }
    (void)credential_text(refusal->index, refusal->credential, file);
    if (identity_range(&refusal->identity, &range) == STATUS_OK &&
        address_range_covers(&refusal->credential->remote, &range)) {
        text_add(out,
                 ", but it comes from another address and no NAT is between; its identity "
                 "must be its address for the key at %s",
                 file);
        return;
    }
    text_add(out, ", but the key at %s is for remoteid %s; edit %s or the peer's identity", file,
             address_range_text(&refusal->credential->remote, remote), file);
}

static void text_selectors(const struct refusal *refusal, struct text *out)
{
    char selector[SELECTOR_TEXT_BYTES];

    text_add(out, "peer asks for %s, %s", selector_text(&refusal->selector, selector),
             refusal->detail_view);
    if (refusal->entry) {
        text_add(out, "; nearest is ");
        add_entry(refusal->entry, out);
    }
    text_add(out, "; edit the IPsec policy or the peer");
}

static void text_lifetime(const struct refusal *refusal, struct text *out)
{
    const char *unit = refusal->attribute == ATTRIBUTE_LIFE_SECONDS ? "seconds" : "kilobytes";

    add_rule(refusal->nearest, out);
    text_add(out, " takes lifetimes from %llu %s, peer offers %llu; edit the peer",
             (unsigned long long)refusal->wanted, unit, (unsigned long long)refusal->offered);
}

static void text_detail(const struct refusal *refusal, struct text *out)
{
    text_add(out, "%s", refusal->detail_view);
    if (refusal->nearest) {
        text_add(out, " for ");
        add_rule(refusal->nearest, out);
    }
    text_add(out, "; the peer is at fault");
}

static void text_no_policy(const struct refusal *refusal, struct text *out)
{
    (void)refusal;
    text_add(out, "the policy entry that wanted an SA is no longer loaded");
}

/* "AH", "ESP", "AH and ESP together", joined by "or". */
static void add_sets(uint64_t sets, struct text *out)
{
    static const struct {
        unsigned protocols;
        const char *name;
    } names[] = {
        {IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_ESP), "ESP alone"},
        {IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH), "AH alone"},
        {IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_ESP) | IPSEC_PROTOCOL_BIT(IPSEC_PROTOCOL_AH),
         "AH and ESP together"},
    };
    size_t named = 0;

    for (size_t i = 0; i < COUNT(names); i++) {
        if (sets & BIT(names[i].protocols))
            text_add(out, "%s%s", named++ == 0 ? "" : " or ", names[i].name);
    }
}

static void text_protocols(const struct refusal *refusal, struct text *out)
{
    add_entry(refusal->entry, out);
    text_add(out, " wants ");
    add_sets(refusal->wanted, out);
    text_add(out, ", peer offers ");
    add_sets(refusal->offered, out);
    add_edit(refusal, out);
}

static void text_nat(const struct refusal *refusal, struct text *out)
{
    add_entry(refusal->entry, out);
    text_add(out, " wants AH, which no NAT lets pass, and there is one on this path, or UDP is "
                  "forced (nat_traversal); use ESP with encr_auth_algs");
}

static void text_no_certificate(const struct refusal *refusal, struct text *out)
{
    const struct method *method = method_by_number((unsigned)refusal->wanted);

    add_rule(refusal->nearest, out);
    text_add(out,
             " needs a certificate for %s (%s) that local_id names, with its private key here; "
             "\"ikecert certlocal -l\" and \"ikecert certdb -l\" list what there is",
             method_by_number(method->named_as)->words[0], method->description);
}

static void text_certificate(const struct refusal *refusal, struct text *out)
{
    text_add(out, "%s", refusal->detail_view);
}

static void text_remote_id(const struct refusal *refusal, struct text *out)
{
    text_add(out, "peer has proven to own certificate %s", refusal->detail_view);
    if (refusal->nearest) {
        text_add(out, ", and remote_id of ");
        add_rule(refusal->nearest, out);
        text_add(out, " does not take it; edit remote_id or the peer's certificate");
    } else {
        text_add(out, ", and no rule has a remote_id that takes it; edit remote_id of a rule");
    }
}

static void text_nothing(const struct refusal *refusal, struct text *out)
{
    add_entry(refusal->entry, out);
    text_add(out, " has no algorithm that can be offered");
}

static void text_none(const struct refusal *refusal, struct text *out)
{
    (void)refusal;
    text_add(out, "no reason");
}

typedef void refusal_text_fn(const struct refusal *refusal, struct text *out);

static refusal_text_fn *const reason_texts[REFUSAL_REASON_COUNT] = {
    [REFUSAL_NONE] = text_none,
    [REFUSAL_NO_RULE] = text_no_rule,
    [REFUSAL_ATTRIBUTE] = text_attribute,
    [REFUSAL_MALFORMED] = text_detail,
    [REFUSAL_NO_KEY] = text_no_key,
    [REFUSAL_IDENTITY] = text_identity,
    [REFUSAL_PFS] = text_pfs,
    [REFUSAL_SELECTORS] = text_selectors,
    [REFUSAL_LIFETIME] = text_lifetime,
    [REFUSAL_REPLY] = text_detail,
    [REFUSAL_NO_POLICY] = text_no_policy,
    [REFUSAL_PROTOCOLS] = text_protocols,
    [REFUSAL_NAT] = text_nat,
    [REFUSAL_NO_CERTIFICATE] = text_no_certificate,
    [REFUSAL_CERTIFICATE] = text_certificate,
    [REFUSAL_REMOTE_ID] = text_remote_id,
    [REFUSAL_NOTHING] = text_nothing,
};

void refusal_text(const struct refusal *refusal, struct text *out)
{
    char peer[ADDRESS_TEXT_BYTES];

    text_add(out, "refused %s %s: ", address_text(&refusal->peer, peer), refusal->exchange_view);
    reason_texts[refusal->reason](refusal, out);
}
