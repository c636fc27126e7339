#include <stdio.h>
#include <stdlib.h>

#include "policy/ipsec_policy.h"
#include "tools/ipsecconf_private.h"
#include "tools/system_names.h"

static void print_entry(const struct ipsec_entry *entry, const struct resolver *names)
{
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    ipsec_entry_text(entry, names, &text);
    if (entry->tunnel[0] != '\0')
        printf("#INDEX %s,%u\n%s\n", entry->tunnel, (unsigned)entry->spd_index, buffer);
    else
        printf("#INDEX %u\n%s\n", (unsigned)entry->spd_index, buffer);
}

/* Those of one tunnel, or ("") of the host, in match order. */
static void print_tunnel(const struct ipsec_entry **entries, size_t count, const char *tunnel,
                         const struct resolver *names)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i]->tunnel, tunnel) == 0)
            print_entry(entries[i], names);
}

static bool is_first_of_tunnel(const struct ipsec_entry **entries, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (strcmp(entries[before]->tunnel, entries[i]->tunnel) == 0)
            return false;
    return entries[i]->tunnel[0] != '\0';
}

static int print_kernel(const struct ipsec_policy *policy, const struct ipsecconf_request *request)
{
    const struct resolver *names = request->is_numeric ? NULL : &system_names;
    const struct ipsec_entry **entries = calloc(policy->entry_count + 1, sizeof *entries);

    if (!entries) {
        ipsecconf_complain("out of memory");
        return EXIT_FAILURE;
    }
    ipsec_policy_order(policy, entries);
    print_tunnel(entries, policy->entry_count, request->tunnel, names);
    for (size_t i = 0; request->verb == IPSECCONF_LIST_ALL && i < policy->entry_count; i++)
        if (is_first_of_tunnel(entries, i))
            print_tunnel(entries, policy->entry_count, entries[i]->tunnel, names);
    free(entries);
    return EXIT_SUCCESS;
}

static int print_typed(const struct ipsec_policy *policy)
{
    for (size_t i = 0; i < policy->typed_count; i++) {
        const struct ipsec_typed *typed = &policy->typed_own[i];
        size_t bytes = strlen(typed->text_own);
        bool is_ended = bytes > 0 && typed->text_own[bytes - 1] == '\n';
        printf("#INDEX %u\n%s%s\n", (unsigned)typed->index, typed->text_own, is_ended ? "" : "\n");
    }
    return EXIT_SUCCESS;
}

int ipsecconf_list(const struct ipsecconf_request *request)
{
    struct ipsec_policy *policy = NULL;
    int exit_status;

    if (ipsecconf_read_loaded(request, &policy) != STATUS_OK)
        return EXIT_FAILURE;
    exit_status =
        request->verb == IPSECCONF_SHOW ? print_typed(policy) : print_kernel(policy, request);
    ipsec_policy_free(policy);
    return exit_status;
}
