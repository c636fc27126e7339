#include <stdio.h>

#include "dataplane/policy_plane.h"
#include "policy/ipsec_policy.h"
#include "tools/ipsecconf_private.h"

/* What is loaded stays where it is as long as nobody says otherwise. */
static const struct policy_plane *plane_of_loaded(const struct ipsec_policy *loaded)
{
    const struct policy_plane *plane = policy_plane_by_name(loaded->plane);

    if (!plane)
        ipsecconf_complain("the loaded policy is of the data plane \"%s\", which does not exist",
                           loaded->plane);
    return plane;
}

const struct policy_plane *ipsecconf_plane(const struct ipsecconf_request *request,
                                           const struct ipsec_policy *loaded)
{
    switch (request->defaults.data_plane) {
    case PLANE_USER:
        return &policy_plane_user;
    case PLANE_XFRM:
        return &policy_plane_xfrm;
    case PLANE_AUTO:
        break;
    }
    return loaded->plane[0] != '\0' ? plane_of_loaded(loaded) : policy_plane_probe();
}

/* True when the kernel's template cannot say all that the entry offers. */
static bool has_unused(const struct ipsec_entry *entry)
{
    bool has = false;

    if (ipsec_entry_action(entry) == IPSEC_PROTECT)
        for (size_t i = 1; i < entry->alternative_count; i++)
            has = has || !ipsec_entry_is_of_first_set(entry, i);
    return has;
}

/* What is in force in the kernel's plane, but not as somebody may expect. */
static void say_about_xfrm(const struct ipsec_policy *policy)
{
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    /* Loaded all the same: a policy that is refused at boot would leave everything open. */
    if (policy_plane_probe() != &policy_plane_xfrm)
        ipsecconf_complain("this kernel takes no ESP SA: in the data plane xfrm what is to be "
                           "protected is dropped");
    for (size_t i = 0; i < policy->entry_count; i++) {
        if (!has_unused(&policy->entries_own[i]))
            continue;
        ipsec_entry_text(&policy->entries_own[i], NULL, &text);
        ipsecconf_complain(
            "in the data plane xfrm alternatives with other protocols (ESP, AH) than "
            "the first are not used: %s",
            buffer);
        return; /* of many such entries one says it */
    }
}

enum status ipsecconf_plane_load(const struct ipsecconf_request *request,
                                 const struct policy_plane *plane,
                                 const struct ipsec_policy *policy)
{
    char line[IPSECCONF_LINE_BYTES] = "";
    enum status status = plane->load(policy, line, sizeof line);

    if (status != STATUS_OK || (line[0] != '\0' && !request->is_quiet))
        ipsecconf_complain("%s", line[0] != '\0' ? line : status_name(status));
    if (status == STATUS_OK && policy->entry_count > 0 && plane == &policy_plane_xfrm &&
        !request->is_quiet)
        say_about_xfrm(policy);
    return status;
}

enum status ipsecconf_plane_leave(const struct policy_plane *plane,
                                  const struct ipsec_policy *loaded)
{
    char line[IPSECCONF_LINE_BYTES] = "";
    enum status status;

    if (strcmp(loaded->plane, plane->name) == 0)
        return STATUS_OK;
    status = policy_plane_remove_others(plane, line, sizeof line);
    if (status != STATUS_OK)
        ipsecconf_complain("the policy is loaded, but what the other data plane held cannot be "
                           "removed: %s",
                           line[0] != '\0' ? line : status_name(status));
    return status;
}
