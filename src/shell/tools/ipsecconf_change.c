#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/loaded_policy.h"
#include "control/client.h"
#include "dataplane/policy_file.h"
#include "dataplane/policy_plane.h"
#include "policy/ipsec_policy.h"
#include "tools/ipsecconf_private.h"
#include "tools/system_names.h"

static void say_duplicate(void *arg, const struct ipsec_entry *left_out)
{
    const struct ipsecconf_request *request = arg;
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    if (request->is_quiet)
        return;
    ipsec_entry_text(left_out, NULL, &text);
    printf("Duplicate policy entry (ignored):\n%s\n", buffer);
}

static void say_existing_connections(void)
{
    fputs("\tWARNING : New policy entries that are being added may\n"
          "\taffect the existing connections. Existing connections\n"
          "\tthat are not subjected to policy constraints, may be\n"
          "\tsubjected to policy constraints because of the new\n"
          "\tpolicy. This can disrupt the communication of the\n"
          "\texisting connections.\n\n",
          stdout);
}

/* Says to a running daemon that there is another policy; without one there is nothing to say. */
static enum status tell_daemon(const struct ipsecconf_request *request)
{
    char buffer[IPSECCONF_LINE_BYTES] = "";
    struct text error = text_over(buffer, sizeof buffer);
    enum status status = control_client_tell(request->defaults.run_dir, "reload-policy", &error);

    if (status == STATUS_OK || status == STATUS_ABSENT)
        return STATUS_OK;
    ipsecconf_complain("the policy is loaded, but in.iked goes on with the old one: %s", buffer);
    return request->is_boot ? STATUS_OK : status; /* the policy is in force: no need to fall back */
}

/* File after kernel: what the file says is in force. */
static enum status keep(const struct ipsecconf_request *request, const struct policy_plane *plane,
                        struct ipsec_policy *policy)
{
    struct bytes text = {0};
    enum status status;

    if (policy->typed_count == 0)
        return policy_file_remove(request->defaults.run_dir);
    (void)snprintf(policy->plane, sizeof policy->plane, "%s", plane->name);
    status = loaded_policy_text(policy, &text);
    if (status == STATUS_OK)
        status = policy_file_write(request->defaults.run_dir, bytes_view(&text));
    bytes_clear(&text);
    return status;
}

/* For a boot with a bad file. A policy that opens is no good one to fall back to. */
static void keep_copy(const struct ipsec_policy *policy)
{
    struct bytes text = {0};
    enum status status = STATUS_OK;

    if (policy->typed_count == 0)
        status = policy_copy_remove();
    else if ((status = loaded_policy_text(policy, &text)) == STATUS_OK)
        status = policy_copy_write(bytes_view(&text));
    if (status != STATUS_OK)
        ipsecconf_complain("warning: " POLICY_COPY_DIR "/" POLICY_COPY_NAME
                           ": no last good copy is kept: %s",
                           status == STATUS_SYSTEM ? strerror(errno) : status_name(status));
    bytes_clear(&text);
}

/* Back to what was, where the file could not be written. */
static void go_back(const struct policy_plane *plane, const struct ipsec_policy *loaded)
{
    char line[IPSECCONF_LINE_BYTES] = "";
    bool was_here = strcmp(loaded->plane, plane->name) == 0;
    enum status status =
        was_here ? plane->load(loaded, line, sizeof line) : plane->remove(line, sizeof line);

    if (status != STATUS_OK)
        ipsecconf_complain("%s", line);
}

/* Puts `policy` in force in place of `loaded`: all of it or nothing. */
static enum status apply(const struct ipsecconf_request *request, const struct ipsec_policy *loaded,
                         struct ipsec_policy *policy)
{
    const struct policy_plane *plane = ipsecconf_plane(request, loaded);
    enum status status = plane ? ipsecconf_plane_load(request, plane, policy) : STATUS_REFUSED;

    if (status != STATUS_OK)
        return status;
    status = keep(request, plane, policy);
    if (status != STATUS_OK) {
        ipsecconf_complain("%s/" POLICY_FILE_NAME ": %s", request->defaults.run_dir,
                           status == STATUS_SYSTEM ? strerror(errno) : status_name(status));
        go_back(plane, loaded);
        return status;
    }
    status = ipsecconf_plane_leave(plane, loaded);
    return status == STATUS_OK ? tell_daemon(request) : status;
}

/*
 * Entries that were loaded already keep their reqid, and so their SAs; no other entry gets a number
 * under which SAs of another policy may still run.
 */
static void number_anew(struct ipsec_policy *policy, const struct ipsec_policy *loaded)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < loaded->entry_count; i++)
        if (loaded->entries_own[i].reqid > highest)
            highest = loaded->entries_own[i].reqid;
    for (size_t i = 0; i < policy->entry_count; i++) {
        struct ipsec_entry *entry = &policy->entries_own[i];
        const struct ipsec_entry *same = ipsec_policy_find_same(loaded, entry);
        entry->reqid = same ? same->reqid : ++highest;
    }
}

/* `policy` is what is loaded (add) or empty (replace). */
static enum status add(const struct ipsecconf_request *request, const struct ipsec_policy *typed,
                       const struct ipsec_policy *loaded, struct ipsec_policy *policy)
{
    enum status status =
        ipsec_policy_merge(policy, typed, say_duplicate, (void *)(uintptr_t)request);

    if (status != STATUS_OK) {
        ipsecconf_complain("%s", status_name(status));
        return status;
    }
    if (request->verb == IPSECCONF_REPLACE)
        number_anew(policy, loaded);
    if (typed->typed_count == 0)
        puts("Policy file does not contain any valid rules.");
    if (typed->typed_count == 0 && request->verb == IPSECCONF_ADD)
        return STATUS_OK;
    status = apply(request, loaded, policy);
    if (status == STATUS_OK && typed->typed_count > 0 && !request->is_quiet)
        say_existing_connections();
    return status;
}

/* Takes the entries of the file out: all, or none when one is not loaded. */
static enum status remove_listed(const struct ipsec_policy *typed, struct ipsec_policy *policy)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < typed->entry_count; i++) {
        const struct ipsec_entry *entry = &typed->entries_own[i];
        const struct ipsec_entry *loaded = ipsec_policy_find_same(policy, entry);
        char buffer[IPSEC_ENTRY_TEXT_BYTES];
        struct text text = text_over(buffer, sizeof buffer);

        if (loaded) {
            (void)ipsec_policy_remove(policy, loaded->tunnel, loaded->spd_index);
            continue;
        }
        ipsec_entry_text(entry, NULL, &text);
        ipsecconf_complain("%s:%u:%u: the entry is not loaded: %s", entry->at.file_view,
                           entry->at.line, entry->at.column, buffer);
        status = STATUS_ABSENT;
    }
    return status;
}

/* What the command makes of the loaded policy, beside adding to it. */
static enum status take_out(const struct ipsecconf_request *request,
                            const struct ipsec_policy *typed, struct ipsec_policy *policy)
{
    enum status status = STATUS_OK;

    if (request->verb == IPSECCONF_FLUSH)
        ipsec_policy_flush(policy, request->tunnel);
    if (typed && request->verb == IPSECCONF_REMOVE)
        status = remove_listed(typed, policy);
    if (request->verb == IPSECCONF_DELETE)
        status = ipsec_policy_remove(policy, request->tunnel, request->index);
    if (request->verb == IPSECCONF_DELETE && status != STATUS_OK)
        ipsecconf_complain("Invalid index");
    return status;
}

static bool adds(const struct ipsecconf_request *request)
{
    return request->verb == IPSECCONF_ADD || request->verb == IPSECCONF_REPLACE;
}

static bool starts_empty(const struct ipsecconf_request *request)
{
    return request->verb == IPSECCONF_REPLACE || request->verb == IPSECCONF_FLUSH_ALL;
}

/* What waited for a tunnel device that is there now comes into force with any change. */
static enum status attach(struct ipsec_policy **policy)
{
    struct ipsec_policy *attached = NULL;
    enum status status = loaded_policy_attach(*policy, &system_names, &attached);

    if (!attached)
        return status;
    ipsec_policy_free(*policy);
    *policy = attached;
    return STATUS_OK;
}

/*
 * What is loaded, and what will be, before it is changed. What is replaced as a whole need not be
 * understood: so a damaged file can be got rid of.
 */
static enum status read_loaded(const struct ipsecconf_request *request,
                               struct ipsec_policy **loaded, struct ipsec_policy **policy)
{
    enum status status = ipsecconf_read_loaded(request, loaded);

    if (starts_empty(request)) {
        if (status != STATUS_OK)
            *loaded = ipsec_policy_new(POLICY_FILE_NAME);
        *policy = ipsec_policy_new(POLICY_FILE_NAME);
        return *loaded && *policy ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK)
        status = ipsecconf_read_loaded(request, policy);
    return status == STATUS_OK ? attach(policy) : status;
}

enum status ipsecconf_put(const struct ipsecconf_request *request, const struct ipsec_policy *typed)
{
    struct ipsec_policy *loaded = NULL;
    struct ipsec_policy *policy = NULL;
    int lock = policy_file_lock(request->defaults.run_dir);
    enum status status = STATUS_SYSTEM;

    if (lock < 0) {
        ipsecconf_complain("%s/" POLICY_LOCK_NAME ": %s", request->defaults.run_dir,
                           strerror(errno));
        return STATUS_SYSTEM;
    }
    status = read_loaded(request, &loaded, &policy);
    if (status != STATUS_OK)
        goto out;
    status = take_out(request, typed, policy);
    if (status == STATUS_OK)
        status = typed && adds(request) ? add(request, typed, loaded, policy)
                                        : apply(request, loaded, policy);
    if (status == STATUS_OK && request->keeps_copy)
        keep_copy(policy);
out:
    close(lock);
    ipsec_policy_free(loaded);
    ipsec_policy_free(policy);
    return status;
}

int ipsecconf_change(const struct ipsecconf_request *request)
{
    struct ipsec_policy *typed = NULL;
    enum status status = STATUS_OK;

    if (request->file)
        status = ipsecconf_parse(request, NOTES_LEFT_OUT, &typed);
    if (status == STATUS_OK)
        status = ipsecconf_put(request, typed);
    ipsec_policy_free(typed);
    return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
