#include <stdio.h>
#include <stdlib.h>

#include "config/ipsecinit.h"
#include "config/loaded_policy.h"
#include "dataplane/policy_file.h"
#include "tools/ipsecconf_private.h"
#include "tools/system_names.h"
#include "tools/text_file.h"

#define LINE_BYTES 1024u

static void say_errors(const struct config_errors *errors, enum config_severity most)
{
    char line[CONFIG_ERROR_LINE_BYTES];

    for (size_t i = 0; i < errors->count; i++)
        if (errors->items_own[i].severity <= most)
            ipsecconf_complain("%s", config_error_line(&errors->items_own[i], line));
    if (errors->left_out > 0)
        ipsecconf_complain("%zu more messages are left out.", errors->left_out);
}

static enum config_severity least_said(const struct ipsecconf_request *request,
                                       enum ipsecconf_notes notes)
{
    if (request->is_quiet)
        return CONFIG_ERROR;
    return notes == NOTES_SAID ? CONFIG_NOTE : CONFIG_WARNING;
}

enum status ipsecconf_parse(const struct ipsecconf_request *request, enum ipsecconf_notes notes,
                            struct ipsec_policy **out)
{
    const char *name = strcmp(request->file, "-") == 0 ? "stdin" : request->file;
    char buffer[LINE_BYTES] = "";
    struct text error = text_over(buffer, sizeof buffer);
    struct bytes text = {0};
    struct config_errors errors;
    bool is_looked_at = request->verb == IPSECCONF_CHECK || request->verb == IPSECCONF_EXPLAIN;
    enum status status = text_file_read(
        request->file, is_looked_at ? TEXT_FILE_CHECKED : TEXT_FILE_APPLIED, &text, &error);

    if (status != STATUS_OK) {
        ipsecconf_complain("%s", buffer);
        return status;
    }
    config_errors_init(&errors);
    status =
        ipsecinit_parse(bytes_view(&text), name, request->dialect, &system_names, out, &errors);
    say_errors(&errors, least_said(request, notes));
    if (status != STATUS_OK) {
        if (errors.broken_entries > 0)
            ipsecconf_complain("%zu policy rule(s) contained errors.", errors.broken_entries);
        else if (errors.error_count == 0)
            ipsecconf_complain("%s: %s", name, status_name(status));
        if (!request->is_boot)
            ipsecconf_complain("Fatal error - exiting.");
    }
    config_errors_clear(&errors);
    bytes_clear(&text);
    return status;
}

enum status ipsecconf_parse_salvage(const struct ipsecconf_request *request,
                                    struct ipsec_policy **out)
{
    static const char unreadable[] = "{"; /* a file that may not be read says nothing at all */
    char buffer[LINE_BYTES] = "";
    char line[CONFIG_ERROR_LINE_BYTES];
    struct text error = text_over(buffer, sizeof buffer);
    struct bytes text = {0};
    struct config_errors errors;
    enum status status = text_file_read(request->file, TEXT_FILE_APPLIED, &text, &error);

    config_errors_init(&errors);
    status = ipsecinit_salvage(status == STATUS_OK ? bytes_view(&text) : view_of_text(unreadable),
                               request->file, &system_names, out, &errors);
    for (size_t i = 0; i < errors.count; i++)
        if (errors.items_own[i].severity == CONFIG_WARNING) /* the errors were said before */
            ipsecconf_complain("%s", config_error_line(&errors.items_own[i], line));
    config_errors_clear(&errors);
    bytes_clear(&text);
    return status;
}

enum status ipsecconf_read_loaded(const struct ipsecconf_request *request,
                                  struct ipsec_policy **out)
{
    const char *run_dir = request->defaults.run_dir;
    struct bytes text = {0};
    struct config_errors errors;
    enum status status = policy_file_read(run_dir, &text);

    if (status == STATUS_ABSENT) {
        *out = ipsec_policy_new(POLICY_FILE_NAME);
        return *out ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (status != STATUS_OK) {
        ipsecconf_complain("%s/" POLICY_FILE_NAME ": %s (is it root's, and only root's to write?)",
                           run_dir, status_name(status));
        return status;
    }
    config_errors_init(&errors);
    status = loaded_policy_parse(bytes_view(&text), POLICY_FILE_NAME, out, &errors);
    say_errors(&errors, CONFIG_ERROR);
    if (status != STATUS_OK)
        ipsecconf_complain("%s/" POLICY_FILE_NAME
                           " was changed by hand; ipsecconf -F forgets what is loaded",
                           run_dir);
    config_errors_clear(&errors);
    bytes_clear(&text);
    return status;
}

int ipsecconf_check(const struct ipsecconf_request *request)
{
    struct ipsec_policy *policy = NULL;

    if (ipsecconf_parse(request, NOTES_SAID, &policy) != STATUS_OK)
        return EXIT_FAILURE;
    ipsec_policy_free(policy);
    puts("IPsec configuration does not contain any errors.");
    puts("IPsec policy was not modified.");
    return EXIT_SUCCESS;
}
