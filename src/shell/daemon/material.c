#include "daemon/material.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/loaded_policy.h"
#include "contract/event.h"
#include "crypto/crypto.h"
#include "daemon/file.h"
#include "daemon/follow.h"
#include "daemon/mistakes.h"
#include "daemon/secrets.h"
#include "dataplane/policy_file.h"
#include "dataplane/tunnel_device.h"
#include "identity/keyring.h"
#include "policy/ruleset.h"

#define LINE_BYTES 768u

/* A load under way. */
struct load {
    const struct material_sources *sources;
    mistakes_say_fn *say;
    void *arg;
    struct ike_rules *rules;
    struct ipsec_policy *policy;
    struct credential_index *index;
    struct cert_store *store;
    struct interface_addresses addresses; /* read when somebody names an interface */
    struct material made;
};

static void say(const struct load *load, int severity, const char *line)
{
    load->say(load->arg, severity, line);
}

static void say_errors(const struct load *load, const struct config_errors *errors)
{
    mistakes_say(errors, load->sources->is_check, load->say, load->arg);
}

static void say_nothing(void *arg, int severity, const char *line)
{
    (void)arg;
    (void)severity;
    (void)line;
}

static enum status parsed(const struct load *load, const char *file, enum status status)
{
    return mistakes_end(file, status, load->say, load->arg);
}

static enum status parse_config(struct load *load)
{
    const char *file = load->sources->config_file;
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = ike_config_parse(bytes_view(&load->made.config_own), file, load->sources->dialect,
                              &load->rules, &errors);
    say_errors(load, &errors);
    config_errors_clear(&errors);
    return parsed(load, file, status);
}

static enum status read_addresses(struct load *load)
{
    enum status status =
        load->addresses.items_own ? STATUS_OK : interface_addresses_read(&load->addresses);

    if (status != STATUS_OK)
        say(load, SEVERITY_ERROR, "the addresses of interfaces cannot be read");
    return status;
}

/* Once more with addresses where interfaces are named; what is wrong was said the first time. */
static enum status follow_config(struct load *load)
{
    mistakes_say_fn *say_fn = load->say;
    struct bytes text = {0};
    enum status status = STATUS_OK;

    if (!follow_config_names_any(load->rules))
        return STATUS_OK;
    status = read_addresses(load);
    if (status == STATUS_OK)
        status = follow_config_text(bytes_view(&load->made.config_own), load->rules,
                                    &load->addresses, &text);
    if (status != STATUS_OK)
        return status;
    load->made.typed_config_own = load->made.config_own;
    load->made.config_own = text;
    ike_rules_free(load->rules);
    load->rules = NULL;
    load->say = say_nothing;
    status = parse_config(load);
    load->say = say_fn;
    return status;
}

static enum status load_config(struct load *load)
{
    const char *file = load->sources->config_file;
    char line[LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = file_read(file, FILE_POLICY, &load->made.config_own, &error);

    if (status != STATUS_OK)
        say(load, SEVERITY_ERROR, line);
    else
        status = parse_config(load);
    if (status == STATUS_OK)
        status = follow_config(load);
    if (status == STATUS_OK || !load->sources->ignores_errors)
        return status;
    say(load, SEVERITY_WARNING, "ignore_errors: going on without any rule");
    bytes_clear(&load->made.config_own);
    ike_rules_free(load->rules);
    load->rules = ike_rules_new(file);
    return load->rules ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status load_secrets(struct load *load)
{
    struct secrets secrets = {0};
    enum status status = secrets_load(load->sources, load->say, load->arg, &secrets);

    load->made.keyring_own = secrets.keyring_own;
    load->index = secrets.index_ref;
    load->store = secrets.store_ref;
    return status;
}

/* On the user-space plane the guard, which ipsecconf alone loads, drops what such a tunnel holds.
 */
static bool waits_for_device(const struct ipsec_policy *policy)
{
    return strcmp(policy->plane, IPSEC_PLANE_XFRM) == 0 &&
           (tunnel_policy_waits(policy) || loaded_policy_waits(policy));
}

static bool find_tunnel(void *arg, const char *name, struct tunnel_device *out)
{
    (void)arg;
    return tunnel_device_find(name, out);
}

/* Entries of negotiate transport, of which there was nothing, come to be. */
static enum status attach_outer(struct load *load)
{
    const struct resolver names = {.tunnel = find_tunnel};
    struct ipsec_policy *attached = NULL;
    enum status status = loaded_policy_attach(load->policy, &names, &attached);

    if (!attached)
        return status;
    ipsec_policy_free(load->policy);
    load->policy = attached;
    return STATUS_OK;
}

/* Entries that name interfaces become entries of addresses, and those of tunnels whose devices came
 * after the policy get their ends. */
static enum status follow_policy(struct load *load)
{
    struct ipsec_policy *expanded = NULL;
    struct bytes text = {0};
    bool is_waiting = waits_for_device(load->policy);
    enum status status;

    if (!interface_policy_names_any(load->policy) && !is_waiting)
        return STATUS_OK;
    status = read_addresses(load);
    if (status == STATUS_OK && is_waiting)
        status = attach_outer(load);
    if (status == STATUS_OK)
        status = interface_policy_expand(load->policy, &load->addresses, &expanded);
    if (status == STATUS_OK && is_waiting)
        (void)tunnel_policy_attach(expanded, tunnel_device_find);
    if (status == STATUS_OK)
        status = loaded_policy_text(expanded, &text);
    if (status != STATUS_OK) {
        ipsec_policy_free(expanded);
        return status;
    }
    ipsec_policy_free(load->policy);
    load->policy = expanded;
    load->made.typed_policy_own = load->made.policy_own;
    load->made.policy_own = text;
    return STATUS_OK;
}

static enum status parse_policy(struct load *load)
{
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = loaded_policy_parse(bytes_view(&load->made.policy_own), POLICY_FILE_NAME,
                                 &load->policy, &errors);
    say_errors(load, &errors);
    config_errors_clear(&errors);
    status = parsed(load, POLICY_FILE_NAME, status);
    return status == STATUS_OK ? follow_policy(load) : status;
}

static enum status load_policy(struct load *load)
{
    char line[LINE_BYTES];
    enum status status;

    if (!load->sources->run_dir)
        return STATUS_OK;
    status = policy_file_read(load->sources->run_dir, &load->made.policy_own);
    if (status == STATUS_ABSENT)
        return STATUS_OK; /* nothing is protected yet: ipsecconf tells us when it is */
    if (status != STATUS_OK) {
        (void)snprintf(line, sizeof line, "%s/%s: %s", load->sources->run_dir, POLICY_FILE_NAME,
                       status == STATUS_SYSTEM
                           ? strerror(errno)
                           : "must be a regular file of root that others cannot write to");
        say(load, SEVERITY_ERROR, line);
        return status;
    }
    return parse_policy(load);
}

/* The three parts become one rule set, which is then looked at as a whole. */
static enum status combine(struct load *load, struct crypto *crypto)
{
    struct config_errors errors;
    enum status status = STATUS_OK;

    load->made.rules_ref = ruleset_new_take(load->rules, load->policy, load->index);
    if (!load->made.rules_ref)
        return STATUS_NO_MEMORY;
    load->rules = NULL;
    load->policy = NULL;
    ruleset_set_certificates(load->made.rules_ref, load->store);
    if (load->index)
        status = credential_index_encode(load->index, &load->made.credentials_own);
    if (status == STATUS_OK && load->store)
        status = cert_store_encode(load->store, &load->made.certificates_own);
    if (status != STATUS_OK)
        return status;
    config_errors_init(&errors);
    ruleset_check(load->made.rules_ref, &errors);
    say_errors(load, &errors);
    if (errors.error_count > 0)
        status = STATUS_REFUSED;
    config_errors_clear(&errors);
    if (status == STATUS_OK && crypto && ruleset_names_legacy(load->made.rules_ref) &&
        crypto_load_legacy(crypto) != STATUS_OK) {
        say(load, SEVERITY_ERROR,
            "this OpenSSL has no legacy provider, which des and blowfish need: name aes instead");
        status = STATUS_REFUSED;
    }
    return status;
}

/* What was made goes to the caller or away. */
static enum status load_end(struct load *load, enum status status, struct material *out)
{
    if (status == STATUS_OK) {
        *out = load->made;
        load->made = (struct material){0};
    } else if (status == STATUS_NO_MEMORY) {
        say(load, SEVERITY_ERROR, "not enough memory for the configuration");
    }
    ike_rules_free(load->rules);
    ipsec_policy_free(load->policy);
    credential_index_drop(load->index);
    cert_store_drop(load->store);
    interface_addresses_clear(&load->addresses);
    material_clear(&load->made);
    return status;
}

enum status material_load(const struct material_sources *sources, struct crypto *crypto,
                          mistakes_say_fn *say_line, void *arg, struct material *out)
{
    struct load load = {.sources = sources, .say = say_line, .arg = arg};
    /* All three are read, whatever the first says: every mistake in one run. */
    enum status config = load_config(&load);
    enum status secrets = load_secrets(&load);
    enum status policy = load_policy(&load);
    enum status status = config != STATUS_OK ? config : secrets != STATUS_OK ? secrets : policy;

    if (status == STATUS_OK)
        status = combine(&load, crypto);
    return load_end(&load, status, out);
}

static const struct bytes *as_read(const struct bytes *typed, const struct bytes *in_force)
{
    return typed->bytes > 0 ? typed : in_force;
}

static bool is_the_same(const struct bytes *a, const struct bytes *b)
{
    return view_equal(bytes_view(a), bytes_view(b));
}

/* The texts in force, read once more as they were typed. */
static enum status load_again(struct load *load, const struct material *now)
{
    enum status status = STATUS_OK;

    if (bytes_copy(bytes_view(as_read(&now->typed_config_own, &now->config_own)),
                   &load->made.config_own) != STATUS_OK ||
        bytes_copy(bytes_view(as_read(&now->typed_policy_own, &now->policy_own)),
                   &load->made.policy_own) != STATUS_OK)
        return STATUS_NO_MEMORY;
    status = parse_config(load);
    if (status == STATUS_OK)
        status = follow_config(load);
    if (status == STATUS_OK && load->made.policy_own.bytes > 0)
        status = parse_policy(load);
    return status;
}

enum status material_follow(const struct material_sources *sources, const struct material *now,
                            mistakes_say_fn *say_line, void *arg, struct material *out)
{
    struct load load = {.sources = sources, .say = say_nothing, .arg = arg};
    enum status status;

    if (now->typed_config_own.bytes == 0 && now->typed_policy_own.bytes == 0)
        return STATUS_ABSENT;
    status = load_again(&load, now);
    if (status == STATUS_OK && is_the_same(&load.made.config_own, &now->config_own) &&
        is_the_same(&load.made.policy_own, &now->policy_own))
        status = STATUS_ABSENT;
    if (status == STATUS_OK && now->credentials_own.bytes > 0)
        status = credential_index_decode(bytes_view(&now->credentials_own), &load.index);
    if (status == STATUS_OK && now->certificates_own.bytes > 0)
        status = cert_store_decode(bytes_view(&now->certificates_own), &load.store);
    if (status == STATUS_OK)
        status = combine(&load, NULL);
    load.say = say_line;
    return load_end(&load, status, out);
}

void material_clear(struct material *material)
{
    ruleset_drop(material->rules_ref);
    keyring_free(material->keyring_own);
    bytes_clear(&material->config_own);
    bytes_clear(&material->policy_own);
    bytes_clear(&material->typed_config_own);
    bytes_clear(&material->typed_policy_own);
    bytes_clear(&material->credentials_own);
    bytes_clear(&material->certificates_own);
    *material = (struct material){0};
}
