#include <sys/stat.h>

#include "daemon/daemon.h"

static const struct engine *host_engine(void *arg)
{
    const struct daemon *daemon = arg;

    return daemon->driver.engine_own;
}

static const struct ruleset *host_rules(void *arg)
{
    const struct daemon *daemon = arg;

    return daemon->material.rules_ref;
}

static struct instant host_now(void *arg)
{
    (void)arg;
    return driver_now();
}

static uint32_t host_debug(void *arg)
{
    const struct daemon *daemon = arg;

    return daemon->debug_bits;
}

static enum status host_set_debug(void *arg, uint32_t bits, int descriptor, struct text *error)
{
    struct daemon *daemon = arg;
    struct stat file;

    if (descriptor >= 0) {
        if (fstat(descriptor, &file) < 0 || !S_ISREG(file.st_mode)) {
            text_add(error, "Destination invalid: a regular file is wanted");
            return STATUS_REFUSED;
        }
        log_set_descriptor(&daemon->log, descriptor);
    }
    daemon->debug_bits = bits;
    daemon->log.debug_bits = bits;
    driver_input(&daemon->driver, &(struct input){
                                      .kind = IN_COMMAND,
                                      .command = {COMMAND_DEBUG, bits},
                                  });
    return STATUS_OK;
}

static enum privilege host_privilege(void *arg)
{
    const struct daemon *daemon = arg;

    return daemon->privilege;
}

static void host_set_privilege(void *arg, enum privilege privilege)
{
    struct daemon *daemon = arg;

    daemon->privilege = privilege;
    log_format(&daemon->log, SEVERITY_NOTICE, "administrator's privilege level is now %d",
               (int)privilege);
}

static enum status host_reload(void *arg, struct text *error)
{
    return daemon_reload(arg, error);
}

void daemon_host_init(struct daemon *daemon)
{
    daemon->host = (struct control_host){
        .arg = daemon,
        .engine = host_engine,
        .rules = host_rules,
        .now = host_now,
        .debug = host_debug,
        .set_debug = host_set_debug,
        .privilege = host_privilege,
        .set_privilege = host_set_privilege,
        .reload = host_reload,
    };
}
