#include "material.h"

#include <stdlib.h>

#include "config/ipsecinit.h"
#include "config/preshared.h"

static void parsed(enum status status, struct config_errors *errors)
{
    char line[CONFIG_ERROR_LINE_BYTES];

    for (size_t i = 0; i < errors->count; i++) {
        if (errors->items_own[i].severity == CONFIG_ERROR)
            fail_msg("%s", config_error_line(&errors->items_own[i], line));
    }
    assert_int_equal(status, STATUS_OK);
    config_errors_clear(errors);
}

struct ruleset *material_ruleset(const char *config, const char *preshared, const char *ipsecinit)
{
    struct credential_index *index = NULL;
    struct ipsec_policy *policy = NULL;
    struct ike_rules *rules = NULL;
    struct config_errors errors;
    struct ruleset *ruleset;

    config_errors_init(&errors);
    parsed(ike_config_parse(view_of_text(config), "/etc/inet/ike/config", CONFIG_ENTENTE, &rules,
                            &errors),
           &errors);
    if (preshared)
        parsed(preshared_parse(view_of_text(preshared), "/etc/inet/secret/ike.preshared",
                               CONFIG_ENTENTE, NULL, &index, &errors),
               &errors);
    if (ipsecinit)
        parsed(ipsecinit_parse(view_of_text(ipsecinit), "/etc/inet/ipsecinit.conf", CONFIG_ENTENTE,
                               NULL, &policy, &errors),
               &errors);
    ruleset = ruleset_new_take(rules, policy, index);
    assert_non_null(ruleset);
    credential_index_drop(index);
    return ruleset;
}

struct address material_address(const char *text)
{
    struct address address = {0};

    if (address_parse(view_of_text(text), &address) != STATUS_OK)
        fail_msg("no address: %s", text);
    return address;
}

static struct address_range material_range(const char *text)
{
    char address_text[ADDRESS_TEXT_BYTES];
    const char *slash = strchr(text, '/');
    struct address_range range = {0};
    struct address address;

    if (!slash) {
        address = material_address(text);
        return address_range_host(&address);
    }
    (void)snprintf(address_text, sizeof address_text, "%.*s", (int)(slash - text), text);
    address = material_address(address_text);
    assert_int_equal(address_range_prefix(&address, (unsigned)strtoul(slash + 1, NULL, 10), &range),
                     STATUS_OK);
    return range;
}

struct selector material_selector(const char *local, const char *remote, uint8_t protocol,
                                  uint16_t local_port, uint16_t remote_port)
{
    return (struct selector){
        .local = material_range(local),
        .remote = material_range(remote),
        .protocol = protocol,
        .local_port = local_port,
        .remote_port = remote_port,
    };
}

static enum status parse_one(enum material_file file, struct view text, enum config_dialect dialect,
                             struct config_errors *errors)
{
    struct credential_index *index = NULL;
    struct ipsec_policy *policy = NULL;
    struct keyring *keyring = NULL;
    struct ike_rules *rules = NULL;
    enum status status = STATUS_ABSENT;

    switch (file) {
    case MATERIAL_CONFIG:
        status = ike_config_parse(text, "f", dialect, &rules, errors);
        break;
    case MATERIAL_PRESHARED:
        status = preshared_parse(text, "f", dialect, &keyring, &index, errors);
        break;
    case MATERIAL_IPSECINIT:
        status = ipsecinit_parse(text, "f", dialect, NULL, &policy, errors);
        break;
    }
    ike_rules_free(rules);
    keyring_free(keyring);
    credential_index_drop(index);
    ipsec_policy_free(policy);
    return status;
}

enum status material_lines(enum material_file file, struct view text, enum config_dialect dialect,
                           enum config_severity least, struct text *out)
{
    char line[CONFIG_ERROR_LINE_BYTES];
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = parse_one(file, text, dialect, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        if (errors.items_own[i].severity <= least)
            text_add(out, "%s\n", config_error_line(&errors.items_own[i], line));
    }
    config_errors_clear(&errors);
    return status;
}
