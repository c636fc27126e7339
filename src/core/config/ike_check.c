#include "config/ike_draft_private.h"
#include "policy/phase1.h"
#include "registry/identity_type.h"

/* The validity rules of solaris.md 1.12, and what parses but cannot be negotiated yet. */

static void say(const struct ike_parser *parser, struct position at, const char *sentence)
{
    config_errors_add(parser->lexer.errors, CONFIG_ERROR, at, "%s", sentence);
}

static void check_presence(const struct ike_parser *parser, const struct ike_draft *draft)
{
    if (draft->is_broken)
        return; /* what seems absent may be what was mistyped */
    if (!draft->values[SETTING_LABEL].is_given)
        say(parser, draft->at, "the rule has no label");
    if (draft->lists[LIST_LOCAL_ADDR].count == 0 && !draft->values[SETTING_INTERFACE].is_given)
        say(parser, draft->at, "the rule has no local_addr");
    if (draft->lists[LIST_LOCAL_ADDR].count > 0 && draft->values[SETTING_INTERFACE].is_given)
        say(parser, draft->values[SETTING_INTERFACE].at,
            "interface stands in place of local_addr, and the rule has both");
    if (draft->lists[LIST_REMOTE_ADDR].count == 0)
        say(parser, draft->at, "the rule has no remote_addr");
    if (draft->lists[LIST_XFORM].count == 0 && parser->file.lists[LIST_XFORM].count == 0 &&
        !parser->file.is_broken)
        say(parser, draft->at, "the rule has no p1_xform, and none stands outside the rules");
}

static void check_label(const struct ike_parser *parser, const struct ike_draft *draft,
                        const struct ike_rule *rule)
{
    const struct ike_rule *rules = parser->rules->rules;
    char label[RULE_LABEL_TEXT_BYTES];

    for (size_t i = 0; rule->label[0] != '\0' && i + 1 < rule->cookie; i++) {
        if (strcmp(rules[i].label, rule->label) != 0)
            continue;
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, draft->values[SETTING_LABEL].at,
                          "label \"%s\" names the rule of line %u already",
                          ike_rule_label_text(rule, label), rules[i].at.line);
        return;
    }
}

static bool has_family(const struct address_ranges *ranges, enum address_family family)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (ranges->items[i].first.family == family)
            return true;
    }
    return false;
}

static void check_families(const struct ike_parser *parser, const struct ike_rule *rule)
{
    bool both_4 = has_family(&rule->local, ADDRESS_IPV4) && has_family(&rule->remote, ADDRESS_IPV4);
    bool both_6 = has_family(&rule->local, ADDRESS_IPV6) && has_family(&rule->remote, ADDRESS_IPV6);

    if (rule->local.count > 0 && rule->remote.count > 0 && !both_4 && !both_6)
        say(parser, rule->remote.at,
            "the rule can never match: local_addr is of one family, remote_addr of the other");
}

static bool is_address_type(uint8_t number)
{
    return number == 0 || number == IDENTITY_IPV4 || number == IDENTITY_IPV6;
}

static void check_preshared(const struct ike_parser *parser, const struct ike_draft *draft,
                            const struct ike_rule *rule)
{
    if (rule->local_id.count > 0)
        say(parser, draft->list_at[LIST_LOCAL_ID], "local_id is not for rules with preshared");
    if (rule->remote_id.count > 0)
        say(parser, draft->list_at[LIST_REMOTE_ID], "remote_id is not for rules with preshared");
    if (!is_address_type(rule->local_id_type))
        say(parser, ike_value_of(parser, draft, SETTING_LOCAL_ID_TYPE)->at,
            "local_id_type is ip, ipv4 or ipv6 in rules with preshared");
}

static void check_certificates(const struct ike_parser *parser, const struct ike_draft *draft,
                               const struct ike_rule *rule)
{
    const char *method = method_by_number(rule->transforms[0].method)->words[0];

    if (draft->is_broken)
        return;
    if (!ike_value_of(parser, draft, SETTING_LOCAL_ID_TYPE)->is_given)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, rule->at,
                          "a rule with %s needs local_id_type", method);
    if (rule->local_id.count == 0)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, rule->at,
                          "a rule with %s needs local_id", method);
    if (rule->remote_id.count == 0)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, rule->at,
                          "a rule with %s needs remote_id", method);
}

static void check_methods(const struct ike_parser *parser, const struct ike_draft *draft,
                          const struct ike_rule *rule)
{
    const struct ike_transform *first = rule->transforms;
    char label[RULE_LABEL_TEXT_BYTES];

    for (size_t i = 1; i < rule->transform_count; i++) {
        const struct ike_transform *other = &rule->transforms[i];

        if ((first->method == METHOD_PRESHARED) != (other->method == METHOD_PRESHARED)) {
            config_errors_add(parser->lexer.errors, CONFIG_ERROR, other->method_at,
                              "rule \"%s\" mixes preshared with another method (line %u)",
                              ike_rule_label_text(rule, label), first->method_at.line);
            return;
        }
    }
    if (first->method == METHOD_PRESHARED)
        check_preshared(parser, draft, rule);
    else
        check_certificates(parser, draft, rule);
}

static void check_mode(const struct ike_parser *parser, const struct ike_draft *draft,
                       const struct ike_rule *rule)
{
    if (rule->mode != IKE_MODE_MAIN)
        say(parser, draft->values[SETTING_IKE_MODE].at,
            "ike_mode aggressive and both are not negotiated by this version yet; it does main");
}

static void check_offer(const struct ike_parser *parser, const struct ike_rule *rule)
{
    size_t count = phase1_offer_count(rule, METHODS_ALL);
    char label[RULE_LABEL_TEXT_BYTES];

    if (count > IKE_OFFER_MOST)
        config_errors_add(parser->lexer.errors, CONFIG_ERROR, rule->at,
                          "rule \"%s\" offers %zu transforms (each key size is one), and a message "
                          "holds %u",
                          ike_rule_label_text(rule, label), count, IKE_OFFER_MOST);
}

void ike_check_rule(struct ike_parser *parser, const struct ike_draft *draft,
                    const struct ike_rule *rule)
{
    check_presence(parser, draft);
    check_label(parser, draft, rule);
    check_families(parser, rule);
    check_mode(parser, draft, rule);
    if (rule->transform_count == 0)
        return;
    check_methods(parser, draft, rule);
    check_offer(parser, rule);
}

static void add_weak(struct text *text, const char *what, const char *name, const char *instead)
{
    text_add(text, "%s%s %s (use %s)", text->bytes > 0 ? ", " : "", what, name, instead);
}

void ike_warn_weak(struct ike_parser *parser, const struct ike_transform *transform)
{
    char list[CONFIG_ERROR_LINE_BYTES];
    struct text text = text_over(list, sizeof list);

    if (transform->group->flags & GROUP_WEAK)
        add_weak(&text, "group", transform->group->name, transform->group->instead);
    if (transform->hash->flags & TRANSFORM_WEAK)
        add_weak(&text, "auth_alg", transform->hash->name, transform->hash->instead);
    if (transform->cipher->flags & TRANSFORM_WEAK)
        add_weak(&text, "encr_alg", transform->cipher->name, transform->cipher->instead);
    if (text.bytes > 0)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING, transform->at,
                          "weak algorithms: %s", list);
}
