#include "daemon/daemon.h"
#include "daemon/environment.h"
#include "identity/keyring.h"
#include "policy/ruleset.h"

/* Lines go to the log and to whoever asked for the reload. */
struct audience {
    struct daemon *daemon;
    struct text *error;
};

static void say(void *arg, int severity, const char *line)
{
    struct audience *audience = arg;

    log_line(&audience->daemon->log, severity, line);
    if (severity <= SEVERITY_ERROR)
        text_add(audience->error, "%s%s", audience->error->bytes ? "\n" : "", line);
}

enum status daemon_plane_fits(const struct backend_verbs *ours, const struct material *material,
                              struct text *error)
{
    const char *plane = ruleset_policy(material->rules_ref)->plane;

    if (!*plane || !strcmp(plane, ours->name))
        return STATUS_OK;
    text_add(error,
             "the loaded policy is in data plane %s, and this daemon serves %s: restart it with "
             "data_plane=%s in " DEFAULTS_FILE ", or load the policy anew with data_plane=%s",
             plane, ours->name, plane, ours->name);
    return STATUS_REFUSED;
}

/* Data plane, keyring and engine take the new set; only the first can still say no. */
static enum status apply(struct daemon *daemon, struct material *next, struct text *error)
{
    struct driver *driver = &daemon->driver;
    struct material before = daemon->material;
    enum status status = daemon_plane_fits(driver->plane, next, error);

    if (status != STATUS_OK)
        return status;
    if (driver->plane->policy(driver->backend_back, next->rules_ref) != STATUS_OK) {
        text_add(error, "the data plane does not take the policy");
        return STATUS_REFUSED;
    }
    daemon->material = *next;
    *next = (struct material){0};
    driver_rules(driver);
    material_clear(&before);
    return STATUS_OK;
}

enum status daemon_reload(struct daemon *daemon, struct text *error)
{
    struct audience audience = {daemon, error};
    struct material next = {0};
    char line[512] = "";
    struct text why = text_over(line, sizeof line);
    enum status status = material_load(&daemon->sources, daemon->crypto_own, say, &audience, &next);
    const struct material *now = &daemon->material;

    if (status == STATUS_OK) {
        status = apply(daemon, &next, &why);
        if (status != STATUS_OK)
            say(&audience, SEVERITY_ERROR, line);
    }
    material_clear(&next);
    if (status != STATUS_OK) {
        log_line(&daemon->log, SEVERITY_ERROR, "reload refused: everything stays as it was");
        return STATUS_REFUSED;
    }
    log_format(&daemon->log, SEVERITY_NOTICE,
               "reloaded: %zu rules, %zu keys, %zu certificates, %zu policy entries",
               ruleset_rule_count(now->rules_ref),
               now->keyring_own ? keyring_count(now->keyring_own) : 0,
               ruleset_certificates(now->rules_ref)
                   ? cert_store_count(ruleset_certificates(now->rules_ref))
                   : 0,
               ruleset_entry_count(now->rules_ref));
    return STATUS_OK;
}

/* The outer packets' or the inner ones' entry of a tunnel whose far end is known. */
static bool is_attached(const struct ipsec_entry *entry)
{
    return entry && entry->tunnel[0] != '\0' && entry->tunnel_destination.family != ADDRESS_NONE;
}

/* A line for each tunnel that `rules` have the ends of and `others` do not; returns how many. */
static size_t say_tunnels(struct log *log, const struct ruleset *rules,
                          const struct ruleset *others, const char *what)
{
    char ends[2][ADDRESS_TEXT_BYTES];
    const char *said = "";
    size_t count = 0;

    for (size_t i = 0; i < ruleset_entry_count(rules); i++) {
        const struct ipsec_entry *entry = ruleset_entry(rules, i);

        if (!is_attached(entry) || strcmp(entry->tunnel, said) == 0 ||
            is_attached(ruleset_entry_by_reqid(others, entry->reqid)))
            continue;
        said = entry->tunnel;
        count++;
        log_format(log, SEVERITY_NOTICE, "tunnel %s, from %s to %s: %s", said,
                   address_text(&entry->tunnel_source, ends[0]),
                   address_text(&entry->tunnel_destination, ends[1]), what);
    }
    return count;
}

/* What is different since a device or an address came or went. */
static void say_followed(struct daemon *daemon, const struct ruleset *before)
{
    const struct ruleset *now = daemon->material.rules_ref;
    size_t count =
        say_tunnels(&daemon->log, now, before, "its device is there, its entries are in force");

    count += say_tunnels(&daemon->log, before, now, "its device is gone, nothing of it passes");
    if (count == 0)
        log_line(
            &daemon->log, SEVERITY_NOTICE,
            "addresses of an interface that is named came or went: rules and policy have them");
}

void daemon_follow(struct daemon *daemon)
{
    struct material *now = &daemon->material;
    struct material next = {0};
    char line[512] = "";
    struct text why = text_over(line, sizeof line);
    struct audience audience = {daemon, &why};
    struct ruleset *before = ruleset_hold(now->rules_ref);
    enum status status = material_follow(&daemon->sources, now, say, &audience, &next);

    if (status == STATUS_ABSENT) {
        ruleset_drop(before);
        return;
    }
    if (status == STATUS_OK) {
        next.keyring_own = now->keyring_own;
        now->keyring_own = NULL;
        status = apply(daemon, &next, &why);
        if (status != STATUS_OK) {
            now->keyring_own = next.keyring_own;
            next.keyring_own = NULL;
        }
    }
    material_clear(&next);
    if (status == STATUS_OK)
        say_followed(daemon, before);
    else
        log_format(&daemon->log, SEVERITY_ERROR,
                   "addresses came or went, and what names their interface stays as it was: %s",
                   line);
    ruleset_drop(before);
}
