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
