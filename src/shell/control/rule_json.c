#include "control/record_json.h"
#include "policy/ike_rule.h"
#include "registry/identity_type.h"

static const char *const mode_texts[] = {
    [IKE_MODE_MAIN] = "main mode (identity protect)",
    [IKE_MODE_AGGRESSIVE] = "aggressive mode",
    [IKE_MODE_BOTH] = "main and aggressive mode",
};

static json_t *ranges_json(const struct address_ranges *ranges)
{
    json_t *result = json_array();

    for (size_t i = 0; i < ranges->count; i++) {
        char first[ADDRESS_TEXT_BYTES], last[ADDRESS_TEXT_BYTES];

        json_array_append_new(
            result, json_pack("{s:s, s:s}", "first", address_text(&ranges->items[i].first, first),
                              "last", address_text(&ranges->items[i].last, last)));
    }
    return result;
}

static json_t *selectors_json(const struct cert_selectors *selectors)
{
    json_t *result = json_array();

    for (size_t i = 0; i < selectors->count; i++) {
        const struct cert_selector *item = &selectors->items[i];

        json_array_append_new(result, json_pack("{s:s, s:b}", "text",
                                                item->value_view ? item->value_view : "",
                                                "excluded", (int)item->is_excluded));
    }
    return result;
}

static json_t *transform_json(const struct ike_transform *transform)
{
    const struct method *method = method_by_number(transform->method);

    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:o, s:I}", "method",
                     method ? method->description : "", "cipher",
                     transform->cipher ? transform->cipher->name : "", "cipher_low_bits",
                     transform->low_bits, "cipher_high_bits", transform->high_bits, "hash",
                     transform->hash ? transform->hash->name : "", "group",
                     group_json(transform->group), "lifetime_s", (json_int_t)transform->lifetime_s);
}

json_t *rule_json(const struct ike_rule *rule, const char *file, uint16_t p1_nonce_bytes,
                  uint16_t p2_nonce_bytes)
{
    const struct identity_kind *kind = identity_by_number(rule->local_id_type);
    json_t *transforms = json_array();

    for (size_t i = 0; i < rule->transform_count; i++)
        json_array_append_new(transforms, transform_json(&rule->transforms[i]));
    return json_pack(
        "{s:s, s:s, s:i, s:s, s:i, s:i, s:s*, s:s, s:i, s:i, s:o, s:I, s:I, s:I, s:I, s:I, s:o, "
        "s:o, s:o, s:o, s:o}",
        "record", "rule", "label", rule->label, "cookie", (int)rule->cookie, "file", file, "line",
        (int)rule->at.line, "local_id_type", rule->local_id_type, "local_id_type_text",
        kind ? kind->description : NULL, "exchange", mode_texts[rule->mode], "p1_nonce_bytes",
        p1_nonce_bytes, "p2_nonce_bytes", p2_nonce_bytes, "p2_pfs", group_json(rule->p2_pfs),
        "p2_lifetime_s", (json_int_t)rule->p2.hard_s, "p2_softlife_s", (json_int_t)rule->p2.soft_s,
        "p2_idletime_s", (json_int_t)rule->p2.idle_s, "p2_lifetime_kb",
        (json_int_t)rule->p2.hard_kb, "p2_softlife_kb", (json_int_t)rule->p2.soft_kb, "local",
        ranges_json(&rule->local), "remote", ranges_json(&rule->remote), "local_id",
        selectors_json(&rule->local_id), "remote_id", selectors_json(&rule->remote_id),
        "transforms", transforms);
}
