#include "daemon/secrets.h"

#include <errno.h>
#include <stdio.h>

#include "config/preshared.h"
#include "contract/event.h"
#include "daemon/certificates.h"
#include "daemon/file.h"
#include "identity/credential.h"
#include "identity/keyring.h"

#define LINE_BYTES 768u

/* A load under way. */
struct load {
    const struct material_sources *sources;
    mistakes_say_fn *say;
    void *arg;
};

/* A host may have no pre-shared key; a check by somebody else than root may not see them. */
static enum status preshared_absent(const struct load *load, enum status status, int reason,
                                    const char *why)
{
    char line[LINE_BYTES + 64];

    if (status == STATUS_ABSENT) {
        (void)snprintf(line, sizeof line, "note: %s", why);
        if (load->sources->is_check)
            load->say(load->arg, SEVERITY_INFO, line);
        return STATUS_OK;
    }
    if (load->sources->is_check && (reason == EACCES || reason == EPERM)) {
        (void)snprintf(line, sizeof line, "note: %s: keys were not checked", why);
        load->say(load->arg, SEVERITY_INFO, line);
        return STATUS_OK;
    }
    load->say(load->arg, SEVERITY_ERROR, why);
    return status;
}

static enum status load_preshared(const struct load *load, struct secrets *out)
{
    const char *file = load->sources->preshared_file;
    char line[LINE_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    struct bytes text = {0};
    struct config_errors errors;
    enum status status;

    errno = 0;
    status = file_read(file, FILE_SECRET, &text, &error);
    if (status != STATUS_OK)
        return preshared_absent(load, status, errno, line);
    config_errors_init(&errors);
    status = preshared_parse(bytes_view(&text), file, load->sources->dialect, &out->keyring_own,
                             &out->index_ref, &errors);
    bytes_wipe(&text);
    mistakes_say(&errors, load->sources->is_check, load->say, load->arg);
    config_errors_clear(&errors);
    return mistakes_end(file, status, load->say, load->arg);
}

enum status secrets_load(const struct material_sources *sources, mistakes_say_fn *say, void *arg,
                         struct secrets *out)
{
    const struct load load = {.sources = sources, .say = say, .arg = arg};

    enum status preshared = load_preshared(&load, out);
    enum status certificates = certificates_load(sources, say, arg, out);

    return preshared != STATUS_OK ? preshared : certificates;
}
