#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/loaded_policy.h"
#include "dataplane/policy_file.h"
#include "policy/config_error.h"
#include "tools/ipsecconf_private.h"

#define COPY_PATH POLICY_COPY_DIR "/" POLICY_COPY_NAME
#define DATE_BYTES 32u

/* When the copy was made, for the line that names it. */
static const char *copy_date(char out[DATE_BYTES])
{
    struct stat facts;
    struct tm moment;

    if (stat(COPY_PATH, &facts) < 0 || !localtime_r(&facts.st_mtime, &moment) ||
        strftime(out, DATE_BYTES, "%F %T", &moment) == 0)
        (void)snprintf(out, DATE_BYTES, "an unknown date");
    return out;
}

/* Loads what was loaded last from a good file. ABSENT: there is no copy, or it is not to be used,
 * which was said. */
static enum status load_copy(const struct ipsecconf_request *request)
{
    struct ipsecconf_request fallback = *request;
    struct ipsec_policy *policy = NULL;
    struct bytes text = {0};
    struct config_errors errors;
    char line[CONFIG_ERROR_LINE_BYTES];
    enum status status = policy_copy_read(&text);

    if (status == STATUS_ABSENT)
        return STATUS_ABSENT;
    config_errors_init(&errors);
    if (status == STATUS_OK)
        status = loaded_policy_parse(bytes_view(&text), COPY_PATH, &policy, &errors);
    if (errors.count > 0)
        ipsecconf_complain("%s", config_error_line(&errors.items_own[0], line));
    fallback.keeps_copy = false;
    if (status == STATUS_OK)
        status = ipsecconf_put(&fallback, policy);
    else
        ipsecconf_complain(COPY_PATH ": %s", status_name(status));
    config_errors_clear(&errors);
    ipsec_policy_free(policy);
    bytes_clear(&text);
    return status == STATUS_OK ? STATUS_OK : STATUS_ABSENT;
}

/* What is understood of the file, and drops in place of the rest. */
static enum status load_salvage(const struct ipsecconf_request *request)
{
    struct ipsecconf_request fallback = *request;
    struct ipsec_policy *policy = NULL;
    enum status status = ipsecconf_parse_salvage(request, &policy);

    fallback.keeps_copy = false;
    if (status == STATUS_OK)
        status = ipsecconf_put(&fallback, policy);
    ipsec_policy_free(policy);
    return status;
}

/* Whatever hindered the rest does not hinder two drops. */
static enum status load_drops(const struct ipsecconf_request *request)
{
    struct ipsecconf_request nothing = *request;

    nothing.file = "/dev/null/"; /* cannot be read, so nothing of it is understood */
    return load_salvage(&nothing);
}

static int fall_back(const struct ipsecconf_request *request)
{
    char date[DATE_BYTES];

    (void)copy_date(date);
    if (load_copy(request) == STATUS_OK) {
        ipsecconf_complain("%s was not loaded, for what is said above: the last good copy is in "
                           "force, " COPY_PATH " of %s",
                           request->file, date);
        return EXIT_SUCCESS;
    }
    ipsecconf_complain("%s was not loaded as it is, and there is no last good copy: what is not "
                       "understood is dropped",
                       request->file);
    if (load_salvage(request) == STATUS_OK || load_drops(request) == STATUS_OK)
        return EXIT_FAILURE;
    ipsecconf_complain("no IPsec policy is in force: this host is open");
    return EXIT_FAILURE;
}

int ipsecconf_boot(const struct ipsecconf_request *request)
{
    struct ipsec_policy *policy = NULL;
    enum status status;

    if (access(request->file, F_OK) < 0 && errno == ENOENT) {
        printf("Policy configuration file (%s) does not exist.\nIPsec policy not configured.\n",
               request->file);
        return EXIT_SUCCESS;
    }
    status = ipsecconf_parse(request, NOTES_LEFT_OUT, &policy);
    if (status == STATUS_OK)
        status = ipsecconf_put(request, policy);
    if (status == STATUS_OK)
        ipsecconf_complain("%zu policy rules added.", policy->typed_count);
    ipsec_policy_free(policy);
    return status == STATUS_OK ? EXIT_SUCCESS : fall_back(request);
}
