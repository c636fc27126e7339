#include "policy/phase1.h"
#include "registry/notify.h"

const struct credential *phase1_credential(const struct ruleset *ruleset,
                                           const struct ike_rule *rule,
                                           const struct evidence *evidence, struct refusal *refusal)
{
    const struct credential_index *index = ruleset_credentials(ruleset);
    const struct credential *credential =
        index ? credential_find(index, &evidence->local, &evidence->remote) : NULL;

    if (credential)
        return credential;
    *refusal = (struct refusal){
        .reason = REFUSAL_NO_KEY,
        .local = evidence->local,
        .peer = evidence->remote,
        .exchange_view = "main mode",
        .config_view = ruleset_config_file(ruleset),
        .nearest = rule,
        .index = index,
        .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
    };
    return NULL;
}

const struct cert_row *phase1_own_certificate(const struct ruleset *ruleset,
                                              const struct ike_rule *rule,
                                              const struct evidence *evidence,
                                              enum auth_method method, struct refusal *refusal)
{
    const struct cert_store *store = ruleset_certificates(ruleset);
    const struct cert_row *row =
        store ? cert_store_find_own(store, &rule->local_id, method, evidence->wall_s) : NULL;

    if (!row && refusal)
        *refusal = (struct refusal){
            .reason = REFUSAL_NO_CERTIFICATE,
            .local = evidence->local,
            .peer = evidence->remote,
            .exchange_view = "main mode",
            .config_view = ruleset_config_file(ruleset),
            .nearest = rule,
            .wanted = method,
            .notify = NOTIFY_NO_PROPOSAL_CHOSEN,
        };
    return row;
}

static bool names_method(const struct ike_rule *rule, unsigned number)
{
    for (size_t i = 0; i < rule->transform_count; i++) {
        if (rule->transforms[i].method == number)
            return true;
    }
    return false;
}

uint32_t phase1_methods(const struct ruleset *ruleset, const struct ike_rule *rule,
                        const struct evidence *evidence)
{
    uint32_t methods = 0;
    struct refusal refusal;

    for (size_t i = 0; i < method_count; i++) {
        const struct method *method = &method_table[i];
        enum auth_method number = (enum auth_method)method->number;
        bool can_prove;

        if (!names_method(rule, method->named_as))
            continue;
        can_prove = method->class == METHOD_CLASS_PRESHARED
                        ? phase1_credential(ruleset, rule, evidence, &refusal) != NULL
                        : phase1_own_certificate(ruleset, rule, evidence, number, NULL) != NULL;
        if (can_prove)
            methods |= BIT(method->number);
    }
    return methods;
}

const struct ike_rule *phase1_settle_certificate(const struct ruleset *ruleset,
                                                 const struct evidence *evidence,
                                                 const struct ike_rule *only,
                                                 const struct certificate *certificate,
                                                 const char *text, struct refusal *refusal)
{
    const struct cert_store *store = ruleset_certificates(ruleset);
    const struct cert_row *row = store ? cert_store_find_same(store, certificate) : NULL;
    const struct ike_rule *nearest = NULL;

    for (const struct ike_rule *rule = only ? only : phase1_candidate(ruleset, evidence, NULL);
         rule; rule = only ? NULL : phase1_candidate(ruleset, evidence, rule)) {
        if (cert_selectors_take(&rule->remote_id, certificate, row ? row->slot : NULL) &&
            phase1_own_certificate(ruleset, rule, evidence,
                                   (enum auth_method)evidence->suite.method, NULL))
            return rule;
        nearest = nearest ? nearest : rule;
    }
    *refusal = (struct refusal){
        .reason = REFUSAL_REMOTE_ID,
        .local = evidence->local,
        .peer = evidence->remote,
        .exchange_view = "main mode",
        .config_view = ruleset_config_file(ruleset),
        .nearest = nearest,
        .detail_view = text,
        .notify = NOTIFY_INVALID_ID_INFORMATION,
    };
    return NULL;
}

const struct ike_rule *phase1_settle(const struct ruleset *ruleset, const struct evidence *evidence,
                                     const struct ike_rule *only,
                                     const struct credential *credential, struct refusal *refusal)
{
    const struct ike_rule *rule = only ? only : phase1_candidate(ruleset, evidence, NULL);

    if (rule && credential &&
        credential_fits(credential, evidence->identity, &evidence->remote, evidence->place))
        return rule;
    *refusal = (struct refusal){
        .reason = REFUSAL_IDENTITY,
        .local = evidence->local,
        .peer = evidence->remote,
        .exchange_view = "main mode",
        .config_view = ruleset_config_file(ruleset),
        .nearest = rule,
        .index = ruleset_credentials(ruleset),
        .credential = credential,
        .identity = *evidence->identity,
        .notify = NOTIFY_INVALID_ID_INFORMATION,
    };
    return NULL;
}
