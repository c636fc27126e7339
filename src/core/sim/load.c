#include "sim/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/ike_config.h"
#include "config/ipsecinit.h"
#include "config/loaded_policy.h"
#include "config/preshared.h"
#include "crypto/crypto.h"
#include "identity/keyring.h"
#include "policy/ruleset.h"
#include "sim/load_certificates_private.h"
#include "sim/sim.h"

/* Parts on their way into a rule set, which takes rules and policy. */
struct parts {
    struct ike_rules *rules;
    struct ipsec_policy *policy;
    struct credential_index *index;
    struct cert_store *store; /* NULL: no certificates */
};

static void parts_clear(struct parts *parts)
{
    ike_rules_free(parts->rules);
    ipsec_policy_free(parts->policy);
    credential_index_drop(parts->index);
    cert_store_drop(parts->store);
}

/* STATUS_REFUSED for text with mistakes; the first is said. */
static enum status parse_end(enum status status, const struct config_errors *errors,
                             struct text *why)
{
    char line[CONFIG_ERROR_LINE_BYTES];

    if (status == STATUS_OK || status == STATUS_NO_MEMORY)
        return status;
    for (size_t i = 0; i < errors->count; i++) {
        if (errors->items_own[i].severity == CONFIG_ERROR) {
            text_add(why, "%s", config_error_line(&errors->items_own[i], line));
            break;
        }
    }
    return STATUS_REFUSED;
}

/* Makes the rule set and what a trace keeps of it. */
static enum status load_finish(struct crypto *crypto, struct parts *parts, struct view config,
                               struct loaded *loaded)
{
    enum status status = bytes_copy(config, &loaded->config_own);

    if (status == STATUS_OK && parts->policy)
        status = loaded_policy_text(parts->policy, &loaded->policy_own);
    if (status == STATUS_OK && parts->index)
        status = credential_index_encode(parts->index, &loaded->credentials_own);
    if (status == STATUS_OK && parts->store)
        status = cert_store_encode(parts->store, &loaded->certificates_own);
    if (status != STATUS_OK)
        return status;
    loaded->rules_ref = ruleset_new_take(parts->rules, parts->policy, parts->index);
    if (!loaded->rules_ref)
        return STATUS_NO_MEMORY;
    ruleset_set_certificates(loaded->rules_ref, parts->store);
    parts->rules = NULL;
    parts->policy = NULL;
    return ruleset_names_legacy(loaded->rules_ref) ? crypto_load_legacy(crypto) : STATUS_OK;
}

/* Without a file there are no keys, but a keyring all the same. */
static enum status load_preshared(const struct sim_setup *setup, struct keyring **keyring_own,
                                  struct credential_index **index, struct config_errors *errors)
{
    if (setup->preshared)
        return preshared_parse(view_of_text(setup->preshared), "ike.preshared", CONFIG_ENTENTE,
                               keyring_own, index, errors);
    *keyring_own = keyring_new();
    return *keyring_own ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status load_texts(struct crypto *crypto, const struct sim_setup *setup, struct loaded *out,
                       struct text *why)
{
    struct config_errors errors;
    struct parts parts = {0};
    struct loaded loaded = {0};
    enum status status;

    config_errors_init(&errors);
    status = ike_config_parse(view_of_text(setup->config), "config", CONFIG_ENTENTE, &parts.rules,
                              &errors);
    if (status == STATUS_OK)
        status = load_preshared(setup, &loaded.keyring_own, &parts.index, &errors);
    if (status == STATUS_OK && setup->ipsecinit)
        status = ipsecinit_parse(view_of_text(setup->ipsecinit), "ipsecinit.conf", CONFIG_ENTENTE,
                                 NULL, &parts.policy, &errors);
    status = parse_end(status, &errors, why);
    if (status == STATUS_OK && setup->certificate_count > 0)
        status = load_certificates(setup, loaded.keyring_own, &parts.store, why);
    if (status == STATUS_OK && parts.policy && setup->plane)
        (void)snprintf(parts.policy->plane, sizeof parts.policy->plane, "%s", setup->plane);
    if (status == STATUS_OK)
        status = load_finish(crypto, &parts, view_of_text(setup->config), &loaded);
    if (status == STATUS_OK)
        *out = loaded;
    else
        loaded_clear(&loaded);
    parts_clear(&parts);
    config_errors_clear(&errors);
    return status;
}

enum status load_trace(struct crypto *crypto, const struct trace_config *config, struct loaded *out,
                       struct text *why)
{
    struct config_errors errors;
    struct parts parts = {0};
    struct loaded loaded = {0};
    enum status status;

    config_errors_init(&errors);
    status = ike_config_parse(config->config_view, "config", CONFIG_ENTENTE, &parts.rules, &errors);
    if (status == STATUS_OK && config->policy_view.bytes)
        status = loaded_policy_parse(config->policy_view, "ipsecinit.conf", &parts.policy, &errors);
    if (status == STATUS_OK && config->credentials_view.bytes)
        status = credential_index_decode(config->credentials_view, &parts.index);
    if (status == STATUS_OK && config->certificates_view.bytes)
        status = cert_store_decode(config->certificates_view, &parts.store);
    status = parse_end(status, &errors, why);
    if (status == STATUS_OK)
        status = load_finish(crypto, &parts, config->config_view, &loaded);
    if (status == STATUS_OK)
        *out = loaded;
    else
        loaded_clear(&loaded);
    parts_clear(&parts);
    config_errors_clear(&errors);
    return status;
}

void loaded_clear(struct loaded *loaded)
{
    ruleset_drop(loaded->rules_ref);
    keyring_free(loaded->keyring_own);
    bytes_clear(&loaded->config_own);
    bytes_clear(&loaded->policy_own);
    bytes_clear(&loaded->credentials_own);
    bytes_clear(&loaded->certificates_own);
    *loaded = (struct loaded){0};
}
