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

enum status ipsecconf_plane_load(const struct policy_plane *plane,
                                 const struct ipsec_policy *policy)
{
    char line[IPSECCONF_LINE_BYTES] = "";
    enum status status = plane->load(policy, line, sizeof line);

    if (status != STATUS_OK || line[0] != '\0')
        ipsecconf_complain("%s", line[0] != '\0' ? line : status_name(status));
    /* Loaded all the same: a policy that is refused at boot would leave everything open. */
    if (status == STATUS_OK && policy->entry_count > 0 && plane == &policy_plane_xfrm &&
        policy_plane_probe() != plane)
        ipsecconf_complain("this kernel takes no ESP SA: in the data plane xfrm what is to be "
                           "protected is dropped");
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
