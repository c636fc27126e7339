#include "policy/phase1.h"

static bool is_preshared(const struct ike_rule *rule)
{
    return rule->transform_count > 0 && rule->transforms[0].method == METHOD_PRESHARED;
}

static bool any_covers(const struct address_ranges *ranges, const struct address_range *inner)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (address_range_covers(&ranges->items[i], inner))
            return true;
    }
    return false;
}

static bool all_covered(const struct address_ranges *outer, const struct address_ranges *inner)
{
    for (size_t i = 0; i < inner->count; i++) {
        if (!any_covers(outer, &inner->items[i]))
            return false;
    }
    return true;
}

static bool any_overlaps(const struct address_ranges *ranges, const struct address_range *other)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (address_range_overlaps(&ranges->items[i], other))
            return true;
    }
    return false;
}

static bool has_key(const struct credential_index *index, const struct ike_rule *rule)
{
    size_t count = index ? credential_index_count(index) : 0;

    for (size_t i = 0; i < count; i++) {
        const struct credential *credential = credential_index_at(index, i);

        if (any_overlaps(&rule->local, &credential->local) &&
            any_overlaps(&rule->remote, &credential->remote))
            return true;
    }
    return false;
}

static void check_key(const struct ruleset *ruleset, const struct ike_rule *rule,
                      struct config_errors *errors)
{
    const struct credential_index *index = ruleset_credentials(ruleset);
    char file[CREDENTIAL_TEXT_BYTES];
    char label[RULE_LABEL_TEXT_BYTES];

    if (index && is_preshared(rule) && !has_key(index, rule))
        config_errors_add(errors, CONFIG_WARNING, rule->at,
                          "rule \"%s\" is for pre-shared keys, and %s has none for its addresses",
                          ike_rule_label_text(rule, label), credential_text(index, NULL, file));
}

/* An initiator takes the first rule that holds the addresses: a later one within it never starts.
 */
static void check_hidden(const struct ruleset *ruleset, size_t i, struct config_errors *errors)
{
    const struct ike_rule *rule = ruleset_rule(ruleset, i);
    char label[RULE_LABEL_TEXT_BYTES];
    char earlier_label[RULE_LABEL_TEXT_BYTES];

    for (size_t j = 0; j < i; j++) {
        const struct ike_rule *earlier = ruleset_rule(ruleset, j);

        if (!all_covered(&earlier->local, &rule->local) ||
            !all_covered(&earlier->remote, &rule->remote))
            continue;
        config_errors_add(errors, CONFIG_WARNING, rule->at,
                          "rule \"%s\" never begins a negotiation: rule \"%s\" (line %u) stands "
                          "before it and holds all its addresses",
                          ike_rule_label_text(rule, label),
                          ike_rule_label_text(earlier, earlier_label), earlier->at.line);
        return;
    }
}

/* Outer addresses between which an entry needs SAs; ranges of host entries, else the tunnel's. */
static bool entry_ends(const struct ipsec_entry *entry, enum address_family family,
                       struct selector *out)
{
    if (!ipsec_entry_is_tunnel(entry))
        return ipsec_entry_selector(entry, family, out);
    if (entry->tunnel_destination.family != family)
        return false;
    *out = (struct selector){.remote = address_range_host(&entry->tunnel_destination)};
    if (entry->tunnel_source.family == family)
        out->local = address_range_host(&entry->tunnel_source);
    else
        (void)address_range_prefix(&(struct address){.family = (uint8_t)family}, 0, &out->local);
    return true;
}

static bool is_served(const struct ruleset *ruleset, const struct selector *ends)
{
    for (size_t i = 0; i < ruleset_rule_count(ruleset); i++) {
        const struct ike_rule *rule = ruleset_rule(ruleset, i);

        if (any_overlaps(&rule->local, &ends->local) && any_overlaps(&rule->remote, &ends->remote))
            return true;
    }
    return false;
}

static void check_served(const struct ruleset *ruleset, const struct ipsec_entry *entry,
                         struct config_errors *errors)
{
    static const enum address_family families[] = {ADDRESS_IPV4, ADDRESS_IPV6};
    struct selector ends;
    bool has_ends = false;

    for (size_t i = 0; i < COUNT(families); i++) {
        if (!entry_ends(entry, families[i], &ends))
            continue;
        if (is_served(ruleset, &ends))
            return;
        has_ends = true;
    }
    if (has_ends)
        config_errors_add(errors, CONFIG_WARNING, entry->at,
                          "policy entry %u wants SAs, and no rule of %s is for its addresses",
                          entry->index, ruleset_config_file(ruleset));
    else
        config_errors_add(errors, CONFIG_WARNING, entry->at,
                          "policy entry %u: no tunnel device %s; say its ends with tsrc and tdst",
                          entry->index, entry->tunnel);
}

/* A rule for certificates without one of ours can neither begin nor answer. */
static void check_certificate(const struct ruleset *ruleset, const struct ike_rule *rule,
                              struct config_errors *errors)
{
    const struct evidence evidence = {.wall_s = 0}; /* whatever the time is */
    char label[RULE_LABEL_TEXT_BYTES];

    if (rule->transform_count == 0 || is_preshared(rule) || !ruleset_certificates(ruleset) ||
        phase1_methods(ruleset, rule, &evidence) != 0)
        return;
    config_errors_add(errors, CONFIG_WARNING, rule->at,
                      "rule \"%s\" needs a certificate that local_id names, with its private key "
                      "and a key for its auth_method, and there is none; make one with ikecert "
                      "certlocal -ks",
                      ike_rule_label_text(rule, label));
}

/* A cert_root or cert_trust that names nothing trusts nobody. */
static void check_anchors(const struct ruleset *ruleset, const struct cert_selectors *selectors,
                          const char *word, struct config_errors *errors)
{
    const struct cert_store *store = ruleset_certificates(ruleset);

    for (size_t i = 0; store && i < selectors->count; i++) {
        const struct cert_selector *selector = &selectors->items[i];

        if (!selector->is_excluded && !cert_store_find_selector(store, selector, NULL))
            config_errors_add(errors, CONFIG_WARNING, selector->at,
                              "%s names no certificate in publickeys: add it with ikecert "
                              "certdb -a",
                              word);
    }
}

/* A certificate of ours with this very key that lets it sign; NULL: none. */
static const struct cert_row *signing_row(const struct cert_store *store,
                                          const struct certificate *certificate)
{
    for (size_t i = 0; i < cert_store_count(store); i++) {
        const struct cert_row *row = cert_store_at(store, i);

        if (row->key_handle && certificate_may_sign(row->certificate) &&
            view_equal(certificate_spki(row->certificate), certificate_spki(certificate)))
            return row;
    }
    return NULL;
}

/* A key that decrypts never signs: answers of the one would forge the other (SEC-58). */
static void check_key_use(const struct ruleset *ruleset, const struct ike_rule *rule,
                          struct config_errors *errors)
{
    const struct cert_store *store = ruleset_certificates(ruleset);

    for (size_t i = 0; store && i < rule->transform_count; i++) {
        const struct ike_transform *transform = &rule->transforms[i];
        const struct cert_row *own = NULL, *signs = NULL;
        char label[RULE_LABEL_TEXT_BYTES], text[CERT_TEXT_BYTES];

        if (method_by_number(transform->method)->class != METHOD_CLASS_ENCRYPTION)
            continue;
        own = cert_store_find_own(store, &rule->local_id, (enum auth_method)transform->method, 0);
        signs = own ? signing_row(store, own->certificate) : NULL;
        if (!signs)
            continue;
        config_errors_add(
            errors, CONFIG_ERROR, transform->method_at,
            "rule \"%s\" decrypts with a key that signs too: certificate %s; make a "
            "second key for encryption (ikecert certlocal -ks -u encrypt) and name it "
            "in local_id",
            ike_rule_label_text(rule, label), cert_store_text(store, signs->certificate, text));
        return;
    }
}

void ruleset_check(const struct ruleset *ruleset, struct config_errors *errors)
{
    for (size_t i = 0; i < ruleset_rule_count(ruleset); i++) {
        check_key(ruleset, ruleset_rule(ruleset, i), errors);
        check_certificate(ruleset, ruleset_rule(ruleset, i), errors);
        check_key_use(ruleset, ruleset_rule(ruleset, i), errors);
        check_hidden(ruleset, i, errors);
    }
    check_anchors(ruleset, &ruleset_globals(ruleset)->cert_root, "cert_root", errors);
    check_anchors(ruleset, &ruleset_globals(ruleset)->cert_trust, "cert_trust", errors);
    for (size_t i = 0; i < ruleset_entry_count(ruleset); i++) {
        if (ipsec_entry_action(ruleset_entry(ruleset, i)) == IPSEC_PROTECT)
            check_served(ruleset, ruleset_entry(ruleset, i), errors);
    }
}
