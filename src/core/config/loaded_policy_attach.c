#include "config/ipsecinit.h"
#include "config/loaded_policy.h"

/* What has been copied so far, and the highest numbers in use. */
struct attaching {
    const struct ipsec_policy *from;
    size_t place; /* in from->entries_own */
    struct ipsec_policy *out;
    uint32_t index, reqid;
    size_t came; /* entries of tunnels that waited */
};

static bool has_entries(const struct ipsec_policy *policy, size_t place,
                        const struct ipsec_typed *typed)
{
    return place < policy->entry_count && policy->entries_own[place].index == typed->index;
}

bool loaded_policy_waits(const struct ipsec_policy *policy)
{
    size_t place = 0;

    for (size_t i = 0; i < policy->typed_count; i++) {
        const struct ipsec_typed *typed = &policy->typed_own[i];
        if (!has_entries(policy, place, typed) && typed->tunnel[0] != '\0')
            return true;
        while (has_entries(policy, place, typed))
            place++;
    }
    return false;
}

/* Adds what comes of a typed entry now, under its own number first. A pattern that another entry
 * has is that one's. */
static enum status add_parsed(struct attaching *attaching, const struct ipsec_typed *typed,
                              const struct ipsec_policy *parsed)
{
    enum status status = STATUS_OK;
    size_t added = 0;

    for (size_t i = 0; status == STATUS_OK && i < parsed->entry_count; i++) {
        struct ipsec_entry entry = parsed->entries_own[i];
        if (ipsec_policy_find(attaching->from, &entry) || ipsec_policy_find(attaching->out, &entry))
            continue;
        entry.index = typed->index;
        entry.spd_index = added++ == 0 ? typed->index : ++attaching->index;
        entry.reqid = ++attaching->reqid;
        status = ipsec_policy_add_entry(attaching->out, &entry);
    }
    attaching->came += added;
    return status;
}

/* The text was parsed without a mistake when it was loaded. */
static enum status add_waiting(struct attaching *attaching, const struct ipsec_typed *typed,
                               const struct resolver *names)
{
    struct ipsec_policy *parsed = NULL;
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = ipsecinit_parse(view_of_text(typed->text_own), attaching->from->file_own,
                             CONFIG_ENTENTE, names, &parsed, &errors);
    config_errors_clear(&errors);
    if (status == STATUS_OK)
        status = add_parsed(attaching, typed, parsed);
    else if (status != STATUS_NO_MEMORY)
        status = STATUS_OK; /* it waits on */
    ipsec_policy_free(parsed);
    return status;
}

static enum status add_typed(struct attaching *attaching, const struct ipsec_typed *typed,
                             const struct resolver *names)
{
    const struct ipsec_policy *from = attaching->from;
    enum status status = ipsec_policy_add_typed(attaching->out, typed->index, typed->tunnel,
                                                view_of_text(typed->text_own));

    if (status == STATUS_OK && !has_entries(from, attaching->place, typed) &&
        typed->tunnel[0] != '\0')
        return add_waiting(attaching, typed, names);
    for (; status == STATUS_OK && has_entries(from, attaching->place, typed); attaching->place++)
        status = ipsec_policy_add_entry(attaching->out, &from->entries_own[attaching->place]);
    return status;
}

enum status loaded_policy_attach(const struct ipsec_policy *policy, const struct resolver *names,
                                 struct ipsec_policy **out)
{
    struct attaching attaching = {.from = policy, .out = ipsec_policy_new(policy->file_own)};
    enum status status = attaching.out ? STATUS_OK : STATUS_NO_MEMORY;

    *out = NULL;
    ipsec_policy_highest(policy, &attaching.index, &attaching.reqid);
    for (size_t i = 0; status == STATUS_OK && i < policy->typed_count; i++)
        status = add_typed(&attaching, &policy->typed_own[i], names);
    if (status != STATUS_OK || attaching.came == 0) {
        ipsec_policy_free(attaching.out);
        return status;
    }
    memcpy(attaching.out->plane, policy->plane, sizeof policy->plane);
    *out = attaching.out;
    return STATUS_OK;
}
