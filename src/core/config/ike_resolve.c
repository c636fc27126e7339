#include "config/ike_draft_private.h"

const struct ike_value *ike_value_of(const struct ike_parser *parser, const struct ike_draft *draft,
                                     enum ike_setting setting)
{
    return draft->values[setting].is_given ? &draft->values[setting]
                                           : &parser->file.values[setting];
}

static uint64_t number_of(const struct ike_parser *parser, const struct ike_draft *draft,
                          enum ike_setting setting, uint64_t otherwise)
{
    const struct ike_value *value = ike_value_of(parser, draft, setting);

    return value->is_given ? value->number : otherwise;
}

static void say_at(const struct ike_parser *parser, const struct ike_value *value,
                   enum config_severity severity, const char *sentence)
{
    config_errors_add(parser->lexer.errors, severity, value->at, "%s", sentence);
}

/* 90 %, and the least distance between soft and hard at least. */
static uint32_t soft_default(uint32_t hard, uint32_t delta)
{
    uint32_t soft = (uint32_t)((uint64_t)hard * 9 / 10);

    return hard - soft < delta ? hard - delta : soft;
}

struct pair_words {
    enum ike_setting hard, soft;
    uint32_t delta;
    const char *ignored, *above, *close;
};

static const struct pair_words seconds_pair = {
    SETTING_P2_LIFETIME,
    SETTING_P2_SOFTLIFE,
    P2_DELTA_LEAST_S,
    "p2_softlife_secs counts only beside p2_lifetime_secs, and is ignored",
    "p2_softlife_secs is above p2_lifetime_secs",
    "p2_softlife_secs is less than 3 seconds below p2_lifetime_secs (equal: no soft expiry)",
};

static const struct pair_words kilobytes_pair = {
    SETTING_P2_LIFETIME_KB,
    SETTING_P2_SOFTLIFE_KB,
    1,
    "p2_softlife_kb counts only beside p2_lifetime_kb, and is ignored",
    "p2_softlife_kb is above p2_lifetime_kb",
    "p2_softlife_kb is too close to p2_lifetime_kb",
};

/* A mistake in the file's defaults is said for the file, not for every rule that inherits it. */
static bool is_own(const struct ike_draft *draft, enum ike_setting one, enum ike_setting other)
{
    return draft->values[one].is_given || draft->values[other].is_given;
}

/* The soft value that goes with a hard one that is given; 0: no soft expiry. */
static uint32_t resolve_soft(const struct ike_parser *parser, const struct ike_draft *draft,
                             const struct pair_words *pair, uint32_t hard)
{
    const struct ike_value *soft = ike_value_of(parser, draft, pair->soft);

    if (!soft->is_given || soft->number == 0)
        return soft_default(hard, pair->delta);
    if (soft->number > hard && is_own(draft, pair->hard, pair->soft))
        say_at(parser, soft, CONFIG_ERROR, pair->above);
    else if (soft->number < hard && hard - soft->number < pair->delta &&
             is_own(draft, pair->hard, pair->soft))
        say_at(parser, soft, CONFIG_ERROR, pair->close);
    return soft->number < hard ? (uint32_t)soft->number : 0;
}

static void resolve_seconds(const struct ike_parser *parser, const struct ike_draft *draft,
                            struct p2_lifetime *out)
{
    const struct ike_value *hard = ike_value_of(parser, draft, SETTING_P2_LIFETIME);
    const struct ike_value *soft = ike_value_of(parser, draft, SETTING_P2_SOFTLIFE);

    out->hard_s = P2_LIFETIME_DEFAULT_S;
    out->soft_s = P2_SOFTLIFE_DEFAULT_S;
    if (!hard->is_given) {
        if (draft->values[SETTING_P2_SOFTLIFE].is_given)
            say_at(parser, soft, CONFIG_WARNING, seconds_pair.ignored);
        return;
    }
    out->hard_s = (uint32_t)hard->number;
    out->soft_s = resolve_soft(parser, draft, &seconds_pair, out->hard_s);
    if (draft->values[SETTING_P2_LIFETIME].is_given && out->hard_s < P2_LIFETIME_SHORT_S)
        say_at(parser, hard, CONFIG_NOTE, "p2_lifetime_secs below 60 costs a negotiation a minute");
}

static void resolve_kilobytes(const struct ike_parser *parser, const struct ike_draft *draft,
                              struct p2_lifetime *out)
{
    const struct ike_value *hard = ike_value_of(parser, draft, SETTING_P2_LIFETIME_KB);
    const struct ike_value *soft = ike_value_of(parser, draft, SETTING_P2_SOFTLIFE_KB);

    if (!hard->is_given || hard->number == 0) {
        if (draft->values[SETTING_P2_SOFTLIFE_KB].is_given && soft->number > 0)
            say_at(parser, soft, CONFIG_WARNING, kilobytes_pair.ignored);
        return;
    }
    out->hard_kb = (uint32_t)hard->number;
    out->soft_kb = resolve_soft(parser, draft, &kilobytes_pair, out->hard_kb);
}

static struct p2_lifetime resolve_p2(const struct ike_parser *parser, const struct ike_draft *draft)
{
    const struct ike_value *idle = ike_value_of(parser, draft, SETTING_P2_IDLETIME);
    struct p2_lifetime p2 = {0};

    resolve_seconds(parser, draft, &p2);
    resolve_kilobytes(parser, draft, &p2);
    p2.idle_s = idle->is_given ? (uint32_t)idle->number : 0;
    if ((p2.idle_s > p2.hard_s || (p2.soft_s > 0 && p2.idle_s > p2.soft_s)) &&
        (is_own(draft, SETTING_P2_IDLETIME, SETTING_P2_LIFETIME) ||
         draft->values[SETTING_P2_SOFTLIFE].is_given))
        say_at(parser, idle, CONFIG_ERROR,
               "p2_idletime_secs is above the soft or the hard lifetime");
    return p2;
}

static struct cert_selectors resolve_selectors(struct ike_parser *parser,
                                               const struct ike_draft *draft, enum ike_list list)
{
    const struct vector *vector = &draft->lists[list];
    struct cert_selectors selectors = {
        .items = vector_rows(vector, sizeof(struct cert_selector), &parser->rules->arena),
        .count = vector->count,
    };

    if (!selectors.items && selectors.count > 0) {
        parser->is_out_of_memory = true;
        selectors.count = 0;
    }
    return selectors;
}

static struct address_ranges resolve_ranges(struct ike_parser *parser,
                                            const struct ike_draft *draft, enum ike_list list)
{
    const struct vector *vector = &draft->lists[list];
    struct address_ranges ranges = {
        .items = vector_rows(vector, sizeof(struct address_range), &parser->rules->arena),
        .count = vector->count,
        .at = draft->list_at[list],
    };

    if (!ranges.items && ranges.count > 0) {
        parser->is_out_of_memory = true;
        ranges.count = 0;
    }
    return ranges;
}

/* The rule's own transforms, else the file's; each with its lifetime. */
static void resolve_transforms(struct ike_parser *parser, const struct ike_draft *draft,
                               struct ike_rule *rule)
{
    const struct vector *own = &draft->lists[LIST_XFORM];
    const struct vector *vector = own->count > 0 ? own : &parser->file.lists[LIST_XFORM];
    const struct ike_value *lifetime = &parser->file.values[SETTING_P1_LIFETIME];
    struct ike_transform *transforms =
        arena_take(&parser->rules->arena, vector->count * sizeof *transforms);

    if (!transforms) {
        parser->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < vector->count; i++) {
        transforms[i] = ((const struct ike_transform *)vector->rows_own)[i];
        if (transforms[i].lifetime_s > 0)
            continue;
        transforms[i].lifetime_s =
            lifetime->is_given ? (uint32_t)lifetime->number : P1_LIFETIME_DEFAULT_S;
        transforms[i].lifetime_at = lifetime->at;
    }
    rule->transforms = transforms;
    rule->transform_count = vector->count;
}

static struct ike_rule resolve_rule(struct ike_parser *parser, const struct ike_draft *draft,
                                    size_t number)
{
    const struct ike_value *pfs = ike_value_of(parser, draft, SETTING_P2_PFS);
    const struct ike_value *id_type = ike_value_of(parser, draft, SETTING_LOCAL_ID_TYPE);
    struct ike_rule rule = {
        .label = draft->values[SETTING_LABEL].text ? draft->values[SETTING_LABEL].text : "",
        .cookie = (uint32_t)number,
        .at = draft->at,
        .local = resolve_ranges(parser, draft, LIST_LOCAL_ADDR),
        .remote = resolve_ranges(parser, draft, LIST_REMOTE_ADDR),
        .local_id_type = (uint8_t)id_type->number,
        .local_id = resolve_selectors(parser, draft, LIST_LOCAL_ID),
        .remote_id = resolve_selectors(parser, draft, LIST_REMOTE_ID),
        .p2 = resolve_p2(parser, draft),
        .p2_pfs = pfs->row,
        .p2_pfs_at = pfs->at,
        .p2_lifetime_at = ike_value_of(parser, draft, SETTING_P2_LIFETIME)->at,
        .mode = (enum ike_mode)draft->values[SETTING_IKE_MODE].number,
        .nat_traversal = (enum rule_nat)draft->values[SETTING_NAT_TRAVERSAL].number,
        .dpd_interval_s = (uint32_t)number_of(parser, draft, SETTING_DPD_INTERVAL, 0),
        .dpd_timeout_s = (uint32_t)number_of(parser, draft, SETTING_DPD_TIMEOUT, 0),
        .dpd_action =
            (enum dpd_action)number_of(parser, draft, SETTING_DPD_ACTION, DPD_ACTION_CLEAR),
        .starts_at_load = draft->values[SETTING_START].is_given,
        .skeyid_is_cisco = draft->values[SETTING_SKEYID].number == 1,
        .interface = draft->values[SETTING_INTERFACE].text,
        .interface_offset = draft->interface_offset,
        .interface_end = draft->interface_end,
    };

    resolve_transforms(parser, draft, &rule);
    return rule;
}

static void resolve_globals(struct ike_parser *parser)
{
    const struct ike_draft *file = &parser->file;
    struct ike_globals *globals = &parser->rules->globals;

    globals->retry_limit =
        (uint32_t)number_of(parser, file, SETTING_RETRY_LIMIT, globals->retry_limit);
    globals->retry_timer_init_us =
        number_of(parser, file, SETTING_RETRY_TIMER_INIT, globals->retry_timer_init_us);
    globals->retry_timer_max_us =
        number_of(parser, file, SETTING_RETRY_TIMER_MAX, globals->retry_timer_max_us);
    globals->expire_timer_s =
        (uint32_t)number_of(parser, file, SETTING_EXPIRE_TIMER, globals->expire_timer_s);
    globals->max_certs = (uint32_t)number_of(parser, file, SETTING_MAX_CERTS, globals->max_certs);
    globals->p1_nonce_bytes =
        (uint16_t)number_of(parser, file, SETTING_P1_NONCE, globals->p1_nonce_bytes);
    globals->p2_nonce_bytes =
        (uint16_t)number_of(parser, file, SETTING_P2_NONCE, globals->p2_nonce_bytes);
    globals->p2_replay_window =
        (uint16_t)number_of(parser, file, SETTING_P2_REPLAY_WINDOW, globals->p2_replay_window);
    globals->p1_lifetime_s =
        (uint32_t)number_of(parser, file, SETTING_P1_LIFETIME, globals->p1_lifetime_s);
    globals->p2 = resolve_p2(parser, file);
    globals->p2_pfs = file->values[SETTING_P2_PFS].row;
    globals->cert_root = resolve_selectors(parser, file, LIST_CERT_ROOT);
    globals->cert_trust = resolve_selectors(parser, file, LIST_CERT_TRUST);
    globals->ignores_crls = file->values[SETTING_IGNORE_CRLS].is_given;
    globals->uses_http = file->values[SETTING_USE_HTTP].is_given;
    globals->uses_ocsp = file->values[SETTING_USE_OCSP].is_given;
    globals->discovers_dnssec_keys = file->values[SETTING_KEY_DISCOVERY].is_given;
    globals->ldap_server = file->values[SETTING_LDAP_SERVER].text;
    globals->proxy = file->values[SETTING_PROXY].text;
    globals->socks = file->values[SETTING_SOCKS].text;
    globals->pkcs11_path = file->values[SETTING_PKCS11_PATH].text;
    if (globals->retry_timer_init_us > globals->retry_timer_max_us)
        config_errors_add(parser->lexer.errors, CONFIG_WARNING,
                          ike_value_of(parser, file, SETTING_RETRY_TIMER_INIT)->is_given
                              ? file->values[SETTING_RETRY_TIMER_INIT].at
                              : file->values[SETTING_RETRY_TIMER_MAX].at,
                          "retry_timer_init is above retry_timer_max, which counts");
}

void ike_resolve(struct ike_parser *parser)
{
    struct ike_draft *const *drafts = parser->drafts.rows_own;
    size_t count = parser->drafts.count;
    struct ike_rule *rules = arena_take(&parser->rules->arena, count * sizeof *rules);

    resolve_globals(parser);
    if (!rules) {
        parser->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        rules[i] = resolve_rule(parser, drafts[i], i + 1);
    parser->rules->rules = rules;
    parser->rules->rule_count = count;
    for (size_t i = 0; i < count; i++)
        ike_check_rule(parser, drafts[i], &rules[i]);
    if (count == 0)
        config_errors_add(parser->lexer.errors, CONFIG_NOTE,
                          (struct position){.file_view = parser->rules->file},
                          "no rule stands in it: nothing will be negotiated");
}
